"""TLS with a server that does not know RFC 5746, which only another library than OpenSSL can still be."""

import shutil
from pathlib import Path

import pytest
from tests import foreign
from tests.hostile.fixtures import authority, closing_bodies, fetch

from pressmark.http.wire.connection import default_trust

close_bodies = pytest.fixture(autouse=True)(closing_bodies)

PRIORITY = "NORMAL:-VERS-ALL:+VERS-TLS1.2:%DISABLE_SAFE_RENEGOTIATION"


@pytest.mark.e2e
def test_a_server_without_secure_renegotiation_is_talked_to_and_the_record_says_so(tmp_path: Path) -> None:
    program = shutil.which("gnutls-serv")
    if program is None:
        pytest.skip("no gnutls-serv on this machine (Debian: gnutls-bin)")
    certificate = authority().issue_cert("127.0.0.1")
    (tmp_path / "chain.pem").write_bytes(b"".join(each.bytes() for each in certificate.cert_chain_pems))
    (tmp_path / "key.pem").write_bytes(certificate.private_key_pem.bytes())
    port = foreign.free_port()
    command = [program, "--http", "--port", str(port), "--priority", PRIORITY]
    command += ["--x509certfile", str(tmp_path / "chain.pem"), "--x509keyfile", str(tmp_path / "key.pem")]
    with foreign.Background(command, port=port, log=tmp_path / "log", cwd=tmp_path, env={}):
        result = fetch(f"https://127.0.0.1:{port}/")
    assert result.error is None
    (exchange,) = result.exchanges
    assert (exchange.status, exchange.protocols[-1]) == (200, "tls/1.2")
    assert exchange.faults == ["TLS with a server that has no secure renegotiation (RFC 5746)"]


def test_other_servers_are_not_asked_with_less() -> None:
    assert default_trust() is default_trust()
    assert default_trust() is not default_trust(legacy=True)
    assert default_trust(legacy=True).options & ~default_trust().options
    assert default_trust().check_hostname
