"""Documents for programs: JSON Lines on standard output."""

from __future__ import annotations

import sys

from pydantic import BaseModel


def print_line(document: BaseModel) -> None:
    """One line of JSON, in ASCII where the console cannot show more."""
    is_utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    print(document.model_dump_json(ensure_ascii=not is_utf8), flush=True)  # noqa: T201
