"""Which requisite of a page is asked for next."""

from pressmark.crawl.lineup import AT_A_TIME_A_HOST, Asked, LineUp
from pressmark.requisites.wanted import Kind, Wanted


def asked(number: int, host: str = "pictures.example", kind: Kind = "image") -> Asked:
    return Asked(Wanted(f"https://{host}/{number}", kind, "html"))


def test_a_host_is_sent_six_requests_at_a_time_and_others_go_meanwhile() -> None:
    line, other = LineUp(), asked(99, "other.example")
    for each in [*map(asked, range(8)), other]:
        line.add(each)
    under_way = []
    while (each := line.next()) is not None:
        line.begun(each)
        under_way.append(each)
    assert under_way == [*map(asked, range(6)), other]
    assert AT_A_TIME_A_HOST == 6
    line.ended(under_way[0])
    assert line.next() == asked(6)
    assert list(line) == [asked(7)]


def test_style_sheets_go_before_fonts_and_these_before_all_else() -> None:
    line = LineUp()
    kinds: list[Kind] = ["image", "font", "style", "script"]
    for number, kind in enumerate(kinds):
        line.add(asked(number, kind=kind))
    assert [each.what.kind for each in line] == ["style", "font", "image", "script"]
    assert len(line) == 4


def test_a_host_that_refused_is_refused_and_no_other() -> None:
    line = LineUp()
    line.refuse("pictures.example")
    assert line.is_refused(asked(1))
    assert not line.is_refused(asked(1, "other.example"))
