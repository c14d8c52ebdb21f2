"""Does what `sightline serve` and `sightline worker` say; opens and closes in good order."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Callable, Coroutine, Generator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import typer
import uvicorn
from fastapi import FastAPI

from sightline.api.app import create_app
from sightline.api.arrivals import Address, is_loopback
from sightline.api.paths import LOGIN
from sightline.cli.listening import addresses_of, listen, own_names, url_of
from sightline.errors import SettingsError
from sightline.services.server.condition import RecentTroubles
from sightline.services.server.pulse import Pulse
from sightline.settings import Settings, load

if TYPE_CHECKING:
    from sightline.services.services import Services

_LOOK_EVERY_S = 1.0
GRACE_S = 3.0
"""For requests under way when the server is asked to stop; streams without end end at once."""

Opening = AbstractAsyncContextManager["Services"]


def settings_of(
    *,
    data_dir: Path | None = None,
    database_url: str | None = None,
    listen: Sequence[str] | None = None,
) -> tuple[Settings, Mapping[str, object]]:
    """Those in force, and what the command line says of them."""
    given: dict[str, object] = {"data_dir": data_dir, "database_url": database_url}
    if listen:
        given["server"] = {"listen": tuple(listen)}
    given = {name: value for name, value in given.items() if value is not None}
    return load(stored=None, **given), given


def serve(settings: Settings, opening: Callable[[], Opening]) -> int:
    """Serve until a person or the system says to stop; the exit code."""
    troubles = RecentTroubles()
    _log_to(troubles)
    sockets = listen(settings.server.listen)
    try:
        return _until_stopped(lambda stop: _serve(sockets, opening, troubles, stop))
    finally:
        for one in sockets:
            one.close()


def work(opening: Callable[[], Opening]) -> int:
    """Do runs, and nothing else, until a person or the system says to stop."""
    _log_to()

    async def working(stop: Stop) -> None:
        while not stop.is_wished():
            async with opening() as services:
                typer.echo("Working on runs. Ctrl-C stops it, and what it was at goes to others.")
                await _until_stop_or_loss(stop, services)

    return _until_stopped(working)


async def _until_stop_or_loss(stop: Stop, services: Services) -> None:
    """Until it is to stop, or others hold this process for dead: then it has to begin anew.

    As after a laptop was shut, or a machine stood still: what it was at is theirs by now.
    """

    async def lost() -> None:
        while not services.store.presence.lost:  # noqa: ASYNC110  (it is set by a thread)
            await asyncio.sleep(_LOOK_EVERY_S)
        typer.echo("This process was silent for so long that others took its work. It begins anew.")

    tasks = [asyncio.create_task(one) for one in (stop.wait(), lost())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def refuse_sqlite(settings: Settings, what: str) -> None:
    """Raises `SettingsError` where several processes would have to share a file."""
    if settings.database_url is None:
        raise SettingsError(
            f"{what} needs PostgreSQL: the library in {settings.data_dir} is a SQLite file, and "
            "only the server that opened it works on its runs. Give all of them "
            "--database-url postgresql://user:password@host/name, or set "
            "SIGHTLINE_DATABASE_URL; the library begins anew there."
        )


class Stop:
    """The wish to stop, from wherever it comes: Ctrl-C, SIGTERM, the end of a test.

    The first is heard by whoever serves, the next ends the program without waiting.
    """

    def __init__(self, task: asyncio.Task[None]) -> None:
        self._task = task
        self._wished = asyncio.Event()
        self._heard = False

    def __call__(self) -> None:
        if self._wished.is_set() or not self._heard:
            self._task.cancel()  # while things are opened or closed, or for the second time
        self._wished.set()

    async def wait(self) -> None:
        self._heard = True
        await self._wished.wait()

    def is_wished(self) -> bool:
        return self._wished.is_set()


class Server(uvicorn.Server):
    """Uvicorn, which leaves signals alone and tells streams when it ends."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="off",
                log_config=None,
                access_log=False,  # its lines would hold what is asked for
                proxy_headers=False,  # only the socket tells where a request is from
                server_header=False,
                timeout_graceful_shutdown=int(GRACE_S),
                ws_max_size=64 * 1024**2,
            )
        )
        self._stopping: asyncio.Event = app.state.stopping
        self._pulse: Pulse = app.state.pulse

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping.set()
        await super().shutdown(sockets)
        await self._pulse.aclose()


async def _serve(
    sockets: Sequence[socket.socket],
    opening: Callable[[], Opening],
    troubles: RecentTroubles,
    stop: Stop,
) -> None:
    bound = [addresses_of(one) for one in sockets]
    wider = any(not is_loopback(host) for host, _ in bound)
    while not stop.is_wished():
        async with opening() as services:
            await _serve_once(sockets, services, troubles, stop, bound=bound, wider=wider)
    typer.echo("Stopped.")


async def _serve_once(
    sockets: Sequence[socket.socket],
    services: Services,
    troubles: RecentTroubles,
    stop: Stop,
    *,
    bound: Sequence[Address],
    wider: bool,
) -> None:
    names = own_names() if wider else ()
    app = create_app(services, bound=bound, names=names, troubles=troubles)
    server = Server(app)
    guarded = wider or services.preferences.settings.server.require_token
    token = await services.access.first() if guarded else None
    _greet([url_of(one) for one in bound], token=token, guarded=guarded)
    # The server closes what it is given, and there may be another one after it.
    serving = asyncio.create_task(server.serve([one.dup() for one in sockets]))
    stopping = asyncio.create_task(_until_stop_or_loss(stop, services))
    try:
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        if serving.done():
            stop()
        server.should_exit = True
        stopping.cancel()
        await asyncio.gather(stopping, return_exceptions=True)
        await serving


def _greet(urls: Sequence[str], *, token: str | None, guarded: bool) -> None:
    for url in urls:
        typer.echo(f"Sightline is at {url}")
    if token:
        typer.echo(
            "Whoever comes needs a token. This link logs you in, and is shown this once:\n"
            f"  {urls[0].rstrip('/')}{LOGIN}#token={token}"
        )
    elif guarded:
        typer.echo("Whoever comes needs a token; another one: sightline token create NAME")
    typer.echo("Ctrl-C stops it; runs go on when it is started again.")


def _until_stopped(work: Callable[[Stop], Coroutine[object, object, None]]) -> int:
    async def run() -> None:
        task = asyncio.current_task()
        if task is None:
            raise AssertionError("asyncio.run makes a task")
        stop = Stop(task)
        loop = asyncio.get_running_loop()
        for one in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError):  # the loops of Windows; Ctrl-C cancels there
                loop.add_signal_handler(one, stop)
        await work(stop)

    with suppress(KeyboardInterrupt, asyncio.CancelledError):
        asyncio.run(run())
    return 0


def _log_to(*handlers: logging.Handler) -> None:
    """Warnings go to standard error, with their time, and to these."""
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    # It warns of each port scanner that comes by.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    for handler in handlers:
        logging.getLogger().addHandler(handler)
