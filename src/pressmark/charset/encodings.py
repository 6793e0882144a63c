"""The encodings of the web: their labels, and bytes read as browsers read them (WHATWG Encoding Standard).

So ``iso-8859-1`` is windows-1252 and ``gb2312`` is read with the table of gb18030. Python's codecs do the decoding;
where the Standard's tables differ from theirs, this module corrects them, but for 192 characters of Big5 (HKSCS-2008)
and two of its slashes. tests/charset compares each byte and each pair of bytes with Chromium.
"""

import codecs
from collections.abc import Callable, Collection, Mapping
from functools import cache

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


def label_name(label: str) -> str | None:
    """Return the encoding's WHATWG name for a label as written in the wild, or None for an unknown label."""
    return _labels().get(label.strip("\t\n\f\r ").lower())


def codec(name: str) -> str:
    """Return the Python codec that is closest to an encoding, given by its WHATWG name."""
    return _codecs()[name]


def read(body: bytes, name: str) -> str:
    """Decode bytes in an encoding, given by its WHATWG name; what means nothing becomes U+FFFD."""
    if name == "replacement":
        return "\ufffd" if body else ""
    if name == "x-user-defined":
        return body.decode("latin-1").translate({code: 0xF700 + code for code in range(0x80, 0x100)})
    if name.startswith(("utf-", "iso-2022")):
        return body.decode(codec(name), "replace")
    text = body.decode(codec(name), f"pressmark.{name if name in _ERRORS else 'bytes'}")
    return text.translate(_OTHERWISE[name]) if name in _OTHERWISE else text


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


# Where the Standard's index has another character than Python's table.
_OTHERWISE: dict[str, Mapping[int, str | int]] = {
    "koi8-u": str.maketrans("╝╬", "ўЎ"),
    # Python has the edition of 2000, with private-use characters for what Unicode had not taken up yet.
    "gbk": str.maketrans(
        "\ue5e5\ue78d\ue78e\ue78f\ue790\ue791\ue792\ue793\ue794\ue795\ue796\ue7c7\ue81e\ue826\ue82b\ue82c"
        "\ue832\ue843\ue854\ue864",
        "\u3000\ufe10\ufe12\ufe11\ufe13\ufe14\ufe15\ufe16\ufe17\ufe18\ufe19\u1e3f\u9fb4\u9fb5\u9fb6\u9fb7"
        "\u9fb8\u9fb9\u9fba\u9fbb",
    ),
    "big5": str.maketrans("•､‾∼♁☉¥¢£", "‧﹑¯～⊕⊙￥￠￡"),
    "euc-jp": str.maketrans("〜‖−¢£¬", "～∥－￠￡￢"),
    "shift_jis": dict.fromkeys(range(0xF8F0, 0xF8F4), "\ufffd"),
}
_OTHERWISE["gb18030"] = _OTHERWISE["gbk"]


def _single(more: Mapping[int, str]) -> "_Handler":
    """Handle undefined bytes of a single-byte encoding: below A0 they are C1 controls, above they become U+FFFD.

    more: the characters of bytes that Python's codec does not know.
    """

    def handle(error: UnicodeError) -> tuple[str, int]:
        start, data = _place(error)
        byte = data[start]
        return more.get(byte) or (chr(byte) if byte < 0xA0 else "\ufffd"), start + 1

    return handle


def _pairs(leads: Collection[int], more: Callable[[int, int], str] = lambda _lead, _trail: "") -> "_Handler":
    """Handle undefined pairs of bytes: they become U+FFFD. An ASCII second byte is read again, so no markup is lost.

    leads: first bytes of pairs. more: returns the character of a byte and the next (0 for the byte alone) if Python's
    codec does not know it.
    """

    def handle(error: UnicodeError) -> tuple[str, int]:
        start, data = _place(error)
        lead, trail = data[start], data[start + 1] if start + 1 < len(data) else 0
        if lead not in leads or trail < 0x80:
            return more(lead, 0) or "\ufffd", start + 1
        return more(lead, trail) or "\ufffd", start + 2

    return handle


def _place(error: UnicodeError) -> tuple[int, bytes]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.start, error.object


def _euro(lead: int, _trail: int) -> str:
    return "€" if lead == 0x80 else ""


def _rows_of_vendors(lead: int, trail: int) -> str:
    """Read row 13 (circled numbers, units) and IBM's kanji, which EUC-JP has on the web but in no codec of Python's."""
    if not (0xA1 <= lead <= 0xFE and 0xA1 <= trail <= 0xFE):
        return ""
    row, cell = lead - 0xA1, trail - 0xA1  # Shift_JIS has the same rows, two for each lead byte
    first = row // 2 + (0x81 if row < 62 else 0xC1)
    second = cell + 0x9F if row % 2 else cell + (0x40 if cell < 63 else 0x41)
    try:
        return bytes((first, second)).decode("cp932")
    except UnicodeDecodeError:
        return ""


_Handler = Callable[[UnicodeError], tuple[str, int]]
_ERRORS = {
    "bytes": _single({}),
    "windows-1255": _single({0xCA: "\u05ba"}),
    "gbk": _pairs(range(0x81, 0xFF), _euro),
    "gb18030": _pairs(range(0x81, 0xFF), _euro),
    "big5": _pairs(range(0x81, 0xFF)),
    "euc-jp": _pairs((0x8E, 0x8F, *range(0xA1, 0xFF)), _rows_of_vendors),
    "shift_jis": _pairs((*range(0x81, 0xA0), *range(0xE0, 0xFD))),
    "euc-kr": _pairs(range(0x81, 0xFF)),
}
for _name, _handler in _ERRORS.items():
    codecs.register_error(f"pressmark.{_name}", _handler)
