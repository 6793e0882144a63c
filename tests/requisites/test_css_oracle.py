"""The reader of CSS finds what tinycss2 finds, which reads token by token as the standard says, whatever the CSS."""

import re
from collections.abc import Iterator

import pytest
import tinycss2
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from tinycss2.ast import AtKeywordToken, FunctionBlock, Node, StringToken, URLToken, WhitespaceToken

from pressmark.requisites.css import references

_APART = re.compile(r"\\(?:-webkit-)?image-set\(|\\[\n\r\f]")
"""Another name with escapes than ``url``, behind which no address is found; and escaped line breaks, which tinycss2
takes for a part of an address, unlike the standard and browsers."""


PIECES = [
    *("url(", "URL(", "url( ", "url()", "url(a)", "url( b )", "url('c')", 'url("d" )', "url(e", "url('f", "url(g h)"),
    *("url(i\\))", "url(\\6a )", "url(k\\\nl)", "url(m'n)", "image-set(", "-webkit-image-set(", "image-set('o' 1x)"),
    *("@import ", "@import", "@IMPORT 'p';", "@import url(q) r;", "@import/**/'s'", "@imports 't'", "@media u{", "@"),
    *("@charset 'v';", "'w'", '"x"', "'", '"', "\\", "\\'", '\\"', "\\66 ", "\\\n", "\n", " ", "\t", "\r\n", "\f"),
    *("/*", "*/", "/* url(y) */", "/", "*", "#", "(", ")", "[", "]", "{", "}", ";", ",", ":", "a", "-", "1", "\xe9"),
    *("u\\72l(H)", "\\75 rl( 'I')", "\\000055R\\6C(", "\\u\\r\\l(J)", "u\\72", "\\75", "\\6c\n(", "\\7", "rl(K)", "u"),
    *("fourl(z)", "-url(A)", "9url(B)", "#url(C)", "@url(D)", ".url(E)", "a:url(F)", "type('G')", "\U0001f6a2", "\x00"),
]  # fmt: skip

# Behind a backslash that ends the file comes a character for nothing, which makes no address.
SHEETS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=25).map(
    lambda pieces: "".join(pieces).rstrip("\\")
)


def by_tinycss2(nodes: list[Node], within: str = "") -> Iterator[tuple[str, str]]:
    """Addresses and kinds in a list of component values. within: the function that they are arguments of."""
    imports = False
    for node in nodes:
        match node:
            case URLToken(value=value):
                yield value, "style" if imports else "image"
            case StringToken(value=value):
                if imports or within in ("image-set", "-webkit-image-set"):
                    yield value, "style" if imports else "image"
            case FunctionBlock(lower_name=name, arguments=arguments):
                first = next((each for each in arguments if not isinstance(each, WhitespaceToken)), None)
                if name == "url" and isinstance(first, StringToken):
                    yield first.value, "style" if imports else "image"
                yield from by_tinycss2(arguments, name)
        content = getattr(node, "content", None)
        if isinstance(content, list):
            yield from by_tinycss2(content)
        if isinstance(node, AtKeywordToken):
            imports = node.lower_value == "import"
        elif not isinstance(node, WhitespaceToken):
            imports = False


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(SHEETS)
@example("@import 'a'")
@example("a{b:url(c\0)}")
def test_what_is_found_is_what_tinycss2_finds(css: str) -> None:
    assume(not _APART.search(css))
    theirs = list(by_tinycss2(tinycss2.parse_component_value_list(css, skip_comments=True)))
    assert list(references(css, "all")) == theirs
