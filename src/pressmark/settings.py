"""The deployment's settings: the parameters of template.yaml, read once from the environment (D10).

One typed object, validated as a whole: every wrong value is named in one error, so that a bad deployment
is mended in one go. No library module reads the environment; whoever starts a process does, here.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Literal, cast

from pressmark import __version__
from pressmark.errors import SettingsError, UrlError
from pressmark.urls import clean, host_of

PREFIX = "PRESSMARK_"

RobotsPolicy = Literal["obey", "ignore", "note"]


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip().lower() for word in text.split(",") if word.strip())


def _hosts(text: str) -> tuple[str, ...]:
    """Hosts as they stand in cleaned URLs: a list that spells one differently would let it through."""
    hosts = []
    for word in _words(text):
        if set(word) & set("/@?#\\") or re.search(r"[^\]:]:\d*$", word):
            raise ValueError(f"host names without scheme or port, separated by commas; not {word!r}")
        try:
            hosts.append(host_of(clean(f"http://{word.removeprefix('*').removeprefix('.')}/")))
        except UrlError as error:
            raise ValueError(f"host names, separated by commas; {word!r} is none") from error
    return tuple(hosts)


def _ports(text: str) -> tuple[int, ...]:
    ports = tuple(int(word) for word in _words(text))
    if not ports or not all(0 < port < 65536 for port in ports):
        raise ValueError("port numbers from 1 to 65535, separated by commas")
    return ports


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise ValueError("a number above 0")
    return value


def _not_negative(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise ValueError("a number, 0 or above")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError("a whole number, 1 or above")
    return value


def _whole(text: str) -> int:
    value = int(text)
    if value < 0:
        raise ValueError("a whole number, 0 or above")
    return value


def _flag(text: str) -> bool:
    if text.lower() in ("true", "1", "yes", "on"):
        return True
    if text.lower() in ("false", "0", "no", "off"):
        return False
    raise ValueError("true or false")


def _robots(text: str) -> RobotsPolicy:
    if text not in ("obey", "ignore", "note"):
        raise ValueError("obey, ignore or note")
    return cast(RobotsPolicy, text)


INDEX_TERMS = ("author", "section", "tag", "digest")


def _terms(text: str) -> tuple[str, ...]:
    words = _words(text)
    if wrong := [word for word in words if word not in INDEX_TERMS and word != "none"]:
        raise ValueError(f"any of {', '.join(INDEX_TERMS)}, or none; not {', '.join(wrong)}")
    return tuple(word for word in words if word != "none")


def _setting(parse: Callable[[str], Any], default: Any = MISSING, *, doc: str) -> Any:
    metadata = {"parse": parse, "doc": doc}
    if default is MISSING:
        return field(metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting of a deployment. Field ``host_delay`` is the variable ``PRESSMARK_HOST_DELAY``."""

    bucket: str = _setting(str, doc="S3 bucket of the WARC files")
    table: str = _setting(str, doc="DynamoDB table of the captures")
    state_table: str = _setting(str, doc="DynamoDB table of claims, host turns and robots.txt; may be lost")
    queue_url: str = _setting(str, "", doc="URL of the capture queue")
    dead_letter_queue_url: str = _setting(str, "", doc="URL of the dead-letter queue")
    max_receives: int = _setting(
        _count, 5, doc="tries of a page before it is given up (the redrive policy's)"
    )
    message_retention_days: int = _setting(
        _count, 7, doc="how long a page may wait before it is given up, days"
    )

    warc_prefix: str = _setting(str, "pressmark", doc="first part of WARC file names")
    operator: str = _setting(str, "", doc="who runs the archive; goes into every WARC")
    contact_url: str = _setting(
        str, "", doc="page or mailto: that tells site owners whom to ask; in the User-Agent"
    )
    robots: RobotsPolicy = _setting(
        _robots, "obey", doc="robots.txt: obey, ignore, or note (fetch, record, go on)"
    )

    host_delay: float = _setting(_not_negative, 1.0, doc="seconds between two requests to one host")
    max_crawl_delay: float = _setting(_not_negative, 30.0, doc="longest Crawl-delay obeyed, seconds")
    connect_timeout: float = _setting(_positive, 10.0, doc="seconds to connect, TLS included")
    read_timeout: float = _setting(_positive, 20.0, doc="longest silence of a server, seconds")
    page_timeout: float = _setting(_positive, 45.0, doc="seconds for one page with its redirects")
    max_body_bytes: int = _setting(
        _count, 32 * 1024 * 1024, doc="a longer body is cut here and marked truncated"
    )
    max_redirects: int = _setting(_whole, 10, doc="redirects followed")
    concurrency: int = _setting(_count, 10, doc="pages of one batch fetched at a time")

    allowed_ports: tuple[int, ...] = _setting(
        _ports, (80, 443, 8000, 8080, 8443), doc="ports that may be asked"
    )
    allow_hosts: tuple[str, ...] = _setting(
        _hosts, (), doc="only these hosts and their subdomains; empty: all"
    )
    deny_hosts: tuple[str, ...] = _setting(_hosts, (), doc="never these hosts and their subdomains")
    allow_loopback: bool = _setting(
        _flag, False, doc="local runs only: lets the guard pass 127.0.0.0/8 and ::1"
    )

    index_terms: tuple[str, ...] = _setting(
        _terms,
        INDEX_TERMS,
        doc="which of author, section, tag, digest get index entries; none to save writes",
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read ``PRESSMARK_*`` from a mapping such as os.environ.

        An empty value counts as not set (a template parameter left empty arrives so). Raises SettingsError
        naming every variable that is missing, wrong, or not known.
        """
        known = {PREFIX + f.name.upper(): f for f in fields(cls)}
        problems = [
            f"{name}: no such setting"
            for name in environment
            if name.startswith(PREFIX) and name not in known
        ]
        values: dict[str, Any] = {}
        for name, setting in known.items():
            text = environment.get(name, "").strip()
            if not text:
                if setting.default is MISSING:
                    problems.append(f"{name} is not set: {setting.metadata['doc']}")
                continue
            try:
                values[setting.name] = setting.metadata["parse"](text)
            except ValueError as error:
                problems.append(f"{name}={text!r}: {setting.metadata['doc']}: {error}")
        if problems:
            raise SettingsError("settings: " + "; ".join(sorted(problems)))
        return cls(**values)

    @property
    def user_agent(self) -> str:
        """Product, version and whom to ask (RFC 9110 section 10.1.5)."""
        contact = f" (+{self.contact_url})" if self.contact_url else ""
        return f"Mozilla/5.0 (compatible; Pressmark/{__version__}){contact}"
