"""The page of endpoints: a table where there is room for one, a few lines for each where not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from sightline.cli.bars import Glyphs
from sightline.exports.endpoints import EndpointDocument, EndpointsDocument, ProblemDocument
from sightline.services.endpoints.standing import Problem, Standing, State
from sightline.settings import EndpointSettings, Settings
from sightline.values import Profile, Reach, Role, Turn
from sightline.values.text import plain, plain_line

_STYLES = {
    State.UP: "green",
    State.DOWN: "red",
    State.PAUSED: "dim",
    State.QUARANTINED: "magenta",
    State.BARRED: "yellow",
}
_ANY_WIDTH = 10_000
_NARROWEST = 30
"""Columns for the facts about an endpoint, however narrow the console."""
_MODEL_COLUMNS = 18
"""At least so much of a model's name stays in one line."""
_NUMBERS = frozenset({"slots", "a call", "answers/s", "pictures"})
_USE = {Turn.ALWAYS: "always", Turn.WHEN_FULL: "when full", Turn.WHEN_DOWN: "when down"}
REACHES = {Reach.HOST: "this machine", Reach.LAN: "this network", Reach.ANY: "anywhere"}


@dataclass(frozen=True, slots=True)
class Marks:
    """Signs that must exist in the console's encoding."""

    state: str
    so: str
    dot: str
    none: str

    @classmethod
    def of(cls, encoding: str) -> Marks:
        glyphs = Glyphs.of(encoding)
        try:
            "●→".encode(encoding)
        except (UnicodeEncodeError, LookupError):
            return cls("*", "->", ",", "-")
        return cls("●", "→", f" {glyphs.dot}", glyphs.dash)


def print_fleet(console: Console, standings: Sequence[Standing], settings: Settings) -> None:
    """All endpoints, and below them what is wrong with which, with the way out."""
    marks = Marks.of(console.encoding)
    console.print(_summary(standings, settings, marks))
    console.print()
    table = _table(standings, marks)
    unbounded = console.options.update(max_width=_ANY_WIDTH)
    longest_model = max(len(standing.model or "") for standing in standings)
    may_fold = max(0, longest_model - _MODEL_COLUMNS)
    fits = Measurement.get(console, unbounded, table).maximum - may_fold <= console.width
    console.print(table if fits else _list(standings, marks, console.width))
    print_problems(console, [(s.name, problem) for s in standings for problem in s.problems])


def print_problems(console: Console, problems: Sequence[tuple[str, Problem]]) -> None:
    """In plain words, those first that keep an endpoint from being asked."""
    if not problems:
        return
    marks = Marks.of(console.encoding)
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for name, problem in sorted(problems, key=lambda one: not one[1].grave):
        told = Text(plain(problem.what))
        if problem.way_out:
            told.append(f"\n{marks.so} {plain(problem.way_out)}", "dim")
        grid.add_row(Text(plain(name), "red" if problem.grave else "yellow"), told)
    console.print()
    console.print(grid)


def to_document(standings: Sequence[Standing], settings: Settings, file: Path) -> EndpointsDocument:
    return EndpointsDocument(
        egress=settings.egress,
        file=str(file),
        endpoints=tuple(endpoint_document(standing) for standing in standings),
    )


def endpoint_document(standing: Standing) -> EndpointDocument:
    given = standing.settings
    return EndpointDocument(
        name=standing.name,
        state=standing.state,
        kind=given.kind,
        url=standing.url,
        model=standing.model,
        reach=standing.reach,
        use=given.use,
        weight=given.weight,
        role=given.role,
        slots=given.slots,
        trusted=given.trusted,
        price_in=given.price_in,
        price_out=given.price_out,
        profile=standing.profile,
        profile_is_stale=standing.stale,
        problems=tuple(
            ProblemDocument(what=problem.what, way_out=problem.way_out, grave=problem.grave)
            for problem in standing.problems
        ),
    )


# ---------------------------------------------------------------------------------- the parts


def _summary(standings: Sequence[Standing], settings: Settings, marks: Marks) -> Text:
    up = [standing for standing in standings if standing.state is State.UP]
    count = f"{len(standings)} endpoint{'s' * (len(standings) != 1)}"
    parts = [f"{len(up)} of {count} up"]
    measured = [s.profile.answers_per_s for s in up if s.profile and not s.stale]
    if len(measured) > 1:
        parts.append(f"together about {format_rate(sum(measured))} answers a second")
    parts.append(f"pictures may go to {REACHES[settings.egress]} (egress {settings.egress})")
    if settings.endpoint:
        parts.append(f"only {plain(settings.endpoint)} is used (endpoint)")
    return Text(f"{marks.dot} ".join(parts))


