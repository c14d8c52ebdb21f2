"""What a path tells before any route is looked for."""

from __future__ import annotations

import pytest

from sightline.api.paths import System, body_limit, changes_state, is_guarded, system_of


@pytest.mark.parametrize(
    ("path", "system"),
    [
        ("/api/videos/", System.HAVEN),
        ("/api/videos/srv/a.mp4/analyze", System.HAVEN),
        ("/api/jobs/jobs/3", System.HAVEN),
        ("/api/config", System.HAVEN),
        ("/api/v1/jobs", System.NODE),
        ("/api/v1/jobs/5", System.NODE),
        ("/api/v1/ws", System.NODE),
        ("/analyze", System.CHRONICON),
        ("/results/r1", System.CHRONICON),
        ("/health", System.CHRONICON),
        ("/api/v1/runs", None),
        ("/api/v1/jobsx", None),
        ("/api/v1", None),
        ("/api/videosx", None),
        ("/analyzer", None),
        ("/", None),
        ("", None),
    ],
)
def test_whose_route_it_is(path: str, system: System | None) -> None:
    assert system_of(path) is system


@pytest.mark.parametrize(
    ("method", "path", "guarded"),
    [
        ("GET", "/api/v1/health", False),
        ("GET", "/api/v1/openapi.json", False),
        ("GET", "/api/docs", False),
        ("GET", "/login", False),
        ("GET", "/", False),
        ("POST", "/api/v1/session", False),
        ("GET", "/api/v1/session", True),
        ("DELETE", "/api/v1/session", True),
        ("GET", "/api/v1/health/", True),
        ("GET", "/api/v1/runs", True),
        ("GET", "/api/nothing", True),
        ("GET", "/health", True),
        ("GET", "/analyze", True),
        ("WEBSOCKET", "/api/v1/ws", True),
    ],
)
def test_what_needs_a_caller(method: str, path: str, guarded: bool) -> None:
    assert is_guarded(path, method) is guarded


@pytest.mark.parametrize(
    ("method", "path", "changes"),
    [
        ("POST", "/api/v1/runs/estimate", True),
        ("POST", "/api/v1/media/export", False),
        ("POST", "/api/v1/media/5f1d7a/timeline/try", False),
        ("POST", "/api/v1/media/5f1d7a/timeline/try/more", True),
        ("POST", "/api/v1/media/5f1d7a/corrections", True),
        ("GET", "/api/v1/runs", False),
        ("HEAD", "/api/v1/media/x/file", False),
        ("OPTIONS", "/api/v1/uploads", False),
        ("POST", "/api/v1/runs", True),
        ("PATCH", "/api/v1/uploads/x", True),
        ("GET", "/analyze", True),
        ("GET", "/cancel/r1", True),
        ("HEAD", "/cancel/r1", True),
        ("GET", "/results/r1", False),
        ("WEBSOCKET", "/api/v1/ws", True),
        ("BREW", "/api/v1/runs", True),
    ],
)
def test_what_a_foreign_page_must_not_set_off(method: str, path: str, changes: bool) -> None:
    assert changes_state(path, method) is changes


def test_bodies_are_limited_but_for_uploads() -> None:
    assert body_limit("/api/v1/tokens", "application/json") == 1024**2
    assert body_limit("/api/v1/runs", "application/json") == 16 * 1024**2
    assert body_limit("/api/v1/runs/r1/cancel", "application/json") == 1024**2
    assert body_limit("/api/v1/uploads/u1", "application/offset+octet-stream") is None
    assert body_limit("/api/v1/media", "video/mp4") is None
    assert body_limit("/api/v1/media", "application/json") == 1024**2
    assert body_limit("/upload_video", "multipart/form-data; boundary=x") is None
