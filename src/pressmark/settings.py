"""The deployment's settings: the parameters of template.yaml, read once from the environment (D10).

One typed object, validated as a whole: every wrong value is named in one error, so that a bad deployment
is corrected in one go. No library module reads the environment; the code that starts a process does, with this module.
"""

from collections.abc import Collection, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from pressmark import __version__, forms
from pressmark.errors import SettingsError
from pressmark.forms import DEFAULT_INDEX_TERMS, INDEX_TERMS, Form, Requisites, RobotsPolicy

__all__ = ["ALLOWED_PORTS", "INDEX_TERMS", "PREFIX", "RobotsPolicy", "Settings"]

PREFIX = "PRESSMARK_"

ALLOWED_PORTS = (80, 443, 8000, 8080, 8443)


def _setting(form: Form, default: Any = MISSING, *, doc: str) -> Any:
    metadata = {"form": form, "doc": doc}
    if default is MISSING:
        return field(metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting of a deployment. Field ``host_delay`` is the variable ``PRESSMARK_HOST_DELAY``."""

    bucket: str = _setting(forms.NAME, doc="S3 bucket of the WARC files")
    table: str = _setting(forms.NAME, doc="DynamoDB table of the captures")
    state_table: str = _setting(
        forms.NAME, doc="DynamoDB table of claims, host turns and robots.txt; may be lost"
    )
    queue_url: str = _setting(forms.NAME, "", doc="URL of the capture queue")
    dead_letter_queue_url: str = _setting(forms.NAME, "", doc="URL of the dead-letter queue")
    max_receives: int = _setting(
        forms.TRIES, 5, doc="tries of a page before it is given up (the redrive policy's)"
    )
    message_retention_days: int = _setting(
        forms.DAYS, 7, doc="how long a page may wait before it is given up, days"
    )

    warc_prefix: str = _setting(forms.WARC_PREFIX, "pressmark", doc="first part of WARC file names")
    operator: str = _setting(forms.WORDS, "", doc="who runs the archive; goes into every WARC")
    contact_url: str = _setting(
        forms.CONTACT, "", doc="page or mailto: that tells site owners whom to ask; in the User-Agent"
    )
    robots: RobotsPolicy = _setting(
        forms.ROBOTS, "obey", doc="robots.txt: obey, ignore, or note (fetch, record, go on)"
    )
    requisites: Requisites = _setting(
        forms.REQUISITES, "none", doc="what is captured with a page: none, page (pictures and style), or all"
    )

    host_delay: float = _setting(forms.SECONDS, 1.0, doc="seconds between two requests to one host")
    max_crawl_delay: float = _setting(forms.SECONDS, 30.0, doc="longest Crawl-delay obeyed, seconds")
    connect_timeout: float = _setting(forms.SOME_SECONDS, 10.0, doc="seconds to connect, TLS included")
    read_timeout: float = _setting(forms.SOME_SECONDS, 20.0, doc="longest silence of a server, seconds")
    page_timeout: float = _setting(forms.SOME_SECONDS, 45.0, doc="seconds for one page with its redirects")
    max_body_bytes: int = _setting(
        forms.BYTES, 32 * 1024 * 1024, doc="a longer body is cut here and marked truncated"
    )
    max_redirects: int = _setting(forms.REDIRECTS, 10, doc="redirects followed")
    concurrency: int = _setting(forms.THREADS, 10, doc="pages of one batch fetched at a time")

    allowed_ports: tuple[int, ...] = _setting(forms.PORTS, ALLOWED_PORTS, doc="ports that may be asked")
    allow_hosts: tuple[str, ...] = _setting(
        forms.HOSTS, (), doc="only these hosts and their subdomains; empty: all"
    )
    deny_hosts: tuple[str, ...] = _setting(forms.HOSTS, (), doc="never these hosts and their subdomains")
    allow_loopback: Collection[str] = _setting(
        forms.LOOPBACK, (), doc="local runs only: addresses of this machine that may be asked"
    )

    index_terms: tuple[str, ...] = _setting(
        forms.TERMS,
        DEFAULT_INDEX_TERMS,
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
            text = environment.get(name, "")
            if not text.strip():
                if setting.default is MISSING:
                    problems.append(f"{name} is not set: {setting.metadata['doc']}")
                continue
            try:
                values[setting.name] = setting.metadata["form"].parse(text)
            except ValueError as error:
                problems.append(f"{name}={text!r}: {setting.metadata['doc']}: {error}")
        if problems:
            raise SettingsError("settings: " + "; ".join(sorted(problems)))
        return cls(**values)

    @property
    def user_agent(self) -> str:
        """The User-Agent: product, version and contact (RFC 9110 section 10.1.5)."""
        contact = f" (+{self.contact_url})" if self.contact_url else ""
        return f"Mozilla/5.0 (compatible; Pressmark/{__version__}){contact}"
