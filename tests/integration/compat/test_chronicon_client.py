"""Chronicon's page: a form, an EventSource, and the recipes for `curl`."""

from __future__ import annotations

import asyncio
import base64
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from peer import TAGS, Peer, running, until
from PIL import Image

from sightline.services.server.access import Scope
from sightline.testing.truth import random_truth
from sightline.testing.video import render

BOTH = pytest.mark.parametrize("peer", ["sqlite", "postgresql"], indirect=True)
"""On both databases."""
UPLOADED = {
    *("success", "video", "filename", "size_mb", "frames", "frame_count", "fps", "width", "height"),
    *("duration", "resolution", "thumbnail"),
}
RESULT = {
    *("video_path", "prompt", "num_frames", "resize", "max_tokens", "min_tokens", "analysis"),
    *("timestamp", "model", "device", "quantized", "timing", "frames"),
}


async def upload(client: httpx.AsyncClient, path: Path, name: str = "film.mp4") -> dict[str, Any]:
    content = await asyncio.to_thread(path.read_bytes)
    answer = await client.post("/upload_video", files={"video": (name, content)})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def analyze(client: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    """What an EventSource hears."""
    told: list[dict[str, Any]] = []
    async with client.stream("GET", "/analyze", params={"prompt": "What?"} | query) as answer:
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        async for line in answer.aiter_lines():
            if line:
                assert line.startswith("data: ")
                told.append(json.loads(line.removeprefix("data: ")))
    return told


@BOTH
async def test_from_upload_to_result(peer: Peer, client: httpx.AsyncClient) -> None:
    sent = await upload(client, peer.clip, "my film: ünï.mp4")
    assert sent.keys() == UPLOADED
    assert (sent["success"], sent["filename"]) == (True, "my film: ünï.mp4")
    assert (sent["frames"], sent["frame_count"], sent["fps"]) == (40, 40, 10.0)
    assert (sent["width"], sent["height"], sent["resolution"]) == (320, 180, "320x180")
    assert (sent["duration"], sent["size_mb"]) == (4.0, round(peer.clip.stat().st_size / 2**20, 2))
    kind, _, picture = sent["thumbnail"].partition(",")
    assert kind == "data:image/jpeg;base64"
    with Image.open(BytesIO(base64.b64decode(picture))) as image:
        assert image.format == "JPEG"

    told = await analyze(client, frames=3, max_tokens=300, min_tokens=60, run_id="run_1")

    assert told[0].keys() == {"status", "run_id"}
    text = "".join(one["text"] for one in told if "text" in one)
    assert sum("text" in one for one in told) > 1
    assert told[-1].keys() == {"complete", "result", "stats"}
    assert told[-1]["stats"].keys() == {"memory_usage", "gpu_memory"}
    result = told[-1]["result"]
    assert result.keys() == RESULT
    assert result["timing"].keys() == {"model_load_time", "inference_time", "total_time"}
    assert (result["analysis"], result["prompt"], result["num_frames"]) == (text, "What?", 3)
    assert (result["max_tokens"], result["min_tokens"], result["resize"]) == (300, 60, 512)
    assert (result["model"], result["quantized"]) == ("truthful", None)
    assert result["frames"] == [
        {"index": 0, "time": 0.0},
        {"index": 19, "time": 1.9},
        {"index": 39, "time": 3.9},
    ]
    assert [line.frame for line in peer.endpoint.log.lines] == [0, 19, 39]
    assert (await client.get("/results/run_1")).json() == result
    ended = await client.get("/cancel/run_1")
    assert (ended.json().keys(), ended.json()["success"]) == ({"success", "message"}, False)


async def test_the_text_is_heard_while_the_model_gives_it(
    peer: Peer, client: httpx.AsyncClient
) -> None:
    """The answer is there in pieces before the run has ended."""
    await upload(client, peer.clip)
    seen: list[bool] = []
    async with client.stream("GET", "/analyze", params={"run_id": "live"}) as answer:
        async for line in answer.aiter_lines():
            if '"text"' in line:
                job = (await peer.services.jobs.list(sources=("chronicon",))).items[0]
                seen.append(job.state.ended)
    assert seen
    assert seen[0] is False


async def test_each_browser_asks_about_its_own_latest_upload(peer: Peer, tmp_path: Path) -> None:
    other = render(random_truth(5, duration_s=2, tags=TAGS), tmp_path / "other.mp4").path
    async with peer.client() as one, peer.client() as two, peer.client() as curl:
        nothing = await curl.get("/analyze", params={"prompt": "What?"})
        assert (nothing.status_code, nothing.json()) == (400, {"error": "No video uploaded"})
        first = await upload(one, peer.clip)
        told = await analyze(curl)  # there is only one that can be meant
        assert told[-1]["result"]["video_path"].endswith("film.mp4")
        await upload(two, other, "other.mp4")
        for client, name in ((one, "film.mp4"), (two, "other.mp4")):
            assert (await analyze(client))[-1]["result"]["video_path"] == name
        unclear = await curl.get("/analyze", params={"prompt": "What?"})
        assert unclear.status_code == 409
        assert unclear.json().keys() == {"error"}
        assert "video=" in unclear.json()["error"]
        named = await analyze(curl, video=first["video"])
        assert named[-1]["result"]["video_path"] == "film.mp4"


@BOTH
async def test_cancelling_really_stops_the_work(peer: Peer, client: httpx.AsyncClient) -> None:
    peer.slow_down(60)
    await upload(client, peer.clip)
    listening = asyncio.create_task(analyze(client, run_id="slow"))

    async def asking() -> int:
        return peer.endpoint.in_flight

    await until(asking, lambda in_flight: in_flight == 1)
    assert (await client.get("/results/slow")).status_code == 404
    cancelled = await client.get("/cancel/slow")
    assert (cancelled.status_code, cancelled.json()["success"]) == (200, True)
    assert (await listening)[-1] == {"error": "Cancelled"}
    await until(asking, lambda in_flight: in_flight == 0)


async def test_a_page_that_connects_again_joins_its_run(
    peer: Peer, client: httpx.AsyncClient
) -> None:
    peer.slow_down(1.0)
    await upload(client, peer.clip)
    first = asyncio.create_task(analyze(client, run_id="mine"))

    async def asking() -> int:
        return peer.endpoint.in_flight

    await until(asking, lambda in_flight: in_flight == 1)
    again = await analyze(client, run_id="mine")
    assert again[-1] == (await first)[-1]
    assert "".join(one.get("text", "") for one in again) == again[-1]["result"]["analysis"]
    assert peer.endpoint.requests == 1
    assert (await peer.services.jobs.list()).total == 1


async def test_trouble_is_told_as_an_event(peer: Peer, client: httpx.AsyncClient) -> None:
    peer.endpoint.behaviour = type(peer.endpoint.behaviour)(api_key="wanted")
    await upload(client, peer.clip)
    told = await analyze(client, run_id="refused")
    assert told[-1].keys() == {"error"}
    assert "key" in told[-1]["error"]
    missing = await client.get("/results/refused")
    assert (missing.status_code, missing.json().keys()) == (404, {"error"})


async def test_what_cannot_be_used_is_told_as_error(peer: Peer, client: httpx.AsyncClient) -> None:
    no_film = {"video": ("film.mp4", b"this is no film at all")}
    form = {"content-type": "multipart/form-data; boundary=x"}
    broken = b'--x\r\nContent-Disposition: form-data; name="video"; filename="a.mp4"\r\n\r\nabc'
    answers = [
        await client.post("/upload_video", files=no_film),
        await client.post("/upload_video", files={"video": ("film.mp4", b"")}),
        await client.post("/upload_video", files={"other": ("film.mp4", b"x")}),
        await client.post("/upload_video", files={"video": ("", b"x")}),
        await client.post("/upload_video", data={"video": "x"}),
        await client.post("/upload_video", content=b"x"),
        await client.post("/upload_video", content=broken, headers=form),
        await client.post("/upload_video", content=b"garbage", headers=form),
        await client.post("/upload_video", content=b"", headers=form),
    ]
    for answer in answers:
        assert answer.status_code == 400, answer.text
        assert answer.json().keys() == {"error"}
    data_dir = peer.services.preferences.settings.data_dir
    assert not [one for one in data_dir.glob("uploads/*/*") if one.is_file()]
    await upload(client, peer.clip)
    for url, status in (
        ("/analyze?frames=0", 422),
        ("/analyze?frames=65", 422),
        ("/analyze?max_tokens=99999999999999999999", 422),
        ("/analyze?prompt=", 422),
        ("/analyze?prompt=%00", 400),
        ("/analyze?video=none", 404),
        ("/analyze?run_id=a%20b", 400),
        ("/results/none", 404),
        ("/results/%F0%9F%98%80", 404),
        ("/cancel/none", 404),
    ):
        answer = await client.get(url)
        assert (url, answer.status_code) == (url, status), answer.text
        assert answer.json().keys() == {"error"}
    answer = await client.post("/decide_and_act", json={"analysis": "x", "run_id": "y"})
    assert (answer.status_code, answer.json().keys()) == (501, {"error"})


async def test_health_and_debug(peer: Peer, client: httpx.AsyncClient) -> None:
    await upload(client, peer.clip)
    await analyze(client)
    health = (await client.get("/health")).json()
    assert health.keys() == {
        *("status", "active_processes", "events_logged", "inference_results", "cuda_available"),
        *("cuda_device", "memory_usage", "gpu_memory"),
    }
    assert (health["status"], health["active_processes"]) == ("healthy", 0)
    assert health["inference_results"] == 1
    debug = (await client.get("/debug")).json()
    assert debug["endpoints"] == ["one: truthful"]
    assert debug["recent_events"]


async def test_foreign_pages_cannot_set_anything_off(tmp_path: Path) -> None:
    friend = "http://page.lan:5000"
    async with running(tmp_path, origins=(friend,)) as peer, peer.client() as client:
        await upload(client, peer.clip)
        foreign = (
            {"origin": "http://evil.example"},
            {"origin": "null"},
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site"},
        )
        for headers in foreign:
            for method, url in (
                ("GET", "/analyze?prompt=x"),
                ("GET", "/cancel/x"),
                ("POST", "/decide_and_act"),
                ("POST", "/upload_video"),
                ("POST", "/api/videos/"),
                ("DELETE", "/api/jobs/1"),
                ("POST", "/api/v1/jobs"),
            ):
                if method == "POST" and "origin" not in headers:
                    continue  # browsers always name the origin of a POST
                answer = await client.request(method, url, headers=headers)
                assert (method, url, answer.status_code) == (method, url, 403), answer.text
        assert not (await peer.services.jobs.list()).items
        allowed = await client.get("/analyze", params={"prompt": "x"}, headers={"origin": friend})
        assert allowed.status_code == 200
        assert allowed.headers["access-control-allow-origin"] == friend


async def test_beyond_this_machine_they_are_served_only_where_that_is_wanted(
    tmp_path: Path,
) -> None:
    urls = ("/api/videos/", "/api/jobs/", "/api/v1/jobs", "/health", "/results/x")
    trusted = ("127.0.0.0/8",)
    for name, compat, networks, wanted in (
        ("closed", False, trusted, {403, 404}),
        ("unknown", True, (), {401}),
        ("open", True, trusted, {200, 404}),
    ):
        folder = tmp_path / name
        served = running(folder, local=False, compat=compat, trusted_networks=networks)
        async with served as peer, peer.client() as client:
            for url in urls:
                answer = await client.get(url)
                assert answer.status_code in wanted, (name, url, answer.text)
            if name == "open":
                assert (await client.get("/api/videos/")).status_code == 200
                # Haven's page knows no tokens, and has a page of settings.
                config = await client.put("/api/config/", json={"analysis_tags": "cat"})
                assert config.json()["analysis_tags"] == "cat"
                token, _ = await peer.services.access.create("tablet", Scope.OPERATE)
                client.headers["authorization"] = f"Bearer {token}"
                config = await client.put("/api/config/", json={"analysis_tags": "dog"})
                assert config.status_code == 403  # a token does what its scope says, and no more
                assert peer.services.preferences.settings.default_tags == "cat"
