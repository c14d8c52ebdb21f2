"""Which stored answers count when markers are tuned, and for which frames."""

from __future__ import annotations

import json
from array import array
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from sightline.errors import InputError
from sightline.ports import Arrived
from sightline.prompts.templates import presence
from sightline.services.runs.events import Events
from sightline.services.tags.tagfile import TagEntry, TagSetFile
from sightline.services.timelines.corrections import Corrections
from sightline.services.tuning.tuning import Tuner
from sightline.store import Store
from sightline.testing.fakes import FakeSource, make_footage
from sightline.values import (
    Answer,
    Ask,
    AskId,
    Call,
    Footage,
    Method,
    PictureTransform,
    Presence,
    Signals,
    Usage,
)

FOOTAGE = make_footage(duration_s=60, rate=10)
MEDIA, FRAMES = FOOTAGE.media, FOOTAGE.frames


@pytest.fixture
async def store(tmp_path: Path) -> AsyncGenerator[Store]:
    async with await Store.open(tmp_path / "library.db") as store:
        yield store


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "street.mp4"
    path.touch()
    return path


def tuner(store: Store, footage: Footage = FOOTAGE) -> Tuner:
    return Tuner(store, FakeSource(footage))


async def answered(
    store: Store,
    video: Path,
    levels: Sequence[tuple[int, float]],
    *,
    model: str = "m",
    side: int = 512,
    sample: int = 0,
) -> None:
    """Probabilities of a car by second."""
    source = FakeSource(FOOTAGE)
    await store.remember_media(MEDIA, FRAMES, file=await source.look(video))
    ledger = await store.open_run(
        MEDIA, "tagging", parameters={}, request=uuid4().hex, models=[model], settings={}
    )
    call = Call(uuid4().hex, "lab", model, datetime.now(UTC), 0.1, Usage(), "{}")
    await ledger.record(
        [
            Arrived(
                Ask(
                    AskId(number),
                    (FRAMES.at(MEDIA.clock.pts(second)),),
                    presence("car"),
                    PictureTransform(side),
                    sample,
                ),
                Answer(Presence(level), model, "lab", Method.SCHEMA, 1, call.id),
            )
            for number, (second, level) in enumerate(levels)
        ],
        [call],
    )
    ledger.close()


def corrected(tmp_path: Path, *spans: tuple[float, float], **media: Any) -> Path:
    path = tmp_path / "right.json"
    document = {
        "format": "sightline.result",
        "version": 1,
        "media": {"path": "street.mp4", "duration": 60, **media},
        "tags": [{"tag": "car", "spans": [{"start": a, "end": b} for a, b in spans]}],
    }
    path.write_text(json.dumps(document))
    return path


async def test_frames_that_look_alike_share_their_answer(store: Store, video: Path, tmp_path: Path):
    """Two asked frames stand for two still scenes of 10 and 50 s: the edge is where they meet."""
    await answered(store, video, [(0, 1.0), (59, 0.0)])
    right = corrected(tmp_path, (0, 10))
    before = (await tuner(store).tune(video, right)).tuned[0]
    assert before.frames == 2
    assert before.fit_before.f1 == 0
    scene = MEDIA.clock.pts(10)
    alike = [FRAMES.pts[0] if pts < scene else FRAMES.at(scene) for pts in FRAMES.pts]
    zeros, levels = array("B", bytes(len(FRAMES))), array("f", [0.0] * len(FRAMES))
    looks = Signals(FRAMES.pts, zeros, zeros, levels, levels, array("q", alike), 0.02)
    await store.remember_signals(MEDIA, looks, part="all")
    after = (await tuner(store).tune(video, right)).tuned[0]
    assert after.frames == 5  # both, and the edges of the scenes that were not asked
    assert (after.fit_before.f1, after.fit_before.boundary_s) == (1, 0)
    assert after.after == after.before


async def test_answers_of_one_model_count_and_not_of_several(
    store: Store, video: Path, tmp_path: Path
):
    await answered(store, video, [(n, float(n < 20)) for n in range(60)], model="big")
    await answered(store, video, [(n, 1.0) for n in range(0, 60, 5)], model="small")
    await answered(store, video, [(n, 1.0) for n in range(0, 60, 5)], model="big", side=64)
    (car,) = (await tuner(store).tune(video, corrected(tmp_path, (0, 20)))).tuned
    assert (car.frames, car.fit_before.f1) == (60, 1)


async def test_repeats_of_a_question_count_together(store: Store, video: Path, tmp_path: Path):
    await answered(store, video, [(n, float(n < 20 or n == 40)) for n in range(60)])
    for sample in (1, 2):
        await answered(store, video, [(40, 0.0)], sample=sample)
    (car,) = (await tuner(store).tune(video, corrected(tmp_path, (0, 20)))).tuned
    assert car.fit_before.found == 1


async def test_an_off_stays_off_and_a_share_that_is_right_a_share(
    store: Store, video: Path, tmp_path: Path
):
    await answered(store, video, [(n, 0.6 if n > 40 else float(n < 20)) for n in range(60)])
    entry = TagEntry.model_validate({"name": "car", "max_gap": "5%", "min_length": "off"})
    file = TagSetFile(tags=[entry, TagEntry(name="dog")])
    tuning = await tuner(store).tune(video, corrected(tmp_path, (0, 20)), file)
    car, dog = tuning.file.tags
    assert car.threshold > 0.6
    assert (car.max_gap, car.min_length) == (entry.max_gap, "off")
    assert dog == TagEntry(name="dog")
    assert tuning.untouched == {"dog": "right.json does not name it"}


async def test_a_corrected_file_about_another_video_is_refused(
    store: Store, video: Path, tmp_path: Path
):
    await answered(store, video, [(0, 1.0)])
    other = corrected(tmp_path, (0, 20), path="film.mp4", digest="d1" * 32)
    with pytest.raises(InputError, match=r"says nothing of .*street\.mp4: it is about film"):
        await tuner(store).tune(video, other)


async def test_without_a_file_what_was_corrected_in_the_library_is_the_truth(
    store: Store, video: Path
):
    await answered(store, video, [(n, 0.6 if n > 40 else float(n < 20)) for n in range(60)])
    item = await store.find_media(MEDIA.digest)
    assert item is not None
    with pytest.raises(InputError, match=r"nobody has corrected a tag of .*street\.mp4 yet"):
        await tuner(store).tune(video)
    corrections = Corrections(store, Events(store))
    await corrections.add(item, tag="car", start_s=0, end_s=20, by="Kim")
    await corrections.add(item, tag="car", start_s=20, end_s=60, by="Kim", present=False)
    tags = TagSetFile(tags=[TagEntry(name="car"), TagEntry(name="dog")])
    tuning = await tuner(store).tune(video, None, tags)
    (car,) = tuning.tuned
    assert car.fit_before.f1 < car.fit_after.f1 == 1
    assert car.after.threshold > 0.6
    assert tuning.untouched == {"dog": "nobody corrected it"}
    assert [entry.name for entry in (await tuner(store).tune(video)).file.tags] == ["car"]
