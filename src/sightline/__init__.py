"""Watch video with vision-language models: exact, honest, never loses work.

>>> from sightline import analyze
>>> result = analyze("clip.mp4", tags=["car"])
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sightline.version import __version__

if TYPE_CHECKING:
    from sightline.exports.result import Result
    from sightline.recipes.tags import Tag
    from sightline.simple import analyze, analyze_async

__all__ = ["Result", "Tag", "__version__", "analyze", "analyze_async"]

_HOMES = {
    "Result": "sightline.exports.result",
    "Tag": "sightline.recipes.tags",
    "analyze": "sightline.simple",
    "analyze_async": "sightline.simple",
}


def __getattr__(name: str) -> object:
    """Load the API on first use, so that importing a part does not import the whole."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415

    return getattr(import_module(_HOMES[name]), name)
