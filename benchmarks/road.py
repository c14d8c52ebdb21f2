"""The whole road, from file to result: how busy it keeps an endpoint, and what a call costs.

    python benchmarks/road.py [SECONDS_OF_VIDEO]

Runs `sightline analyze --all-frames` as a process against the truthful endpoint as another, with
ten slots, at several latencies. Utilisation is calls x latency / (slots x time asking), where the
time asking is from the first request's arrival to the last one's, by the endpoint's own log; 1.0
means that no slot was ever idle. CPU is that of the sightline process, start included.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from sightline.testing.asklog import read_log
from sightline.testing.truth import Truth, random_truth
from sightline.testing.video import render

SLOTS = 10
TAGS = ("car", "person", "dog", "bicycle")


def measure(clip: Path, truth: Truth, folder: Path, latency_s: float) -> str:
    name = f"{latency_s * 1000:.0f}"
    (folder / "truth.json").write_text(truth.to_json(), encoding="utf-8")
    log = folder / f"log-{name}"
    server = subprocess.Popen(
        [
            sys.executable, "-m", "sightline.testing.serve", "--truth", folder / "truth.json",
            "--log", log, "--latency", str(latency_s),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert server.stdout
    url = server.stdout.readline().strip()
    before = os.times()
    subprocess.run(
        [
            sys.executable, "-m", "sightline.cli.main", "analyze", clip, "--all-frames", "--json",
            "--tags", ",".join(TAGS), "--endpoint", "bench", "--data-dir", folder / name,
        ],
        env={
            **os.environ,
            "SIGHTLINE_ENDPOINTS__BENCH__URL": f"{url}/v1",
            "SIGHTLINE_ENDPOINTS__BENCH__MODEL": "truthful",
            "SIGHTLINE_ENDPOINTS__BENCH__SLOTS": str(SLOTS),
        },
        stdout=subprocess.DEVNULL,
        check=True,
    )  # fmt: skip
    after = os.times()
    server.terminate()
    server.wait()
    times = {line.request: line.received_at for line in read_log(log)}
    asking_s = max(times.values()) - min(times.values()) + latency_s
    cpu_s = after.children_user + after.children_system
    cpu_s -= before.children_user + before.children_system
    busy = f"{len(times) * latency_s / (SLOTS * asking_s):11.2f}" if latency_s else "          –"
    return (
        f"{latency_s * 1000:7.0f} ms {len(times):6} {len(times) / asking_s:9.0f} "
        f"{busy} {1000 * cpu_s / len(times):15.1f}"
    )


def main(seconds: float) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        truth = random_truth(1, duration_s=seconds, tags=TAGS, size=(1280, 720), rate=10)
        clip = render(truth, folder / "clip.mp4").path
        print(" latency   calls   calls/s utilisation  CPU ms per call")
        for latency_s in (0.0, 0.05, 0.2):
            print(measure(clip, truth, folder, latency_s), flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 90)
