"""Little honest servers on loopback, one for each protocol that endpoints speak.

Each knows of the first tag that it is asked about only, reads no picture, and keeps to its
protocol: what it is sent must be well formed.
"""

from __future__ import annotations

import asyncio
import base64
import json
import math
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

RECORDED = Path(__file__).parents[1] / "assets" / "exchanges" / "anthropic.json"

Reply = tuple[int, object]
"""Status and the document in the body."""
Protocol = Callable[[str, str, Any], Reply]
"""From method, path and the document in the request."""


@asynccontextmanager
async def serving(protocol: Protocol) -> AsyncGenerator[str]:
    """A server on a free port; gives its URL, without a path."""
    connections: list[asyncio.Task[None]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                method, path, _ = head.split(" ", 2)
                sizes = re.findall(r"(?i)content-length: (\d+)", head)
                body = await reader.readexactly(int(sizes[0])) if sizes else b""
                status, document = protocol(method, path, json.loads(body) if body else None)
                reply = json.dumps(document).encode()
                kind = b"content-type: application/json\r\n"
                line = b"HTTP/1.1 %d X\r\n%bcontent-length: %d\r\n\r\n"
                writer.write(line % (status, kind, len(reply)) + reply)
        except asyncio.IncompleteReadError:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(asyncio.ensure_future(serve(reader, writer)))

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    await asyncio.gather(*connections)


def _filled(schema: Any) -> object:
    """The first tag of each picture is there, to 0.75; of the others nothing is known."""
    properties: dict[str, Any] = schema["properties"]
    assert schema["required"] == list(properties)
    assert schema["additionalProperties"] is False
    if all(value["type"] == "object" for value in properties.values()):
        return {name: _filled(value) for name, value in properties.items()}
    name, value = next(iter(properties.items()))
    return {name: "yes" if "yes" in value["enum"] else 0.75}


def _said(schema: object) -> str:
    return json.dumps(_filled(schema)) if schema else "A red picture."


def openai(method: str, path: str, request: Any) -> Reply:
    if path == "/v1/models":
        return 200, {"object": "list", "data": [{"id": "m", "object": "model"}]}
    assert (method, path) == ("POST", "/v1/chat/completions")
    form = request.get("response_format")
    content = _said(form and form["json_schema"]["schema"])
    choice: dict[str, object] = {"message": {"content": content}, "finish_reason": "stop"}
    if request.get("logprobs"):
        assert request["top_logprobs"] == 5
        choice["logprobs"] = {"content": [_token(t) for t in re.findall(r"\w+|\W", content)]}
    return 200, {"model": request["model"], "choices": [choice]}


def _token(text: str) -> dict[str, object]:
    rivals = {"yes": 0.72, "no": 0.24, "maybe": 0.04} if text == "yes" else {text: 1.0}
    listed: list[dict[str, object]] = [
        {"token": t, "bytes": list(t.encode()), "logprob": math.log(p)} for t, p in rivals.items()
    ]
    return listed[0] | {"top_logprobs": listed}


def ollama(method: str, path: str, request: Any) -> Reply:
    name = "tiny-seer:latest"
    match method, path:
        case "GET", "/api/tags":
            return 200, {"models": [{"name": name, "model": name, "digest": "fb90415cde1e"}]}
        case "GET", "/api/ps":
            return 200, {"models": []}
        case "POST", "/api/show":
            assert request == {"model": name}
            abilities = ["completion", "vision"]
            return 200, {"model_info": {}, "details": {}, "capabilities": abilities}
        case _:
            assert (method, path) == ("POST", "/api/chat")
    assert request["stream"] is False
    assert request["options"].keys() <= {"temperature", "num_predict", "num_ctx", "seed"}
    (message,) = request["messages"]
    for image in message.get("images", ()):
        assert base64.b64decode(image, validate=True)[:2] == b"\xff\xd8"
    return 200, {
        "model": request["model"],
        "created_at": "2026-11-21T10:00:00Z",
        "message": {"role": "assistant", "content": _said(request.get("format"))},
        "done": True,
        "done_reason": "stop",
        "prompt_eval_count": 300,
        "eval_count": 12,
    }


def without_pictures(document: Any) -> Any:
    """A request as it is recorded: in place of each picture, that it was one."""
    if isinstance(document, dict):
        fields = cast("dict[str, Any]", document)
        return {
            name: "<jpeg>"
            if name == "data" and base64.b64decode(value, validate=True)[:2] == b"\xff\xd8"
            else without_pictures(value)
            for name, value in fields.items()
        }
    if isinstance(document, list):
        items = cast("list[Any]", document)
        return [without_pictures(item) for item in items]
    if isinstance(document, str):
        return re.sub(r"rame at \S+:$", "rame at <time>:", document)
    return document


def replay_anthropic() -> Protocol:
    """Answers exactly the requests that are recorded, times and pictures aside."""
    exchanges = json.loads(RECORDED.read_text())["exchanges"]

    def protocol(method: str, path: str, request: Any) -> Reply:
        asked = {"method": method, "path": path.partition("?")[0]}
        if request is not None:
            asked["body"] = without_pictures(request)
        for exchange in exchanges:
            if exchange["request"] == asked:
                return exchange["response"]["status"], exchange["response"]["body"]
        message = f"no such exchange is recorded: {json.dumps(asked)}"
        error = {"type": "invalid_request_error", "message": message}
        return 400, {"type": "error", "error": error}

    return protocol
