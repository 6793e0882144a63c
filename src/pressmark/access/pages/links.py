"""Addresses of pages, as paths of this server. A captured URL is escaped in a query and cleaned in a path."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus

from pressmark.access.memento.addresses import written
from pressmark.archive.times import timestamp14

Row = Mapping[str, Any]


class Address(str):
    """An address as a page shows it, in full length."""

    __slots__ = ()


def _with(path: str, /, **parameters: str) -> Address:
    query = "&".join(f"{name}={_escaped(value)}" for name, value in parameters.items() if value)
    return Address(f"{path}?{query}" if query else path)


@lru_cache(maxsize=1024)
def _escaped(value: str) -> str:
    """A list's links name the same URLs over and over."""
    return quote_plus(value, errors="replace")


def site(row: Row) -> str:
    """The registered domain of a capture, or its address, as pages and their addresses name it."""
    return ".".join(reversed(str(row["site"]).split(",")))


def page(url: str, after: str = "", *, on: str = "", form: str = "") -> Address:
    """The page of a URL. after: its listing continues after this token. on: a year, month or day. form: ``.json``."""
    return _with(f"/page{form}", url=url, on=on, after=after)


def capture(row: Row, form: str = "") -> Address:
    """The page of a capture. form: ``.json``."""
    return _with(f"/capture{form}", url=row["url"], at=timestamp14(row["captured"]))


def memento(row: Row) -> Address:
    """The capture itself, as a browser shows it."""
    return Address(f"/web/{timestamp14(row['captured'])}/{written(row['url'])}")


def raw(row: Row) -> Address:
    """The bytes of a capture."""
    return Address(f"/web/{timestamp14(row['captured'])}id_/{written(row['url'])}")


def bundle(row: Row) -> Address:
    """The capture as a WACZ file."""
    return _with("/capture.wacz", url=row["url"], at=timestamp14(row["captured"]))


def share(row: Row, form: str = "", *, days: int | str = "") -> Address:
    """The page that makes a link to a capture for others. form: ``.json``. days: how long the link holds."""
    return _with(f"/share{form}", url=row["url"], at=timestamp14(row["captured"]), days=str(days))


def timemap(url: str) -> Address:
    """The TimeMap of a URL in JSON."""
    return Address(f"/web/timemap/json/{written(url)}")


def diff(old: Row, new: Row, form: str = "") -> Address:
    """What changed between two captures. form: ``.json``."""
    start, end = (timestamp14(each["captured"]) for each in (old, new))
    return _with(f"/diff{form}", url=new["url"], start=start, end=end)


def results(form: str = "", /, **conditions: str) -> Address:
    """Captures that fit conditions, named as in the address. form: ``.json``."""
    return _with(f"/results{form}", **conditions)


def failures(form: str = "", /, **conditions: str) -> Address:
    """What could not be archived. form: ``.json``."""
    return _with(f"/failures{form}", **conditions)


def save(url: str = "") -> Address:
    """The form that saves a page. url: its initial value."""
    return _with("/save", url=url)


def job(name: str, form: str = "") -> Address:
    """What became of a page that was to be saved. form: ``.json``."""
    return _with(f"/saving{form}", job=name)
