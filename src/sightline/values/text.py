"""Text that came from outside (a server, a model, a file), made safe to keep and to show.

A lone surrogate cannot be written as UTF-8, a control character can rewrite a terminal, and a
bidirectional override can make a line read as another one: none of them is part of what was said.
"""

from __future__ import annotations

import re

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # Cc (C0, DEL, C1) but tab and newline
    "\u202a-\u202e\u2066-\u2069"  # bidirectional embeddings, overrides and isolates
    "\ud800-\udfff]"  # Cs: surrogates, alone by the time they are in a str
)


def plain(text: str) -> str:
    """`text` as valid Unicode without control characters, except newline and tab.

    Each character that is taken out (Cc, U+202A to U+202E, U+2066 to U+2069, lone surrogates)
    leaves one U+FFFD, so that a reader sees that something was there.
    """
    return _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text)


def plain_line(text: str) -> str:
    """`text` as `plain` on one line: any white space, line breaks too, becomes one space."""
    return plain(" ".join(text.split()))


def plain_lines(text: str) -> str:
    """`text` as `plain`, its line ends (CR LF, CR) made line feeds first."""
    return plain(text.replace("\r\n", "\n").replace("\r", "\n"))
