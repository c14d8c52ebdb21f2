"""The library as a page sees it: how media stand, what a run would take, and what goes on."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

import httpx
import pytest
from apiworld import TAGS, Json, World, world_with

from sightline.testing.behaviour import Behaviour, Fault
from sightline.testing.house import until

MANY = (*TAGS, *(f"thing {n}" for n in range(8)))
"""More than travel in one call."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    with world_with(6, tmp_path_factory.mktemp("library")) as world:
        yield world


@pytest.fixture(autouse=True)
def usual(world: World) -> Generator[None]:
    yield
    world.endpoint.behaviour = Behaviour()


@contextmanager
def heard(url: str) -> Generator[Callable[[], list[tuple[str, Json]]]]:
    """Server-sent events from now on: kind and data of each, in order."""
    told: list[tuple[str, Json]] = []
    begun = threading.Event()
    client = httpx.Client(timeout=60.0)

    def listen() -> None:
        try:
            with client.stream("GET", url) as answer:
                assert answer.status_code == 200, answer.read()
                begun.set()
                told.extend(_events(answer.iter_lines()))
        except (httpx.HTTPError, httpx.StreamError, RuntimeError):
            pass  # the test has heard enough

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    assert begun.wait(30)
    try:
        yield lambda: list(told)
    finally:
        client.close()


def _events(lines: Iterator[str]) -> Iterator[tuple[str, Json]]:
    kind = ""
    for line in lines:
        if line.startswith("event: "):
            kind = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield kind, json.loads(line.removeprefix("data: "))


def test_an_estimate_is_what_the_run_then_takes(world: World) -> None:
    wanted = {
        "media": [world.add(0)],
        "tags": list(MANY),
        "describe": True,
        "ask": "What happens?",
        "sampling": {"every": "500ms"},
        "sharing": False,
    }
    told = world.house.post("runs/estimate", wanted)
    assert (told["media"], told["unread"], told["problem"]) == (1, 0, "")
    assert (told["frames"], told["asks"]) == (8 + 8, 8 * 11 + 1)
    assert (told["known"], told["alike"], told["more"], told["less"]) == (0, 0, False, False)
    assert told["calls"] == 8 * 2 + 8 + 1
    assert told["cost"] == 0
    assert told["endpoints"][0]["name"] == "truth"

    progress = world.done(**wanted)["progress"]
    assert progress["calls"] == told["calls"]
    assert progress["asks_done"] == told["asks"]

    again = world.house.post("runs/estimate", wanted)
    assert (again["known"], again["calls"], again["seconds"]) == (told["asks"], 0, 0)
    finer = world.house.post(
        "runs/estimate", wanted | {"describe": False, "ask": None, "sampling": {"every": "250ms"}}
    )
    assert (finer["asks"], finer["known"], finer["calls"]) == (160, 80, 16)
    assert finer["seconds"] > 0
    assert finer["endpoints"][0]["per_s"] > 0


def test_frames_that_are_known_to_look_alike_are_not_counted_as_calls(world: World) -> None:
    media = world.add(1)
    first = {"media": [media], "tags": ["car"], "sampling": {"all_frames": True}}
    told = world.house.post("runs/estimate", first)
    assert (told["alike"], told["less"]) == (0, True)
    assert world.done(**first)["progress"]["calls"] <= told["calls"]
    second = first | {"tags": ["dog"]}
    told = world.house.post("runs/estimate", second)
    progress = world.done(**second)["progress"]
    assert (told["calls"], told["alike"]) == (progress["calls"], progress["shared"])


def test_what_cannot_be_known_is_said(world: World) -> None:
    media = world.add(2)
    wanted: Json = {"media": [media], "tags": ["car"], "sampling": {"every": 1}}
    nobody = world.house.post("runs/estimate", wanted | {"endpoints": ["gone"]})
    assert "truth" in nobody["problem"]
    assert nobody["endpoints"] == []
    edges = world.house.post("runs/estimate", wanted | {"precision": "frame"})
    assert edges["more"]
    assert edges["calls"] > world.house.post("runs/estimate", wanted)["calls"]
    assert world.house.post("runs/estimate", wanted | {"sampling": {"scenes": True}})["more"]
    none = world.house.post("runs/estimate", wanted | {"budget": {"calls": 0}})
    assert none["calls"] == 0
    extra = world.films[5].path
    unread = world.house.post("runs/estimate", wanted | {"paths": [str(extra)]})
    assert (unread["media"], unread["unread"], unread["asks"]) == (2, 1, 4)
    missing = wanted | {"media": ["0" * 64]}
    answer = httpx.post(f"{world.house.url}/api/v1/runs/estimate", json=missing, timeout=30)
    assert answer.status_code == 404


