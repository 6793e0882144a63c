"""Settings: one typed object, read once, every fault named at once."""

import ast
from dataclasses import fields
from pathlib import Path

import pytest
from tests.sources import nodes

import pressmark
from pressmark.errors import SettingsError
from pressmark.settings import Settings

REQUIRED = {"PRESSMARK_BUCKET": "b", "PRESSMARK_TABLE": "t", "PRESSMARK_STATE_TABLE": "s"}


def test_what_is_not_set_or_empty_takes_its_default() -> None:
    empty = {f"PRESSMARK_{field.name.upper()}": " " for field in fields(Settings)}
    assert Settings.from_environment(empty | REQUIRED) == Settings(bucket="b", table="t", state_table="s")
    assert Settings.from_environment(REQUIRED | {"PATH": "/bin"}).robots == "obey"


WRONG = {
    "MAX_RECEIVES": "0",
    "ROBOTS": "maybe",
    "HOST_DELAY": "-1",
    "CONNECT_TIMEOUT": "0",
    "READ_TIMEOUT": "nan",
    "PAGE_TIMEOUT": "inf",
    "MAX_BODY_BYTES": "1.5",
    "MAX_REDIRECTS": "-1",
    "CONCURRENCY": "ten",
    "ALLOWED_PORTS": "80,70000",
    "ALLOW_LOOPBACK": "perhaps",
    "INDEX_TERMS": "author,colour",
    "NO_SUCH_THING": "1",
}


def test_every_wrong_value_is_named_in_one_error() -> None:
    environment = {f"PRESSMARK_{name}": value for name, value in WRONG.items()}
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment(environment)
    said = str(caught.value)
    for name in [*WRONG, "BUCKET", "TABLE", "STATE_TABLE"]:
        assert f"PRESSMARK_{name}" in said
    assert "'70000'" in said or "80,70000" in said


@pytest.mark.parametrize("name", WRONG)
def test_each_wrong_value_alone_stops_the_start(name: str) -> None:
    with pytest.raises(SettingsError, match=f"PRESSMARK_{name}"):
        Settings.from_environment(REQUIRED | {f"PRESSMARK_{name}": WRONG[name]})


def test_right_values_arrive_typed() -> None:
    settings = Settings.from_environment(
        REQUIRED
        | {
            "PRESSMARK_MAX_RECEIVES": "7",
            "PRESSMARK_HOST_DELAY": "0",
            "PRESSMARK_ALLOWED_PORTS": "443, 8443",
            "PRESSMARK_DENY_HOSTS": "A.example, ,b.example",
            "PRESSMARK_ALLOW_LOOPBACK": "localhost:8000",
            "PRESSMARK_INDEX_TERMS": "none",
        }
    )
    assert (settings.max_receives, settings.host_delay, settings.allowed_ports) == (7, 0.0, (443, 8443))
    assert settings.deny_hosts == ("a.example", "b.example")
    assert settings.allow_loopback == ("localhost:8000",)
    assert settings.index_terms == ()


def test_the_user_agent_says_whom_to_ask() -> None:
    settings = Settings(bucket="b", table="t", state_table="s", contact_url="https://example.org/bot")
    assert settings.user_agent.endswith("(+https://example.org/bot)")
    assert f"Pressmark/{pressmark.__version__}" in settings.user_agent


@pytest.mark.slow
def test_no_library_module_reads_the_environment() -> None:
    """House rule: only what starts a process does (the handler, the command line, the local stack, the reader)."""
    package = Path(pressmark.__file__).parent
    starters = ("cli", "local", "reading")
    found = []
    for path in sorted(package.rglob("*.py")):
        if path.relative_to(package).parts[0] in starters:
            continue
        for node in nodes(path):
            if (isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv")) or (
                isinstance(node, ast.ImportFrom)
                and node.module == "os"
                and any(name.name in ("environ", "getenv") for name in node.names)
            ):
                found.append(f"{path.relative_to(package)}:{node.lineno}")
    assert found == []


def test_hosts_are_listed_as_they_stand_in_urls() -> None:
    said = "*.Wild.example, .dot.example, end.example., 127.0.0.1, xn--bcher-kva.example"
    settings = Settings.from_environment({**REQUIRED, "PRESSMARK_DENY_HOSTS": said})
    assert settings.deny_hosts == (
        "wild.example", "dot.example", "end.example", "127.0.0.1", "xn--bcher-kva.example",
    )  # fmt: skip


@pytest.mark.parametrize(
    "host",
    [
        "http://a.example",
        "a.example/b",
        "a.example:8080",
        "a b",
        "*",
        "me@a.example",
        "127.1",
        "bücher.example",
    ],
)
@pytest.mark.parametrize("name", ["PRESSMARK_DENY_HOSTS", "PRESSMARK_ALLOW_HOSTS"])
def test_what_is_no_host_and_would_match_nothing_stops_the_start(name: str, host: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment({**REQUIRED, name: f"good.example, {host}"})


@pytest.mark.parametrize("name", ["allow_hosts", "deny_hosts"])
def test_a_list_in_the_bucket_is_asked_for_by_the_very_key_that_the_setting_names(name: str) -> None:
    said = {"PRESSMARK_" + name.upper(): "@config/Allow-Hosts.TXT"}
    assert getattr(Settings.from_environment({**REQUIRED, **said}), name) == ("@config/Allow-Hosts.TXT",)
