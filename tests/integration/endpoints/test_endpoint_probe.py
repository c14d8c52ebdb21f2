"""A probe of the truthful endpoint finds what it was told to be, and of others what they are."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from sightline.endpoints import ollama, openai, pixels
from sightline.endpoints.probing import probe
from sightline.errors import EndpointDown, ModelMissing, Unauthorized
from sightline.ports import EndpointKind, Given
from sightline.settings import EndpointSettings
from sightline.testing.behaviour import Behaviour, Fault
from sightline.testing.endpoint import TruthfulEndpoint
from sightline.testing.truth import random_truth
from sightline.values import Profile, Role

TRUTH = random_truth(5)
KINDS: dict[str, EndpointKind] = {"openai": openai.kind, "ollama": ollama.kind}


async def probed(
    behaviour: Behaviour,
    *,
    kind: str = "openai",
    told: list[str] | None = None,
    most_pictures: int = 4,
    role: Role = Role.BOTH,
) -> Profile:
    async with TruthfulEndpoint(TRUTH, behaviour) as server:
        settings = EndpointSettings(kind=kind, url=server.url, role=role, timeout_s=30)
        return await probe(
            Given("lab", settings),
            KINDS[kind],
            told=(told if told is not None else []).append,
            most_pictures=most_pictures,
            most_parallel=2,
        )


async def test_an_endpoint_that_can_do_everything() -> None:
    told: list[str] = []
    found = await probed(Behaviour(logprobs=True, context_tokens=9000), told=told, most_pictures=8)
    assert found.canaries_asked >= 12
    assert (found.accuracy, found.wrong) == (1.0, False)
    assert (found.model, found.pictures, found.overflow) == ("truthful", 8, "")
    assert (found.schema, found.json_object, found.logprobs) == ("honoured", True, True)
    assert (found.streaming, found.context_tokens, found.longest_side) == (True, 9000, 2048)
    assert found.parallel in {1, 2}
    assert found.latency_s > 0
    assert found.answers_per_s > 0
    assert found.tags_per_call > 1
    assert any("canaries right" in line for line in told)
    assert any("Pictures in one request: 8" in line for line in told)


async def test_ollama_by_its_own_api() -> None:
    behaviour = Behaviour(logprobs=True, context_tokens=4096, weights="a")
    found = await probed(behaviour, kind="ollama")
    assert (found.accuracy, found.schema, found.logprobs) == (1.0, "honoured", True)
    assert (found.pictures, found.context_tokens) == (4, 4096)
    assert found.fingerprint.startswith("sha256:")
    other = await probed(replace(behaviour, weights="b", logprobs=False), kind="ollama")
    assert other.fingerprint != found.fingerprint
    assert not found.fits(model="truthful", fingerprint=other.fingerprint)
    assert not other.logprobs


@pytest.mark.parametrize(
    ("behaviour", "pictures", "overflow"),
    [
        (Behaviour(max_pictures=2), 2, "rejected"),
        (Behaviour(max_pictures=1), 1, "rejected"),
        (Behaviour(max_pictures=2, overflow="drop_first"), 2, "dropped"),
        (Behaviour(max_pictures=1, overflow="drop_last"), 1, "dropped"),
        (Behaviour(reorders=True), 1, "reordered"),
        (Behaviour(context_tokens=700), 2, "rejected"),
    ],
    ids=["rejects", "rejects_two", "drops_first", "drops_last", "reorders", "context"],
)
async def test_what_becomes_of_too_many_pictures(
    behaviour: Behaviour, pictures: int, overflow: str
) -> None:
    found = await probed(behaviour)
    assert (found.pictures, found.overflow) == (pictures, overflow)
    if overflow in {"dropped", "reordered"}:
        assert found.frames_per_call == 1
    assert found.frames_per_call <= found.pictures
    assert found.accuracy == 1.0


@pytest.mark.parametrize("side", [1024, 1536])
async def test_silent_down_scaling(side: int) -> None:
    found = await probed(Behaviour(downscale_to=side), most_pictures=1)
    assert found.longest_side == side
    assert not found.wrong


async def test_detail_that_never_comes_through() -> None:
    found = await probed(Behaviour(downscale_to=384), most_pictures=1)
    assert (found.longest_side, found.accuracy) == (None, 1.0)


@pytest.mark.parametrize("kind", ["openai", "ollama"])
@pytest.mark.parametrize("schema", ["honoured", "ignored", "rejected"])
async def test_schemas(kind: str, schema: str) -> None:
    behaviour = replace(Behaviour(), schema=schema, json_object=False, dress="talk")
    found = await probed(behaviour, kind=kind, most_pictures=1)
    assert (found.schema, found.accuracy) == (schema, 1.0)
    assert found.json_object == (kind == "ollama" and schema == "honoured")


@pytest.mark.parametrize(
    "behaviour",
    [Behaviour(blind="yes"), Behaviour(blind="chance", seed=2)],
)
async def test_one_that_does_not_look_is_found_out(behaviour: Behaviour) -> None:
    told: list[str] = []
    found = await probed(behaviour, told=told)
    assert found.wrong
    assert found.canaries_asked >= 12
    assert (found.tags_per_call, found.frames_per_call) == (1, 1)
    assert "nothing more is measured" in told[-1]


async def test_whoever_always_says_yes_is_right_half_the_time() -> None:
    found = await probed(Behaviour(blind="yes"))
    assert found.accuracy == 0.5


async def test_an_endpoint_for_text_is_asked_about_text() -> None:
    found = await probed(Behaviour(max_pictures=0), role=Role.LANGUAGE)
    assert (found.pictures, found.accuracy) == (0, 1.0)
    assert found.canaries_asked >= 12


async def test_one_that_takes_no_pictures_is_not_wrong_but_blind() -> None:
    told: list[str] = []
    found = await probed(Behaviour(max_pictures=0), told=told)
    assert (found.pictures, found.wrong) == (0, False)
    assert "takes no pictures" in told[0]


async def test_measuring_pixels() -> None:
    given = Given("pixels", EndpointSettings(kind="pixels"))
    found = await probe(given, pixels.kind, told=lambda _: None, most_parallel=1)
    assert (found.accuracy, found.pictures) == (1.0, 1)
    assert 0 < found.canaries_asked < 12
    assert not found.logprobs


async def test_where_calls_run_one_by_one_it_takes_about_forty() -> None:
    async with TruthfulEndpoint(TRUTH) as server:
        settings = EndpointSettings(url=server.url)
        given = Given("lab", settings)
        await probe(given, openai.kind, told=lambda _: None, most_pictures=1, most_parallel=1)
        assert server.requests < 45
        assert {line.outcome for line in server.log.lines} == {"answered"}


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (Behaviour(faults={Fault.ERROR: 1.0}), EndpointDown),
        (Behaviour(api_key="secret"), Unauthorized),
        (Behaviour(models=()), ModelMissing),
    ],
)
async def test_one_that_cannot_be_asked_raises(
    behaviour: Behaviour, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await probed(behaviour)


@pytest.mark.parametrize("after", ["canaries right", "Pictures in one request"])
async def test_one_that_fails_in_the_middle_raises(after: str) -> None:
    async with TruthfulEndpoint(TRUTH) as server:

        def told(line: str) -> None:
            if after in line:
                server.behaviour = Behaviour(faults={Fault.REFUSE: 1.0})

        given = Given("lab", EndpointSettings(url=server.url))
        with pytest.raises(EndpointDown):
            await probe(given, openai.kind, told=told, most_pictures=2, most_parallel=1)


async def test_a_hanging_endpoint_is_given_its_own_time_and_no_more() -> None:
    async with TruthfulEndpoint(TRUTH, Behaviour(faults={Fault.HANG: 1.0})) as server:
        settings = EndpointSettings(url=server.url, timeout_s=0.2)
        with pytest.raises(EndpointDown, match=r"within 0\.2 s"):
            async with asyncio.timeout(20):
                await probe(Given("lab", settings), openai.kind, told=lambda _: None)


async def test_a_plain_list_of_models_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    async def none(given: Given) -> Sequence[object]:
        return ()

    monkeypatch.setattr(openai.kind, "models", none)
    assert (await probed(Behaviour(), most_pictures=1)).fingerprint == ""
