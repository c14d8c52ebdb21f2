"""What `sightline endpoints` does: the fleet shown, tested, probed and changed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Coroutine, Generator, Mapping
from contextlib import aclosing, contextmanager
from pathlib import Path

from rich.console import Console
from rich.text import Text

from sightline import settings, wiring
from sightline.cli.downloading import downloading
from sightline.cli.fleet import endpoint_document, format_latency, print_fleet, to_document
from sightline.cli.leaving import run_cancellable
from sightline.cli.lines import print_line
from sightline.cli.profile import print_endpoint, print_profile
from sightline.cli.screen import error_text
from sightline.endpoints.kinds import find_kind
from sightline.errors import EndpointError, SettingsError
from sightline.exports.endpoints import TestDocument
from sightline.ports import Given
from sightline.services.endpoints.endpoints import Endpoints, Tested, kind_of
from sightline.services.endpoints.roster import Roster
from sightline.services.endpoints.standing import reach_to, too_far
from sightline.services.server.settingsfile import Scalar
from sightline.settings import EndpointSettings
from sightline.values.text import plain

Work = Callable[[Endpoints], Coroutine[object, object, int]]


class Tending:
    """One use of `sightline endpoints`; every method returns the exit code."""

    def __init__(self, data_dir: Path | None, *, json: bool = False) -> None:
        self._data_dir = data_dir
        self._json = json
        self._settings = settings.load(data_dir=data_dir)
        self._screen = Console(highlight=False)
        self._notes = Console(stderr=True, highlight=False)

    # --------------------------------------------------------------------------------- to see

    def list(self) -> int:
        if not self._settings.endpoints and not self._json:
            return self._none_yet()
        return self._with_endpoints(self._list)

    async def _list(self, endpoints: Endpoints) -> int:
        with self._working("asking each endpoint"):
            standings = await endpoints.standings()
        if self._json:
            print_line(to_document(standings, self._settings, settings.file_in_force()))
        else:
            print_fleet(self._screen, standings, self._settings)
        return 0

    def _none_yet(self) -> int:
        self._say("No endpoint is configured yet.")
        if self._settings.discover:
            return self.discover()
        self._say("Add one: sightline endpoints add NAME URL")
        return 0

    def show(self, name: str) -> int:
        async def work(endpoints: Endpoints) -> int:
            with self._working(f"asking {name}"):
                standing = await endpoints.standing(name)
            if self._json:
                print_line(endpoint_document(standing))
            else:
                print_endpoint(self._screen, standing)
            return 0

        return self._with_endpoints(work)

    def discover(self) -> int:
        return run_cancellable(self._discover())

    async def _discover(self) -> int:
        from sightline.endpoints import discovery  # noqa: PLC0415

        found = await discovery.discover()
        for line in discovery.report(found, discovery.choose(found)):
            self._say(line)
        known = {given.url for given in self._settings.endpoints.values()}
        for server in found:
            url = server.url.removesuffix("/v1") if server.kind == "Ollama" else server.url
            if {url, server.url} & known or not any(m.vision is not False for m in server.models):
                continue
            kind = " --kind ollama" * (server.kind == "Ollama")
            self._say(f"  sightline endpoints add {server.name} {url}{kind}")
        return 0

    # --------------------------------------------------------------------------------- to ask

    def test(self, named: str, *, model: str | None, kind: str | None) -> int:
        async def work(endpoints: Endpoints) -> int:
            with self._working(f"asking {named}"):
                tested = await endpoints.test(named, model=model, kind=kind)
            if self._json:
                print_line(
                    TestDocument(
                        endpoint=named,
                        model=tested.model,
                        question=tested.question,
                        said=tested.said,
                        right=tested.right,
                        latency_s=tested.latency_s,
                    )
                )
            else:
                self._tell_test(tested)
            return 1 if tested.right is False else 0

        return self._with_endpoints(work)

    def _tell_test(self, tested: Tested) -> None:
        style = {True: "green", False: "red", None: ""}[tested.right]
        verdict = {True: "right", False: "wrong", None: ""}[tested.right]
        said = Text(plain(tested.said), style)
        self._screen.print(Text.assemble(("asked  ", "dim"), plain(tested.question)))
        self._screen.print(Text.assemble(("said   ", "dim"), said, f"  {verdict}"))
        took = f"{format_latency(tested.latency_s)}, by {plain(tested.model)}"
        self._screen.print(Text.assemble(("took   ", "dim"), took))

    def probe(self, named: str, *, model: str | None, kind: str | None) -> int:
        async def work(endpoints: Endpoints) -> int:
            await self._probe(endpoints, named, model=model, kind=kind)
            return 0

        return self._with_endpoints(work)

    async def _probe(
        self, endpoints: Endpoints, named: str, *, model: str | None, kind: str | None
    ) -> None:
        with self._working(f"probing {named} with drawn pictures") as tell:
            given, profile = await endpoints.probe(named, model=model, kind=kind, tell=tell)
        if named not in self._settings.endpoints or model is not None:
            print_profile(self._screen, f"{given.name}  {given.settings.url or ''}", profile)
        else:
            print_endpoint(self._screen, await endpoints.standing(named))

    def pull(self, name: str, model: str) -> int:
        async def work(endpoints: Endpoints) -> int:
            with downloading(self._notes, model) as told:
                async with aclosing(endpoints.pull(name, model)) as steps:
                    async for step in steps:
                        told(step.status, step.completed, step.total)
            self._say(f"{name} has {model} now.")
            return 0

        return self._with_endpoints(work)

    # ------------------------------------------------------------------------------ to change

    def add(self, name: str, values: Mapping[str, Scalar | None], *, probe: bool) -> int:
        if values.get("kind") is None:
            values = {**values, "kind": kind_of(str(values.get("url") or ""))}
        roster = Roster(self._settings)
        given = roster.check_new(name, values)
        file = roster.add(name, values)
        self._say(f"Added {name} (kind {given.kind}) to {file}")
        if values.get("api_key"):
            self._say("Its key is in there, too; only you can read that file.")
        self._warn_of_reach(name, given)
        self._settings = settings.load(data_dir=self._data_dir)
        self._settings.check_key(name)
        if not probe or given.paused or given.kind == "pixels":
            return 0

        async def work(endpoints: Endpoints) -> int:
            try:
                await self._probe(endpoints, name, model=None, kind=None)
            except EndpointError as error:
                self._notes.print(error_text(error), soft_wrap=True)
                self._say(
                    f"It is added all the same, and could not be probed. When it answers: "
                    f"sightline endpoints probe {name}"
                )
                return error.exit_code
            return 0

        return self._with_endpoints(work)

    def _warn_of_reach(self, name: str, given: EndpointSettings) -> None:
        url = find_kind(given.kind).url(Given(name, given))
        reach = reach_to(given, url)
        if not self._settings.egress.allows(reach):
            problem = too_far(reach, egress=self._settings.egress)
            warned = f"{url}: {problem.what}.\nTo {problem.way_out}."
            self._notes.print(Text(plain(warned), "yellow"), soft_wrap=True)

    def remove(self, name: str) -> int:
        async def work(endpoints: Endpoints) -> int:
            file, notes = Roster(self._settings).remove(name)
            await endpoints.forget(name)
            self._say(f"Removed {name} from {file}. What it answered is kept.")
            for note in notes:
                self._notes.print(Text(plain(note), "yellow"), soft_wrap=True)
            return 0

        return self._with_endpoints(work)

    def pause(self, name: str, *, paused: bool) -> int:
        file = Roster(self._settings).pause(name, paused=paused)
        word = "paused" if paused else "resumed"
        if file is None:
            self._say(f"{name} is {'paused already' if paused else 'not paused'}.")
        else:
            self._say(f"{word.capitalize()} {name} in {file}. Runs under way heed it, too.")
        return 0

    # ---------------------------------------------------------------------------------- parts

    def _with_endpoints(self, work: Work) -> int:
        async def run() -> int:
            async with wiring.open_endpoints(self._settings) as endpoints:
                return await work(endpoints)

        return run_cancellable(run())

    @contextmanager
    def _working(self, what: str) -> Generator[Callable[[str], None]]:
        """A sign of life while something takes long; gives what may change its words."""
        if not self._notes.is_terminal:
            yield lambda _: None
            return
        with self._notes.status(Text(plain(what), "dim")) as status:
            yield lambda said: status.update(Text(plain(f"{what}: {said}"), "dim"))

    def _say(self, line: str) -> None:
        (self._notes if self._json else self._screen).print(Text(plain(line)), soft_wrap=True)


def key_from(variable: str | None, *, stdin: bool, name: str) -> str | None:
    """The key that a person gives by the name of a variable or on standard input.

    None where none is given, or where it stands in the environment under its own name already.
    Raises `SettingsError`.
    """
    if variable and stdin:
        raise SettingsError("Give the key by --key-env or by --key-stdin, not by both.")
    if stdin:
        key = sys.stdin.readline().strip()
        if not key:
            raise SettingsError("--key-stdin: there was no key on standard input.")
        return key
    if not variable:
        return None
    if not (key := os.environ.get(variable, "").strip()):
        raise SettingsError(f"--key-env: {variable} is not set in the environment.")
    return None if variable.upper() == f"SIGHTLINE_ENDPOINTS__{name.upper()}__API_KEY" else key
