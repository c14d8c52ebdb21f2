"""Answers, each kept once and for ever under what identifies it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from sightline.ports import Fact
from sightline.store.statements import batches, insert_or_ignore
from sightline.store.tables import facts, questions
from sightline.store.tables import media as known_media
from sightline.values import Answer, Ask, FactKey, Media, Method, Presence, Question, Text

_TRIES = 5
"""Of keeping an answer: one that was there may be distrusted by another process meanwhile."""

ANSWER_COLUMNS = (
    facts.c.probability,
    facts.c.text,
    facts.c.cut,
    facts.c.model,
    facts.c.endpoint,
    facts.c.method,
    facts.c.parser,
    facts.c.call_id,
)


_UNDER_KEYS = select(facts.c.id, facts.c.key, *ANSWER_COLUMNS).where(
    facts.c.key.in_(bindparam("the_keys", expanding=True)), facts.c.distrusted_at.is_(None)
)


def answer_of(row: Row[*tuple[Any, ...]]) -> Answer:
    """From a row that ends in `ANSWER_COLUMNS`."""
    probability, text, cut, model, endpoint, method, parser, call = row[-len(ANSWER_COLUMNS) :]
    value = Text(text, cut) if probability is None else Presence(probability)
    return Answer(value, model, endpoint, Method(method), parser, call)


def pack_frames(frames: Sequence[int]) -> str:
    return ",".join(map(str, frames))


def unpack_frames(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(","))) if text else ()


def find(connection: Connection, keys: Iterable[FactKey]) -> Iterator[Fact]:
    """Every fact under these keys that may be used, whichever model gave it."""
    wanted = {_digest(key): key for key in keys}
    for batch in batches(wanted):
        for row in connection.execute(_UNDER_KEYS, {"the_keys": batch}):
            yield Fact(row[0], wanted[row[1]], answer_of(row))


def about(connection: Connection, digest: str, question: Question) -> Iterator[Fact]:
    """Every fact about a media that answers this question and may be used, oldest first."""
    query = (
        select(facts.c.id, facts.c.frames, facts.c.transform, facts.c.sample, *ANSWER_COLUMNS)
        .join(questions, questions.c.id == facts.c.question_id)
        .join(known_media, known_media.c.id == facts.c.media_id)
        .where(
            known_media.c.digest == digest,
            questions.c.digest == question.digest,
            facts.c.distrusted_at.is_(None),
        )
        .order_by(facts.c.id)
    )
    for row in connection.execute(query):
        fact_id, frames, transform, sample = row[:4]
        key = FactKey(digest, unpack_frames(frames), transform, question.digest, sample)
        yield Fact(fact_id, key, answer_of(row))


def keep(
    connection: Connection, media: Media, *, media_id: int, answers: Sequence[tuple[Ask, Answer]]
) -> list[Fact]:
    """Store answers and return their facts, in the same order.

    Where a model has answered the same before, that answer stays and is returned.
    """
    if not answers:
        return []
    ids = _keep_questions(connection, {ask.question.digest: ask.question for ask, _ in answers})
    keyed = [(ask.key(media), answer) for ask, answer in answers]
    stored: dict[tuple[FactKey, str], Fact] = {}
    left = keyed
    for _ in range(_TRIES):
        connection.execute(
            insert_or_ignore(facts),
            [
                {"media_id": media_id, "question_id": ids[key.question], **_row(key, answer)}
                for key, answer in left
            ],
        )
        found = find(connection, (key for key, _ in left))
        stored |= {(fact.key, fact.answer.model): fact for fact in found}
        left = [(key, answer) for key, answer in left if (key, answer.model) not in stored]
        if not left:
            break
    return [stored[key, answer.model] for key, answer in keyed]


def _keep_questions(connection: Connection, asked: Mapping[str, Question]) -> dict[str, int]:
    """The ids of questions by digest; those that are new are stored."""
    ids = _question_ids(connection, asked)
    new = [
        {
            "digest": digest,
            "template": question.template,
            "version": question.version,
            "parameters": dict(question.parameters),
            "expects": question.expects,
        }
        for digest, question in sorted(asked.items())  # in one order, whoever writes
        if digest not in ids
    ]
    if new:
        connection.execute(insert_or_ignore(questions), new)
        ids = _question_ids(connection, asked)
    return ids


def _row(key: FactKey, answer: Answer) -> dict[str, object]:
    value = answer.value
    return {
        "key": _digest(key),
        "frames": pack_frames(key.frames),
        "transform": key.transform,
        "sample": key.sample,
        "model": answer.model,
        "endpoint": answer.endpoint,
        "method": answer.method,
        "probability": value.probability if isinstance(value, Presence) else None,
        "text": value.text if isinstance(value, Text) else None,
        "cut": isinstance(value, Text) and value.cut,
        "parser": answer.parser,
        "call_id": answer.call,
        "created_at": datetime.now(UTC),
    }


def _digest(key: FactKey) -> str:
    """A key in one column: databases look up a list of those far faster than a list of rows."""
    parts = (key.media, pack_frames(key.frames), key.transform, key.question, str(key.sample))
    return blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()


def _question_ids(connection: Connection, digests: Iterable[str]) -> dict[str, int]:
    ids: dict[str, int] = {}
    for batch in batches(digests):
        query = select(questions.c.digest, questions.c.id).where(questions.c.digest.in_(batch))
        ids.update((row.digest, row.id) for row in connection.execute(query))
    return ids
