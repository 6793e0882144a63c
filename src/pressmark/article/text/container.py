"""Finds the element that holds the article: most of the page's prose, and little else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import accumulate

from pressmark.article.text.elements import HEADINGS, TEXT_TAGS
from pressmark.article.text.fitted import (
    A_FAIR_SHARE,
    A_NOTICE,
    A_SHARE,
    A_TEASER,
    AN_ARTICLE,
    MOST,
    NEARLY_ALL,
    TEASERS,
)
from pressmark.article.text.model import Block, Page
from pressmark.article.text.vocabulary import names_part
from pressmark.article.text.words import has_sentence

CLIMB = 5  # levels
MAX_HEADS = 50
MAX_BESIDE = 1_000  # blocks on each side
MAX_CHAIN = 24  # wrappers
_SMALL = frozenset("li td th dt dd pre caption".split())
_LISTS = frozenset({"ul", "ol", "dl"})
Chain = tuple[tuple[str, str], ...]
A_LAYER = 2  # elements deep: right below body
SURE = frozenset("aside embed cookie consent gdpr newsletter caption comment".split())
NEVER_LAYOUT = SURE | frozenset("modal popup overlay lightbox tooltip paywall-wall paywall-offer".split())


def weigh(block: Block) -> float:
    """How much a block speaks for being article text (positive) or page furniture (negative)."""
    size = block.size
    linked = block.linked / len(block.text)
    if linked > 0.5:
        return -min(size, 100) * 0.5
    if block.tag in HEADINGS:
        return 0.0
    if size < 40:
        if block.tag == "p":
            return size * A_SHARE if linked == 0 and has_sentence(block.text) else 0.0
        return 0.0 if block.tag in _SMALL else -5.0
    stops = has_sentence(block.text)
    weight = size * (1 - linked)
    if block.tag == "p":
        return weight
    return weight * (0.8 if stops else 0.2)


def weigh_all(page: Page, title: str) -> None:
    """Set the weight of each block and the page's headline, which all later steps use. ``title`` is folded."""
    for block in page.blocks:
        block.weight = weigh(block)
    page.headline = headline_of(page, title)


def choose(page: Page, excluded: list[bool], title: str = "") -> int:
    """Index of the node that holds the article, or -1 on a page without text.

    ``title`` (folded) distinguishes the article on pages that continue with other articles.
    """
    nodes, blocks = page.nodes, page.blocks
    if not blocks:
        return -1
    counted = [0.0 if excluded[block.node] and block.weight > 0 else block.weight for block in blocks]
    if (start := begins_at(counted, page.headline)) > 0:
        counted[:start] = (min(0.0, weight) for weight in counted[:start])
    sums = [0.0, *accumulate(counted)]
    scores = [sums[node.last] - sums[node.first] for node in nodes]
    best = max(scores)
    if best <= 0:
        return -1
    top = _own_article(page, scores, excluded, title)
    if top >= 0:
        best = max(scores[i] for i in range(top, len(nodes)) if nodes[i].last <= nodes[top].last)
    chosen = -1
    best_rank = (False, -1)
    for index, node in enumerate(nodes):
        if top >= 0 and not (index >= top and node.last <= nodes[top].last):
            continue
        share = scores[index] / best
        if share < 0.5:
            continue
        if node.element.get("itemprop") == "articleBody":
            share *= 1.6
        # A single paragraph or a list is the article only if nothing around it can be: more text may follow it.
        part = node.tag in _LISTS or (node.tag in TEXT_TAGS and node.last - node.first <= 1)
        rank = (not part, node.depth)
        if share >= 0.9 and rank > best_rank:
            chosen, best_rank = index, rank
    return chosen


def begins_at(counted: list[float], headline: int) -> int:
    """Index of the first block that can be the article's: the headline; 0 if unknown, or if most text is above it."""
    after = sum(max(0.0, weight) for weight in counted[headline + 1 :])
    before = sum(max(0.0, weight) for weight in counted[: max(0, headline)])
    return headline if headline > 0 and after > A_FAIR_SHARE * before else 0


