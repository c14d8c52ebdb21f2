"""Statements for which SQL has no word, but every database that is used here has one."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Insert, Table, cast, func
from sqlalchemy.dialects.postgresql import insert


@cache
def insert_or_ignore(table: Table[Any]) -> Insert:
    """An INSERT that passes over rows which are there already.

    The words are PostgreSQL's, which are also SQLite's.
    """
    return insert(table).on_conflict_do_nothing()


def total(of: ColumnElement[int] | ColumnElement[int | None]) -> ColumnElement[int | None]:
    """The sum of whole numbers, as one: PostgreSQL's own sum of such is a decimal."""
    return cast(func.sum(of), BigInteger)
