"""What each failure's code means, in the words of docs/failures.md, and what can be done about it."""

from typing import NamedTuple

AGAIN = "Save the page again."
NOTHING = "Nothing can be done here; the page may come back later."
OWNER = "Ask whoever runs this archive."


class Meaning(NamedTuple):
    """happened: one sentence. advice: another."""

    happened: str
    advice: str


MEANINGS = {
    "bad-gateway": Meaning("The server answered 502.", AGAIN),
    "bad-request": Meaning(
        "The server answered 400 or another 4xx, or the request was not one to capture a page.", NOTHING
    ),
    "bandwidth-limit-exceeded": Meaning("The server answered 509.", AGAIN),
    "blocked": Meaning("The server answered 999: it turns archives away.", NOTHING),
    "blocked-by-robots": Meaning("The site’s robots.txt disallows the page.", "Ask the site’s owner."),
    "blocked-url": Meaning(
        "This archive does not fetch from there: by its lists of hosts or ports, or because the address is not public.",
        OWNER,
    ),
    "cannot-fetch": Meaning(
        "The connection, or its TLS handshake, was refused, reset, impossible or too slow.", AGAIN
    ),
    "gateway-timeout": Meaning("The server answered 504.", AGAIN),
    "http-version-not-supported": Meaning("The server answered 505.", NOTHING),
    "internal-server-error": Meaning(
        "The server answered 500, or another status of 5xx or above that has no name of its own.", AGAIN
    ),
    "invalid-host-resolution": Meaning(
        "The name does not exist, or the resolver failed.",
        "Check the address; if it is right, save the page again.",
    ),
    "invalid-server-response": Meaning(
        "The server did not answer in HTTP/1 as it is defined, or with more than 256 KiB of header lines.",
        NOTHING,
    ),
    "invalid-url-syntax": Meaning(
        "This is not an absolute http(s) URL, or a redirect led to one that is not.", "Check the address."
    ),
    "job-failed": Meaning("A defect in Pressmark, or no space on its disk.", OWNER),
    "method-not-allowed": Meaning("The server answered 405.", NOTHING),
    "no-access": Meaning("The server answered 403 or 451.", NOTHING),
    "no-ipv6": Meaning(
        "The host has only IPv6 addresses, which cannot be reached from where this archive runs.", OWNER
    ),
    "not-found": Meaning(
        "The server answered 404 or 410.", "Check the address; an earlier capture may be in the archive."
    ),
    "not-implemented": Meaning("The server answered 501.", NOTHING),
    "protocol-error": Meaning("The connection broke: no answer, or one that ends too early.", AGAIN),
    "proxy-error": Meaning("The server answered 407.", OWNER),
    "read-timeout": Meaning("The server was silent for too long, or answered 408.", AGAIN),
    "service-unavailable": Meaning("The server answered 503.", AGAIN),
    "soft-time-limit-exceeded": Meaning("Time was up before the server answered.", AGAIN),
    "store-error": Meaning(
        "S3, DynamoDB or SQS did not do what they were asked to.",
        f"{AGAIN} If it fails again: ask whoever runs this archive.",
    ),
    "tls-error": Meaning(
        "The certificate is expired, is for another name, or is not signed by a known authority.", NOTHING
    ),
    "too-many-redirects": Meaning(
        "The page redirects too often, or in a loop.", "Save the address where it leads in your browser."
    ),
    "too-many-requests": Meaning(
        "The server answered 429: it was asked too often.", "Save the page again later."
    ),
    "tried-too-often": Meaning("The page could neither be captured nor put back on the queue.", OWNER),
    "unauthorized": Meaning(
        "The server answered 401: the page is behind a login.", "Pages behind a login are not captured."
    ),
    "waited-too-long": Meaning("The turn of the page did not come in time.", AGAIN),
}


def meaning(code: str) -> Meaning | None:
    """Return what a code means; None for another tool's code."""
    return MEANINGS.get(code)
