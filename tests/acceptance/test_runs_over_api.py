"""Runs as a program asks for them: over HTTP, of a real server, answered by a truthful model."""

from __future__ import annotations

import json
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from apiworld import TAGS, Json, World, world_with

from sightline.testing.behaviour import Behaviour, Fault
from sightline.testing.house import House, until


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    with world_with(3, tmp_path_factory.mktemp("api")) as world:
        yield world


@pytest.fixture(autouse=True)
def usual(world: World) -> Generator[None]:
    yield
    world.endpoint.behaviour = Behaviour()


def test_a_run_is_asked_for_followed_and_read(world: World) -> None:
    run = world.done(tags=list(TAGS), describe=True, sampling={"every": "500ms"})
    assert (run["state"], run["note"], run["members"]) == ("complete", "", 1)
    progress = run["progress"]
    assert progress["fraction"] == 1.0
    assert progress["asks_done"] == progress["asks_planned"] == 8 * 3
    assert progress["frames_covered"] == progress["frames_planned"] == 8 * 2
    member = world.house.get(f"runs/{run['id']}/members")["items"][0]
    assert (member["state"], member["title"]) == ("complete", "film-0000")
    result = world.house.get(f"runs/{run['id']}/results")["items"][0]["result"]
    assert {one["tag"] for one in result["tags"]} == set(TAGS)
    assert {one["recipe"] for one in result["runs"]} == {"tagging", "describing"}
    assert sum(use["answered"] for one in result["runs"] for use in one["uses"]) > 0
    spans = world.house.get(f"runs/{run['id']}/spans", tag="car")["items"]
    told = next(one for one in result["tags"] if one["tag"] == "car")["spans"]
    assert [(one["start"], one["end"]) for one in spans] == [
        (one["start"], one["end"]) for one in told
    ]
    texts = world.house.get(f"runs/{run['id']}/descriptions", media=member["media"])
    assert texts["total"] == 8
    assert all(one["text"] for one in texts["items"])
    seen: list[int] = []
    while len(seen) < 24:
        page = world.house.get(f"runs/{run['id']}/answers", offset=len(seen), limit=7)
        assert page["total"] == 24
        seen += [one["seq"] for one in page["items"]]
        assert all(one["model"] == "truthful" for one in page["items"])
    assert run["spec"]["tags"][0]["name"] == "car"
    assert [line["what"] for line in run["story"]][-1] == "complete"
    assert world.house.run(str(run["number"])) == run, "it goes by its number, too"


def test_a_folder_is_one_run_with_many_media(world: World) -> None:
    folder = str(world.films[0].path.parent)
    run = world.house.post("runs", {"folders": [folder], "tags": ["car"], "title": "all of it"})
    ended = world.house.wait([run["id"]])[0]
    assert (ended["title"], ended["state"], ended["members"]) == ("all of it", "complete", 3)
    page = world.house.get(f"runs/{run['id']}/results", offset=1, limit=1)
    assert (page["total"], page["items"][0]["member"]["title"]) == (3, "film-0001")
    media = page["items"][0]["member"]["media"]
    listed = world.house.get("runs", media=media)["items"]
    assert run["id"] in [one["id"] for one in listed]
    by_id = world.house.post("runs", {"media": [media[:12]], "tags": ["car"], "again": True})
    ended = world.house.wait([by_id["id"]])[0]
    assert ended["progress"]["reused"] == ended["progress"]["asks_done"], "nothing is asked twice"


def test_a_named_tag_set_is_kept_as_it_was(world: World) -> None:
    url = f"{world.house.url}/api/v1/tag-sets/pets"
    httpx.put(url, json={"tags": [{"name": "dog", "threshold": 0.7}]}).raise_for_status()
    run = world.house.post("runs", {"paths": [world.path], "tag_set": "pets"})
    httpx.put(url, json={"tags": ["cat"]}).raise_for_status()
    ended = world.house.wait([run["id"]])[0]
    assert [(tag["name"], tag["threshold"]) for tag in ended["spec"]["tags"]] == [("dog", 0.7)]
    assert world.refused(404, "POST", "runs", {"paths": [world.path], "tag_set": "none"})


def test_the_same_request_while_it_waits_is_the_same_run(world: World) -> None:
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    wanted = {"paths": [world.path], "tags": ["car"], "start_at": later, "priority": 5}
    url = f"{world.house.url}/api/v1/runs"
    first = httpx.post(url, json=wanted)
    second = httpx.post(url, json=wanted)
    assert (first.status_code, second.status_code) == (201, 200)
    run = first.json()
    assert second.json()["id"] == run["id"]
    assert first.headers["location"] == f"/api/v1/runs/{run['id']}"
    assert (run["state"], run["priority"]) == ("queued", 5)
    paused = world.house.post(f"runs/{run['id']}/pause")
    assert paused["state"] == "paused"
    world.refused(409, "POST", f"runs/{run['id']}/pause")
    assert world.house.post(f"runs/{run['id']}/resume")["state"] == "queued"
    ended = world.house.wait([run["id"]])[0]  # whoever resumes it does not want to wait
    assert ended["state"] == "complete"
    world.refused(409, "POST", f"runs/{run['id']}/cancel")


