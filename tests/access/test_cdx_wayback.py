"""The Wayback Machine's CDX server API, parameter by parameter."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, quote_plus, unquote_plus

import pytest
from tests.access.asking import ask
from tests.factories import NOON, PAGE, fill_folder, make_capture

from pressmark.access.app import Application
from pressmark.access.cdx import question
from pressmark.access.context import Archive, Options
from pressmark.access.messages import Response
from pressmark.archive.folder import FolderReader

CDX = "/cdx/search/cdx"

Lines = Callable[[str], list[str]]


@pytest.fixture
def lines(application: Application) -> Lines:
    """The lines that answer a query."""

    def asked(query: str) -> list[str]:
        answer = ask(application, f"{CDX}?{query}")
        assert answer.status == 200, answer.whole()
        return answer.whole().decode().splitlines()

    return asked


def times(found: list[str]) -> list[str]:
    return [line.split(" ")[1] for line in found]


def test_a_line_has_the_seven_fields_in_their_order(lines: Lines) -> None:
    first, repeated, not_modified, changed = lines(f"url={PAGE}")

    key, moment, url, mime, status, digest, length = first.split(" ")
    assert (key, moment, url, mime, status) == (
        "com,example)/news/1",
        "20261123120000",
        PAGE,
        "text/html",
        "200",
    )
    assert len(digest) == 32
    assert length.isdecimal()
    assert repeated.split(" ")[3:6] == ["warc/revisit", "200", digest]
    assert not_modified.split(" ")[3:6] == ["warc/revisit", "-", digest]
    assert changed.split(" ")[5] != digest


@pytest.mark.parametrize("url", ["example.com/news/1", "HTTP://www.Example.com/News/1", PAGE, f"{PAGE}/"])
def test_a_url_is_found_by_its_urlkey_as_on_every_cdx_server(lines: Lines, url: str) -> None:
    assert len(lines(f"url={quote(url)}")) == 4


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("url=example.com/news/*", 4),
        ("url=example.com/&matchType=prefix", 9),
        ("url=*.example.com", 10),
        ("url=example.com&matchType=host", 9),
        ("url=media.example.com&matchType=host", 1),
        ("url=example.com&matchType=domain", 10),
        ("url=example.com", 1),
        ("url=example.net", 0),
        ("url=never.example", 0),
    ],
)
def test_match_types_find_what_is_below(lines: Lines, query: str, count: int) -> None:
    assert len(lines(query)) == count


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ("from=20261124", [24, 25, 26]),
        ("to=20261124", [23, 24]),
        ("from=2026&to=2026", [23, 24, 25, 26]),
        ("from=20261124120000&to=20261125115959", [24]),
        ("from=2027", []),
        ("limit=2", [23, 24]),
        ("limit=-2", [25, 26]),
        ("limit=-1&fastLatest=true", [26]),
        ("offset=3", [26]),
        ("sort=reverse", [26, 25, 24, 23]),
        ("sort=closest&closest=20261124130000", [24, 25, 23, 26]),
        ("filter=statuscode:200", [23, 24, 26]),
        ("filter=!statuscode:200", [25]),
        ("filter=4:2..", [23, 24, 26]),
        ("filter=mimetype:warc", []),
        ("filter=~mimetype:warc", [24, 25]),
        ("filter=!mimetype:warc/revisit", [23, 26]),
        ("filter=!~mimetype:revisit", [23, 26]),
        ("filter=.*20261124.*", [24]),
        ("filter=statuscode:200&filter=mimetype:text/html", [23, 26]),
        ("collapse=digest", [23, 26]),
        ("collapse=urlkey", [23]),
        ("collapse=timestamp:6", [23]),
        ("collapse=timestamp:8", [23, 24, 25, 26]),
        ("collapse=digest&limit=-1", [26]),
        ("collapse=digest&limit=-2", [23, 26]),
        ("collapseTime=6", [23]),
    ],
)
def test_what_of_a_url_is_wanted_can_be_said(lines: Lines, query: str, days: list[int]) -> None:
    assert times(lines(f"url={PAGE}&{query}")) == [f"202611{day}120000" for day in days]


def test_periods_hold_below_a_prefix_too(lines: Lines) -> None:
    found = lines("url=example.com&matchType=domain&from=20261124&to=20261124")

    assert {moment[:8] for moment in times(found)} == {"20261124"}
    assert len(found) == 4


def test_json_is_an_array_of_arrays_with_a_row_of_names(application: Application) -> None:
    answer = ask(application, f"{CDX}?url={PAGE}&output=json&limit=2")

    names, first, second = json.loads(answer.whole())
    assert names == ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]
    assert (first[1], second[1]) == ("20261123120000", "20261124120000")
    assert answer.header("Content-Type") == "application/json"
    assert json.loads(ask(application, f"{CDX}?url=never.example&output=json").whole()) == []


def test_fields_are_chosen_with_fl(lines: Lines) -> None:
    assert lines(f"url={PAGE}&fl=timestamp,statuscode,nonsense&limit=1") == ["20261123120000 200 -"]
    assert lines(f"url={PAGE}&fl=filename,offset&limit=1")[0].startswith("warcs/")


def test_revisits_are_resolved_behind_the_seven_fields(lines: Lines) -> None:
    first, repeated, *_ = (line.split(" ") for line in lines(f"url={PAGE}&resolveRevisits=true"))
    length, offset, name = lines(f"url={PAGE}&limit=1&fl=length,offset,filename")[0].split(" ")

    assert first[7:] == ["-", "-", "-"]
    assert repeated[7:] == [length, offset, name]


def test_what_was_collapsed_and_repeated_is_counted(application: Application) -> None:
    names, *found = json.loads(
        ask(application, f"{CDX}?url={PAGE}&output=json&collapse=digest&showSkipCount=true").whole()
    )
    assert [dict(zip(names, each, strict=True))["skipcount"] for each in found] == ["2", "0"]
    assert dict(zip(names, found[0], strict=True))["endtimestamp"] == "20261125120000"

    names, *found = json.loads(ask(application, f"{CDX}?url={PAGE}&output=json&showDupeCount=true").whole())
    assert [dict(zip(names, each, strict=True))["dupecount"] for each in found] == ["0", "1", "2", "0"]


def test_a_page_holds_no_more_than_the_largest_whatever_is_asked(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(question, "PAGE_LINES", 1)
    monkeypatch.setattr(question, "MAX_PAGE_SIZE", 3)

    assert lines(f"url={PAGE}&showNumPages=true&pageSize=9") == ["2"]
    assert len(lines(f"url={PAGE}&page=0&pageSize=9")) == 3


def test_filters_know_pywbs_names_of_fields(lines: Lines) -> None:
    for theirs, ours in (("status:200", "statuscode:200"), ("mime:text/html", "mimetype:text/html")):
        assert lines(f"url={PAGE}&filter={theirs}") == lines(f"url={PAGE}&filter={ours}") != []


def test_copies_are_counted_for_each_url_by_itself(tmp_path: Path) -> None:
    at = [NOON, NOON + timedelta(hours=1)]
    captures = [
        make_capture(f"https://example.com/{name}", html="same", at=when) for name in "ab" for when in at
    ]
    fill_folder(tmp_path, captures)
    reader = FolderReader(tmp_path)
    asked = f"{CDX}?url=example.com&matchType=domain&showDupeCount=true"
    found = body(ask(Application(Archive("", reader, reader.files)), asked)).splitlines()
    reader.close()
    assert [line.rpartition(" ")[2] for line in found] == ["0", "1", "0", "1"]


@pytest.mark.slow
@pytest.mark.parametrize("output", ["text", "json"])
@pytest.mark.parametrize(
    "encode", [str, quote_plus, quote, unquote_plus], ids=["as it came", "again", "again %20", "decoded"]
)
@pytest.mark.parametrize("more", ["", "&sort=reverse", "&filter=~original:e", "&from=2026&to=2027"])
def test_resume_keys_lead_through_everything_however_they_are_encoded(
    application: Application, output: str, encode: Callable[[str], str], more: str
) -> None:
    asked = f"{CDX}?url=example.com&matchType=domain&showResumeKey=true&limit=3&output={output}{more}"
    found: list[str] = []
    key = ""
    for _ in range(10):
        said = (
            ask(application, asked + (f"&resumeKey={quote(encode(key), safe='%+')}" if key else ""))
            .whole()
            .decode()
        )
        if output == "json":
            rows = json.loads(said)
            key = rows[-1][0] if [] in rows else ""
            found += [" ".join(row) for row in rows[1 : rows.index([]) if [] in rows else None]]
        else:
            head, _, key = said.partition("\n\n")
            found += head.splitlines()
        key = key.strip()
        if not key:
            break

    everything = (
        ask(application, f"{CDX}?url=example.com&matchType=domain{more}").whole().decode().splitlines()
    )
    assert found == everything
    assert len(found) == 10


def test_a_resume_key_tells_captures_of_one_second_apart(tmp_path: Path) -> None:
    captures = [
        make_capture("https://q.example/", at=NOON + timedelta(milliseconds=number)) for number in range(5)
    ]
    fill_folder(tmp_path / "archive", captures)
    reader = FolderReader(tmp_path / "archive")
    served = Application(Archive("", reader, reader.files))
    count, key = 0, ""
    for _ in range(5):
        said = ask(served, f"{CDX}?url=q.example&limit=1&showResumeKey=true&resumeKey={key}").whole().decode()
        head, _, key = said.strip().partition("\n\n")
        count += len(head.splitlines())
    reader.close()

    assert count == 5


def test_collapsed_by_url_a_resume_key_leads_to_the_next_url(application: Application) -> None:
    asked = f"{CDX}?url=example.com/&matchType=prefix&collapse=urlkey&fl=urlkey&showResumeKey=true&limit=1"
    found, key, more = [], "", True
    while more:
        head, more, key = (
            ask(application, f"{asked}&resumeKey={key}").whole().decode().strip().partition("\n\n")
        )
        found += head.splitlines()

    assert found == [
        "com,example)/",
        "com,example)/a",
        "com,example)/b",
        "com,example)/gone",
        "com,example)/news/1",
    ]


def test_pages_hold_everything_once_and_end_with_nothing(tmp_path: Path) -> None:
    captures = [
        make_capture("https://q.example/", at=NOON + timedelta(minutes=number), html="x")
        for number in range(25)
    ]
    fill_folder(tmp_path / "archive", captures)
    reader = FolderReader(tmp_path / "archive")
    served = Application(Archive("", reader, reader.files))
    import pressmark.access.cdx.question as module

    whole = ask(served, f"{CDX}?url=q.example").whole().decode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "PAGE_LINES", 10)
        asked = f"{CDX}?url=q.example&pageSize=1"
        assert ask(served, f"{asked}&showNumPages=true").whole() == b"3\n"
        pages = [ask(served, f"{asked}&page={number}").whole().decode() for number in (2, 0, 1, 3, 99)]
        assert ask(served, f"{CDX}?url=never.example&showNumPages=true").whole() == b"0\n"
        assert ask(served, f"{CDX}?url=never.example&page=0&output=json").whole() == b""
    reader.close()

    assert pages[1] + pages[2] + pages[0] == whole
    assert [page.count("\n") for page in pages] == [5, 10, 10, 0, 0]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "url=",
        "url=%00",
        "url=example.com&matchType=what",
        "url=example.com&limit=many",
        "url=example.com&from=yesterday",
        "url=example.com&filter=urlkey:(",
        "url=example.com&filter=urlkey:(?=x)",
        "url=example.com&filter=urlkey:" + "a" * 2000,
        "url=example.com&collapse=urlkey:x",
        "url=example.com&sort=closest",
        "url=example.com/*&sort=closest&closest=2026",
        "url=example.com&sort=up",
        "url=example.com&page=-1",
        "url=example.com&resumeKey=com,other)/+20260101000000!",
        "url=example.com&resumeKey=nonsense",
        "url=com&matchType=domain",
        "url=example.com&limit=-999999999",
    ],
)
def test_a_question_that_makes_no_sense_is_400_with_a_sentence(application: Application, query: str) -> None:
    answer = ask(application, f"{CDX}?{query}")

    assert answer.status == 400
    assert len(json.loads(answer.whole())["message"]) > 10


def test_a_pattern_that_would_keep_python_busy_does_not(lines: Lines) -> None:
    assert lines(f"url={PAGE}&filter=digest:(.*.*.*)*x") == []


def bounded(archive: Archive, **limits: int) -> Application:
    return Application(replace(archive, options=Options(**limits)))  # type: ignore[arg-type]


def body(answer: Response) -> str:
    return answer.whole().decode()


def test_half_an_answer_is_never_given_as_a_whole_one(archive: Archive) -> None:
    small = bounded(archive, max_response=4096 + 300)

    answer = ask(small, f"{CDX}?url=example.com&matchType=domain")

    assert answer.status == 400
    assert "showResumeKey" in body(answer)


@pytest.mark.parametrize("limits", [{"max_response": 4096 + 300}, {"max_response": 1 << 20, "max_rows": 4}])
def test_what_does_not_fit_goes_on_behind_a_resume_key(archive: Archive, limits: dict[str, int]) -> None:
    small = bounded(archive, **limits)
    found: list[str] = []
    key = ""
    for _ in range(10):
        said = body(ask(small, f"{CDX}?url=example.com&matchType=domain&showResumeKey=true&resumeKey={key}"))
        head, _, key = said.partition("\n\n")
        found += [line for line in head.splitlines() if line]
        key = key.strip()
        if not key:
            break

    assert found == body(ask(Application(archive), f"{CDX}?url=example.com&matchType=domain")).splitlines()


def test_reading_in_vain_ends_too(archive: Archive) -> None:
    small = bounded(archive, max_response=1 << 20, max_rows=4)

    said = body(
        ask(small, f"{CDX}?url=example.com&matchType=domain&showResumeKey=true&filter=statuscode:500")
    )
    answer = ask(small, f"{CDX}?url=example.com&matchType=domain&filter=statuscode:500")

    assert said.startswith("\n")
    assert said.endswith("%21\n")
    assert answer.status == 400
