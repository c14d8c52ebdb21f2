"""Decides how the wanted frames of a video are come by at the least cost; knows times, no file.

A frame costs all the frames that it builds on, back to a keyframe. So the wanted ones are taken in
runs: each begins at a keyframe with an empty decoder, is decoded without a break, and ends with its
last wanted frame; what lies between two runs is not decoded. Runs keep the order of time and share
no frame. `approach` says how to come to the beginning of a run, `plainer` what to try when a frame
does not come.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from sightline.values import FrameIndex

SEEK_OVER = 64
"""Packets that are read and thrown away rather than seeking: to read one costs 6 µs and its bytes,
to seek 50 µs and a fresh 256 kB, which hold the next 10 to 250 of them."""
CHAIN_OVER = 300
"""The same where a seek leaves threads without work besides, because it empties the decoder."""
REORDER = 16
"""Frames by which the orders of decoding and presentation differ at most (H.264, A.3.1)."""


class Way(Enum):
    """What is sent to the decoder in a run."""

    ALL = auto()
    """Every packet up to that of the last wanted frame."""
    THRIFTY = auto()
    """The same, but of frames that no other builds on only the wanted ones."""
    ALONE = auto()
    """The wanted frames, each of which is a keyframe."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a format and its codec allow."""

    leaps: bool = True
    """Decoding can begin at a keyframe, not only at the beginning of the file."""
    skips: bool = False
    """The decoder can leave out frames that no other builds on."""
    waits: bool = False
    """A packet may hold less than a frame, so that a frame is there only when it comes out."""
    chains: bool = False
    """Keyframes can be sent one after the other, so that several threads work on them."""
    reach: int = 0
    """Frames that are decoded needlessly rather than emptying the decoder, which leaves threads
    without work."""
    counts: bool = False
    """The format has no times of presentation, so that frames are told apart by counting what comes
    out; after a leap the first one is miscounted."""


@dataclass(frozen=True, slots=True)
class Run:
    """Decodes `wanted[first:stop]` without a break."""

    start: int | None
    """The keyframe at which decoding begins; None is the beginning of the file."""
    first: int
    stop: int
    way: Way
    limit: int | None = None
    """No packet is sent from the first keyframe after this pts on: all that the wanted frames can
    need lies before. None where there is no such keyframe."""


class Approach(Enum):
    """How to come to a keyframe."""

    READ_ON = auto()
    SEEK = auto()
    REWIND = auto()
    """To the beginning of the file, and from there by reading on."""


def plan(
    index: FrameIndex, wanted: Sequence[int], abilities: Abilities, *, first: int = 0
) -> Iterator[Run]:
    """The runs that give `wanted[first:]` (increasing, each in the index), one after the other."""
    while first < len(wanted):
        if not abilities.leaps:
            run = Run(None, first, len(wanted), Way.ALL)
        elif _is_alone(index, wanted, first, abilities):
            run = _run_alone(index, wanted, first, abilities)
        else:
            run = _run(index, wanted, first, abilities)
        yield run
        first = run.stop


def plainer(
    index: FrameIndex, wanted: Sequence[int], abilities: Abilities, run: Run, missed: int
) -> Iterator[Run]:
    """What to try when `wanted[missed]` did not come in this run: the rest of its group again.

    First every packet of the group, in case a frame builds on one that was skipped; then the group
    before it as well, in case its keyframe was none. The last run that is given `settles` it.
    """
    gop = _gop(index, wanted[missed])
    stop = _gop_stop(index, wanted, missed)
    limit = _limit(index, gop, abilities)
    for start in (_keyframe(index, gop), _keyframe(index, gop - 1)):
        if run.way is not Way.ALL or run.start != start:
            yield Run(start, missed, stop, Way.ALL, limit)


def settles(index: FrameIndex, run: Run, pts: int) -> bool:
    """Whether a frame that this run does not give is lost: all was decoded, and from before the
    frame's own keyframe on."""
    return run.way is Way.ALL and (
        run.start is None or run.start < index.keyframes[_gop(index, pts)]
    )