def test_a_list_tells_how_each_media_stands(world: World) -> None:
    media = world.add(3)
    new = world.house.get("media", state="new", limit=500)["items"]
    assert media in [item["id"] for item in new]
    assert new[0]["standing"]["coverage"] is None
    run = world.done(media=[media], tags=list(TAGS), sampling={"every": "100ms"}, describe=True)
    item = world.house.get(f"media/{media}")
    standing = item["standing"]
    assert (standing["state"], standing["run"], standing["note"]) == ("complete", run["id"], "")
    shares = standing["coverage"]
    assert shares["asked"] + shares["shared"] == pytest.approx(1.0)
    assert shares["unknown"] == 0
    spans = world.house.get(f"runs/{run['id']}/spans")["items"]
    seconds = dict.fromkeys({span["tag"] for span in spans}, 0.0)
    for span in spans:
        seconds[span["tag"]] += span["end"] - span["start"]
    assert {one["tag"]: one["seconds"] for one in standing["tags"]} == pytest.approx(seconds)
    assert standing["texts"] > 0
    tag = standing["tags"][0]["tag"]
    for query in ({"tag": tag, "kind": "video"}, {"q": tag}, {"sort": "longest"}):
        assert item in world.house.get("media", **query, limit=500)["items"]
    assert world.house.get("media", kind="image")["total"] == 0
    listed = world.house.get("media/tags", q=tag)["items"]
    assert tag in [one["tag"] for one in listed]


def test_what_endpoints_do_is_told_by_the_second(world: World) -> None:
    media = world.add(4)
    world.endpoint.behaviour = Behaviour(latency_s=0.15)
    run = world.house.ask(world.films[4].path, TAGS, every_s=0.1)

    def busy() -> Json | None:
        (told,) = world.house.get("endpoints/activity")["items"]
        return told if any(second["busy"] > 0.3 for second in told["seconds"]) else None

    told = until(busy, within_s=30, what=lambda: "a busy second")
    assert (told["name"], told["model"], told["slots"]) == ("truth", "truthful", 4)
    assert (told["state"], told["why"]) == ("asked", "")
    assert len(told["seconds"]) <= 60
    world.house.wait([run])
    (told,) = world.house.get("endpoints/activity")["items"]
    ended = [second for second in told["seconds"] if second["calls"]]
    assert max(second["latency_s"] or 0 for second in ended) >= 0.15
    world.endpoint.behaviour = Behaviour(faults={Fault.RATE_LIMIT: 1.0}, retry_after_s=5)
    run = world.house.post("runs", {"media": [media], "tags": ["bird"], "again": True})["id"]

    def cooling() -> Json | None:
        view = world.house.get("endpoints/activity")
        assert view["here"]
        (told,) = view["items"]
        return told if told["state"] == "cooling" else None

    told = until(cooling, within_s=30, what=lambda: "an endpoint that cools down")
    assert 0 < told["resumes_in_s"] <= 5
    assert "429" in told["why"]
    assert told["failed"] > 0
    world.house.post(f"runs/{run}/cancel")
    world.house.wait([run])


def test_words_are_heard_as_they_are_said(world: World) -> None:
    media = world.add(0)
    world.endpoint.behaviour = Behaviour(latency_s=1.5)
    wanted = {"media": [media], "ask": "Who is there?", "sampling": {"frames": 3}}
    run = world.house.post("runs", wanted)["id"]
    with heard(f"{world.house.url}/api/v1/runs/{run}/words") as told:
        until(
            lambda: (told()[-1:] and told()[-1][0] == "end") or None,
            within_s=40,
            what=lambda: f"an end after {told()}",
        )
    text = world.house.get(f"runs/{run}/descriptions")["items"][0]["text"]
    kinds = [kind for kind, _ in told()]
    assert kinds[0] == "begin"
    assert set(kinds[1:-1]) == {"piece"}
    assert told()[0][1] == {"model": "truthful"}
    assert "".join(data["text"] for kind, data in told() if kind == "piece") == text
    assert told()[-1] == ("end", {"state": "complete"})
    with heard(f"{world.house.url}/api/v1/runs/{run}/words") as told:
        until(lambda: told() or None, within_s=20, what=lambda: "the end")
        assert told() == [("end", {"state": "complete"})]


def test_events_tell_of_media_and_name_them(world: World) -> None:
    known = world.add(0)
    with heard(f"{world.house.url}/api/v1/events") as told:
        new = world.add(5)
        world.endpoint.behaviour = Behaviour(latency_s=0.3)
        run = world.done(media=[known], tags=["tree"], sampling={"every": "100ms"}, title="trees")
        world.house.wait([run["id"]])
        erased = httpx.delete(f"{world.house.url}/api/v1/media/{new}", timeout=30)
        assert erased.is_success, erased.text

        def media() -> list[str]:
            return [data["media"] for kind, data in told() if kind == "media"]

        until(lambda: media().count(new) >= 2 or None, within_s=20, what=lambda: f"{told()}")
        runs = [data for kind, data in told() if kind == "run" and data["run"] == run["id"]]
    assert media() == [new, new]
    assert {(one["title"], one["number"], one["priority"]) for one in runs} == {
        ("trees", run["number"], 100)
    }
    assert all(one["media"] == [known] for one in runs if one["state"] != "queued")
