"""The vocabulary of bylines: jobs, agencies, desks, degrees, particles of names, calls to action."""

import re

from pressmark.article.page.clean import fold

JOB = re.compile(
    r"\b(?:editors?|reporters?|correspondents?|writers?|journalists?|columnist|contributor|producer|"
    r"bureau chief|fellow|professor|analyst|director|lecturer|president|minister|photographer|secretary|"
    r"strategist|economist|critic|redakteur(?:in)?|korrespondent(?:in|en)?|reporterin|volontär(?:in)?|"
    r"ressortleiter(?:in)?|"
    r"chefredakteur(?:in)?|autorin|journaliste|rédacteur|rédactrice|correspondante?|envoyée? spéciale?|redactor[a]?|"
    r"periodista|corresponsal|giornalista|redattore|journalistin|politik|wirtschaft|redacteur|verslaggever|"
    r"dziennikarz|dziennikarka|muhabir[i]?|корреспондент|обозреватель|редактор|журналист)\b",
    re.IGNORECASE,
)
ALL_JOBS = frozenset(
    """staff writer web desk news newsroom editor editors editorial team reporter reporters correspondent correspondents
    bureau online admin administrator our special contributor contributors guest author writers desk digital
    redaktion redacción redaccion redazione rédaction redaction redactie redaktor redakcja redação toimitus
    redaksjonen redaktionen equipo equipe équipe the of and""".split()
)
"""Names made of these words alone are a desk's, not a person's."""

AFTER_NAME = re.compile(
    r"\s?(?:기자|특파원|논설위원|앵커|記者|记者|編集委員|論説委員|通讯员|通訊員|评论员|さん|氏)$"
)
"""What Korean, Japanese and Chinese bylines write after a name."""

SUFFIX = re.compile(
    r"(?:ph\.? ?d|m\.? ?d|d\.? ?phil|jr|sr|i{2,3}|iv|esq|m\.? ?b\.? ?a|m\.? ?sc|b\.? ?sc|m\.? ?a|b\.? ?a|j\.? ?d|"
    r"r\.? ?n|d\.? ?o|d\.? ?d\.? ?s|dr|"
    r"prof|m\.? ?p\.? ?h|l\.? ?l\.? ?[bm]|c\.? ?p\.? ?a|cfa|facp|frcp|obe|mbe|cbe|mp)\.?",
    re.IGNORECASE,
)
"""A degree, an honour or a generational suffix, which follows a name after a comma."""

PARTICLES = frozenset(
    """de da do das dos del della di du des d' la le las los el al van von der den het ter ten te zu zum zur af av bin
    ibn bint ben bar abu ul e y i und et""".split()
)
"""Words that are written in lower case within names."""

ACTIONS = re.compile(
    r"^(?:e-?mail|contact|share|tweet|follow|send|save|print|comments?|subscribe|read|view all|see all|"
    r"all posts|get|listen|more|about|bio|archive|profile|facebook|twitter|linkedin|instagram|whatsapp|"
    r"watch|google scholar|pubmed|orcid|researchgate|"
    r"kontakt|teilen|folgen|drucken|partager|suivre|compartir|seguir|imprimir|condividi|stampa|delen|dela|del)\b",
    re.IGNORECASE,
)
"""The beginnings of links and buttons next to a name."""

POSTS_BY = re.compile(
    r"^(?:(?:view|see|read|show)? ?(?:all|more)? ?(?:posts|stories|articles|entries|content) (?:by|from)|"
    r"(?:tous les articles|articles) (?:de|par)|(?:alle )?(?:beiträge|artikel|inhalte|texte) von|"
    r"ver (?:todos )?(?:los )?artículos de|(?:additional |with )?report(?:ing|age)s? (?:from|by)|"
    r"(?:as )?told to|with|about|über|à propos de|acerca de|sobre)\s+",
    re.IGNORECASE,
)
"""Words before a name that are not a part of it: "View all posts by", "with", "about"."""

OTHER_WORK = re.compile(
    r"[\s.,;|–—-]{1,5}(?:(?:medically |fact[- ]?)?(?:reviewed|checked)|"
    r"translat(?:ed|ion)|photo(?:graph)?(?:s|y|graphs)?|pictures?|illustrat(?:ed|ions?)|edited|"
    r"video|graphics?|foto(?:s|grafi?e?s?|grafías?)?|bilder|übersetz(?:t|ung)|aus dem [A-ZÄÖÜ]\w+|"
    r"traduit|traducción|traducido|infografik|фото|zdjęcia|kuvat?|fotoğraf)"
    r"(?:\s{1,5}(?:by|von|par|por|de|from)\b|\s{0,5}:)"
    r"|\s{1,5}(?:撮影|写真|編集|编辑|編輯|摄影|攝影|摄|图|圖|来源|來源|责编|責編|校对|翻译|翻訳|監修|イラスト|사진|편집)\s?[/／:：＝=]",
    re.IGNORECASE,
)
"""Where a byline goes on to people in other roles: reviewers, translators, photographers, editors."""

AGENCIES = frozenset(
    """aa aap afp agencebelga agencefrancepresse anadolu anadoluajansı ani anp ansa antara ap apa
    associatedpress ats azertac belga bernama bloomberg bss bta canadianpress ctk deutschepresseagentur dha dpa
    dpaafx dpainfocom dts efe epd europapress evangelischerpressedienst hina ians iha interfax irna itartass
    jiji jijipress katholischenachrichtenagentur kazinform keystonesda kna kyodo kyodonews lapressecanadienne
    lusa mti nhk ntb ntbno pa pamedia pap pressassociation presstrustofindia pti reuters ria rianovosti ritzau
    ritzauscanpix sda sid sta stt tanjug tass telam thomsonreuters tt ttnyhetsbyran ukrinform unian
    unitedpressinternational upi vna wafa wam xinhua xinhuanet yonhap""".split()
)
"""The world's news agencies, by the names their copy is signed with, folded."""

_AROUND_AGENCY = re.compile(
    r"^(?:the|agencia|agência|agence|agenzia|agentur|nachrichtenagentur|persbureau|agencja) |"
    r" (?:news|agency|ajansı|newswire|staff|editorial|english|service|wire)$",
    re.IGNORECASE,
)


def is_agency(name: str) -> bool:
    """Whether a name is a news agency's, perhaps with further words ("Xinhua News Agency", "Reuters Staff")."""
    for _ in range(4):
        if fold(name) in AGENCIES:
            return True
        shorter = _AROUND_AGENCY.sub("", name.strip(), count=1)
        if shorter == name:
            break
        name = shorter
    return False


def is_desk(name: str) -> bool:
    """Whether a name says only that someone at the publisher wrote it ("Staff Writer", "Web Desk", "Redaktion")."""
    words = name.casefold().split()
    return bool(words) and all(word.strip(".,") in ALL_JOBS for word in words)
