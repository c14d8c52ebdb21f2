"""Several pictures in one request, and verdicts: the words, the schema, and what is read of it."""

from __future__ import annotations

import json
import math

import pytest

from sightline.errors import BadReply
from sightline.prompts.likelihood import Token, likelihoods
from sightline.prompts.replies import read
from sightline.prompts.templates import compose, picture_line, presence
from sightline.values import Presence

CAR, DOG = presence("car"), presence("dog")


def read_all(reply: str, *, cut: bool = False) -> list[float | None]:
    """Of car and dog in picture 1, then in picture 2."""
    values = read([CAR, DOG] * 2, reply, pictures=[1, 1, 2, 2], cut=cut)
    return [value.probability if isinstance(value, Presence) else None for value in values]


# ------------------------------------------------------------------------------------- the words


def test_lines_that_all_pictures_share_are_listed_once() -> None:
    prompt = compose([CAR, DOG, CAR, DOG], pictures=[1, 1, 2, 2])
    assert prompt.text == (
        "For each of the 2 pictures, which are numbered, and each line below, how sure are you "
        "that it is visible in that picture, or true of it?\n"
        "- car\n- dog\n"
        "Answer with one JSON object: each picture's number as the key, and as the value an object "
        "with the exact text of each of its lines as the key, and as the value a number from 0.0 "
        "(certainly not) to 1.0 (certainly)."
    )
    assert prompt.schema is not None
    schema = json.loads(json.dumps(prompt.schema))
    assert schema["required"] == ["1", "2"]
    assert schema["additionalProperties"] is False
    single = compose([CAR, DOG]).schema
    assert list(schema["properties"].values()) == [single, single]


def test_lines_of_its_own_stand_under_each_picture() -> None:
    prompt = compose([DOG, CAR, DOG, DOG], pictures=[3, 1, 1, 1])
    assert "Picture 1:\n- car\n- dog\nPicture 3:\n- dog\nAnswer" in prompt.text
    assert prompt.schema is not None
    assert prompt.schema["required"] == ["1", "3"]


def test_a_verdict_is_yes_or_no_and_the_question_stays_the_same() -> None:
    prompt = compose([CAR], verdicts=True)
    assert prompt.text == (
        "For each line below, is it visible in the picture, or true of it?\n- car\n"
        "Answer with one JSON object: each line's exact text as the key, and as the value "
        '"yes" or "no".'
    )
    assert prompt.schema is not None
    assert prompt.schema["properties"] == {"car": {"type": "string", "enum": ["yes", "no"]}}
    assert "is it visible in that picture" in compose([CAR], pictures=[1], verdicts=True).text
    assert CAR.digest == presence("car").digest


def test_each_picture_of_several_has_its_number_and_time_before_it() -> None:
    assert picture_line(2, 61.5) == "Picture 2, frame at 1:01.5:"


@pytest.mark.parametrize("pictures", [1, 16])
def test_there_is_room_for_the_whole_reply_about_all_pictures(pictures: int) -> None:
    tags = [f"tag number {n} with a longer wording" for n in range(8)]
    numbers = [n for n in range(1, pictures + 1) for _ in tags]
    prompt = compose([presence(tag) for tag in tags] * pictures, pictures=numbers)
    reply = json.dumps({str(n): dict.fromkeys(tags, 0.5) for n in numbers}, indent=2)
    assert prompt.max_tokens * 2 > len(reply)


# ----------------------------------------------------------------------------------- the reading


@pytest.mark.parametrize(
    "reply",
    [
        '{"1": {"car": 0.9, "dog": 0.1}, "2": {"car": 0.2, "dog": 0.8}}',
        '{"2": {"dog": 0.8, "car": 0.2}, "1": {"Car": 0.9, "dog": "10%"}}',
        'Here:\n```json\n{"Picture 1": {"car": 0.9, "dog": 0.1}, "picture_2": '
        '{"car": 0.2, "dog": 0.8}}\n```',
        '{"pictures": {"1": {"car": 0.9, "dog": 0.1}, "2": {"car": 0.2, "dog": 0.8}}}',
        '<think>{"1": {}}</think>{"1":{"car":0.9,"dog":0.1},"2":{"car":0.2,"dog":0.8},"3":{}}',
    ],
)
def test_each_picture_has_what_was_said_of_it(reply: str) -> None:
    assert read_all(reply) == [0.9, 0.1, 0.2, 0.8]


@pytest.mark.parametrize(
    ("reply", "values"),
    [
        ('{"1": {"car": 0.9}}', [0.9, None, None, None]),
        ('{"1": {"car": 0.9, "dog": "?"}, "2": 0.5}', [0.9, None, None, None]),
        ('{"1": null, "2": {"dog": 0.8}}', [None, None, None, 0.8]),
        ('{"1": {"car": 0.9}, "picture 1": {"car": 0.1}, "2": {"car": 1}}', [None, None, 1, None]),
        ('{"1": {"car": 0.9}, "2nd": {"car": 1}, "12": {"car": 1}}', [0.9, None, None, None]),
    ],
)
def test_what_is_said_of_one_picture_is_of_no_other(reply: str, values: list[float | None]) -> None:
    assert read_all(reply) == values


@pytest.mark.parametrize(
    ("reply", "values"),
    [
        ('{"1": {"car": 0.9, "dog": 0.1}, "2": {"car": 0.2, "do', [0.9, 0.1, None, None]),
        ('{"1": {"car": 0.9, "dog": 0.1}, "2": {"car": 0.', [0.9, 0.1, None, None]),
        ('{\n"1" : {"car": 0.9, "dog": 0.1},\n', [0.9, 0.1, None, None]),
    ],
)
def test_pictures_that_stand_whole_in_a_reply_that_was_cut_are_answered(
    reply: str, values: list[float | None]
) -> None:
    assert read_all(reply, cut=True) == values


