"""Column types that behave alike on every database: ids, instants, and text from anywhere."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator
from typing_extensions import override

_ESCAPED_BYTE = re.compile(r"(?!\A)//([89a-f][0-9a-f])")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")

ID = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit key that the database counts up; SQLite does so only for a column called INTEGER."""


class Instant(TypeDecorator[datetime]):
    """A moment in UTC. SQLite keeps no time zone, so the value is moved to UTC on its way in.

    PostgreSQL gives it back in the time zone of the session, so it is moved on its way out too.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Words(TypeDecorator[str]):
    """Text as people, models and servers write it.

    Half a surrogate pair (an emoji cut by a token limit) and NUL cannot be stored everywhere:
    each becomes U+FFFD, the replacement character, rather than fail the answer it came in.
    """

    impl = Text
    cache_ok = True

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or (value.isascii() and "\0" not in value):
            return value
        return _UNSTORABLE.sub("\ufffd", value)


class FilePath(TypeDecorator[Path]):
    """An absolute path, also one that is not valid UTF-8.

    Python holds such a byte as a lone surrogate, which no database takes. It is written as two
    slashes and two hexadecimal digits: but for its beginning, a path holds no double slash.
    """

    impl = Text
    cache_ok = True

    @override
    def process_bind_param(self, value: Path | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return "".join(
            f"//{ord(c) - 0xDC00:02x}" if "\udc80" <= c <= "\udcff" else c for c in str(value)
        )

    @override
    def process_result_value(self, value: str | None, dialect: Dialect) -> Path | None:
        if value is None:
            return None
        return Path(_ESCAPED_BYTE.sub(lambda found: chr(0xDC00 + int(found[1], 16)), value))
