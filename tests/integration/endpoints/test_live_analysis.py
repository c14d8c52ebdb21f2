"""The command on a real video, with two real servers as one pool."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from live_servers import LiveServer

from sightline.exports.result import Result
from sightline.testing.truth import random_truth
from sightline.testing.video import render

pytestmark = pytest.mark.timeout(420)  # the first test that asks it installs Hugging Face's server

TAGS = ("car", "person", "dog")
SECONDS = 10


def settings_of(*servers: LiveServer) -> str:
    tables = (f'[endpoints.{one.name}]\nurl = "{one.url}"\nslots = 2\n' for one in servers)
    return "\n".join(tables)


def test_every_ask_to_two_real_servers_is_accounted_for_once(
    llama_cpp: LiveServer, hugging_face: LiveServer, tmp_path: Path
) -> None:
    truth = random_truth(11, duration_s=SECONDS, tags=TAGS)
    clip = render(truth, tmp_path / "clip.mp4")
    (tmp_path / "sightline.toml").write_text(settings_of(llama_cpp, hugging_face))
    wanted = ["--tags", ",".join(TAGS), "--describe", "--max-tokens", "16"]
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "sightline.cli.main", "analyze", "--json", str(clip.path)),
            *(*wanted, "--every", "1s", "--no-sharing", "--no-save"),
        ],
        check=False,
        cwd=tmp_path,
        env={
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(tmp_path),
            "SIGHTLINE_DATA_DIR": str(tmp_path / "library"),
            "SIGHTLINE_DISCOVER": "false",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "Traceback" not in ran.stderr
    result = Result.model_validate(json.loads(ran.stdout))
    assert (result.state.value, ran.returncode) in {("complete", 0), ("partial", 3)}
    asks = {"tagging": SECONDS * len(TAGS), "describing": SECONDS}
    assert {run.recipe: run.planned for run in result.runs} == asks
    for run in result.runs:
        assert set(run.endpoints) == {llama_cpp.name, hugging_face.name}
        assert run.answered + run.failed == asks[run.recipe]
        assert (run.reused, run.shared, run.unsupported) == (0, 0, 0)
        assert run.asked == asks[run.recipe]
        assert sum(use.answered for use in run.uses) == run.answered
    with closing(sqlite3.connect(tmp_path / "library" / "sightline.db")) as library:
        told = library.execute("SELECT run_id, ask, count(*) FROM run_ledger GROUP BY 1, 2")
        rows = told.fetchall()
        facts = library.execute("SELECT count(*) FROM facts").fetchone()
    assert len(rows) == sum(asks.values())
    assert {count for _, _, count in rows} == {1}
    assert facts == (sum(run.answered for run in result.runs),)
