"""Which memento answers: content negotiation in time (RFC 7089 section 4), and addresses that name a time."""

from pressmark.access.context import Archive
from pressmark.access.memento import addresses, links, playback
from pressmark.access.memento.finding import nearest
from pressmark.access.messages import Request, Response, redirect
from pressmark.access.refusals import HttpError
from pressmark.archive import content
from pressmark.archive.rows import Item
from pressmark.archive.same import Kin
from pressmark.archive.times import timestamp14
from pressmark.clock import parse_http_date
from pressmark.errors import TakenDownError
from pressmark.warc.requisites import PURPOSE


def timegate(archive: Archive, request: Request) -> Response:
    """Redirect to the memento that Accept-Datetime names, else to the newest.

    Raises HttpError, UrlError, ArchiveError.
    """
    named = addresses.url_of(request)
    wanted = request.headers.get("accept-datetime", "")
    moment = parse_http_date(wanted) if wanted else archive.clock.now()
    if moment is None:
        raise HttpError(
            400, "Accept-Datetime: write a date as Sat, 28 Nov 2026 00:30:00 GMT"
        )  # RFC 7089, 4.5.3
    row = nearest(archive, named, moment, newest=not wanted)
    if "deleted" in row:
        raise TakenDownError(content.taken_down(row))
    response = redirect(addresses.memento(request, row))
    response.add("Vary", "accept-datetime")
    response.add("Link", links.link(archive, request, named, row))
    return response.add("Cache-Control", "private, no-cache")


def memento(archive: Archive, request: Request) -> Response:
    """Answer with a memento, or redirect to the address of the one nearest to the time in the address.

    Raises HttpError, UrlError, ArchiveError, WarcError.
    """
    named = addresses.url_of(request)
    digits = request.parts["time"]
    moment = addresses.moment_of(digits, archive.clock.now())
    row = nearest(archive, named, moment, newest=len(digits) < 4)
    if timestamp14(row["captured"]) != digits or named.kin(row["url"]) > Kin.SCHEME:
        if "deleted" in row:
            raise TakenDownError(content.taken_down(row))
        return redirect(addresses.memento(request, row, request.parts["modifier"])).add(
            "Cache-Control", "no-store"
        )
    plain = not request.parts["modifier"]
    # A token names a row, which a requisite does not have.
    has_player = archive.options.replay_url and row.get("purpose") != PURPOSE
    if plain and request.is_browser and has_player and "deleted" not in row:
        return _shown(archive, row)
    response = playback.memento(archive, request, named, row)
    if plain:
        response.add("Content-Location", addresses.memento(request, row).removeprefix(request.origin))
        response.add("Vary", "Accept")
    return response


def _shown(archive: Archive, row: Item) -> Response:
    """Redirect a person to the page that shows the capture with its scripts, under an origin of its own."""
    from pressmark.access.replay import records, tokens

    records.rows_of(archive, row)  # raises errors early
    response = redirect(f"{archive.options.replay_url}/replay/{tokens.write(archive, row)}/")
    response.add("Vary", "Accept")
    return response.add("Cache-Control", "no-store")
