"""Content codings: taken off a copy, as far as they hold, and never further than the limit."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import brotli
import pytest
from backports import zstd
from hypothesis import example, given
from hypothesis import strategies as st

from pressmark.http import decode as decode_module
from pressmark.http.decode import MAX_CODINGS, MAX_MEMBERS, Decoded, decode
from pressmark.http.exchange import Exchange, Truncation

TEXT = b"".join(b"<p>Line %d of a page.</p>\n" % n for n in range(20_000))

Decode = Callable[..., Decoded]


@pytest.fixture
def decoded() -> Iterator[Decode]:
    """Decodes a body that claims a coding."""
    made: list[Exchange] = []

    def run(
        coding: str, body: bytes, limit: int = 32 * 1024 * 1024, truncated: Truncation | None = None
    ) -> Decoded:
        moment = datetime(2026, 11, 23, tzinfo=UTC)
        headers = [(b"Content-Encoding", coding.encode())]
        exchange = Exchange("http://a.example/", moment, headers=headers, truncated=truncated)
        exchange.body.write(body)
        made.append(exchange)
        return decode(exchange, limit)

    yield run
    for exchange in made:
        exchange.body.close()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda data: brotli.compress(data, quality=3),
    "zstd": zstd.compress,
}


@pytest.mark.parametrize("coding", PACKERS)
def test_a_stream_cut_off_gives_what_came_before_the_cut(decoded: Decode, coding: str) -> None:
    packed = PACKERS[coding](TEXT)
    result = decoded(coding, packed[: len(packed) // 2])
    assert TEXT.startswith(result.data)
    assert len(result.data) > 50_000
    assert result.problem == "the compressed stream ends too early"


@pytest.mark.parametrize("coding", PACKERS)
def test_a_damaged_stream_gives_what_came_before_the_damage(decoded: Decode, coding: str) -> None:
    packed = bytearray(PACKERS[coding](TEXT))
    packed[len(packed) // 2 : len(packed) // 2 + 50] = b"\xff" * 50
    result = decoded(coding, bytes(packed))
    assert result.problem is not None
    assert result.data[:10_000] == TEXT[:10_000]


def test_damage_soon_after_the_start_leaves_the_start(decoded: Decode) -> None:
    packed = bytearray(gzip.compress(TEXT[:200_000]))
    packed[3000:3100] = b"\xff" * 100
    assert decoded("gzip", bytes(packed)).data[:5000] == TEXT[:5000]


@pytest.mark.parametrize("coding", PACKERS)
def test_the_limit_is_the_limit(decoded: Decode, coding: str) -> None:
    result = decoded(coding, PACKERS[coding](TEXT), 1000)
    assert result == Decoded(TEXT[:1000], "decodes to more than 1000 bytes", cut=True)
    assert decoded(coding, PACKERS[coding](TEXT), len(TEXT)) == Decoded(TEXT)


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_members_and_frames_follow_each_other(decoded: Decode, coding: str) -> None:
    pack = PACKERS[coding]
    assert decoded(coding, pack(TEXT[:1000]) + pack(TEXT[1000:])) == Decoded(TEXT)


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_members_without_end_end(decoded: Decode, coding: str) -> None:
    result = decoded(coding, PACKERS[coding](b"a") * (MAX_MEMBERS + 5))
    assert result.data == b"a" * MAX_MEMBERS
    assert result.problem is not None
    assert str(MAX_MEMBERS) in result.problem


@pytest.mark.parametrize("padding", [bytes(100), b"<!-- cached -->", b"garbage" * 1000])
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_padding_behind_a_stream_is_nothing(decoded: Decode, coding: str, padding: bytes) -> None:
    assert decoded(coding, PACKERS[coding](TEXT) + padding) == Decoded(TEXT)


def test_what_is_not_gzip_at_all_is_returned_as_it_came(decoded: Decode) -> None:
    assert decoded("gzip", b"<p>plain</p>") == Decoded(b"<p>plain</p>", "claims to be gzip and is not")


def test_a_coding_nobody_knows_is_left_on(decoded: Decode) -> None:
    result = decoded("odd, gzip", gzip.compress(b"coded oddly"))
    assert result == Decoded(b"coded oddly", "content coding 'odd' is not known")


def test_too_many_codings_are_left_on(decoded: Decode) -> None:
    body = b"x"
    for _ in range(MAX_CODINGS + 1):
        body = gzip.compress(body)
    result = decoded(", ".join(["gzip"] * (MAX_CODINGS + 1)), body)
    assert result == Decoded(body, "6 codings on top of each other")
    assert decoded(", ".join(["gzip"] * MAX_CODINGS), gzip.decompress(body)) == Decoded(b"x")


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, br"])
def test_an_empty_body_is_empty_whatever_it_claims(decoded: Decode, coding: str) -> None:
    assert decoded(coding, b"").data == b""


def test_a_truncated_body_is_never_all_there_is(decoded: Decode) -> None:
    assert decoded("identity", b"abc", truncated="length").problem == "the body is truncated: length"


def test_a_window_larger_than_the_web_allows_is_refused(decoded: Decode) -> None:
    options = {zstd.CompressionParameter.window_log: 27, zstd.CompressionParameter.content_size_flag: 0}
    packer = zstd.ZstdCompressor(options=options)
    result = decoded("zstd", packer.compress(TEXT * 30) + packer.flush())
    assert result.data == b""
    assert result.problem is not None
    assert "damaged" in result.problem


def _decoded(coding: str, body: bytes, limit: int) -> Decoded:
    exchange = Exchange("http://a.example/", datetime(2026, 11, 23, tzinfo=UTC))
    exchange.headers = [(b"Content-Encoding", coding.encode())]
    exchange.body.write(body)
    try:
        return decode(exchange, limit)
    finally:
        exchange.body.close()


@example(coding="zstd", packer="zstd", data=b"", damage="flipped", at=365, limit=1)
@given(
    coding=st.sampled_from([*PACKERS, "x-gzip"]),
    packer=st.sampled_from([*PACKERS]),
    data=st.binary(max_size=40).map(lambda data: data * 40),
    damage=st.sampled_from(["none", "cut", "flipped", "padded", "twice"]),
    at=st.integers(0, 2_000),
    limit=st.integers(0, 2_000),
)
def test_a_stream_gives_as_it_comes_what_it_gives_in_sips(
    coding: str, packer: str, data: bytes, damage: str, at: int, limit: int
) -> None:
    body = bytearray(PACKERS[packer](data))
    if damage == "cut":
        del body[at:]
    elif damage == "flipped":
        body[at % len(body)] ^= 1 << at % 8
    elif damage == "padded":
        body += bytes([at % 256]) * (at % 9)
    elif damage == "twice":
        body += PACKERS[packer](data)
    as_it_comes = _decoded(coding, bytes(body), limit)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decode_module, "iter", decode_module.sips, raising=False)
        assert as_it_comes == _decoded(coding, bytes(body), limit)