def _own_article(page: Page, scores: list[float], excluded: list[bool], title: str) -> int:
    """Index of the page's own article if several follow one another; -1 if there is only one, or none stands out."""
    nodes, blocks = page.nodes, page.blocks
    least = A_FAIR_SHARE * max(scores)
    rivals = [index for index in _articles(page) if not excluded[index] and scores[index] >= least]
    if len(rivals) < 2:
        return -1
    headed = [i for i in rivals if any(b.tag == "h1" for b in blocks[nodes[i].first : nodes[i].last])]
    if not headed:
        return -1
    for i in headed:
        texts = (b.letters for b in blocks[nodes[i].first : nodes[i].last] if b.tag == "h1")
        if any(len(text) > 15 and text in title for text in texts):
            return i
    return headed[0] if nodes[headed[0]].tag == "article" else -1


def _articles(page: Page) -> list[int]:
    """The ``article`` elements; without any, elements of one class and one parent that have an h1 each."""
    nodes = page.nodes
    articles = [index for index, node in enumerate(nodes) if node.tag == "article"]
    if articles:
        return articles
    heads = [block.node for block in page.blocks if block.tag == "h1"][:MAX_HEADS]
    alike: dict[tuple[int, str], dict[int, None]] = {}
    for head in heads if len(heads) > 1 else ():
        for index in page.ancestors(head):
            if not names_part(name := nodes[index].classes) and nodes[index].tag != "h1":
                alike.setdefault((nodes[index].parent, name), {})[index] = None
    return max((list(each) for each in alike.values()), key=len, default=[])


def widen(page: Page, chosen: int, flagged: list[bool]) -> int:
    """Return the highest ancestor that adds prose in the same wrappers as the chosen node's, but no h1 after it.

    Only CLIMB levels are tried. Without such an ancestor it is the chosen node.
    """
    nodes, blocks = page.nodes, page.blocks
    node = nodes[chosen]
    inside = [b for b in blocks[node.first : node.last][:MAX_BESIDE] if b.weight > 0 and not flagged[b.node]]
    for up in page.ancestors(node.parent)[:CLIMB]:
        outer = nodes[up]
        first, last = nodes[chosen].first, nodes[chosen].last
        beside = [
            *range(max(outer.first, first - MAX_BESIDE), first),
            *range(last, min(outer.last, last + MAX_BESIDE)),
        ]
        if any(blocks[i].tag == "h1" for i in beside if i > first):
            break
        known: dict[int, Chain] = {up: (), -1: ()}
        chains = {_chain(page, b.node, known) for b in inside}
        if any(
            blocks[i].weight > 0
            and not flagged[blocks[i].node]
            and has_sentence(blocks[i].text)
            and _chain(page, blocks[i].node, known) in chains
            for i in beside
        ):
            chosen = up
    return chosen


def _chain(page: Page, node: int, known: dict[int, Chain]) -> Chain:
    """Tags and classes of a node and its ancestors, up to MAX_CHAIN. known: finished chains, which end others."""
    if node not in known:
        item = page.nodes[node]
        known[node] = ((item.tag, item.classes), *_chain(page, item.parent, known))[:MAX_CHAIN]
    return known[node]


