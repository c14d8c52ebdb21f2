"""The command as a person runs it: a real process, a real video, a real server on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from sightline.exports.result import Result
from sightline.testing.truth import random_truth
from sightline.testing.video import Rendered, render

TAGS = ("car", "person", "dog", "bicycle", "umbrella")


@dataclass(frozen=True)
class Ran:
    """One use of the command."""

    code: int
    out: str
    err: str

    @property
    def result(self) -> Result:
        return Result.model_validate(json.loads(self.out))


class Sightline:
    """The command in a home of its own, where nothing of this machine's settings reaches it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.cwd = home / "work"
        self.cwd.mkdir(parents=True)
        self.data_dir = home / "library"
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        self.env = {
            **kept,
            "HOME": str(home),
            "SIGHTLINE_DATA_DIR": str(self.data_dir),
            "SIGHTLINE_DISCOVER": "false",
            "SIGHTLINE_PATIENCE_S": "1",
        }

    def start(self, *arguments: str | Path, **env: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "sightline.cli.main", *map(str, arguments)],
            cwd=self.cwd,
            env={**self.env, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        )

    def run(self, *arguments: str | Path, **env: str) -> Ran:
        with self.start(*arguments, **env) as process:
            out, err = process.communicate(timeout=100)
        return Ran(process.returncode, out, err)

    def analyze(self, *arguments: str | Path, **env: str) -> Ran:
        return self.run("analyze", "--json", *arguments, **env)


@pytest.fixture
def sightline(tmp_path: Path) -> Sightline:
    return Sightline(tmp_path / "home")


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """30 s at 10 frames/s, with events of every shape and nothing in the pixels to betray them."""
    truth = random_truth(7, duration_s=30, tags=TAGS)
    return render(truth, tmp_path_factory.mktemp("media") / "clip.mp4")
