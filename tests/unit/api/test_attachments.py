"""Under which name a browser saves what it is sent."""

from urllib.parse import unquote

import pytest

from sightline.api.attachments import attachment


def names(stem: str) -> tuple[str, str]:
    """In plain letters, and whole."""
    (header,) = attachment(stem, ".result.json").values()
    kind, letters, whole = header.split("; ")
    assert kind == "attachment"
    assert header.isascii()
    assert header.isprintable()
    return letters.removeprefix("filename="), unquote(whole.removeprefix("filename*=UTF-8''"))


@pytest.mark.parametrize(
    ("stem", "letters", "whole"),
    [
        ("day 1", '"day 1.result.json"', "day 1.result.json"),
        ("Fähre", '"F_hre.result.json"', "Fähre.result.json"),
        (
            'a"; x=\r\nb/../c',
            '"a__ x___b_.._c.result.json"',
            "a_; x=\N{REPLACEMENT CHARACTER}_b_.._c.result.json",
        ),
        ("a\u202egpj", '"a_gpj.result.json"', "a\N{REPLACEMENT CHARACTER}gpj.result.json"),
        ("b\udcff", '"b_.result.json"', "b\N{REPLACEMENT CHARACTER}.result.json"),
        (" . ", '"untitled.result.json"', "untitled.result.json"),
    ],
)
def test_a_name_is_a_name_and_nothing_else(stem: str, letters: str, whole: str) -> None:
    assert names(stem) == (letters, whole)


def test_a_name_fits_any_file_system() -> None:
    _, whole = names("ß" * 1000)
    assert len(whole) < 200
