"""The engine that needs no model: it answers only what can be measured in a picture.

It knows brightness, colours, contrast and sharpness by their plain names, and refuses every other
tag as unsupported: a guess would be worth less than saying so. It exists so that the whole road,
from a video to a timeline, works on a machine that has no model yet.

Every measure becomes a probability through a smooth function, so that a picture just beside a
threshold gives about 0.5 and not a sudden yes: `_step` for a level, `_cover` for an area.
"""

from __future__ import annotations

import asyncio
import math
import os
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from sightline.errors import RequestRejected, SettingsError
from sightline.ports import EndpointKind, Given, Reply, Shown
from sightline.values import (
    Answer,
    Ask,
    AskFailed,
    Call,
    Jpeg,
    Method,
    Picture,
    Presence,
    Question,
    ServedModel,
    Text,
    UnknownReason,
    Usage,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NAME = "pixels"
MODEL = "pixels-1"
"""Changes when a measure or threshold does: another model's answer is another fact."""

_MEASURES = 1
_FLAT = 0.02
"""Below this contrast (5 of 255) a picture shows its compression rather than any detail.

So in a picture of one tone nothing is sharp and nothing is blurry: a fade to black is neither.
"""


@dataclass(frozen=True, slots=True)
class Look:
    """What is measured in one picture."""

    brightness: float
    """Mean luma (BT.601, as in JPEG), 0.0 to 1.0."""
    contrast: float
    """Standard deviation of luma (RMS contrast), 0.0 to 0.5."""
    colourfulness: float
    """By Hasler and Süsstrunk (2003): 0 none, 15 slight, 33 moderate, 45 average, 82 high."""
    sharpness: float
    """Variance of the Laplacian over the variance of luma, so that contrast does not count."""
    shares: Mapping[str, float]
    """Share of the picture in each colour of `_COLOURS`; together at most 1.0."""
    luma: NDArray[np.floating]
    """Shape (height, width), 0.0 to 1.0."""


def _step(value: float, at: float, width: float) -> float:
    """Logistic: 0.5 at `at`, 0.88 two `width` beyond it; a negative width turns it round."""
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, (value - at) / width))))


def _cover(share: float) -> float:
    """A colour counts as there when it covers a twentieth: 1 % 0.04, 5 % 0.5, 10 % 0.8, 20 % 0.94.

    A square about a fifth of the picture's height and width; less is often noise and lettering.
    """
    return share**2 / (share**2 + 0.05**2)


_COLOURS = (
    "black", "white", "grey", "brown", "red", "orange", "yellow", "green", "cyan", "blue",
    "purple", "pink",
)  # fmt: skip
_HUES = ((15, "red"), (42, "orange"), (70, "yellow"), (165, "green"), (190, "cyan"),
         (255, "blue"), (295, "purple"), (345, "pink"), (361, "red"))  # fmt: skip
"""Upper edge of each hue, in degrees, where the name in common use changes."""

_LEVELS: Mapping[str, Callable[[Look], float]] = {
    # Well exposed pictures lie around 0.45: dark and bright begin clearly outside of that.
    "dark": lambda look: _step(look.brightness, 0.25, -0.03),
    "bright": lambda look: _step(look.brightness, 0.60, 0.03),
    # A fade or leader is all of one tone; 0.95 leaves room for a caption.
    "black screen": lambda look: _step(look.shares["black"], 0.95, 0.01),
    "white screen": lambda look: _step(look.shares["white"], 0.95, 0.01),
    "colourful": lambda look: _step(look.colourfulness, 45, 5),
    # Compression tints grey pictures by some units.
    "monochrome": lambda look: _step(look.colourfulness, 8, -1.5),
    "high contrast": lambda look: _step(look.contrast, 0.28, 0.02),
    "low contrast": lambda look: _step(look.contrast, 0.10, -0.015),
    "sharp": lambda look: _detail(look) * _step(_log(look), 0, 0.15),
    "blurry": lambda look: _detail(look) * _step(_log(look), 0, -0.15),
}
_SYNONYMS = {
    "gray": "grey", "dim": "dark", "colorful": "colourful", "blurred": "blurry",
    "out of focus": "blurry", "in focus": "sharp", "black and white": "monochrome",
    "grayscale": "monochrome", "greyscale": "monochrome", "turquoise": "cyan", "violet": "purple",
}  # fmt: skip
_FILLERS = {"a", "an", "the", "very", "mostly", "picture", "image", "frame", "scene", "shot"}


def _detail(look: Look) -> float:
    """How likely there is anything to be sharp or blurry."""
    return _step(look.contrast, _FLAT, 0.002)


def _log(look: Look) -> float:
    """Sharpness in decades from where focus is lost.

    At 512 pixels frames of five ordinary recordings measured 0.04 to 0.6, and after a box blur of
    5 pixels 0.005 to 0.03.
    """
    return math.log10(max(look.sharpness, 1e-6) / 0.02)


