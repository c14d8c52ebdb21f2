"""Children that do what a child never should: `python strange_child.py KIND FOLDER MEMORY_MB`.

Each leaves a file with the number of its process in FOLDER, then behaves like the real one, but for
what its kind says.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from av.video.frame import VideoFrame

from sightline.errors import MediaError
from sightline.media import packing, wire
from sightline.media.codec import channel, serve
from sightline.media.codec.__main__ import main
from sightline.media.codec.container import VideoFile
from sightline.media.codec.decode import Film
from sightline.media.codec.encode import JpegEncoder
from sightline.media.codec.measure import Measured, Meter
from sightline.media.codec.pictures import Beat, Pictures
from sightline.media.envelope import Incoming
from sightline.media.rows import Measures, Row
from sightline.values import FrameIndex, Jpeg, Picture, PictureTransform, SeenFile

FRAME = 20
"""How many frames are measured before it happens."""
LONG_S = 1000


def command(kind: str, folder: Path) -> tuple[str, ...]:
    return sys.executable, __file__, kind, str(folder)


def pids(folder: Path) -> list[int]:
    """Of all children so far."""
    return sorted(int(path.suffix[1:]) for path in folder.glob("child.*"))


def wait_for(path: Path) -> None:
    until = time.monotonic() + 60
    while not path.exists():
        if time.monotonic() > until:
            raise TimeoutError(f"{path.name} did not come")
        time.sleep(0.002)


def at_frame(happens: Callable[[], object]) -> None:
    measure, seen = Meter.measure, iter(range(1_000_000))

    def measured(self: Meter, frame: VideoFrame, pts: int) -> Measured:
        if next(seen) == FRAME:
            happens()
        return measure(self, frame, pts)

    Meter.measure = measured


def fault() -> None:
    raise ValueError("something odd")


def counting() -> None:
    """Keeps count of the pictures that were made."""
    encode, counted = JpegEncoder.encode, os.open(FOLDER / "made", os.O_CREAT | os.O_WRONLY)

    def encoded(
        self: JpegEncoder,
        frame: VideoFrame,
        transform: PictureTransform,
        jpeg: Jpeg = Jpeg(),
        *,
        pts: int,
    ) -> Picture:
        os.write(counted, b".")
        return encode(self, frame, transform, jpeg, pts=pts)

    JpegEncoder.encode = encoded
    serve.serve(memory_mb=4096)


def thoughtful() -> None:
    """Takes long for the first frame, and says that it goes on."""
    frames = Film.frames
    channel._BEAT_S = 0.02  # pyright: ignore[reportPrivateUsage]

    def slow(
        self: Film, index: FrameIndex, wanted: Sequence[int], beat: Beat
    ) -> Iterator[tuple[int, VideoFrame | None]]:
        for _ in range(300):
            time.sleep(0.01)
            beat()
        yield from frames(self, index, wanted, beat)

    Film.frames = slow
    main()


def confessing() -> None:
    """Tells what it may do and knows, in place of opening a file."""

    def confess(file: SeenFile, *, threads: int) -> Pictures:
        import resource

        try:
            (FOLDER / "written").write_bytes(b"something")
            written = "could write"
        except OSError:
            written = "could not write"
        limits = [
            resource.getrlimit(what)
            for what in (resource.RLIMIT_AS, resource.RLIMIT_CORE, resource.RLIMIT_NOFILE)
        ]
        raise MediaError(f"{written}; {limits}; {sorted(os.environ)}")

    serve.open_pictures = confess
    main()


def waiting() -> None:
    """Stops in the middle of a probe until somebody has done something."""
    blocks = VideoFile.blocks

    def waited(self: VideoFile) -> Iterator[bytes]:
        (FOLDER / "waits").touch()
        wait_for(FOLDER / "go on")
        yield from blocks(self)

    VideoFile.blocks = waited
    main()


def answering(answer: Callable[[int, wire.Request], bytes]) -> None:
    """Answers each request with bytes of its own choice."""
    incoming = Incoming(packing.unpack_request)
    while data := os.read(0, 1 << 20):
        for turn, request in incoming.feed(data):
            os.write(1, answer(turn, request))


def packed(turn: int, *replies: wire.Reply) -> bytes:
    return b"".join(bytes(part) for reply in replies for part in packing.pack(turn, reply))


def hang_up() -> None:
    os.close(1)
    time.sleep(LONG_S)


KINDS: dict[str, Callable[[], object]] = {
    "plain": main,
    "counting": counting,
    "thoughtful": thoughtful,
    "confessing": confessing,
    "waits": waiting,
    "crashes": lambda: (at_frame(lambda: os.kill(os.getpid(), signal.SIGSEGV)), main()),
    "aborts": lambda: (at_frame(os.abort), main()),
    "exits": lambda: (at_frame(lambda: os._exit(7)), main()),
    "fails": lambda: (at_frame(fault), main()),
    "hangs": lambda: (at_frame(lambda: time.sleep(LONG_S)), main()),
    # While it sleeps no other thread of Python can do anything.
    "hangs hard": lambda: (at_frame(lambda: ctypes.PyDLL(None).sleep(LONG_S)), main()),
    "cannot start": lambda: sys.exit("a library is missing"),
    "hangs up": hang_up,
    "is silent": lambda: time.sleep(LONG_S),
    "prints": lambda: answering(lambda turn, request: b"frame 1 of 100 decoded\n" * 10),
    "claims much": lambda: answering(lambda turn, request: b"\xff" * 16),
    "pickles": lambda: answering(lambda turn, request: b"\x02\0\0\0\0\0\0\0" + bytes(8) + b"\x80."),
    "answers all with done": lambda: answering(lambda turn, _: packed(turn, wire.Done())),
    "answers nothing asked": lambda: answering(lambda turn, _: packed(turn + 5, wire.Done())),
    "gives no rows": lambda: answering(lambda turn, _: packed(turn, wire.Rows([]))),
    "gives another frame": lambda: answering(
        lambda turn, _: packed(turn, wire.Rows([Row(5, Measures(0, 0, 0.0, 0.0, 5), None)]))
    ),
}

if __name__ == "__main__":
    KIND, FOLDER = sys.argv[1], Path(sys.argv[2])
    del sys.argv[1:3]
    (FOLDER / f"child.{os.getpid()}").touch()
    KINDS[KIND]()
