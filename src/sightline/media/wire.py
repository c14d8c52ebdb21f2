"""The messages between this process and the child that decodes.

A turn is one request and all that is said about it, so that what is still on its way when a request
is left cannot be taken for an answer to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sightline.media.rows import Row
from sightline.values import FrameIndex, Jpeg, Media, PictureTransform, SeenFile, Sharing


class How(StrEnum):
    """What is done to a video so that a browser can play it."""

    AS_IT_IS = "as it is"
    REMUXED = "remuxed"
    """The same pictures in another container; its sound may be encoded anew."""
    TRANSCODED = "transcoded"


class Form(StrEnum):
    """What a browser is told that it gets."""

    MP4 = "video/mp4"
    WEBM = "video/webm"


# ------------------------------------------------------------------------ from parent to child


@dataclass(frozen=True, slots=True)
class Probe:
    """Answered with `Probed`."""

    file: SeenFile


@dataclass(frozen=True, slots=True)
class Open:
    """The file that the reads after it are about, and how many cores they may use."""

    file: SeenFile
    index: FrameIndex
    threads: int


@dataclass(frozen=True, slots=True)
class Read:
    """Answered with `Rows`, one row for each frame in order, then `Done`."""

    frames: Sequence[int] | None
    """The wanted pts, in order; None for all."""
    transform: PictureTransform | None
    """None to have frames measured without a picture."""
    jpeg: Jpeg = Jpeg()
    sharing: Sharing | None = None


@dataclass(frozen=True, slots=True)
class Print:
    """Answered with `Printed`."""

    frames: Sequence[int]
    """The wanted pts, in order."""


@dataclass(frozen=True, slots=True)
class More:
    """So many more pictures of this turn may be made."""

    pictures: int


@dataclass(frozen=True, slots=True)
class Leave:
    """Nobody waits for the rest of this turn."""


@dataclass(frozen=True, slots=True)
class Convert:
    """Write what a browser can play of the open file, where it cannot play the file as it is.

    Answered with `Converting`, time and again, then `Done`. Only for a child that may write.
    """

    target: Path
    """Of a file that is not there yet."""


@dataclass(frozen=True, slots=True)
class Draw:
    """Write the sample video. Answered with `Done`. Only for a child that may write."""

    target: Path
    """Of a file that is not there yet."""


@dataclass(frozen=True, slots=True)
class Close:
    """The file is not needed any more. Answered with `Done`."""


Request = Probe | Open | Read | Print | Convert | Draw | More | Leave | Close

# ------------------------------------------------------------------------ from child to parent


@dataclass(frozen=True, slots=True)
class Probed:
    """What a file holds."""

    media: Media
    index: FrameIndex


@dataclass(frozen=True, slots=True)
class Rows:
    """What became of the next frames."""

    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Printed:
    """A small picture of each frame, of `PICTURE_BYTES`; empty where there is none."""

    pictures: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Converting:
    """How a file is made playable, and how far that is."""

    how: How
    form: Form
    done: int
    """Thousandths of the whole."""


@dataclass(frozen=True, slots=True)
class Beat:
    """The work goes on."""


@dataclass(frozen=True, slots=True)
class Done:
    """The turn is over; also of one that was left."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The turn is over because of what `why` says, the text of a `MediaError`."""

    why: str
    fatal: bool
    """The child is not fit for another turn."""


Reply = Probed | Rows | Printed | Converting | Beat | Done | Failed
