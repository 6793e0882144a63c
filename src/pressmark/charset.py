"""Which characters a page's bytes are, decided as browsers decide it.

The order is that of the HTML Standard, section 13.2.3 "The input byte stream": a byte order mark,
then the Content-Type header, then what the first 1,024 bytes declare, then a later ``<meta>`` (the
parser's "change the encoding"), and only then a guess. Labels are those of the WHATWG Encoding
Standard, so ``iso-8859-1`` is windows-1252 and ``gb2312`` is read with the gb18030 table.
"""

import codecs
import re
from functools import cache
from itertools import islice

PRESCAN_BYTES = 1024
"""How far the Standard looks for a declaration before it parses."""

LATE_META_BYTES = 65_536
"""How far a declaration that comes late is still looked for; beyond it the encoding is guessed."""

_SAMPLE_BYTES = 200_000

# Encoding Standard, section 4.2 "Names and labels": name, Python codec, labels besides the name.
_TABLE = """
utf-8 utf-8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf8 x-unicode20utf8
ibm866 cp866 866 cp866 csibm866
iso-8859-2 iso8859-2 csisolatin2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2
iso-8859-3 iso8859-3 csisolatin3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3
iso-8859-4 iso8859-4 csisolatin4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4
iso-8859-5 iso8859-5 csisolatincyrillic cyrillic iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988
iso-8859-6 iso8859-6 arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6-e \
 iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987
iso-8859-7 iso8859-7 csisolatingreek ecma-118 elot_928 greek greek8 iso-ir-126 iso8859-7 iso88597 \
 iso_8859-7 iso_8859-7:1987 sun_eu_greek
iso-8859-8 iso8859-8 csiso88598e csisolatinhebrew hebrew iso-8859-8-e iso-ir-138 iso8859-8 iso88598 \
 iso_8859-8 iso_8859-8:1988 visual
iso-8859-8-i iso8859-8 csiso88598i logical
iso-8859-10 iso8859-10 csisolatin6 iso-ir-157 iso8859-10 iso885910 l6 latin6
iso-8859-13 iso8859-13 iso8859-13 iso885913
iso-8859-14 iso8859-14 iso8859-14 iso885914
iso-8859-15 iso8859-15 csisolatin9 iso8859-15 iso885915 iso_8859-15 l9
iso-8859-16 iso8859-16
koi8-r koi8-r cskoi8r koi koi8 koi8_r
koi8-u koi8-u koi8-ru
macintosh mac-roman csmacintosh mac x-mac-roman
windows-874 cp874 dos-874 iso-8859-11 iso8859-11 iso885911 tis-620
windows-1250 cp1250 cp1250 x-cp1250
windows-1251 cp1251 cp1251 x-cp1251
windows-1252 cp1252 ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 \
 iso88591 iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii x-cp1252
windows-1253 cp1253 cp1253 x-cp1253
windows-1254 cp1254 cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 \
 iso_8859-9:1989 l5 latin5 x-cp1254
windows-1255 cp1255 cp1255 x-cp1255
windows-1256 cp1256 cp1256 x-cp1256
windows-1257 cp1257 cp1257 x-cp1257
windows-1258 cp1258 cp1258 x-cp1258
x-mac-cyrillic mac-cyrillic x-mac-ukrainian
gbk gb18030 chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 iso-ir-58 x-gbk
gb18030 gb18030
big5 big5hkscs big5-hkscs cn-big5 csbig5 x-x-big5
euc-jp euc_jp cseucpkdfmtjapanese x-euc-jp
iso-2022-jp iso2022_jp csiso2022jp
shift_jis cp932 csshiftjis ms932 ms_kanji shift-jis sjis windows-31j x-sjis
euc-kr cp949 cseuckr csksc56011987 iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 \
 windows-949
utf-16be utf-16-be unicodefffe
utf-16le utf-16-le csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16
replacement replacement csiso2022kr hz-gb-2312 iso-2022-cn iso-2022-cn-ext iso-2022-kr
x-user-defined x-user-defined
"""

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
            return _read(body[len(mark) :], name), name
    name = from_header(content_type) or _from_body(body)
    return _read(body, name), name


