"""The page as the server gives it out: its document, its files, what a browser may do with it."""

from __future__ import annotations

import html
import re
import zipfile
from base64 import b64encode
from collections.abc import AsyncGenerator
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import httpx
import pytest
from starlette.requests import HTTPConnection

from sightline.api.app import create_app
from sightline.api.routes import page
from sightline.services.services import Services
from sightline.settings import Settings

ROUTER = Path(__file__).parents[3] / "web/src/app/router.tsx"


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "page"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(
        '<meta property="csp-nonce" nonce="__NONCE__"><script src="/assets/a-1.js"></script>'
    )
    (folder / "assets/a-1.js").write_text("1")
    (folder / "assets/notes.txt").write_text("not for browsers")
    (tmp_path / "secret.js").write_text("outside")
    monkeypatch.setattr(page, "FOLDER", folder)
    return folder


@pytest.fixture
async def client() -> AsyncGenerator[httpx.AsyncClient]:
    database = SimpleNamespace()
    services = SimpleNamespace(
        store=SimpleNamespace(database=database),
        access=None,
        preferences=SimpleNamespace(settings=Settings()),
    )
    app = create_app(cast("Services", services))
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


def test_the_server_knows_every_address_of_the_page() -> None:
    said = re.findall(r'path: "([^"]+)"', ROUTER.read_text(encoding="utf-8"))
    assert said
    served = {re.sub(r"\{(\w+)\}", r"$\1", address) for address in page.ADDRESSES}
    assert set(said) == served


@pytest.mark.usefixtures("built")
async def test_each_document_has_a_nonce_of_its_own(client: httpx.AsyncClient) -> None:
    nonces: set[str] = set()
    for address in ("/", "/media/5f1d7a", "/runs/12", "/welcome"):
        answer = await client.get(address)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.headers["cache-control"] == "no-store"
        policy = answer.headers["content-security-policy"]
        found = re.search(r"style-src 'self' 'nonce-([\w-]+)'", policy)
        assert found is not None
        assert f'nonce="{found[1]}"' in answer.text
        assert "unsafe" not in policy
        assert "script-src 'self';" in policy
        nonces.add(found[1])
    assert len(nonces) == 4


@pytest.mark.usefixtures("built")
async def test_files_are_kept_by_browsers_and_others_are_not_given(
    client: httpx.AsyncClient,
) -> None:
    script = await client.get("/assets/a-1.js")
    assert script.text == "1"
    assert script.headers["content-type"].startswith("text/javascript")
    assert "immutable" in script.headers["cache-control"]
    for away in ("/assets/notes.txt", "/assets/b-2.js", "/assets/..%2F..%2Fsecret.js", "/assets/"):
        assert (await client.get(away)).status_code in {404, 422}, away


@pytest.mark.usefixtures("built")
async def test_a_link_that_leads_nowhere_shows_the_page_and_programs_a_problem(
    client: httpx.AsyncClient,
) -> None:
    person = await client.get("/nothing", headers={"accept": "text/html"})
    assert (person.status_code, "csp-nonce" in person.text) == (404, True)
    program = await client.get("/nothing")
    assert (program.status_code, "csp-nonce" in program.text) == (404, False)
    for path in ("/api/v1/nothing", "/results/nothing"):
        asked = {"type": "http", "path": path, "headers": [(b"accept", b"text/html")]}
        assert not page.is_wanted(HTTPConnection(asked)), path


async def test_a_checkout_without_a_built_page_says_what_to_do(
    client: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "FOLDER", tmp_path / "nothing")
    answer = await client.get("/")
    assert answer.status_code == 503
    assert "make page" in answer.text


def test_what_was_built_needs_nothing_from_elsewhere() -> None:
    """Names of namespaces are no requests: what loads is in a tag or a url()."""
    folder = page.FOLDER
    assert (folder / "index.html").is_file(), "run `make page` first, as `make test` does"
    document = (folder / "index.html").read_text(encoding="utf-8")
    assert not re.search(r'(?:src|href)="(?:https?:)?//', document)
    assert "<style" not in document
    assert not re.search(r"<script(?![^>]*\ssrc=)", document), "no script is in the document itself"
    for style in folder.glob("assets/*.css"):
        assert not re.search(r"url\(\s*['\"]?(?:https?:)?//", style.read_text(encoding="utf-8"))


def test_a_wheel_has_the_page_in_it(tmp_path: Path) -> None:
    from hatchling.builders.wheel import WheelBuilder

    builder = WheelBuilder(str(ROUTER.parents[3]))
    wheel = next(builder.build(directory=str(tmp_path), versions=["standard"]))
    names = zipfile.ZipFile(wheel).namelist()
    assert "sightline/page/index.html" in names
    assert any(name.startswith("sightline/page/assets/") for name in names)
    assert not any("node_modules" in name for name in names)


@pytest.mark.parametrize(
    "wanted",
    ["/", "/?tag=%5B%22red%22%5D", "/media/5f1d7a84db00?t=12.5&run=3", "/runs/7", "/tag-sets"],
)
async def test_a_log_in_leads_where_one_wanted_to_go(
    client: httpx.AsyncClient, wanted: str
) -> None:
    answer = await client.get("/login", params={"next": wanted})
    assert f'data-next="{html.escape(wanted)}"' in answer.text
    script = re.search(r"<script>(.*?)</script>", answer.text, re.DOTALL)
    assert script
    digest = b64encode(sha256(script[1].encode()).digest()).decode()
    assert f"'sha256-{digest}'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "/\\evil.example",
        "/.//evil.example",
        "/\t/evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "/cancel?job=7",
        "/api/v1/media",
        "/login",
        "/media/a/../../cancel",
        "/?q=" + "a" * 3000,
        "/media/\N{SNOWMAN}",
        "",
    ],
)
async def test_a_log_in_leads_nowhere_else(client: httpx.AsyncClient, wanted: str) -> None:
    answer = await client.get("/login", params={"next": wanted})
    assert answer.status_code == 200
    assert 'data-next="/"' in answer.text


async def test_what_a_log_in_leads_to_is_written_as_text(client: httpx.AsyncClient) -> None:
    answer = await client.get("/login", params={"next": '/?"><script>'})
    assert 'data-next="/?&quot;&gt;&lt;script&gt;"' in answer.text
