"""The names of a capture's facts on pages."""

NAMES = {
    "title": "Headline",
    "authors": "By",
    "published": "Published",
    "modified": "Changed",
    "description": "Summary",
    "section": "Section",
    "tags": "Tags",
    "image": "Picture",
    "kind": "Kind",
    "language": "Language",
    "canonical_url": "Canonical address",
    "is_paywalled": "Behind a paywall",
    "copyright": "Copyright",
    "licence": "Licence",
    "comments_url": "Comments",
    "status": "Status",
    "error": "Error",
    "redirect": "Redirect to",
    "digest": "Payload digest",
    "size": "Size of the body, in bytes",
    "words": "Words",
}
"""By the names of a row's attributes and of an article's fields."""
