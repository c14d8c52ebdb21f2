"""`sightline frames`, as it is declared; `cli.picturing` does it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_WHEN, _HOW, _WHERE = "Which frames (16 even ones when nothing is said)", "How they look", "Where"


def frames(
    video: Annotated[Path, typer.Argument(help="A video, an image or a folder of images.")],
    *,
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
    resize: Annotated[
        int | None,
        typer.Option(
            "--resize",
            "-r",
            min=16,
            max=8192,
            help="Longest side in pixels, never enlarged; else full size, and in a sheet what"
            " suits a screen.",
            rich_help_panel=_HOW,
        ),
    ] = None,
    times: Annotated[
        bool, typer.Option("--times", help="Write its time into each.", rich_help_panel=_HOW)
    ] = False,
    quality: Annotated[
        int, typer.Option("--quality", "-q", min=1, max=100, help="Of JPEG.", rich_help_panel=_HOW)
    ] = 90,
    max_bytes: Annotated[
        int | None,
        typer.Option(
            min=2048,
            help="Most bytes of a file; a larger one loses quality, then size.",
            rich_help_panel=_HOW,
        ),
    ] = None,
    columns: Annotated[
        int | None, typer.Option(min=1, help="Of the sheet.", rich_help_panel=_HOW)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for one JPEG a frame, made where there is none; or the file of the"
            " sheet, if it ends in .jpg or .png.",
            rich_help_panel=_WHERE,
        ),
    ] = None,
    sheet: Annotated[
        bool,
        typer.Option(
            "--sheet",
            help="One contact sheet instead of many files, also into the folder --out; so it is"
            " without --out.",
            rich_help_panel=_WHERE,
        ),
    ] = False,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Replace files of the same name that sightline did not make.",
            rich_help_panel=_WHERE,
        ),
    ] = False,
    json: Annotated[
        bool,
        typer.Option("--json", help="Print JSON, one line a file.", rich_help_panel=_WHERE),
    ] = False,
) -> None:
    """Show the frames of a video: as a contact sheet, or as one JPEG each. Asks no model.

    `sightline frames VIDEO` alone writes VIDEO.sheet.jpg into the current folder: 16 even frames.
    """
    # Here and not above, so that `--help` need not wait for it.
    from sightline.cli import picturing  # noqa: PLC0415

    policy = picturing.policy_of(
        every=every,
        frames=frames,
        keyframes=keyframes,
        all_frames=all_frames,
        scenes=scenes,
        motion=motion,
        at=at,
    )
    look = picturing.Look(resize, times, quality, max_bytes, columns)
    command = picturing.Picturing(video, policy, look, json=json, overwrite=overwrite)
    raise typer.Exit(command.run(out, sheet=sheet))
