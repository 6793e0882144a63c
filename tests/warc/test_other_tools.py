"""What other tools say of the files that are written, and whether the validator of these tests sees faults."""

import gzip
from pathlib import Path

import fastwarc.cli
import pytest
from click.testing import CliRunner
from tests.warc.captures import SHAPES, capture, everything, exchange, http, written
from tests.warc.validator import members, validate
from warcio.checker import Checker


def test_other_tools_find_no_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "all.warc.gz"
    path.write_bytes(written(*everything())[0])
    checker = Checker(type("Arguments", (), {"inputs": [str(path)], "verbose": True}))
    checker.process_all()
    assert checker.exit_value == 0, capsys.readouterr().out
    result = CliRunner().invoke(fastwarc.cli.check, [str(path)])
    assert result.exit_code == 0, result.output
    # Of payloads fastwarc knows neither those a revisit stands for nor those behind a head of bare line feeds.
    path.write_bytes(written(*[capture(exchange(raw)) for raw in SHAPES.values() if b"\n\n" not in raw])[0])
    result = CliRunner().invoke(fastwarc.cli.check, ["--verify-payloads", str(path)])
    assert result.exit_code == 0, result.output


def test_validator_sees_what_is_wrong() -> None:
    """The proof above is worth what its validator is: each kind of damage must be seen."""
    data = written(capture(exchange(http()), text="hello"))[0]
    raw = [(record, data[record.offset : record.offset + record.length]) for record in members(data)]

    def rebuilt(change: object) -> bytes:
        return b"".join(gzip.compress(change(record, gzip.decompress(piece))) for record, piece in raw)  # type: ignore[operator]

    def edit(kind: str, old: bytes, new: bytes) -> bytes:
        return rebuilt(lambda record, text: text.replace(old, new, 1) if record.type == kind else text)

    validate(rebuilt(lambda record, text: text))
    for damaged in (
        edit("response", b"WARC-Target-URI: https://news.example/story\r\n", b""),
        edit("response", b"hello", b"jello"),
        edit("response", b"Content-Length: 12", b"Content-Length: 13"),
        edit("warcinfo", b"WARC-Filename", b"WARC-Target-URI"),
        edit("metadata", b"WARC-Target-URI", b"WARC-Refers-To-Target-URI"),
        edit("conversion", b"WARC-Refers-To", b"WARC-Concurrent-To"),
        edit("request", b"WARC-Warcinfo-ID", b"WARC-Warcinfo-Id2"),
        edit("request", b"WARC-IP-Address: 192.0.2.7", b"WARC-IP-Address: 192.0.2.007"),
        edit("response", b"WARC-Date: 2026-11-23T20:52:20.123456Z", b"WARC-Date: 2026-11-23 20:52:20"),
        edit("response", b"WARC-Type: response\r\n", b"WARC-Type: response\r\nWARC-Type: response\r\n"),
        edit("response", b"</p>\r\n\r\n", b"</p>\r\n"),
        gzip.compress(gzip.decompress(data)),
        data + b"\x00",
        data[:-5],
    ):
        with pytest.raises((AssertionError, ValueError, KeyError)):
            validate(damaged)
