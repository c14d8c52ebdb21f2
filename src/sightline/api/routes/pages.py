"""The few pages that need nothing built: the API's description, and the log-in."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from hashlib import sha256
from html import escape

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from sightline.api import document, paths
from sightline.api.routes.page import leads_here

router = APIRouter(include_in_schema=False)

_STYLE_ONLY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


@router.get(paths.OPENAPI)
async def openapi(request: Request) -> Response:
    made = await asyncio.to_thread(document.openapi, request.app)  # takes its time once
    return Response(document.as_json(made), media_type="application/json")


@router.get(paths.DOCS)
async def docs(request: Request) -> HTMLResponse:
    made = await asyncio.to_thread(document.openapi, request.app)
    shown = document.page(made)
    return HTMLResponse(shown, headers={"Content-Security-Policy": _STYLE_ONLY})


@router.get(paths.LOGIN)
async def log_in(request: Request) -> HTMLResponse:
    """Takes the token from what is after `#`, which browsers send to nobody, or asks for it.

    Then it leads to `next`, where the page said that one was.
    """
    wanted = request.query_params.get("next", paths.HOME)
    shown = _LOGIN.replace(_NEXT, escape(wanted if leads_here(wanted) else paths.HOME))
    return HTMLResponse(shown, headers={"Content-Security-Policy": _LOGIN_CSP})


_NEXT = "__NEXT__"
"""Stands where the document says what a log-in leads to: its script is the same for all."""


_SCRIPT = """
const form = document.querySelector("form"), told = document.querySelector("output");
async function logIn(token) {
  told.textContent = "Logging in.";
  try {
    const answer = await fetch("SESSION", {
      method: "POST",
      headers: {"Content-Type": "application/json"},
      body: JSON.stringify({token: token.trim()}),
    });
    if (answer.ok) { location.replace(document.body.dataset.next); return; }
    told.textContent = (await answer.json()).detail;
  } catch (error) { told.textContent = "The server did not answer: " + error.message; }
}
form.addEventListener("submit", event => { event.preventDefault(); logIn(form.token.value); });
const given = new URLSearchParams(location.hash.slice(1)).get("token");
if (given) { history.replaceState(null, "", location.pathname + location.search); logIn(given); }
""".replace("SESSION", paths.SESSION)

_DIGEST = b64encode(sha256(_SCRIPT.encode()).digest()).decode()
_LOGIN_CSP = (
    f"default-src 'none'; script-src 'sha256-{_DIGEST}'; "
    "style-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)

_LOGIN = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Sightline: log in</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 26rem; margin: 15vh auto;
  padding: 0 1rem; }}
input, button {{ font: inherit; padding: .4rem .6rem; }}
input {{ width: 100%; box-sizing: border-box; margin: .3rem 0 .8rem; }}
output {{ display: block; margin-top: 1rem; }}
</style></head><body data-next="{_NEXT}">
<h1>Sightline</h1>
<form><label>Token <input name="token" type="password" autocomplete="current-password"
required></label><button>Log in</button></form>
<output aria-live="polite"></output>
<noscript>Logging in here needs scripts.</noscript>
<script>{_SCRIPT}</script>
</body></html>
"""
