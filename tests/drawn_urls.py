"""URLs of every kind, drawn by Hypothesis."""

from hypothesis import settings
from hypothesis import strategies as st

from pressmark.errors import UrlError
from pressmark.urls import clean

unhurried = settings(deadline=None)  # how long an example takes says nothing on a busy machine

HOSTS = st.one_of(
    st.from_regex(r"[a-z0-9]{1,12}(\.[a-z]{1,10}){1,4}", fullmatch=True),
    st.sampled_from(["127.0.0.1", "www.example.com", "www2.a.co.uk", "münchen.de", "WWW.EXAMPLE.ORG"]),
    st.text(max_size=12),
)
PATHS = st.one_of(st.text(max_size=30), st.text(alphabet="/.%2eE5~?&=;()aspx#abAB ", max_size=40))
SESSIONS = st.sampled_from(
    [
        "jsessionid=" + "0A" * 16,
        "a=1&PHPSESSID=" + "0a" * 16 + "&b=2",
        "sid=" + "f" * 32,
        "ASPSESSIONIDABCDEFGH=" + "x" * 24,
        "cfid=1&cftoken=2&c=3",
        "b=2&a=1&a",
        "&&=",
    ]
)


@st.composite
def urls(draw: st.DrawFn) -> str:
    url = draw(st.sampled_from(["http", "https"])) + "://" + draw(HOSTS)
    url += draw(st.sampled_from(["", ":80", ":443", ":8080", ":"])) + "/" + draw(PATHS)
    query = draw(st.one_of(st.none(), PATHS, SESSIONS))
    return url if query is None else f"{url}?{query}"


def cleaned(url: str) -> str | None:
    try:
        return clean(url)
    except UrlError:
        return None
