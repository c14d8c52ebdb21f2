"""The child's end of the pipes: a thread that listens, and one writer.

The listener is what lets a request be left while it is at work, and what ends this process, busy or
not, as soon as the parent has closed the pipe or is gone.
"""

from __future__ import annotations

import os
import time
import traceback
from collections import deque
from collections.abc import Callable
from threading import Condition, Thread

from sightline.media import packing, wire
from sightline.media.envelope import Incoming

PICTURES_AHEAD = 16
"""Pictures made and not yet taken, wherever they are: here, in the pipe, or with the parent."""
_BEAT_S = 1.0
_READ_BYTES = 256 * 1024


class Channel:
    """Requests in, replies out. `take`, `send` and the like are for one thread."""

    def __init__(self, requests: int, replies: int) -> None:
        """Two file descriptors, which are the channel's from here on."""
        self._changed = Condition()
        self._waiting: deque[tuple[int, wire.Request]] = deque()
        self.turn = 0
        """The number of the present one."""
        self._left = 0
        """The last turn that nobody waits for; with it all before."""
        self._credit = 0
        self._out = os.fdopen(replies, "wb", buffering=_READ_BYTES)
        self._sent_at = time.monotonic()
        Thread(target=self._listen, args=(requests,), daemon=True).start()

    def take(self) -> wire.Request:
        """The next request, waited for without end: its turn begins."""
        with self._changed:
            while not self._waiting:
                self._changed.wait()
            self.turn, request = self._waiting.popleft()
            self._credit = PICTURES_AHEAD
            return request

    @property
    def left(self) -> bool:
        """Nobody waits for this turn any more."""
        return self.was_left(self.turn)

    def was_left(self, turn: int) -> bool:
        """Whether not all was taken of what was sent in it."""
        return self._left >= turn

    def send(self, reply: wire.Reply) -> None:
        """Waits while the pipe is full."""
        try:
            for part in packing.pack(self.turn, reply):
                self._out.write(part)
            self._out.flush()
        except BrokenPipeError:
            os._exit(0)
        self._sent_at = time.monotonic()

    def beat(self) -> None:
        """Tell the parent, about once a second, that the work goes on."""
        if time.monotonic() - self._sent_at > _BEAT_S:
            self.send(wire.Beat())

    def take_credit(self, before_waiting: Callable[[], None]) -> None:
        """Waits until one more picture may be made, or nobody wants it any more."""
        if self._credit <= 0:
            before_waiting()
        with self._changed:
            self._changed.wait_for(lambda: self._credit > 0 or self.left)
            self._credit -= 1

    def _listen(self, requests: int) -> None:
        incoming = Incoming(packing.unpack_request)
        try:
            while data := os.read(requests, _READ_BYTES):
                for turn, request in incoming.feed(data):
                    self._hear(turn, request)
        except ConnectionError:
            pass
        except Exception:  # noqa: BLE001 - nobody would hear of it
            traceback.print_exc()
            os._exit(2)
        os._exit(0)  # the parent is gone, and with it who wants what is at work here

    def _hear(self, turn: int, request: wire.Request) -> None:
        with self._changed:
            match request:
                case wire.More(pictures):
                    if turn == self.turn:
                        self._credit += pictures
                case wire.Leave():
                    self._left = turn
                case _:
                    self._waiting.append((turn, request))
            self._changed.notify()