def effective_flags(page: Page, title: str = "", *, believed: frozenset[str] | None = None) -> list[bool]:
    """For each node, whether it is in page furniture.

    Names are not always what they seem: an element that holds the headline is the page or the article, whatever it
    is called, and a name of elements around most of the page's prose names the layout ("grid-with-sidebar"), not a
    piece of furniture. ``title`` is folded. ``believed``: the only names that count; None for all.
    """
    nodes, blocks = page.nodes, page.blocks
    around = set(page.ancestors(blocks[page.headline].node)) if page.headline >= 0 else set()
    names: list[frozenset[str]] = []
    lists = _teaser_lists(page, around)
    notices = _cookie_notices(page, title) - around
    if believed is not None:
        around.update(i for i, node in enumerate(nodes) if node.flag not in believed and i not in notices)
    for index, node in enumerate(nodes):
        above = names[node.parent] if node.parent >= 0 else frozenset()
        flag = "cookie" if index in notices else node.flag or ("teasers" if index in lists else "")
        new = flag and flag not in above and index not in around
        names.append(above | {flag} if new else above)
    seen: set[str] = set()
    total = 0.0
    inside: dict[str, float] = defaultdict(float)
    teasers: dict[str, int] = defaultdict(int)
    for block in blocks:
        weight = block.weight
        if weight < 0 and block.tag in HEADINGS:
            for name in names[block.node]:
                teasers[name] += 1
        if weight <= 0 or block.text in seen or names[block.node] & NEVER_LAYOUT:
            continue
        seen.add(block.text)
        total += weight
        for name in names[block.node]:
            inside[name] += weight
    layout = {
        name
        for name, weight in inside.items()
        if weight > (MOST if name != "hidden" else NEARLY_ALL) * total and teasers[name] < TEASERS
    }
    return [bool(flags) and not flags <= layout for flags in names]


def _cookie_notices(page: Page, title: str) -> set[int]:
    """Small boxes that are laid over the page, at the top level of its tree, and mention cookies twice.

    Each of the many programs that show them uses names of its own, but the law makes them say much the same.
    """
    nodes, blocks = page.nodes, page.blocks
    found: set[int] = set()
    if "cookie" in title:
        return found
    for index, node in enumerate(nodes):
        if node.depth == A_LAYER and node.tag not in TEXT_TAGS and node.last - node.first <= A_NOTICE:
            text = " ".join(block.text for block in blocks[node.first : node.last])
            if text.lower().count("cookie") > 1:
                found.add(index)
    return found


def _teaser_lists(page: Page, around: set[int]) -> set[int]:
    """Elements below the article that announce other articles: headings that are links, with a line each.

    A round-up of linked headlines is an article itself: it has no prose before it.
    """
    nodes, blocks = page.nodes, page.blocks
    links = [0, *accumulate(int(block.tag in HEADINGS and block.weight < 0) for block in blocks)]
    if links[-1] < TEASERS:
        return set()
    heads = [0, *accumulate(int(block.tag in HEADINGS) for block in blocks)]
    prose = [0.0, *accumulate(max(0.0, block.weight) for block in blocks)]
    own = [0.0, *accumulate(own_prose(blocks))]
    found: set[int] = set()
    for index, node in enumerate(nodes):
        count = links[node.last] - links[node.first]
        if count < TEASERS or index in around or node.parent in found:
            continue
        before = own[node.first]
        inside = prose[node.last] - prose[node.first]
        is_list = 2 * count > heads[node.last] - heads[node.first] and inside < count * A_TEASER
        if is_list and (before > AN_ARTICLE or count * A_TEASER < before * TEASERS):
            found.add(index)
    return found


def own_prose(blocks: list[Block]) -> Iterator[float]:
    """For each block, how much prose it is; 0 for blocks under a heading that is a link."""
    elsewhere = False
    for block in blocks:
        if block.tag in HEADINGS:
            elsewhere = block.weight < 0
        yield 0.0 if elsewhere else max(0.0, block.weight)


def headline_of(page: Page, title: str) -> int:
    """Index of the block that is the headline: the longest h1 in the title, else the page's only h1; or -1."""
    tops = [i for i, block in enumerate(page.blocks) if block.tag == "h1" and not block.linked]
    named = [(len(text), -i) for i in tops if len(text := page.blocks[i].letters) > 8 and text in title]
    if named:
        return -max(named)[1]
    return tops[0] if len(tops) == 1 else -1
