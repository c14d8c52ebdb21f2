"""Writes the OpenAPI document of this checkout: `python scripts/openapi.py web/build/openapi.json`.

The page's types are made from it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from sightline.api.app import create_app
from sightline.api.document import as_json, openapi
from sightline.services.services import Services


def main() -> None:
    to = Path(sys.argv[1])
    to.parent.mkdir(parents=True, exist_ok=True)
    # The document follows from the routes alone: nothing is opened for it.
    services = cast("Services", SimpleNamespace(store=SimpleNamespace(database=None), access=None))
    to.write_text(as_json(openapi(create_app(services))), encoding="utf-8")


if __name__ == "__main__":
    main()
