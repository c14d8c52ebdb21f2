"""The truthful endpoint over a real socket, through a real client: every switch it has.

The accuracy and chaos tests stand on it, so what it answers and what it logs is checked against
the truth, request by request.
"""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import cast

import httpx2
import openai
import pytest
import simplejpeg
from openai.types.chat import ChatCompletionMessageParam
from openai.types.shared_params import ResponseFormatJSONSchema

from sightline.prompts import replies, templates
from sightline.testing.asklog import LogLine, read_log
from sightline.testing.behaviour import Behaviour, Dress, Fault
from sightline.testing.drawing import picture
from sightline.testing.endpoint import TruthfulEndpoint
from sightline.testing.truth import Truth, random_truth
from sightline.values import Presence, Question

TRUTH = random_truth(21, duration_s=30, size=(512, 288))
TAGS = TRUTH.tags


@cache
def jpeg(frame: int, truth: Truth | None = None) -> str:
    truth = truth or TRUTH
    yuv = picture(truth, frame)
    width, height = truth.size
    planes = yuv[height:].reshape(2, height // 2, width // 2)
    data = simplejpeg.encode_jpeg_yuv_planes(yuv[:height], planes[0], planes[1], quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(data).decode()


def body(
    frames: Sequence[int],
    questions: Sequence[Question],
    *,
    schema: bool = True,
    **fields: object,
) -> dict[str, object]:
    """A chat request as the product would write it."""
    prompt = templates.compose(questions)
    parts: list[dict[str, object]] = []
    for frame in frames:
        parts.append({"type": "text", "text": templates.frame_line(frame / 10)})
        parts.append({"type": "image_url", "image_url": {"url": jpeg(frame)}})
    parts.append({"type": "text", "text": prompt.text})
    request: dict[str, object] = {
        "model": "truthful",
        "messages": [{"role": "user", "content": parts}],
        **fields,
    }
    if schema and prompt.schema:
        wrapped = {"name": "answer", "strict": True, "schema": prompt.schema}
        request["response_format"] = {"type": "json_schema", "json_schema": wrapped}
    return request


def ask_tags(frame: int, tags: Iterable[str] = TAGS, *, schema: bool = True) -> dict[str, object]:
    return body([frame], [templates.presence(tag) for tag in tags], schema=schema)


class Client:
    """Plain HTTP, so that what the server sends is seen as it is."""

    def __init__(self, server: TruthfulEndpoint, http: httpx2.AsyncClient) -> None:
        self.server = server
        self.http = http

    async def post(
        self, request: Mapping[str, object], headers: Mapping[str, str] | None = None
    ) -> httpx2.Response:
        url = f"{self.server.base_url}/chat/completions"
        return await self.http.post(url, json=request, headers=headers)

    async def said(self, request: Mapping[str, object]) -> str:
        response = await self.post(request)
        assert response.status_code == 200
        return cast("str", response.json()["choices"][0]["message"]["content"])

    async def presence(self, frame: int, tags: Sequence[str] = TAGS) -> dict[str, float]:
        return json.loads(await self.said(ask_tags(frame, tags)))

    def behave(self, **switches: object) -> None:
        self.server.behaviour = replace(Behaviour(), **switches)


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with (
        TruthfulEndpoint(TRUTH) as server,
        httpx2.AsyncClient(timeout=30, trust_env=False) as http,
    ):
        yield Client(server, http)


def truth_at(frame: int, tags: Iterable[str] = TAGS) -> dict[str, float]:
    return {tag: float(tag in TRUTH.present(frame)) for tag in tags}


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(10_000):
        if condition():
            return
        await asyncio.sleep(0.001)
    pytest.fail("what was waited for did not happen")


def outcomes(lines: Sequence[LogLine]) -> list[str]:
    return [line.outcome for line in lines]


async def test_it_tells_the_truth_about_every_frame(client: Client) -> None:
    for frame in range(0, 300, 7):
        assert await client.presence(frame) == truth_at(frame)


async def test_a_tag_it_has_never_heard_of_is_absent(client: Client) -> None:
    tags = ("unicorn", TAGS[0].upper(), f" {TAGS[1]} ")
    frame = TRUTH.events[TAGS[0]][0][0]
    assert await client.presence(frame, tags) == {
        "unicorn": 0.0,
        tags[1]: 1.0,
        tags[2].strip(): truth_at(frame)[TAGS[1]],
    }


async def test_the_official_client_is_answered(client: Client) -> None:
    async with openai.AsyncOpenAI(
        base_url=client.server.base_url, api_key="none", http_client=client.http, max_retries=0
    ) as sdk:
        listed = [model.id async for model in sdk.models.list()]
        assert listed == ["truthful"]
        request = ask_tags(40)
        reply = await sdk.chat.completions.create(
            model="truthful",
            messages=cast("list[ChatCompletionMessageParam]", request["messages"]),
            response_format=cast("ResponseFormatJSONSchema", request["response_format"]),
        )
    assert json.loads(reply.choices[0].message.content or "") == truth_at(40)
    assert reply.usage
    assert reply.usage.prompt_tokens > 256
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens


async def test_a_description_names_frame_time_and_tags(client: Client) -> None:
    text = await client.said(body([70, 80], [templates.answer("What happens?")]))
    for frame in (70, 80):
        seen = ", ".join(tag for tag in TAGS if tag in TRUTH.present(frame)) or "nothing of note"
        assert f"Frame at 0:0{frame / 10:.1f}, frame {frame}: {seen}." in text
    assert await client.said(body([70], [templates.describe()])) in text


async def test_a_tag_is_present_in_a_sequence_when_in_any_picture(client: Client) -> None:
    start, _ = TRUTH.events["dog"][0]
    request = body([start - 1, start], [templates.presence("dog")])
    assert json.loads(await client.said(request)) == {"dog": 1.0}
    assert [(line.frame, line.answer) for line in client.server.log.lines] == [
        (start - 1, 0.0),
        (start, 1.0),
    ]


async def test_the_token_limit_cuts_a_reply(client: Client) -> None:
    response = await client.post(body([0], [templates.describe()], max_tokens=3))
    choice = response.json()["choices"][0]
    assert choice["finish_reason"] == "length"
    assert len(choice["message"]["content"]) == 12


async def test_streaming_gives_the_same_words(client: Client) -> None:
    request = ask_tags(33) | {"stream": True, "stream_options": {"include_usage": True}}
    response = await client.post(request)
    assert response.headers["content-type"] == "text/event-stream"
    events = [line.removeprefix("data: ") for line in response.text.split("\n\n") if line]
    assert events[-1] == "[DONE]"
    chunks = [json.loads(event) for event in events[:-1]]
    words = "".join(
        choice["delta"].get("content", "") for chunk in chunks for choice in chunk["choices"]
    )
    assert json.loads(words) == truth_at(33)
    assert len(chunks) > 5
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["usage"]["total_tokens"] > 256


async def test_a_connection_is_kept_alive(client: Client) -> None:
    async with httpx2.AsyncClient(trust_env=False, limits=httpx2.Limits(max_connections=1)) as http:
        streams = set[object]()
        for frame in range(5):
            response = await http.post(
                f"{client.server.base_url}/chat/completions", json=ask_tags(frame)
            )
            streams.add(response.extensions["network_stream"].get_extra_info("client_addr"))
    assert len(streams) == 1


async def test_a_picture_without_a_code_is_refused_not_guessed(client: Client) -> None:
    request = ask_tags(3)
    text = json.dumps(request).replace(jpeg(3), "data:image/jpeg;base64,AAAA")
    response = await client.post(json.loads(text))
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "unreadable"
    assert outcomes(client.server.log.lines) == ["unreadable"] * len(TAGS)


@pytest.mark.parametrize("content", [b"", b"{", b'{"model": "truthful"}', b"[]"])
async def test_a_request_it_does_not_understand_is_400(client: Client, content: bytes) -> None:
    response = await client.http.post(f"{client.server.base_url}/chat/completions", content=content)
    assert response.status_code == 400
    assert outcomes(client.server.log.lines) == ["bad_request"]


async def test_tags_without_a_picture_are_400(client: Client) -> None:
    response = await client.post(body([], [templates.presence("car")]))
    assert response.status_code == 400


async def test_another_path_is_404(client: Client) -> None:
    assert (await client.http.get(f"{client.server.url}/api/embed")).status_code == 404


# --------------------------------------------------------------------------------- who may ask


async def test_without_the_key_nothing_is_answered(client: Client) -> None:
    client.behave(api_key="secret")
    assert (await client.post(ask_tags(1))).status_code == 401
    assert (await client.http.get(f"{client.server.base_url}/models")).status_code == 401
    assert set(outcomes(client.server.log.lines)) == {"unauthorized"}
    good = await client.post(ask_tags(1), {"Authorization": "Bearer secret"})
    assert good.status_code == 200


async def test_only_listed_models_answer(client: Client) -> None:
    client.behave(models=("small", "large"))
    listed = (await client.http.get(f"{client.server.base_url}/models")).json()["data"]
    assert [model["id"] for model in listed] == ["small", "large"]
    missing = await client.post(ask_tags(1))
    assert missing.status_code == 404
    assert missing.json()["error"]["code"] == "model_not_found"
    assert (await client.post(ask_tags(1) | {"model": "large"})).status_code == 200


# ------------------------------------------------------------------------------------- schemas


async def test_a_server_without_schemas_says_so(client: Client) -> None:
    client.behave(schema="rejected")
    response = await client.post(ask_tags(1))
    assert response.status_code == 400
    assert "response_format" in response.json()["error"]["message"]
    assert json.loads(await client.said(ask_tags(1, schema=False))) == truth_at(1)


@pytest.mark.parametrize("dress", ["plain", "fence", "talk"])
async def test_a_server_that_ignores_schemas_reads_the_prompt(client: Client, dress: Dress) -> None:
    client.behave(schema="ignored", dress=dress)
    questions = [templates.presence(tag) for tag in TAGS]
    text = await client.said(ask_tags(55))
    assert ("```" in text) == (dress != "plain")
    assert text.startswith("Let me") == (dress == "talk")
    read = replies.read(questions, text)
    assert read == [Presence(value) for value in truth_at(55).values()]


async def test_a_schema_is_held_to_whatever_the_dress(client: Client) -> None:
    client.behave(dress="talk")
    assert await client.presence(55) == truth_at(55)


# -------------------------------------------------------------------------------------- faults


@pytest.mark.parametrize(
    ("fault", "status"), [(Fault.ERROR, 500), (Fault.REFUSE, 503), (Fault.RATE_LIMIT, 429)]
)
async def test_faults_with_a_status(client: Client, fault: Fault, status: int) -> None:
    client.behave(faults={fault: 1.0})
    response = await client.post(ask_tags(1))
    assert response.status_code == status
    assert "message" in response.json()["error"]
    assert "retry-after" not in response.headers
    assert outcomes(client.server.log.lines) == [fault.value] * len(TAGS)


async def test_retry_after_in_seconds_and_as_a_date(client: Client) -> None:
    client.behave(faults={Fault.RATE_LIMIT: 1.0}, retry_after_s=90)
    assert (await client.post(ask_tags(1))).headers["retry-after"] == "90"
    client.behave(faults={Fault.REFUSE: 1.0}, retry_after_s=90, retry_after_form="date")
    asked = datetime.now(UTC)
    when = parsedate_to_datetime((await client.post(ask_tags(1))).headers["retry-after"])
    assert 88 <= (when - asked).total_seconds() <= 120


async def test_a_refusing_server_lists_no_models(client: Client) -> None:
    client.behave(faults={Fault.REFUSE: 1.0})
    assert (await client.http.get(f"{client.server.base_url}/models")).status_code == 503


@pytest.mark.parametrize("stream", [False, True])
async def test_a_reset_breaks_the_connection(client: Client, stream: bool) -> None:
    client.behave(faults={Fault.RESET: 1.0})
    with pytest.raises((httpx2.ReadError, httpx2.RemoteProtocolError)):
        await client.post(ask_tags(1) | {"stream": stream})
    assert set(outcomes(client.server.log.lines)) == {"reset"}
    client.behave()
    assert await client.presence(1) == truth_at(1)


async def test_a_hanging_request_holds_its_slot_until_the_client_leaves(client: Client) -> None:
    client.behave(faults={Fault.HANG: 1.0}, slots=1)
    hanging = asyncio.create_task(client.post(ask_tags(1)))
    await until(lambda: bool(client.server.log.lines))
    assert client.server.in_flight == 1
    client.behave(slots=1)
    waiting = asyncio.create_task(client.presence(2))
    await until(lambda: client.server.in_flight == 2)
    assert client.server.peak_working == 1
    assert not waiting.done()
    hanging.cancel()
    assert await waiting == truth_at(2)
    assert outcomes(client.server.log.lines) == ["hang"] * len(TAGS) + ["answered"] * len(TAGS)


async def test_a_web_page_instead_of_json(client: Client) -> None:
    client.behave(faults={Fault.HTML: 1.0})
    response = await client.post(ask_tags(1))
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html"
    assert response.text.startswith("<!DOCTYPE html>")


async def test_an_empty_completion(client: Client) -> None:
    client.behave(faults={Fault.EMPTY: 1.0})
    assert await client.said(ask_tags(1)) == ""


@pytest.mark.parametrize("tags", [TAGS, TAGS[:1]])
async def test_a_malformed_completion_cannot_be_parsed(client: Client, tags: Sequence[str]) -> None:
    client.behave(faults={Fault.MALFORMED: 1.0})
    response = await client.post(ask_tags(1, tags))
    choice = response.json()["choices"][0]
    assert choice["finish_reason"] == "stop"
    with pytest.raises(json.JSONDecodeError):
        json.loads(choice["message"]["content"])


@pytest.mark.parametrize("fault", [Fault.MALFORMED, Fault.MISSING])
async def test_text_has_no_form_to_break(client: Client, fault: Fault) -> None:
    client.behave(faults={fault: 1.0})
    text = await client.said(body([1], [templates.describe()]))
    (line,) = client.server.log.lines
    assert (line.outcome, line.answer) == ("answered", text)


async def test_a_truncated_completion_says_that_it_is_cut(client: Client) -> None:
    client.behave(faults={Fault.TRUNCATED: 1.0})
    choice = (await client.post(ask_tags(1))).json()["choices"][0]
    assert choice["finish_reason"] == "length"
    assert json.dumps(truth_at(1)).startswith(choice["message"]["content"])


async def test_missing_tags_are_logged_as_left_out(client: Client) -> None:
    client.behave(faults={Fault.MISSING: 1.0})
    said = await client.presence(60)
    assert said == truth_at(60, TAGS[1::2])
    for line in client.server.log.lines:
        if line.tag in said:
            assert (line.outcome, line.answer) == ("answered", said[line.tag])
        else:
            assert (line.outcome, line.answer) == ("left_out", None)


async def test_faults_come_at_their_rates_and_by_seed(client: Client) -> None:
    async def statuses(seed: int, frames: Iterable[int]) -> dict[int, int]:
        client.behave(seed=seed, faults={Fault.ERROR: 0.2, Fault.RATE_LIMIT: 0.3})
        return {
            frame: (await client.post(ask_tags(frame, TAGS[:1]))).status_code for frame in frames
        }

    first = await statuses(1, range(300))
    counts = [list(first.values()).count(status) for status in (200, 500, 429)]
    # Binomial: standard errors of 8.7, 6.9 and 7.9; bounds of four.
    assert abs(counts[0] - 150) < 35
    assert abs(counts[1] - 60) < 28
    assert abs(counts[2] - 90) < 32
    async with TruthfulEndpoint(TRUTH) as fresh:
        client.server = fresh
        assert await statuses(1, reversed(range(300))) == first
    async with TruthfulEndpoint(TRUTH) as fresh:
        client.server = fresh
        assert await statuses(2, range(300)) != first


async def test_asking_again_is_another_chance(client: Client) -> None:
    client.behave(faults={Fault.ERROR: 0.5})
    statuses = [(await client.post(ask_tags(9))).status_code for _ in range(40)]
    assert 5 < statuses.count(200) < 35


# ------------------------------------------------------------------------------- wrong answers


async def wrong_at(client: Client, frames: Iterable[int]) -> dict[tuple[int, str], bool]:
    return {
        (frame, tag): said != truth_at(frame)[tag]
        for frame in frames
        for tag, said in (await client.presence(frame)).items()
    }


async def test_independent_errors_differ_each_time_asked(client: Client) -> None:
    client.behave(wrong=0.2)
    first = await wrong_at(client, range(100))
    again = await wrong_at(client, range(100))
    # 800 answers: 160 wrong, standard error 11.3.
    assert 115 < sum(first.values()) < 205
    assert first != again
    both = sum(first[key] and again[key] for key in first)
    assert both < 60  # 32 if independent, standard error 5.5


async def test_correlated_errors_last_for_a_scene(client: Client) -> None:
    client.behave(wrong=0.3, wrong_within="scene")
    frames = range(0, 300, 3)
    first = await wrong_at(client, frames)
    assert await wrong_at(client, frames) == first
    assert 0 < sum(first.values()) < len(first)
    by_scene: dict[tuple[int, str], set[bool]] = {}
    for (frame, tag), wrong in first.items():
        by_scene.setdefault((TRUTH.scene(frame), tag), set()).add(wrong)
    assert all(len(kinds) == 1 for kinds in by_scene.values())


@pytest.mark.parametrize("within", ["ask", "scene"])
async def test_wrong_answers_do_not_depend_on_the_order_of_asking(
    client: Client, within: str
) -> None:
    client.behave(wrong=0.2, wrong_within=within, seed=5)
    first = await wrong_at(client, range(0, 300, 10))
    async with TruthfulEndpoint(TRUTH, client.server.behaviour) as fresh:
        client.server = fresh
        assert await wrong_at(client, reversed(range(0, 300, 10))) == first


async def test_doubt_moves_probabilities_and_not_verdicts(client: Client) -> None:
    client.behave(doubt=0.4)
    said = [await client.presence(frame) for frame in range(30)]
    for frame, answers in enumerate(said):
        for tag, truth in truth_at(frame).items():
            assert abs(answers[tag] - truth) <= 0.4
    assert len({value for answers in said for value in answers.values()}) > 100


def test_rates_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="rates"):
        Behaviour(wrong=1.5)
    with pytest.raises(ValueError, match="rates"):
        Behaviour(faults={Fault.ERROR: 0.6, Fault.HANG: 0.6})


# ------------------------------------------------------------------------------ load and order


async def test_slots_are_never_exceeded_and_all_are_used(client: Client) -> None:
    client.behave(slots=3, latency_s=0.01, jitter_s=0.01)
    answers = await asyncio.gather(*(client.presence(frame) for frame in range(24)))
    assert answers == [truth_at(frame) for frame in range(24)]
    assert client.server.peak_working == 3
    assert client.server.peak_in_flight > 3
    assert client.server.in_flight == 0


async def test_more_slots_let_the_waiting_in(client: Client) -> None:
    client.behave(slots=0)
    waiting = [asyncio.create_task(client.presence(frame)) for frame in range(3)]
    await until(lambda: client.server.in_flight == 3)
    assert not any(task.done() for task in waiting)
    client.behave(slots=None)
    assert await asyncio.gather(*waiting) == [truth_at(frame) for frame in range(3)]


async def test_latency_is_by_seed_and_within_bounds() -> None:
    behaviour = Behaviour(seed=4, latency_s=0.5, jitter_s=0.25)
    delays = [behaviour.delay_s("request", n) for n in range(200)]
    assert all(0.5 <= delay < 0.75 for delay in delays)
    assert len(set(delays)) == 200
    assert delays == [replace(behaviour).delay_s("request", n) for n in range(200)]


# ----------------------------------------------------------------------------------------- log


async def test_the_log_has_a_line_for_each_picture_and_tag(client: Client) -> None:
    before = datetime.now(UTC).timestamp()
    await client.said(body([10, 20], [templates.presence(tag) for tag in TAGS[:3]]))
    await client.said(body([30], [templates.describe()]))
    lines = client.server.log.lines
    assert [(line.request, line.picture, line.frame, line.tag) for line in lines] == [
        *((1, place, frame, tag) for place, frame in enumerate((10, 20)) for tag in TAGS[:3]),
        (2, 0, 30, None),
    ]
    for line in lines:
        assert line.frame is not None
        assert line.video == TRUTH.video
        assert line.scene == TRUTH.scene(line.frame)
        assert line.label == templates.frame_line(line.frame / 10)
        assert before <= line.received_at <= datetime.now(UTC).timestamp()
        if line.tag:
            assert line.answer == truth_at(line.frame)[line.tag]
    assert str(lines[-1].answer).startswith("Frame at 0:03.0, frame 30: ")


async def test_asked_twice_is_counted_twice(client: Client) -> None:
    for frame in (1, 2, 1):
        await client.presence(frame, TAGS[:1])
    client.behave(faults={Fault.ERROR: 1.0})
    await client.post(ask_tags(2, TAGS[:1]))
    assert client.server.log.answered() == {
        (TRUTH.video, 1, TAGS[0]): 2,
        (TRUTH.video, 2, TAGS[0]): 1,
    }


async def test_a_client_that_leaves_is_logged_as_gone(client: Client) -> None:
    client.behave(latency_s=3600)
    leaving = asyncio.create_task(client.post(ask_tags(1)))
    await until(lambda: client.server.in_flight == 1)
    leaving.cancel()
    await until(lambda: client.server.in_flight == 0)
    assert outcomes(client.server.log.lines) == ["gone"] * len(TAGS)


async def test_the_log_can_be_fetched_and_is_in_the_file_at_once(
    client: Client, tmp_path: Path
) -> None:
    file = tmp_path / "asked.jsonl"
    async with TruthfulEndpoint(TRUTH, log_file=file) as server:
        client.server = server
        await client.presence(5)
        assert read_log(file) == server.log.lines
        fetched = await client.http.get(f"{server.base_url}/log")
        assert fetched.text == file.read_text(encoding="utf-8")
    with file.open("a", encoding="utf-8") as half:
        half.write('{"request": 2, "rec')
    assert len(read_log(file)) == len(TAGS)


# ------------------------------------------------------------------------- other ways to run it


def test_from_a_thread() -> None:
    with TruthfulEndpoint(TRUTH) as server:
        url = f"{server.base_url}/chat/completions"
        reply = httpx2.post(url, json=ask_tags(12), trust_env=False).json()
        assert json.loads(reply["choices"][0]["message"]["content"]) == truth_at(12)
        server.behaviour = Behaviour(faults={Fault.ERROR: 1.0})
        assert httpx2.post(url, json=ask_tags(12), trust_env=False).status_code == 500
    with pytest.raises(httpx2.ConnectError):
        httpx2.post(url, json=ask_tags(12), trust_env=False)


def test_a_port_that_is_taken_is_an_error_in_a_thread_too() -> None:
    with TruthfulEndpoint(TRUTH) as server:
        port = int(server.url.rpartition(":")[2])
        with pytest.raises(OSError, match="address already in use"):
            TruthfulEndpoint(TRUTH, port=port).__enter__()


def test_as_a_process(tmp_path: Path) -> None:
    truth, log = tmp_path / "truth.json", tmp_path / "asked.jsonl"
    truth.write_text(TRUTH.to_json(), encoding="utf-8")
    command = [sys.executable, "-m", "sightline.testing.serve", "--port", "0"]
    command += ["--truth", str(truth), "--log", str(log), "--latency", "0.001"]
    command += ["--model", "one", "--model", "two", "--seed", "3", "--fault", "rate_limit=1"]
    command += ["--retry-after", "7"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = process.stdout.readline().strip()
        try:
            listed = httpx2.get(f"{url}/v1/models", trust_env=False).json()["data"]
            response = httpx2.post(
                f"{url}/v1/chat/completions",
                json=ask_tags(12) | {"model": "two"},
                trust_env=False,
            )
        finally:
            process.terminate()
    assert [model["id"] for model in listed] == ["one", "two"]
    assert (response.status_code, response.headers["retry-after"]) == (429, "7")
    assert outcomes(read_log(log)) == ["rate_limit"] * len(TAGS)
