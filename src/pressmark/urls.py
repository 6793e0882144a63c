"""URLs: what may be archived, and how it is written.

``clean`` turns what a person pushed into the absolute URL that is fetched and stored; rows name it for good. The key
that it is filed under comes from :mod:`pressmark.surt`.
"""

import re
import socket
from ipaddress import IPv6Address, ip_address
from urllib.parse import quote, unquote_to_bytes, urlsplit

from pressmark.errors import UrlError
from pressmark.references import header_text, resolve, resolve_dots

MAX_URL_CHARACTERS = 8000
"""RFC 9110 section 4.1 asks that at least 8,000 octets be supported; no real URL is longer. The limit is for the URL
as pushed and as cleaned, which percent-encoding makes longer: rows name up to five URLs and must fit an item."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# Hyphens and underscores anywhere, as browsers and resolvers take them.
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
DEFAULT_PORTS = {"http": 80, "https": 443}

# Characters that stay as they are in a path or query: RFC 3986 section 3.3 and 3.4, the brackets that browsers
# send, and "%" so that escapes already there are kept letter for letter.
_PATH_SAFE = "/:@!$&'()*+,;=-._~%[]"
_QUERY_SAFE = _PATH_SAFE + "?|\\^`{}"


def clean(text: str) -> str:
    """Return the absolute http(s) URL to fetch for what was pushed.

    Scheme and host in lower case, IDNs in their ASCII form (UTS 46), the default port, fragment and
    credentials gone, an empty path written ``/``, dot segments resolved, whatever RFC 3986 does not allow
    percent-encoded as UTF-8. Escapes and letter case of path and query stay as given: servers tell them
    apart. A query keeps the characters that browsers send as they are: ``[]|\\^`{}``.

    Raises UrlError, whose text names what is wrong.
    """
    text = text.strip(" \t\r\n")
    if not text:
        raise UrlError("the URL is empty")
    if len(text) > MAX_URL_CHARACTERS:
        raise UrlError(f"the URL has {len(text)} characters, more than {MAX_URL_CHARACTERS}", url=text)
    if _CONTROL.search(text):
        raise UrlError("the URL has control characters", url=text)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UrlError("the URL is not valid Unicode", url=ascii(text)) from error
    if not _SCHEME.match(text):
        raise UrlError("the URL has no scheme: it must begin with http:// or https://", url=text)
    try:
        parts = urlsplit(text)
        port = parts.port
        hostname = parts.hostname or ""
    except ValueError as error:
        raise UrlError(f"not a URL: {error}", url=text) from error
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS:
        raise UrlError(f"the scheme is {scheme[:40]!r}: only http and https can be archived", url=text)
    if "\\" in parts.netloc:
        raise UrlError("the host has a backslash, which browsers read as the end of it", url=text)
    host = _clean_host(hostname, text)
    if port == 0:
        raise UrlError("port 0 cannot be connected to", url=text)
    authority = host if port in (None, DEFAULT_PORTS[scheme]) else f"{host}:{port}"
    path = resolve_dots(quote(parts.path, safe=_PATH_SAFE)) or "/"
    url = f"{scheme}://{authority}{path}"
    # urlsplit cannot tell "no query" from an empty one; servers can.
    if parts.query or "?" in text.split("#", 1)[0]:
        url += "?" + quote(parts.query, safe=_QUERY_SAFE)
    if len(url) > MAX_URL_CHARACTERS:
        raise UrlError(f"the URL has {len(url)} characters, more than {MAX_URL_CHARACTERS}", url=text)
    return url


def join(base: str, reference: str) -> str:
    """Return the cleaned URL that a Location header in an answer from ``base`` leads to, as browsers read it.

    reference: the header's bytes as Latin-1. They are requested as they came, whatever their encoding. Raises UrlError.
    """
    return clean(resolve(base, header_text(reference)))


def host_of(url: str) -> str:
    """Return the host of a cleaned URL, without port; IPv6 addresses without brackets."""
    return urlsplit(url).hostname or ""


def loopback_address(url: str) -> str | None:
    """Return ``host:port`` of a cleaned URL that names this machine (localhost, 127.0.0.0/8, [::1]), else None.

    Names count by what they say (RFC 6761 section 6.3), never by what they resolve to.
    """
    host = host_of(url)
    if host != "localhost" and not host.endswith(".localhost"):
        try:
            address = ip_address(host)
        except ValueError:
            return None
        inner = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        if not (inner or address).is_loopback:
            return None
    return f"[{host}]:{port_of(url)}" if ":" in host else f"{host}:{port_of(url)}"


def port_of(url: str) -> int:
    """Return the port of a cleaned URL, the scheme's default if it states none."""
    parts = urlsplit(url)
    return parts.port or DEFAULT_PORTS[parts.scheme]


def turn_host(url: str) -> str:
    """Return the host name under which a cleaned URL's server is asked in turns: without ``www``, as in the SURT.

    A site's two names are one server, and the captures of both have one urlkey.
    """
    host = host_of(url)
    return re.sub(r"^www\d*\.", "", host) or host


def _clean_host(host: str, text: str) -> str:
    if not host:
        raise UrlError("the URL has no host", url=text)
    if ":" in host:
        address = host.split("%", 1)[0]
        try:
            packed = socket.inet_pton(socket.AF_INET6, address)
        except OSError as error:
            raise UrlError(f"[{host}] is not an IPv6 address", url=text) from error
        if address != host:
            raise UrlError("IPv6 zone identifiers have no meaning in an archive", url=text)
        return f"[{socket.inet_ntop(socket.AF_INET6, packed)}]"
    if not host.isascii() or "%" in host:
        try:
            host = _to_ascii(unquote_to_bytes(host).decode("utf-8"))
        except (ValueError, OverflowError) as error:  # Punycode may stand for a number beyond every character
            raise UrlError(f"{host[:300]!r} is not a host name: {error}"[:600], url=text) from error
    host = host.lower()
    if len(host) > 253 or not _HOST.fullmatch(host) or any(len(label) > 63 for label in host.split(".")):
        raise UrlError(f"{host[:300]!r} is not a host name", url=text)
    host = host.removesuffix(".")
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        # "127.1" and "0x7f000001" are the address 127.0.0.1 to every browser and resolver (WHATWG URL, "ends in
        # a number"). So they are filed under one name, and cannot be used to get around a list of hosts.
        try:
            return socket.inet_ntoa(socket.inet_aton(host))
        except OSError as error:
            raise UrlError(f"{host!r} is neither a host name nor an IPv4 address", url=text) from error
    return host


def _to_ascii(host: str) -> str:
    """Write a host name in ASCII as browsers do (WHATWG URL, "domain to ASCII": UTS 46, nontransitional).

    IDNA 2008 allows less: browsers open ``☃.net``, ``foo_bar.münchen.de`` and ``ab--c.münchen.de``.
    """
    import idna  # imported here: few URLs need it, and its tables cost every cold start

    labels = idna.uts46_remap(host, std3_rules=False, transitional=False).split(".")
    for label in labels:
        if label.startswith("xn--"):
            label[4:].encode("ascii").decode("punycode")
    return ".".join(label if label.isascii() else _label_to_ascii(label) for label in labels)


def _label_to_ascii(label: str) -> str:
    import idna

    idna.check_initial_combiner(label)
    for at, character in enumerate(label):
        if character in "\u200c\u200d" and not idna.valid_contextj(label, at):
            raise ValueError("an invisible joiner is where it joins nothing")
    return "xn--" + label.encode("punycode").decode("ascii")
