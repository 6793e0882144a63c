"""The modules that scripts import are found, however the import is written."""

import json

import pytest
from lxml.html import document_fromstring

from pressmark.requisites.html import in_html
from pressmark.requisites.modules import MAX_SCRIPT_BYTES, imported, in_script, mapped
from pressmark.requisites.wanted import Kind, Wanted

URL = "https://example.com/js/main.js"

PIECES = [
    *(
        "import",
        "import ",
        "import(",
        "import (",
        "from",
        "from ",
        "import/*",
        "import/*a*/",
        "import(/*a*/",
        "from/*",
    ),
    *(
        'import"',
        "import'",
        "import`",
        "import('",
        "import(`",
        'from"',
        "import './a",
        "import './a\n",
        "from`./`",
    ),
    *(
        "import './a.js';",
        "import a from './b.js'\n",
        "export*from'./c.js';",
        "import('./d.js')",
        "import '/\\x'",
    ),
    *(
        *(
            "new URL(",
            "new ",
            "new URL('a.js'",
            ", import.meta.url",
            "new URL('a.js', import.meta.url)",
            "import.",
            "meta",
        ),
        "import\n",
        "import \t",
        "/*",
        "*/",
        "//",
        "\n",
        " ",
        "\\",
        "'",
        '"',
        "`",
        "$",
        "${",
        "(",
        ".",
        "/",
        "a",
        "\xe9",
    ),
    *(
        "import 'https://e.example/'",
        "importimport",
        "import.meta",
        "/* import './e' */",
        "import './f\"from\"./g'",
    ),
]


@pytest.mark.parametrize(
    "script",
    [
        "import './x.js'",
        'import"./x.js"',
        "import a from './x.js'",
        "import a, {b as c} from './x.js'",
        "import {\n  a,\n  b,\n} from './x.js';",
        'import*as a from"./x.js"',
        'import{a}from"./x.js";',
        "import $from './x.js'; import {$from} from './x.js'",
        "export * from './x.js'",
        'export{a as default}from"./x.js"',
        "import a from './x.js' with { type: 'json' }",
        *("import('./x.js')", "import('./x.js', {with: {type: 'json'}})", "import('./x.js' )"),
        "const a = await import(\n  './x.js'\n)",
        'm=()=>import("./x.js").then(n)',
        "import(`./x.js`)",
        "import(/* webpackChunkName: 'x' */ './x.js')",
        "import /* a */ './x.js'",
        "import './x.js#part'",
        "import '../js/x.js'; import '/js/x.js'; import 'https://example.com/js/x.js'; import '//example.com/js/x.js'",
    ],
)
def test_what_a_script_imports_is_found(script: str) -> None:
    assert in_script(script.encode(), URL) == [Wanted("https://example.com/js/x.js", "script", "script")]


@pytest.mark.parametrize(
    "script",
    [
        *("import a from 'lodash'", "import '@a/b'", "import ''", "import '.x.js'", "import '.'"),
        *(
            "Array.from('./x.js')",
            "a.import('./x.js')",
            "reimport './x.js'",
            "xfrom './x.js'",
            "$import('./x.js')",
            "from('./x.js')",
        ),
        *(
            "import('./' + a)",
            "import('./x.js' + a)",
            "import(`./${a}.js`)",
            "import './x\n.js'",
            "import './x.js",
            "import('.\\/x.js')",
        ),
        *(
            "import.meta.url",
            "important './x.js'",
            "import 'data:text/javascript,1'",
            "import './main.js'",
            "",
        ),
    ],
)
def test_what_is_not_the_address_of_a_module_leads_to_nothing(script: str) -> None:
    assert in_script(script.encode(), URL) == []


def test_imports_are_named_once_and_in_their_order() -> None:
    script = "import './b.js'; export {a} from './a.js'; import('./b.js')"
    assert [each.url for each in in_script(script.encode(), URL)] == [
        "https://example.com/js/b.js",
        "https://example.com/js/a.js",
    ]


def test_what_is_imported_again_and_again_does_not_hide_what_comes_behind_it() -> None:
    script = "import('./a.js');" * 10_000 + "import('./b.js')"
    assert len(in_script(script.encode(), URL)) == 2


def test_a_module_is_utf_8_and_a_query_is_too() -> None:
    assert (
        in_script("import './\xe9.js?\xe9'".encode(), URL)[0].url == "https://example.com/js/%C3%A9.js?%C3%A9"
    )
    assert in_script(b"\xff\xfe import './x.js'", URL)[0].url == "https://example.com/js/x.js"


def test_comments_and_strings_are_not_told_apart_from_code() -> None:
    assert list(imported("// import './a.js'\nx = \"import './b.js'\"")) == ["./a.js", "./b.js"]


@pytest.mark.parametrize(
    ("script", "path", "kind"),
    [
        ("new URL('worker.js', import.meta.url)", "worker.js", "script"),
        (
            "new Worker(new URL(`./deep/worker.mjs?v=1`,import.meta.url), {type: 'module'})",
            "deep/worker.mjs?v=1",
            "script",
        ),
        ('fetch(new  URL( "math.wasm" , import . meta . url ))', "math.wasm", "other"),
        (
            "new/**/URL('a.js', import.meta.url); new URL(/* here */'pic.png', import.meta.url).href",
            "pic.png",
            "image",
        ),
    ],
)
def test_what_a_module_names_relative_to_itself_is_found(script: str, path: str, kind: Kind) -> None:
    assert in_script(script.encode(), URL) == [Wanted(f"https://example.com/js/{path}", kind, "script")]


@pytest.mark.parametrize(
    "script",
    [
        "new URL('worker.js', location.href)",
        "new URL('worker.js', import.meta.urls)",
        "new URL('wor' + 'ker.js', import.meta.url)",
        "new URL(`${a}.js`, import.meta.url)",
        "renew URL('worker.js', import.meta.url)",
        "new URL('worker.js' import.meta.url)",
    ],
)
def test_another_address_is_not_relative_to_the_module(script: str) -> None:
    assert in_script(script.encode(), URL) == []


def test_every_module_of_an_import_map_is_wanted_at_the_level_all_and_no_prefix() -> None:
    told = {
        "imports": {
            "lodash": "./js/lodash.js",
            "deep/": "/deep/",
            "n": 5,
            "own": "https://cdn.example/own.mjs",
        },
        "scopes": {"/a/": {"lodash": "/a/lodash.js"}, "/b/": None},
    }
    page = document_fromstring(f'<script type="importmap">{json.dumps(told)}</script>')
    icon = "https://example.com/favicon.ico"
    assert {each.url for each in in_html(page, "https://example.com/", "all")} == {
        icon,
        "https://example.com/js/lodash.js",
        "https://cdn.example/own.mjs",
        "https://example.com/a/lodash.js",
    }
    assert [each.url for each in in_html(page, "https://example.com/", "page")] == [icon]


@pytest.mark.parametrize("text", ["", "{", "[]", "5", '{"imports": 5}', '{"scopes": []}', "[" * 100_000])
def test_an_import_map_that_is_none_names_nothing(text: str) -> None:
    assert list(mapped(text)) == []


def test_what_stands_behind_the_bound_is_not_found() -> None:
    script = b"import './a.js'".ljust(MAX_SCRIPT_BYTES) + b"import './b.js'"
    assert [each.url for each in in_script(script, URL)] == ["https://example.com/js/a.js"]
