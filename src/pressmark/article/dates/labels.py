"""Words next to a date that say what it is the date of, and markup conventions that do the same."""

import functools
import re

from pressmark.article.dates.folding import fold

_PUBLISHED = (
    "published publication posted created dated first_published date_posted veröffentlicht "
    "veroeffentlicht publiziert erschienen erstellt online_seit online_gestellt gepostet datum publié "
    "publie paru mis_en_ligne rédigé créé publicado publicada publicación creado publicação criado em "
    "pubblicato pubblicata pubblicazione gepubliceerd geplaatst publicerad publicerat publisert opprettet "
    "udgivet offentliggjort publiceret julkaistu opublikowano opublikowany utworzono data_publikacji "
    "dodano publikováno zveřejněno vydáno publikované zverejnené közzétéve megjelent publicat publicata "
    "публикувано публикувана опубликовано опубликована опубліковано апублікавана објављено objavljeno "
    "objavljen δημοσίευση δημοσιεύθηκε δημοσιεύτηκε ημερομηνία yayınlanma yayınlandı yayın_tarihi "
    "oluşturulma giriş نشر نُشر نشرت تاريخ_النشر تاریخ_انتشار منتشر انتشار פורסם תאריך प्रकाशित पोस्टेड "
    "প্রকাশ প্রকাশিত เผยแพร่ diterbitkan diunggah terbit tayang đăng ngày_đăng 发布 发表 發布 發表 公開 公開日 掲載 投稿 "
    "配信 作成 등록 입력 작성 게시 승인 송고 հրապարակվել գամոქვეყნდა publicēts paskelbta avaldatud lisatud "
    "pridané vložené birt imechapishwa geskryf gepos diterbit"
)
_MODIFIED = (
    "updated update modified edited revised reviewed last_change changed aktualisiert aktualisierung "
    "geändert bearbeitet stand änderung actualizado actualizada actualización modificado atualizado "
    "atualizada atualização modifica modificata modificato aggiornato aggiornata aggiornamento mis_à_jour "
    "mise_à_jour màj maj_le modifié modifiée bijgewerkt gewijzigd uppdaterad uppdaterat oppdatert "
    "opdateret ændret endret muokattu päivitetty aktualizacja zmodyfikowano aktualizováno aktualizované "
    "upraveno frissítve frissült módosítva actualizat обновлено обновлён изменено оновлено обноўлена "
    "ажурирано ažurirano posodobljeno ενημερώθηκε ενημέρωση τροποποιήθηκε güncellendi güncellenme "
    "güncelleme تحديث بروزرسانی به_روز עודכן עדכון अपडेट আপডেট अद्यतन อัปเดต diperbarui dikemaskini "
    "cập_nhật 更新 最終更新 수정 업데이트 թարմացված განახლდა atjaunots atnaujinta uuendatud muudetud redigerad "
    "kemaskini last_modified zuletzt"
)
_OTHER = (
    "copyright © (c) born geboren né nacido died accessed abgerufen retrieved consulté expires until bis "
    "till joined registered member_since mitglied_seit registriert dabei_seit deadline event begins "
    "termin veranstaltung isbn release_date archived_from captured closing closing_date apply_by valid starts ends "
    "bewerbungsschluss anmeldeschluss bewerbungsfrist gültig scadenza plazo vence date_limite"
)

_CLASS_PUBLISHED = re.compile(
    r"publi|posted|created|erstell|veroeff|entry-date|entrydate|post-date|postdate|post_date|post-time|"
    r"article-date|articledate|article_date|news-date|newsdate|news_date|pubdate|pub-date|pub_date|dateline"
)
_CLASS_MODIFIED = re.compile(r"updat|modif|edited|lastmod|revis|aktualis|changed")
_CLASS_DATE = re.compile(
    r"date|time|datum|fecha|(?:^|[-_\s])data(?:$|[-_\s])|stamp|byline|posted|publi|meta|info|tarih|when|day(?:$|\s)"
)
_CLASS_ELSEWHERE = re.compile(
    r"comment|kommentar|sidebar|related|teaser|(?:^|\s)widget|footer|recent|popular|archiv|calendar|kalender|event|"
    r"recommend|trending|latest|newest|more-|-more|mehr|carousel|slider|swiper|ticker|menu|(?:^|[-_])nav|"
    r"promo|reply|replies|respond|disqus|forum-post|most-|readnext|read-next|suggest|similar|copyright|advert|"
    r"weather|wetter|outbrain|taboola|newsletter|subscribe|instagram|twitter|tweet|embed|caption|(?:^|[-_\s])feed(?:$|[-_\s])|feed-item|news-list|newslist|(?:^|[-_])card|read-also|also-read|see-also"
)
# Whole names only: "date-comments" is the line with the date and the number of comments.
_READERS = re.compile(
    r"(?:^|\s)(?:comments?(?:-?(?:list|area|section|body|content))?|replies|disqus\S*"
    r"|twitter-tweet|instagram-media|fb-post|(?:tiktok|bluesky|mastodon|reddit)-embed"
    r"|(?:(?:customer|product|user)-?)?reviews(?:-?(?:list|section|area))?)(?:$|\s)"
)


# "Larkholm, den 3. März 2019": where and when a text was signed.
_SIGNED = re.compile(r"[^\W\d][\w -]{2,30}, (?:den|im|le|il|li|el|dne|dnia) ")


@functools.cache
def _pattern(words: str) -> re.Pattern[str]:
    # Latin words stand alone; those of other scripts may have a prefix or be written without spaces.
    folded = (fold(word).replace("_", " ") for word in words.split())
    return re.compile(
        "|".join(rf"(?<![a-z]){re.escape(w)}(?![a-z])" if w[-1].isascii() else re.escape(w) for w in folded)
    )


def label_kind(before: str) -> str | None:
    """What the words right before a date call it: ``published``, ``modified``, ``other`` or None.

    before: folded text. The label nearest to the date counts.
    """
    if not before.strip():
        return None
    return "published" if _SIGNED.fullmatch(before) else _nearest_label(before[-60:])


@functools.lru_cache(maxsize=512)
def _nearest_label(before: str) -> str | None:
    best, kind = -1, None
    for name, words in (("other", _OTHER), ("published", _PUBLISHED), ("modified", _MODIFIED)):
        for match in _pattern(words).finditer(before):
            if match.end() >= best:
                best, kind = match.end(), name
    return kind


def class_kind(names: str) -> str | None:
    """What class, id or itemprop names call a date: ``published``, ``modified``, ``date`` or None."""
    if _CLASS_MODIFIED.search(names):
        # "published updated": WordPress writes both on the one date of a post that was never changed.
        return "published" if _CLASS_PUBLISHED.search(names) else "modified"
    if _CLASS_PUBLISHED.search(names):
        return "published"
    return "date" if _CLASS_DATE.search(names) else None


def elsewhere(names: str) -> bool:
    """Whether class or id names say that an element belongs to something other than the article."""
    return bool(_CLASS_ELSEWHERE.search(names))


def of_readers(names: str) -> bool:
    """Whether class or id names are those of comments, of reviews or of an embedded post."""
    return bool(_READERS.search(names))
