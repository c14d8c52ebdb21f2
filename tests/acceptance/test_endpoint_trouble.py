"""Whatever an endpoint does: never a false absent, nothing asked in vain twice, no key told."""

from __future__ import annotations

import json
import socket
import time
from collections import Counter
from pathlib import Path

import pytest
from stored import all_results, assert_nothing_is_called_absent, bytes_on_disk, rows

from conftest import TAGS, Ran, Sightline
from sightline.exports.result import Result, TagDocument
from sightline.testing.behaviour import Behaviour, Fault
from sightline.testing.endpoint import TruthfulEndpoint
from sightline.testing.video import Rendered

FRAMES = 30
PICTURES_ON_THEIR_WAY = 8
KEY = "sk-hunter2-0123456789abcdef"


def arguments(clip: Rendered, url: str, *more: str | Path) -> list[str | Path]:
    return [
        clip.path, "--tags", ",".join(TAGS), "--every", "1s", "--endpoint", url,
        "--model", "truthful", *more,
    ]  # fmt: skip


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def assert_failed(sightline: Sightline, ran: Ran, *words: str) -> None:
    """Exit code 1, the reason told, every tag unknown throughout, nothing stored as an answer."""
    assert ran.code == 1, (ran.out, ran.err)
    assert "Traceback" not in ran.err
    result = ran.result
    assert result.state == "failed"
    assert [tag.tag for tag in result.tags] == list(TAGS)
    for tag in result.tags:
        assert tag.spans == ()
        assert (tag.unknown[0].start, tag.unknown[-1].end) == (0, result.media.duration)
    (run,) = result.runs
    assert (run.answered, run.reused, run.calls) == (0, 0, 0)
    assert run.failed == FRAMES * len(TAGS)
    for word in words:
        assert word in run.note
    assert_nothing_is_called_absent(sightline.data_dir)
    assert [r.record.run.state for r in all_results(sightline.data_dir)] == ["failed"]


def assert_no_answer_is_wrong(
    clip: Rendered, result: Result, *, of: tuple[str, ...] = TAGS
) -> None:
    """Wherever a sampled frame is not unknown, it is what the truth says."""
    by_name = {tag.tag: tag for tag in result.tags}
    for name in of:
        for second in range(FRAMES):
            said = verdict(by_name[name], float(second))
            if said is not None:
                assert said == (name in clip.truth.present(second * 10)), (name, second)


def verdict(tag: TagDocument, second: float) -> bool | None:
    if any(one.start <= second < one.end for one in tag.unknown):
        return None
    return any(span.start <= second < span.end for span in tag.spans)


# ---------------------------------------------------------------- nothing comes of it: it failed


def test_nobody_listens(sightline: Sightline, clip: Rendered):
    url = f"http://127.0.0.1:{closed_port()}/v1"
    ran = sightline.analyze(*arguments(clip, url))
    assert_failed(sightline, ran, url, "nothing listens there", "Start the server")


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (Behaviour(api_key=KEY), ["it wants an API key", "set SIGHTLINE_API_KEY"]),
        (Behaviour(models=("a-vl", "b")), ["has no model 'truthful'", "It offers a-vl, b"]),
        (Behaviour(faults={Fault.HTML: 1.0}), ["not answer with a chat", "HTML", "Check its URL"]),
        (Behaviour(faults={Fault.EMPTY: 1.0}), ["truthful answered with nothing"]),
        (Behaviour(faults={Fault.MALFORMED: 1.0}), ["is not the JSON it was asked for"]),
        (Behaviour(faults={Fault.TRUNCATED: 1.0}), ["was cut off before its JSON ended"]),
        (Behaviour(faults={Fault.REFUSE: 1.0}), ["failed with HTTP 503", "overloaded"]),
        (Behaviour(faults={Fault.ERROR: 1.0}), ["failed with HTTP 500", "the model fell over"]),
        (Behaviour(faults={Fault.RATE_LIMIT: 1.0}), ["asks to slow down (429)"]),
        (Behaviour(faults={Fault.RESET: 1.0}), ["the connection broke"]),
    ],
    ids=lambda value: next(iter(value.faults), "honest") if isinstance(value, Behaviour) else "",
)
def test_an_endpoint_that_never_answers(
    sightline: Sightline, clip: Rendered, behaviour: Behaviour, words: list[str]
):
    with TruthfulEndpoint(clip.truth, behaviour) as server:
        ran = sightline.analyze(*arguments(clip, server.base_url), SIGHTLINE_ATTEMPTS="2")
        assert_failed(sightline, ran, server.url, *words)
        # It is not asked for every frame of a film once it is plain that it will not answer. A
        # reply that was cut is asked for once more with room to think, in each attempt.
        calls_an_attempt = 2 if Fault.TRUNCATED in behaviour.faults else 1
        assert server.requests <= 2 * calls_an_attempt * PICTURES_ON_THEIR_WAY
        server.behaviour = Behaviour(models=("truthful",))
        again = sightline.analyze(*arguments(clip, server.base_url))
    assert again.code == 0, again.err
    assert_no_answer_is_wrong(clip, again.result)


