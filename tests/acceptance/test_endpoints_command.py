"""`sightline endpoints` and `sightline answers` against real servers on loopback."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from stored import rows

from conftest import Ran, Sightline
from sightline.settings import CONFIG_VARIABLE
from sightline.testing.behaviour import Behaviour
from sightline.testing.endpoint import TruthfulEndpoint
from sightline.testing.video import Rendered

KEY = "sk-hunter2-0123456789abcdef"
NOBODY = "http://127.0.0.1:9/v1"
"""The port of the discard service, which nobody runs."""
CLOUD = "https://api.nowhere.invalid/v1"


@pytest.fixture
def file(sightline: Sightline) -> Path:
    """The settings file in force, empty."""
    path = sightline.cwd / "sightline.toml"
    path.write_text("# mine\n")
    return path


def add(sightline: Sightline, name: str, url: str, *more: str, **env: str) -> Ran:
    ran = sightline.run("endpoints", "add", name, url, "--no-probe", *more, **env)
    assert ran.code == 0, ran.err
    return ran


def listed(sightline: Sightline, **env: str) -> dict[str, dict[str, Any]]:
    ran = sightline.run("endpoints", "--json", **env)
    assert ran.code == 0, ran.err
    return {one["name"]: one for one in json.loads(ran.out)["endpoints"]}


def assert_refused(ran: Ran, *words: str, code: int = 2) -> None:
    assert ran.code == code, (ran.out, ran.err)
    assert "Traceback" not in ran.err
    for word in words:
        assert word in ran.err


def test_a_pool_of_three_on_one_page(sightline: Sightline, clip: Rendered, file: Path):
    with (
        TruthfulEndpoint(clip.truth) as desk,
        TruthfulEndpoint(clip.truth, Behaviour(api_key=KEY)) as laptop,
    ):
        add(sightline, "desk", desk.base_url, "--weight", "2", "--slots", "learn")
        add(sightline, "laptop", laptop.base_url, "--use", "when_full")
        add(sightline, "cellar", NOBODY, "--model", "big")
        narrow = sightline.run("endpoints", COLUMNS="80")
        wide = sightline.run("endpoints", "list", COLUMNS="140")
        states = {name: one["state"] for name, one in listed(sightline).items()}
    assert states == {"desk": "up", "laptop": "down", "cellar": "down"}
    for page in (narrow, wide):
        assert page.code == 0, page.err
        assert "1 of 3 endpoints up" in page.out
        said = " ".join(page.out.split())
        assert "cellar nothing listens there. Start the server, or correct its URL." in said
        assert "it wants an API key; set SIGHTLINE_ENDPOINTS__LAPTOP__API_KEY" in said
        assert "sightline endpoints probe desk" in said
    assert max(map(len, narrow.out.splitlines())) <= 80
    assert "always, weight 2" in wide.out
    assert file.read_text().startswith("# mine\n\n[endpoints.desk]\n")


def test_without_an_endpoint_the_page_says_how_to_add_one(sightline: Sightline):
    ran = sightline.run("endpoints")
    assert ran.code == 0
    assert "sightline endpoints add NAME URL" in ran.out
    assert listed(sightline) == {}


def test_a_key_goes_into_a_file_that_is_its_owners(
    sightline: Sightline, clip: Rendered, file: Path
):
    with TruthfulEndpoint(clip.truth, Behaviour(api_key=KEY)) as server:
        arguments = ["endpoints", "add", "desk", server.base_url, "--no-probe"]
        assert_refused(
            sightline.run(*arguments, "--key-env", "MY_KEY"), "MY_KEY is not set in the environment"
        )
        added = sightline.run(*arguments, "--key-env", "MY_KEY", MY_KEY=KEY)
        assert added.code == 0, added.err
        assert listed(sightline)["desk"]["state"] == "up"
        tested = sightline.run("endpoints", "test", "desk")
        shown = sightline.run("endpoints", "show", "desk", "--json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert KEY in file.read_text()
    assert tested.code == 0, tested.err
    for ran in (added, tested, shown):
        assert KEY not in ran.out + ran.err


def test_a_wrong_key_is_told_where_it_is_set_and_not_shown(
    sightline: Sightline, clip: Rendered, file: Path
):
    with TruthfulEndpoint(clip.truth, Behaviour(api_key="another")) as server:
        file.write_text(f'[endpoints.desk]\nurl = "{server.base_url}"\napi_key = "{KEY}"\n')
        [problem] = listed(sightline)["desk"]["problems"]
        ran = sightline.run("endpoints", "test", "desk")
    assert "it refused the API key (401); set SIGHTLINE_ENDPOINTS__DESK__API_KEY" in problem["what"]
    assert_refused(ran, "it refused the API key (401)", code=1)
    assert KEY not in ran.err + problem["what"]


def test_a_strange_folder_gets_no_key_for_the_page(
    sightline: Sightline, clip: Rendered, file: Path
):
    with TruthfulEndpoint(clip.truth) as server:
        add(sightline, "desk", server.base_url)
        env = {"SIGHTLINE_ENDPOINTS__DESK__API_KEY": KEY}
        [problem] = listed(sightline, **env)["desk"]["problems"]
    assert f"would go to {server.base_url}, which only this folder's files name" in problem["what"]


def test_a_question_is_asked_by_name_and_by_url(sightline: Sightline, clip: Rendered, file: Path):
    with TruthfulEndpoint(clip.truth) as server:
        add(sightline, "desk", server.base_url)
        for named in ("desk", server.base_url):
            ran = sightline.run("endpoints", "test", named, "--json")
            assert ran.code == 0, ran.err
            told = json.loads(ran.out)
            assert (told["model"], told["right"]) == ("truthful", True)
            assert told["latency_s"] > 0
        assert server.requests == 2
        page = sightline.run("endpoints", "test", "desk").out
        assert "The picture shows" in page
        assert "right" in page


def test_one_that_does_not_look_is_found_out(sightline: Sightline, clip: Rendered):
    with TruthfulEndpoint(clip.truth, Behaviour(blind="yes")) as server:
        ran = sightline.run("endpoints", "test", server.base_url)
    assert ran.code == 1
    assert "wrong" in ran.out


def test_a_server_that_is_down(sightline: Sightline, file: Path):
    add(sightline, "cellar", NOBODY, "--model", "big")
    assert_refused(sightline.run("endpoints", "test", "cellar"), "nothing listens there", code=1)
    assert_refused(sightline.run("endpoints", "probe", NOBODY), "nothing listens there", code=1)
    ran = sightline.run("endpoints", "add", "attic", NOBODY, "--model", "big")
    assert_refused(ran, "nothing listens there", code=1)
    assert "It is added all the same" in ran.out
    assert set(listed(sightline)) == {"cellar", "attic"}


def test_names_that_are_unknown_taken_or_none(sightline: Sightline, file: Path):
    add(sightline, "desk", NOBODY)
    before = file.read_text()
    for command in ("show", "test", "probe", "remove", "pause", "resume"):
        ran = sightline.run("endpoints", command, "dusk")
        assert_refused(ran, "There is no endpoint 'dusk'. Configured: desk.")
    run = sightline.run
    again = run("endpoints", "add", "desk", NOBODY)
    assert_refused(again, "There is an endpoint 'desk' already", "sightline endpoints remove desk")
    assert_refused(run("endpoints", "add", "My Desk", NOBODY), "cannot name an endpoint")
    assert_refused(run("endpoints", "add", "x", "desk:1234"), "url: a URL is needed")
    assert_refused(run("endpoints", "add", "x"), "url is missing")
    many = run("endpoints", "add", "x", NOBODY, "--slots", "many")
    assert_refused(many, "slots: a number from 1 to 1024 is needed, or 'learn'")
    kind = run("endpoints", "add", "x", NOBODY, "--kind", "magic")
    assert_refused(kind, "there is no kind of endpoint 'magic'; there are: anthropic, ollama")
    assert file.read_text() == before


def test_a_cloud_says_plainly_that_pictures_would_leave(sightline: Sightline, file: Path):
    added = add(sightline, "cloud", CLOUD, "--model", "m", "--price-in", "0.5")
    assert f"{CLOUD}: pictures would leave this network" in added.err
    assert 'egress = "any"' in added.err
    cloud = listed(sightline)["cloud"]
    assert (cloud["state"], cloud["reach"], cloud["price_in"]) == ("barred", "any", 0.5)
    file.write_text('egress = "any"\n' + file.read_text())
    assert listed(sightline)["cloud"]["state"] == "down"  # nobody is there
    ran = sightline.run("endpoints", "add", "other", CLOUD, "--model", "m", "--no-probe")
    assert "pictures would leave" not in ran.err


def test_pause_and_resume(sightline: Sightline, clip: Rendered, file: Path):
    with TruthfulEndpoint(clip.truth) as server:
        add(sightline, "desk", server.base_url)
        before = file.read_text()
        assert "Paused desk" in sightline.run("endpoints", "pause", "desk").out
        assert "is paused already" in sightline.run("endpoints", "pause", "desk").out
        assert listed(sightline)["desk"]["state"] == "paused"
        assert "Resumed desk" in sightline.run("endpoints", "resume", "desk").out
        assert file.read_text() == before
        assert listed(sightline)["desk"]["state"] == "up"


def test_the_environment_wins_and_a_command_that_could_do_nothing_says_so(
    sightline: Sightline, file: Path
):
    add(sightline, "desk", NOBODY)
    fixed = "SIGHTLINE_ENDPOINTS__DESK__PAUSED"
    ran = sightline.run("endpoints", "pause", "desk", **{fixed: "false"})
    assert_refused(ran, f"{fixed} in the environment decides whether desk is paused")
    url = {"SIGHTLINE_ENDPOINTS__LAPTOP__URL": NOBODY}
    ran = sightline.run("endpoints", "remove", "laptop", **url)
    assert_refused(ran, "SIGHTLINE_ENDPOINTS__LAPTOP__URL in the environment makes it. Unset that.")
    ran = sightline.run("endpoints", "pause", "laptop", **url)
    assert ran.code == 0, ran.err
    assert listed(sightline, **url)["laptop"]["state"] == "paused"


def test_removed_is_gone_with_the_choice_of_it(sightline: Sightline, file: Path):
    file.write_text(f'# mine\nendpoint = "desk"\n\n# big\n[endpoints.desk]\nurl = "{NOBODY}"\n')
    ran = sightline.run("endpoints", "remove", "desk", SIGHTLINE_ENDPOINTS__DESK__MODEL="m")
    assert ran.code == 0, ran.err
    assert "Removed desk" in ran.out
    assert 'endpoint = "desk" went with it' in ran.err
    assert "SIGHTLINE_ENDPOINTS__DESK__MODEL in the environment still speaks of desk" in ran.err
    assert file.read_text() == "# mine\n\n"
    assert listed(sightline) == {}


def test_a_file_that_cannot_be_written_is_named(sightline: Sightline):
    (sightline.home / "a file").write_text("")
    broken = sightline.cwd / "broken.toml"
    broken.write_text("endpoints = ")
    ran = sightline.run(
        "endpoints", "add", "desk", NOBODY, "--no-probe", **{CONFIG_VARIABLE: str(broken)}
    )
    assert_refused(ran, "broken.toml cannot be read")
    folder = {"XDG_CONFIG_HOME": str(sightline.home / "a file")}
    ran = sightline.run("endpoints", "add", "desk", NOBODY, "--no-probe", **folder)
    assert_refused(ran, "settings.toml cannot be")


def test_a_probe_is_kept_and_shown(sightline: Sightline, clip: Rendered, file: Path):
    with TruthfulEndpoint(clip.truth) as server:
        ran = sightline.run("endpoints", "add", "desk", server.base_url, "--slots", "learn")
        assert ran.code == 0, ran.err
        assert "questions about drawn pictures right" in ran.out
        desk = listed(sightline)["desk"]
        assert desk["profile"]["canaries_right"] == desk["profile"]["canaries_asked"] > 0
        assert (desk["state"], desk["problems"]) == ("up", [])
        server.behaviour = Behaviour(blind="yes")
        assert sightline.run("endpoints", "probe", "desk").code == 0
        lying = listed(sightline)["desk"]
        assert lying["state"] == "quarantined"
        assert "sightline answers distrust --endpoint desk" in lying["problems"][0]["way_out"]


def test_ollama_downloads_a_model(sightline: Sightline, clip: Rendered, file: Path):
    with TruthfulEndpoint(clip.truth, Behaviour(models=("small",))) as server:
        add(sightline, "attic", server.url, "--kind", "ollama", "--model", "large")
        attic = listed(sightline)["attic"]
        assert attic["state"] == "down"
        assert "`sightline endpoints pull attic large`" in attic["problems"][0]["way_out"]
        ran = sightline.run("endpoints", "pull", "attic", "large")
        assert ran.code == 0, ran.err
        assert "attic has large now." in ran.out
        assert "pulling manifest" in ran.err
        assert listed(sightline)["attic"]["state"] == "up"
        add(sightline, "desk", server.base_url)
        ran = sightline.run("endpoints", "pull", "desk", "large")
        assert_refused(ran, "desk is of kind openai: only Ollama downloads models")
    down = sightline.run("endpoints", "pull", "attic", "large")
    assert_refused(down, "nothing listens there", code=1)


# ------------------------------------------------------------------------------------ answers


def distrust(sightline: Sightline, *more: str) -> int:
    arguments = ["--endpoint", "desk", "--since", "1h", "--json", *more]
    ran = sightline.run("answers", "distrust", *arguments)
    assert ran.code == 0, ran.err
    return json.loads(ran.out)["answers"]


def test_what_an_endpoint_said_is_distrusted_and_asked_anew(
    sightline: Sightline, clip: Rendered, file: Path
):
    with TruthfulEndpoint(clip.truth) as server:
        add(sightline, "desk", server.base_url, "--model", "truthful")
        analyze = [clip.path, "--tags", "car", "--frames", "6"]
        assert sightline.analyze(*analyze).code == 0
        asked, answers = server.requests, rows(sightline.data_dir).facts
        assert answers == 6
        assert distrust(sightline, "--dry-run") == answers
        assert distrust(sightline, "--until", "30m") == 0
        assert distrust(sightline) == answers
        assert distrust(sightline) == 0
        assert distrust(sightline, "--undo", "--dry-run") == answers
        assert distrust(sightline, "--undo") == answers
        assert sightline.analyze(*analyze).code == 0
        assert server.requests == asked
        assert distrust(sightline) == answers
        assert sightline.analyze(*analyze).code == 0
        assert server.requests > asked
    assert rows(sightline.data_dir).facts == 2 * answers


def test_distrust_tells_what_it_did_and_what_is_no_time(sightline: Sightline):
    run = sightline.run
    ran = run("answers", "distrust", "--endpoint", "desk", "--since", "2h")
    assert ran.code == 0, ran.err
    assert ran.out.startswith("0 answers of desk since ")
    assert "Configured endpoints: none." in ran.out
    for since in ("yesterday", "2999-01-01"):
        ran = run("answers", "distrust", "--endpoint", "desk", "--since", since)
        assert_refused(ran, since)
    ran = run("answers", "distrust", "--endpoint", "desk", "--since", "1h", "--until", "2h")
    assert_refused(ran, "--until 2h is not after --since 1h")
