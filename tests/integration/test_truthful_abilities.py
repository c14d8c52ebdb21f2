"""What the truthful endpoint can be made unable to do, in both of its protocols."""

from __future__ import annotations

import asyncio
import base64
import json
import math
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
import simplejpeg

from sightline.prompts import replies, templates
from sightline.testing.behaviour import Behaviour
from sightline.testing.drawing import picture
from sightline.testing.endpoint import TruthfulEndpoint
from sightline.testing.truth import random_truth
from sightline.values import Presence

TRUTH = random_truth(21, duration_s=30, size=(512, 288))
TAGS = TRUTH.tags[:4]


def jpeg(frame: int) -> str:
    luma = picture(TRUTH, frame)[:288]
    rgb = np.ascontiguousarray(np.stack([luma] * 3, axis=2))
    return base64.b64encode(simplejpeg.encode_jpeg(rgb, quality=85)).decode()


def chat(
    frames: Sequence[int], *, verdicts: bool = False, schema: bool = True, **fields: object
) -> dict[str, object]:
    """One picture for each frame, all tags about each of them."""
    several = len(frames) > 1
    numbers = [n for n in range(1, len(frames) + 1) for _ in TAGS] if several else []
    questions = [templates.presence(tag) for _ in frames for tag in TAGS]
    prompt = templates.compose(questions, pictures=numbers, verdicts=verdicts)
    parts: list[dict[str, object]] = []
    for number, frame in enumerate(frames, 1):
        url = f"data:image/jpeg;base64,{jpeg(frame)}"
        parts.append({"type": "text", "text": templates.picture_line(number, frame / 10)})
        parts.append({"type": "image_url", "image_url": {"url": url}})
    parts.append({"type": "text", "text": prompt.text})
    form = {"type": "json_schema", "json_schema": {"name": "a", "schema": prompt.schema}}
    wanted = {"response_format": form} if schema else {}
    message = {"role": "user", "content": parts}
    return {"model": "truthful", "messages": [message], **wanted, **fields}


def truth_at(frame: int) -> dict[str, float]:
    return {tag: float(tag in TRUTH.present(frame)) for tag in TAGS}


class Client:
    def __init__(self, server: TruthfulEndpoint, http: httpx2.AsyncClient) -> None:
        self.server = server
        self.http = http

    async def post(self, path: str, body: object) -> httpx2.Response:
        return await self.http.post(f"{self.server.url}{path}", json=body)

    async def choice(self, body: object) -> dict[str, Any]:
        response = await self.post("/v1/chat/completions", body)
        assert response.status_code == 200, response.text
        return response.json()["choices"][0]

    async def said(self, body: object) -> dict[str, Any]:
        return json.loads((await self.choice(body))["message"]["content"])


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with (
        TruthfulEndpoint(TRUTH) as server,
        httpx2.AsyncClient(timeout=30, trust_env=False) as http,
    ):
        yield Client(server, http)


@pytest.mark.parametrize("schema", [True, False])
async def test_pictures_are_answered_one_by_one(client: Client, *, schema: bool) -> None:
    frames = [3, 100, 200]
    said = await client.said(chat(frames, schema=schema))
    assert said == {str(n): truth_at(frame) for n, frame in enumerate(frames, 1)}
    lines = {(line.frame, line.tag): line.answer for line in client.server.log.lines}
    assert lines == {(f, tag): p for f in frames for tag, p in truth_at(f).items()}


async def test_each_picture_may_have_its_own_questions(client: Client) -> None:
    questions = [templates.presence(tag) for tag in (TAGS[0], TAGS[1], TAGS[1])]
    prompt = templates.compose(questions, pictures=[1, 1, 2])
    body = chat([3, 100], schema=False)
    body["messages"][0]["content"][-1]["text"] = prompt.text  # pyright: ignore[reportIndexIssue]
    said = json.dumps(await client.said(body))
    values = replies.read(questions, said, pictures=[1, 1, 2])
    wanted = [truth_at(3)[TAGS[0]], truth_at(3)[TAGS[1]], truth_at(100)[TAGS[1]]]
    assert values == [Presence(p) for p in wanted]
    assert len(client.server.log.lines) == 3


