"""Names that publishers' page templates give to the article and to everything else.

Class names and ids are written in English nearly everywhere, whatever the language of the page; the few words of
other languages are those that content management systems of several publishers share.
"""

from __future__ import annotations

import itertools
import re
from functools import lru_cache

from pressmark.article.page.document import Element
from pressmark.article.text.elements import HEADINGS, TEXT_TAGS
from pressmark.article.text.words import folded


def _names(anywhere: str, beginning: str = "", whole: str = "") -> list[str]:
    """Alternatives of a pattern for lower-case names: words that count anywhere, at the beginning of a word, or alone.

    Each alternative begins with its first letter and has its lookbehind after that, so that the engine skips a place
    without trying every word there (four times faster than with the lookbehind first, and ignoring case).
    """
    start = [f"{word[0]}(?<![a-z]{word[0]}){word[1:]}" for word in beginning.split()]
    alone = [f"{word[0]}(?<![a-z]{word[0]}){word[1:]}(?![a-z])" for word in whole.split()]
    return [*anywhere.split(), *start, *alone]


def _any(*lists: list[str]) -> re.Pattern[str]:
    """A pattern of all alternatives, the earlier first, grouped by first letter: one look decides which are tried."""
    by_letter: dict[str, list[str]] = {}
    for word in itertools.chain(*lists):
        by_letter.setdefault(word[0], []).append(word[1:])
    return re.compile("|".join(f"{letter}(?:{'|'.join(rest)})" for letter, rest in by_letter.items()))


_COMMENTS = _names(
    "comment(?!ary|ator) kommentar comentar komentar commenti(?![a-z]) kommentti yorum hozzaszol "
    "forum-(?:message|texte|fil) disqus reacties reactions"
)
# Page furniture, as below, in the other languages that templates are written in.
_FOREIGN = _names(
    "relacionad weitere-?artikel mehr-?zum-?thema lire-?aussi leggi-?anche lees-?ook leia-?(?:mais|tamb) les-?ogs[aå] "
    "czytaj-?(?:tez|wiecej) ilgili-?haber anzeige werbung reklam publicidad publicite pubblicita compartir "
    "compartilhar partager condividi udostepnij paylas bildunterschrift pie-?(?:de-?)?foto didascalia schlagwort",
    "teilen autor(?!i) auteur autore forfatter etiquet boletin suscri inscri abonn",
)
_FURNITURE = _names(
    "recommend recirc newsletter advert adslot sponsor share(?!h) sharing outbrain taboola cookie consent "
    "gdpr signup sign-up most-?read trending read-?more read-?also see-?also more-?from byline copyright photo-?credit "
    "image-?credit caption donat(?:e|ion) disclaimer author(?!i) print-?only visually-?hidden screen-?reader sr-only",
    "promo(?!ted) related social",
    "ads? more-?on",
)
_PLACES = _names(
    "sidebar footer navbar nav-?box navigation menu breadcrumb tag-?list tagbox subscri login registration widget "
    "teaser quiz podcast video-?player gallery slideshow carousel toolbar pagination pager banner modal popup overlay "
    "lightbox tooltip feedback timestamp dateline publish- pub-?date kicker eyebrow info-?box fact-?box "
    "pull-?quote correction follow- embed-?consent audio-?player expandable paywall__ "
    "paywall-?(?:wall|offer|message|box|overlay|prompt|cta|banner|barrier|notice) "
    "e-?mail-?form mail-?form contact-?form search-?form form-(?:group|field|message)",
    "credit popular rating",
    "nav tags? polls? meta",
)
_ON_TEXT = _any(["comment-(?:text|body|content)"], _FURNITURE, _FOREIGN)
_ON_BOXES = _any(_COMMENTS, _FURNITURE, _FOREIGN, _PLACES)
_IS_COMMENT = _any(_COMMENTS)
_STANDFIRST = re.compile(
    r"""standfirst|(?<![a-z])lead(?![a-z])|(?<![a-z])lede|(?<![a-z])dek(?![a-z])|deck(?![a-z])|sub-?title|sub-?head|summary
    |excerpt|intro(?![a-z])|chapo|vorspann|sapo|entradilla|bajada|ingress|manchet|perex|abstract|synopsis|description|preface
    |preamble|teaser""",
    re.VERBOSE | re.IGNORECASE,
)
# The codes that social networks hand out for embedding one of their posts in somebody else's page.
_EMBED = _any(
    _names(
        "twitter-(?:tweet|video) instagram-media tiktok-embed bluesky-embed fb-post reddit-embed mastodon-embed"
    )
)
_PARTS = re.compile(r"(?:(?:sub)*section|sect(?:ion)?-?body|level-?\d|sect-?\d|chapter|part)?")
# What a post is filed under, as WordPress and others write it into the class of the article itself.
_TAXONOMY = re.compile(r"(?:tag|category|post|type|status|format|term|topic|section|has|no|without)-.")
_UNSEEN = _any(
    _names(
        "visually-?hidden screen-?reader sr-?only assistive edit-?section header-?link heading-?anchor hash-?link "
        "anchor-?link",
        whole="vh",
    )
)
_DISPLAY_NONE = re.compile(r"display\s{0,9}:\s{0,9}none")


