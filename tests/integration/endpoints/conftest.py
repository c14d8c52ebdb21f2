"""The real servers, started once for all tests that ask them."""

from __future__ import annotations

from collections.abc import Generator

import live_servers
import pytest
from live_servers import LiveServer


@pytest.fixture(scope="session")
def llama_cpp(tmp_path_factory: pytest.TempPathFactory) -> Generator[LiveServer]:
    with live_servers.llama_cpp(tmp_path_factory.mktemp("llama_cpp")) as server:
        yield server


@pytest.fixture(scope="session")
def hugging_face(tmp_path_factory: pytest.TempPathFactory) -> Generator[LiveServer]:
    with live_servers.hugging_face(tmp_path_factory.mktemp("hugging_face")) as server:
        yield server
