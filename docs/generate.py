"""Writes the parts of docs/reference that follow from the code.

`tests/unit/test_docs.py` fails when they are not up to date.

python docs/generate.py
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from fastapi.routing import APIRoute
from pydantic import BaseModel
from typer.cli import get_docs_for_click
from typer.main import get_command

from sightline.api.access import Wants
from sightline.api.app import create_app
from sightline.api.document import openapi
from sightline.api.paths import is_guarded
from sightline.cli.main import app
from sightline.exports.result import Result
from sightline.exports.scores import ScoresDocument
from sightline.services.server.access import Scope
from sightline.services.services import Services
from sightline.settings import PREFIX, EndpointSettings, Settings

REFERENCE = Path(__file__).parent / "reference"


def cli() -> str:
    command = get_command(app)
    context = command.make_context("sightline", [], resilient_parsing=True)
    return (
        get_docs_for_click(obj=command, ctx=context, name="sightline", title="Command line").strip()
        + "\n\n## Exit codes\n\n"
        "| code | meaning |\n| --- | --- |\n"
        "| 0 | complete |\n"
        "| 1 | failed: nothing could be found out, or the library could not be used |\n"
        "| 2 | something given cannot be used: a file, an option, a setting |\n"
        "| 3 | partial: some of it is unknown, and the result says what and why |\n"
        "| 130 | interrupted; run it again to go on |\n"
    )


def settings() -> str:
    lines = [
        "# Settings",
        "",
        "Defaults < file < database < `.env` < `.env.local` < environment < command line. The file",
        "is the one named by `SIGHTLINE_CONFIG`, else `sightline.toml` in the current folder, else",
        "`settings.toml` in the user's configuration folder. The database holds what was set over",
        "the API; what a `.env` file, the environment or the command line says cannot be changed",
        "there. An unknown name is an error.",
        "",
        "| in the file | in the environment | default | meaning |",
        "| --- | --- | --- | --- |",
        *_rows(Settings, "", PREFIX),
        "",
        "`data_dir`, `database_url` and `server.listen` are never in the database. Keys that were",
        "set over the API are kept there as they are, so whoever can read the database can read",
        "them: the file of SQLite is its owner's alone, and a PostgreSQL database should be, too.",
        "To keep a key out of it, set it in the environment.",
        "",
        "Of each endpoint, under `[endpoints.NAME]`:",
        "",
        "| in the file | in the environment | default | meaning |",
        "| --- | --- | --- | --- |",
        *_rows(EndpointSettings, "endpoints.NAME.", f"{PREFIX}ENDPOINTS__NAME__"),
        "",
        "An endpoint given by its URL gets `api_key`; for https://api.openai.com, `OPENAI_API_KEY`",
        "will do. Keys are never written to the library, a result or a message, and a URL never",
        "holds one.",
        "",
        "A folder's `.env`, `.env.local` and `sightline.toml` may come from anybody: a key that",
        "stands elsewhere (in the environment or your own settings file) is never sent to a URL",
        "that only they name. Put the URL and the key in one place, or name the URL with",
        "`--endpoint`, or the file in `SIGHTLINE_CONFIG`. `${NAME}` in `.env` is not replaced, and",
        "each command tells the model and URL that it asks before it sends a picture.",
    ]
    return "\n".join(lines) + "\n"


def _rows(model: type[BaseModel], path: str, variable: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        if isinstance(field.default, BaseModel):
            yield from _rows(type(field.default), f"{path}{name}.", f"{variable}{name.upper()}__")
            continue
        if field.default_factory is not None:
            default = "empty" if name == "endpoints" else "the user's data folder"
        else:
            default = f"`{json.dumps(field.default)}`" if field.default is not None else "none"
        meaning = " ".join((field.description or "").split())
        yield f"| `{path}{name}` | `{variable}{name.upper()}` | {default} | {meaning} |"


def result_schema() -> str:
    return json.dumps(Result.model_json_schema(mode="serialization"), indent=2) + "\n"


def scores_schema() -> str:
    return json.dumps(ScoresDocument.model_json_schema(mode="serialization"), indent=2) + "\n"


def api() -> str:
    nothing = SimpleNamespace(database=None)
    services = SimpleNamespace(store=nothing, access=nothing, preferences=nothing)
    server = create_app(cast("Services", services))
    paths = openapi(server)["paths"]
    refusals = {
        (method, path): {int(code) for code in told["responses"] if int(code) >= 400}
        for path, operations in paths.items()
        for method, told in operations.items()
    }
    everywhere: set[int] = set[int].intersection(*refusals.values())
    lines = [
        "# The API",
        "",
        "`sightline serve` shows this with all parameters at `/api/docs`, and as OpenAPI 3.1 at",
        "`/api/v1/openapi.json`. Recipes: [serve the API](../how-to/serve-the-api.md). Scopes:",
        "[let others in](../how-to/let-others-in.md).",
        "",
        "A refusal is a problem document (RFC 9457) whose `detail` says what happened and the way",
        "out. These may come from any route:",
        f"{_codes(everywhere)}.",
        "",
        "Lists have `items`, `total`, and `exact`, which is false while the total of a very long",
        "list is some seconds old; `offset` and `limit` choose the page. Times of day are UTC,",
        "times in a media are seconds from its first frame.",
    ]
    routes = [route for route in _routes(server.router) if route.include_in_schema]
    for tag in dict.fromkeys(str(route.tags[0]) for route in routes):
        lines += ["", f"## {tag[0].upper()}{tag[1:]}", "", "| route | what | scope | refusals |"]
        lines.append("| --- | --- | --- | --- |")
        for route in (route for route in routes if route.tags[0] == tag):
            for method in sorted(route.methods or ()):
                what = route.summary or route.description.split(". ")[0].split("; ")[0].rstrip(".")
                scope = _scope(route) if is_guarded(route.path, method) else "none"
                own = _codes(refusals[method.lower(), route.path] - everywhere)
                lines.append(f"| `{method} {route.path}` | {what} | {scope} | {own} |")
    return "\n".join(lines) + "\n"


def _routes(router: Any) -> Iterator[APIRoute]:
    for route in router.routes:
        if (below := getattr(route, "original_router", None)) is not None:
            yield from _routes(below)
        elif isinstance(route, APIRoute):
            yield route


def _scope(route: APIRoute) -> str:
    wanted = [one.call.scope for one in route.dependant.dependencies if isinstance(one.call, Wants)]
    return max(wanted, key=list(Scope).index, default=Scope.READ)


def _codes(codes: set[int]) -> str:
    return ", ".join(map(str, sorted(codes)))


GENERATED = {
    "api.md": api,
    "cli.md": cli,
    "settings.md": settings,
    "result.schema.json": result_schema,
    "scores.schema.json": scores_schema,
}

if __name__ == "__main__":
    for name, make in GENERATED.items():
        (REFERENCE / name).write_text(make(), encoding="utf-8")
