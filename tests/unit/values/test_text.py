"""Text from outside is safe to store and to print."""

import unicodedata

import pytest

from sightline.values.text import plain, plain_line, plain_lines

REPLACED = "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    "text", ["", "a car", "one\n\ttwo", "Größe \u00a0", "车 🚗", "كلب", "\u200d"]
)
def test_text_that_is_safe_is_left_as_it_is(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize(
    "unsafe",
    ["\x00", "\x07", "\r", "\x1b", "\x7f", "\x85", "\x9b", "\ud83d", "\u202e", "\u2066"],
)
def test_each_unsafe_character_leaves_a_mark(unsafe: str) -> None:
    assert plain(f"a{unsafe}{unsafe}b") == f"a{REPLACED}{REPLACED}b"


def test_of_all_characters_none_is_left_that_controls_or_cannot_be_encoded() -> None:
    safe = plain("".join(map(chr, range(0x110000))))
    assert {char for char in safe if unicodedata.category(char) in {"Cc", "Cs"}} == {"\n", "\t"}
    safe.encode()


def test_a_line_has_no_breaks_and_lines_end_alike() -> None:
    assert plain_line(" one\r\n\u2028 two\x85\x1c\tthree\x1b ") == f"one two three{REPLACED}"
    assert plain_lines("one\r\ntwo\rthree\n\tfour\x1b") == f"one\ntwo\nthree\n\tfour{REPLACED}"
