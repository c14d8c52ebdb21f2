"""The timeline of a media over HTTP: live, read by other numbers, with its evidence, as a file."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import partial

import pytest
from sqlalchemy import Connection, update
from timeline_server import SECONDS, TAGS, Json, Screening, until

from sightline.exports.result import Result
from sightline.store import events
from sightline.store.tables import runs
from sightline.testing.behaviour import Fault

BOTH = pytest.mark.parametrize("show", ["sqlite", "postgresql"], indirect=True)


def track(timeline: Json, tag: str) -> Json:
    return next(one for one in timeline["tracks"] if one["tag"] == tag)


def edges(track: Json) -> list[tuple[float, float]]:
    return [(span["start"], span["end"]) for span in track["spans"]]


def known(track: Json) -> float:
    """Seconds about which something is known."""
    return SECONDS - sum(one["end"] - one["start"] for one in track["unknown"])


async def test_what_a_run_found_is_on_the_timeline(show: Screening) -> None:
    run = await show.done(tags=list(TAGS), describe=True, sampling={"every": "500ms"})
    told = await show.timeline()
    assert (told["media"], told["live"]) == (show.media, False)
    assert told["duration"] == pytest.approx(SECONDS)
    assert [one["tag"] for one in told["tracks"]] == list(TAGS)
    result = (await show.get(f"runs/{run['id']}/results"))["items"][0]["result"]
    for one in result["tags"]:
        mine = track(told, one["tag"])
        assert edges(mine) == [(span["start"], span["end"]) for span in one["spans"]]
        assert mine["unknown"] == one["unknown"]
        assert (mine["threshold"], mine["tuned"], mine["can_tune"]) == (0.5, False, True)
    assert len(told["descriptions"]) == len(result["descriptions"]) == 2 * SECONDS
    assert [one["text"] for one in told["descriptions"]] == [
        one["text"] for one in result["descriptions"]
    ]
    recipes = {one["recipe"]: one for one in told["runs"]}
    assert set(recipes) == {"tagging", "describing"}
    assert recipes["tagging"]["run"] == run["id"]
    assert recipes["tagging"]["number"] == run["number"]
    assert recipes["tagging"]["endpoints"] == ["one"]
    assert recipes["tagging"]["frames_sampled"] == 2 * SECONDS
    assert recipes["tagging"]["asks_done"] == recipes["tagging"]["asks_planned"] == 4 * SECONDS
    for covered in told["coverage"]:
        stretches = covered["asked"] + covered["shared"] + covered["unknown"]
        assert sum(end - start for start, end in stretches) == pytest.approx(told["duration"])
        assert covered["shared"], "slides look alike"
    assert await show.timeline(run=run["number"]) == told, "that run alone found all of it"


@BOTH
async def test_spans_are_seen_while_the_run_goes_on(show: Screening) -> None:
    first = await show.done(tags=["dog"], sampling={"every": "1s"})
    before = await show.timeline()
    show.behave(latency_s=0.2)
    run = await show.begin(tags=list(TAGS), sampling={"all_frames": True}, sharing=False)
    seen: list[Json] = []

    async def look() -> Json:
        seen.append(await show.timeline())
        return seen[-1]

    told = await until(look, lambda told: any(map(edges, told["tracks"][:-1])))
    assert told["live"]
    assert [one["tag"] for one in told["tracks"]] == list(TAGS)
    car = track(told, "car")
    assert 0 < known(car) < SECONDS
    assert {one["reason"] for one in car["unknown"]} == {"unasked"}
    assert edges(car)[0][0] == 0
    now = next(one for one in told["runs"] if one["run"] == run)
    assert now["state"] == "running"
    assert now["ended_at"] is None
    assert 0 < now["asks_done"] < now["asks_planned"] == 20 * SECONDS
    covered = next(one for one in told["coverage"] if one["run"] == now["id"])
    assert 0 < sum(end - start for start, end in covered["asked"]) < SECONDS
    for earlier in seen:
        dog = track(earlier, "dog")
        if dog["run"] == before["runs"][0]["id"]:
            assert dog == track(before, "dog"), "what is known is not hidden by what is not yet"
    show.behave()
    await show.ended(run)
    told = await show.timeline()
    assert not told["live"]
    assert [known(one) for one in told["tracks"]] == pytest.approx([SECONDS, SECONDS])
    assert edges(track(told, "car")) == [(0.0, 3.0), (8.0, 12.0)]
    assert {one["run"] for one in told["runs"]} == {run}
    assert {one["run"] for one in (await show.timeline(run=first["id"]))["runs"]} == {first["id"]}
    asked = len(show.endpoint.log.lines)
    assert await show.timeline() == told
    assert len(show.endpoint.log.lines) == asked, "looking asks nothing"


async def test_a_tag_is_read_by_other_numbers_and_nothing_is_kept(show: Screening) -> None:
    show.behave(doubt=0.45)
    await show.done(tags=list(TAGS), sampling={"every": "500ms"}, precision="frame")
    path = f"media/{show.media}/timeline/try"
    told = await show.timeline()
    asked = len(show.endpoint.log.lines)
    same = await show.post(path, {"tag": "car", "threshold": 0.5})
    points = same["points"]
    assert {**same["track"], "tuned": False} == track(told, "car")
    assert len(points) > 2 * SECONDS, "edges were searched for"
    assert points == sorted(points)
    high = await show.post(path, {"tag": "car", "threshold": 0.8})
    seen = sum(end - start for start, end in edges(track(told, "car")))
    assert sum(end - start for start, end in edges(high["track"])) < seen
    assert (high["track"]["threshold"], high["track"]["tuned"]) == (0.8, True)
    assert high["points"] == points
    joined = await show.post(path, {"tag": "car", "threshold": 0.5, "max_gap": 6.0})
    assert edges(joined["track"]) == [(0.0, 12.0)]
    long = await show.post(path, {"tag": "car", "threshold": 0.5, "min_length": 3.5})
    assert edges(long["track"]) == [(8.0, 12.0)]
    assert await show.timeline() == told
    assert len(show.endpoint.log.lines) == asked, "nothing was asked"


@BOTH
async def test_numbers_that_are_kept_hold_until_they_are_dropped(show: Screening) -> None:
    await show.done(tags=list(TAGS), sampling={"every": "500ms"})
    before = await show.timeline()
    path = f"/api/v1/media/{show.media}/readings"
    for gap in (2.0, 5.5):
        reading = {"tag": "car", "threshold": 0.6, "max_gap": gap}
        assert (await show.client.put(path, json=reading)).status_code == 204
    told = await show.timeline()
    car = track(told, "car")
    assert (car["threshold"], car["max_gap"], car["tuned"]) == (0.6, 5.5, True)
    assert edges(car) == [(0.0, 12.0)]
    assert track(told, "dog") == track(before, "dog")
    events = [event async for event in _events(show)]
    assert events.count({"media": show.media}) == 2
    assert (await show.client.delete(path, params={"tag": "car"})).status_code == 204
    assert await show.timeline() == before
    again = await show.client.delete(path, params={"tag": "car"})
    assert (again.status_code, "No numbers were set" in again.text) == (404, True)


async def _events(show: Screening) -> AsyncGenerator[Json]:
    """What was told of the timeline so far."""
    for event in await show.services.store.database.read(
        partial(events.after, event_id=0, most=99)
    ):
        if event.kind == "timeline":
            yield dict(event.data)


async def test_what_cannot_be_read_otherwise_is_refused_in_words(show: Screening) -> None:
    show.behave(faults={Fault.ERROR: 1.0})
    await show.done(tags=["car"], sampling={"every": "4s"})
    wanted = {"tag": "car", "threshold": 0.5}
    for method, path in (("POST", "timeline/try"), ("PUT", "readings")):
        url = f"/api/v1/media/{show.media}/{path}"
        refused = await show.client.request(method, url, json=wanted)
        assert (refused.status_code, "Nothing was answered" in refused.text) == (409, True)
        refused = await show.client.request(method, url, json={**wanted, "tag": "boat"})
        assert (refused.status_code, "No run has looked for" in refused.text) == (404, True)
    car = track(await show.timeline(), "car")
    assert (car["can_tune"], [one["reason"] for one in car["unknown"]]) == (False, ["failed"])


@BOTH
async def test_evidence_names_frame_answer_and_whose_it_is(show: Screening) -> None:
    show.behave(doubt=0.3)
    await show.done(tags=list(TAGS), describe=True, sampling={"every": "500ms"})
    path = f"media/{show.media}/evidence"
    everything = await show.get(path, limit=1000)
    assert everything["total"] == len(everything["items"]) == 6 * SECONDS
    order = [one["seconds"] for one in everything["items"]]
    assert order == sorted(order)
    about = await show.get(path, tag="car", start=1.0, end=2.0)
    assert [one["seconds"] for one in about["items"]] == [1.0, 1.5]
    assert {one["tag"] for one in about["items"]} == {"car"}
    shared = [one for one in about["items"] if one["shared_from"] is not None]
    assert [one["shared_from"] for one in shared] == [0.0, 0.0], "one slide, one answer"
    first = (await show.get(path, tag="car", end=0.1))["items"][0]
    assert (first["seconds"], first["shared_from"]) == (0.0, None)
    assert shared[0]["probability"] == first["probability"] >= 0.5
    assert (first["model"], first["endpoint"]) == ("truthful", "one")
    assert '"car"' in first["raw"]
    assert first["latency_s"] > 0
    assert first["tokens_in"] > 0
    assert first["question"] == "car"
    text = next(one for one in everything["items"] if one["text"])
    assert (text["tag"], text["recipe"], text["probability"]) == (None, "describing", None)
    page = await show.get(path, tag="dog", offset=3, limit=2)
    assert (page["total"], [one["seconds"] for one in page["items"]]) == (2 * SECONDS, [1.5, 2.0])


async def test_failures_are_evidence_too(show: Screening) -> None:
    show.behave(faults={Fault.MISSING: 1.0})
    await show.done(tags=list(TAGS), sampling={"every": "500ms"}, sharing=False)
    found = await show.get(f"media/{show.media}/evidence", limit=1000)
    assert found["total"] == 4 * SECONDS
    failed = [one for one in found["items"] if one["unknown"]]
    assert len(failed) == 2 * SECONDS
    for one in failed:
        assert (one["unknown"], one["model"], one["probability"]) == ("failed", None, None)
        assert one["detail"]


@BOTH
async def test_distrusted_answers_are_told_wherever_they_are_shown(show: Screening) -> None:
    async def runs() -> list[Json]:
        return (await show.timeline())["runs"]

    async def distrusted() -> list[bool]:
        evidence = await show.get(f"media/{show.media}/evidence", limit=1000)
        return [one["distrusted"] for one in evidence["items"]]

    wanted: Json = {"tags": list(TAGS), "sampling": {"every": "500ms"}}
    await show.done(**wanted)
    (before,) = await runs()
    assert before["distrusted"] == 0 < before["answers"] < before["asks_done"], "slides share"
    assert not any(await distrusted())
    which = {"since": before["began_at"]}
    counted = await show.post("endpoints/one/distrust", {**which, "dry_run": True})
    assert (counted["answers"], counted["done"]) == (before["answers"], False)
    assert await runs() == [before]
    assert {} not in [event async for event in _events(show)]
    told = await show.post("endpoints/one/distrust", which)
    assert (told["answers"], told["done"]) == (before["answers"], True)
    assert await runs() == [{**before, "distrusted": before["answers"]}]
    assert all(await distrusted())
    assert [event async for event in _events(show)].count({}) == 1, "pages hear of it"
    back = await show.post("endpoints/one/trust", {**which, "at": told["at"]})
    assert back["answers"] == told["answers"]
    assert await runs() == [before]
    await show.post("endpoints/one/distrust", which)
    asked = len(show.endpoint.log.lines)
    await show.done(**wanted)
    assert len(show.endpoint.log.lines) > asked
    (anew,) = await runs()
    assert (anew["answers"], anew["distrusted"]) == (before["answers"], 0)
    assert not any(await distrusted())


async def test_what_people_say_is_in_all_of_it(show: Screening) -> None:
    await show.done(tags=list(TAGS), sampling={"every": "500ms"})
    path = f"media/{show.media}/corrections"
    said = await show.post(path, {"tag": "car", "start": 0.5, "end": 2.0, "replaces": [0.0, 3.0]})
    await show.post(path, {"tag": "dog", "start": 5, "end": 9.5, "present": False})
    await show.post(path, {"tag": "boat", "start": 1, "end": 2})
    told = await show.timeline()
    assert [one["tag"] for one in told["tracks"]] == [*TAGS, "boat"]
    assert [one["tag"] for one in told["corrections"]] == ["car", "dog", "boat"]
    car, dog, boat = told["tracks"]
    assert edges(car)[0] == (0.5, 2.0)
    assert (car["spans"][0]["by"], car["spans"][0]["correction"]) == ("person", said["id"])
    assert (car["spans"][1]["by"], car["spans"][1]["correction"]) == ("model", None)
    assert edges(dog) == []
    assert (boat["run"], boat["can_tune"], edges(boat)) == (None, False, [(1.0, 2.0)])
    assert [(one["start"], one["end"]) for one in boat["unknown"]] == [(0.0, 1.0), (2.0, 12.0)]
    tried = await show.post(f"media/{show.media}/timeline/try", {"tag": "car", "threshold": 0.7})
    assert edges(tried["track"])[0] == (0.5, 2.0)
    response = await show.client.get(f"/api/v1/media/{show.media}/result.json")
    assert response.headers["content-disposition"] == (
        'attachment; filename="F_hre_ day 1.result.json"; '
        "filename*=UTF-8''F%C3%A4hre%2C%20day%201.result.json"
    )
    result = Result.model_validate_json(response.content)
    spans = {tag.tag: [(s.start, s.end, s.by) for s in tag.spans] for tag in result.tags}
    assert spans["car"][0] == (0.5, 2.0, "person")
    assert spans["car"][1][2] == "model"
    assert spans["boat"] == [(1.0, 2.0, "person")]
    assert spans["dog"] == []
    assert (result.state, result.runs[0].answered > 0) == ("complete", True)
    assert result.runs[0].uses[0].endpoint == "one"
    many = await show.client.post("/api/v1/media/export", json={"media": [show.media, show.media]})
    (exported,) = many.json()
    assert exported["tags"] == response.json()["tags"]
    none = await show.client.post("/api/v1/media/export", json={"media": ["012345"]})
    assert none.status_code == 404


@pytest.mark.parametrize("when", ["inf", "nan", "-1", "2e9"])
async def test_evidence_of_no_time_is_refused(show: Screening, when: str) -> None:
    show.media = (await show.post("media", {"path": str(show.film)}))["id"]
    for edge in ("start", "end"):
        url = f"/api/v1/media/{show.media}/evidence"
        assert (await show.client.get(url, params={edge: when})).status_code == 422


async def test_a_run_of_an_older_version_is_told_as_it_concluded(show: Screening) -> None:
    run = await show.done(tags=list(TAGS), sampling={"every": "500ms"})

    def forget(connection: Connection) -> None:
        connection.execute(update(runs).values(sample=None, hints=None))

    await show.services.store.database.write(forget)
    told = await show.timeline()
    car = track(told, "car")
    spans = (await show.get(f"runs/{run['id']}/spans", tag="car"))["items"]
    assert edges(car) == [(span["start"], span["end"]) for span in spans] != []
    assert not car["can_tune"]
    assert told["coverage"][0]["asked"]
    evidence = await show.get(f"media/{show.media}/evidence", tag="car", limit=1000)
    assert 0 < evidence["total"] < 2 * SECONDS, "of shared answers it is not known whose they are"
    assert all(one["shared_from"] is None for one in evidence["items"])
    wanted = {"tag": "car", "threshold": 0.3}
    url = f"/api/v1/media/{show.media}/timeline/try"
    refused = await show.client.post(url, json=wanted)
    assert (refused.status_code, "Do it again" in refused.text) == (409, True)


async def test_a_media_that_was_never_asked_about_is_empty(show: Screening) -> None:
    show.media = (await show.post("media", {"path": str(show.film)}))["id"]
    told = await show.timeline()
    assert (told["runs"], told["tracks"], told["descriptions"]) == ([], [], [])
    assert not told["live"]
    missing = await show.client.get("/api/v1/media/0123456789/timeline")
    assert missing.status_code == 404
    other = await show.client.get(f"/api/v1/media/{show.media}/timeline", params={"run": "77"})
    assert other.status_code == 404


async def test_the_answer_to_each_question_is_its_latest(show: Screening) -> None:
    await show.done(ask="What is there?", sampling={"frames": 2})
    await show.done(ask="And then?", sampling={"frames": 3})
    told = await show.timeline()
    assert [one["prompt"] for one in told["descriptions"]] == ["And then?", "What is there?"]
    assert [len(one["frames"]) for one in told["descriptions"]] == [3, 2]
    found = await show.get(f"media/{show.media}/evidence", start=11.0)
    assert {one["question"] for one in found["items"]} == {"What is there?", "And then?"}
