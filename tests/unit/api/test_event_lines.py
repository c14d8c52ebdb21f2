"""Live events as lines of text."""

from datetime import UTC, datetime

from sightline.api.live import Encoded
from sightline.values import JobEvent


def event(job: str) -> JobEvent:
    at = datetime(2026, 5, 1, tzinfo=UTC)
    return JobEvent(id=17, at=at, kind="run", job=job, data={"state": "running"})


def test_an_event_is_made_once() -> None:
    encoded, one = Encoded(), event("a")
    assert encoded.of(one) is encoded.of(one)
    assert encoded.of(one) == (
        b'id: 17\nevent: run\ndata: {"run":"a","state":"running",'
        b'"at":"2026-05-01T00:00:00+00:00"}\n\n'
    )


def test_an_event_of_another_library_with_the_same_number_is_told_as_it_is() -> None:
    encoded = Encoded()
    encoded.of(event("a"))
    assert b'"run":"b"' in encoded.of(event("b"))
