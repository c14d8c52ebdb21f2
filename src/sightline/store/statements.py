"""Statements for which SQL has no word, but every database that is used here has one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import BigInteger, ColumnElement, Insert, Table, cast, func
from sqlalchemy.dialects.postgresql import insert

T = TypeVar("T")

AT_ONCE = 5000
"""Values in one query: well under any database's limit of parameters."""


@cache
def insert_or_ignore(table: Table[Any]) -> Insert:
    """An INSERT that passes over rows which are there already.

    The words are PostgreSQL's, which are also SQLite's.
    """
    return insert(table).on_conflict_do_nothing()


def total(of: ColumnElement[int] | ColumnElement[int | None]) -> ColumnElement[int | None]:
    """The sum of whole numbers, as one: PostgreSQL's own sum of such is a decimal."""
    return cast(func.sum(of), BigInteger)


def batches(items: Iterable[T]) -> Iterator[list[T]]:
    """As many as one query may name, and the next."""
    left = iter(items)
    while batch := list(islice(left, AT_ONCE)):
        yield batch
