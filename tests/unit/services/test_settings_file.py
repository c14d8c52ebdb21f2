"""The settings file changed by a command: what is meant changes, and not a byte beside it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from sightline import settings
from sightline.errors import SettingsError
from sightline.services.server.settingsfile import SettingsFile

COMMENTED = """\
# Settings of the house.
every_s = 3   # seldom is enough

# The big one in the cellar.
[endpoints.desk]   # a tower
url = "http://desk/v1"
slots = 8
# it is hot in summer

# The one that travels.
[endpoints.laptop]
url = 'http://laptop/v1'
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def edited(path: Path, text: str) -> SettingsFile:
    path.write_text(text)
    return SettingsFile(path)


def test_the_first_endpoint_makes_the_file_and_its_folder(tmp_path: Path):
    path = tmp_path / "new" / "folder" / "settings.toml"
    file = SettingsFile(path)
    assert file.endpoint("desk") is None
    file.put_endpoint("desk", {"url": "http://desk", "slots": 8, "weight": 2.0, "model": None})
    file.save()
    assert path.read_text() == '[endpoints.desk]\nurl = "http://desk"\nslots = 8\nweight = 2\n'
    assert list(path.parent.iterdir()) == [path]


def test_an_endpoint_is_added_below_the_rest(path: Path):
    file = edited(path, COMMENTED)
    file.put_endpoint("llama.cpp", {"url": "http://box", "slots": "learn"})
    file.save()
    new = '\n[endpoints."llama.cpp"]\nurl = "http://box"\nslots = "learn"\n'
    assert path.read_text() == COMMENTED + new


def test_a_change_stays_inside_its_table(path: Path):
    file = edited(path, COMMENTED)
    file.put_endpoint("desk", {"paused": True, "slots": 2})
    file.save()
    changed = COMMENTED.replace("slots = 8\n", "slots = 2\npaused = true\n")
    assert path.read_text() == changed
    file.put_endpoint("desk", {"paused": None, "slots": 8})
    file.save()
    assert path.read_text() == COMMENTED


def test_what_is_removed_takes_its_own_comments_along_and_no_others(path: Path):
    file = edited(path, COMMENTED)
    file.remove_endpoint("desk")
    file.save()
    start, end = COMMENTED.index("# The big"), COMMENTED.index("# The one")
    assert path.read_text() == COMMENTED[:start] + COMMENTED[end:]


def test_the_comment_that_begins_the_file_stays(path: Path):
    file = edited(path, '# mine\n[endpoints.a]\nurl = "http://a"\n[endpoints.a.none]\n')
    file.remove_endpoint("a")
    file.save()
    assert path.read_text() == "# mine\n"


@pytest.mark.parametrize(
    "text",
    [
        'endpoints = {a = {url = "http://a"}}\nevery_s = 3\n',
        'endpoints.a.url = "http://a"\nevery_s = 3\n',
        '[endpoints]\na.url = "http://a"\n',
        '[endpoints.a]\nurl = "http://a"',
        '[endpoints]\n[endpoints.a]\nurl = "http://a"\n\n\n',
        '["endpoints"."a"]\r\nurl = "http://a"\r\n',
        "endpoints = {}\n",
    ],
)
def test_other_ways_to_write_the_same(path: Path, text: str):
    file = edited(path, text)
    file.put_endpoint("b", {"url": "http://b"})
    assert file.endpoint("b") == {"url": "http://b"}
    file.put_endpoint("b", {"slots": 3})
    assert file.endpoint("b") == {"url": "http://b", "slots": 3}
    before = file.endpoint("a")
    file.remove_endpoint("b")
    assert (file.endpoint("a"), file.endpoint("b")) == (before, None)
    file.save()


def test_a_setting_of_the_first_level_is_taken_out(path: Path):
    file = edited(path, 'endpoint = "desk"\n' + COMMENTED)
    assert file.says("endpoint") == "desk"
    file.unset("endpoint")
    file.save()
    assert path.read_text() == COMMENTED


