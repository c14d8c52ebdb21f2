"""What a chat request asks of the truthful endpoint, and of which pictures."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from sightline.testing.chat import ChatRequest, ImagePart, TextPart, count_tokens
from sightline.testing.code import Code
from sightline.testing.eyes import Glimpse, look

TOKENS_IN_PICTURE = 256

_SAME_FOR_ALL = re.compile(r"For each of the (\d+) pictures")
_ONE_PICTURE = re.compile(r"Picture (\d+):")
_VERDICTS = ["yes", "no"]


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture as it arrived."""

    glimpse: Glimpse
    """None when nothing in it can be read."""
    label: str
    """The text just before it: what the client says of its time."""

    @property
    def code(self) -> Code | None:
        return self.glimpse if isinstance(self.glimpse, Code) else None

    @property
    def name(self) -> object:
        """The same for the same picture, as far as it can be told apart."""
        if self.code:
            return self.code.video, self.code.frame
        return str(self.glimpse) if self.glimpse else self.label


@dataclass(frozen=True, slots=True)
class Asked:
    """A chat request, understood."""

    pictures: tuple[Seen, ...]
    tags: tuple[str, ...] | None
    """The wordings asked about; None when free text is wanted."""
    tokens: int
    by_picture: Mapping[int, tuple[str, ...]] | None = None
    """The wordings of each picture, by its number from 1, when they are asked one by one; then
    `tags` are all of them."""
    verdicts: bool = False
    """A yes or a no is wanted, not a number."""
    text: str = ""
    """The question as it was put."""

    @property
    def name(self) -> str:
        """The same for the same question about the same frames."""
        return json.dumps([[seen.name for seen in self.pictures], self.tags])

    def tags_of(self, place: int) -> tuple[str, ...]:
        """What is asked of the picture at this place, from 0."""
        if self.by_picture is None:
            return self.tags or ()
        return self.by_picture.get(place + 1, ())


@dataclass(frozen=True, slots=True)
class _Wanted:
    tags: tuple[str, ...] | None = None
    by_picture: Mapping[int, tuple[str, ...]] | None = None
    verdicts: bool = False


def understand(
    request: ChatRequest, *, heed_schema: bool, downscale_to: int | None = None
) -> Asked:
    """What is asked, and of which pictures.

    Tags are the properties of the schema, if there is one and it is heeded, else the lines
    `- tag` of a prompt that wants JSON; both may be by picture.
    """
    pictures: list[Seen] = []
    texts: list[str] = []
    for part in _parts(request):
        if isinstance(part, TextPart):
            texts.append(part.text)
        else:
            glimpse = _look_at(part.image_url.url, downscale_to)
            pictures.append(Seen(glimpse, texts[-1] if texts else ""))
    format_ = request.response_format if heed_schema else None
    tokens = sum(map(count_tokens, texts)) + TOKENS_IN_PICTURE * len(pictures)
    text = texts[-1] if texts else ""
    if format_ and format_.json_schema:
        wanted = _in_schema(format_.json_schema.schema_.properties)
    else:
        wanted = _in_words(text)
    return Asked(tuple(pictures), wanted.tags, tokens, wanted.by_picture, wanted.verdicts, text)


def _parts(request: ChatRequest) -> Iterator[ImagePart | TextPart]:
    for message in request.messages:
        if isinstance(message.content, str):
            yield TextPart(type="text", text=message.content)
        else:
            yield from message.content


def _in_schema(properties: Mapping[str, object]) -> _Wanted:
    inner = {name: _properties(value) for name, value in properties.items()}
    if inner and all(name.isdecimal() and of is not None for name, of in inner.items()):
        by_picture = {int(name): tuple(of or ()) for name, of in inner.items()}
        values = [value for of in inner.values() for value in (of or {}).values()]
        return _Wanted(_all_of(by_picture), by_picture, _are_verdicts(values))
    return _Wanted(tuple(properties), verdicts=_are_verdicts(list(properties.values())))


def _properties(value: object) -> Mapping[str, object] | None:
    if isinstance(value, Mapping):
        found = cast("Mapping[str, object]", value).get("properties")
        return cast("Mapping[str, object]", found) if isinstance(found, Mapping) else None
    return None


def _are_verdicts(values: Sequence[object]) -> bool:
    return bool(values) and all(
        isinstance(value, Mapping) and cast("Mapping[str, object]", value).get("enum") == _VERDICTS
        for value in values
    )


def _in_words(prompt: str) -> _Wanted:
    if "JSON" not in prompt:
        return _Wanted()
    lists: dict[int, list[str]] = {0: []}
    number = 0
    for line in prompt.splitlines():
        if found := _ONE_PICTURE.fullmatch(line):
            number = int(found[1])
            lists[number] = []
        elif line.startswith("- "):
            lists[number].append(line[2:].strip())
    verdicts = prompt.rstrip().endswith('"yes" or "no".')
    shared = tuple(lists.pop(0))
    by_picture = {number: tuple(tags) for number, tags in lists.items()}
    if found := _SAME_FOR_ALL.match(prompt):
        by_picture = dict.fromkeys(range(1, int(found[1]) + 1), shared)
    tags = _all_of(by_picture) if by_picture else shared
    return _Wanted(tags or None, by_picture or None, verdicts)


def _all_of(by_picture: Mapping[int, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag for tags in by_picture.values() for tag in tags))


def _look_at(url: str, downscale_to: int | None) -> Glimpse:
    head, _, data = url.partition(",")
    if not head.endswith(";base64"):
        return None
    try:
        return look(base64.b64decode(data), downscale_to=downscale_to)
    except binascii.Error:
        return None
