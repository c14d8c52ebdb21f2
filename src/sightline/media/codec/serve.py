"""Takes requests from the parent, one after the other, and answers each.

Whatever goes wrong with a file is an answer, too. What a file can do beyond that (hang, crash, eat
memory) ends this process, and the parent says so.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from sightline.errors import MediaError
from sightline.media import wire
from sightline.media.codec.channel import Channel
from sightline.media.codec.opening import open_pictures
from sightline.media.codec.pictures import Left
from sightline.media.codec.reading import Opened, Reading

_STDIN, _STDOUT, _STDERR = 0, 1, 2
_FAULT_CHARACTERS = 300


def serve(*, memory_mb: int) -> None:
    """Never returns: the process ends when standard input does.

    `memory_mb` is the limit in force, for messages.
    """
    server = _Server(_own_channel(), memory_mb)
    while True:
        server.turn()


def _own_channel() -> Channel:
    """The pipes; what a library prints goes elsewhere."""
    channel = Channel(os.dup(_STDIN), os.dup(_STDOUT))
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), _STDIN)
    os.dup2(_STDERR, _STDOUT)
    return channel


class _Server:
    def __init__(self, channel: Channel, memory_mb: int) -> None:
        self._channel = channel
        self._memory_mb = memory_mb
        self._open: wire.Open | None = None
        self._opened: Opened | None = None
        self._path = Path()

    def turn(self) -> None:
        """One request from its beginning to its end."""
        request = self._channel.take()
        match request:
            case wire.Probe(file) | wire.Open(file):
                self._path = file.path
            case _:
                pass
        try:
            reply = self._answer(request)
        except Left:
            reply = wire.Done()
        except MediaError as error:
            reply = wire.Failed(str(error), fatal=False)
        except MemoryError:
            reply = wire.Failed(self._why_full(), fatal=True)
        except Exception as fault:  # noqa: BLE001 - the boundary to libraries that are fed anything
            traceback.print_exception(fault)
            reply = wire.Failed(self._why_fault(fault), fatal=True)
        if reply:
            self._channel.send(reply)
        if isinstance(reply, wire.Failed) and reply.fatal:
            sys.stderr.flush()
            os._exit(1)  # what a library has left behind is not to be built upon

    def _answer(self, request: wire.Request) -> wire.Reply | None:
        match request:
            case wire.Probe(file):
                pictures = open_pictures(file, threads=1)
                try:
                    return wire.Probed(*pictures.probe(self._beat))
                finally:
                    pictures.close()
            case wire.Open():
                self._close()
                self._open = request
                return None
            case wire.Read():
                Reading(self._reopened(), request, self._channel).run()
            case wire.Print(frames):
                return self._printed(frames)
            case wire.Convert(target):
                self._convert(target)
            case wire.Draw(target):
                self._draw(target)
            case wire.Close():
                self._close()
            case wire.More() | wire.Leave():
                pass  # the channel has heard them
        return wire.Done()

    def _printed(self, frames: Sequence[int]) -> wire.Printed:
        # Here and not above: few are printed.
        from sightline.media.codec.prints import small_pictures  # noqa: PLC0415

        opened = self._reopened()
        return wire.Printed(small_pictures(opened.pictures, opened.index, frames, self._beat))

    def _convert(self, target: Path) -> None:
        # Here and not above: most children convert nothing.
        from sightline.media.codec.convert import convert  # noqa: PLC0415

        if self._open is None:
            raise RuntimeError("a conversion of no file")
        convert(self._open, target, self._channel.send, self._beat)

    def _draw(self, target: Path) -> None:
        from sightline.media.codec.sample import draw_sample  # noqa: PLC0415 - few draw

        draw_sample(target, self._beat)

    def _beat(self) -> None:
        if self._channel.left:
            raise Left
        self._channel.beat()

    def _reopened(self) -> Opened:
        if self._open is None:
            raise RuntimeError("a read of no file")
        if self._opened is None:
            self._opened = Opened(self._open)
        return self._opened

    def _close(self) -> None:
        opened, self._opened, self._open = self._opened, None, None
        if opened:
            opened.close()

    def _why_full(self) -> str:
        return (
            f"{self._path} takes more memory to decode than the {self._memory_mb} MB that are"
            " allowed; make it smaller, or raise decoder_memory_mb"
        )

    def _why_fault(self, fault: Exception) -> str:
        what = f"{type(fault).__name__}: {fault}"[:_FAULT_CHARACTERS]
        return f"{self._path}: the decoder failed on it ({what}); convert it to MP4 first"
