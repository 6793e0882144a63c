"""Caption and credit say where they were found, which is often another place than the picture's."""

import pytest
from tests.article.sample import read

FIGURE = (
    "<figure><img src=/the-old-harbour-quay.jpg width=900>"
    "<figcaption>The quay. <span class=credit>Foto: A. Person</span>"
)
LD = """<script type="application/ld+json">{"@type": "NewsArticle", "image": {"@type": "ImageObject",
"url": "/the-old-harbour-quay.jpg", "caption": "The quay at noon", "creditText": "B. Person"}}</script>"""
OG = '<meta property="og:image" content="/the-old-harbour-quay.jpg">'


@pytest.mark.parametrize(
    ("head", "body", "sources"),
    [
        (OG, FIGURE + "</figcaption></figure>", ("opengraph", "html", "html")),
        (OG + LD, "", ("opengraph", "json-ld", "json-ld")),
        (LD, FIGURE + "</figcaption></figure>", ("json-ld", "html", "html")),
        (OG, "", ("opengraph", None, None)),
        (OG, "<figure><img src=/the-old-harbour-quay.jpg width=900><figcaption>The quay.</figcaption></figure>",
         ("opengraph", "html", None)),
    ],
)  # fmt: skip
def test_caption_and_credit_carry_their_own_source(
    head: str, body: str, sources: tuple[str | None, ...]
) -> None:
    article = read(head, body)
    assert article.image is not None
    assert tuple(article.sources.get(name) for name in ("image", "caption", "credit")) == sources
    assert bool(article.image.caption) == ("caption" in article.sources)
    assert bool(article.image.credit) == ("credit" in article.sources)