def test_a_person_reads_why_it_failed(sightline: Sightline, clip: Rendered):
    with TruthfulEndpoint(clip.truth, Behaviour(api_key=KEY)) as server:
        ran = sightline.run("analyze", *arguments(clip, server.base_url), COLUMNS="300")
    assert ran.code == 1
    assert "failed" in ran.out.splitlines()[0]
    assert "it wants an API key; set SIGHTLINE_API_KEY: Incorrect API key provided" in ran.out
    assert "150 of 150 asks failed" in ran.out


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (None, ["nothing listens there"]),
        (Behaviour(api_key=KEY), ["it wants an API key; set SIGHTLINE_API_KEY"]),
        (Behaviour(models=()), ["it has no model loaded", "Load a vision model"]),
        (Behaviour(faults={Fault.REFUSE: 1.0}), ["failed with HTTP 503"]),
    ],
)
def test_a_model_that_cannot_be_chosen_is_an_error_at_once(
    sightline: Sightline, clip: Rendered, behaviour: Behaviour | None, words: list[str]
):
    with TruthfulEndpoint(clip.truth, behaviour) as server:
        url = server.base_url if behaviour else f"http://127.0.0.1:{closed_port()}"
        ran = sightline.run("analyze", clip.path, "--tags", "car", "--endpoint", url)
    assert ran.code == 1
    assert ran.out == ""
    said = " ".join(ran.err.split())
    for word in (url, *words):
        assert word in said
    assert "Traceback" not in said


# ------------------------------------------------------------------------------ some of it comes


def test_a_rate_limit_is_waited_out(sightline: Sightline, clip: Rendered):
    behaviour = Behaviour(faults={Fault.RATE_LIMIT: 1.0}, retry_after_s=1)
    with TruthfulEndpoint(clip.truth, behaviour) as server:
        process = sightline.start("analyze", "--json", *arguments(clip, server.base_url))
        wait_for(server, 4)
        server.behaviour = Behaviour(retry_after_s=1)
        out, err = process.communicate(timeout=100)
        told = [line for line in server.log.lines if line.outcome == "rate_limit"]
        came = {line.request: line.received_at for line in server.log.lines}
    assert process.returncode == 0, err
    result = Result.model_validate(json.loads(out))
    assert_no_answer_is_wrong(clip, result)
    assert result.runs[0].answered == FRAMES * len(TAGS)
    # Each frame that was put off came back, and not before the second that it was told to wait.
    for line in told:
        again = [came[o.request] for o in server.log.lines if o.frame == line.frame]
        assert max(again) - line.received_at >= 0.9


