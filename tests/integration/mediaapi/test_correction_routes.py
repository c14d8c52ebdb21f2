"""What people say of tags, over HTTP: a real server, a real file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from httpx import AsyncClient
from media_server import LibraryHere, served

from sightline.services.server.access import Scope

MEDIA = "/api/v1/media"


@pytest.fixture
async def one(client: AsyncClient, videos: Path, clip: Path) -> str:
    path = shutil.copy(clip, videos / "day 1.mp4")
    return (await client.post(MEDIA, json={"path": str(path)})).json()["id"]


async def test_they_are_made_listed_and_taken_back(client: AsyncClient, one: str) -> None:
    there = f"{MEDIA}/{one[:12]}/corrections"
    assert (await client.get(there)).json() == {"items": [], "total": 0, "exact": True}
    said = {"tag": "red car", "start": 0.5, "end": 9.0, "replaces": [0.4, 2.0], "note": "in shade"}
    made = await client.post(there, json=said)
    assert made.status_code == 201, made.text
    told = made.json()
    assert told | said | {"end": 3.0} == told, "it ends with the media"
    assert (told["by"], told["present"], told["origin"]) == ("this machine", True, None)
    gone = {"tag": "red car", "start": 1, "end": 2, "present": False}
    after = (await client.post(there, json=gone)).json()
    assert (await client.get(there)).json()["items"] == [told, after]
    assert (await client.delete(f"{there}/{told['id']}")).status_code == 204
    assert (await client.get(there)).json()["items"] == [after]
    again = await client.delete(f"{there}/{told['id']}")
    assert again.status_code == 404
    assert "has no correction" in again.json()["detail"]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"tag": "car", "start": 2, "end": 1}, "end must be later than start"),
        ({"tag": "car", "start": 3.0, "end": 4}, "has no second 3; it lasts 3 s"),
        ({"tag": "two\nlines", "start": 0, "end": 1}, "line break"),
        ({"tag": "car", "start": 0, "end": 1, "replaces": [2, 1]}, "replaces must end later"),
    ],
)
async def test_what_cannot_be_meant_is_refused(
    client: AsyncClient, one: str, said: dict[str, object], why: str
) -> None:
    answer = await client.post(f"{MEDIA}/{one}/corrections", json=said)
    assert answer.status_code in {400, 422}
    assert why in answer.text


async def test_of_a_media_that_there_is_not(client: AsyncClient) -> None:
    there = f"{MEDIA}/{'0' * 64}/corrections"
    said = {"tag": "car", "start": 0, "end": 1}
    assert (await client.get(there)).status_code == 404
    assert (await client.post(there, json=said)).status_code == 404
    assert (await client.delete(f"{there}/{'0' * 32}")).status_code == 404


async def test_who_said_it_is_the_name_of_their_token(library: LibraryHere, one: str) -> None:
    access = library.services.access
    kim, _ = await access.create("Kim", Scope.OPERATE)
    guest, _ = await access.create("Guest", Scope.READ)
    said = {"tag": "car", "start": 0, "end": 1}
    there = f"{MEDIA}/{one}/corrections"
    async with served(library) as client:
        made = await client.post(there, json=said, headers={"authorization": f"Bearer {kim}"})
        assert made.json()["by"] == "Kim"
        looking = {"authorization": f"Bearer {guest}"}
        assert (await client.get(there, headers=looking)).json()["total"] == 1
        assert (await client.post(there, json=said, headers=looking)).status_code == 403
