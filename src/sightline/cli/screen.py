"""Small things that every command shows alike.

What a model, a server or a file's name says goes to a terminal only through `plain`.
"""

from __future__ import annotations

from rich.text import Text

from sightline.errors import SightlineError
from sightline.values.text import plain


def error_text(error: SightlineError) -> Text:
    """Print it with `soft_wrap`, so that a path in it stays in one piece."""
    return Text.assemble(("error: ", "red bold"), plain(str(error)))
