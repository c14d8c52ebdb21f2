"""The page of one endpoint: how it is configured, and what a probe measured of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sightline.cli.fleet import (
    REACHES,
    Marks,
    format_latency,
    format_rate,
    print_problems,
    replies,
    slots,
    state_text,
    used,
)
from sightline.services.endpoints.standing import Standing
from sightline.values import Profile
from sightline.values.text import plain, plain_line

_OVERFLOW = {
    "rejected": "more are refused",
    "dropped": "of more, some are dropped without a word",
    "reordered": "of more, the order is lost",
}
Fact = tuple[str, Text | str]


def print_endpoint(console: Console, standing: Standing) -> None:
    """All that is known of one endpoint, and its problems."""
    given = standing.settings
    marks = Marks.of(console.encoding)
    head = Text.assemble((plain(standing.name), "bold"), "  ", (plain(standing.url or ""), "dim"))
    console.print(head, soft_wrap=True)
    facts: list[Fact] = [
        ("state", state_text(standing.state, marks)),
        ("model", plain_line(standing.model or "not known")),
        ("kind", plain(given.kind)),
        ("reach", REACHES[standing.reach]),
        ("used", f"{used(given)}, {slots(given)}"),
    ]
    if given.price_in or given.price_out:
        price = f"{given.price_in:g} for a million tokens in, {given.price_out:g} out"
        facts.append(("price", price))
    if standing.profile is not None:
        facts += profile_facts(standing.profile)
    _print_facts(console, facts)
    print_problems(console, [(standing.name, problem) for problem in standing.problems])


def print_profile(console: Console, title: str, profile: Profile) -> None:
    """What was measured of an endpoint that is known by its URL alone."""
    console.print(Text(plain(title), "bold"), soft_wrap=True)
    _print_facts(console, [("model", plain_line(profile.model)), *profile_facts(profile)])


def _print_facts(console: Console, facts: list[Fact]) -> None:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    for name, fact in facts:
        grid.add_row(f"  {name}", fact)
    console.print(grid)


def profile_facts(profile: Profile) -> Iterator[Fact]:
    known = "questions about drawn pictures" if profile.pictures else "sums"
    told = f"{profile.canaries_right} of {profile.canaries_asked} {known} right"
    yield "told", Text(told, "red" if profile.wrong else "green")
    more = f"; {_OVERFLOW[profile.overflow]}" if profile.overflow else ""
    yield "pictures", f"{_most(profile.pictures)}{more}"
    if profile.longest_side is not None:
        yield "detail", f"all of it comes through up to {profile.longest_side} pixels a side"
    yield "replies", f"{', '.join(replies(profile))}{_schema(profile)}"
    if profile.streaming:
        yield "streams", "yes"
    calls = f"{profile.parallel} call{'s' * (profile.parallel != 1)} at once"
    yield (
        "speed",
        f"{format_latency(profile.latency_s)} for one answer alone; "
        f"{format_rate(profile.answers_per_s)} answers a second with {calls}",
    )
    yield (
        "best batch",
        f"{_count(profile.tags_per_call, 'tag')} about {_count(profile.frames_per_call, 'frame')}"
        " in a call",
    )
    if profile.context_tokens is not None:
        yield "context", f"{profile.context_tokens:,} tokens"
    yield "probed", _ago(profile.probed_at)


def _most(pictures: int) -> str:
    if pictures < 2:
        return "one in a request" if pictures else "takes none: it is asked about text alone"
    return f"{pictures} in one request, in order"


def _schema(profile: Profile) -> str:
    match profile.schema:
        case "honoured":
            return ""
        case "ignored":
            return "; a schema is ignored"
        case "rejected":
            return "; a schema is refused"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _ago(when: datetime, now: datetime | None = None) -> str:
    passed_s = ((now or datetime.now(UTC)) - when).total_seconds()
    for name, seconds in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if passed_s >= seconds:
            return f"{_count(int(passed_s // seconds), name)} ago"
    return "just now"
