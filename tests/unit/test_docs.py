"""What is generated in the docs is what the code says now."""

import importlib.util
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


def generated() -> dict[str, str]:
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {name: make() for name, make in module.GENERATED.items()}


@pytest.mark.parametrize(
    "name", ["api.md", "cli.md", "settings.md", "result.schema.json", "scores.schema.json"]
)
def test_the_reference_is_up_to_date(name: str) -> None:
    written = (DOCS / "reference" / name).read_text(encoding="utf-8")
    assert generated()[name] == written, "run: python docs/generate.py"
