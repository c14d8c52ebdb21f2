"""One run's window on the store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, func, select, update

from sightline.errors import RunTaken
from sightline.ports import Arrived, Fact
from sightline.store import claims, facts, shown, tables
from sightline.store.database import Database
from sightline.store.findings import replace_findings
from sightline.store.holds import Hold
from sightline.store.statements import insert_or_ignore, total
from sightline.store.tables import calls, media, run_ledger, runs
from sightline.values import (
    Accounting,
    Answer,
    Ask,
    AskFailed,
    AskId,
    Call,
    Claim,
    EndpointUse,
    FactKey,
    Finding,
    LedgerEntry,
    Media,
    Run,
    RunState,
    Spent,
    UnknownReason,
)

NOBODY = 0
"""No attempt has this number."""

PAGE = 10_000
"""Entries read at once: a long run's ledger need not fit into memory."""


# Made once: to build a statement costs as much as to have it done.
_OWNER = (
    select(runs.c.attempt)
    .where(runs.c.id == bindparam("the_run"), media.c.id == runs.c.media_id)
    # Of the media too: two that keep the same answers in different order would deadlock.
    .with_for_update(key_share=True, of=[runs, media])
)
_LAST = select(func.max(run_ledger.c.seq)).where(run_ledger.c.run_id == bindparam("the_run"))