async def test_more_pictures_than_it_takes(client: Client) -> None:
    frames = [3, 100, 200]
    client.server.behaviour = Behaviour(max_pictures=2)
    response = await client.post("/v1/chat/completions", chat(frames))
    assert response.status_code == 400
    assert "At most 2 image(s)" in response.text
    assert client.server.log.lines[-1].outcome == "too_many_pictures"
    nothing = dict.fromkeys(TAGS, 0.0)
    client.server.behaviour = Behaviour(max_pictures=2, overflow="drop_first")
    assert await client.said(chat(frames)) == {
        "1": truth_at(100), "2": truth_at(200), "3": nothing,
    }  # fmt: skip
    client.server.behaviour = Behaviour(max_pictures=2, overflow="drop_last")
    assert await client.said(chat(frames)) == {
        "1": truth_at(3), "2": truth_at(100), "3": nothing,
    }  # fmt: skip


async def test_pictures_in_another_order(client: Client) -> None:
    client.server.behaviour = Behaviour(reorders=True)
    assert await client.said(chat([3, 100])) == {"1": truth_at(100), "2": truth_at(3)}


async def test_too_long_a_request(client: Client) -> None:
    client.server.behaviour = Behaviour(context_tokens=500)
    response = await client.post("/v1/chat/completions", chat([3, 100]))
    assert response.status_code == 400
    assert "500 tokens" in response.text
    models = (await client.http.get(f"{client.server.base_url}/models")).json()
    assert models["data"][0]["max_model_len"] == 500


async def test_one_that_does_not_look(client: Client) -> None:
    client.server.behaviour = Behaviour(blind="yes")
    assert await client.said(chat([3])) == dict.fromkeys(TAGS, 1.0)
    client.server.behaviour = Behaviour(blind="chance", seed=3)
    said = [await client.said(chat([frame])) for frame in (3, 100, 200, 250)]
    assert {p for one in said for p in one.values()} == {0.0, 1.0}
    assert [await client.said(chat([3]))] == said[:1]


async def test_log_probabilities_of_verdicts(client: Client) -> None:
    frame = TRUTH.events[TAGS[0]][0][0]
    body = chat([frame], verdicts=True, logprobs=True, top_logprobs=5)
    assert (await client.choice(body)).get("logprobs") is None
    client.server.behaviour = Behaviour(logprobs=True, doubt=0.4)
    choice = await client.choice(body)
    tokens = choice["logprobs"]["content"]
    assert "".join(token["token"] for token in tokens) == choice["message"]["content"]
    said = json.loads(choice["message"]["content"])
    assert said == {tag: "yes" if p else "no" for tag, p in truth_at(frame).items()}
    verdicts = [token for token in tokens if len(token["top_logprobs"]) == 2]
    assert [token["token"] for token in verdicts] == list(said.values())
    for token in verdicts:
        chances = {one["token"]: math.exp(one["logprob"]) for one in token["top_logprobs"]}
        assert sum(chances.values()) == pytest.approx(1.0)
        assert chances[token["token"]] > 0.5


async def test_json_objects(client: Client) -> None:
    body = chat([3], schema=False, response_format={"type": "json_object"})
    body["messages"][0]["content"][-1]["text"] = "Describe it."  # pyright: ignore[reportIndexIssue]
    assert set(await client.said(body)) == {"answer"}
    client.server.behaviour = Behaviour(json_object=False)
    assert (await client.choice(body))["message"]["content"].startswith("Picture 1, frame at")
    client.server.behaviour = Behaviour(schema="rejected")
    assert set(await client.said(body)) == {"answer"}


# ----------------------------------------------------------------------------------- Ollama


