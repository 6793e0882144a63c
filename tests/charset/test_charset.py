"""Which encoding a page is read with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressmark.charset.detect import decode, from_header, from_markup, label_name

RUSSIAN = "Читальный зал работает до двух часов ночи, сказала директор библиотеки. " * 4


def page(text: str, charset: str, declared: str | None = None) -> bytes:
    meta = f'<meta charset="{declared}">' if declared else ""
    return f"<html><head>{meta}<title>{text}</title></head></html>".encode(charset)


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("ISO-8859-1", "windows-1252"),
        (" latin1 ", "windows-1252"),
        ("us-ascii", "windows-1252"),
        ("iso-8859-9", "windows-1254"),
        ("gb2312", "gbk"),
        ("x-sjis", "shift_jis"),
        ("ks_c_5601-1987", "euc-kr"),
        ("TIS-620", "windows-874"),
        ("unicode", "utf-16le"),
        ("hz-gb-2312", "replacement"),
    ],
)
def test_labels_mean_what_the_encoding_standard_says(label: str, name: str) -> None:
    assert label_name(label) == name


@pytest.mark.parametrize("label", ["", "utf-7", "klingon", "utf-8; x"])
def test_an_unknown_label_is_no_encoding(label: str) -> None:
    assert label_name(label) is None


@pytest.mark.parametrize(
    "mark", [("utf-8-sig", "utf-8"), ("utf-16-le", "utf-16le"), ("utf-16-be", "utf-16be")]
)
def test_a_byte_order_mark_outweighs_the_header_and_is_dropped(mark: tuple[str, str]) -> None:
    codec, name = mark
    body = ("" if codec.endswith("sig") else "\ufeff") + "<p>Żółw</p>"
    assert decode(body.encode(codec), "text/html; charset=koi8-r") == ("<p>Żółw</p>", name)


def test_the_header_outweighs_the_markup() -> None:
    body = page(RUSSIAN, "koi8-r", declared="windows-1251")
    text, name = decode(body, 'text/html; charset="KOI8-R"')
    assert name == "koi8-r"
    assert RUSSIAN in text


@pytest.mark.parametrize(
    "header", [None, "", "text/html", "text/html; charset=", "text/html; charset=nonsense"]
)
def test_without_a_usable_header_the_markup_decides(header: str | None) -> None:
    assert decode(page(RUSSIAN, "cp1251", declared="windows-1251"), header)[1] == "windows-1251"


@pytest.mark.parametrize(
    ("markup", "name"),
    [
        (b"<meta charset=gbk>", "gbk"),
        (b"<META CHARSET = 'shift_jis' >", "shift_jis"),
        (b'<meta http-equiv="Content-Type" content="text/html; charset=euc-kr">', "euc-kr"),
        (b'<meta content="text/html; charset=big5" http-equiv=content-type />', "big5"),
        (b'<?xml version="1.0" encoding="iso-8859-2"?><html>', "iso-8859-2"),
        (b"<!-- <meta charset=gbk> --><meta charset=euc-jp>", "euc-jp"),
        (b"<meta charset=utf-16>", "utf-8"),
        (b"<meta charset=x-user-defined>", "windows-1252"),
        (b'<meta name="charset" content="charset=gbk">', None),
        (b"<meta charset=nonsense>", None),
    ],
)
def test_declarations_in_markup_are_read_as_the_prescan_reads_them(markup: bytes, name: str | None) -> None:
    assert from_markup(markup) == name


def test_a_declaration_after_the_first_kilobyte_still_counts() -> None:
    body = (
        b"<html><head>"
        + b"<!-- banner -->" * 200
        + b"<meta charset=windows-1251>"
        + "Привет мир".encode("cp1251")
    )
    assert decode(body)[1] == "windows-1251"


def test_pages_that_were_converted_to_utf8_on_their_way_are_read_as_utf8() -> None:
    text, name = decode(page("促进航天技术更好惠及人民", "utf-8", declared="gb2312"))
    assert name == "utf-8"
    assert "促进航天技术" in text


@pytest.mark.parametrize(
    ("text", "codec", "name"),
    [
        (RUSSIAN, "cp1251", "windows-1251"),
        (RUSSIAN, "koi8-r", "koi8-r"),
        ("路面電車が最後の運行を終えた。多くの市民が手を振って見送った。" * 5, "cp932", "shift_jis"),
        ("路面電車が最後の運行を終えた。多くの市民が手を振って見送った。" * 5, "euc_jp", "euc-jp"),
        (
            "Der Fluß führt Hochwasser, sagt die Bürgermeisterin über die Brücke." * 5,
            "cp1252",
            "windows-1252",
        ),
        ("Το πλοίο έφυγε", "utf-8", "utf-8"),
    ],
)
def test_where_nothing_is_declared_the_bytes_are_looked_at(text: str, codec: str, name: str) -> None:
    assert decode(f"<p>{text}</p>".encode(codec))[1] == name


def test_where_nothing_is_declared_the_pages_language_helps() -> None:
    body = "<html lang='el'><p>Το πλοίο έφυγε από το λιμάνι</p>".encode("cp1253")
    assert decode(body) == (body.decode("cp1253"), "windows-1253")


def test_the_holes_of_windows_1252_are_controls_as_in_browsers() -> None:
    assert decode(b"a\x81b\x80", "text/html; charset=iso-8859-1")[0] == "a\x81b€"


def test_a_cut_off_character_is_replaced_and_nothing_else() -> None:
    assert decode("<p>Straße".encode()[:-2], "text/html; charset=utf-8")[0] == "<p>Stra\ufffd"


def test_encodings_that_browsers_refuse_yield_one_replacement_character() -> None:
    assert decode(b"~{VPND~}", "text/html; charset=hz-gb-2312") == ("\ufffd", "replacement")


@given(st.binary(max_size=3000), st.one_of(st.none(), st.text(max_size=60)))
def test_any_bytes_and_any_header_decode(body: bytes, header: str | None) -> None:
    text, name = decode(body, header)
    text.encode("utf-8")
    assert label_name(name) == name
    assert from_header(header) is None or isinstance(text, str)
