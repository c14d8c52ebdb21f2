"""`sightline analyze`, as it is declared; `cli.analyzing` does it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sightline.values.endpoints import Reach

_WHAT, _WHEN, _WHO, _RESULTS = "What to find", "Which frames", "Whom to ask", "Results"
_BUDGET = "How much to spend"


def analyze(
    videos: Annotated[list[Path], typer.Argument(metavar="VIDEO", help="Videos or images.")],
    *,
    tags: Annotated[
        str | None, typer.Option(help='Tags to find, as in "car, person".', rich_help_panel=_WHAT)
    ] = None,
    tag_set: Annotated[
        Path | None, typer.Option(help="A TOML or JSON file of tags.", rich_help_panel=_WHAT)
    ] = None,
    describe: Annotated[
        bool, typer.Option("--describe", help="Describe each frame.", rich_help_panel=_WHAT)
    ] = False,
    ask: Annotated[
        str | None,
        typer.Option(
            "--ask",
            "--prompt",
            "-p",
            help="A question about the whole, put with 64 of the frames at most.",
            rich_help_panel=_WHAT,
        ),
    ] = None,
    max_tokens: Annotated[
        int | None,
        typer.Option("--max-tokens", "-t", min=1, help="Longest text.", rich_help_panel=_WHAT),
    ] = None,
    min_tokens: Annotated[
        int, typer.Option(min=0, help="Shortest answer to --ask.", rich_help_panel=_WHAT)
    ] = 0,
    every: Annotated[
        str | None,
        typer.Option(help="One frame every so often, as in 2s.", rich_help_panel=_WHEN),
    ] = None,
    frames: Annotated[
        int | None,
        typer.Option("--frames", "-f", min=1, help="So many, evenly.", rich_help_panel=_WHEN),
    ] = None,
    keyframes: Annotated[
        bool, typer.Option("--keyframes", help="Every keyframe.", rich_help_panel=_WHEN)
    ] = False,
    all_frames: Annotated[
        bool, typer.Option("--all-frames", help="Every frame.", rich_help_panel=_WHEN)
    ] = False,
    scenes: Annotated[
        bool, typer.Option("--scenes", help="One frame a shot.", rich_help_panel=_WHEN)
    ] = False,
    motion: Annotated[
        int | None,
        typer.Option(min=1, help="So many, where most moves.", rich_help_panel=_WHEN),
    ] = None,
    at: Annotated[
        str | None, typer.Option(help="Moments by hand, as in 12.5,1:30.", rich_help_panel=_WHEN)
    ] = None,
    precision: Annotated[
        str | None,
        typer.Option(
            help="Search for the edges of tags, to within 'frame' or as in 0.5s.",
            rich_help_panel=_WHEN,
        ),
    ] = None,
    doubt: Annotated[
        bool,
        typer.Option("--doubt", help="Hear doubtful answers again.", rich_help_panel=_WHO),
    ] = False,
    repeats: Annotated[
        int,
        typer.Option(min=1, help="How often to ask each question.", rich_help_panel=_WHO),
    ] = 1,
    resize: Annotated[
        int | None,
        typer.Option(
            "--resize",
            "-r",
            min=32,
            max=8192,
            help="Longest side of the pictures sent.",
            rich_help_panel=_WHEN,
        ),
    ] = None,
    sharing: Annotated[
        bool | None,
        typer.Option(
            "--sharing/--no-sharing",
            help="Let frames that look alike share an answer; on unless the settings say no.",
            show_default=False,
            rich_help_panel=_WHEN,
        ),
    ] = None,
    endpoint: Annotated[
        str | None,
        typer.Option(
            help="URL, configured name, or 'pixels'; several with commas.", rich_help_panel=_WHO
        ),
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="Model to ask.", rich_help_panel=_WHO)
    ] = None,
    egress: Annotated[
        Reach | None,
        typer.Option(help="How far pictures may travel.", rich_help_panel=_WHO),
    ] = None,
    max_calls: Annotated[
        int | None,
        typer.Option(min=0, help="0: only what is stored counts.", rich_help_panel=_BUDGET),
    ] = None,
    max_time: Annotated[
        str | None, typer.Option(help="Of asking, as in 5m.", rich_help_panel=_BUDGET)
    ] = None,
    max_tokens_spent: Annotated[
        int | None,
        typer.Option(min=0, help="Of questions and answers.", rich_help_panel=_BUDGET),
    ] = None,
    max_cost: Annotated[
        float | None,
        typer.Option(min=0, help="By the prices in the settings.", rich_help_panel=_BUDGET),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for result files.", rich_help_panel=_RESULTS)
    ] = None,
    json: Annotated[
        bool,
        typer.Option("--json", help="Print JSON, one line a video.", rich_help_panel=_RESULTS),
    ] = False,
    ai_json: Annotated[
        bool, typer.Option("--ai-json", help="Also write VIDEO.AI.json.", rich_help_panel=_RESULTS)
    ] = False,
    haven: Annotated[
        bool,
        typer.Option("--haven", help="Also write VIDEO.haven.json.", rich_help_panel=_RESULTS),
    ] = False,
    allow_partial: Annotated[
        bool,
        typer.Option(
            "--allow-partial",
            help="Write formats that cannot say what is unknown.",
            rich_help_panel=_RESULTS,
        ),
    ] = False,
    no_save: Annotated[
        bool, typer.Option("--no-save", help="Write no result files.", rich_help_panel=_RESULTS)
    ] = False,
    data_dir: Annotated[
        Path | None, typer.Option(help="Where the library is kept.", rich_help_panel=_RESULTS)
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more.")] = False,
) -> None:
    """Find tags, describe, or answer a question about videos; keep every answer.

    Running the same command again continues where it stopped and asks nothing twice.
    """
    # Here and not above, so that `--help` need not wait for it.
    from sightline.cli import analyzing  # noqa: PLC0415

    wanted = analyzing.tags_of(tags, tag_set)
    policy = analyzing.policy_of(
        every=every,
        frames=frames,
        keyframes=keyframes,
        all_frames=all_frames,
        scenes=scenes,
        motion=motion,
        at=at,
    )
    request = analyzing.AnalysisRequest(
        tags=wanted,
        describe=describe or not (wanted or ask),
        ask=ask,
        policy=policy,
        longest_side=resize,
        max_tokens=max_tokens,
        min_tokens=min_tokens,
        sharing=sharing,
        precision_s=analyzing.precision_of(precision),
        doubt=doubt,
        repeats=repeats,
        budget=analyzing.budget_of(
            calls=max_calls, tokens=max_tokens_spent, money=max_cost, time=max_time
        ),
    )
    files = analyzing.ResultFiles(
        out,
        result=not no_save and (out is not None or not json),
        ai_json=ai_json,
        haven=haven,
        allow_partial=allow_partial,
    )
    command = analyzing.Analyzing(videos, request, files, json=json, verbose=verbose)
    raise typer.Exit(command.run(data_dir=data_dir, endpoint=endpoint, model=model, egress=egress))