def test_what_a_command_cannot_change_safely_is_left_with_the_lines_to_write(path: Path):
    text = "endpoints.a.url = 'http://a'\nevery_s = 3\nendpoints.a.slots = 3\n"
    file = edited(path, text)
    with pytest.raises(SettingsError) as caught:
        file.remove_endpoint("a")
    assert f"{path} is written in a way" in str(caught.value)
    assert "take endpoints.a out yourself" in str(caught.value)
    file.save()
    assert path.read_text() == text


@pytest.mark.parametrize("text", ["endpoints = 3", "[endpoints]\na = 3", "[[endpoints.a]]"])
def test_endpoints_that_are_no_tables(path: Path, text: str):
    with pytest.raises(SettingsError, match=r"each endpoint is a table, \[endpoints.NAME\]"):
        edited(path, text)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"url": "ftp://x"}, "endpoints.new.url: a URL is needed that begins with http://"),
        ({"slots": 0}, "endpoints.new.slots: a number from 1 to 1024 is needed, or 'learn'"),
        ({"sloths": 1}, "endpoints.new.sloths: there is no such setting"),
        ({"use": "rarely"}, "endpoints.new.use: Input should be 'always', 'when_full' or"),
    ],
)
def test_nothing_is_written_that_would_not_be_read(
    path: Path, values: dict[str, str | int], problem: str
):
    file = edited(path, COMMENTED)
    file.put_endpoint("new", values)
    with pytest.raises(SettingsError) as caught:
        file.save()
    assert problem in str(caught.value)
    assert f"{path} was not changed" in str(caught.value)
    assert path.read_text() == COMMENTED


def test_a_file_with_a_key_is_its_owners(path: Path):
    old = os.umask(0o022)
    try:
        file = edited(path, COMMENTED)
        path.chmod(0o664)
        file.put_endpoint("x", {"url": "http://x"})
        file.save()
        assert mode(path) == 0o664
        file.put_endpoint("x", {"api_key": "hunter2"})
        file.save()
        assert mode(path) == 0o600
        fresh = SettingsFile(path.with_name("fresh.toml"))
        fresh.put_endpoint("x", {"url": "http://x"})
        fresh.save()
        assert mode(fresh.path) == 0o644
    finally:
        os.umask(old)


def test_a_link_stays_one(path: Path, tmp_path: Path):
    (tmp_path / "dotfiles").mkdir()
    target = tmp_path / "dotfiles" / "mine.toml"
    target.write_text(COMMENTED)
    path.symlink_to(target)
    file = SettingsFile(path)
    file.remove_endpoint("desk")
    file.save()
    assert path.is_symlink()
    assert "desk" not in target.read_text()


def test_what_somebody_else_changed_meanwhile_is_left_alone(path: Path):
    file = edited(path, COMMENTED)
    file.put_endpoint("new", {"url": "http://new"})
    path.write_text("every_s = 9\n")
    with pytest.raises(SettingsError, match="was changed by somebody else meanwhile"):
        file.save()
    assert path.read_text() == "every_s = 9\n"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("content", [b"every_s = ", b"\xff\xfe"])
def test_a_file_that_is_not_toml(path: Path, content: bytes):
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=r"settings\.toml is not TOML: .* Correct it first"):
        SettingsFile(path)


def test_a_file_that_cannot_be_read_or_written_is_named(path: Path, tmp_path: Path):
    path.mkdir()
    with pytest.raises(SettingsError, match=f"{path} cannot be read"):
        SettingsFile(path)
    (tmp_path / "file").write_text("")
    below = SettingsFile(tmp_path / "gone" / "settings.toml")
    below.put_endpoint("a", {"url": "http://a"})
    (tmp_path / "gone").write_text("")  # a file where the folder should be
    with pytest.raises(SettingsError, match=r"cannot be (written|read)"):
        below.save()


def test_the_file_in_force_is_that_of_the_settings(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv(settings.CONFIG_VARIABLE, raising=False)
    user = SettingsFile.in_force().path
    assert user.is_relative_to(tmp_path)
    Path("sightline.toml").write_text("")
    assert SettingsFile.in_force().path == tmp_path / "sightline.toml"
    path.write_text("")
    monkeypatch.setenv(settings.CONFIG_VARIABLE, str(path))
    assert SettingsFile.in_force().path == path
