"""Ours and the other extractors on the same pages, one run, one table.

    python bench/peers.py EVAL CORPUS [CORPUS …]

Each corpus is read twice: as it is, and as a reader sees it, with JSON-LD and meta elements taken away. EVAL is the
directory of ``metadata_eval.py``. Run it with the environment of requirements/peers.txt; Pressmark itself is read from
``src/``. Each extractor is used as its documentation shows, on the same bytes, in this process, in turn.
"""

import gzip
import importlib
import json
import re
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
Fields = dict[str, Any]
Extractor = Callable[[bytes, str], Fields]
COLUMNS = ("title", "titles", "authors", "date", "instant", "tags", "image", "text", "snippets")
_JSON_LD = re.compile(rb"<script[^>]*ld\+json[^>]*>.*?</script>", re.IGNORECASE | re.DOTALL)
_META = re.compile(rb"<meta(?![^>]*(?:charset|http-equiv))[^>]*>", re.IGNORECASE)


def pressmark(html: bytes, url: str) -> Fields:
    """This package."""
    fields: Extractor = importlib.import_module("bench.metadata").fields
    return fields(html, url)


def trafilatura(html: bytes, url: str) -> Fields:
    """``bare_extraction`` with metadata."""
    import trafilatura as library

    document = library.bare_extraction(html, url=url, with_metadata=True)
    if document is None:
        return {}
    found = document.as_dict()
    authors = [name for name in (found.get("author") or "").split("; ") if name]
    tags = found.get("tags") or []
    return {
        "title": found.get("title"), "authors": authors, "published": found.get("date"),
        "tags": tags if isinstance(tags, list) else tags.split(";"), "image": found.get("image"),
        "text": found.get("text"),
    }  # fmt: skip


def newspaper4k(html: bytes, url: str) -> Fields:
    """``Article.parse`` on HTML that was fetched before."""
    import newspaper

    article = newspaper.Article(url, fetch_images=False)
    article.download(input_html=html.decode("utf-8", "replace"))
    article.parse()
    published = article.publish_date
    return {
        "title": article.title, "authors": article.authors,
        "published": published.isoformat() if isinstance(published, datetime) else published,
        "tags": list(article.tags or article.meta_keywords or []), "image": article.top_image, "text": article.text,
    }  # fmt: skip


def htmldate(html: bytes, url: str) -> Fields:
    """``find_date``: only the day of publication."""
    import htmldate as library

    return {"published": library.find_date(html.decode("utf-8", "replace"), url=url, original_date=True)}


def extruct(html: bytes, url: str) -> Fields:
    """The JSON-LD, OpenGraph and microdata that extruct parses, first come first served."""
    import extruct as library

    data = library.extract(
        html, base_url=url, syntaxes=["json-ld", "opengraph", "microdata"], uniform=True, errors="ignore"
    )
    found: Fields = {}
    for node in [*_nodes(data["json-ld"]), *_nodes(data["microdata"])]:
        if "Article" not in str(node.get("@type")) and "Posting" not in str(node.get("@type")):
            continue
        keywords = node.get("keywords") or []
        image = node.get("image")
        image = image[0] if isinstance(image, list) and image else image
        for key, value in {
            "title": node.get("headline"),
            "authors": [str(a.get("name") if isinstance(a, dict) else a) for a in _list(node.get("author"))],
            "published": node.get("datePublished"),
            "tags": keywords if isinstance(keywords, list) else str(keywords).split(","),
            "image": image.get("url") if isinstance(image, dict) else image,
            "text": node.get("articleBody"),
        }.items():
            if value and not found.get(key):
                found[key] = value
    for graph in data["opengraph"][:1]:
        found.setdefault("title", graph.get("og:title"))
        found.setdefault("published", graph.get("article:published_time"))
        found.setdefault("image", _list(graph.get("og:image"))[0] if graph.get("og:image") else None)
    found["tags"] = [str(t.get("name") if isinstance(t, dict) else t) for t in found.get("tags", [])]
    return found


def _nodes(values: list[Fields]) -> list[Fields]:
    return [n for value in values for n in [value, *_list(value.get("@graph"))] if isinstance(n, dict)]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


EXTRACTORS: tuple[Extractor, ...] = (pressmark, trafilatura, newspaper4k, htmldate, extruct)


def main(evaluation: str, *corpora: str) -> None:
    """Print a Markdown table for each corpus."""
    sys.path[:0] = [str(ROOT), str(ROOT / "src"), evaluation]
    score = importlib.import_module("metadata_eval").score
    for corpus in corpora:
        folder = Path(corpus)
        truths = [json.loads(line) for line in (folder / "truth.jsonl").read_text("utf-8").splitlines()]
        pages = [gzip.decompress((folder / "pages" / f"{t['name']}.html.gz").read_bytes()) for t in truths]
        for what, read in (("", pages), (", as a reader sees them", [bare(page) for page in pages])):
            print(f"\n{folder.name}: {len(truths)} pages{what}\n")
            print("| extractor | " + " | ".join(COLUMNS) + " | CPU ms/page | failed |")
            print("|" + "---|" * (len(COLUMNS) + 3))
            for extractor in EXTRACTORS:
                print(_row(extractor, truths, read, score), flush=True)


def bare(html: bytes) -> bytes:
    """Return a page without JSON-LD and meta elements, except those about its encoding."""
    return _META.sub(b"", _JSON_LD.sub(b"", html))


def _row(
    extractor: Extractor, truths: list[Fields], pages: list[bytes], score: Callable[..., dict[str, float]]
) -> str:
    scores: dict[str, list[float]] = defaultdict(list)
    spent, failed = 0.0, 0
    offered: set[str] = set()
    twice = zip([truths[0], *truths], [pages[0], *pages], strict=True)  # the first once to import and warm up
    for number, (truth, html) in enumerate(twice):
        start = time.process_time()
        try:
            got = extractor(html, truth["url"])
        except Exception:  # noqa: BLE001 - a foreign library may raise anything; it is counted
            got = {}
            failed += bool(number)
        offered |= set(got) | ({"date", "instant"} if "published" in got else set())
        offered |= {"snippets"} if "text" in got else set()
        if number:
            spent += time.process_time() - start
            for field, value in score(got, truth).items():
                scores[field].append(value)
    cells = [
        f"{100 * sum(scores[c]) / len(scores[c]):.1f}" if scores.get(c) and c in offered else "–"
        for c in COLUMNS
    ]
    return f"| {extractor.__name__} | {' | '.join(cells)} | {1000 * spent / len(truths):.1f} | {failed} |"


if __name__ == "__main__":
    main(*sys.argv[1:])
