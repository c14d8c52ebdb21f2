"""What is sent, byte for byte: receivers check it by a standard that is not ours."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

from sightline.outbox.messages import (
    NodeError,
    is_node,
    new_secret,
    node_message,
    plain_url,
    run_message,
    sign,
)


def test_the_signature_is_that_of_the_standards_own_example() -> None:
    # https://github.com/standard-webhooks/standard-webhooks, its libraries' first test.
    headers = sign(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        '{"test": 2432232314}',
        secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        at=datetime.fromtimestamp(1614265330, UTC),
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_secret_that_is_no_base64_is_taken_as_its_text() -> None:
    at = datetime.fromtimestamp(1, UTC)
    signed = {sign("m", "{}", secret=secret, at=at)["webhook-signature"] for secret in
              ("plain words", "whsec_not base64", new_secret())}  # fmt: skip
    assert len(signed) == 3


def test_new_secrets_differ() -> None:
    assert new_secret() != new_secret()


def test_a_message_of_ours_tells_the_time_in_utc() -> None:
    noon = datetime(2026, 1, 31, 13, 0, tzinfo=timezone(timedelta(hours=1)))
    body = run_message("run.failed", {"id": "r", "title": "\ud83d half"}, at=noon)
    assert body.isascii()
    assert json.loads(body) == {
        "type": "run.failed",
        "timestamp": "2026-01-31T12:00:00Z",
        "data": {"id": "r", "title": "\ud83d half"},
    }


def test_vlm_nodes_body_has_its_three_names() -> None:
    assert json.loads(node_message("j", output={"responses": []})) == {
        "job_id": "j",
        "data": {"responses": []},
        "error": None,
    }
    failed = json.loads(node_message("j", output=None, error=NodeError("no images", 400)))
    assert failed == {"job_id": "j", "data": None, "error": {"code": 400, "message": "no images"}}


def test_the_mark_of_vlm_node_is_no_part_of_the_url() -> None:
    assert is_node("node+http://a/b")
    assert plain_url("node+http://a/b") == "http://a/b"
    assert not is_node("http://a/b")
    assert plain_url("http://a/b") == "http://a/b"
