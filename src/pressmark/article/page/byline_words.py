"""Patterns for what surrounds the names in a byline: words for "by", dates, jobs, places, people in other roles."""

import re

BY = re.compile(
    r"^(?:text|tekst|texte|texto|testo|teksti|words) (?:og|und|och|et|y|e|i|and|ja|en|&|/|\+) "
    r"(?:fotos?|photos?|photographs|pictures|bild(?:er)?|kuvat?|foto's|illustrationen)\s*"
    r"(?:[:：]|by|von|av|af|par|por|di)?\s+|"
    r"^(?:(?:written|reported|posted|published|story|words|text|guest (?:post|column)|geschrieben|verfasst|erstellt|"
    r"eingestellt|gepostet|veröffentlicht|skrevet|skriven|escrito|publicado|écrit|publié|propos recueillis|scritto|"
    r"pubblicato|a cura|geschreven)\s+)?"
    r"(?:by|von|vom|par|por|av|af|door|di|przez|od|autor(?:in|en|es|a|zy)?|auteurs?|autore|autori|"
    r"author\(?s?\)?|text|texte|texto|testo|tekst|forfatter(?:e)?|skribent|reporter|redaktion|"
    r"van onze (?:verslaggevers?|redacteuren?|redactie|correspondent)|rédaction|byline|yazar|haber|автор(?:ы|и)?|текст|"
    r"unsere[mrn] (?:korrespondent|mitarbeiter|redakteur|reporter)(?:in|en|innen)?|"
    r"(?:ditulis )?oleh|penulis|โดย|เรื่อง|teksti|kirjutas|napisała?|подготовил[аи]?|yazan|tác giả|szerző|írta|"
    r"kirjoittaja|συντάκτης|γράφ(?:ει|ουν)(?: (?:ο|η|οι))?|του|της|بقلم|كتب(?:ت)?|تحریر|نویسنده|מאת|लेखक|লেখক|"
    r"(?:ein )?(?:beitrag|artikel|kommentar|gastbeitrag) von|"
    r"eine? (?:analyse|reportage|kolumne|rezension) von|(?:interview|kommentar|analyse|protokoll|aufgezeichnet|"
    r"bericht|essay|opinion|kritik|analysis|opinión|op-ed|opinion)\s*:?\s*(?:von|by|par|por))\s*[:：]?\s+|"
    r"^(?-i:de(?= [A-ZÀ-Þ]\S+ [A-ZÀ-Þ]))\s+|"
    r"^[\u4e00-\u9fff]{1,6}(?:部|支局|総局)\s*[・＝=:：]\s*|"
    r"^(?:文|取材・文|文・写真|文・撮影|记者|記者|撰文)\s+|^(?:记者|記者)(?=[\u4e00-\u9fff]{2,4}$)|"
    r"^(?:文|取材・文|文・写真|写真・文|取材・文・写真|文・構成|構成|聞き手|作者|記者|记者|取材|責任編集|责编|责任编辑|著者|筆者)\s*[/／:：＝=]\s*|"
    r"^(?:autor(?:in|en)?|auteurs?|author\(?s?\)?|text|texte|tekst|by|von|文)\s*[:：]\s*",
    re.IGNORECASE,
)
FOR = re.compile(
    r"(?<!\s)\s++(?:for|für|pour|para|voor|til|för|[Ss]pecial (?:to|for))\s+(?:the\s+)?"
    r"[A-ZÀ-Þ][^,]{1,40}$"
)
# "Ada Holm of the Larkholm Post", but not "The Duke of the Isles".
OF = re.compile(r"^((?!(?:The|A|His|Her)\s)\S+\s\S[^,]{0,60}?)\sof\sthe\s[A-ZÀ-Þ][^,]{1,40}$")
PLACE = re.compile(
    r"(?<!\s)\s++(?:in|aus|à|från|fra|en|z|из|в)\s+[A-ZÀ-ÞА-Я][\w'’.-]+(?:[\s-][A-ZÀ-ÞА-Я][\w'’.-]+)?$"
)
# A relative clause after a name: "Written by Ada Holm who lives in Larkholm".
CLAUSE = re.compile(r",?(?<!\s)\s++(?:who|whose|qui|quien)\s.*$", re.MULTILINE)
# The date that follows a name in a byline, with the word before it if there is one.
SINCE = re.compile(
    r"(?:^| )(?:(?:on|am|vom|le|el|il|op|den|em|på|dne) )?"
    r"(?:(?:last )?(?:published|updated|posted)|veröffentlicht|aktualisiert|stand:|publié|mis à jour|"
    r"publicado|actualizado|atualizado|publicat|actualizat|julkaistu|yayınlanma|опубликовано|pubblicato|aggiornato|gepubliceerd|opublikowano|publicerad|publisert|oppdatert|opdateret|"
    r"\d{1,2}[./]\d{1,2}[./](?:\d\d)?\d\d|\d{4}-\d\d-\d\d|\d{1,2}\.? [^\W\d_]{3,12}\.?(?: (?:19|20)\d\d)?|"
    r"[^\W\d_]{3,12}\.? \d{1,2},? (?:19|20)\d\d)(?!\w).*$",
    re.IGNORECASE,
)
WEEKDAY = re.compile(
    r"[\s,]{1,5}(?:(?:on|am|le|el|il|op|på|den)\s+)?(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|"
    r"(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|"
    r"lunes|martes|miércoles|jueves|viernes|sábado|domingo|(?:lune|marte|mercole|giove|vener)dì)[\s,]{0,5}$",
    re.IGNORECASE | re.MULTILINE,
)
# What comes before a colon in a byline is never a name. No digit may follow: times of day have a colon, too.
LABEL = re.compile(r"^[^\W\d][^:：\n]{0,30}[:：](?!\d)\s*")
READING = re.compile(
    r"[\s·|,–-]{1,5}\d{1,3}[\s-]{0,2}(?:min(?:ut[a-z]*)?|minuters?|dakika|мин|分)\b(?s:.*)", re.IGNORECASE
)
EDITED = re.compile(r"\s*(?:editors?|edited|editing|redak\w+|редактор\w*|penyunting)\s*[:：]", re.IGNORECASE)
PICTURED = re.compile(
    r"(?:fotos?|photos?|fotograf(?:ie|ía)?|bild(?:er)?|illustrations?|grafik|video|images?|quelle|source|фото|снимки|"
    r"zdjęcia|kuvat?|fotoğraf|φωτογραφ\w+|사진|写真|撮影)\b",
    re.IGNORECASE,
)
# A job before a name: "Chief Reporter Ada Holm".
JOB_FIRST = re.compile(
    r"^(?:[^\W\d_][\w-]{2,20} ){0,2}(?:reporter(?:in)?|correspondent|writer|editor|korrespondent(?:in)?|"
    r"redakteur(?:in)?|journalist(?:in|e)?|corresponsal|redactora?|giornalista|verslaggever|redacteur) "
    r"(?-i:(?=[A-ZÀ-Þ]\S* \S))",
    re.IGNORECASE,
)
# Emoji and other symbols that sites set before a name.
SIGNS = re.compile(r"^[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff\s]{1,9}")
# A generational suffix after a comma: "Jr", "III".
SON = re.compile(r",\s{1,3}((?:Jr|Sr)\.?|I{2,3}|IV)(?=$|[\s,;])")
# Reviewers, editors and photographers, if they are named before the writer.
FIRST_OTHERS = re.compile(
    r"^(?:medically |fact[- ]?)?(?:reviewed|checked|edited|photographs?|photos|pictures?)(?: by|:)\s"
    r"[^\n]{1,120}?[\s–—|·-]"
    r"(?=(?:written|words|story|text|reporting|reported) by\s)",
    re.IGNORECASE,
)
ACTION_AFTER = re.compile(
    r"(?:\s\+?\s?(?:Follow(?:ing)?|Subscribe|Suivre|Seguir|Segui|Folgen|Volg|Følg|Följ)){1,3}$"
)
# Words for "by" that are names or other words in other languages, by language.
BY_HERE = {"ca": re.compile(r"^Per\s+(?=\S+ \S)")}
