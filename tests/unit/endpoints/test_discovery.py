"""Finding model servers on loopback: what is found, what is chosen, what a person is told."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from scripted import Heard, Say, Script, ScriptedServer, failure, serving

from sightline.endpoints import discovery
from sightline.endpoints.catalog import Kind
from sightline.endpoints.discovery import Choice, Discovered, choose, discover, report
from sightline.values import ServedModel


def replies(paths: dict[str, Any]) -> Script:
    def script(heard: Heard) -> Say:
        found = paths.get(heard.path, Say(b"<html>not found</html>", 404))
        return found if isinstance(found, Say) else Say(found)

    return script


def listed(*names: str, owner: str) -> dict[str, Any]:
    return {"object": "list", "data": [{"id": name, "owned_by": owner} for name in names]}


def ollama(heard: Heard) -> Say:
    if heard.path == "/v1/models":
        return Say(listed("llama3", "nomic", "qwen2.5vl", owner="library"))
    if heard.path == "/api/tags":
        return Say({"models": [{"name": "qwen2.5vl", "digest": "fb90415cde1e"}, {"name": None}]})
    assert (heard.method, heard.path) == ("POST", "/api/show")
    abilities = {
        "llama3": ["completion", "tools"],
        "nomic": ["embedding"],
        "qwen2.5vl": ["completion", "vision"],
    }
    return Say({"capabilities": abilities[heard.json["model"]]})


LM_STUDIO = replies(
    {
        "/v1/models": listed("text", "seer", "ready-seer", "vectors", owner="organization_owner"),
        "/api/v0/models": {
            "data": [
                {"id": "text", "type": "llm", "state": "loaded"},
                {"id": "seer", "type": "vlm", "state": "not-loaded"},
                {"id": "ready-seer", "type": "vlm", "state": "loaded"},
                {"id": "vectors", "type": "embeddings", "state": "loaded"},
            ]
        },
    }
)
VLLM = replies({"/v1/models": listed("Qwen/Qwen2.5-VL-3B-Instruct", owner="vllm")})
LLAMA_CPP = replies(
    {
        "/v1/models": listed("tiny.gguf", owner="llamacpp"),
        "/props": {"modalities": {"vision": True, "audio": False}},
    }
)
BLIND_LLAMA_CPP = replies(
    {"/v1/models": listed("t.gguf", owner="llamacpp"), "/props": {"modalities": {"vision": False}}}
)


@asynccontextmanager
async def machine(**scripts: Script) -> AsyncGenerator[dict[str, ScriptedServer]]:
    async with AsyncExitStack() as stack:
        yield {
            name: await stack.enter_async_context(serving(script))
            for name, script in scripts.items()
        }


NAMES = {"lm": "LM Studio", "ollama": "Ollama", "vllm": "vLLM", "llama": "llama.cpp"}


async def found_on(**scripts: Script) -> tuple[Discovered, ...]:
    async with machine(**scripts) as servers:
        return await discover({NAMES[name]: server.port for name, server in servers.items()})


async def test_each_kind_tells_in_its_own_way_which_models_see() -> None:
    found = await found_on(lm=LM_STUDIO, ollama=ollama, vllm=VLLM, llama=LLAMA_CPP)
    assert [server.kind for server in found] == list(Kind)[:4]
    assert [server.name for server in found] == ["lm-studio", "ollama", "vllm", "llama.cpp"]
    lm_studio, ollamas, vllm, llama_cpp = (server.models for server in found)
    assert lm_studio == (
        ServedModel("text", vision=False),
        ServedModel("seer", vision=True, loaded=False),
        ServedModel("ready-seer", vision=True),
    )
    assert ollamas == (
        ServedModel("llama3", vision=False),
        ServedModel("qwen2.5vl", vision=True, fingerprint="fb90415cde1e"),
    )
    assert vllm == (ServedModel("Qwen/Qwen2.5-VL-3B-Instruct", vision=None),)
    assert llama_cpp == (ServedModel("tiny.gguf", vision=True),)


async def test_a_server_is_known_by_its_words_rather_than_by_its_port() -> None:
    (found,) = await found_on(vllm=LLAMA_CPP)
    assert found.kind is Kind.LLAMA_CPP
    assert found.models[0].vision is True


async def test_weights_that_a_server_describes_have_a_fingerprint() -> None:
    def script(size: int) -> Script:
        card = {"id": "m.gguf", "owned_by": "llamacpp", "created": 7, "meta": {"size": size}}
        return replies({"/v1/models": {"data": [card]}, "/props": {}})

    found = [(await found_on(llama=script(size)))[0].models[0] for size in (1, 1, 2)]
    first, same, other = (model.fingerprint for model in found)
    assert first
    assert first == same
    assert first != other


async def test_a_server_that_never_stops_talking_is_reported_as_such(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(discovery, "_WHOLE_S", 0.2)
    (found,) = await found_on(vllm=replies({"/v1/models": Say(b"{", trickle=True)}))
    assert "no whole list of its models" in found.problem


async def test_what_is_no_model_server_is_left_out() -> None:
    not_found = replies({})
    page = replies({"/v1/models": Say(b"<html>My router</html>")})
    number = replies({"/v1/models": 7})
    redirect = replies({"/v1/models": Say(b"", 302, {"location": "http://192.0.2.1/"})})
    huge = replies({"/v1/models": Say(b" " * (2 << 20))})
    for script in (not_found, page, number, redirect, huge):
        assert await found_on(vllm=script) == ()


async def test_a_server_that_loads_or_wants_a_key_is_reported_as_such() -> None:
    loading = replies({"/v1/models": failure(503, "Loading model")})
    guarded = replies({"/v1/models": failure(401, "Unauthorized")})
    found = await found_on(llama=loading, vllm=guarded)
    assert [server.models for server in found] == [(), ()]
    assert choose(found) is None
    lines = "\n".join(report(found, None))
    assert "Loading model" in lines
    assert "wants an API key" in lines


async def test_a_server_that_will_not_tell_sight_leaves_it_unknown() -> None:
    bare = replies({"/v1/models": listed("m", owner="organization_owner")})
    odd = replies({"/v1/models": listed("m", owner="llamacpp"), "/props": {"modalities": {}}})
    for server in await found_on(lm=bare, llama=odd):
        assert server.models == (ServedModel("m", vision=None),)


async def test_a_seeing_model_is_chosen_before_an_unknown_one_and_a_loaded_one_first() -> None:
    found = await found_on(vllm=VLLM, lm=LM_STUDIO)
    choice = choose(found)
    assert choice == Choice(found[1], ServedModel("ready-seer", vision=True))
    assert report(found, choice)[-1] == "Using ready-seer of LM Studio."
    choice = choose(found[:1])
    assert choice is not None
    assert choice.model.vision is None
    assert "does not say whether" in report(found[:1], choice)[-1]


async def test_a_blind_or_empty_server_is_never_chosen_and_the_way_out_is_told() -> None:
    empty = replies({"/v1/models": {"object": "list", "data": None}})
    found = await found_on(llama=BLIND_LLAMA_CPP, ollama=empty)
    assert choose(found) is None
    lines = report(found, None)
    assert "t.gguf (text only)" in lines[0]
    assert "no model is loaded" in lines[1]
    assert "llama-server -hf" in lines[2]
    assert "ollama pull" in lines[2]


def test_when_there_is_nothing_it_says_how_to_get_a_model() -> None:
    lines = report((), choose(()))
    assert "11434" in lines[0]
    assert "ollama pull" in lines[1]


def test_looking_for_nothing_imports_no_http_client_and_no_sdk() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound, not listening: a connection is refused
        code = (
            "import asyncio, sys, sightline.endpoints\n"
            "from sightline.endpoints.discovery import choose, discover, report\n"
            f"found = asyncio.run(discover({{'Ollama': {closed.getsockname()[1]}}}))\n"
            "assert found == () and choose(found) is None and report(found, None)\n"
            "heavy = {'openai', 'httpx2', 'pydantic', 'numpy'} & sys.modules.keys()\n"
            "assert not heavy, heavy\n"
        )
        subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("says", [Say(hang=True), Say(b"{", break_off=True)])
async def test_a_server_that_breaks_off_or_hangs_is_a_problem_and_not_a_wait(
    says: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sightline.endpoints.discovery._REPLY_S", 0.2)
    (found,) = await found_on(vllm=lambda _: says)
    assert found.problem
    assert choose([found]) is None
