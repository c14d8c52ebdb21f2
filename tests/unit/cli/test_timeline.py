"""The timeline as it stands on the screen, at any width and in any encoding."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from sightline.cli.timeline import SHOWN, print_timeline
from sightline.exports.result import Result
from sightline.testing.results import description, result, span, unknown
from sightline.values import MediaKind, RunState, Track, UnknownReason


def printed(
    made: Result, *, width: int = 80, encoding: str = "utf-8", everything: bool = False
) -> list[str]:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, errors="replace")
    console = Console(file=file, width=width, highlight=False)
    print_timeline(console, made, everything=everything)
    file.flush()
    return raw.getvalue().decode(encoding).splitlines()


def bar(lines: list[str], tag: str) -> str:
    return next(line for line in lines if line.startswith(f"{tag} ")).split()[-1]


def test_a_bar_is_true_to_scale():
    made = result(Track("car", (span(15_000, 30_000),), (unknown(45_000, 60_000),)))
    drawn = bar(printed(made, width=87), "car")
    assert len(drawn) == 80
    assert drawn == "─" * 20 + "█" * 20 + "─" * 20 + "╱" * 20


def test_doubtful_edges_are_soft():
    made = result(Track("car", (span(15_000, 45_000, doubt=7500),), ()))
    drawn = bar(printed(made, width=87), "car")
    assert drawn == "─" * 10 + "▒" * 20 + "█" * 20 + "▒" * 20 + "─" * 10


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_console_without_the_fine_marks_gets_plain_ones(encoding: str):
    made = result(Track("car", (span(15_000, 30_000),), (unknown(45_000, 60_000),)))
    lines = printed(made, width=87, encoding=encoding)
    assert bar(lines, "car") == "." * 20 + "#" * 20 + "." * 20 + "/" * 20
    assert "?" not in "".join(lines)


def test_the_shortest_span_is_seen():
    made = result(Track("car", (span(30_000, 30_040),), ()))
    assert "█" in bar(printed(made), "car") or "▒" in bar(printed(made), "car")


def test_what_is_cut_off_is_drawn_as_unknown_up_to_the_promised_end():
    lost = unknown(60_000, 120_000, detail="the file is cut short")
    made = result(Track("car", (), (lost,)), state=RunState.PARTIAL, declared_end=125_000)
    assert bar(printed(made, width=87), "car") == "─" * 40 + "╱" * 40


def test_a_reason_that_tags_share_is_said_once():
    why = unknown(0, 60_000, detail="nothing listens there")
    made = result(*(Track(tag, (), (why,)) for tag in ("car", "dog", "cat")), state=RunState.FAILED)
    text = " ".join(printed(made, width=200))
    assert text.count("nothing listens there") == 1
    assert "car, dog, cat: not known 0:00.0 – 1:00.0: nothing listens there" in text


def test_what_was_not_to_be_asked_is_no_news_unless_a_person_stopped_it():
    unasked = unknown(0, 60_000, reason=UnknownReason.UNASKED, detail="not asked")
    track = Track("car", (), (unasked,))
    assert "not asked" not in "".join(printed(result(track, state=RunState.PARTIAL)))
    assert "not asked" in "".join(printed(result(track, state=RunState.INTERRUPTED)))


def test_long_lists_are_shortened_and_say_so():
    spans = tuple(span(1000 * n, 1000 * n + 500) for n in range(SHOWN + 5))
    words = [description(1000 * n, 1000 * n + 1000, f"number {n}") for n in range(SHOWN + 3)]
    made = result(Track("car", spans, ()), *words)
    lines = printed(made)
    assert sum("0.75" in line for line in lines) == SHOWN
    assert any("5 more: --verbose shows them" in line for line in lines)
    assert any("3 more: --verbose shows them" in line for line in lines)
    everything = printed(made, everything=True)
    assert sum("0.75" in line for line in everything) == SHOWN + 5
    assert f"number {SHOWN + 2}" in "\n".join(everything)
    assert "more:" not in "\n".join(everything)


def test_a_required_length_is_told_of_tags_that_have_one():
    lines = printed(
        result(
            Track("car", (span(0, 10_000),), (), required="met"),
            Track("dog", (), (unknown(0, 10_000),), required="undecided"),
            Track("cat", (), (), required="off"),
        )
    )
    assert "car  required length met" in lines
    assert "dog  required length undecided" in lines
    assert not any("cat  required" in line for line in lines)


def test_an_image_has_no_times():
    made = result(
        Track("red", (span(0, 60_000),), ()),
        Track("car", (), (unknown(0, 60_000),)),
        Track("blue", (), ()),
        kind=MediaKind.IMAGE,
    )
    rows = [line.split() for line in printed(made)]
    assert ["red", "█", "0.75"] in rows
    assert ["car", "╱", "not", "known"] in rows
    assert ["blue", "─", "absent"] in rows
    assert "1:00.0" not in printed(made)[0]


def test_the_note_of_a_run_is_shown_in_full():
    made = result(state=RunState.FAILED, note="9 of 9 asks failed: it broke\nthe file is cut")
    lines = [line.strip() for line in printed(made)]
    assert "9 of 9 asks failed: it broke" in lines
    assert "the file is cut" in lines
    assert lines[0].endswith("failed")


def test_markup_in_names_is_only_text():
    made = result(Track("[red]car[/red]", (span(0, 1000),), ()), path="[bold]x.mp4")
    text = "\n".join(printed(made))
    assert "[red]car[/red]" in text
    assert "[bold]x.mp4" in text


@pytest.mark.parametrize("width", [30, 40, 80, 110, 300])
@pytest.mark.parametrize("tag", ["car", "猫と犬", "a tag of more than twenty-eight characters"])
def test_no_line_is_wider_than_the_screen_and_bars_are_whole(width: int, tag: str):
    made = result(
        Track(tag, (span(0, 30_000),), (unknown(45_000, 60_000),)),
        Track("x", (), ()),
        description(0, 2000, "A long sentence about very many things that can be seen. " * 4),
        note="9 of 9 asks failed: " + "it broke in a way that takes many words to tell " * 3,
    )
    lines = printed(made, width=width)
    assert max(map(cell_len, lines)) <= width
    # All of the bar is there: what is at its end is not cropped.
    drawn = [line for line in lines if "█" in line]
    assert len(drawn) == 1
    assert drawn[0].rstrip().endswith("╱")
    assert drawn[0].count("█") in range(2 * drawn[0].count("╱") - 2, 2 * drawn[0].count("╱") + 3)
