"""Haven Player's settings page where nothing was set up before: it names an endpoint of ours."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from sightline import settings
from sightline.services.compat.haven import ENDPOINT, Haven
from sightline.services.library.folders import Folders
from sightline.services.runs.jobs import Jobs
from sightline.services.server.preferences import Preferences
from sightline.store import Store

URL = "http://127.0.0.1:1/v1"


async def test_an_endpoint_is_set_up_and_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    nobody = object()
    async with await Store.open(tmp_path / "library") as store:
        own = Preferences(store, settings.load(stored=None), command_line={})
        haven = Haven(
            store, jobs=cast("Jobs", nobody), folders=cast("Folders", nobody), preferences=own
        )
        wanted = replace(haven.config, llm_base_url=URL, llm_model="sees", max_batch_size=4)
        assert await haven.configure(wanted) == wanted
        assert own.settings.endpoints[ENDPOINT].url == URL
        fewer = replace(wanted, max_batch_size=2)
        assert await haven.configure(fewer) == fewer
        assert own.settings.endpoints[ENDPOINT].slots == 2