def test_what_failed_is_asked_again_and_nothing_else(world: World) -> None:
    """Every second tag is left out of each reply, however often it is asked for."""
    world.endpoint.behaviour = Behaviour(faults={Fault.MISSING: 1.0})
    run = world.done(tags=["bicycle", "umbrella"], sampling={"every": 0.7})
    counts = run["progress"]
    assert (run["state"], counts["failed"]) == ("partial", counts["asks_planned"] // 2)
    assert "asks failed" in run["note"]
    world.endpoint.behaviour = Behaviour()
    before = len(world.endpoint.log.lines)
    world.house.post(f"runs/{run['id']}/retry")
    ended = world.house.wait([run["id"]])[0]
    assert (ended["state"], ended["note"]) == ("complete", "")
    assert ended["progress"]["reused"] == counts["answered"]
    assert ended["progress"]["answered"] == counts["failed"]
    assert len(world.endpoint.log.lines) - before == counts["failed"]


def test_cancel_ends_a_run_that_goes_on(world: World) -> None:
    world.endpoint.behaviour = Behaviour(latency_s=0.5)
    run = world.house.post(
        "runs", {"paths": [world.path], "tags": ["a", "b"], "sampling": {"all_frames": True}}
    )
    name = run["id"]
    until(
        lambda: world.house.run(name)["progress"]["stage"] == "asking",
        within_s=60,
        what=lambda: str(world.house.run(name)),
    )
    told = world.house.post(f"runs/{name}/cancel")
    assert told["wish"] == "cancel" or told["state"] == "cancelled"
    ended = world.house.wait([name])[0]
    assert (ended["state"], ended["wish"]) == ("cancelled", None)
    assert world.house.post(f"runs/{name}/retry")["state"] == "queued"
    world.house.post(f"runs/{name}/cancel")


def test_events_are_told_live_and_again_from_where_one_was(world: World) -> None:
    def heard(response: httpx.Response, end: str) -> list[tuple[int, Json]]:
        """Up to the first that tells of this state."""
        found: list[tuple[int, Json]] = []
        number = 0
        for line in response.iter_lines():
            if line.startswith("id: "):
                number = int(line.removeprefix("id: "))
            if line.startswith("data: "):
                found.append((number, json.loads(line.removeprefix("data: "))))
                if found[-1][1].get("state") == end:
                    break
        return found

    url = f"{world.house.url}/api/v1/events"
    with httpx.stream("GET", url, timeout=60.0) as live:
        assert live.headers["content-type"].startswith("text/event-stream")
        lines = live.iter_lines()
        assert next(lines).startswith("retry:")
        run = world.done(ask="what is there?", sampling={"frames": 2})
    with httpx.stream("GET", url, params={"after": 0}, timeout=60.0) as live:
        told = heard(live, "queued")
    with httpx.stream(
        "GET", f"{url.removesuffix('events')}runs/{run['id']}/events?after=0", timeout=60.0
    ) as live:
        mine = heard(live, "complete")
    states = list(dict.fromkeys(one["state"] for _, one in mine))
    assert states == ["queued", "running", "complete"]
    assert {one["run"] for _, one in mine} == {run["id"]}
    with httpx.stream(
        "GET", url, headers={"Last-Event-ID": str(mine[-2][0])}, timeout=60.0
    ) as live:
        assert heard(live, "complete") == [mine[-1]]
    assert told[0][0] >= 1
    world.refused(404, "GET", "runs/none/events")


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (422, {"paths": ["/x.mp4"]}, "nothing is asked for"),
        (422, {"tags": ["car"]}, "no media is named"),
        (422, {"paths": ["/x.mp4"], "tags": ["car"], "sampling": {"evry": 2}}, "evry"),
        (403, {"paths": ["/etc/passwd"], "tags": ["car"]}, "/etc/passwd is not in a folder"),
        (404, {"media": ["0123456789"], "tags": ["car"]}, "no media"),
        (422, {"media": ["0123456789"], "tags": ["car", "car"]}, "twice"),
        (422, {"paths": ["$film"], "tags": ["car"], "webhook": "http://127.0.0.1:1/"}, "private"),
        (422, {"paths": ["$film"], "tags": ["car"], "budget": {"calls": -1}}, "budget.calls"),
        (
            422,
            {"paths": ["$film"], "tags": ["car"], "sampling": {"every": 1, "frames": 2}},
            "give one of them",
        ),
    ],
)
def test_what_cannot_be_asked_for_is_refused_in_words(
    world: World, status: int, body: Json, said: str
) -> None:
    text = json.dumps(body).replace("$film", world.path)
    problem = world.refused(status, "POST", "runs", json.loads(text))
    assert said in json.dumps(problem)


def test_an_endpoint_that_is_not_there_fails_the_run_with_the_way_out(world: World) -> None:
    run = world.done(tags=["car"], endpoints=["nobody"], again=True)
    assert run["state"] == "failed"
    assert "no endpoint is there for nobody" in run["note"]
    assert "truth" in run["note"]


def test_runs_outlive_the_server(tmp_path: Path, world: World) -> None:
    world.endpoint.behaviour = Behaviour(latency_s=0.2)
    with House(
        tmp_path / "own", films=world.films[0].path.parent, endpoint=world.endpoint.base_url
    ) as house:
        server = house.serve()
        run = house.ask(world.films[1].path, TAGS, every_s=0.1)
        until(
            lambda: house.run(run)["progress"]["asks_done"] > 0,
            within_s=60,
            what=lambda: str(house.run(run)),
        )
        assert server.end() == 0
        house.serve()
        ended = house.wait([run])[0]
        assert ended["state"] == "complete"
        assert ended["rescues"] == 0, "it was handed back, and did not die"
        assert any("handed back" in line["what"] for line in ended["story"])
