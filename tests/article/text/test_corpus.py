"""The article text of real pages against hand-checked bodies, where the corpus is at hand."""

import gzip
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from pressmark.article.page.document import Document
from pressmark.article.text import extract_text

CORPUS = Path(__file__).parents[4] / "shared" / "data" / "news-dev"


def shingles(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[i : i + 4]) for i in range(max(1, len(words) - 3))) if words else Counter()


@pytest.mark.slow
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of news pages is not part of the repository")
def test_texts_of_real_pages_agree_with_the_hand_checked_ones():
    scores = []
    for line in (CORPUS / "truth.jsonl").read_text(encoding="utf-8").splitlines():
        truth = json.loads(line)
        html = gzip.decompress((CORPUS / "pages" / f"{truth['name']}.html.gz").read_bytes())
        got = shingles(extract_text(Document.parse(html, truth["url"])).text)
        wanted = shingles(truth["text"])
        scores.append(2 * (got & wanted).total() / (got.total() + wanted.total()))
    assert sum(scores) / len(scores) > 0.97
    assert sum(score < 0.5 for score in scores) == 0
