"""Draws the timeline of a result as README shows it.

python docs/picture.py out/clip.result.json docs/images/timeline.svg
"""

from __future__ import annotations

import re
import sys
from io import StringIO
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from sightline.cli.timeline import print_timeline
from sightline.exports.result import Result

FONT_FACES = re.compile(r"@font-face \{\{.*?\}\}\s*", re.DOTALL)


def main(result: Path, picture: Path) -> None:
    console = Console(record=True, width=100, file=StringIO(), highlight=False)
    print_timeline(console, Result.model_validate_json(result.read_text(encoding="utf-8")))
    # Without the web fonts: a picture in a README must not call a third party.
    svg = console.export_svg(title="sightline", code_format=FONT_FACES.sub("", CONSOLE_SVG_FORMAT))
    picture.parent.mkdir(parents=True, exist_ok=True)
    picture.write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
