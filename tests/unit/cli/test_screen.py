"""What others wrote is shown, and obeyed by no terminal."""

from __future__ import annotations

import io

from rich.console import Console

from sightline.cli.screen import error_text
from sightline.errors import InputError

ESCAPES = "a\x1b[2Jb \x1b]0;owned\x07 \x9b2J"


def test_an_error_that_quotes_escapes():
    file = io.StringIO()
    Console(file=file, force_terminal=True).print(error_text(InputError(f"{ESCAPES}: gone")))
    assert "a\ufffd[2Jb \ufffd]0;owned\ufffd \ufffd2J: gone" in file.getvalue()
