"""What it costs to begin: CPU seconds of `--help`, and until the first ask leaves.

    python benchmarks/startup.py [RUNS]

The yardstick is a bare import of the OpenAI SDK and SQLAlchemy, which any program
that does this work with them must pay. CPU time is that of the process and its children, as the
kernel counts it; each figure is the median, and the ratio is taken within one run of this program.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from sightline.testing.endpoint import TruthfulEndpoint
from sightline.testing.truth import random_truth
from sightline.testing.video import render

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
IMPORTS = "import openai, sqlalchemy; openai.AsyncOpenAI, sqlalchemy.create_engine"
COMMAND = [sys.executable, "-m", "sightline.cli.main"]


def cpu_of(command: list[str]) -> float:
    """CPU seconds of a whole process, user and system."""
    before = os.times()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    return (after.children_user - before.children_user) + (
        after.children_system - before.children_system
    )


def cpu_so_far(pid: int) -> float:
    """CPU seconds of a living process and its ended children (proc(5), fields 14 to 17)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) * TICK_S


async def cpu_until_first_ask(server: TruthfulEndpoint, clip: Path, library: Path) -> float:
    asked = server.requests
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "analyze", clip, "--json", "--tags", "car", "--every", "1s",
        "--endpoint", server.base_url, "--model", "truthful", "--data-dir", library,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    while server.requests == asked:  # noqa: ASYNC110  (a counter of the server's, no event)
        await asyncio.sleep(0.001)
    spent = cpu_so_far(process.pid)
    await process.wait()
    return spent


async def main(runs: int) -> None:
    imports: list[float] = []
    helps: list[float] = []
    fresh: list[float] = []
    existing: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        truth = random_truth(1, duration_s=10)
        clip = render(truth, Path(folder) / "clip.mp4").path
        async with TruthfulEndpoint(truth) as server:
            for run in range(runs):
                imports.append(await asyncio.to_thread(cpu_of, [sys.executable, "-c", IMPORTS]))
                helps.append(await asyncio.to_thread(cpu_of, [*COMMAND, "--help"]))
                library = Path(folder) / f"library-{run}"
                fresh.append(await cpu_until_first_ask(server, clip, library))
                # Other frames of a known file: nothing is in the store, but the store is there.
                other = clip.with_name(f"clip-{run}.mp4")
                other.write_bytes(clip.read_bytes() + b"\0" * (run + 1))
                existing.append(await cpu_until_first_ask(server, other, library))
    yardstick = statistics.median(imports)
    print(f"{runs} runs, medians of CPU seconds")
    for name, figures in (
        ("import openai, sqlalchemy", imports),
        ("sightline --help", helps),
        ("until the first ask, new library", fresh),
        ("until the first ask, existing library", existing),
    ):
        middle = statistics.median(figures)
        print(f"{name:40} {middle:6.3f}  x {middle / yardstick:4.2f}")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 7))
