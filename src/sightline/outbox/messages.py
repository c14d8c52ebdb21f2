"""Messages to other programs and how they are signed.

Ours follow Standard Webhooks (https://www.standardwebhooks.com): `webhook-id` stays the same in
every try, so a receiver knows what it has had already; `webhook-signature` is an HMAC-SHA256 of
`id.timestamp.body`. A receiver whose URL is kept with `node+` before it gets the body that VLM Node
sends; it is signed and tried again in the same way.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

NODE = "node+"
"""Before the URL of a receiver that expects VLM Node's body."""
_PREFIX = "whsec_"


@dataclass(frozen=True, slots=True)
class NodeError:
    """Why a job of VLM Node's has no output; 100 stands for trouble while it was done."""

    message: str
    code: int = 100


def run_message(event: str, run: Mapping[str, object], *, at: datetime) -> str:
    """`event` is such as `run.completed`, `run` what the API says of it, as JSON."""
    told = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return _written({"type": event, "timestamp": told, "data": dict(run)})


def node_message(job: str, *, output: object, error: NodeError | None = None) -> str:
    """What VLM Node sends when a job has ended."""
    failed = None if error is None else {"code": error.code, "message": error.message}
    return _written({"job_id": job, "data": output, "error": failed})


def is_node(url: str) -> bool:
    return url.startswith(NODE)


def plain_url(url: str) -> str:
    """Where a message goes, without the mark of what it says."""
    return url.removeprefix(NODE)


def new_secret() -> str:
    """In the form of Standard Webhooks."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def sign(message: str, body: str, *, secret: str, at: datetime) -> dict[str, str]:
    """The headers that let its receiver see from whom it is. `message` is its id."""
    stamp = str(int(at.timestamp()))
    signed = f"{message}.{stamp}.{body}".encode()
    digest = hmac.new(_key(secret), signed, sha256).digest()
    return {
        "webhook-id": message,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def _key(secret: str) -> bytes:
    """The bytes that `whsec_` and base64 stand for; of a secret in another form, its text."""
    if secret.startswith(_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()


def _written(message: Mapping[str, object]) -> str:
    # ASCII: half an emoji in a model's words would otherwise have no bytes to be sent as.
    return json.dumps(message, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
