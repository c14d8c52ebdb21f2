"""Ctrl-C, also where the event loop takes no signal handlers, as on Windows."""

from __future__ import annotations

import asyncio
import io
import signal

import pytest
from rich.console import Console

from sightline.cli.analyzing import stopping
from sightline.services.runs.analysis import Watch


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("of_windows", [False, True])
async def test_a_signal_stops_in_good_order(
    monkeypatch: pytest.MonkeyPatch, number: signal.Signals, *, of_windows: bool
):
    def refuse(*_: object) -> None:
        raise NotImplementedError

    if of_windows:
        monkeypatch.setattr(asyncio.get_running_loop(), "add_signal_handler", refuse)
        monkeypatch.setattr(asyncio.get_running_loop(), "remove_signal_handler", refuse)
    before = signal.getsignal(number)
    watch, said = Watch(), io.StringIO()
    try:
        with stopping(watch, Console(file=said)):
            signal.raise_signal(number)
            async with asyncio.timeout(10):
                await watch.stop.wait()
            assert "Stopping; what was answered is kept" in said.getvalue()
            if of_windows:
                assert signal.getsignal(number) == before
    finally:
        signal.signal(number, before)
