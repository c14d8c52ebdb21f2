"""What the routes of media and uploads take and give."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

from sightline.api.models.library import StandingView
from sightline.media.wire import How
from sightline.services.library.curves import Curves, Stretch
from sightline.services.library.folders import Scan
from sightline.services.library.playback import Played, Readiness
from sightline.services.library.uploads import Upload
from sightline.store import Erased, LibraryItem
from sightline.values import MediaKind
from sightline.values.text import plain, plain_line

Words = Annotated[str, AfterValidator(plain)]

_ID = "5f1d7a84db00d2fce00b31a7fc73224f1c1b9bb3bd2d2a0f8b8a3c1e9c4d7f60"
_MEDIA: dict[str, JsonValue] = {
    "id": _ID,
    "title": "Harbour, day 1",
    "kind": "video",
    "container": "mp4",
    "codec": "h264",
    "width": 1920,
    "height": 1080,
    "duration_s": 61.44,
    "lost_s": 0.0,
    "frame_count": 1536,
    "size_bytes": 12345678,
    "taken_at": "2026-01-31T12:00:00+01:00",
    "added_at": "2026-02-01T08:00:00Z",
    "paths": ["/videos/harbour/day 1.mp4"],
}


class MediaDocument(BaseModel):
    """One video, image or image set of the library."""

    model_config = ConfigDict(json_schema_extra={"example": _MEDIA})

    id: str = Field(description="Digest of its content; everywhere its beginning does, too.")
    title: Words
    kind: MediaKind
    container: str
    codec: str
    width: int
    height: int
    duration_s: float = Field(description="Seconds that can be seen.")
    lost_s: float = Field(description="Seconds that its container promises and does not hold.")
    frame_count: int
    size_bytes: int
    taken_at: str | None = Field(description="When it was recorded, where it says so.")
    added_at: datetime
    paths: list[Words] = Field(description="Where its file was seen; none: it was forgotten.")
    standing: StandingView | None = Field(
        default=None, description="In lists, and of one media: how it stands."
    )

    @classmethod
    def of(cls, item: LibraryItem, standing: StandingView | None = None) -> Self:
        media = item.media
        return cls(
            id=media.digest,
            title=item.title,
            kind=media.kind,
            container=media.container,
            codec=media.codec,
            width=media.width,
            height=media.height,
            duration_s=media.duration_s,
            lost_s=media.lost_s,
            frame_count=media.frame_count,
            size_bytes=media.size_bytes,
            taken_at=media.taken_at,
            added_at=item.added_at,
            paths=[str(path) for path in item.paths],
            standing=standing,
        )


class MediaPage(BaseModel):
    """Part of the library."""

    items: list[MediaDocument]
    total: int
    exact: bool = True


class ByPath(BaseModel):
    """A file, a folder of pictures or a manifest, on the server's own disk."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(max_length=4096, examples=["/videos/harbour/day 1.mp4"])


class ScanRequest(BaseModel):
    """A folder whose media are to be added."""

    model_config = ConfigDict(extra="forbid")

    folder: str = Field(max_length=4096, examples=["/videos/harbour"])
    recursive: bool = Field(default=True, description="The folders in it as well.")
    most_new: int = Field(
        default=1000,
        ge=1,
        le=10_000,
        description="Files that are read for the first time; the answer comes when they are.",
    )


class Failure(BaseModel):
    """A file that looks like media and could not be read."""

    path: Words
    reason: Words