def state_text(state: State, marks: Marks) -> Text:
    return Text(f"{marks.state} {state}", _STYLES[state])


def _list(standings: Sequence[Standing], marks: Marks, width: int) -> Table:
    """For narrow consoles: its name, its model, and below them all else that is known."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    taken = max(len(s.state) + 2 for s in standings) + max(len(s.name) for s in standings) + 4
    for standing in standings:
        facts = [_where(standing), used(standing.settings), slots(standing.settings)]
        facts += [*_measured(standing), *_price(standing.settings)]
        told = Text(plain_line(standing.model or "no model known"), "bold")
        lines = _packed(facts, f"{marks.dot} ", max(_NARROWEST, width - taken))
        told.append("".join(f"\n{line}" for line in lines), "not bold dim")
        grid.add_row(state_text(standing.state, marks), Text(plain(standing.name), "bold"), told)
    return grid


def _packed(facts: Sequence[str], between: str, width: int) -> list[str]:
    """As many whole facts in a line as fit."""
    lines = [""]
    for fact in facts:
        longer = f"{lines[-1]}{between}{fact}" if lines[-1] else fact
        if len(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(fact)
    return lines


def _table(standings: Sequence[Standing], marks: Marks) -> Table:
    """For wide consoles; a column in which nothing would stand is left out."""
    rows = [_cells(standing, marks) for standing in standings]
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    shown = [title for title in rows[0] if any(row[title] for row in rows)]
    for title in shown:
        justify = "right" if title in _NUMBERS else "left"
        folds = title == "model"
        table.add_column(title, justify=justify, no_wrap=not folds, overflow="fold")
    for row in rows:
        table.add_row(*(row[title] or Text(marks.none, "dim") for title in shown))
    return table


def _cells(standing: Standing, marks: Marks) -> dict[str, Text]:
    given, profile = standing.settings, _current(standing)
    return {
        "state": state_text(standing.state, marks),
        "endpoint": Text(plain(standing.name), "bold"),
        "model": Text(plain_line(standing.model or "")),
        "kind, reach": Text(_where(standing)),
        "used": Text(used(given)),
        "slots": Text(str(given.slots)),
        "a call": Text(format_latency(profile.latency_s) if profile else ""),
        "answers/s": Text(format_rate(profile.answers_per_s) if profile else ""),
        "pictures": Text(str(profile.pictures) if profile else ""),
        "replies": Text(", ".join(replies(profile)).replace("abilities", ".") if profile else ""),
        "price": Text(f"{given.price_in:g}/{given.price_out:g}" if _price(given) else ""),
    }


def _current(standing: Standing) -> Profile | None:
    """What still holds of what was measured."""
    return None if standing.stale else standing.profile


def _where(standing: Standing) -> str:
    return f"{plain(standing.settings.kind)}, {standing.reach}"


def used(given: EndpointSettings) -> str:
    """When it is asked, and its share."""
    said = _USE[given.use]
    if given.weight != 1:
        said += f", weight {given.weight:g}"
    if given.role is not Role.BOTH:
        said += f", {'pictures' if given.role is Role.VISION else 'text'} only"
    return said


def slots(given: EndpointSettings) -> str:
    if given.slots == "learn":
        return "learns its slots"
    return f"{given.slots} slot{'s' * (given.slots != 1)}"


def replies(profile: Profile) -> list[str]:
    """How its answers come, the surest first."""
    kinds = {
        "schema": profile.schema == "honoured",
        "JSON": profile.json_object and profile.schema != "honoured",
        "log-probabilities": profile.logprobs,
    }
    return [name for name, offered in kinds.items() if offered] or ["free text"]


def _measured(standing: Standing) -> Iterator[str]:
    if not (profile := _current(standing)):
        yield "not probed"
        return
    yield f"{format_latency(profile.latency_s)} a call"
    yield f"{format_rate(profile.answers_per_s)} answers/s"
    yield f"{profile.pictures} picture{'s' * (profile.pictures != 1)} a request"
    yield ", ".join(replies(profile))


def _price(given: EndpointSettings) -> list[str]:
    if not (given.price_in or given.price_out):
        return []
    return [f"price {given.price_in:g} in, {given.price_out:g} out"]


def format_latency(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 0.995 else f"{seconds:.1f} s"


def format_rate(rate: float) -> str:
    return f"{rate:.0f}" if rate >= 9.95 else f"{rate:.1f}"