def approach(
    index: FrameIndex, keyframe: int, *, read: int | None, seek_over: int | None
) -> Approach:
    """How to come to a keyframe after the packets up to the pts `read` (None before the first),
    where more than `seek_over` packets are not read in vain; None where a seek is not possible."""
    if read is None or read < keyframe:
        passed = 0 if read is None else bisect_right(index.pts, read)
        if seek_over is None or bisect_left(index.pts, keyframe) - passed <= seek_over:
            return Approach.READ_ON
    return Approach.REWIND if seek_over is None else Approach.SEEK


def earlier(index: FrameIndex, keyframe: int) -> int | None:
    """The keyframe before this one."""
    return _keyframe(index, _gop(index, keyframe) - 1)


def _run(index: FrameIndex, wanted: Sequence[int], first: int, abilities: Abilities) -> Run:
    """A run that goes on into the next group while that is within reach."""
    stop = _gop_stop(index, wanted, first)
    while stop < len(wanted) and _needless(index, wanted, stop) <= abilities.reach:
        stop = _gop_stop(index, wanted, stop)
    gop, last = _gop(index, wanted[first]), _gop(index, wanted[stop - 1])
    limit = _limit(index, last, abilities)
    if abilities.counts:
        return Run(_keyframe(index, gop - 1), first, stop, Way.ALL, limit)
    start = _keyframe(index, gop)
    if not abilities.skips or start is None:
        return Run(start, first, stop, Way.ALL, limit)
    shown = bisect_right(index.pts, wanted[stop - 1]) - bisect_left(index.pts, start)
    return Run(start, first, stop, Way.ALL if shown == stop - first else Way.THRIFTY, limit)


def _run_alone(index: FrameIndex, wanted: Sequence[int], first: int, abilities: Abilities) -> Run:
    stop = first + 1
    while (
        abilities.chains
        and stop < len(wanted)
        and _is_alone(index, wanted, stop, abilities)
        and _needless(index, wanted, stop) <= CHAIN_OVER
    ):
        stop += 1
    return Run(wanted[first], first, stop, Way.ALONE)


def _is_alone(index: FrameIndex, wanted: Sequence[int], nth: int, abilities: Abilities) -> bool:
    """Whether this frame is a keyframe, the only wanted one of its group, and best sent alone."""
    stop = _gop_stop(index, wanted, nth)
    if abilities.waits or stop > nth + 1 or not _is_keyframe(index, wanted[nth]):
        return False
    return (
        abilities.chains or stop == len(wanted) or _needless(index, wanted, stop) > abilities.reach
    )


def _is_keyframe(index: FrameIndex, pts: int) -> bool:
    return _keyframe(index, _gop(index, pts)) == pts


def _needless(index: FrameIndex, wanted: Sequence[int], nth: int) -> int:
    """Frames between the wanted one before and the keyframe of this one."""
    begin = _keyframe(index, _gop(index, wanted[nth]))
    if begin is None:
        return 0
    return bisect_left(index.pts, begin) - bisect_right(index.pts, wanted[nth - 1])


def _gop(index: FrameIndex, pts: int) -> int:
    """The number of the group that a frame is shown in; -1 before the first keyframe."""
    return bisect_right(index.keyframes, pts) - 1


def _gop_stop(index: FrameIndex, wanted: Sequence[int], nth: int) -> int:
    """Where the wanted frames of another group begin."""
    following = _keyframe(index, _gop(index, wanted[nth]) + 1)
    return len(wanted) if following is None else bisect_left(wanted, following, lo=nth)


def _limit(index: FrameIndex, gop: int, abilities: Abilities) -> int | None:
    """Past the keyframe that follows a group, whose packet frames of the group may come after."""
    return _keyframe(index, gop + 1 + (REORDER if abilities.waits else 0))


def _keyframe(index: FrameIndex, gop: int) -> int | None:
    """Where this group begins; None before the first and after the last."""
    return index.keyframes[gop] if 0 <= gop < len(index.keyframes) else None
