"""Messages as bytes: where one ends, and what its head may say.

On the wire a message is the sizes of its head and body and the number of its turn, then a head of
JSON, then a body of bytes. Neither end of the pipe believes the other: sizes are bounded, and no
value is used before it has been checked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from struct import Struct
from typing import Generic, TypeVar, cast

MAX_HEAD_BYTES = 256 * 1024
"""A path has at most 4 kB, and what is said of a file a few times that."""
MAX_BODY_BYTES = 256 * 1024 * 1024
"""The times of 30 million frames: 150 hours at 60 a second."""
MAX_TEXT = 20_000
"""Characters of a text in a head."""

_PREFIX = Struct("<IIQ")

Part = bytes | memoryview
T = TypeVar("T")


class Garbled(Exception):
    """What came is no message."""


def sealed(turn: int, head: Mapping[str, object], body: Sequence[Part]) -> list[Part]:
    """What is written for a message, in parts."""
    encoded = json.dumps(head).encode()
    return [_PREFIX.pack(len(encoded), sum(map(len, body)), turn) + encoded, *body]


class Incoming(Generic[T]):
    """Makes messages of bytes as they arrive."""

    def __init__(self, unpack: Callable[[Head, memoryview], T]) -> None:
        self._unpack = unpack
        self._bytes = bytearray()

    def feed(self, data: bytes) -> list[tuple[int, T]]:
        """The messages that are complete now, with their turns. Raises `Garbled`."""
        self._bytes += data
        found: list[tuple[int, T]] = []
        start = 0
        with memoryview(self._bytes) as arrived:
            while len(arrived) - start >= _PREFIX.size:
                head_bytes, body_bytes, turn = _PREFIX.unpack_from(arrived, start)
                if head_bytes > MAX_HEAD_BYTES or body_bytes > MAX_BODY_BYTES:
                    raise Garbled(f"a message of {head_bytes} + {body_bytes} bytes")
                body_at = start + _PREFIX.size + head_bytes
                end = body_at + body_bytes
                if end > len(arrived):
                    break
                head = Head.parse(bytes(arrived[start + _PREFIX.size : body_at]))
                with arrived[body_at:end] as body:
                    found.append((turn, self._unpack(head, body)))
                start = end
        del self._bytes[:start]
        return found


class Head:
    """The named values of a message. Each method raises `Garbled` for what is not as it must be."""

    def __init__(self, values: object) -> None:
        if not isinstance(values, dict):
            raise Garbled("a head that is no object")
        self._values = cast("dict[str, object]", values)

    @classmethod
    def parse(cls, text: bytes) -> Head:
        try:
            return cls(json.loads(text))
        except (ValueError, RecursionError) as error:
            raise Garbled("a head that is not JSON") from error

    def is_none(self, name: str) -> bool:
        return self._values.get(name) is None

    def flag(self, name: str) -> bool:
        return self._of(bool, name)

    def text(self, name: str, most: int = MAX_TEXT) -> str:
        value = self._of(str, name)
        if len(value) > most:
            raise Garbled(f"'{name}' is too long")
        return value

    def whole(self, name: str, low: int = -(2**63), high: int = 2**63 - 1) -> int:
        return between(self._of(int, name), low, high)

    def number(self, name: str) -> float:
        value = self._values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Garbled(f"'{name}' is no number")
        return float(value)

    def wholes(self, name: str, count: int, low: int, high: int) -> list[int]:
        values = cast("list[object]", self._of(list, name))
        if len(values) != count:
            raise Garbled(f"'{name}' has {len(values)} values")
        return [between(value, low, high) for value in values]

    def flags(self, name: str, most: int) -> list[bool]:
        values = cast("list[object]", self._of(list, name))
        if len(values) > most:
            raise Garbled(f"'{name}' has {len(values)} values")
        return [self._is(bool, value, name) for value in values]

    def inner(self, name: str) -> Head:
        return Head(self._values.get(name))

    def _of(self, kind: type[T], name: str) -> T:
        return self._is(kind, self._values.get(name), name)

    @staticmethod
    def _is(kind: type[T], value: object, name: str) -> T:
        if not isinstance(value, kind):
            raise Garbled(f"'{name}' is no {kind.__name__}")
        return value


def between(value: object, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Garbled(f"{value!r:.50} is no whole number from {low} to {high}")
    return value