class StoredLedger:
    """`ports.RunLedger` over the database. Made by `Store.open_run`, freed by `close`."""

    def __init__(
        self,
        database: Database,
        run: Run,
        *,
        media: Media,
        media_id: int,
        hold: Hold,
        claim: Claim | None = None,
    ) -> None:
        self._database = database
        self._run = run
        self._media = media
        self._media_id = media_id
        self._hold = hold
        self._claim = claim

    @property
    def run(self) -> Run:
        return self._run

    def close(self) -> None:
        """Let other processes work on the run."""
        self._hold.release()

    async def entries(self, *, after: int = 0) -> Sequence[LedgerEntry]:
        def work(connection: Connection) -> list[LedgerEntry]:
            rows = connection.execute(
                select(
                    run_ledger.c.seq,
                    run_ledger.c.ask,
                    run_ledger.c.reason,
                    run_ledger.c.detail,
                    run_ledger.c.shared,
                    *facts.ANSWER_COLUMNS,
                )
                .outerjoin(tables.facts)
                .where(run_ledger.c.run_id == self._run.id, run_ledger.c.seq > after)
                .order_by(run_ledger.c.seq)
                .limit(PAGE)
            )
            entries: list[LedgerEntry] = []
            for row in rows:
                seq, ask, reason, detail, shared = row[:5]
                failed = AskFailed(UnknownReason(reason), detail or "") if reason else None
                outcome = failed or facts.answer_of(row)
                entries.append(LedgerEntry(seq, AskId(ask), outcome, shared))
            return entries

        return await self._database.read(work)

    async def spent(self) -> Spent:
        def work(connection: Connection) -> Spent:
            tokens = func.coalesce(calls.c.tokens_in, 0) + func.coalesce(calls.c.tokens_out, 0)
            query = select(func.count(), func.coalesce(total(tokens), 0))
            count, used = connection.execute(query.where(calls.c.run_id == self._run.id)).one()
            return Spent(count, used or 0)

        return await self._database.read(work)

    async def facts(self, asks: Sequence[Ask]) -> Mapping[FactKey, Fact]:
        """Where several accepted models have answered, the one named first in the run counts."""
        rank = {model: n for n, model in enumerate(self._run.models)}

        def work(connection: Connection) -> dict[FactKey, Fact]:
            best: dict[FactKey, Fact] = {}
            keys = (ask.key(self._media) for ask in asks)
            for fact in facts.find(connection, keys):
                mine = rank.get(fact.answer.model)
                other = best.get(fact.key)
                if mine is not None and (other is None or mine < rank[other.answer.model]):
                    best[fact.key] = fact
            return best

        return await self._database.read(work)

    async def record(
        self, arrived: Sequence[Arrived], calls: Sequence[Call]
    ) -> Sequence[Fact | AskFailed]:
        """A run that was taken over still has its answers kept: they are paid for."""

        def work(connection: Connection) -> Sequence[Fact | AskFailed] | None:
            attempt, last = self._owner(connection)
            answers = [
                (a.ask, a.outcome)
                for a in arrived
                if a.fact_id is None and isinstance(a.outcome, Answer)
            ]
            self._keep_calls(connection, calls)
            new = iter(
                facts.keep(connection, self._media, media_id=self._media_id, answers=answers)
            )
            if attempt != self._run.attempt:
                return None
            return self._append(connection, arrived, last=last, new=new)

        stored = await self._database.write(work)
        if stored is None:
            raise _taken(self._run)
        return stored

    async def finish(
        self,
        state: RunState,
        findings: Sequence[Finding],
        note: str,
        *,
        counts: Accounting | None = None,
        uses: Sequence[EndpointUse] = (),
    ) -> None:
        ended: dict[str, object] = {"state": state, "note": note, "ended_at": datetime.now(UTC)}
        ended |= {"counts": counts and asdict(counts), "uses": [asdict(use) for use in uses]}

        def work(connection: Connection) -> None:
            if self._owner(connection)[0] != self._run.attempt:
                raise _taken(self._run)
            replace_findings(connection, self._run.id, findings)
            connection.execute(update(runs).where(runs.c.id == self._run.id).values(ended))
            shown.change_known(connection, self._media.digest)
            self._hold.drop(connection)

        await self._database.write(work)
        self._hold.dropped()
        self._run = replace(self._run, state=state)

    def _owner(self, connection: Connection) -> tuple[int, int]:
        """The attempt that owns the run, for the rest of the transaction, and its last `seq`.

        None owns it once the job that it is part of is another worker's.
        """
        attempt = connection.scalar(_OWNER, {"the_run": self._run.id})
        if attempt is None:
            raise RunTaken(
                f"run {self._run.id} was erased with its media while it was going on: nothing "
                "more of it is kept."
            )
        # Read once the rows are locked: in the same statement it could be older than they are.
        seq = connection.scalar(_LAST, {"the_run": self._run.id}) or 0
        if self._claim and not claims.holds(connection, self._claim):
            return NOBODY, seq
        return attempt, seq

    def _keep_calls(self, connection: Connection, made: Sequence[Call]) -> None:
        rows = [
            {
                "id": call.id,
                "media_id": self._media_id,
                "run_id": self._run.id,
                "endpoint": call.endpoint,
                "model": call.model,
                "started_at": call.started_at,
                "latency_s": call.latency_s,
                "tokens_in": call.usage.tokens_in,
                "tokens_out": call.usage.tokens_out,
                "raw": call.raw,
            }
            for call in made
        ]
        if rows:
            connection.execute(insert_or_ignore(tables.calls), rows)

    def _append(
        self, connection: Connection, arrived: Sequence[Arrived], *, last: int, new: Iterator[Fact]
    ) -> Sequence[Fact | AskFailed]:
        """Add to the ledger; `new` has the facts of the answers that came without one."""
        rows: list[dict[str, object]] = []
        stored: list[Fact | AskFailed] = []
        for seq, item in enumerate(arrived, last + 1):
            outcome = item.outcome
            if isinstance(outcome, Answer):
                known = item.fact_id
                key = item.ask.key(self._media)
                stored.append(next(new) if known is None else Fact(known, key, outcome))
            else:
                stored.append(outcome)
            kept = stored[-1]
            rows.append(
                {
                    "run_id": self._run.id,
                    "seq": seq,
                    "ask": item.ask.id,
                    "fact_id": kept.id if isinstance(kept, Fact) else None,
                    "reason": kept.reason if isinstance(kept, AskFailed) else None,
                    "detail": kept.detail if isinstance(kept, AskFailed) else None,
                    "shared": item.shared,
                    "attempt": self._run.attempt,
                }
            )
        if rows:
            connection.execute(run_ledger.insert(), rows)
        return stored


def _taken(run: Run) -> RunTaken:
    return RunTaken(
        f"run {run.id} was taken over by another process, which goes on with it; this one stops. "
        "Its answers are kept."
    )
