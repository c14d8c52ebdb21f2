"""Tags as people write them: a list on the command line, or a file.

A file is TOML or JSON (`services.tags.tagfile`), or of a source system
(`services.tags.tagimports`).
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

from sightline.errors import InputError
from sightline.recipes.tags import Tag
from sightline.services.tags import tagimports
from sightline.services.tags.tagfile import TagSetFile, validated


def parse_tags(text: str, source: str = "--tags") -> tuple[Tag, ...]:
    """Tags of a comma-separated list. Raises `InputError` for an empty one."""
    names = [name.strip() for name in text.split(",")]
    tags = [Tag.named(name) for name in names if name]
    if not tags:
        raise InputError(f"{source} names no tag. Write it like 'car, person'")
    return unique(tags, source)


def read_tag_set(path: Path) -> tuple[Tag, ...]:
    """Tags of a file of ours or of the source systems.

    Raises `InputError` naming the file and the field.
    """
    return unique(read_file(path).to_tags(), str(path))


def read_file(path: Path) -> TagSetFile:
    """The same as it stands in the file."""
    return read_text(_text_of(path), path)


def read_text(text: str, path: Path) -> TagSetFile:
    """The same of a file whose text is known: its name tells what it is."""
    if tagimports.is_table(path) or tagimports.is_list(path):
        return tagimports.read_text(text, path)
    try:
        document: object = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        kind = "JSON" if path.suffix == ".json" else "TOML"
        raise InputError(f"the tag set {path} is not {kind}: {error}") from error
    if tagimports.is_foreign(document):
        return tagimports.read_document(document, path)
    return validated(document, path)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = error.strerror or error
        raise InputError(f"the tag set {path} cannot be read: {reason}; check the name") from error
    except UnicodeDecodeError as error:
        raise InputError(f"the tag set {path} is not UTF-8 text; save it as such") from error


def unique(tags: Sequence[Tag], source: str) -> tuple[Tag, ...]:
    """Raises `InputError` when two tags have one name, or wordings that a reply cannot tell apart.

    Replies name tags by their wording, and models do not keep its case or spaces. Tags of exactly
    one wording are fine: it is asked once for all of them.
    """
    for tag, other in combinations(tags, 2):
        if tag.name == other.name:
            raise InputError(f"{source} names the tag '{tag.name}' twice; once is enough")
        for kind in ("name", "wording"):
            texts = getattr(tag, kind), getattr(other, kind)
            if texts[0] != texts[1] and _folded(texts[0]) == _folded(texts[1]):
                raise InputError(
                    f"{source}: the tags '{tag.name}' and '{other.name}' have one {kind} but for "
                    "case and spaces; keep one"
                )
    return tuple(tags)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
