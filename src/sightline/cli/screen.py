"""Small things that every command shows alike."""

from __future__ import annotations

from rich.text import Text

from sightline.errors import SightlineError


def error_text(error: SightlineError) -> Text:
    """Print it with `soft_wrap`, so that a path in it stays in one piece."""
    return Text.assemble(("error: ", "red bold"), str(error))
