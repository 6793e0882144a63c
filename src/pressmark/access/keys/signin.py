"""Signing in with a key, for people, and signing out."""

import re

from pressmark.access.context import Archive
from pressmark.access.keys import sessions
from pressmark.access.keys.guard import known_key, refuse_others
from pressmark.access.messages import Request, Response, redirect
from pressmark.access.refusals import HttpError

_OWN_PATH = re.compile(r"/(?!/)[!-\[\]-~]{0,4000}")
"""A path of this server. To browsers two slashes at the beginning name another host, and a backslash is a slash."""

_STEPS = re.compile(r"/(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)
"""Segments that browsers resolve (URL standard, "dot path segment"): ``/./save/`` is ``/save/`` to them."""


def show(archive: Archive, request: Request) -> Response:
    """Answer with the form. Raises HttpError 404 where there are no keys."""
    _refuse_without_keys(archive)
    return _form(archive, request, back=_back(request.arg("next")))


def sign_in(archive: Archive, request: Request) -> Response:
    """Begin a session for somebody who has sent a key and its secret. Raises HttpError, ArchiveError."""
    _refuse_without_keys(archive)
    refuse_others(request)
    said = dict(reversed(request.form))
    identity, back = said.get("key", "").strip(), _back(said.get("next", ""))
    key = known_key(archive, identity, said.get("secret", "").strip())
    if key is None:
        return _form(archive, request, back=back, refused=True)
    secret, now = archive.options.secret, archive.clock.now()
    response = redirect(back, status=303).add("Cache-Control", "no-store")
    return response.add("Set-Cookie", sessions.cookie(request, key.id, secret=secret, at=now))


def sign_out(archive: Archive, request: Request) -> Response:
    """Take the cookie away. Raises HttpError."""
    del archive
    refuse_others(request)
    response = redirect("/", status=303).add("Cache-Control", "no-store")
    return response.add("Set-Cookie", sessions.ending(request))


def _refuse_without_keys(archive: Archive) -> None:
    if archive.keys is None or not archive.options.takes_keys:
        raise HttpError(404, "there is no sign-in here: no key is needed, or IAM decides who may do what")


def _form(archive: Archive, request: Request, *, back: str, refused: bool = False) -> Response:
    from pressmark.access.pages import rendering

    response = rendering.answer(
        archive, request, "signin.html", {"refused": refused}, {"back": back}, fresh=True
    )
    response.status = 401 if refused else 200
    return response


def _back(said: str) -> str:
    """Return where to send somebody who has signed in: one of our pages, never one that saves, and never elsewhere."""
    path = re.split(r"[?#]", said, maxsplit=1)[0]
    is_ours = _OWN_PATH.fullmatch(said) and not _STEPS.search(path) and not path.startswith("/save/")
    return said if is_ours else "/"
