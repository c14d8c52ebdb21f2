"""One child process that decodes, as its parent sees it.

Guarantees: whatever becomes of the child is a `MediaError` about the file at hand, and disturbs
nothing else. It is killed when it makes no progress, when what it says makes no sense, and when it
is not needed any more. To kill it takes no waiting, so it can be done at any moment. It ends with
this process, however that ends.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import cast

from sightline.errors import MediaError
from sightline.media import packing, wire
from sightline.media.envelope import Garbled, Incoming
from sightline.values.text import plain, plain_line

# -P: the current folder may be anybody's, and is not where our modules come from.
DECODER = (sys.executable, "-P", f"-Xutf8={sys.flags.utf8_mode}", "-m", "sightline.media.codec")
"""Starts a child; its memory limit in MB is added."""

_KEPT_VARIABLES = (
    *("PATH", "LANG", "LC_ALL", "LC_CTYPE", "SYSTEMROOT", "TMPDIR", "TEMP"),
    *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "__PYVENV_LAUNCHER__"),
    *("PYTHONPATH", "PYTHONHOME", "PYTHONPYCACHEPREFIX", "PYTHONDONTWRITEBYTECODE"),
)
"""What a child has of our environment: enough to find its libraries, and no secret."""
_SMALL = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": str(1 << 20),
    "OPENBLAS_NUM_THREADS": "1",
}
"""Keeps small what is set aside for each thread, and gives a long video's lists of times back to
the system when they are done with: 60 MB of the peak for ten hours."""
_TAIL_BYTES = 4096
_MOST_WAITING = 4
"""Replies that wait to be taken, before the pipe is left to fill up and the child to wait."""
_DIES_WITHIN_S = 1.0
"""How long the end of a process may follow that of its pipe."""

_Taken = wire.Probed | wire.Rows | wire.Printed | wire.Converting | wire.Done

_CRASHES = {"SIGSEGV", "SIGBUS", "SIGABRT", "SIGILL", "SIGFPE", "SIGTRAP", "SIGSYS"}


class Child:
    """A running child. One turn at a time: a new one ends the one before."""

    def __init__(self, line: _Line, *, stall_s: float) -> None:
        self._line = line
        self._stall_s = stall_s
        self._turn = 0
        self._is_unwanted = False

    @classmethod
    async def start(cls, command: Sequence[str], *, memory_mb: int, stall_s: float) -> Child:
        """Raises `MediaError` when there can be no further process."""
        try:
            _, line = await asyncio.get_running_loop().subprocess_exec(
                _Line,
                *command,
                str(memory_mb),
                env=_SMALL | {n: os.environ[n] for n in _KEPT_VARIABLES if n in os.environ},
                start_new_session=True,  # Ctrl-C in the terminal is for the parent to deal with
            )
        except OSError as error:
            raise MediaError(
                f"the decoder cannot be started: {error.strerror or error}; close other programs,"
                " or see that the installation is whole"
            ) from error
        return cls(line, stall_s=stall_s)

    def __del__(self) -> None:
        self._line.kill()

    @property
    def is_fit(self) -> bool:
        """Fit for another turn."""
        return self._line.is_up

    @property
    def is_gone(self) -> bool:
        """Nothing of it is left."""
        return self._line.gone.done()

    def ask(self, request: wire.Request) -> int:
        """Begin a turn; its number."""
        self.leave(self._turn)
        self._turn += 1
        self._line.keep(self._turn)
        self._line.write(self._turn, request)
        return self._turn

    def tell(self, turn: int, request: wire.More) -> None:
        """Something more about a turn; nothing when it is over."""
        if turn == self._turn and self._line.ended < turn:
            self._line.write(turn, request)

    def leave(self, turn: int) -> None:
        """What is still said about the turn is not waited for; nothing when all of it was taken."""
        if turn == self._line.kept:
            self._line.keep(None)
            self._line.write(turn, wire.Leave())

    async def reply(self, turn: int, path: Path) -> _Taken:
        """The next one about the file at `path`.

        Raises `MediaError` for all that went wrong with it.
        """
        line, loop = self._line, asyncio.get_running_loop()
        since = loop.time()
        while True:
            if turn != line.kept:
                raise RuntimeError("one read at a time: another has begun, or its reader is closed")
            if line.replies:
                return self._taken(line.take())
            if not line.is_up:
                raise MediaError(plain(f"{path}: {await self._cause()}"))
            since = max(since, line.heard_at)
            if loop.time() - since >= self._stall_s:
                self.kill()
                raise MediaError(plain(f"{path}: {self._stalled()}"))
            await line.wait(until=since + self._stall_s)

    def misspoke(self, path: Path, what: str) -> MediaError:
        """What it said cannot be: it is not listened to any more."""
        self.kill()
        return MediaError(plain(f"{path}: {_misspoken(what)}"))

    async def settle(self, *, within_s: float) -> bool:
        """Whether it has ended its last turn by then, and is fit for another."""
        until = asyncio.get_running_loop().time() + within_s
        while self._line.is_up and self._line.ended < self._turn:
            if asyncio.get_running_loop().time() >= until:
                return False
            await self._line.wait(until=until)
        return self._line.is_up

    def kill(self) -> None:
        """End it at once; `gone` tells when nothing of it is left."""
        self._is_unwanted |= self._line.is_up
        self._line.kill()

    async def gone(self) -> None:
        """Returns when the process and all that belonged to it are no more."""
        await asyncio.shield(self._line.gone)

    def _taken(self, reply: wire.Reply) -> _Taken:
        if isinstance(reply, wire.Rows | wire.Converting):
            return reply
        self._line.keep(None)
        match reply:
            case wire.Failed(why, fatal):
                if fatal:
                    self.kill()
                raise MediaError(plain(why))
            case wire.Beat():
                raise AssertionError("a beat is not kept")
            case _:
                return reply

    async def _cause(self) -> str:
        """Why it is down."""
        line = self._line
        if line.garbled:
            return _misspoken(line.garbled)
        if self._is_unwanted:
            return "it was closed while it was being read"
        try:
            async with asyncio.timeout(_DIES_WITHIN_S):
                await self.gone()
        except TimeoutError:
            self.kill()
            return _misspoken("it hung up")
        tail = plain_line(line.tail.decode(errors="replace").strip().rpartition("\n")[2])
        return _ended(line.exit_code, tail)

    def _stalled(self) -> str:
        return (
            f"the decoder did nothing for {self._stall_s:g} s and was ended; convert the file to"
            " MP4 first, or raise decoder_stall_s if its disk is slow"
        )


def _misspoken(what: str) -> str:
    return f"the decoder was ended, because it said what it never should ({what}); convert it first"


def _ended(code: int, tail: str) -> str:
    said = f" ({tail})" if tail else ""
    if code >= 0:
        return f"the decoder ended with exit code {code}{said}; convert the file to MP4 first"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    if name in _CRASHES:
        return f"the decoder crashed on it ({name}); convert it to MP4 first"
    if name == "SIGKILL":
        return "the decoder was killed, perhaps for want of memory; free some and run it again"
    return f"the decoder was ended by {name}; run it again"


class _Line(asyncio.SubprocessProtocol):
    """The pipes to a child and what has come through them."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._loop = loop
        self._transport: asyncio.SubprocessTransport | None = None
        self._incoming = Incoming(packing.unpack_reply)
        self._news = asyncio.Event()
        self._is_paused = False
        self.is_up = True
        """False as soon as nothing more will come."""
        self.garbled = ""
        self.exit_code = 0
        self.tail = bytearray()
        """The last that it wrote to standard error."""
        self.replies: deque[wire.Reply] = deque()
        self.kept: int | None = None
        """The turn whose replies are kept; those of others are dropped."""
        self._asked = 0
        self.ended = 0
        """The last turn that is over."""
        self.heard_at = 0.0
        self.gone: asyncio.Future[None] = loop.create_future()

    def write(self, turn: int, request: wire.Request) -> None:
        if self.is_up and self._transport is not None:
            pipe = cast("asyncio.WriteTransport", self._transport.get_pipe_transport(0))
            for part in packing.pack(turn, request):
                pipe.write(part)

    def keep(self, turn: int | None) -> None:
        """Keep the replies of this turn from here on, and no others."""
        self.kept = turn
        self._asked = turn or self._asked
        self.replies.clear()
        self._flow()
        self._news.set()

    def take(self) -> wire.Reply:
        reply = self.replies.popleft()
        self._flow()
        return reply

    async def wait(self, *, until: float) -> None:
        """For something to change; no longer than until this time of the loop."""
        self._news.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await self._news.wait()

    def kill(self) -> None:
        self._down()
        transport = self._transport
        if transport is None or transport.is_closing() or self._loop.is_closed():
            return
        process = cast("subprocess.Popen[bytes]", transport.get_extra_info("subprocess"))
        if transport.get_returncode() is None:
            if sys.platform == "win32":
                process.kill()
            else:
                # Not `process.kill`: it may reap the process, which is for asyncio's watcher to
                # do; and with a code to tell, nobody else tries to.
                with suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
                process.returncode = -signal.SIGKILL
        transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.SubprocessTransport", transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == 2:
            self.tail = (self.tail + data)[-_TAIL_BYTES:]
            return
        if not self.is_up:
            return
        try:
            arrived = self._incoming.feed(data)
        except Garbled as error:
            self.garbled = str(error)
            self.kill()
            return
        self.heard_at = self._loop.time()
        for turn, reply in arrived:
            if turn > self._asked:
                self.garbled = "an answer to nothing"
                self.kill()
                return
            if isinstance(reply, wire.Probed | wire.Printed | wire.Done | wire.Failed):
                self.ended = max(self.ended, turn)
            if turn == self.kept and not isinstance(reply, wire.Beat):
                self.replies.append(reply)
        self._flow()
        self._news.set()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:  # noqa: ARG002
        if fd == 1:
            self._down()

    def process_exited(self) -> None:
        if self._transport is not None:
            self.exit_code = self._transport.get_returncode() or 0

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        if self._transport is not None:
            self._transport.close()
        self._down()
        if not self.gone.done():
            self.gone.set_result(None)

    def _down(self) -> None:
        self.is_up = False
        self._news.set()

    def _flow(self) -> None:
        """Let the pipe fill up while more waits here than should."""
        full = len(self.replies) >= _MOST_WAITING
        if full != self._is_paused and self.is_up and self._transport is not None:
            self._is_paused = full
            pipe = cast("asyncio.ReadTransport", self._transport.get_pipe_transport(1))
            (pipe.pause_reading if full else pipe.resume_reading)()
