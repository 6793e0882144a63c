"""Who may ask for what. Called before every handler, with the route and the request; refuses with 401 or 403.

Programs send ``Authorization: LOW accesskey:secret`` with each request, as to Save Page Now 2; people have a session
(:mod:`.sessions`). With IAM, AWS has admitted the caller and says who it is.
"""

import logging

from pressmark.access.caller import NOBODY, By, Caller
from pressmark.access.context import Archive, Mode
from pressmark.access.keys import sessions
from pressmark.access.keys.key import Key, Scope, is_secret_of
from pressmark.access.messages import Request
from pressmark.access.refusals import HttpError
from pressmark.access.routes import Needs, Route, Where

MAX_CREDENTIALS = 200
"""Characters of an access key and its secret in a header line or form; ours have 43."""

CHALLENGE = ("WWW-Authenticate", 'LOW realm="archive"')
"""Sent with 401 (RFC 9110 section 11.6.1). The scheme is that of the Internet Archive's S3 and Save Page Now APIs."""

logger = logging.getLogger(__name__)


def guard(archive: Archive, route: Route, request: Request) -> Caller:
    """Return who asks. Raises HttpError 401 or 403 if they may not, ArchiveError if that cannot be determined."""
    options = archive.options
    if route.where is Where.REPLAY or route.needs is Needs.NOTHING:
        return NOBODY
    if options.local:
        return Caller(By.HOST)
    caller = _caller(archive, request)
    if route.needs is Needs.READ:
        _let(options.read, Scope.READ, caller)
        return caller
    if route.needs is Needs.EITHER:
        refused = why_not(archive, Scope.READ, caller)
        if refused is not None and why_not(archive, Scope.WRITE, caller) is not None:
            raise refused
        return caller
    _let(options.write, Scope.WRITE, caller)
    if caller.by is By.SESSION:
        refuse_others(request)
    return caller


def why_not(archive: Archive, scope: Scope, caller: Caller) -> HttpError | None:
    """Return the error that a caller would get for this; None if they may do it."""
    if archive.options.local:
        return None
    try:
        _let(archive.options.write if scope is Scope.WRITE else archive.options.read, scope, caller)
    except HttpError as error:
        return error
    return None


def known_key(archive: Archive, identity: str, secret: str) -> Key | None:
    """Return the key that both belong to, None if there is none or it was revoked. Raises ArchiveError."""
    if len(identity) + len(secret) > MAX_CREDENTIALS or archive.keys is None:
        return None
    key = archive.keys.find(identity)
    return key if is_secret_of(key, identity, secret) else None


def refuse_others(request: Request) -> None:
    """Refuse a request that a browser sends for another site: it has the cookies, but its user did not ask for this.

    Browsers say in Origin where a form or script is from, and for every request over TLS in Sec-Fetch-Site (W3C Fetch
    Metadata); ``none`` is an address that a person typed. Raises HttpError 403.
    """
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    is_own = origin == request.origin if origin is not None else site in ("same-origin", "none")
    if not is_own or site not in (None, "same-origin", "none"):
        raise HttpError(
            403, "this request may come from another site: use this site's own form, or send a key"
        )


def _caller(archive: Archive, request: Request) -> Caller:
    if request.iam:
        return Caller(By.IAM)
    scheme, _, said = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "low":
        identity, _, secret = said.strip().partition(":")
        key = known_key(archive, identity, secret)
        if key is None:
            raise HttpError(
                401,
                "this key is unknown, its secret is wrong, or it was revoked",
                [CHALLENGE],
                known_as="unauthorized",
            )
        return Caller(By.KEY, key)
    identity = sessions.key_id(request, secret=archive.options.secret, at=archive.clock.now()) or ""
    key = archive.keys.find(identity) if identity and archive.keys else None
    return NOBODY if key is None else Caller(By.SESSION, key)


def _let(mode: Mode, scope: Scope, caller: Caller) -> None:
    verb = "save" if scope is Scope.WRITE else "read"
    if mode is Mode.PUBLIC or (mode is Mode.IAM and caller.by is By.IAM):
        return
    if mode is Mode.IAM:
        # With AuthType AWS_IAM the function URL would have refused them; without it, it admits everybody.
        logger.warning(
            "a request without an IAM identity reached the function: its function URL must require one"
        )
        raise HttpError(403, f"an IAM identity is needed to {verb} here", known_as="no-access")
    if mode is Mode.NOBODY:
        raise HttpError(403, f"nobody may {verb} here", known_as="no-access")
    if caller.key is None:
        raise HttpError(
            401,
            f"a key is needed to {verb}: send Authorization: LOW accesskey:secret, or sign in at /signin",
            [CHALLENGE],
            known_as="unauthorized",
        )
    if not caller.may(scope):
        raise HttpError(
            403, f"this key is not for {'saving' if verb == 'save' else 'reading'}", known_as="no-access"
        )
