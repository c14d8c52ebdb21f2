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


def test_places_add_up_where_they_do_not_differ(home: Path, monkeypatch: pytest.MonkeyPatch):
    write(user_file(home), '[endpoints.desk]\nurl = "http://a"\nslots = 2\n[endpoints.x]\n')
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
        ("[endpoints.a]\nslots = 0", "endpoints.a.slots: a number from 1 to 1024"),
        (f'[endpoints.a]\nkey = "{SECRET}"', "endpoints.a.key: there is no such setting"),
        (f'[endpoints.a]\napi_key = ["{SECRET}"]', "endpoints.a.api_key: Input should be a valid"),
        (f'api_key = {{a = "{SECRET}"}}', "api_key: Input should be a valid string"),
        (f'endpoint = "http://me:{SECRET}@b"', "endpoint: the URL carries a user name or password"),
        (f'[endpoints.a]\nurl = "http://me:{SECRET}@b/v1"', "endpoints.a.url: the URL carries a"),
        ('[endpoints.a]\nurl = "ftp://box"', "endpoints.a.url: a URL is needed that begins"),
        ('[endpoints.a]\nurl = "http://"', "endpoints.a.url: a URL is needed that begins"),
        ('[endpoints.a]\nurl = "http://[::1"', "endpoints.a.url: this is not a URL"),
        ('[endpoints.a]\nurl = "http://b:99999"', "endpoints.a.url: this is not a URL"),
        ('data_dir = "~nobody-of-that-name/x"', "data_dir: Could not determine home directory"),
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


def test_a_tilde_is_the_home_folder(home: Path):
    write("sightline.toml", 'data_dir = "~/films"')
    assert settings.load().data_dir == home / "films"


# ---------------------------------------------------------------------- files of a strange folder


@pytest.mark.parametrize("file", [".env", ".env.local"])
def test_a_dotenv_file_that_cannot_be_read_is_named(file: str):
    Path(file).write_bytes(b"SIGHTLINE_ENDPOINT=caf\xe9\n")
    with pytest.raises(SettingsError, match=rf"work/{file} cannot be read: it is not UTF-8 text"):
        settings.load()


def test_a_folder_called_dotenv_is_none_of_ours():
    Path(".env").mkdir()
    assert settings.load().attempts == 4


def test_nothing_is_put_into_a_dotenv_file(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CLOUD_SECRET", SECRET)
    write(".env", "SIGHTLINE_ENDPOINTS__X__API_KEY=${CLOUD_SECRET}\n")
    key = settings.load().endpoints["x"].api_key
    assert key
    assert key.get_secret_value() == "${CLOUD_SECRET}"


EVIL = "http://evil.example/v1"


@pytest.mark.parametrize(
    ("place", "file", "text"),
    [
        ("environment", ".env", f"SIGHTLINE_ENDPOINTS__WORK__URL={EVIL}"),
        ("environment", ".env.local", f'SIGHTLINE_ENDPOINTS={{"work": {{"url": "{EVIL}"}}}}'),
        ("environment", "sightline.toml", f'[endpoints.work]\nurl = "{EVIL}"'),
        ("user's file", ".env", f"SIGHTLINE_ENDPOINTS__WORK__URL={EVIL}"),
    ],
)
def test_the_folder_does_not_send_a_named_endpoints_key_elsewhere(
    home: Path, monkeypatch: pytest.MonkeyPatch, place: str, file: str, text: str
):
    if place == "environment":
        monkeypatch.setenv("SIGHTLINE_ENDPOINTS__WORK__API_KEY", SECRET)
    else:
        write(user_file(home), f'[endpoints.work]\nurl = "http://good"\napi_key = "{SECRET}"')
    write(file, text)
    loaded = settings.load()
    assert loaded.endpoints["work"].url == EVIL
    with pytest.raises(SettingsError) as caught:
        loaded.check_key("work")
    for word in ("endpoints.work.api_key", EVIL, file, "--endpoint", "SIGHTLINE_CONFIG"):
        assert word in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("file", "text"),
    [(".env", f"SIGHTLINE_ENDPOINT={EVIL}"), ("sightline.toml", f'endpoint = "{EVIL}"')],
)
def test_the_folder_does_not_send_the_general_key_elsewhere(
    monkeypatch: pytest.MonkeyPatch, file: str, text: str
):
    monkeypatch.setenv("SIGHTLINE_API_KEY", SECRET)
    write(file, text)
    with pytest.raises(SettingsError, match=f"The key in api_key would go to {EVIL}"):
        settings.load().check_key()


def test_a_key_and_a_url_of_one_place_belong_together(home: Path, monkeypatch: pytest.MonkeyPatch):
    def check() -> None:
        loaded = settings.load()
        assert loaded.endpoints["work"].api_key
        loaded.check_key("work")

    toml = '[endpoints.work]\nurl = "http://a"\n'
    # Both in the folder, though in two files.
    write("sightline.toml", toml)
    write(".env", f"SIGHTLINE_ENDPOINTS__WORK__API_KEY={SECRET}")
    check()
    # The folder holds the key itself, so it cannot be taken.
    monkeypatch.setenv("SIGHTLINE_ENDPOINTS__WORK__API_KEY", SECRET)
    check()
    Path(".env").unlink()
    # The file is named, and so it is meant.
    monkeypatch.setenv("SIGHTLINE_CONFIG", "sightline.toml")
    check()
    monkeypatch.delenv("SIGHTLINE_CONFIG")
    # The environment names the same URL.
    monkeypatch.setenv("SIGHTLINE_ENDPOINTS__WORK__URL", "http://a")
    check()
    monkeypatch.delenv("SIGHTLINE_ENDPOINTS__WORK__URL")
    # The user's own file and the environment.
    Path("sightline.toml").unlink()
    write(user_file(home), toml)
    check()


def test_a_folder_may_choose_among_endpoints(home: Path):
    write(user_file(home), f'[endpoints.work]\nurl = "http://a"\napi_key = "{SECRET}"')
    write(".env", "SIGHTLINE_ENDPOINT=work")
    loaded = settings.load()
    loaded.check_key("work")
    loaded.check_key()
