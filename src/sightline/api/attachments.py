"""The header that has a browser save what it gets, under a name."""

from __future__ import annotations

import re
from urllib.parse import quote

from sightline.values.text import plain

_NOT_PLAIN = re.compile(r"[^A-Za-z0-9 ._()-]")
_NOT_IN_A_NAME = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')
_LONGEST = 150
"""Characters: file systems take 255 bytes, and some characters take four."""


BYTES = {"schema": {"type": "string", "format": "binary"}}
"""What the document says of a body that is a file."""


def attachment(stem: str, ending: str) -> dict[str, str]:
    """As RFC 6266 has it: the name in plain letters, and as it is for those that understand it.

    Nothing in it can have the name read as another one.
    """
    stem = _NOT_IN_A_NAME.sub("_", plain(stem))[:_LONGEST].strip(" .") or "untitled"
    letters, whole = _NOT_PLAIN.sub("_", stem + ending), quote(stem + ending, safe="")
    return {"content-disposition": f"attachment; filename=\"{letters}\"; filename*=UTF-8''{whole}"}
