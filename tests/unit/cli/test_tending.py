"""What `sightline endpoints` tells of servers that it finds, and where it takes keys from."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from sightline.cli.tending import Tending, key_from
from sightline.endpoints import discovery
from sightline.endpoints.catalog import Kind
from sightline.endpoints.discovery import Discovered
from sightline.errors import SettingsError
from sightline.services.endpoints.endpoints import kind_of
from sightline.values import ServedModel

FOUND = (
    Discovered(
        Kind.LM_STUDIO, "lm-studio", "http://127.0.0.1:1234/v1", (ServedModel("seer", vision=True),)
    ),
    Discovered(
        Kind.OLLAMA, "ollama", "http://127.0.0.1:11434/v1", (ServedModel("vl", vision=None),)
    ),
    Discovered(
        Kind.VLLM, "vllm", "http://127.0.0.1:8000/v1", (ServedModel("blind", vision=False),)
    ),
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


async def found() -> tuple[Discovered, ...]:
    return FOUND


def test_what_is_found_comes_with_the_command_to_copy(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(discovery, "discover", found)
    assert Tending(None).discover() == 0
    commands = [line.strip() for line in capsys.readouterr().out.splitlines() if " add " in line]
    assert commands == [
        "sightline endpoints add lm-studio http://127.0.0.1:1234/v1",
        "sightline endpoints add ollama http://127.0.0.1:11434 --kind ollama",
    ]
    # One that is configured already needs no command.
    Path("sightline.toml").write_text('[endpoints.a]\nurl = "http://127.0.0.1:1234/v1"\n')
    Tending(None).discover()
    assert "add lm-studio" not in capsys.readouterr().out


def test_a_first_look_at_the_page_finds_what_there_is(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(discovery, "discover", found)
    assert Tending(None).list() == 0
    told = capsys.readouterr().out
    assert told.startswith("No endpoint is configured yet.\n")
    assert "sightline endpoints add lm-studio" in told


def test_a_key_comes_from_a_variable_or_a_line(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MY_KEY", " hunter2 ")
    monkeypatch.setenv("SIGHTLINE_ENDPOINTS__DESK__API_KEY", "hunter3")
    assert key_from("MY_KEY", stdin=False, name="desk") == "hunter2"
    assert key_from(None, stdin=False, name="desk") is None
    # Under its own name it is in force already, and need not be written anywhere.
    own = "SIGHTLINE_ENDPOINTS__DESK__API_KEY"
    assert key_from(own, stdin=False, name="desk") is None
    assert key_from(own, stdin=False, name="other") == "hunter3"
    monkeypatch.setattr("sys.stdin", io.StringIO("hunter4\nmore\n"))
    assert key_from(None, stdin=True, name="desk") == "hunter4"
    for variable, stdin in (("NOT_SET", False), ("MY_KEY", True), (None, True)):
        monkeypatch.setattr("sys.stdin", io.StringIO(""))
        with pytest.raises(SettingsError, match=r"--key-(env|stdin)"):
            key_from(variable, stdin=stdin, name="desk")


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://box:11434", "ollama"),
        ("http://box:11434/v1", "openai"),
        ("https://api.anthropic.com", "anthropic"),
        ("https://anthropic.example.com/v1", "openai"),
        ("http://box:1234/v1", "openai"),
        ("http://[::1", "openai"),
    ],
)
def test_what_a_url_looks_like(url: str, kind: str):
    assert kind_of(url) == kind
