"""Writes the parts of docs/reference that follow from the code.

`tests/unit/test_docs.py` fails when they are not up to date.

python docs/generate.py
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel
from typer.cli import get_docs_for_click
from typer.main import get_command

from sightline.cli.main import app
from sightline.exports.result import Result
from sightline.exports.scores import ScoresDocument
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


GENERATED = {
    "cli.md": cli,
    "settings.md": settings,
    "result.schema.json": result_schema,
    "scores.schema.json": scores_schema,
}

if __name__ == "__main__":
    for name, make in GENERATED.items():
        (REFERENCE / name).write_text(make(), encoding="utf-8")
