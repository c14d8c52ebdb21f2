"""The OpenAPI document, and the page that shows it to people.

The page is made here, from the document: the usual ones load their scripts from other servers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, cast

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from sightline.api.paths import OPENAPI, is_guarded
from sightline.api.problems import Problem

Tree = dict[str, Any]
"""Of JSON: what the framework makes and browsers read has no closer type here."""

_METHODS = ("get", "post", "put", "patch", "delete")


def openapi(app: FastAPI) -> Tree:
    """OpenAPI 3.1, made once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, summary=app.summary, routes=app.routes
        )
        _finish(document)
        app.openapi_schema = document
    return app.openapi_schema


def as_json(document: Tree) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _finish(document: Tree) -> None:
    """Add what the framework does not know: the form of problems, and how to log in."""
    parts: Tree = document.setdefault("components", {})
    schemas: Tree = parts.setdefault("schemas", {})
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem.pop("$defs", {})
    schemas["Problem"] = problem
    parts["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "A token, `sl_...`."},
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": "sightline",
            "description": "Made by POST /api/v1/session; its name ends in the server's port.",
        },
    }
    for path, operations in document.get("paths", {}).items():
        for method, operation in operations.items():
            is_open = not is_guarded(path, method.upper())
            operation["security"] = [] if is_open else [{"token": []}, {"session": []}, {}]


def page(document: Tree) -> str:
    """All operations on one page, in HTML without any script."""
    by_tag: dict[str, list[str]] = {}
    for path, method, operation in _operations(document):
        tags = cast("list[str]", operation.get("tags") or ["other"])
        by_tag.setdefault(tags[0], []).append(_operation(path, method, operation))
    sections = "".join(
        f"<section><h2>{escape(tag)}</h2>{''.join(rows)}</section>"
        for tag, rows in sorted(by_tag.items())
    )
    return _PAGE.format(
        title=escape(str(document["info"]["title"])),
        version=escape(str(document["info"]["version"])),
        openapi=OPENAPI,
        sections=sections,
    )


def _operations(document: Tree) -> Iterator[tuple[str, str, Tree]]:
    for path, operations in document.get("paths", {}).items():
        for method in _METHODS:
            if method in operations:
                yield path, method, operations[method]


def _operation(path: str, method: str, operation: Tree) -> str:
    told = operation.get("description") or ""
    title = operation.get("summary") or told.split(".")[0]
    parameters = "".join(
        f"<li><code>{escape(one['name'])}</code> <small>{escape(one['in'])}"
        f"{', needed' if one.get('required') else ''}</small> "
        f"{escape(one.get('description') or '')}</li>"
        for one in cast("list[Tree]", operation.get("parameters", []))
    )
    body = _body(operation)
    answers = ", ".join(f"<code>{escape(code)}</code>" for code in operation.get("responses", {}))
    return (
        f"<details><summary><b class={method}>{method.upper()}</b> <code>{escape(path)}</code> "
        f"{escape(title)}</summary><p>{escape(told)}</p>"
        f"{f'<ul>{parameters}</ul>' if parameters else ''}{body}<p>Answers: {answers}</p></details>"
    )


def _body(operation: Tree) -> str:
    content: Mapping[str, Tree] = operation.get("requestBody", {}).get("content", {})
    forms = [
        f"{escape(kind)} {escape(str(one.get('schema', {}).get('$ref', '')).rpartition('/')[2])}"
        for kind, one in content.items()
    ]
    return f"<p>Body: <code>{'</code> or <code>'.join(forms)}</code></p>" if forms else ""


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title} API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto;
  padding: 0 1rem; }}
summary {{ cursor: pointer; padding: .3rem 0; }}
details {{ border-bottom: 1px solid #8884; }}
details > :not(summary) {{ margin-left: 1.5rem; }}
b {{ display: inline-block; min-width: 4.5rem; }}
code {{ font-size: .95em; }}
</style></head><body>
<h1>{title} API</h1>
<p>Version {version}. For programs: <a href="{openapi}">{openapi}</a> (OpenAPI 3.1).</p>
{sections}
</body></html>
"""
