"""Drives one recipe over one media: asks become pictures, pictures calls, calls facts.

    recipe ─asks─► facts already known ──────────────────────────────┐
       ▲              └─ the rest ─► reader ─pictures─► pool ─► ledger┤
       └──────────────────────── outcomes, once they are stored ─────┘

Guarantees: an outcome reaches the recipe only after the ledger has kept it, so a run that dies is
continued by feeding the ledger to a fresh recipe; nothing that is known is asked again; at most a
few pictures wait for the pool, which holds the reader back; a stop leaves within `GRACE_S`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field

from sightline.endpoints.pool import Exchange, Pool
from sightline.errors import MediaError, SightlineError, StoreError
from sightline.ports import Arrived, FrameReader, Recipe, RunLedger, Shown, StopAsking
from sightline.values import (
    Accounting,
    Answer,
    Ask,
    AskFailed,
    AskId,
    Call,
    Conclusion,
    Emit,
    Finding,
    Footage,
    FrameLost,
    Picture,
    PictureTransform,
    RunState,
    Track,
    UnknownReason,
)

log = logging.getLogger(__name__)

GRACE_S = 0.8
"""How long calls in flight may take to end after a stop before they are cut off."""

WAITING_PER_SLOT = 2
"""Pictures held ready for each slot: one being asked, one to follow."""


@dataclass(slots=True)
class _Delivery:
    """An exchange on its way to the conductor, whose sender waits until it is stored."""

    arrived: Sequence[Arrived]
    call: Call | None
    stored: asyncio.Event = field(default_factory=asyncio.Event)


class Engine:
    """One use drives one run."""

    def __init__(
        self,
        recipe: Recipe,
        footage: Footage,
        *,
        reader: FrameReader,
        pool: Pool,
        ledger: RunLedger,
        progress: Accounting,
        stop: asyncio.Event,
    ) -> None:
        self._recipe = recipe.start(footage)
        self._footage = footage
        self._reader = reader
        self._pool = pool
        self._ledger = ledger
        self._progress = progress
        self._stop = stop
        self._open: dict[AskId, Ask] = {}
        self._findings: dict[object, Finding] = {}
        self._failures: Counter[str] = Counter()
        self._wanted: dict[AskId, Ask] = {}
        self._wanted_more = asyncio.Event()
        self._deliveries: asyncio.Queue[_Delivery | None] = asyncio.Queue()
        self._room = asyncio.Semaphore(pool.endpoint.slots * WAITING_PER_SLOT)
        self._calling: set[asyncio.Task[None]] = set()
        progress.planned = recipe.planned(footage)
        progress.frames_sampled = len(footage.sample)

    async def run(self) -> Conclusion:
        """Raises `StoreError` when outcomes cannot be kept; only `stop` ends it early otherwise."""
        self._pool.begin()
        await self._take(await self._replay(next(self._recipe)))
        try:
            async with asyncio.TaskGroup() as tasks:
                helpers = [
                    tasks.create_task(self._read(tasks)),
                    tasks.create_task(self._watch_for_stop()),
                ]
                await self._conduct()
                for task in (*helpers, *self._calling):
                    task.cancel()
        except BaseExceptionGroup as group:
            # Not `except*`: before Python 3.11.4 what is raised there comes out in a group.
            raise (group.subgroup(StoreError) or group).exceptions[0] from None
        return self._conclude()

    # ---------------------------------------------- the recipe's side: one outcome at a time

    async def _replay(self, emit: Emit) -> Emit:
        """Feed what earlier attempts saw; what is returned holds the asks that are still open."""
        self._keep_findings(emit)
        asks = {ask.id: ask for ask in emit.asks}
        seq = 0
        while entries := await self._ledger.entries(after=seq):
            for entry in entries:
                seq = entry.seq
                if asks.pop(entry.ask, None) is None:
                    raise StoreError(
                        f"the ledger of run {self._ledger.run.id} does not fit its recipe: entry "
                        f"{seq} answers ask {entry.ask}, which was not asked. "
                        "Was it written by another version of Sightline?"
                    )
                emit = self._hear(entry.ask, entry.outcome, reused=True)
                asks |= {ask.id: ask for ask in emit.asks}
        return Emit(tuple(asks.values()))

    async def _take(self, emit: Emit) -> None:
        """Put new asks on their way: answered from the store, or else to the reader."""
        self._open |= {ask.id: ask for ask in emit.asks}
        facts = await self._ledger.facts(emit.asks)
        known: list[Arrived] = []
        for ask in emit.asks:
            if fact := facts.get(ask.key(self._footage.media)):
                known.append(Arrived(ask, fact.answer, fact.id))
            else:
                self._wanted[ask.id] = ask
        if known:
            self._deliveries.put_nowait(_Delivery(known, None))
        self._wanted_more.set()

    async def _conduct(self) -> None:
        """Store outcomes as they come, then tell the recipe, until nothing is open or all stop."""
        while self._open:
            batch = [await self._deliveries.get()]
            while not self._deliveries.empty():
                batch.append(self._deliveries.get_nowait())
            delivered = [delivery for delivery in batch if delivery]
            arrived = [one for delivery in delivered for one in delivery.arrived]
            calls = [delivery.call for delivery in delivered if delivery.call]
            outcomes = await self._ledger.record(arrived, calls)
            for delivery in delivered:
                delivery.stored.set()
            self._count_calls(calls)
            asks: list[Ask] = []
            for one, outcome in zip(arrived, outcomes, strict=True):
                del self._open[one.ask.id]
                asks += self._hear(one.ask.id, outcome, reused=one.fact_id is not None).asks
            if None in batch:
                self._open |= {ask.id: ask for ask in asks}
                return
            await self._take(Emit(tuple(asks)))

    def _hear(self, ask: AskId, outcome: Answer | AskFailed, *, reused: bool) -> Emit:
        match outcome:
            case Answer():
                self._progress.reused += reused
                self._progress.answered += not reused
            case AskFailed(reason=UnknownReason.UNSUPPORTED):
                self._progress.unsupported += 1
            case AskFailed(detail=detail):
                self._progress.failed += 1
                self._failures[detail] += 1
        emit = self._recipe.send((ask, outcome))
        self._keep_findings(emit)
        return emit

    def _keep_findings(self, emit: Emit) -> None:
        self._findings |= {finding.key: finding for finding in emit.findings}

    def _count_calls(self, calls: Sequence[Call]) -> None:
        self._progress.calls += len(calls)
        self._progress.tokens_in += sum(call.usage.tokens_in or 0 for call in calls)
        self._progress.tokens_out += sum(call.usage.tokens_out or 0 for call in calls)

    # --------------------------------------------- the endpoint's side: pictures and calls

    async def _read(self, tasks: asyncio.TaskGroup) -> None:
        """Turn wanted asks into calls, as fast as the pool takes them."""
        while True:
            await self._wanted_more.wait()
            self._wanted_more.clear()
            while self._wanted and not self._stop.is_set():
                batch, self._wanted = self._wanted, {}
                for transform in {ask.transform for ask in batch.values()}:
                    asks = [ask for ask in batch.values() if ask.transform == transform]
                    await self._read_pictures(asks, transform, tasks)

    async def _read_pictures(
        self, asks: Sequence[Ask], transform: PictureTransform, tasks: asyncio.TaskGroup
    ) -> None:
        """One pass over the frames of `asks`, in order; each group leaves with its last frame."""
        groups: defaultdict[tuple[int, ...], list[Ask]] = defaultdict(list)
        for ask in asks:
            groups[ask.frames].append(ask)
        by_last = sorted(groups, key=lambda frames: frames[-1], reverse=True)
        needed = sorted({pts for frames in groups for pts in frames})
        kept = {pts for frames in groups if len(frames) > 1 for pts in frames}
        held: dict[int, Picture | FrameLost] = {}
        failure: SightlineError | None = self._pool.gave_up
        try:
            async with aclosing(self._reader.read(needed, transform)) as pictures:
                while not (failure or self._stop.is_set()) and (
                    item := await anext(pictures, None)
                ):
                    self._progress.frames_decoded += 1
                    held[item.pts] = item
                    while by_last and by_last[-1][-1] == item.pts:
                        frames = by_last.pop()
                        await self._call([held[pts] for pts in frames], groups[frames], tasks)
                    if item.pts not in kept:
                        del held[item.pts]
                    failure = self._pool.gave_up
            if by_last and not (failure or self._stop.is_set()):
                failure = MediaError("the reader ended before it had given every frame")
        except MediaError as error:
            failure = error
        except Exception as fault:  # the boundary to sources that others write
            log.exception("the reader raised what it should not")
            failure = MediaError(f"the reader has a fault: {type(fault).__name__}: {fault}")
        if failure:
            for frames in by_last:
                self._deliver_failure(groups[frames], str(failure))

    async def _call(
        self,
        items: Sequence[Picture | FrameLost],
        asks: Sequence[Ask],
        tasks: asyncio.TaskGroup,
    ) -> None:
        """Send asks about these pictures on their way as soon as there is room."""
        if lost := next((item for item in items if isinstance(item, FrameLost)), None):
            self._deliver_failure(asks, lost.detail)
            return
        clock = self._footage.media.clock
        shown = [
            Shown(item, clock.seconds(item.pts)) for item in items if isinstance(item, Picture)
        ]
        for pack in self._pool.pack(asks):
            await self._room.acquire()
            asking = self._pool.ask(shown, pack, keep=self._deliver, stop=self._stop)
            task = tasks.create_task(asking)
            self._calling.add(task)
            task.add_done_callback(self._called)

    def _called(self, task: asyncio.Task[None]) -> None:
        self._calling.discard(task)
        self._room.release()

    async def _deliver(self, exchange: Exchange) -> None:
        """Hand an exchange to the conductor; returns once it is stored."""
        self._progress.asked += len(exchange.outcomes) * exchange.sent
        delivery = _Delivery([Arrived(*one) for one in exchange.outcomes], exchange.call)
        self._deliveries.put_nowait(delivery)
        await delivery.stored.wait()

    def _deliver_failure(self, asks: Sequence[Ask], detail: str) -> None:
        failure = AskFailed(UnknownReason.FAILED, detail)
        self._deliveries.put_nowait(_Delivery([Arrived(ask, failure) for ask in asks], None))

    async def _watch_for_stop(self) -> None:
        """After a stop, let calls in flight end for a moment, then end the conductor."""
        await self._stop.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE_S):
                while self._calling:
                    await asyncio.wait(self._calling)
        self._deliveries.put_nowait(None)

    # ---------------------------------------------------------------------- what it came to

    def _conclude(self) -> Conclusion:
        stopped = bool(self._open)
        if stopped:
            self._keep_findings(self._recipe.throw(StopAsking()))
        self._recipe.close()
        findings = tuple(self._findings.values())
        return Conclusion(
            self._state(findings, stopped=stopped), findings, self._note(stopped=stopped)
        )

    def _state(self, findings: Sequence[Finding], *, stopped: bool) -> RunState:
        if stopped:
            return RunState.INTERRUPTED
        if self._progress.failed and not (self._progress.answered or self._progress.reused):
            return RunState.FAILED
        if self._footage.media.lost_s or any(map(_is_partial, findings)):
            return RunState.PARTIAL
        return RunState.COMPLETE

    def _note(self, *, stopped: bool) -> str:
        notes = [
            f"{count} of {self._progress.done} asks failed: {detail}"
            for detail, count in self._failures.most_common(3)
        ]
        if stopped:
            notes.append("stopped before it was done; run it again to continue")
        if lost_s := self._footage.media.lost_s:
            notes.append(f"the file is cut short: its last {lost_s:.1f} s cannot be read")
        return "\n".join(notes)


def _is_partial(finding: Finding) -> bool:
    """Whether anything that was to be found out is unknown; what nobody asked was not."""
    unknown = finding.unknown if isinstance(finding, Track) else (finding.unknown,)
    return any(stretch and stretch.reason is not UnknownReason.UNASKED for stretch in unknown)