class ScanDocument(BaseModel):
    """What came of a scan."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "added": 12,
                "known": 3,
                "failed": 1,
                "failures": [{"path": "/videos/a.mp4", "reason": "/videos/a.mp4 is empty"}],
                "complete": True,
            }
        }
    )

    added: int
    known: int = Field(description="The library had them before.")
    failed: int
    failures: list[Failure] = Field(description="The first 1,000 of them.")
    complete: bool = Field(description="False: there is more; the same request goes on.")

    @classmethod
    def of(cls, scan: Scan) -> Self:
        failures = [Failure(path=str(one.path), reason=one.reason) for one in scan.failures]
        return cls(
            added=scan.added,
            known=scan.known,
            failed=scan.failed,
            failures=failures,
            complete=scan.complete,
        )


class ErasedDocument(BaseModel):
    """How many of each were deleted with a media."""

    files: int
    runs: int
    findings: int
    answers: int
    calls: int
    questions: int

    @classmethod
    def of(cls, erased: Erased) -> Self:
        return cls(
            files=erased.files,
            runs=erased.runs,
            findings=erased.findings,
            answers=erased.answers,
            calls=erased.calls,
            questions=erased.questions,
        )


class PlaybackDocument(BaseModel):
    """How a browser plays a video."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "state": "ready",
                "how": "remuxed",
                "type": "video/mp4",
                "url": f"/api/v1/media/{_ID}/stream",
                "progress": None,
                "reason": "",
            }
        }
    )

    state: Readiness
    how: How | None = Field(description="Null until it is known.")
    type: str | None = Field(description="Of what comes from `url`.")
    url: str | None = Field(description="Once it is ready; second 0 is the first frame.")
    progress: float | None = Field(description="0 to 1, while it is being prepared.")
    reason: Words = Field(description="Why it failed.")

    @classmethod
    def of(cls, played: Played, digest: str) -> Self:
        ready = played.state is Readiness.READY
        return cls(
            state=played.state,
            how=played.how,
            type=played.form,
            url=f"/api/v1/media/{digest}/stream" if ready else None,
            progress=played.progress,
            reason=played.reason,
        )


class FrameDocument(BaseModel):
    """One frame."""

    pts: int = Field(description="In ticks of the media's own clock.")
    seconds: float = Field(description="From the first frame.")
    name: Words | None = Field(description="Of a picture in a set.")


class FramePage(BaseModel):
    """Part of the frames of a media, in the order in which they are shown."""

    items: list[FrameDocument]
    total: int
    exact: bool = True


class PointDocument(BaseModel):
    """Some frames in a row."""

    seconds: float
    brightness: float = Field(description="Mean, 0 to 255.")
    sharpness: float = Field(description="Mean, 0 to 255.")
    motion: float = Field(description="Most, 0 to 255.")
    change: float = Field(description="Most, 0 to 255.")


class StretchDocument(BaseModel):
    """From one second to another."""

    start_s: float
    end_s: float


class SignalsDocument(BaseModel):
    """What was measured of the frames, without asking anybody."""

    measured: int = Field(description="Frames; 0 as long as no run has looked.")
    complete: bool = Field(description="All frames were; else cuts and stretches are not known.")
    points: list[PointDocument]
    cuts: list[float] = Field(description="Seconds of the first frames of shots.")
    alike: list[StretchDocument] = Field(description="In which all frames look alike.")
    black: list[StretchDocument]
    frozen: list[StretchDocument]

    @classmethod
    def of(cls, curves: Curves | None) -> Self:
        if curves is None:
            return cls(
                measured=0, complete=False, points=[], cuts=[], alike=[], black=[], frozen=[]
            )

        return cls(
            measured=curves.measured,
            complete=curves.covers,
            points=[
                PointDocument(
                    seconds=one.start_s,
                    brightness=one.brightness,
                    sharpness=one.sharpness,
                    motion=one.motion,
                    change=one.change,
                )
                for one in curves.points
            ],
            cuts=list(curves.cuts),
            alike=_stretches(curves.alike),
            black=_stretches(curves.black),
            frozen=_stretches(curves.frozen),
        )


def _stretches(found: Sequence[Stretch]) -> list[StretchDocument]:
    return [StretchDocument(start_s=start, end_s=end) for start, end in found]


class UploadDocument(BaseModel):
    """A file on its way in, or that came that way."""

    id: str
    name: Words
    size_bytes: int | None
    offset: int = Field(description="Bytes that have come.")
    media: str | None = Field(description="Its id in the library, once it is there.")
    created_at: datetime
    expires_at: datetime | None = Field(description="When it is deleted if nothing more comes.")

    @classmethod
    def of(cls, upload: Upload) -> Self:
        return cls(
            id=upload.id,
            name=plain_line(upload.name),
            size_bytes=upload.size_bytes,
            offset=upload.offset,
            media=upload.media,
            created_at=upload.created_at,
            expires_at=upload.expires_at,
        )
