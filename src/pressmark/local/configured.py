"""Settings of a local run: the template's parameters, as options or environment variables."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import MISSING, fields
from typing import Any

from pressmark.errors import SettingsError, UrlError
from pressmark.forms import LOOPBACK
from pressmark.settings import PREFIX, Settings
from pressmark.urls import clean, loopback_address

_NOT_SAID = frozenset({"queue_url", "dead_letter_queue_url", "allow_loopback"})
"""Settings with a default that are not parameters of template.yaml."""

_SETTINGS = {
    field.name: field.metadata["form"].parse
    for field in fields(Settings)
    if field.default is not MISSING and field.name not in _NOT_SAID
}


def parameters(said: Mapping[str, object], environment: Mapping[str, str]) -> dict[str, str]:
    """Return template parameters: HostDelay comes from ``host_delay``, or else from PRESSMARK_HOST_DELAY.

    said: settings by their names. environment: as os.environ; an empty variable counts as not set. Raises
    SettingsError that names every wrong value, and the option or variable that it comes from.
    """
    return {
        "".join(word.capitalize() for word in name.split("_")): text
        for name, text in _texts(said, environment).items()
    }


def settings(said: Mapping[str, object], environment: Mapping[str, str], **fixed: Any) -> Settings:
    """Return the settings of a fetch that is not archived.

    said, environment, errors: as for :func:`parameters`. fixed: settings that override these.
    """
    values = {name: _SETTINGS[name](text) for name, text in _texts(said, environment).items()}
    return Settings(**{"bucket": "-", "table": "-", "state_table": "-", **values, **fixed})


def _texts(said: Mapping[str, object], environment: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    problems: list[str] = []
    for name, parse in _SETTINGS.items():
        variable, option = PREFIX + name.upper(), f"--{name.replace('_', '-')}"
        value = said.get(name)
        text = environment.get(variable, "").strip() if value is None else str(value)
        if not text:
            continue
        try:
            parse(text)
        except ValueError as error:
            problems.append(f"{variable if value is None else option} is {text!r}: {error}")
        else:
            found[name] = text
    if problems:
        raise SettingsError("; ".join(problems))
    return found


def loopback(
    said: bool | None, environment: Mapping[str, str], urls: Sequence[str], *, otherwise: bool = False
) -> tuple[str, ...]:
    """Return the addresses of this machine (``localhost:8000``) that pages may be fetched from.

    said: the option. True allows those of ``urls``, which a person named; False allows none at all; None: it was not
    given. Unless it is False, addresses that PRESSMARK_ALLOW_LOOPBACK names are allowed, too. If it is None, that
    variable may also be ``true`` or ``false``; if it is not set, ``otherwise`` decides. Raises SettingsError.
    """
    text = environment.get(PREFIX + "ALLOW_LOOPBACK", "").strip()
    word = text.lower()
    if said is False or (said is None and word in ("false", "no", "off")):
        return ()
    named: dict[str, None] = {}
    if said or word in ("true", "yes", "on") or (not text and otherwise):
        for url in urls:
            with suppress(UrlError):  # it is refused later
                if address := loopback_address(clean(url)):
                    named[address] = None
    if word in ("", "true", "yes", "on", "false", "no", "off"):
        return tuple(named)
    try:
        return (*named, *LOOPBACK.parse(text))
    except ValueError as error:
        raise SettingsError(f"{PREFIX}ALLOW_LOOPBACK is {text[:100]!r}: {error}") from error
