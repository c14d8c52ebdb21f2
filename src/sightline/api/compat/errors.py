"""Where other systems answer with another status than we do. In which shape is `api.shapes`."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from fastapi import HTTPException

from sightline.errors import SightlineError


@contextmanager
def bad_request(*kinds: type[SightlineError]) -> Generator[None]:
    """400 for errors of exactly these kinds; narrower ones keep their own status."""
    try:
        yield
    except SightlineError as error:
        if type(error) in kinds:
            raise HTTPException(400, str(error)) from error
        raise
