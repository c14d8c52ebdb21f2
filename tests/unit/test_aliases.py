"""Names of other systems in the environment: heeded below ours, with a word on the new one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sightline import settings
from sightline.aliases import aliased
from sightline.values import Role


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    names = ("OLLAMA_HOST", "VLM_MODEL", "LLM_MODEL", "DATA_DIR")
    for name in [n for n in os.environ if n.upper().startswith("SIGHTLINE_") or n in names]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_an_ollama_server_and_its_models(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setenv("OLLAMA_HOST", "http://ollama:11434")
    monkeypatch.setenv("VLM_MODEL", "qwen2.5vl:3b")
    monkeypatch.setenv("LLM_MODEL", "llama3.2")
    endpoints = settings.load().endpoints
    assert {name: (e.kind, e.url, e.model, e.role) for name, e in endpoints.items()} == {
        "ollama": ("ollama", "http://ollama:11434", "qwen2.5vl:3b", Role.VISION),
        "ollama_text": ("ollama", "http://ollama:11434", "llama3.2", Role.LANGUAGE),
    }
    assert caplog.messages == [
        "OLLAMA_HOST is used, though its name is now SIGHTLINE_ENDPOINTS__OLLAMA__URL.",
        "VLM_MODEL is used, though its name is now SIGHTLINE_ENDPOINTS__OLLAMA__MODEL.",
        "LLM_MODEL is used, though its name is now SIGHTLINE_ENDPOINTS__OLLAMA_TEXT__MODEL.",
    ]


def test_one_model_for_both_is_one_endpoint():
    tree, _ = aliased({"VLM_MODEL": "gemma3", "LLM_MODEL": "gemma3"}, ())
    server = {"kind": "ollama", "url": "http://127.0.0.1:11434", "model": "gemma3"}
    assert tree == {"endpoints": {"ollama": server}}


def test_a_folder(monkeypatch: pytest.MonkeyPatch, home: Path, caplog: pytest.LogCaptureFixture):
    monkeypatch.setenv("DATA_DIR", str(home / "films"))
    assert settings.load().data_dir == home / "films"
    assert caplog.messages == ["DATA_DIR is used, though its name is now SIGHTLINE_DATA_DIR."]
    assert settings.load(data_dir=home / "mine").data_dir == home / "mine"


def test_every_name_of_ours_wins_and_then_nothing_is_said(
    monkeypatch: pytest.MonkeyPatch, home: Path, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setenv("OLLAMA_HOST", "http://ollama:11434")
    monkeypatch.setenv("DATA_DIR", str(home / "theirs"))
    (home / "sightline.toml").write_text(
        'data_dir = "ours"\n[endpoints.desk]\nurl = "http://desk"\n'
    )
    loaded = settings.load()
    assert (list(loaded.endpoints), loaded.data_dir) == (["desk"], Path("ours"))
    (home / "sightline.toml").write_text('data_dir = "ours"\nendpoint = "http://desk"\n')
    assert settings.load().endpoints == {}
    assert caplog.messages == []


def test_a_folder_that_is_anybodys_has_no_aliases(home: Path):
    (home / ".env").write_text("OLLAMA_HOST=http://evil\nDATA_DIR=/elsewhere\n")
    loaded = settings.load()
    assert loaded.endpoints == {}
    assert loaded.data_dir != Path("/elsewhere")


@pytest.mark.parametrize(
    ("said", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:8080", "http://127.0.0.1:8080"),
        (":8080", "http://127.0.0.1:8080"),
        ("box", "http://box:11434"),
        ("box:80", "http://box:80"),
        ("http://box", "http://box:80"),
        ("https://box/ollama", "https://box:443/ollama"),
        ("[::1]", "http://[::1]:11434"),
        ("[::]:99", "http://127.0.0.1:99"),
    ],
)
def test_ollamas_host_in_all_its_forms(said: str, url: str):
    tree, _ = aliased({"OLLAMA_HOST": said}, ())
    assert tree == {"endpoints": {"ollama": {"kind": "ollama", "url": url}}}


def test_a_text_model_alone_means_nothing():
    assert aliased({"LLM_MODEL": "gpt", "OLLAMA_HOST": " "}, ()) == ({}, ())
