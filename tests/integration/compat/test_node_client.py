"""VLM Node's web page and its `curl` recipes."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest
from peer import Peer, pictures_of, running, until

BOTH = pytest.mark.parametrize("peer", ["sqlite", "postgresql"], indirect=True)
"""On both databases."""
JOB = {
    *("id", "status", "created_at", "updated_at", "domain_id", "query", "hash", "input", "output"),
    *("error", "job_type"),
}
DOOR = "2a9e0f3c-8a51-4a7b-9c39-7c6f0a1b2c3d"
NAMES = (
    "photo_photo_req_1754816076435_617bqy2_20250810_165440.jpg",
    f"photo_{DOOR}_20250810_165430.jpg",
    "undated.jpg",
)
ENDED = {"completed", "failed", "cancelled"}


@pytest.fixture
async def photos(peer: Peer) -> Path:
    """Three pictures in an allowed folder; as files they are not in the order of time."""
    folder = peer.films / "lab"
    folder.mkdir()
    for name, picture in zip(NAMES, await pictures_of(peer.clip), strict=True):
        (folder / name).write_bytes(picture)
    return folder


def wanted(**more: Any) -> dict[str, Any]:
    asked = {"prompt": "What is there?", "webhook_url": "", "vlm_prompt": ""}
    usual: dict[str, Any] = {
        "job_type": "vlm_only",
        "domain_id": "films/lab",
        "query": {"ids": []},
        "input": asked,
    }
    return usual | more


async def create(client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    answer = await client.post("/api/v1/jobs", json=wanted(**more))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def ended(client: httpx.AsyncClient, job: dict[str, Any]) -> dict[str, Any]:
    async def look() -> dict[str, Any]:
        return (await client.get(f"/api/v1/jobs/{job['id']}")).json()

    return await until(look, lambda seen: seen["status"] in ENDED)


@pytest.mark.usefixtures("photos")
@BOTH
async def test_each_picture_is_asked_about_and_told_in_the_order_of_time(
    peer: Peer, client: httpx.AsyncClient
) -> None:
    made = await create(client)
    assert made.keys() == JOB
    assert uuid.UUID(made["id"]).version == 4
    assert made["job_type"] == "vlm_only"
    assert made["status"] in {"pending", "running"}
    assert (made["output"], made["error"], made["hash"]) == (None, None, "")
    assert made["domain_id"] == "films/lab"
    assert made["input"].keys() == {"prompt", "webhook_url", "vlm_prompt"}
    assert made["input"]["prompt"] == "What is there?"

    job = await ended(client, made)

    assert (job["status"], job["error"]) == ("completed", None)
    assert job["output"].keys() == {"responses"}
    responses = job["output"]["responses"]
    assert all(one.keys() == {"image_id", "timestamp", "response"} for one in responses)
    assert [one["image_id"] for one in responses] == [DOOR, NAMES[0], NAMES[2]]
    assert [one["timestamp"] for one in responses] == [
        "2025-08-10T16:54:30+00:00",
        "2025-08-10T16:54:40+00:00",
        None,
    ]
    said = {line.answer for line in peer.endpoint.log.lines}
    assert {one["response"] for one in responses} == said
    assert (await client.get("/api/v1/jobs?limit=100")).json() == [job]


@pytest.mark.usefixtures("photos")
async def test_a_query_selects(client: httpx.AsyncClient) -> None:
    queries: tuple[tuple[dict[str, Any], list[str]], ...] = (
        ({"ids": [DOOR]}, [DOOR]),
        ({"ids": [NAMES[2]]}, [NAMES[2]]),
        ({"name": "UNDATED"}, [NAMES[2]]),
        ({"name": "photo", "data_type": "image/jpeg"}, [DOOR, NAMES[0]]),
        ({"ids": [], "data_type": "jpg"}, [DOOR, NAMES[0], NAMES[2]]),
    )
    for query, found in queries:
        job = await ended(client, await create(client, query=query))
        assert [one["image_id"] for one in job["output"]["responses"]] == found
        assert job["query"] == {name: value for name, value in query.items() if value}


async def test_without_a_domain_the_pictures_of_the_library_are_meant(
    peer: Peer, client: httpx.AsyncClient, photos: Path
) -> None:
    await peer.services.folders.add(str(photos / NAMES[1]))
    await peer.services.folders.add(str(peer.clip))
    job = await ended(client, await create(client, domain_id="", query={}))
    assert [one["image_id"] for one in job["output"]["responses"]] == [DOOR]
    assert (job["domain_id"], job["query"]) == ("", {})


@pytest.mark.usefixtures("photos")
async def test_lists_are_bare_and_newest_first(client: httpx.AsyncClient) -> None:
    jobs = [
        await ended(client, await create(client, input={"prompt": f"Question {n}"}))
        for n in range(3)
    ]
    newest = [job["id"] for job in reversed(jobs)]

    async def ids(query: str) -> list[str]:
        return [job["id"] for job in (await client.get(f"/api/v1/jobs{query}")).json()]

    assert await ids("") == newest
    assert await ids("?limit=1&offset=1") == newest[1:2]
    assert await ids("?status=completed&job_type=vlm_only") == newest
    for nothing in ("?status=failed", "?status=completing", "?job_type=task_timing_v1"):
        assert await ids(nothing) == []


@pytest.mark.usefixtures("photos")
async def test_a_retry_with_another_question_is_another_job(
    peer: Peer, client: httpx.AsyncClient
) -> None:
    peer.slow_down(30)
    job = await create(client)
    url = f"/api/v1/jobs/{job['id']}"
    same = {"job_type": "vlm_only", "input": {"prompt": "What is there?"}}
    early = await client.put(url, json=same)
    assert (early.status_code, early.headers["content-type"].split(";")[0]) == (400, "text/plain")
    await peer.services.jobs.cancel(await peer.services.jobs.get(job["id"]))
    assert (await ended(client, job))["status"] == "cancelled"
    peer.slow_down(0)

    mismatch = await client.put(url, json={**same, "job_type": "task_timing_v1"})
    assert (mismatch.status_code, mismatch.text) == (400, "Job type mismatch")
    retried = (await client.put(url, json=same)).json()
    assert retried["id"] == job["id"]
    assert (retried["output"], retried["error"]) == (None, None)
    assert (await ended(client, retried))["status"] == "completed"

    other = await client.put(url, json={"job_type": "vlm_only", "input": {"prompt": "Who?"}})
    assert other.json()["id"] != job["id"]
    again = await ended(client, other.json())
    assert (again["input"]["prompt"], len(again["output"]["responses"])) == ("Who?", 3)


@pytest.mark.usefixtures("photos")
async def test_what_cannot_be_done_is_told_in_plain_text(
    peer: Peer, client: httpx.AsyncClient
) -> None:
    posted: tuple[tuple[Any, int], ...] = (
        (wanted(job_type="task_timing_v1"), 501),
        (wanted(job_type="nonsense"), 400),
        (wanted(job_type=""), 400),
        (wanted(query={"ids": 5}), 400),
        (wanted(query="nonsense"), 400),
        (wanted(query={"name": "nowhere"}), 400),
        (wanted(domain_id="nowhere"), 400),
        (wanted(domain_id="/etc"), 400),
        (wanted(domain_id="films/../.."), 400),
        (wanted(domain_id="films/none"), 400),
        (wanted(input={"prompt": ""}), 400),
        (wanted(input={"prompt": "x" * 20_001}), 400),
        (wanted(input={"prompt": "x", "webhook_url": "ftp://nowhere"}), 400),
        (wanted(input={"prompt": "x", "webhook_url": "http://127.0.0.1/hook"}), 400),
        ({}, 400),
        ([], 400),
    )
    for body, status in posted:
        answer = await client.post("/api/v1/jobs", json=body)
        assert (answer.status_code, body) == (status, body), answer.text
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.text
    for content in (b"", b"{", b'{"input": {"prompt": "\\ud800"}}', b"\xff\xfe"):
        answer = await client.post("/api/v1/jobs", content=content)
        assert answer.status_code == 400, answer.text
    for url, status in (
        ("/api/v1/jobs/none", 404),
        ("/api/v1/jobs/1", 404),
        ("/api/v1/jobs?status=nonsense", 400),
        ("/api/v1/jobs?limit=-1", 422),
        ("/api/v1/jobs?offset=99999999999999999999", 422),
    ):
        answer = await client.get(url)
        assert answer.status_code == status, url
        assert answer.headers["content-type"].startswith("text/plain")
    assert (await client.get("/api/v1/jobs")).json() == []


@pytest.mark.usefixtures("photos")
async def test_the_outer_job_type_wins(client: httpx.AsyncClient) -> None:
    asked = {"prompt": "x", "job_type": "task_timing_v1"}
    job = await ended(client, await create(client, input=asked))
    assert job["job_type"] == "vlm_only"
    inner = wanted(input=asked)
    del inner["job_type"]
    assert (await client.post("/api/v1/jobs", json=inner)).status_code == 501


async def test_a_webhook_tells_of_the_end_in_its_words(tmp_path: Path) -> None:
    """The message waits in the outbox in the shape that a receiver of VLM Node's expects."""
    async with running(tmp_path / "other", webhooks={"private": True}) as other:
        folder = other.films / "lab"
        folder.mkdir()
        [picture] = await pictures_of(other.clip, 1)
        (folder / NAMES[1]).write_bytes(picture)
        async with other.client() as client:
            asked = {"prompt": "What is there?", "webhook_url": "http://127.0.0.1:9/hook"}
            job = await ended(client, await create(client, input=asked))
            assert job["input"]["webhook_url"] == asked["webhook_url"]
            page = await other.services.deliveries.list(job["id"])
    [sent] = page.items
    assert sent.url == "node+http://127.0.0.1:9/hook"
    assert json.loads(sent.body) == {"job_id": job["id"], "data": job["output"], "error": None}
