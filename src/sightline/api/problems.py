"""Every refusal of the server, in one shape: RFC 9457 problem details.

Services raise errors of Sightline's own; what each is in HTTP is written here and nowhere else.
The routes of other systems answer in the words of those systems (`api.shapes`).
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from sightline import errors
from sightline.services.server.access import TooManyTries, Unknown
from sightline.values.text import plain

MEDIA_TYPE = "application/problem+json"
CHALLENGE = 'Bearer realm="sightline"'
log = logging.getLogger(__name__)


class FieldProblem(BaseModel):
    """What is wrong with one part of a request."""

    field: str = Field(examples=["body.tags.0"])
    """Where it is: `body`, `query`, `path`, `header` or `cookie`, and the path below."""
    message: str = Field(examples=["Field required"])


class Problem(BaseModel):
    """Why a request was not done, and the way out."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "urn:sightline:problem:not-found",
                "title": "Not Found",
                "status": 404,
                "detail": "There is no run 'r-17'. GET /api/v1/runs lists them.",
                "instance": "/api/v1/runs/r-17",
            }
        }
    )

    type: str
    """Stays the same between versions, for programs."""
    title: str
    status: int
    detail: str
    """For a person."""
    instance: str
    """The path that was asked for."""
    errors: list[FieldProblem] | None = None
    """Where fields of the request are wrong, each of them."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A refusal before it has a shape."""

    status: int
    detail: str
    errors: tuple[FieldProblem, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def title(self) -> str:
        return _title(self.status)

    def problem(self, path: str) -> Problem:
        name = self.title.lower().replace(" ", "-").replace("'", "")
        return Problem(
            type=f"urn:sightline:problem:{name}",
            title=self.title,
            status=self.status,
            detail=_sound(self.detail),
            instance=_sound(path),
            errors=list(self.errors) or None,
        )


_TITLES = {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}
"""Where Python's own words changed between versions: those of RFC 9110."""


def _title(status: int) -> str:
    try:
        return _TITLES.get(status) or HTTPStatus(status).phrase
    except ValueError:
        return "Error"


_STATUS: tuple[tuple[type[errors.SightlineError], int], ...] = (
    (Unknown, 401),
    (TooManyTries, 429),
    (errors.NotFound, 404),
    (errors.Conflict, 409),
    (errors.RunTaken, 409),
    (errors.Refused, 403),
    (errors.TooLarge, 413),
    (errors.InputError, 422),
    (errors.StoreFull, 507),
    (errors.StoreError, 503),
    (errors.Stopped, 503),
    (errors.EndpointError, 502),
)
"""The first that fits counts."""

_RETRY_AFTER_S = 5
"""For whoever finds the database away."""


def trouble_of(error: Exception, path: str) -> Trouble:
    """What an error is in HTTP; one that nobody meant to raise goes into the log."""
    match error:
        case errors.SightlineError():
            return _of_service(error)
        case HTTPException():
            return _of_framework(error)
        case RequestValidationError():
            return _of_fields(error)
        case _:
            return _of_fault(error, path)


def _of_service(error: errors.SightlineError) -> Trouble:
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
    headers = {"Retry-After": str(_RETRY_AFTER_S)} if status == 503 else {}
    if status == 401:
        headers = {"WWW-Authenticate": CHALLENGE}
    if isinstance(error, errors.EndpointError | TooManyTries) and error.retry_after_s is not None:
        headers = {"Retry-After": str(max(1, round(error.retry_after_s)))}
    return Trouble(status, str(error), headers=headers)


def _of_framework(error: HTTPException) -> Trouble:
    """What the framework refused: an unknown path, a method, a malformed body."""
    detail = str(error.detail)
    status = error.status_code
    if detail == Trouble(status, "").title:
        detail = _IN_WORDS.get(status, detail)
    return Trouble(status, detail, headers=dict(error.headers or {}))


_IN_WORDS = {
    404: "There is nothing at this path. /api/docs lists what there is.",
    405: "This path is there, but not for this method.",
}


def _of_fields(error: RequestValidationError) -> Trouble:
    """Each field of a request that is wrong; what was given is not said again."""
    given: Sequence[Mapping[str, object]] = error.errors()
    wrong = tuple(_field_problem(one) for one in given)
    detail = "; ".join(f"{one.field}: {one.message}" for one in wrong[:3])
    more = f"; and {len(wrong) - 3} more" if len(wrong) > 3 else ""
    return Trouble(422, f"The request cannot be used. {detail}{more}", errors=wrong)


def _field_problem(one: Mapping[str, object]) -> FieldProblem:
    where = one.get("loc", ())
    path = ".".join(map(str, where)) if isinstance(where, list | tuple) else str(where)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    message = str(one.get("msg", "")).removeprefix("Value error, ")
    return FieldProblem(field=_sound(path), message=_sound(message))


def _of_fault(error: Exception, path: str) -> Trouble:
    """A fault of ours: the log has it whole, under an id that the answer names."""
    name = secrets.token_hex(4)
    log.error("fault %s in a request for %s", name, plain(path), exc_info=error)
    return Trouble(
        500, f"A fault of Sightline's own, not of the request. The log has it under {name}."
    )


def PROBLEMS(*statuses: int) -> dict[int | str, dict[str, object]]:  # noqa: N802  (read as a constant)
    """What a route's `responses=` says of the errors it answers with."""
    return {
        status: {
            "description": _title(status),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def _sound(text: str) -> str:
    """Without halves of surrogate pairs, which UTF-8 cannot say."""
    return text.encode("utf-8", "replace").decode("utf-8")