def _measure_of(wording: str) -> Callable[[Look], float] | None:
    """How to answer this wording; None when it is about more than a measure."""
    words = wording.casefold().replace("-", " ").strip(" .?!").split()
    name = " ".join(word for word in words if word not in _FILLERS)
    name = _SYNONYMS.get(name, name)
    if name in _COLOURS:
        return lambda look: _cover(look.shares[name])
    return _LEVELS.get(name)


class PixelsEndpoint:
    """`ports.Endpoint` that measures; it runs in threads of this process."""

    def __init__(self, name: str = NAME, *, slots: int | None = None) -> None:
        """`slots` of None: one for each core."""
        self._name = name
        self._slots = slots or os.cpu_count() or 1

    @property
    def name(self) -> str:
        return self._name

    @property
    def model(self) -> str:
        return MODEL

    @property
    def slots(self) -> int:
        return self._slots

    @property
    def jpeg(self) -> Jpeg:
        return Jpeg()

    def can_tell(self, question: Question) -> bool:
        return can_tell(question)

    async def answer(self, shown: Sequence[Shown], asks: Sequence[Ask]) -> Reply:
        """Raises `RequestRejected` for a picture that is no JPEG."""
        started_at, started = datetime.now(UTC), time.perf_counter()
        looks = await asyncio.to_thread(lambda: [measure(one.picture, self._name) for one in shown])
        by_pts = {one.picture.pts: look for one, look in zip(shown, looks, strict=True)}
        found = [_find([by_pts[pts] for pts in ask.frames], ask) for ask in asks]
        raw = "\n".join(_in_numbers(look) for look in looks)
        latency_s = time.perf_counter() - started
        call = Call(uuid.uuid4().hex, self._name, MODEL, started_at, latency_s, Usage(), raw)
        outcomes = tuple(
            value
            if isinstance(value, AskFailed)
            else Answer(value, MODEL, self._name, Method.MEASURED, _MEASURES, call.id)
            for value in found
        )
        return Reply(call, outcomes)

    async def aclose(self) -> None:
        """Holds nothing."""


class _PixelsKind:
    def url(self, given: Given) -> None:
        """Pictures stay in this process."""

    async def connect(self, given: Given) -> PixelsEndpoint:
        if model := given.model or given.settings.model:
            raise SettingsError(f"{given.name}: pixels has no models: leave out {model}")
        slots = given.settings.slots
        if slots == "learn" or "slots" not in given.settings.model_fields_set:
            return PixelsEndpoint(given.name)
        return PixelsEndpoint(given.name, slots=slots)

    def can_tell(self, question: Question) -> bool:
        return can_tell(question)

    async def models(self, given: Given) -> Sequence[ServedModel]:  # noqa: ARG002 - the port
        return (ServedModel(MODEL, vision=True, fingerprint=MODEL),)


kind: EndpointKind = _PixelsKind()
"""The engine that measures, as `ports.EndpointKind`."""


def can_tell(question: Question) -> bool:
    """Whether this is a matter of measuring, given a picture."""
    if question.expects == "presence":
        return _measure_of(str(question["tag"])) is not None
    return question.template == "describe"


def _find(looks: Sequence[Look], ask: Ask) -> Presence | Text | AskFailed:
    question = ask.question
    if not looks:
        return _unsupported("without a picture there is nothing to measure")
    if question.template == "describe":
        return Text(_in_words(looks))
    if question.expects != "presence":
        return _unsupported("it cannot answer a question in words")
    tag = str(question["tag"])
    measured = _measure_of(tag)
    if measured is None:
        return _unsupported(f"it cannot tell {tag!r}")
    # Of several pictures: it is there when any of them has it.
    return Presence(round(max(map(measured, looks)), 4))


def _unsupported(what: str) -> AskFailed:
    detail = (
        f"pixels measures brightness, colours, contrast and sharpness; {what}. Attach a model: "
        "start a model server on this machine, or name one by its URL."
    )
    return AskFailed(UnknownReason.UNSUPPORTED, detail)


# ------------------------------------------------------------------------------------- measuring