def label_name(label: str) -> str | None:
    """The encoding's WHATWG name for a label as written in the wild, or None for an unknown label."""
    return _labels().get(label.strip("\t\n\f\r ").lower())


def from_header(content_type: str | None) -> str | None:
    """The encoding a Content-Type header names (RFC 9110 section 8.3.1), or None."""
    match = _HEADER_CHARSET.search((content_type or "")[:1000])
    return label_name(next(g for g in match.groups() if g is not None)) if match else None


def from_markup(body: bytes) -> str | None:
    """The encoding the first bytes of the markup declare, in XML's way or HTML's, or None."""
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
    if name is None or (name != "utf-8" and _proves_utf_8(body)):
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


@cache
def _labels() -> dict[str, str]:
    labels: dict[str, str] = {}
    for line in _TABLE.replace("\\\n", "").strip().splitlines():
        name, _codec, *others = line.split()
        labels |= dict.fromkeys([name, *others], name)
    return labels


@cache
def _codecs() -> dict[str, str]:
    lines = (line.split() for line in _TABLE.replace("\\\n", "").strip().splitlines())
    return {name: codec for name, codec, *_ in lines}


def _read(body: bytes, name: str) -> str:
    if name == "replacement":
        return "\ufffd" if body else ""
    if name == "x-user-defined":
        return body.decode("latin-1").translate({code: 0xF700 + code for code in range(0x80, 0x100)})
    if name == "windows-1252":
        return body.decode("cp1252", _C1)
    return body.decode(_codecs()[name], "replace")


def _control(error: UnicodeError) -> tuple[str, int]:
    """The five bytes windows-1252 leaves open are C1 controls to a browser (Encoding Standard, index)."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(map(chr, error.object[error.start : error.end])), error.end


_C1 = "pressmark.c1"
codecs.register_error(_C1, _control)


def _guess(body: bytes) -> str:
    """No one said. UTF-8 proves itself; otherwise the page's language, then its bytes, decide."""
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
        if _reads_as(sample, _codecs()[expected]):
            return expected
    high = sum(byte >= 0x80 for byte in sample)
    if high * 5 < len(re.findall(rb"[A-Za-z]", sample)) and not _mostly_runs(sample):
        return "windows-1252"
    for name in ("euc-jp", "shift_jis", "gbk", "euc-kr", "big5"):
        if _plausible(sample, name):
            return name
    return _cyrillic(sample) or "windows-1252"


def _proves_utf_8(body: bytes) -> bool:
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
    """Letters beyond ASCII stand alone in Latin scripts and in runs in all others."""
    runs = re.findall(rb"[\x80-\xff]+", sample)
    return bool(runs) and sum(map(len, runs)) / len(runs) >= 3


def _plausible(sample: bytes, name: str) -> bool:
    """Whether the sample reads without error and mostly as the script the encoding is for."""
    if not _reads_as(sample, _codecs()[name]):
        return False
    text = [c for c in sample.decode(_codecs()[name], "ignore") if c >= "\x80"]
    kana = sum("\u3041" <= c <= "\u30fe" for c in text)
    hangul = sum("\uac00" <= c <= "\ud7a3" for c in text)
    han = sum("\u4e00" <= c <= "\u9fff" for c in text)
    wanted = {"euc-jp": kana * 3, "shift_jis": kana * 3, "euc-kr": hangul * 2}.get(name, han * 2)
    return wanted > len(text)


def _cyrillic(sample: bytes) -> str | None:
    """windows-1251, KOI8-R and the two DOS and ISO tables differ in where the lower-case letters lie."""
    best, name = 0.5, None
    total = sum(byte >= 0x80 for byte in sample) or 1
    for candidate in ("windows-1251", "koi8-r", "ibm866", "iso-8859-5"):
        share = sum("а" <= c <= "я" for c in sample.decode(_codecs()[candidate], "ignore")) / total
        if share > best:
            best, name = share, candidate
    return name
