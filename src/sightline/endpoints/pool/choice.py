"""Which endpoint takes the next parcel: pure functions over where the members stand."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sightline.endpoints.pool.lane import Lane, Parcel
from sightline.endpoints.pool.member import Member, Standing
from sightline.values import Reach, Turn, UnknownReason

_EQUALLY_QUICK = 1.25
"""Times the quickest's latency."""
_EQUALLY_QUICK_S = 0.02
"""And by so much more, any two are."""
_OVERFLOW = list(Turn).index(Turn.WHEN_FULL)
"""The tier that is used when the one before it is up but full."""


def acceptable(member: Member, lane: Lane, parcel: Parcel) -> bool:
    """Whether it would be right to ask it, were it up and free."""
    terms, pictures = member.terms, len(parcel.shown)
    return (
        lane.may_ask(member)
        and terms.role.takes(pictures=pictures > 0)
        and pictures <= terms.pictures
        and member.name not in parcel.refused_by
    )


def why_nobody(
    members: Sequence[Member], lane: Lane, parcel: Parcel
) -> tuple[UnknownReason, str] | None:
    """Why no endpoint will ever answer it, for a person; None as long as one may."""
    hopeful = [m for m in members if acceptable(m, lane, parcel)]
    if any(_may_serve(member) for member in hopeful):
        return None
    if parcel.last_error is not None:
        return UnknownReason.FAILED, str(parcel.last_error)
    if given_up := [member.gave_up for member in hopeful if member.gave_up]:
        return UnknownReason.FAILED, str(given_up[-1])
    if wrong := [member.name for member in hopeful if member.terms.quarantined]:
        return UnknownReason.FAILED, (
            f"{', '.join(wrong)}: answered the probe's own pictures wrongly, so it is not asked. "
            "See `sightline endpoints show`, or set trusted."
        )
    if not members:
        return UnknownReason.FAILED, "no endpoint is left: the last one was removed meanwhile"
    within = [m for m in members if lane.egress.allows(m.terms.reach)]
    if not within:
        return UnknownReason.FAILED, _too_far(members, lane.egress)
    pictures = len(parcel.shown)
    if pictures and any(m.terms.role.takes(pictures=True) for m in within):
        most = max(member.terms.pictures for member in within)
        if most < pictures:
            return UnknownReason.UNSUPPORTED, (
                f"no endpoint takes {pictures} pictures at once: the probe found {most} at most"
            )
    what = "looks at pictures" if pictures else "answers about text alone"
    return UnknownReason.UNSUPPORTED, f"no endpoint that this run may ask {what}"


def _may_serve(member: Member) -> bool:
    """Now or later: a person may resume what is paused."""
    return (
        member.standing is not Standing.LEAVING
        and member.gave_up is None
        and not member.terms.quarantined
    )


def _too_far(members: Sequence[Member], egress: Reach) -> str:
    names = ", ".join(f"{member.name} ({member.terms.reach})" for member in members)
    return (
        f"pictures may not leave this {'machine' if egress is Reach.HOST else 'network'} "
        f"(egress {egress}), and all endpoints are further away: {names}. "
        f"Allow it with --egress {max((m.terms.reach for m in members), key=list(Reach).index)}."
    )


def choose(
    members: Sequence[Member], lane: Lane, parcel: Parcel, *, now: float, ahead: int
) -> Member | None:
    """The free member that is to take it; None when it had better wait.

    `ahead` is how many parcels wait or will follow, this one included.
    """
    able = [m for m in members if m.usable and acceptable(m, lane, parcel)]
    kept = [m for m in able if m.name not in parcel.failed_at] if parcel.failed_at else able
    if any(member.up(now) for member in kept):
        able = kept
    before_it_up = False
    for tier in sorted({member.terms.tier for member in able}):
        if before_it_up and tier != _OVERFLOW:
            continue
        peers = [member for member in able if member.terms.tier == tier]
        if free := [member for member in peers if member.free(now)]:
            return _quickest(free, peers, now=now, ahead=ahead)
        before_it_up = before_it_up or any(member.up(now) for member in peers)
    return None


def demand(member: Member, members: Sequence[Member], lanes: Sequence[Lane], *, now: float) -> int:
    """How many more calls this member could be given now, had it slots for them."""
    if not member.usable:
        return 0
    tags, frames = member.terms.batch
    calls = 0.0
    for lane in lanes:
        if lane.ended or lane.over:
            continue
        for parcel in lane.waiting:
            if parcel.not_before > now or not acceptable(member, lane, parcel):
                continue
            if not _is_its_turn(member, members, lane, parcel, now=now):
                continue
            packed = math.ceil(len(parcel.asks) / tags) if parcel.packable else 1
            calls += 1 / frames if packed == 1 and parcel.packable else packed
    return math.ceil(calls) if member.up(now) else min(1, math.ceil(calls))


def _is_its_turn(
    member: Member, members: Sequence[Member], lane: Lane, parcel: Parcel, *, now: float
) -> bool:
    tier = member.terms.tier
    return tier == _OVERFLOW or not any(
        other.terms.tier < tier and other.up(now) and acceptable(other, lane, parcel)
        for other in members
    )


def _quickest(
    free: Sequence[Member], peers: Sequence[Member], *, now: float, ahead: int
) -> Member | None:
    quickest_s = min(member.expected_s or 0.0 for member in free)
    equal = [
        m for m in free if (m.expected_s or 0.0) <= quickest_s * _EQUALLY_QUICK + _EQUALLY_QUICK_S
    ]
    chosen = min(equal, key=lambda member: (member.turn_at, member.in_flight))
    return None if _sooner_elsewhere(chosen, peers, now=now, ahead=ahead) else chosen


def _sooner_elsewhere(chosen: Member, peers: Sequence[Member], *, now: float, ahead: int) -> bool:
    """Whether busy, quicker ones would answer all that waits before `chosen` has answered once."""
    own_s = chosen.expected_s
    if own_s is None:
        return False
    rate, slowest_s = 0.0, 0.0
    for member in peers:
        expected_s = member.expected_s
        if not expected_s or expected_s * 2 > own_s or not member.up(now) or member.free(now):
            continue
        rate += member.slots / expected_s
        slowest_s = max(slowest_s, expected_s)
    return rate > 0 and ahead / rate + slowest_s + _EQUALLY_QUICK_S < own_s
