"""Haven Player's client, written from its document and its running code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from peer import Peer, until

from sightline.services.compat.haven import haven_job_ended
from sightline.services.runs.specs import RunSpec, Wanted
from sightline.testing.behaviour import Behaviour, Fault
from sightline.values import JobState

BOTH = pytest.mark.parametrize("peer", ["sqlite", "postgresql"], indirect=True)
"""On both databases."""
VIDEO = {
    *("id", "path", "title", "duration", "has_ai_data", "thumbnail_path", "position"),
    *("created_at", "phash", "updated_at", "file_size", "file_extension", "mime_type", "codec"),
    *("creator_handle", "source_uri", "analysis_model", "share_to_arkiv"),
}
JOB = {
    *("id", "video_path", "status", "progress", "created_at", "started_at", "completed_at"),
    "error",
}


def named(path: Path) -> str:
    """As the client writes it into a URL."""
    return str(path).lstrip("/")


async def add(client: httpx.AsyncClient, path: Path, **more: Any) -> dict[str, Any]:
    body = {"path": str(path), "title": path.stem, "duration": 4, **more}
    answer = await client.post("/api/videos/", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def ended(client: httpx.AsyncClient, job: int) -> dict[str, Any]:
    async def look() -> dict[str, Any]:
        return (await client.get(f"/api/jobs/{job}")).json()

    return await until(look, lambda seen: seen["status"] in {"completed", "failed"})


async def analyzed(client: httpx.AsyncClient, path: Path) -> dict[str, Any]:
    started = await client.post(f"/api/videos/{named(path)}/analyze")
    assert started.json() == {"job_id": started.json()["job_id"], "status": "started"}
    return await ended(client, started.json()["job_id"])


@BOTH
async def test_from_adding_a_video_to_seeing_what_is_in_it(
    peer: Peer, client: httpx.AsyncClient
) -> None:
    added = await add(client, peer.clip)
    assert added.keys() == VIDEO
    assert added["path"] == str(peer.clip)
    assert (added["duration"], added["has_ai_data"]) == (4, False)
    assert (added["file_size"], added["file_extension"]) == (peer.clip.stat().st_size, ".mp4")
    assert (added["mime_type"], added["share_to_arkiv"]) == ("video/mp4", False)

    job = await analyzed(client, peer.clip)

    assert job.keys() == JOB
    assert (job["status"], job["progress"], job["error"]) == ("completed", 100, None)
    assert job["video_path"] == str(peer.clip)
    marks = (await client.get(f"/api/videos/{named(peer.clip)}/timestamps/")).json()
    assert marks
    for mark in marks:
        assert mark.keys() == {
            *("id", "video_path", "tag_name", "start_time", "end_time", "confidence")
        }
    document = json.loads(peer.beside.read_text())
    told = [
        (tag, frame["start"], frame["end"], frame["confidence"])
        for tag, found in document["tags"].items()
        for frame in found["time_frames"]
    ]
    assert sorted(told) == sorted(
        (m["tag_name"], m["start_time"], m["end_time"], m["confidence"]) for m in marks
    )
    [video] = (await client.get("/api/videos/")).json()
    assert (video["has_ai_data"], video["codec"]) == (True, "h264")


@BOTH
async def test_what_a_person_marked_stays_when_a_video_is_analysed_again(
    peer: Peer, client: httpx.AsyncClient
) -> None:
    await add(client, peer.clip)
    url = f"/api/videos/{named(peer.clip)}/timestamps/"
    await analyzed(client, peer.clip)
    found = (await client.get(url)).json()
    marked = await client.post(url, json={"tag_name": "mine", "start_time": 1.5, "confidence": 1})
    assert marked.status_code == 200
    assert marked.json()["end_time"] is None
    assert marked.json()["id"] > 0

    await analyzed(client, peer.clip)

    now = (await client.get(url)).json()
    key = ("tag_name", "start_time")
    assert sorted(now, key=lambda m: [m[k] for k in key]) == sorted(
        [*found, marked.json()], key=lambda m: [m[k] for k in key]
    )


async def test_a_name_is_told_as_it_is(peer: Peer, client: httpx.AsyncClient) -> None:
    odd = peer.films / "two  spaces, 100 % ünï?.mp4"
    odd.write_bytes(peer.clip.read_bytes())
    await add(client, odd)
    url = f"/api/videos/{quote(named(odd), safe='')}"
    number = (await client.post(f"{url}/analyze")).json()["job_id"]
    assert (await ended(client, number))["video_path"] == str(odd)
    assert len((await client.get(f"{url}/jobs")).json()) == 1
    assert odd.with_name(f"{odd.name}.AI.json").exists()
    [video] = (await client.get("/api/videos/")).json()
    assert (video["path"], video["has_ai_data"]) == (str(odd), True)


async def test_seeing_to_a_job_again_changes_nothing(peer: Peer, client: httpx.AsyncClient) -> None:
    await add(client, peer.clip)
    number = (await analyzed(client, peer.clip))["id"]
    url = f"/api/videos/{named(peer.clip)}/timestamps/"
    before = (await client.get(url)).json()

    job = await peer.services.jobs.get(number)
    assert await haven_job_ended(peer.services.store, job) is None

    assert (await client.get(url)).json() == before


async def test_the_prefixes_of_the_running_code_are_served_too(
    peer: Peer, client: httpx.AsyncClient
) -> None:
    await add(client, peer.clip)
    started = await client.post(f"/api/jobs/videos/{named(peer.clip)}/analyze")
    number = started.json()["job_id"]
    job = await ended(client, number)
    assert (await client.get(f"/api/jobs/jobs/{number}")).json() == job
    for url in ("/api/jobs/jobs/", "/api/jobs/", "/api/jobs/jobs/?status=completed"):
        assert (await client.get(url)).json() == [job]
    assert (await client.get("/api/jobs/?status=failed")).json() == []
    for prefix in ("/api/videos", "/api/jobs/videos"):
        assert (await client.get(f"{prefix}/{named(peer.clip)}/jobs")).json() == [job]
    refused = await client.delete(f"/api/jobs/jobs/{number}")
    assert refused.status_code == 400


async def test_the_list_has_the_highest_position_first(
    peer: Peer, client: httpx.AsyncClient
) -> None:
    paths = [peer.films / f"{name}.mp4" for name in "abc"]
    for path in paths:
        path.write_bytes(peer.clip.read_bytes())
        await add(client, path)

    async def titles(query: str = "") -> list[str]:
        return [video["title"] for video in (await client.get(f"/api/videos/{query}")).json()]

    assert await titles() == ["c", "b", "a"]
    moved = await client.put(f"/api/videos/{named(paths[0])}/move-to-front")
    assert (moved.status_code, moved.json()["title"]) == (200, "a")
    assert await titles() == ["a", "c", "b"]
    assert await titles("?skip=1&limit=1") == ["c"]
    gone = await client.delete(f"/api/videos/{named(paths[2])}")
    assert gone.json().keys() == {"message"}
    assert paths[2].exists()
    assert await titles() == ["a", "b"]


@BOTH
async def test_a_video_is_analysed_once_at_a_time_and_a_cancelled_job_reads_failed(
    peer: Peer, client: httpx.AsyncClient
) -> None:
    peer.slow_down(60)
    await add(client, peer.clip)
    number = (await client.post(f"/api/videos/{named(peer.clip)}/analyze")).json()["job_id"]

    async def asking() -> int:
        return peer.endpoint.in_flight

    await until(asking, lambda in_flight: in_flight > 0)
    again = await client.post(f"/api/videos/{named(peer.clip)}/analyze")
    assert (again.status_code, again.json().keys()) == (400, {"detail"})
    assert (await client.get(f"/api/jobs/{number}")).json()["status"] == "processing"

    cancelled = await client.delete(f"/api/jobs/{number}")

    assert cancelled.json() == {"message": "Job cancelled successfully"}
    job = await ended(client, number)
    assert (job["status"], job["error"]) == ("failed", "Job cancelled by user")
    await until(asking, lambda in_flight: in_flight == 0)
    assert (await client.delete(f"/api/jobs/{number}")).status_code == 400
    assert not peer.beside.exists()


async def test_progress_is_that_of_the_work(peer: Peer, client: httpx.AsyncClient) -> None:
    peer.slow_down(0.7)
    await add(client, peer.clip)
    number = (await client.post(f"/api/videos/{named(peer.clip)}/analyze")).json()["job_id"]
    seen: list[int] = []

    async def look() -> str:
        job = (await client.get(f"/api/jobs/{number}")).json()
        seen.append(job["progress"])
        return job["status"]

    await until(look, lambda status: status == "completed")
    assert seen == sorted(seen)
    assert seen[0] < 100
    assert seen[-1] == 100


async def test_what_is_beside_a_video_is_imported(peer: Peer, client: httpx.AsyncClient) -> None:
    frames = [{"start": 1.5, "end": 4.0, "confidence": 0.93}, {"start": 5, "end": None}]
    known = {"tags": {"cat": {"ai_model_name": "old", "time_frames": frames}}, "more": 1}
    peer.beside.write_text(json.dumps(known))
    assert (await add(client, peer.clip))["has_ai_data"] is True
    marks = (await client.get(f"/api/videos/{named(peer.clip)}/timestamps/")).json()
    assert [(m["tag_name"], m["start_time"], m["end_time"], m["confidence"]) for m in marks] == [
        ("cat", 1.5, 4.0, 0.93),
        ("cat", 5.0, None, 1.0),
    ]
    await analyzed(client, peer.clip)
    marks = (await client.get(f"/api/videos/{named(peer.clip)}/timestamps/")).json()
    assert "cat" not in {mark["tag_name"] for mark in marks}


async def test_what_cannot_be_read_is_not_imported(peer: Peer, client: httpx.AsyncClient) -> None:
    malformed = '{"tags": {"a": {"time_frames": [{"start": "x"}]}}}'
    for content in ("{", "[]", malformed, "\0", "[" * 9999):
        peer.beside.write_text(content)
        assert (await add(client, peer.clip))["has_ai_data"] is False, content
        await client.delete(f"/api/videos/{named(peer.clip)}")


async def test_a_file_that_leads_out_of_the_folders_is_not_imported(
    peer: Peer, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text('{"tags": {"a": {"time_frames": [{"start": 1}]}}}')
    peer.beside.symlink_to(secret)
    assert (await add(client, peer.clip))["has_ai_data"] is False


async def test_a_file_that_cannot_be_written_is_a_note_and_no_failure(
    peer: Peer, client: httpx.AsyncClient
) -> None:
    await add(client, peer.clip)
    peer.beside.mkdir()
    job = await analyzed(client, peer.clip)
    assert (job["status"], job["error"]) == ("completed", None)
    assert (await client.get(f"/api/videos/{named(peer.clip)}/timestamps/")).json()

    async def story() -> str:
        kept = await peer.services.jobs.get(job["id"])
        return kept.note + " ".join(line.what for line in kept.story)

    assert ".AI.json could not be written" in await until(story, lambda told: "AI.json" in told)


async def test_a_format_without_a_word_for_unknown_is_not_written_of_a_part(
    peer: Peer, client: httpx.AsyncClient
) -> None:
    peer.endpoint.behaviour = Behaviour(seed=1, faults={Fault.EMPTY: 0.5})
    await add(client, peer.clip)
    job = await analyzed(client, peer.clip)
    assert job["status"] == "completed"
    kept = await peer.services.jobs.get(job["id"])
    assert kept.state is JobState.PARTIAL
    assert not peer.beside.exists()


async def test_settings(peer: Peer, client: httpx.AsyncClient) -> None:
    known = (await client.get("/api/config/")).json()
    assert known == {
        "id": 1,
        "analysis_tags": "car, dog",
        "llm_base_url": peer.endpoint.base_url,
        "llm_model": "truthful",
        "max_batch_size": 4,
    }
    changed = await client.put("/api/config/", json={**known, "analysis_tags": "dog"})
    assert changed.json() == {**known, "analysis_tags": "dog"}
    assert peer.services.preferences.settings.default_tags == "dog"
    fewer = {"analysis_tags": "dog", "max_batch_size": 2}
    assert (await client.put("/api/config/", json=fewer)).json() == {**known, **fewer}
    assert peer.services.preferences.settings.endpoints["one"].slots == 2
    for tags in ("", " , ,"):
        refused = await client.put("/api/config/", json={"analysis_tags": tags})
        assert (refused.status_code, refused.json().keys()) == (400, {"detail"})
    for size in (0, 11):
        refused = await client.put("/api/config/", json={**known, "max_batch_size": size})
        assert refused.status_code == 422
        assert refused.json()["detail"][0].keys() == {"loc", "msg", "type"}
    assert (await client.get("/api/config/")).json()["analysis_tags"] == "dog"


async def test_no_other_file_comes_into_the_list(
    peer: Peer, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    (tmp_path / "secret.mp4").write_bytes(b"secret")
    (peer.films / "link.mp4").symlink_to(tmp_path / "secret.mp4")
    within = ("/../secret.mp4", "/none.mp4", "", "/link.mp4", "/a\0b.mp4", "/\ud800.mp4")
    outside = ("/etc/passwd", "relative.mp4", "/", "", "/dev/zero", "/proc/self/environ")
    for path in (*(f"{peer.films}{one}" for one in within), *outside, "/" + "x" * 5000):
        sent = json.dumps({"path": path, "title": "x", "duration": 1}).encode()
        headers = {"content-type": "application/json"}
        answer = await client.post("/api/videos/", content=sent, headers=headers)
        assert 400 <= answer.status_code < 500, (path, answer.text)
        assert answer.json().keys() == {"detail"}, path
    assert (await client.get("/api/videos/")).json() == []


async def test_what_is_not_there_is_told_as_fastapi_tells_it(client: httpx.AsyncClient) -> None:
    for method, url, status in (
        ("GET", "/api/videos/none.mp4/timestamps/", 404),
        ("GET", "/api/videos/none.mp4/jobs", 404),
        ("POST", "/api/videos/none.mp4/analyze", 404),
        ("PUT", "/api/videos/none.mp4/move-to-front", 404),
        ("DELETE", "/api/videos/none.mp4", 404),
        ("GET", "/api/videos/%00/jobs", 400),
        ("GET", "/api/videos/%ED%A0%80/jobs", 404),
        ("GET", "/api/videos/..%2f..%2fetc%2fpasswd/jobs", 404),
        ("GET", "/api/jobs/99", 404),
        ("DELETE", "/api/jobs/99", 404),
    ):
        answer = await client.request(method, url)
        assert answer.status_code == status, (url, answer.text)
        assert answer.json().keys() == {"detail"}


async def test_what_cannot_be_meant_is_no_fault_of_the_server(client: httpx.AsyncClient) -> None:
    for url in (
        "/api/jobs/99999999999999999999999",
        "/api/jobs/?skip=-1",
        "/api/jobs/?limit=99999999999999999999",
        "/api/videos/?skip=99999999999999999999",
        "/api/jobs/?status=nonsense",
        "/api/jobs/nonsense",
    ):
        answer = await client.get(url)
        assert answer.status_code == 422, answer.text
        assert answer.json().keys() == {"detail"}


async def test_a_job_of_another_door_is_none_of_havens(
    peer: Peer, client: httpx.AsyncClient
) -> None:
    spec = RunSpec.read({"tags": ["car"]})
    job, _ = await peer.services.jobs.create(Wanted(spec=spec, paths=(peer.clip,)))
    assert (await client.get(f"/api/jobs/{job.number}")).status_code == 404
    assert (await client.get("/api/jobs/")).json() == []
    await until(lambda: peer.services.jobs.get(job.id), lambda now: now.state.ended)