@pytest.mark.parametrize(
    "reply",
    [
        '{"car": 0.9, "dog": 0.1}',
        '[{"car": 0.9}, {"car": 0.1}]',
        '{"1": {"ca',
        '{"1": 0.9, "2": 0.1}',
        '{"1": "car"}',
        "0.9",
        "{" * 10_000,
        '{"a":' * 10_000,
        '"1": {"car": 0.9}',
    ],
)
def test_what_belongs_to_no_picture_is_no_answer(reply: str) -> None:
    with pytest.raises(BadReply):
        read_all(reply)


# ------------------------------------------------------------------------------ log-probabilities


def token(text: str | bytes, **likeliest: float) -> Token:
    """With the probabilities of the likeliest; the token itself is certain when none are given."""
    raw = text if isinstance(text, bytes) else text.encode()
    listed = {name.replace("_", '"').encode(): p for name, p in likeliest.items()} or {raw: 1.0}
    logs = {name: math.log(p) for name, p in listed.items()}
    return Token(raw, logs.get(raw, math.log(min(listed.values()))), tuple(logs.items()))


def chances(
    tokens: list[Token], *wordings: str, pictures: tuple[int, ...] = (), reply: str | None = None
) -> list[float | None]:
    said = b"".join(one.text for one in tokens).decode() if reply is None else reply
    found = likelihoods([presence(w) for w in wordings], said, tokens, pictures=pictures)
    return [chance if chance is None else round(chance, 6) for chance in found]


def test_a_yes_counts_against_a_no_and_nothing_else_does() -> None:
    tokens = [token('{"car": "'), token("yes", yes=0.6, no=0.2, maybe=0.2), token('"}')]
    assert chances(tokens, "car") == [0.75]


@pytest.mark.parametrize(
    "tokens",
    [
        [token('{"car": "'), token("y", y=0.6, n=0.2), token("es"), token('"}')],
        [token('{"car":'), token(' "yes', **{" _yes": 0.6, " _no": 0.2}), token('"}')],
        [token('{"car":'), token(' "yes', **{" _yes": 0.6, "_no": 0.2}), token('"}')],
        [token('{"car": "'), token('yes"}', **{"yes_}": 0.6, "no": 0.1, "No": 0.1})],
        [token('{"car": "'), token("yes", yes=0.3, Yes=0.2, y=0.1, no=0.2), token('"}')],
        [
            token("<think>yes</think>"),
            token('{"car":"'),
            token("yes", yes=0.6, no=0.2),
            token('"}'),
        ],
        [token('{"c'), token("ar"), token('" : "'), token("no", yes=0.6, no=0.2), token('"}')],
    ],
)
def test_a_word_is_found_however_it_is_cut_into_tokens(tokens: list[Token]) -> None:
    assert chances(tokens, "car") == [0.75]


def test_each_tag_of_each_picture_has_its_own_place() -> None:
    tokens = [
        token('{"1": {"ca'),
        token('r": "'),
        token("yes", yes=0.9, no=0.1),
        token('", "2": "'),
        token("no", yes=0.2, no=0.8),
        token('"}, "2": {"car": "'),
        token("no", yes=0.4, no=0.6),
        token('"}}'),
    ]
    assert chances(tokens, "car", "car", "2", "2", pictures=(1, 2, 1, 2)) == [0.9, 0.4, 0.2, None]


def test_a_reply_may_begin_and_end_within_tokens_and_hold_any_character() -> None:
    snow = '{"Größe 猫": "'.encode()
    tokens = [token(snow[:5]), token(snow[5:12]), token(snow[12:]), token("no", yes=0.1, no=0.9),
              token('"}<|end|>')]  # fmt: skip
    assert chances(tokens, "Größe 猫", reply='{"Größe 猫": "no"}') == [0.1]
    escaped = [token('{"Gr\\u00f6\\u00dfe": "'), token("no", yes=0.1, no=0.9), token('"}')]
    assert chances(escaped, "Größe") == [0.1]


@pytest.mark.parametrize(
    "tokens",
    [
        [],
        [token('{"car": "maybe"}')],
        [token('{"dog": "'), token("yes", yes=0.9, no=0.1), token('"}')],
        [token('{"car": yes}')],
        [token('{"car": "'), token("yes", a=0.5, b=0.3), token('"}')],  # it was forced
        [token('{"car": "'), Token(b"yes", -0.1, ()), token('"}')],  # what else is not told
        [token('{"car": "yes", "car": "'), token("no", yes=0.4, no=0.6), token('"}')],
    ],
)
def test_where_the_tokens_do_not_tell_there_is_no_probability(tokens: list[Token]) -> None:
    assert chances(tokens, "car") == [None]


def test_tokens_of_another_reply_tell_nothing() -> None:
    tokens = [token('{"car":"'), token("yes", yes=0.6, no=0.2), token('"}')]
    assert chances(tokens, "car", reply='{"car": "yes"}') == [None]


def test_a_certain_yes_without_a_no_beside_it_is_certain() -> None:
    tokens = [token('{"car": "'), token("yes", yes=0.98, maybe=0.01, x=0.01), token('"}')]
    assert chances(tokens, "car") == [1.0]


def test_a_reply_of_quotes_without_end_takes_no_time() -> None:
    reply = '{"car": "yes"' + '\\"' * 200_000 + '"x' * 100_000 + '"\\' * 100_000
    assert likelihoods([CAR], reply, [token(reply)]) == [None]
