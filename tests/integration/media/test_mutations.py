"""A thousand damaged files: each gives frames or one clear error, and costs nobody anything."""

import json
import subprocess
import sys
from pathlib import Path

import mutate
import pytest

FILES = 1000


@pytest.mark.timeout(600)
def test_damaged_files_give_frames_or_one_clear_error(tmp_path: Path) -> None:
    command = [sys.executable, mutate.__file__, str(FILES), str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    came = mutate.Outcome(**json.loads(ran.stdout))
    assert came.wrong == []
    assert came.files == came.whole + came.partly + came.refused == FILES
    # Damage that is never felt, or that leaves nothing, would prove nothing.
    assert min(came.whole, came.partly, came.refused) > FILES / 20
    assert came.frames > FILES
    assert came.peak_mb < 250
    assert len(came.errors) < 30
