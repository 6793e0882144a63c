"""Which characters a page's bytes are, decided as browsers decide it.

The order is that of the HTML Standard, section 13.2.3 "The input byte stream": a byte order mark,
then the Content-Type header, then what the first 1,024 bytes declare, then a later ``<meta>`` (the
parser's "change the encoding"), and only then a guess.
"""

import codecs
import re
from itertools import islice

from pressmark.charset.encodings import codec, label_name, read

PRESCAN_BYTES = 1024
"""How far the Standard looks for a declaration before it parses."""

LATE_META_BYTES = 65_536
"""How far a declaration that comes late is still looked for; beyond it the encoding is guessed."""

_SAMPLE_BYTES = 200_000

# HTML Standard, section 13.2.3.2, step 9: the legacy encoding a reader of the language expects.
_BY_LANGUAGE = {
    "windows-1256": "ar fa ur",
    "windows-1251": "ba be bg ky mk ru sah sr tg tt uk kk mn",
    "windows-1250": "cs hr hu pl sk sl bs ro",
    "windows-1257": "et lt lv",
    "windows-1253": "el",
    "windows-1255": "he iw",
    "windows-1254": "tr ku az",
    "windows-1258": "vi",
    "windows-874": "th",
    "shift_jis": "ja",
    "euc-kr": "ko",
    "gbk": "zh",
}

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_BE, "utf-16be"), (codecs.BOM_UTF16_LE, "utf-16le"))
_HEADER_CHARSET = re.compile(r"""charset\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s;"']+))""", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([^"'>]{1,40})["']""")
_COMMENT_OR_META = re.compile(rb"<!--|<meta[\s/]([^>]{0,2000})", re.IGNORECASE)
_ATTRIBUTE = re.compile(rb"""([^\s=>"'/]{1,40})\s*(?:=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+)))?""")
_PROOF = 10
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]{2,}")
_HTML_LANG = re.compile(rb"""<html[^>]{0,1000}?\slang\s*=\s*["']?([A-Za-z]{2,3})""", re.IGNORECASE)


def decode(body: bytes, content_type: str | None = None) -> tuple[str, str]:
    """Decode a page.

    body: the bytes after content decoding (gzip and so on taken off).
    content_type: the Content-Type header's value, where there was one.
    Returns the text, and the WHATWG name of the encoding in lower case. Bytes that mean nothing in
    that encoding become U+FFFD. Never raises.
    """
    body = bytes(body)
    for mark, name in _BOMS:
        if body.startswith(mark):
            return read(body[len(mark) :], name), name
    name = from_header(content_type) or _from_body(body)
    return read(body, name), name


def from_header(content_type: str | None) -> str | None:
    """Return the encoding that a Content-Type header names (RFC 9110 section 8.3.1), or None."""
    match = _HEADER_CHARSET.search((content_type or "")[:1000])
    return label_name(next(g for g in match.groups() if g is not None)) if match else None


def from_markup(body: bytes) -> str | None:
    """Return the encoding that the first bytes of the markup declare, in XML's way or HTML's, or None."""
    if body.startswith(b"<\0?\0x\0"):
        return "utf-16le"
    if body.startswith(b"\0<\0?\0x"):
        return "utf-16be"
    if body.startswith(b"<?xml"):
        match = _XML_ENCODING.match(body[:PRESCAN_BYTES])
        name = label_name(match.group(1).decode("latin-1")) if match else None
        if name:
            return _declared(name)
    return _meta(body[:PRESCAN_BYTES]) or (
        _meta(body[:LATE_META_BYTES]) if len(body) > PRESCAN_BYTES else None
    )


def _from_body(body: bytes) -> str:
    name = from_markup(body)
    if name is None or (name != "utf-8" and proves_utf_8(body)):
        return _guess(body)
    return name


def _declared(name: str) -> str:
    # A declaration that could be read as ASCII cannot be in UTF-16 (HTML Standard, prescan, last step).
    return {"utf-16be": "utf-8", "utf-16le": "utf-8", "x-user-defined": "windows-1252"}.get(name, name)


def _meta(head: bytes) -> str | None:
    at = 0
    while tag := _COMMENT_OR_META.search(head, at):
        at = tag.end()
        if tag.group(1) is None:
            end = head.find(b"-->", at - 2)  # "<!-->" is a whole comment
            if end < 0:
                break
            at = end + 3
            continue
        if b"charset" not in tag.group(1).lower():  # in either way to declare one, there is this word
            continue
        attributes: dict[bytes, bytes] = {}
        for key, double, single, bare in _ATTRIBUTE.findall(tag.group(1)):
            attributes.setdefault(key.lower(), double or single or bare)
        label = attributes.get(b"charset", b"").decode("latin-1")
        if not label and attributes.get(b"http-equiv", b"").strip().lower() == b"content-type":
            match = _HEADER_CHARSET.search(attributes.get(b"content", b"").decode("latin-1"))
            label = next(g for g in match.groups() if g is not None) if match else ""
        name = label_name(label) if label else None
        if name:
            return _declared(name)
    return None


def _guess(body: bytes) -> str:
    """Guess the encoding: UTF-8 if the bytes are that; otherwise the page's language decides, then its bytes."""
    sample = body[:_SAMPLE_BYTES]
    if _reads_as(sample, "utf-8"):
        return "utf-8"
    if b"\x1b$B" in sample or b"\x1b$@" in sample:
        return "iso-2022-jp"
    language = _HTML_LANG.search(sample[:20_000])
    if language:
        code = language.group(1).decode("ascii").lower()
        expected = next(
            (name for name, codes in _BY_LANGUAGE.items() if code in codes.split()), "windows-1252"
        )
        if expected == "shift_jis" and _reads_as(sample, "euc_jp"):
            return "euc-jp"
        if _reads_as(sample, codec(expected)):
            return expected
    high = sum(byte >= 0x80 for byte in sample)
    if high * 5 < len(re.findall(rb"[A-Za-z]", sample)) and not _mostly_runs(sample):
        return "windows-1252"
    for name in ("euc-jp", "shift_jis", "gbk", "euc-kr", "big5"):
        if _plausible(sample, name):
            return name
    return _cyrillic(sample) or "windows-1252"


def proves_utf_8(body: bytes) -> bool:
    """Whether the bytes are UTF-8 and have enough beyond ASCII that they cannot be so by chance."""
    beyond = sum(len(run.group()) for run in islice(_BEYOND_ASCII.finditer(body), _PROOF))
    return beyond >= _PROOF and b"\x1b$" not in body and _reads_as(body, "utf-8")


def _reads_as(sample: bytes, codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)("strict")
    try:
        decoder.decode(sample, final=False)
    except UnicodeDecodeError:
        return False
    return True


def _mostly_runs(sample: bytes) -> bool:
    """Whether bytes beyond ASCII mostly come in runs: in Latin scripts such letters stand alone, in others not."""
    runs = re.findall(rb"[\x80-\xff]+", sample)
    return bool(runs) and sum(map(len, runs)) / len(runs) >= 3


def _plausible(sample: bytes, name: str) -> bool:
    """Whether the sample reads without error and mostly as the script the encoding is for."""
    if not _reads_as(sample, codec(name)):
        return False
    text = [c for c in sample.decode(codec(name), "ignore") if c >= "\x80"]
    kana = sum("\u3041" <= c <= "\u30fe" for c in text)
    hangul = sum("\uac00" <= c <= "\ud7a3" for c in text)
    han = sum("\u4e00" <= c <= "\u9fff" for c in text)
    wanted = {"euc-jp": kana * 3, "shift_jis": kana * 3, "euc-kr": hangul * 2}.get(name, han * 2)
    return wanted > len(text)


def _cyrillic(sample: bytes) -> str | None:
    """Return the Cyrillic encoding in which the most bytes beyond ASCII are lower-case letters.

    None: no encoding makes more than half of them such letters.
    windows-1251, KOI8-R and the tables of DOS and ISO differ in where these letters are.
    """
    best, name = 0.5, None
    total = sum(byte >= 0x80 for byte in sample) or 1
    for candidate in ("windows-1251", "koi8-r", "ibm866", "iso-8859-5"):
        share = sum("а" <= c <= "я" for c in sample.decode(codec(candidate), "ignore")) / total
        if share > best:
            best, name = share, candidate
    return name
