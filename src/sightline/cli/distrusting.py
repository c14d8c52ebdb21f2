"""What `sightline answers distrust` tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console
from rich.text import Text

from sightline.cli.lines import print_line
from sightline.errors import InputError
from sightline.exports.endpoints import DistrustDocument
from sightline.values.text import plain
from sightline.values.times import parse_moment


@dataclass(frozen=True, slots=True)
class Stretch:
    """What an endpoint said in [since, until)."""

    endpoint: str
    since: datetime
    until: datetime | None

    @classmethod
    def of(cls, endpoint: str, since: str, until: str | None) -> Stretch:
        """Raises `InputError` for what are no times, or none in this order."""
        now = datetime.now(UTC)
        begins = parse_moment(since, now)
        ends = None if until is None else parse_moment(until, now)
        if begins > now:
            raise InputError(f"--since {since} is still to come")
        if ends is not None and ends <= begins:
            raise InputError(f"--until {until} is not after --since {since}")
        return cls(endpoint, begins, ends)

    def __str__(self) -> str:
        until = f" until {_shown(self.until)}" if self.until else ""
        return f"of {self.endpoint} since {_shown(self.since)}{until}"


def tell(
    stretch: Stretch, count: int, *, undo: bool, dry_run: bool, json: bool, known: Sequence[str]
) -> None:
    """`known` are the endpoints that are configured."""
    if json:
        print_line(
            DistrustDocument(
                endpoint=stretch.endpoint,
                since=stretch.since.isoformat(),
                until=stretch.until.isoformat() if stretch.until else None,
                answers=count,
                undone=undo,
                done=not dry_run,
            )
        )
        return
    answers = f"{count:,} answer{'s' * (count != 1)} {stretch}"
    verb = "would be" if dry_run else "are" if count != 1 else "is"
    state = "used again" if undo else "distrusted"
    line = f"{answers} {verb} {state}."
    if count and not undo and not dry_run:
        line += " Run the same analyses again to ask anew; --undo takes it back."
    if not count and stretch.endpoint not in known:
        line += f" Configured endpoints: {', '.join(known) or 'none'}."
    Console(highlight=False).print(Text(plain(line)), soft_wrap=True)


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"