def measure(picture: Picture, name: str = NAME) -> Look:
    """Measures one picture; a few milliseconds of CPU. Raises `RequestRejected` for no JPEG."""
    import numpy as np  # noqa: PLC0415 - not before there is a picture
    import simplejpeg  # noqa: PLC0415

    try:
        rgb = simplejpeg.decode_jpeg(picture.jpeg, "RGB", strict=False)
    except ValueError as exc:
        message = f"{name}: the picture of frame {picture.pts} is not a JPEG that can be read"
        raise RequestRejected(message, endpoint=name) from exc
    red, green, blue = (rgb[..., channel].astype(np.float32) for channel in range(3))
    luma = (0.299 * red + 0.587 * green + 0.114 * blue) / 255
    variance = float(luma.var())
    yellow_blue, red_green = (red + green) / 2 - blue, red - green
    spread = math.hypot(float(red_green.std()), float(yellow_blue.std()))
    offset = math.hypot(float(red_green.mean()), float(yellow_blue.mean()))
    return Look(
        brightness=float(luma.mean()),
        contrast=math.sqrt(variance),
        colourfulness=spread + 0.3 * offset,
        sharpness=_laplacian_variance(luma) / max(variance, 1e-9),
        shares=_shares(rgb[::2, ::2].astype(np.float32) / 255),
        luma=luma,
    )


def _laplacian_variance(luma: NDArray[np.floating]) -> float:
    if min(luma.shape) < 3:
        return 0.0
    middle = luma[1:-1, 1:-1]
    around = luma[:-2, 1:-1] + luma[2:, 1:-1] + luma[1:-1, :-2] + luma[1:-1, 2:]
    return float((around - 4 * middle).var())


def _shares(rgb: NDArray[np.floating]) -> dict[str, float]:
    """Each pixel has at most one colour: by value first, then saturation, then hue (HSV)."""
    import numpy as np  # noqa: PLC0415

    value = rgb.max(axis=-1)
    chroma = value - rgb.min(axis=-1)
    saturation = chroma / np.maximum(value, 1e-6)
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    width = np.maximum(chroma, 1e-6)
    hue = (red - green) / width + 4
    np.copyto(hue, (blue - red) / width + 2, where=value == green)
    np.copyto(hue, (green - blue) / width % 6, where=value == red)
    hue *= 60
    black = value < 0.18
    pale = ~black & (saturation < 0.2)  # no hue that an eye would name
    vivid = ~black & ~pale
    brown = vivid & (hue >= 10) & (hue < 50) & (value < 0.6)  # brown is dark orange
    # Pale red is called pink.
    rosy = vivid & ((hue >= 330) | (hue < 15)) & (saturation < 0.5) & (value > 0.7)
    masks = {"black": black, "white": pale & (value > 0.8), "grey": pale & (value <= 0.8),
             "brown": brown, "pink": rosy}  # fmt: skip
    shares = dict.fromkeys(_COLOURS, 0.0) | {name: float(m.mean()) for name, m in masks.items()}
    rest, low = vivid & ~brown & ~rosy, 0
    for high, name in _HUES:
        shares[name] += float((rest & (hue >= low) & (hue < high)).mean())
        low = high
    return shares


# ---------------------------------------------------------------------------------------- words


def _in_numbers(look: Look) -> str:
    shares = ", ".join(f"{name} {share:.3f}" for name, share in look.shares.items())
    return (
        f"brightness {look.brightness:.3f}, contrast {look.contrast:.3f}, colourfulness "
        f"{look.colourfulness:.1f}, sharpness {look.sharpness:.4f}, {shares}"
    )


def _in_words(looks: Sequence[Look]) -> str:
    """One sentence on the first picture, and one on what changes when there are more."""
    look = looks[0]
    names = ("black screen", "white screen", "dark", "bright")
    light = next((n for n in names if _LEVELS[n](look) >= 0.5), "of medium brightness")
    ranked = sorted(look.shares.items(), key=lambda item: -item[1])
    colours = [name for name, share in ranked[:3] if share >= 0.1]
    words = [light]
    if colours:
        words.append(("mostly " if ranked[0][1] >= 0.4 else "") + " and ".join(colours[:2]))
    focus = next((f"; {name}" for name in ("sharp", "blurry") if _LEVELS[name](look) >= 0.5), "")
    sentence = f"{', '.join(words)}{focus}.".capitalize()
    return f"{sentence} {_change_in_words(looks)}" if len(looks) > 1 else sentence


def _change_in_words(looks: Sequence[Look]) -> str:
    """How much luma changes from picture to picture on average, and in which of nine parts most."""
    import numpy as np  # noqa: PLC0415

    steps = [
        np.abs(after.luma - before.luma)
        for before, after in pairwise(looks)
        if after.luma.shape == before.luma.shape
    ]
    if not steps:
        return "The pictures differ in size."
    change = np.mean(steps, axis=0)
    percent = 100 * float(change.mean())
    if percent < 1:  # noise and compression stay below
        return "Next to nothing changes between the pictures."
    parts = [
        (float(part.mean()), f"{row} {column}".replace("middle centre", "middle"))
        for row, band in zip(("upper", "middle", "lower"), np.array_split(change, 3), strict=True)
        for column, part in zip(
            ("left", "centre", "right"), np.array_split(band, 3, axis=1), strict=True
        )
    ]
    return f"Between the pictures {percent:.0f} % changes, most in the {max(parts)[1]}."
