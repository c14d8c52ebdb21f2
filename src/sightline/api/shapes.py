"""A refusal as the response that the client of its path expects.

Our own routes answer with problem details (RFC 9457); those of other systems as these do: Haven
Player in FastAPI's words, VLM Node in plain text, Chronicon with `error`.
"""

from __future__ import annotations

from typing import assert_never

from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.responses import Response

from sightline.api.paths import System, system_of
from sightline.api.problems import MEDIA_TYPE, Trouble


def respond(path: str, trouble: Trouble) -> Response:
    """What a request for `path` is refused with."""
    status, headers = trouble.status, dict(trouble.headers)
    problem = trouble.problem(path)
    system = system_of(path)
    if system is None:
        body = problem.model_dump(mode="json", exclude_none=True)
        return JSONResponse(body, status, headers, media_type=MEDIA_TYPE)
    match system:
        case System.HAVEN:
            fields = [
                {"loc": one.field.split("."), "msg": one.message, "type": "value_error"}
                for one in trouble.errors
            ]
            return JSONResponse({"detail": fields or problem.detail}, status, headers)
        case System.NODE:
            return PlainTextResponse(problem.detail, status, headers)
        case System.CHRONICON:
            return JSONResponse({"error": problem.detail}, status, headers)
        case _:
            assert_never(system)