def ollama_chat(**fields: object) -> dict[str, object]:
    prompt = templates.compose([templates.presence(tag) for tag in TAGS])
    message = {"role": "user", "content": prompt.text, "images": [jpeg(3)]}
    body = {"model": "truthful", "messages": [message], "stream": False, "format": prompt.schema}
    return {**body, **fields}


async def test_ollamas_chat(client: Client) -> None:
    reply = (await client.post("/api/chat", ollama_chat())).json()
    assert json.loads(reply["message"]["content"]) == truth_at(3)
    assert (reply["done"], reply["done_reason"]) == (True, "stop")
    assert reply["eval_count"] > 0
    cut = await client.post("/api/chat", ollama_chat(options={"num_predict": 3}))
    assert cut.json()["done_reason"] == "length"
    streamed = await client.post("/api/chat", ollama_chat(stream=True))
    lines = [json.loads(line) for line in streamed.text.splitlines()]
    assert "".join(line["message"]["content"] for line in lines) == reply["message"]["content"]
    assert [line["done"] for line in lines][-2:] == [False, True]


async def test_ollamas_log_probabilities(client: Client) -> None:
    client.server.behaviour = Behaviour(logprobs=True)
    reply = await client.post("/api/chat", ollama_chat(logprobs=True, top_logprobs=2))
    assert reply.json()["logprobs"][0]["top_logprobs"]
    assert "logprobs" not in (await client.post("/api/chat", ollama_chat())).json()


async def test_ollamas_refusals_are_in_its_form(client: Client) -> None:
    response = await client.post("/api/chat", ollama_chat(model="other"))
    assert (response.status_code, type(response.json()["error"])) == (404, str)
    assert (await client.post("/api/show", {"model": "other"})).status_code == 404
    assert (await client.post("/api/pull", {"model": "missing"})).status_code == 500
    assert (await client.post("/api/show", {})).status_code == 400


async def test_ollamas_models(client: Client) -> None:
    async def get(path: str) -> dict[str, Any]:
        return (await client.http.get(f"{client.server.url}{path}")).json()

    client.server.behaviour = Behaviour(context_tokens=4096)
    assert (await get("/api/version"))["version"]
    (card,) = (await get("/api/tags"))["models"]
    assert card["name"] == "truthful"
    show = (await client.post("/api/show", {"model": "truthful"})).json()
    assert show["capabilities"] == ["completion", "vision"]
    assert (await get("/api/ps"))["models"][0]["context_length"] == 4096
    client.server.behaviour = Behaviour(weights="other")
    assert (await get("/api/tags"))["models"][0]["digest"] != card["digest"]
    lines = (await client.post("/api/pull", {"model": "new"})).text.splitlines()
    assert json.loads(lines[-1]) == {"status": "success"}
    assert {"total", "completed"} < set(json.loads(lines[1]))
    assert [one["name"] for one in (await get("/api/tags"))["models"]] == ["truthful", "new"]
    assert (await client.post("/api/chat", ollama_chat(model="new"))).status_code == 200


async def test_every_ability_can_be_set_on_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "truth.json").write_text(TRUTH.to_json())
    command = ["-m", "sightline.testing.serve"]
    command += ["--truth", str(tmp_path / "truth.json"), "--max-pictures", "2", "--context", "999"]
    command += ["--overflow", "drop_last", "--reorders", "--downscale-to", "300", "--logprobs"]
    command += ["--no-json-object", "--blind", "yes", "--weights", "w"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        url = (await process.stdout.readline()).decode().strip()
        async with httpx2.AsyncClient(timeout=30, trust_env=False) as http:
            models = (await http.get(f"{url}/v1/models")).json()["data"]
            assert models[0]["max_model_len"] == 999
            body = chat([3, 100], verdicts=True, logprobs=True, top_logprobs=2)
            (choice,) = (await http.post(f"{url}/v1/chat/completions", json=body)).json()["choices"]
        assert choice["logprobs"]["content"]
        said = json.loads(choice["message"]["content"])
        assert said == {n: dict.fromkeys(TAGS, "yes") for n in ("1", "2")}
    finally:
        process.terminate()
        await process.wait()
