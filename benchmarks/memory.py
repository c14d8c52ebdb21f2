"""Peak memory by length of video: of `sightline frames` and of a whole `sightline analyze`.

    python benchmarks/memory.py [--quick]

Two minutes of 1080p H.264 with B-frames are made once and repeated, without encoding them anew, to
2 h and 10 h; of each, some hundreds of frames are sampled. Each command runs as a process of its
own with a decoding child. What is told is the highest sum, over both, of the memory that is theirs
alone and their share of what they share (PSS), looked at every few milliseconds. The endpoint is
the truthful one, which answers at once, so that the decoder is never held back.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import imageio_ffmpeg

from sightline.testing.truth import Truth, random_truth
from sightline.testing.video import Encoding, render

TAGS = ("car", "person")
PIECE_S = 120
SIZE = (1920, 1080)


class Peak:
    """The highest memory of a process and its children together, as they run."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._peak_kb = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> float:
        """Megabytes."""
        self._over.set()
        self._thread.join()
        return self._peak_kb / 1024

    def _watch(self) -> None:
        while not self._over.wait(0.005):
            family = [self._root]
            for pid in family:
                family += _children(pid)
            self._peak_kb = max(self._peak_kb, sum(map(_share_kb, family)))


def _children(pid: int) -> list[int]:
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        told = [(thread / "children").read_text().split() for thread in threads]
    except OSError:
        return []
    return [int(child) for children in told for child in children]


def _share_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def peak_mb(*arguments: str | Path, **env: str) -> float:
    process = subprocess.Popen(
        [sys.executable, "-m", "sightline.cli.main", *map(str, arguments)],
        env={**os.environ, "SIGHTLINE_DISCOVER": "false", **env},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    peak = Peak(process.pid)
    _, complaints = process.communicate()
    megabytes = peak.stop()
    if process.returncode not in (0, 3):
        raise RuntimeError(complaints)
    return megabytes


def make_piece(folder: Path) -> tuple[Truth, Path]:
    truth = random_truth(1, duration_s=PIECE_S, rate=30, size=SIZE, tags=TAGS)
    encoding = Encoding(options=(("preset", "veryfast"), ("crf", "40")), gop=60, b_frames=2)
    path = folder / "2 min.mp4"
    render(truth, path, variant="visible", encoding=encoding)
    return truth, path


def repeat(piece: Path, target: Path, times: int) -> Path:
    subprocess.run(
        [
            imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-stream_loop", str(times - 1),
            "-i", piece, "-c", "copy", target,
        ],
        check=True,
    )  # fmt: skip
    return target


def main(*, quick: bool) -> None:
    lengths_h = (1 / 30, 0.2, 1) if quick else (1 / 30, 2, 10)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        truth, piece = make_piece(folder)
        (folder / "truth.json").write_text(truth.to_json(), encoding="utf-8")
        videos = [
            (repeat(piece, folder / f"{hours:.2f} h.mp4", round(hours * 30)), every_s)
            for hours, every_s in zip(lengths_h, (0.5, 10, 60), strict=True)
        ]
        server = subprocess.Popen(
            [sys.executable, "-m", "sightline.testing.serve", "--truth", folder / "truth.json"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert server.stdout
        url = server.stdout.readline().strip()
        asking = [
            "--json", "--tags", ",".join(TAGS), "--endpoint", f"{url}/v1", "--model", "truthful",
            "--data-dir", folder / "library",
        ]  # fmt: skip
        try:
            print(f"{'MB':22}", *(f"{path.stem:>8}" for path, _ in videos))
            for title, command, sampled, options in (
                ("probe (opening it)", "probe", False, []),
                ("frames", "frames", True, ["--resize", "512", "--out", folder / "pictures"]),
                ("frames --sheet", "frames", False, ["--out", folder / "sheet.jpg"]),
                ("analyze", "analyze", True, asking),
            ):
                peaks = [
                    peak_mb(command, path, *(["--every", f"{every_s}s"] * sampled), *options)
                    for path, every_s in videos
                ]
                print(f"{title:22}", *(f"{peak:8.0f}" for peak in peaks), flush=True)
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main(quick="--quick" in sys.argv)
