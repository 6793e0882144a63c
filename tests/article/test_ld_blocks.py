"""JSON-LD as it is found in the wild."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressmark.article.page import ld_blocks
from pressmark.article.page.ld_blocks import loads, read_blocks


@pytest.mark.parametrize(
    "block",
    [
        '{"headline": "Ferry", "name": "a"}',
        '<!-- {"headline": "Ferry", "name": "a"} -->',
        '//<![CDATA[\n{"headline": "Ferry", "name": "a"}\n//]]>',
        '/* <![CDATA[ */{"headline": "Ferry", "name": "a"}/* ]]> */',
        '{"headline": "Ferry", "name": "a",}',
        '{"headline": "Ferry", /* note */ "name": "a" // end\n}',
        '{"headline": "Ferry",, "name": "a"};',
        '\ufeff{"headline": "Ferry", "name": "a"}',
        '\ufeff<!--\ufeff{"headline": "Ferry", "name": "a"}-->',
        '{"headline": "Ferry",\ufeff\xa0"name":\u2028"a"}',
        '<!--//--><![CDATA[// ><!--\n{"headline": "Ferry", "name": "a"}\n//--><!]]>',
        '<!--//--><![CDATA[// ><!-- {"headline": "Ferry", "name": "a"} //--><!]]>',
        '<!--/*--><![CDATA[/* ><!--*/\n{"headline": "Ferry", "name": "a"}\n/*--><!]]>*/',
        '/*<![CDATA[*/{"headline": "Ferry", "name": "a"}/*]]>*/',
        '<![CDATA[{"headline": "Ferry", "name": "a"}]]>',
        '<!-- one --><!-- two {of} three -->\n{"headline": "Ferry", "name": "a"}<!-- [end] -->',
        '<!-- of the page\n  {"headline": "Ferry", "name": "a"}\n-->',
        '/* of {the} page */ {"headline": "Ferry", "name": "a"} /* end */',
        '// of the [page]\n{"headline": "Ferry", "name": "a"}\n// end',
        '# of the {page}\n{"headline": "Ferry", # which "one"\n "name": "a"}',
        '{"headline": "Ferry", <!-- no image --> "name": "a"}',
        '{"headline": "Ferry", "image":, "name": "a"}',
        '{"headline": "Ferry", "image": /* none */ , "name": "a", "video":}',
        '{"headline": "Ferry", "image": undefined, "name": "a"}',
        '{,"headline": "Ferry", "tags": [, "x",, "y", ], "name": "a"}',
        'var data = {"headline": "Ferry", "name": "a"};',
        '{"headline": "Ferry", "name": "a"}\nconsole.log({a});',
        '{"headline": "Ferry", "name": "a"} </p>',
        '{"headline": "Ferry", "name": "a", /* cut o',
        "{&quot;headline&quot;: &quot;Ferry&quot;, &quot;name&quot;: &quot;a&quot;}",
        '{"headline": "Ferry", "name": "a", "text": "cut o',
        '{"headline": "Ferry", "name": "a", "more": [{"x": 1}, {"y":',
    ],
)
def test_what_templates_break_is_repaired(block: str) -> None:
    (node,) = read_blocks([block])
    assert (node["headline"], node["name"]) == ("Ferry", "a")


def test_raw_line_breaks_tabs_and_bad_escapes_in_strings_are_survived() -> None:
    assert loads('{"a": "one\n\ttwo"}') == {"a": "one\n\ttwo"}
    assert loads('{"a": "it\\\'s"}') == {"a": "it\\'s"}


def test_slashes_and_commas_inside_strings_are_left_alone() -> None:
    assert loads('{"url": "https://a.example//b", "t": "x,]", }') == {
        "url": "https://a.example//b",
        "t": "x,]",
    }


def test_what_is_in_strings_stays_as_it_is() -> None:
    text = "\ufeff <!-- {a} --> // # /* x */ <![CDATA[ ]]> \xa0\u2028:, ,, [,"
    assert loads('<!-- {"a": ' + json.dumps(text, ensure_ascii=False) + ",} -->") == {"a": text}


def test_no_node_is_made_of_a_block_that_lost_its_beginning() -> None:
    assert read_blocks(['"headline": "Ferry", "publisher": {"name": "a"}}']) == []


def test_several_values_in_one_block_are_all_read() -> None:
    assert [n["n"] for n in read_blocks(['{"n": 1};<!-- x -->{"n": 2} {"n": 3, "m": [1,'])] == [1, 2, 3]
    assert [n["n"] for n in read_blocks(['{"n": 1}\n{"n": 2}', '[{"n": 3}, [{"n": 4}]]'])] == [1, 2, 3, 4]


def test_graphs_are_opened_and_references_resolved() -> None:
    nodes = read_blocks([
        '{"@graph": [{"@type": "NewsArticle", "author": {"@id": "#p"}}]}',
        '{"@id": "#p", "@type": "Person", "name": "Ragna"}',
    ])  # fmt: skip
    assert nodes[0]["author"]["name"] == "Ragna"


def test_cyclic_references_do_not_hang() -> None:
    nodes = read_blocks(
        ['{"@graph": [{"@id": "#a", "b": {"@id": "#b"}, "n": 1}, {"@id": "#b", "a": {"@id": "#a"}}]}']
    )
    assert nodes[0]["b"]["a"]["b"]["a"]["n"] == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "block",
    [
        "",
        "null",
        "3",
        "/*",
        "//",
        "<!--",
        "<!-- -->",
        "<![CDATA[",
        "{/*",
        "[//",
        "#",
        '"text"',
        "[",
        "{" * 50_000,
        '{"a":' * 50_000,
        '["\\"' * 50_000,
        "x" * 5_000_000,
    ],
)
def test_nothing_comes_of_nothing(block: str) -> None:
    assert read_blocks([block]) == []


@pytest.mark.slow
@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=10),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from(["@id", "@graph", "@type", "name", "x"]), inner, max_size=4)
        ),
        max_leaves=20,
    )
)
def test_any_json_is_survived(value: object) -> None:
    for node in read_blocks([json.dumps(value)]):
        assert isinstance(node, dict)


@given(st.text(alphabet='{}[]",:\\/*<>!-&;ab1 \n', max_size=200))
def test_any_text_is_survived(text: str) -> None:
    value = loads(text)
    with suppress(ValueError):
        assert value == json.loads(text), "what is sound is read as it is"


def test_of_broken_blocks_so_much_is_repaired_on_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = '{"@type": "NewsArticle", "headline": "The ferry is late",}'
    monkeypatch.setattr(ld_blocks, "MAX_REPAIRED", 2 * len(broken))
    assert len(ld_blocks.read_blocks([broken] * 5)) == 2
    assert len(ld_blocks.read_blocks([broken.replace(",}", "}")] * 5)) == 5
