"""Bytes mean what they mean to a browser."""

import json

import pytest
from tests.chromium import Chromium, find

from pressmark.charset.encodings import label_name, read

OF_PAIRS = ("gbk", "gb18030", "big5", "euc-jp", "shift_jis", "euc-kr")
OF_BYTES = """ibm866 iso-8859-2 iso-8859-3 iso-8859-4 iso-8859-5 iso-8859-6 iso-8859-7 iso-8859-8 iso-8859-8-i
iso-8859-10 iso-8859-13 iso-8859-14 iso-8859-15 iso-8859-16 koi8-r koi8-u macintosh windows-874 windows-1250
windows-1251 windows-1252 windows-1253 windows-1254 windows-1255 windows-1256 windows-1257 windows-1258
x-mac-cyrillic x-user-defined""".split()

_DECODE = """
((names, second) => Object.fromEntries(names.map(name => [name, Array.from({length: 128 * second}, (_, number) => {
  const first = 128 + Math.floor(number / second);
  const bytes = second > 1 ? [first, number - second * (first - 128), 0x3c] : [first];
  return new TextDecoder(name).decode(new Uint8Array(bytes));
})])))(%s, %d)
"""

COMBINED = (0x8862, 0x8864, 0x88A3, 0x88A5)
"""Two characters each, which Chromium 156 mixes up: the Standard's decoder has them written out."""

SLASHES = (0xA241, 0xA242)
"""Full-width to Python, as two others are to both."""


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("windows-1253", b"\x81\xaa", "\x81\ufffd"),
        ("windows-1255", b"\xca", "\u05ba"),
        ("koi8-u", b"\xae\xbe", "ўЎ"),
        ("gbk", b"\x80\xa3\xa0", "€\u3000"),
        ("big5", b"\xa1\x45", "‧"),
        ("euc-jp", b"\xad\xa1 \xad\xea \xf9\xa1 \xa1\xc1", "① ㈱ 纊 ～"),
        ("euc-jp", b"\x8f\xb0\xa1", "丂"),
        ("shift_jis", b"\xa0\x87\x40", "\ufffd①"),
        ("replacement", b"", ""),
    ],
)
def test_what_pythons_codecs_read_otherwise_is_read_as_the_standard_says(
    name: str, data: bytes, text: str
) -> None:
    assert read(data, name) == text


@pytest.mark.parametrize("name", OF_PAIRS)
def test_half_a_character_swallows_no_markup(name: str) -> None:
    assert read(b"\xe1<p>", name) == "\ufffd<p>"
    assert read(b"a\xe1", name) == "a\ufffd"


@pytest.mark.e2e
@pytest.mark.skipif(find() is None, reason="needs Chromium (Debian: apt-get install chromium)")
def test_each_byte_and_each_pair_of_bytes_reads_as_in_chromium(browser: Chromium) -> None:
    there = browser.evaluate(_DECODE % (json.dumps(OF_BYTES), 1))
    there |= browser.evaluate(_DECODE % (json.dumps(OF_PAIRS), 256))
    missing = 0
    for name in OF_BYTES:
        assert [read(bytes([byte]), name) for byte in range(128, 256)] == there[name], name
    for name in OF_PAIRS:
        for number, text in enumerate(there[name], 0x8000):
            ours = read(number.to_bytes(2) + b"<", name)
            if name == "big5" and ours != text and ours.startswith("\ufffd"):
                missing += 1
            elif name != "big5" or number not in COMBINED + SLASHES:
                assert ours == text, (name, hex(number))
    assert missing == 192  # of HKSCS-2008
    assert {label_name(name) for name in there} == set(there)
