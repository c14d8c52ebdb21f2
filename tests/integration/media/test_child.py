"""The child that decodes may crash, hang, lie or be killed: that is told, and nothing is left."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
from clips import Clip, make
from PIL import Image
from strange_child import command, pids

from sightline.errors import MediaError
from sightline.media.files import look
from sightline.media.source import FileSource
from sightline.ports import FrameReader
from sightline.values import FrameIndex, Picture, PictureTransform, ReadFrame, SeenFile, Sharing

CLIP = Clip("clip.mp4", pts=range(0, 8000, 40), options={"preset": "ultrafast"})
SMALL = PictureTransform(64)
SOON_S = 60


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return not Path(f"/proc/{pid}/stat").exists() or b") Z " not in _stat(pid)


def _stat(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/stat").read_bytes()
    except FileNotFoundError:
        return b") Z "


def wait_for_end(pid: int) -> None:
    until = time.monotonic() + SOON_S
    while is_alive(pid):
        assert time.monotonic() < until, f"{pid} is still there"
        time.sleep(0.01)


def open_files() -> int:
    return len(list(Path("/dev/fd").iterdir()))


async def read(reader: FrameReader, index: FrameIndex) -> list[ReadFrame]:
    return [item async for item in reader.read(index.pts, SMALL)]


async def extend(given: list[ReadFrame], reading: AsyncIterator[ReadFrame]) -> None:
    async for item in reading:
        given.append(item)  # noqa: PERF401 - what was given before an error is kept


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[SeenFile, FrameIndex]:
    file = look(make(CLIP, tmp_path_factory.mktemp("made")))

    async def probe() -> FrameIndex:
        async with FileSource() as source:
            return (await source.probe(file))[1]

    return file, asyncio.run(probe())


@pytest.fixture
async def clip(
    made: tuple[SeenFile, FrameIndex], tmp_path: Path
) -> AsyncIterator[tuple[SeenFile, FrameIndex]]:
    """After the test there is no process, task or file more than before it."""
    await asyncio.to_thread(look, tmp_path)  # what the first use of a thread opens stays open
    before = open_files(), len(asyncio.all_tasks())
    yield made
    assert not [pid for pid in pids(tmp_path) if is_alive(pid)]
    assert (open_files(), len(asyncio.all_tasks())) == before


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("crashes", r"clip\.mp4: the decoder crashed on it \(SIGSEGV\); convert it"),
        ("aborts", r"clip\.mp4: the decoder crashed on it \(SIGABRT\); convert it"),
        ("exits", r"clip\.mp4: the decoder ended with exit code 7; convert"),
        ("fails", r"clip\.mp4: the decoder failed on it \(ValueError: something odd\); convert"),
        ("hangs", r"clip\.mp4: the decoder did nothing for 2 s .* decoder_stall_s"),
        ("hangs hard", r"clip\.mp4: the decoder did nothing for 2 s .* decoder_stall_s"),
        ("is silent", r"clip\.mp4: the decoder did nothing for 2 s .* decoder_stall_s"),
        ("cannot start", r"clip\.mp4: the decoder ended with exit code 1 \(a library is missing\)"),
        ("hangs up", r"clip\.mp4: the decoder was ended, because .* \(it hung up\)"),
        ("prints", r"clip\.mp4: the decoder was ended, because .* \(a message of \d+"),
        ("claims much", r"clip\.mp4: the decoder was ended, because .* \(a message of 4294967295 "),
        ("pickles", r"clip\.mp4: the decoder was ended, because .* \(a head that is not JSON\)"),
        ("answers all with done", r"clip\.mp4: the decoder was ended, .* \(fewer frames than"),
        ("answers nothing asked", r"clip\.mp4: the decoder was ended, .* \(an answer to nothing\)"),
        ("gives no rows", r"clip\.mp4: the decoder was ended, .* \(other frames than"),
        ("gives another frame", r"clip\.mp4: the decoder was ended, .* \(other frames than"),
    ],
)
async def test_what_becomes_of_a_child_is_told(
    kind: str, told: str, clip: tuple[SeenFile, FrameIndex], tmp_path: Path
) -> None:
    file, index = clip
    async with FileSource(command=command(kind, tmp_path), stall_s=2) as source:
        reader = source.open(file, index)
        with pytest.raises(MediaError, match=told):
            await read(reader, index)
        await reader.aclose()


async def test_after_a_crash_there_is_another_child(
    clip: tuple[SeenFile, FrameIndex], tmp_path: Path
) -> None:
    file, index = clip
    async with FileSource(command=command("crashes", tmp_path)) as source:
        reader = source.open(file, index)
        for _ in range(2):
            with pytest.raises(MediaError, match="crashed"):
                await read(reader, index)
        assert len([item async for item in reader.read(index.pts[:5], SMALL)]) == 5
        await reader.aclose()
    assert len(pids(tmp_path)) == 3


@pytest.mark.parametrize("kind", ["answers all with done", "gives no rows", "prints", "exits"])
async def test_nothing_is_believed_of_a_file_that_is_not_its_own(
    kind: str, clip: tuple[SeenFile, FrameIndex], tmp_path: Path
) -> None:
    file, _ = clip
    async with FileSource(command=command(kind, tmp_path)) as source:
        if kind == "exits":
            media, _ = await source.probe(file)
            assert media.frame_count == len(CLIP.pts)
        else:
            with pytest.raises(MediaError, match=r"clip\.mp4: the decoder was ended"):
                await source.probe(file)


async def test_killed_in_mid_read(clip: tuple[SeenFile, FrameIndex], tmp_path: Path) -> None:
    file, index = clip
    async with FileSource(command=command("plain", tmp_path)) as source:
        reader = source.open(file, index)
        given: list[ReadFrame] = []
        killed = reader.read(index.pts, SMALL)
        given.append(await anext(killed))
        os.kill(pids(tmp_path)[0], signal.SIGKILL)
        with pytest.raises(MediaError, match=r"clip\.mp4: the decoder was killed, perhaps for"):
            await extend(given, killed)
        assert 0 < len(given) < len(index)
        assert [item.pts for item in await read(reader, index)] == list(index.pts)
        await reader.aclose()
    assert len(pids(tmp_path)) == 2


async def test_stopped_in_mid_read(clip: tuple[SeenFile, FrameIndex], tmp_path: Path) -> None:
    file, index = clip
    async with FileSource(command=command("plain", tmp_path), stall_s=2) as source:
        reader = source.open(file, index)
        stopped = reader.read(index.pts, SMALL)
        given = [await anext(stopped)]
        os.kill(pids(tmp_path)[0], signal.SIGSTOP)
        with pytest.raises(MediaError, match=r"did nothing for 2 s"):
            await extend(given, stopped)
        await reader.aclose()


async def test_slow_is_not_stalled(clip: tuple[SeenFile, FrameIndex], tmp_path: Path) -> None:
    file, index = clip
    async with FileSource(command=command("thoughtful", tmp_path), stall_s=1.5) as source:
        reader = source.open(file, index)
        assert len(await read(reader, index)) == len(index)
        await reader.aclose()


async def test_a_consumer_that_takes_its_time_is_no_stall(
    clip: tuple[SeenFile, FrameIndex], tmp_path: Path
) -> None:
    file, index = clip
    async with FileSource(command=command("plain", tmp_path), stall_s=2) as source:
        reader = source.open(file, index)
        taken = 0
        async for _ in reader.read(index.pts, SMALL):
            taken += 1
            if taken == 20:
                await asyncio.sleep(2.5)
        assert taken == len(index)
        await reader.aclose()


async def test_a_fault_costs_nobody_else(clip: tuple[SeenFile, FrameIndex], tmp_path: Path) -> None:
    file, index = clip
    async with FileSource(command=command("plain", tmp_path)) as source:
        one, other = source.open(file, index), source.open(file, index)
        killed = one.read(index.pts, SMALL)
        await anext(killed)
        (first,) = pids(tmp_path)
        going_on = other.read(index.pts, SMALL)
        given = [await anext(going_on)]
        os.kill(first, signal.SIGKILL)
        with pytest.raises(MediaError):
            await extend([], killed)
        await extend(given, going_on)
        assert [item.pts for item in given] == list(index.pts)
        await one.aclose()
        await other.aclose()


async def test_memory_has_a_limit(clip: tuple[SeenFile, FrameIndex], tmp_path: Path) -> None:
    file, index = clip
    Image.new("RGB", (6000, 6000)).save(tmp_path / "large.png", compress_level=1)
    async with FileSource(command=command("plain", tmp_path), memory_mb=400) as source:
        large = await source.look(tmp_path / "large.png")
        with pytest.raises(MediaError, match=r"large\.png takes more memory .* the 400 MB"):
            await source.probe(large)
        reader = source.open(file, index)
        assert len(await read(reader, index)) == len(index)
        await reader.aclose()
    async with FileSource() as source:
        _, still = await source.probe(large)
        reader = source.open(large, still)
        assert [type(item) for item in await read(reader, still)] == [Picture]
        await reader.aclose()


async def test_what_a_child_may_do_and_know(
    clip: tuple[SeenFile, FrameIndex], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGHTLINE_API_KEY", "secret")
    async with FileSource(command=command("confessing", tmp_path), memory_mb=777) as source:
        with pytest.raises(MediaError) as told:
            await source.probe(clip[0])
    memory = 777 << 20
    assert f"could not write; [({memory}, {memory}), (0, 0), (64, 64)]" in str(told.value)
    assert "OPENBLAS_NUM_THREADS" in str(told.value)
    assert "SIGHTLINE" not in str(told.value)


async def test_modules_of_the_current_folder_are_not_run(
    clip: tuple[SeenFile, FrameIndex], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "numpy.py").write_text("raise SystemExit('hostile')")
    monkeypatch.chdir(tmp_path)
    async with FileSource() as source:
        media, _ = await source.probe(clip[0])
    assert media.frame_count == len(CLIP.pts)


async def test_a_child_hears_no_interrupt_of_the_terminal(
    clip: tuple[SeenFile, FrameIndex], tmp_path: Path
) -> None:
    async with FileSource(command=command("plain", tmp_path)) as source:
        await source.probe(clip[0])
        (pid,) = pids(tmp_path)
        assert os.getpgid(pid) == os.getsid(pid) == pid


async def test_one_process_serves_one_file_after_the_other(
    clip: tuple[SeenFile, FrameIndex], tmp_path: Path
) -> None:
    file, index = clip
    (tmp_path / "no video.mp4").write_text("nothing to see")
    async with FileSource(command=command("plain", tmp_path)) as source:
        for _ in range(3):
            await source.probe(file)
            with pytest.raises(MediaError, match=r"no video\.mp4 is not a video"):
                await source.probe(await source.look(tmp_path / "no video.mp4"))
            async with aclosing(source.open(file, index)) as reader:
                assert len(await read(reader, index)) == len(index)
            async with aclosing(source.open(file, index)) as reader:
                async for _ in reader.read(index.pts, SMALL):
                    break
        (pid,) = pids(tmp_path)
        os.kill(pid, signal.SIGKILL)
        wait_for_end(pid)
        await asyncio.sleep(0.1)  # until asyncio has noticed
        await source.probe(file)
        assert len(pids(tmp_path)) == 2


async def test_a_source_that_is_forgotten_leaves_no_process(
    clip: tuple[SeenFile, FrameIndex], tmp_path: Path
) -> None:
    await FileSource(command=command("plain", tmp_path)).probe(clip[0])
    reader = FileSource(command=command("plain", tmp_path)).open(*clip)
    await anext(reader.read(clip[1].pts, SMALL))
    del reader
    assert len(pids(tmp_path)) == 2
    for pid in pids(tmp_path):
        await asyncio.to_thread(wait_for_end, pid)
    await asyncio.sleep(0.1)


async def test_a_command_that_there_is_not(clip: tuple[SeenFile, FrameIndex]) -> None:
    async with FileSource(command=["/no/such/program"]) as source:
        with pytest.raises(MediaError, match="the decoder cannot be started: No such file"):
            await source.probe(clip[0])


async def test_cancelled_at_any_moment(clip: tuple[SeenFile, FrameIndex], tmp_path: Path) -> None:
    file, index = clip
    chance = random.Random(3)
    async with FileSource(command=command("plain", tmp_path), cores=2) as source:

        async def work() -> None:
            await source.probe(file)
            async with aclosing(source.open(file, index)) as reader:
                async with aclosing(reader.read(index.pts, SMALL)) as items:
                    async for _ in items:
                        pass
                async for _ in reader.measure(index.pts):
                    pass

        cancelled = 0
        for _ in range(60):
            tasks = [asyncio.create_task(work()) for _ in range(chance.choice([1, 1, 2]))]
            await asyncio.sleep(chance.choice([0, 0.002, 0.02, 0.1, 0.3]) * chance.random())
            for task in tasks:
                task.cancel()
                if chance.random() < 0.3:
                    await asyncio.sleep(0)
                    task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            # On a quick machine some are done before they are cancelled.
            assert {type(result) for result in results} <= {asyncio.CancelledError, type(None)}
            cancelled += sum(task.cancelled() for task in tasks)
        assert cancelled > 30
        await work()


async def test_the_source_is_closed_under_a_reader(
    clip: tuple[SeenFile, FrameIndex], tmp_path: Path
) -> None:
    file, index = clip
    async with FileSource(command=command("plain", tmp_path)) as source:
        reader = source.open(file, index)
        reading = reader.read(index.pts, SMALL)
        await anext(reading)
        await source.aclose()
        with pytest.raises(MediaError, match=r"closed while it was being read"):
            await extend([], reading)
        await reader.aclose()


async def test_two_readers_share_the_cores(clip: tuple[SeenFile, FrameIndex]) -> None:
    file, index = clip
    async with FileSource(cores=2) as source, aclosing(source.open(file, index)) as one:
        async with aclosing(source.open(file, index)) as other:
            both = await asyncio.gather(read(one, index), read(other, index))
        alone = await read(one, index)
    assert both[0] == both[1] == alone
    assert len(alone) == len(index)


async def test_the_child_keeps_to_its_lead(
    clip: tuple[SeenFile, FrameIndex], tmp_path: Path
) -> None:
    file, index = clip
    async with FileSource(command=command("counting", tmp_path)) as source:
        reader = source.open(file, index)
        made = tmp_path / "made"
        for sharing in (None, Sharing(within=1)):
            taken, before = 0, made.stat().st_size if made.exists() else 0
            async for _ in reader.read(index.pts, SMALL, sharing=sharing):
                taken += 1
                if taken % 40 == 1:
                    await asyncio.sleep(0.2)
                assert 0 <= made.stat().st_size - before - taken <= 16
            assert taken == len(index)
        await reader.aclose()


PARENT = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from strange_child import command
from sightline.media.files import look
from sightline.media.source import FileSource
from sightline.values import PictureTransform

async def main():
    source = FileSource(command=command(sys.argv[4], Path(sys.argv[3])), stall_s=1000)
    file = await source.look(Path(sys.argv[2]))
    _, index = await source.probe(file)
    async for _ in source.open(file, index).read(index.pts, PictureTransform(64)):
        print("reading", flush=True)
        if sys.argv[4] == "plain":
            await asyncio.sleep(1000)

asyncio.run(main())
"""


@pytest.mark.parametrize("kind", ["plain", "hangs", "hangs hard"])
def test_a_child_ends_with_its_parent(
    kind: str, made: tuple[SeenFile, FrameIndex], tmp_path: Path
) -> None:
    here, path = str(Path(__file__).parent), str(made[0].path)
    arguments = [sys.executable, "-c", PARENT, here, path, str(tmp_path), kind]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"reading\n"
        parent.kill()
    (pid,) = pids(tmp_path)
    wait_for_end(pid)
