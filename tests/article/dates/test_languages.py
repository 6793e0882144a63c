"""Dates as the languages of the news write them."""

import pytest

from pressmark.article.dates import parse_date
from pressmark.article.dates.folding import fold
from pressmark.article.dates.months import by_language, month_number
from pressmark.article.dates.tokens import tokenise


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Thursday 11 July 2024 09:28", "2024-07-11T09:28"),
        ("en", "Posted on: July 11, 2024", "2024-07-11"),
        ("de", "Donnerstag, 11. Juli 2024, 09:28 Uhr", "2024-07-11T09:28"),
        ("de", "Stand: 11.07.24, 09:28", "2024-07-11T09:28"),
        ("de-AT", "11. Jänner 2024", "2024-01-11"),
        ("fr", "Publié le 1er juillet 2024 à 9h28", "2024-07-01T09:28"),
        ("fr", "11 févr. 2024 à 09 h 28", "2024-02-11T09:28"),
        ("fr", "le 11 août 2024", "2024-08-11"),
        ("es", "11 de julio de 2024 a las 09:28 h", "2024-07-11T09:28"),
        ("es", "11 jul 2024 - 09:28 CEST", "2024-07-11T09:28+02:00"),
        ("it", "11 luglio 2024 alle 09:28", "2024-07-11T09:28"),
        ("pt", "11 de março de 2024 às 09h28", "2024-03-11T09:28"),
        ("pt-BR", "11.jul.2024 às 9h28", "2024-07-11T09:28"),
        ("nl", "donderdag 11 juli 2024 om 09:28", "2024-07-11T09:28"),
        ("sv", "Publicerad 11 juli 2024 kl 09.28", "2024-07-11T09:28"),
        ("no", "11. juli 2024 kl. 09:28", "2024-07-11T09:28"),
        ("da", "11. juli 2024 kl. 09.28", "2024-07-11T09:28"),
        ("fi", "11. heinäkuuta 2024 klo 9.28", "2024-07-11T09:28"),
        ("is", "11. júlí 2024 kl. 09:28", "2024-07-11T09:28"),
        ("ga", "11 Deireadh Fómhair 2024", "2024-10-11"),
        ("pl", "11 lipca 2024, 09:28", "2024-07-11T09:28"),
        ("cs", "11. července 2024 9:28", "2024-07-11T09:28"),
        ("cs", "11. 7. 2024 v 9:28", "2024-07-11T09:28"),
        ("sk", "11. júla 2024 o 9:28", "2024-07-11T09:28"),
        ("hu", "2024. július 11., csütörtök 09:28", "2024-07-11T09:28"),
        ("hu", "2024. 07. 11. 09:28", "2024-07-11T09:28"),
        ("ro", "11 iulie 2024, ora 09:28", "2024-07-11T09:28"),
        ("bg", "11 юли 2024, 09:28", "2024-07-11T09:28"),
        ("ru", "11 июля 2024 года в 09:28", "2024-07-11T09:28"),
        ("uk", "11 липня 2024 р., 09:28", "2024-07-11T09:28"),
        ("be", "11 ліпеня 2024, 09:28", "2024-07-11T09:28"),
        ("sr", "11. јул 2024. 09:28", "2024-07-11T09:28"),
        ("hr", "11. srpnja 2024. u 09:28", "2024-07-11T09:28"),
        ("sl", "11. julij 2024 ob 09:28", "2024-07-11T09:28"),
        ("el", "11 Ιουλίου 2024, 09:28", "2024-07-11T09:28"),
        ("el", "11 ΙΟΥΛ 2024", "2024-07-11"),
        ("tr", "11 Temmuz 2024 Perşembe 09:28", "2024-07-11T09:28"),
        ("tr", "11 KASIM 2024", "2024-11-11"),
        ("ar", "١١ يوليو ٢٠٢٤ ٩:٢٨ م", "2024-07-11T21:28"),
        ("ar", "11 تشرين الأول 2024", "2024-10-11"),
        ("ar", "11 كانون الثاني 2024", "2024-01-11"),
        ("fa", "۱۱ ژوئیه ۲۰۲۴", "2024-07-11"),
        ("fa", "پنجشنبه ۲۱ تیر ۱۴۰۳ - ۰۹:۲۸", "2024-07-11T09:28"),
        ("fa", "۱۴۰۳/۰۴/۲۱", "2024-07-11"),
        ("fa", "1403-04-21T09:28:00+03:30", "2024-07-11T09:28:00+03:30"),
        ("th", "2567-07-11 09:28", "2024-07-11T09:28"),
        ("ur", "11 جولائی 2024", "2024-07-11"),
        ("he", "11 ביולי 2024, 09:28", "2024-07-11T09:28"),
        ("hi", "11 जुलाई 2024, 09:28 AM IST", "2024-07-11T09:28+05:30"),
        ("hi", "११ जुलाई २०२४", "2024-07-11"),
        ("bn", "১১ জুলাই ২০২৪, ০৯:২৮", "2024-07-11T09:28"),
        ("ta", "11 ஜூலை 2024", "2024-07-11"),
        ("th", "11 กรกฎาคม พ.ศ. 2567 เวลา 09:28 น.", "2024-07-11T09:28"),
        ("th", "11 ก.ค. 2567", "2024-07-11"),
        ("th", "11 มี.ค. 67", "2024-03-11"),
        ("vi", "Thứ năm, 11/7/2024, 09:28 (GMT+7)", "2024-07-11T09:28+07:00"),
        ("vi", "Ngày 11 tháng 7 năm 2024", "2024-07-11"),
        ("id", "Kamis, 11 Agustus 2024 09:28 WIB", "2024-08-11T09:28+07:00"),
        ("ms", "11 Ogos 2024", "2024-08-11"),
        ("zh", "2024年07月11日09时28分", "2024-07-11T09:28"),
        ("zh", "2024年7月11日 下午3:28", "2024-07-11T15:28"),
        ("zh-TW", "民國113年7月11日", "2024-07-11"),
        ("ja", "2024年7月11日(木) 9時28分", "2024-07-11T09:28"),
        ("ja", "令和6年7月11日", "2024-07-11"),
        ("ja", "２０２４年７月１１日", "2024-07-11"),
        ("ko", "2024년 7월 11일 목요일 오후 3:28", "2024-07-11T15:28"),
        ("ko", "입력 2024.07.11 09:28", "2024-07-11T09:28"),
        ("ka", "11 ივლისი 2024", "2024-07-11"),
        ("hy", "11 հուլիսի 2024", "2024-07-11"),
        ("lt", "2024 m. liepos 11 d. 09:28", "2024-07-11T09:28"),
        ("lv", "2024. gada 11. jūlijs, 09:28", "2024-07-11T09:28"),
        ("et", "11. juuli 2024 09:28", "2024-07-11T09:28"),
        ("ca", "11 d'agost de 2024", "2024-08-11"),
        ("eu", "2024ko uztailaren 11", "2024-07-11"),
        ("sq", "11 korrik 2024", "2024-07-11"),
        ("sw", "11 Julai 2024", "2024-07-11"),
    ],
)
def test_reads_the_language(language: str, text: str, expected: str) -> None:
    value = parse_date(text, languages=[language])
    assert value is not None
    assert value.isoformat() == expected


def test_a_month_name_of_two_languages_means_what_the_language_says() -> None:
    assert str(parse_date("11. listopada 2024.", languages=["hr"])) == "2024-10-11"
    assert str(parse_date("11 listopada 2024", languages=["pl"])) == "2024-11-11"


def test_every_language_names_twelve_months_and_reads_its_own() -> None:
    for language, table in by_language().items():
        assert set(table.values()) == set(range(1, 13)), language
        for name, number in table.items():
            assert month_number(name, language) == number, (language, name)


def test_no_full_month_name_is_lost_to_another_meaning() -> None:
    """A word that is silent, a joint or a time zone is never read as a month: only May and its like are short."""
    lost = {
        (language, name)
        for language, table in by_language().items()
        for name in table
        if len(name) > 4 and tokenise(name.replace("_", " "), language).shape != "M"
    }
    assert lost == set()


def test_folding_makes_one_spelling() -> None:
    assert fold("MÄRZ") == "marz"
    assert fold("ŞUBAT") == fold("şubat") == "subat"
    assert fold("KASIM") == fold("Kasım")
    assert fold("۲۰۲۴") == fold("٢٠٢٤") == fold("२०२४") == fold("２０２４") == "2024"
    assert fold("11\u00a0July\u200f") == "11 july"
