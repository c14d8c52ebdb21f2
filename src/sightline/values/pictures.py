"""Pictures: frames as they are given to a model, or what is given in place of one."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b


@dataclass(frozen=True, slots=True)
class PictureTransform:
    """How a frame is made into a picture for a model; part of what identifies an answer."""

    longest_side: int = 512
    """Pixels; a smaller frame is never enlarged."""
    stamped: bool = False
    """Its time is written into the picture."""

    @property
    def key(self) -> str:
        return f"fit{self.longest_side}{'+time' if self.stamped else ''}"


@dataclass(frozen=True, slots=True)
class Jpeg:
    """How pictures are packed for one endpoint; no part of what identifies an answer."""

    quality: int = 85
    """1 to 100, as libjpeg counts."""
    max_bytes: int | None = None
    """Most bytes of one JPEG. A picture that is larger loses quality first, then size."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """When frames look so much alike that one answer serves them all.

    A frame is compared with the representative of the group before it, never with its neighbour,
    so that a slow change ends the group in the end; by its largest local difference, in luma and
    chroma, so that something small is enough.
    """

    within: float = 6.0
    """Levels, of 255, by which no part of the picture may differ. At edges, which codecs render
    anew at each keyframe, luma may differ by a further 5 % of their contrast."""
    audit: float = 0.02
    """The share of alike frames that are asked about all the same, to see whether it holds."""

    def audits(self, pts: int) -> bool:
        """Whether this frame, if it is alike, is asked about all the same: always so or never."""
        drawn = int.from_bytes(blake2b(str(pts).encode(), digest_size=4).digest(), "big")
        return drawn < self.audit * (1 << 32)


@dataclass(frozen=True, slots=True)
class Picture:
    """A frame ready to be sent."""

    pts: int
    jpeg: bytes = field(repr=False)
    width: int
    height: int
    alike: int | None = None
    """The pts of the frame whose answer it could share, where this one is for an audit."""


@dataclass(frozen=True, slots=True)
class Alike:
    """A frame that looks like an earlier one of the same read, and needs no picture."""

    pts: int
    to: int
    """The pts of its group's representative, which was given as a `Picture` before."""


@dataclass(frozen=True, slots=True)
class FrameLost:
    """A frame that the index promised and the decoder could not give."""

    pts: int
    detail: str


ReadFrame = Picture | Alike | FrameLost
"""What a reader gives for a frame that was wanted."""
