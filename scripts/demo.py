"""`make demo`: one real `sightline analyze` that needs no model, no server and no library of yours.

It looks at a recording from beside the checkout if there is one, else at a video that it makes.
Results and library go to `out/`. Ends with 0 when the analysis is complete or partial.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

from sightline.testing.truth import random_truth
from sightline.testing.video import render

RECORDINGS = Path("../shared/media")
OUT = Path("out")
SIGHTLINE = ".venv/bin/sightline"
PARTIAL = 3
"""The exit code that says that some of the answers are unknown."""


def main() -> int:
    OUT.mkdir(exist_ok=True)
    video, tags, remark = choose()
    options = ["--tags", tags, "--every", "1s", "--endpoint", "pixels"]
    places = ["--out", str(OUT), "--data-dir", str(OUT / "library")]
    command = [SIGHTLINE, "analyze", str(video), *options, *places]
    print(remark, f"$ {shlex.join(command)}", "", sep="\n", flush=True)
    code = subprocess.run(command, check=False).returncode
    if code not in (0, PARTIAL):
        return code
    print(
        "\nYours, with any OpenAI-compatible model server:\n"
        f'$ {SIGHTLINE} analyze VIDEO --tags "person, car" --endpoint URL --model NAME'
    )
    return 0


def choose() -> tuple[Path, str, str]:
    """A video, tags that can be measured in its pixels and change, and what to look for."""
    people = RECORDINGS / "one-by-one-person-detection.mp4"
    if people.exists():
        remark = "People pass a camera; no model is attached, so colours and light are measured."
        return people, "black, high contrast, blue", remark
    recordings = sorted(RECORDINGS.glob("*.mp4"))
    if recordings:
        remark = "A recording; no model is attached, so colours and light are measured."
        return recordings[0], "white, bright, low contrast", remark
    video = OUT / "demo.mp4"
    if not video.exists():
        truth = random_truth(2, duration_s=60, size=(640, 360), mean_scene_s=6)
        unfinished = OUT / "unfinished.mp4"
        render(truth, unfinished, variant="visible")
        unfinished.rename(video)
    remark = "A made video of coloured scenes; no model is attached, so colours are measured."
    return video, "yellow, green, red, pink", remark


if __name__ == "__main__":
    sys.exit(main())