def test_with_many_faults_each_ask_is_answered_or_unknown_once_and_none_is_wrong(
    sightline: Sightline, clip: Rendered
):
    faults = {Fault.ERROR: 0.2, Fault.RESET: 0.1, Fault.MALFORMED: 0.1, Fault.MISSING: 0.1}
    with TruthfulEndpoint(clip.truth, Behaviour(seed=3, faults=faults)) as server:
        ran = sightline.analyze(*arguments(clip, server.base_url), SIGHTLINE_ATTEMPTS="2")
        first = server.requests
        assert ran.code == 3, ran.err
        result = ran.result
        (run,) = result.runs
        assert run.answered + run.failed == run.planned == FRAMES * len(TAGS)
        assert 0 < run.failed < run.planned / 2
        assert_no_answer_is_wrong(clip, result)
        unknown = {
            (tag.tag, second)
            for tag in result.tags
            for second in range(FRAMES)
            if verdict(tag, second) is None
        }
        assert len(unknown) == run.failed
        stored = rows(sightline.data_dir)
        assert (stored.facts, stored.ledger) == (run.answered, run.planned)
        server.behaviour = Behaviour()
        again = sightline.analyze(*arguments(clip, server.base_url))
        later = [line for line in server.log.lines if line.request > first]
    assert again.code == 0, again.err
    assert again.result.runs[0].reused == run.answered
    assert again.result.runs[0].answered == run.failed
    assert {(line.tag, (line.frame or 0) // 10) for line in later} == unknown
    assert_no_answer_is_wrong(clip, again.result)


def test_tags_that_a_reply_leaves_out_are_unknown_and_only_they(
    sightline: Sightline, clip: Rendered
):
    with TruthfulEndpoint(clip.truth, Behaviour(faults={Fault.MISSING: 1.0})) as server:
        ran = sightline.analyze(*arguments(clip, server.base_url))
        answered = {line.tag for line in server.log.lines if line.outcome == "answered"}
    assert ran.code == 3, ran.err
    assert 0 < len(answered) < len(TAGS)
    for tag in ran.result.tags:
        if tag.tag in answered:  # at once, or when what was left out was asked once more
            assert tag.unknown == ()
        else:
            assert tag.spans == ()
            (all_of_it,) = tag.unknown
            assert (all_of_it.start, all_of_it.end) == (0, 30)
            reasons = ("says nothing usable of", "names none of the tags it was asked for")
            assert any(words in all_of_it.detail for words in reasons)
    assert_no_answer_is_wrong(clip, ran.result, of=tuple(filter(answered.__contains__, TAGS)))
    assert ran.result.runs[0].answered == FRAMES * len(answered)


def test_a_server_that_dies_is_told_and_the_same_command_asks_another_for_the_rest(
    sightline: Sightline, clip: Rendered
):
    slow = Behaviour(latency_s=0.1, slots=1)
    with TruthfulEndpoint(clip.truth, slow) as server:
        process = sightline.start("analyze", "--json", *arguments(clip, server.base_url))
        wait_for(server, 8)
    # The process meets a closed port from here on.
    out, err = process.communicate(timeout=100)
    assert process.returncode == 3, err
    result = Result.model_validate(json.loads(out))
    (run,) = result.runs
    assert 0 < run.answered < run.planned
    assert run.answered + run.failed == run.planned
    assert f"of {run.planned} asks failed" in run.note
    assert server.url in run.note
    assert_no_answer_is_wrong(clip, result)
    assert rows(sightline.data_dir).facts == run.answered

    with TruthfulEndpoint(clip.truth) as other:
        again = sightline.analyze(*arguments(clip, other.base_url))
        asked = Counter((line.frame, line.tag) for line in other.log.lines)
    assert again.code == 0, again.err
    assert again.result.runs[0].reused == run.answered
    assert len(asked) == run.failed
    assert set(asked.values()) == {1}
    assert_no_answer_is_wrong(clip, again.result)


def wait_for(server: TruthfulEndpoint, requests: int) -> None:
    deadline = time.monotonic() + 60
    while server.requests < requests:
        assert time.monotonic() < deadline, f"only {server.requests} requests came"
        time.sleep(0.005)


# ---------------------------------------------------------------------------------------- keys


def settings_file(url: str, *, key: str = KEY) -> str:
    return f'[endpoints.desk]\nurl = "{url}"\nmodel = "truthful"\napi_key = "{key}"\n'


@pytest.mark.parametrize("place", ["environment", "file", ".env.local"])
def test_a_key_is_used_and_never_told(sightline: Sightline, clip: Rendered, place: str):
    with TruthfulEndpoint(clip.truth, Behaviour(api_key=KEY)) as server:
        env = {"SIGHTLINE_API_KEY": KEY} if place == "environment" else {}
        more = ["--endpoint", server.base_url, "--model", "truthful"]
        if place == "file":
            (sightline.cwd / "sightline.toml").write_text(settings_file(server.base_url))
            more = []
        if place == ".env.local":
            (sightline.cwd / ".env").write_text("SIGHTLINE_API_KEY=an-older-one\n")
            (sightline.cwd / ".env.local").write_text(f"SIGHTLINE_API_KEY={KEY}\nOTHER=1\n")
        out = sightline.home / "out"
        ran = sightline.run(
            "analyze", clip.path, "--tags", "car", *more, "--out", out, "--ai-json", "-v", **env
        )
    assert ran.code == 0, ran.err
    assert KEY not in ran.out + ran.err
    assert len(list(out.iterdir())) == 2
    for path in out.iterdir():
        assert KEY not in path.read_text()
    assert KEY.encode() not in bytes_on_disk(sightline.data_dir)
    (results,) = all_results(sightline.data_dir)
    assert "**********" in json.dumps(results.record.settings)


def test_a_wrong_key_is_told_as_such_without_its_text(sightline: Sightline, clip: Rendered):
    with TruthfulEndpoint(clip.truth, Behaviour(api_key="another")) as server:
        (sightline.cwd / "sightline.toml").write_text(settings_file(server.base_url))
        ran = sightline.run("analyze", clip.path, "--tags", "car", COLUMNS="300")
    assert ran.code == 1
    assert "it refused the API key (401); set SIGHTLINE_ENDPOINTS__DESK__API_KEY" in ran.out
    assert KEY not in ran.out + ran.err
    assert KEY.encode() not in bytes_on_disk(sightline.data_dir)


def test_a_strange_folder_takes_no_key_and_the_one_who_is_asked_is_told(
    sightline: Sightline, clip: Rendered
):
    with TruthfulEndpoint(clip.truth) as server:
        (sightline.cwd / ".env").write_text(f"SIGHTLINE_ENDPOINT={server.base_url}\n")
        arguments = ["analyze", clip.path, "--tags", "car", "--frames", "1", "--model", "truthful"]
        ran = sightline.run(*arguments, SIGHTLINE_API_KEY=KEY)
        assert ran.code == 2
        assert f"The key in api_key would go to {server.base_url}" in ran.err
        assert KEY not in ran.out + ran.err
        assert server.requests == 0
        meant = sightline.run(*arguments, "--endpoint", server.base_url, SIGHTLINE_API_KEY=KEY)
        assert meant.code == 0, meant.err
        keyless = sightline.run(*arguments)
        assert keyless.code == 0, keyless.err
    for told in (meant.err, keyless.err):
        assert f"Asking truthful at {server.base_url}\n" in told
