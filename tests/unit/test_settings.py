"""Where settings come from, which of them wins, and that none is passed over or told in secret."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from sightline import settings
from sightline.errors import SettingsError

SECRET = "hunter2"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to run in, and a configuration folder of one's own."""
    for name in [name for name in os.environ if name.upper().startswith("SIGHTLINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return tmp_path


def write(path: str | Path, text: str) -> Path:
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def user_file(home: Path) -> Path:
    from platformdirs import user_config_path

    return user_config_path("sightline", appauthor=False) / "settings.toml"


def test_defaults_need_no_file():
    loaded = settings.load()
    assert (loaded.every_s, loaded.longest_side, loaded.attempts) == (2.0, 512, 4)
    assert loaded.discover is True
    assert loaded.endpoints == {}
    assert loaded.data_dir.name == "sightline"


def test_each_place_wins_over_the_one_before(monkeypatch: pytest.MonkeyPatch):
    def said() -> int:
        return settings.load().attempts

    assert said() == 4
    write("sightline.toml", "attempts = 11")
    assert said() == 11
    write(".env", "SIGHTLINE_ATTEMPTS=12")
    assert said() == 12
    write(".env.local", "SIGHTLINE_ATTEMPTS=13")
    assert said() == 13
    monkeypatch.setenv("SIGHTLINE_ATTEMPTS", "14")
    assert said() == 14
    assert settings.load(attempts=15).attempts == 15
    # What the command line leaves out is None, and stays what it was.
    assert settings.load(attempts=None).attempts == 14


def test_places_add_up_where_they_do_not_differ(monkeypatch: pytest.MonkeyPatch):
    write("sightline.toml", '[endpoints.desk]\nurl = "http://a"\nslots = 2\n[endpoints.x]\n')
    write(".env", "SIGHTLINE_ENDPOINTS__DESK__MODEL=vl\n")
    monkeypatch.setenv("SIGHTLINE_ENDPOINTS__DESK__API_KEY", SECRET)
    desk = settings.load().endpoints["desk"]
    assert (desk.url, desk.slots, desk.model) == ("http://a", 2, "vl")
    assert desk.api_key
    assert desk.api_key.get_secret_value() == SECRET
    assert list(settings.load().endpoints) == ["desk", "x"]


def test_the_file_is_the_one_named_else_the_one_here_else_the_users(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    write(user_file(home), "attempts = 21")
    assert settings.load().attempts == 21
    write("sightline.toml", "every_s = 9")
    assert (settings.load().attempts, settings.load().every_s) == (4, 9)
    named = write(home / "named.toml", "attempts = 22")
    monkeypatch.setenv("SIGHTLINE_CONFIG", str(named))
    assert (settings.load().attempts, settings.load().every_s) == (22, 2)


def test_a_file_that_is_named_must_be_there(home: Path, monkeypatch: pytest.MonkeyPatch):
    for missing in (home / "none.toml", home):
        monkeypatch.setenv("SIGHTLINE_CONFIG", str(missing))
        with pytest.raises(SettingsError, match=f"SIGHTLINE_CONFIG names {missing}"):
            settings.load()


def test_names_of_other_programs_are_theirs(monkeypatch: pytest.MonkeyPatch):
    write(".env", "DATABASE_URL=x\nAPI_KEY=y\nATTEMPTS=99\n\n# SIGHTLINE_NONE=1\n")
    monkeypatch.setenv("ATTEMPTS", "98")
    assert settings.load().attempts == 4


@pytest.mark.parametrize("name", ["SIGHTLINE_ATEMPTS", "SIGHTLINE_", "sightline_atempts"])
def test_an_unknown_name_in_the_environment_tells_those_there_are(
    monkeypatch: pytest.MonkeyPatch, name: str
):
    monkeypatch.setenv(name, SECRET)
    with pytest.raises(SettingsError) as caught:
        settings.load()
    assert f"{name.upper()} in the environment is not a setting" in str(caught.value)
    assert "SIGHTLINE_ATTEMPTS" in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("file", [".env", ".env.local"])
def test_an_unknown_name_in_a_dotenv_file(file: str):
    write(file, f"SIGHTLINE_ATEMPTS={SECRET}")
    with pytest.raises(SettingsError, match=r"SIGHTLINE_ATEMPTS in \.env") as caught:
        settings.load()
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("toml", "problem"),
    [
        ("atempts = 3", "atempts: there is no such setting"),
        ("attempts = 0", "attempts: Input should be greater than or equal to 1"),
        ('attempts = "many"', "attempts: Input should be a valid integer"),
        ("longest_side = 7", "longest_side: Input should be greater"),
        ("every_s = 0", "every_s: Input should be greater than 0"),
        ("every_s = inf", "every_s: Input should be a finite number"),
        ('discover = "perhaps"', "discover: Input should be a valid boolean"),
        ("[endpoints.a]\nslots = 0", "endpoints.a.slots: Input should be greater"),
        ('[endpoints.a]\nkind = "magic"', "endpoints.a.kind: Input should be 'openai' or 'pixels'"),
        (f'[endpoints.a]\nkey = "{SECRET}"', "endpoints.a.key: there is no such setting"),
        (f'[endpoints.a]\napi_key = ["{SECRET}"]', "endpoints.a.api_key: Input should be a valid"),
        (f'api_key = {{a = "{SECRET}"}}', "api_key: Input should be a valid string"),
    ],
)
def test_a_bad_value_is_named_with_its_file_and_never_shown(toml: str, problem: str):
    write("sightline.toml", toml)
    with pytest.raises(SettingsError) as caught:
        settings.load()
    assert problem in str(caught.value)
    assert "they come from sightline.toml" in str(caught.value)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_all_problems_are_told_at_once():
    write("sightline.toml", "attempts = 0\nevery_s = -1\n[endpoints.a]\nurll = 'x'")
    with pytest.raises(SettingsError) as caught:
        settings.load()
    for name in ("attempts", "every_s", "endpoints.a.urll"):
        assert f"\n  {name}: " in str(caught.value)


def test_json_in_the_environment_that_is_none(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SIGHTLINE_ENDPOINTS", '{"a": {"api_key": "hunter2"')
    with pytest.raises(SettingsError, match='"endpoints"') as caught:
        settings.load()
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("content", [b"attempts = ", b"= 3", b"\xff\xfe\x00"])
def test_a_file_that_is_not_toml_is_named(content: bytes):
    Path("sightline.toml").write_bytes(content)
    with pytest.raises(SettingsError, match=r"sightline\.toml cannot be read"):
        settings.load()


def test_secrets_show_nowhere(monkeypatch: pytest.MonkeyPatch):
    write("sightline.toml", f'[endpoints.a]\nurl = "http://x"\napi_key = "{SECRET}"')
    monkeypatch.setenv("SIGHTLINE_API_KEY", SECRET)
    loaded = settings.load()
    snapshot = json.dumps(loaded.snapshot())
    for shown in (repr(loaded), str(loaded), snapshot, repr(loaded.endpoints)):
        assert SECRET not in shown
    assert "**********" in snapshot


def test_a_snapshot_holds_every_setting():
    snapshot = settings.load(every_s=3).snapshot()
    assert snapshot.keys() == settings.Settings.model_fields.keys()
    assert snapshot["every_s"] == 3
    assert json.loads(json.dumps(snapshot)) == snapshot
