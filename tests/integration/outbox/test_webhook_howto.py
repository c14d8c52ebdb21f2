"""The recipe in the how-to checks what we send, as it stands there."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from receiver import receiving

from sightline.outbox.messages import new_secret, sign
from sightline.outbox.posting import Poster

HOW_TO = Path(__file__).parents[3] / "docs" / "how-to" / "receive-webhooks.md"


@pytest.fixture
def is_genuine() -> Callable[[dict[str, str], bytes, str], bool]:
    [code] = re.findall(r"```python\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Callable[[dict[str, str], bytes, str], bool]] = {}
    exec(code, names)  # type: ignore[arg-type]
    return names["is_genuine"]


async def test_the_recipe_knows_our_messages_from_others(
    is_genuine: Callable[[dict[str, str], bytes, str], bool],
) -> None:
    secret, body = new_secret(), '{"type":"run.completed","data":{"title":"\\u00e9"}}'
    async with receiving() as receiver, Poster() as poster:
        signed = sign("msg_1", body, secret=secret, at=datetime.now(UTC))
        old = sign("msg_1", body, secret=secret, at=datetime.fromtimestamp(time.time() - 900, UTC))
        for headers in (signed, old):
            assert (await poster.post(receiver.url, body, headers=headers, private=True)).taken
    ours, stale = receiver.got
    assert is_genuine(ours.headers, ours.body, secret)
    assert not is_genuine(ours.headers, ours.body, new_secret())
    assert not is_genuine(ours.headers, ours.body + b" ", secret)
    assert not is_genuine({**ours.headers, "webhook-id": "msg_2"}, ours.body, secret)
    assert not is_genuine(stale.headers, stale.body, secret)
