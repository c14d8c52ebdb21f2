"""What each error of ours is in HTTP, and what no answer may hold."""

from __future__ import annotations

import json

import pytest
from starlette.exceptions import HTTPException

from sightline import errors
from sightline.api.problems import PROBLEMS, trouble_of
from sightline.api.shapes import respond
from sightline.services.server.access import TooManyTries, Unknown

EVERY_KIND = [
    (errors.SightlineError("x"), 500),
    (errors.InputError("x"), 422),
    (errors.SettingsError("x"), 422),
    (errors.MediaError("x"), 422),
    (errors.OutputError("x"), 422),
    (errors.NotFound("x"), 404),
    (errors.Conflict("x"), 409),
    (errors.Refused("x"), 403),
    (errors.Stopped("x"), 503),
    (errors.StoreError("x"), 503),
    (errors.StoreFull("x"), 507),
    (errors.RunTaken("x"), 409),
    (errors.EndpointDown("x"), 502),
    (errors.RateLimited("x"), 502),
    (errors.Unauthorized("x"), 502),
    (errors.BadReply("x"), 502),
    (Unknown(), 401),
    (TooManyTries(12.4), 429),
    (HTTPException(415, "no"), 415),
]


@pytest.mark.parametrize(("error", "status"), EVERY_KIND)
def test_each_error_has_a_status(error: Exception, status: int) -> None:
    assert trouble_of(error, "/api/v1/x").status == status


def test_whoever_may_come_again_is_told_when() -> None:
    away = trouble_of(errors.StoreError("x"), "/")
    slow = trouble_of(TooManyTries(12.4), "/")
    asked = trouble_of(errors.RateLimited("x", retry_after_s=30.0), "/")
    assert int(away.headers["Retry-After"]) > 0
    assert (slow.headers["Retry-After"], asked.headers["Retry-After"]) == ("12", "30")


def test_the_name_of_a_problem_stays_between_versions_of_python() -> None:
    names = {status: trouble_of(HTTPException(status, "x"), "/").title for status in (413, 422)}
    assert names == {413: "Content Too Large", 422: "Unprocessable Content"}
    assert PROBLEMS(422)[422]["description"] == "Unprocessable Content"


def test_text_that_utf8_cannot_say_is_said_otherwise() -> None:
    answer = respond("/api/v1/\udc80", trouble_of(errors.NotFound("no \ud83d here"), "/"))
    assert json.loads(bytes(answer.body))["detail"] == "no ? here"