# Notices above or below an advertisement, folded.
_NOTICES = frozenset(
    """advertisement advertisements advertising sponsored anzeige werbung publicidad publicité pubblicità publicidade
    reklama reklam reklame annons annonse annonce advertentie mainos реклама 広告 广告 廣告 광고 إعلان פרסומת
    storycontinuesbelow
    storycontinuesbelowadvertisement storycontinuesbelowthisad articlecontinuesbelowthisad
    advertisementcontinuereadingbelow advertisementscrolltocontinue
    articlecontinuesbelow articlecontinuesbelowadvertisement
    articlecontinuesafteradvertisement continuereadingbelow scrolltocontinue skipadvertisement weiternachderwerbung
    lasuitéaprèscettepublicité""".split()
)
_LONGEST_NOTICE = 50
# Standard sentences above and below the posts of a blog, from its system or for legal reasons.
_BOILERPLATE = re.compile(
    r"(?:this|the) (?:post|article|page|site|blog|recipe)[^.]{0,60}\bcontains? affiliate links"
    r"|this (?:entry|post) was (?:posted|published|written)|dieser (?:beitrag|eintrag|artikel) wurde .{0,120}"
    r"(?:veröffentlicht|verfasst|geschrieben|abgelegt)|cet(?:te)? (?:article|entrée|billet) a été (?:publié|posté)"
    r"|est[ea] entrada (?:fue|se)|questo articolo è stato (?:pubblicato|inserito)",
    re.IGNORECASE,
)
_BYLINE = re.compile(
    r"(?:(?:written |posted |published |geschrieben |écrit |escrito )?(?:by|von|par|por|di|door|av|af)) "
    r"(?:(?-i:[^\W\d_a-z])[\w'’.-]*(?: |$)){1,4}(?:$|[|·•,–-])"
    r"|(?:(?:last )?(?:updated|published|posted)|veröffentlicht|aktualisiert|publié|publicado|actualizado)\b.{0,40}\d",
    re.IGNORECASE,
)


_ABOUT_AUTHOR = re.compile(
    r"(?:about|meet) the (?:author|writer)s?|written by [^.]{3,60}|über (?:den autor|die autor(?:in|en|innen))"
    r"|(?:à propos de |sur )?l['’]auteure?|(?:sobre|acerca de) (?:el|la|los|las) autor[ae]?s?|sobre [oa]s? autor[ae]?s?"
    r"|(?:informazioni )?sull['’]autore|over de auteurs?|o autor(?:ze|ce|ovi)|om författaren|om forfatteren|об авторе",
    re.IGNORECASE,
)


def is_about_author(heading: str) -> bool:
    """Whether a heading introduces whoever wrote the text above it."""
    return _ABOUT_AUTHOR.fullmatch(heading.strip(" :.")) is not None


def is_notice(text: str) -> bool:
    """Whether a line is only the notice of an advertisement."""
    return len(text) <= _LONGEST_NOTICE and folded(text) in _NOTICES


def is_boilerplate(text: str) -> bool:
    """Whether a paragraph is a standard one, which a system or a lawyer puts above or below every post."""
    return _BOILERPLATE.search(text[:MAX_NAMES]) is not None


def is_byline(text: str) -> bool:
    """Whether a line says who wrote what follows, or when it was published."""
    return _BYLINE.match(text) is not None


MAX_NAMES = 300  # characters of a class or id that are looked at
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


@lru_cache(maxsize=4096)
def _furniture(label: str, on_text: bool) -> str:
    """The first word in a class or id that marks page furniture, or ""."""
    if "-" in label and _EMBED.search(label):
        return "embed"
    for name in label.split():
        if found := _one_furniture(name, on_text):
            return found
    return ""


@lru_cache(maxsize=4096)
def _one_furniture(name: str, on_text: bool) -> str:
    if not name.islower():
        name = _HUMP.sub("-", name).lower()
    found = (_ON_TEXT if on_text else _ON_BOXES).search(name)
    # The name of a category or tag says nothing about the element.
    if not found or _TAXONOMY.match(name):
        return ""
    return "comment" if _IS_COMMENT.match(found.group()) else found.group()


@lru_cache(maxsize=8192)
def names_standfirst(label: str) -> bool:
    """Whether a class or id names the paragraph under the headline."""
    return _STANDFIRST.search(label) is not None


@lru_cache(maxsize=1024)
def is_unseen_name(label: str) -> bool:
    """Whether a class marks hidden text: for screen readers ("opens in a new window"), or a heading's handle."""
    return _UNSEEN.search(label.lower()) is not None


def names_part(classes: str) -> bool:
    """Whether a class is empty, or what pandoc, Sphinx, DocBook and Asciidoctor call the sections of a text."""
    return _PARTS.fullmatch(classes) is not None


def _is_of_heading(element: Element, tag: str) -> bool:
    """Whether an id is made of the heading below it, as pandoc, Sphinx and other writers of manuals do.

    Such an id names what the section is about ("operating-costs", "recommendations"), not what it is for.
    """
    if tag not in ("section", "div", "article") or not (name := folded(element.get("id") or "")):
        return False
    heading = next(itertools.islice(element.iterdescendants(*HEADINGS), 1), None)
    if heading is None:
        return False
    words = folded("".join(itertools.islice(heading.itertext(), 20)))
    return name == words or (len(name) > 5 and (words.startswith(name) or name.endswith(words)))


def flag_of(tag: str, label: str, element: Element, attributes: list[str]) -> str:
    """Why an element is probably not the article's text, or "". attributes: the names of its attributes."""
    if tag == "aside":
        return "aside"
    if not attributes or tag in ("html", "body", "main"):
        return ""
    on_text = tag in TEXT_TAGS
    if label and (name := _furniture(label, on_text)):
        classes = element.get("class") or ""
        if _furniture(classes[:MAX_NAMES], on_text) or not _is_of_heading(element, tag):
            return name
    if ("hidden" in attributes and element.get("hidden") != "until-found") or (
        "aria-hidden" in attributes and not on_text and element.get("aria-hidden") == "true"
    ):
        return "hidden"
    if (
        "style" in attributes
        and "none" in (style := element.get("style", ""))
        and _DISPLAY_NONE.search(style)
    ):
        return "hidden"
    return ""
