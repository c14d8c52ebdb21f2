"""What models write, and what may be concluded from it: a doubtful reply is no answer, never 0."""

from __future__ import annotations

import json
import math

import pytest

from sightline.errors import BadReply
from sightline.prompts import replies, templates
from sightline.values import Presence, Text

CAR, DOG = templates.presence("car"), templates.presence("dog")


def presences(reply: str, *wordings: str, cut: bool = False) -> list[float | None]:
    values = replies.read([templates.presence(w) for w in wordings], reply, cut=cut)
    assert all(value is None or isinstance(value, Presence) for value in values)
    return [value.probability if isinstance(value, Presence) else None for value in values]


@pytest.mark.parametrize(
    "reply",
    [
        '{"car": 0.9, "dog": 0.1}',
        '\n\n  {"dog": 0.1,\n "car": 0.9}  \n',
        '```json\n{"car": 0.9, "dog": 0.1}\n```',
        '```JSON\n{"car": 0.9, "dog": 0.1}\n```',
        '```\n{"car": 0.9, "dog": 0.1}\n```',
        '```json\n{"car": 0.9, "dog": 0.1}',
        'Sure! Here it is: {"car": 0.9, "dog": 0.1}. Anything else?',
        'In the form {line: number}:\n```json\n{"car": 0.9, "dog": 0.1}\n```\nDone {really}.',
        'A form is {"car": 0.5, "dog": 0.5}. My answer:\n```json\n{"car": 0.9, "dog": 0.1}\n```',
        '<think>{"car": 0.2, "dog": 0.2} maybe?</think>{"car": 0.9, "dog": 0.1}',
        'so {"car": 0.2, "dog": 0.2}, or not?</think>\n{"car": 0.9, "dog": 0.1}',
        '{"reasoning": "a red car"} {"car": 0.9, "dog": 0.1}',
        '{"result": {"car": 0.9, "dog": 0.1}}',
        '{"car": "0.9", "dog": "0.1"}',
        '{"car": "90%", "dog": "10 %"}',
        '{"CAR": 0.9, "Dog": 0.1}',
        '{"- car": 0.9, "dog:": 0.1}',
        '{"car.": 0.9, " dog ": 0.1}',
        '{"\\"car\\"": 0.9, "\'dog\'": 0.1}',
        '{"car": 0.9, "dog": 0.1, "cat": 0.5, "note": null, "list": [1, {"car": 0}]}',
        '{"car": {"probability": 0.9}, "dog": {"probability": 0.1}}',
        '{"car": {"confidence": 0.9}, "dog": {"score": 0.1}}',
        '{"car": {"present": true, "confidence": 0.9}, "dog": 0.1}',
        '{"car": {"probability": 0.9, "occluded": false}, "dog": 0.1}',
    ],
)
def test_each_tag_has_what_was_said_of_it(reply: str):
    assert presences(reply, "car", "dog") == [0.9, 0.1]


@pytest.mark.parametrize(
    ("value", "probability"),
    [
        ("true", 1.0),
        ("false", 0.0),
        ('"yes"', 1.0),
        ('" Yes "', 1.0),
        ('"no"', 0.0),
        ('"absent"', 0.0),
        ('"not visible"', 0.0),
        ("0", 0.0),
        ("1", 1.0),
        ("1e-1", 0.1),
        ('"100%"', 1.0),
        ('{"present": false, "confidence": 0.95}', 0.0),
        ('{"answer": "no", "confidence": 0.95}', 0.0),
        ('{"visible": "yes", "confidence": 0.7}', 0.7),
        ('{"detected": true}', 1.0),
    ],
)
def test_the_ways_to_say_how_sure(value: str, probability: float):
    assert presences(f'{{"car": {value}, "dog": 0.5}}', "car", "dog") == [probability, 0.5]


@pytest.mark.parametrize(
    "value",
    [
        "null",
        "[]",
        "[0.9]",
        "{}",
        '""',
        '"maybe"',
        '"high"',
        '"85"',
        '"150%"',
        '"-5%"',
        '"nan"',
        '"inf"',
        "-0.1",
        "1.1",
        "85",
        "1e400",
        "-1e400",
        "1" + "0" * 400,
        "NaN",
        "Infinity",
        "-Infinity",
        '{"probability": 7}',
        '{"probability": null}',
        '{"present": "unsure"}',
        '{"present": true, "visible": false, "confidence": 0.9}',
        '{"is_there": false, "confidence": 0.9}',
        '{"confidence": "high"}',
        '{"confidence": true}',
        '{"present": [true]}',
        '{"value": {"probability": 0.9}}',
    ],
)
def test_what_does_not_say_it_is_no_answer(value: str):
    assert presences(f'{{"car": {value}, "dog": 0.5}}', "car", "dog") == [None, 0.5]
    with pytest.raises(BadReply):
        replies.read([CAR], f'{{"car": {value}}}')


@pytest.mark.parametrize(
    "reply",
    [
        '{"dog": 0.5}',
        '{"dog": 0.5, "cars": 0.9}',
        '{"dog": 0.5, "a car": 0.9}',
        '{"dog": 0.5, "CAR": 0.9, "Car": 0.1}',
    ],
)
def test_a_tag_that_is_not_named_once_is_not_answered(reply: str):
    assert presences(reply, "car", "dog") == [None, 0.5]


def test_tags_that_differ_only_in_case_keep_their_own_answers():
    assert presences('{"Polish": 0.9, "polish": 0.1}', "polish", "Polish") == [0.1, 0.9]
    assert presences('{"POLISH": 0.9}', "polish") == [0.9]
    assert presences('{"polish": 0.9}', "Polish", "polish", "dog") == [None, 0.9, None]
    assert presences('{"POLISH": 0.9, "dog": 0}', "Polish", "polish", "dog") == [None, None, 0]


def test_wordings_that_are_asked_as_one_line_share_its_answer():
    assert presences('{"a car": 0.9}', "a car", "a\ncar", "a car") == [0.9, 0.9, 0.9]


@pytest.mark.parametrize("depth", [4, 300, 500, 900])
def test_a_value_nested_without_end_is_no_answer(depth: int):
    nested = '{"confidence":' * depth + "0.9" + "}" * depth
    assert presences(f'{{"dog": 0.5, "car": {nested}}}', "car", "dog") == [None, 0.5]
    assert presences('{"car": {"answer": {"confidence": 1}, "score": {"score": 0.9}}}', "car") == [
        0.9
    ]


@pytest.mark.parametrize(
    ("reply", "probability"),
    [("0.8", 0.8), ("80%", 0.8), ("Yes.", 1.0), ("no!", 0.0), ("<think>hm</think> 0.8", 0.8)],
)
def test_one_question_may_be_answered_in_a_word(reply: str, probability: float):
    assert presences(reply, "car") == [probability]
    with pytest.raises(BadReply):
        replies.read([CAR, DOG], reply)


@pytest.mark.parametrize(
    "reply",
    [
        "",
        " \n\t ",
        "<think>",
        "<think>I see a car</think>",
        '<think>perhaps {"car": 0.9, "dog": 0.2}',
        '{"car": 0.2, "dog": 0.1}</think>',
        "I cannot see any car or dog.",
        "Yes, there is a car.",
        "{}",
        "[]",
        "[0.9, 0.1]",
        '["car"]',
        "null",
        '"car"',
        '{"car": 0.9, "dog',
        '{"car": 0.9',
        "{'car': 0.9, 'dog': 0.1}",
        '{"car": high}',
        '{"tags": [{"car": 0.9}]}',
        "{" * 100_000,
        '{"a":' * 100_000,
        '{"cat": 0.9}',
        '{"error": "the model is overloaded"}',
        "<html><body>Welcome</body></html>",
    ],
)
def test_nothing_is_read_into_a_reply_that_says_nothing(reply: str):
    with pytest.raises(BadReply) as caught:
        replies.read([CAR, DOG], reply)
    assert len(str(caught.value)) < 300


def test_an_object_inside_one_that_was_cut_off_is_not_taken_for_the_answer():
    reply = '{"car": {"score": 0.9, "dog": 0.1}, "score": {"sc'
    with pytest.raises(BadReply, match="cut off"):
        replies.read([templates.presence("score"), DOG], reply, cut=True)


def test_a_reply_that_was_cut_says_so():
    with pytest.raises(BadReply, match="was cut off before its JSON ended"):
        replies.read([CAR], '{"car": 0.', cut=True)
    with pytest.raises(BadReply, match="is not the JSON it was asked for"):
        replies.read([CAR], '{"car": 0.')


@pytest.mark.parametrize("wording", ['a "red" car', "straße", "猫", "a\\b", "person: {tall}", "0"])
def test_any_wording_can_be_asked_and_found(wording: str):
    assert presences(json.dumps({wording: 0.7}), wording) == [0.7]
    assert presences(json.dumps({wording.upper(): 0.7}, ensure_ascii=False), wording) == [0.7]


def test_a_text_is_taken_as_it_stands_without_the_thought():
    question = templates.describe()
    assert replies.read([question], " A car, {parked}. ") == [Text("A car, {parked}.", cut=False)]
    assert replies.read([question], "A car", cut=True) == [Text("A car", cut=True)]
    assert replies.read([question], "<think>hm</think>\nA car.") == [Text("A car.", cut=False)]
    for empty in ("", "  ", "<think>I was cut off", "<think></think>"):
        with pytest.raises(BadReply, match="empty"):
            replies.read([question], empty)


def test_every_probability_that_comes_out_is_one():
    numbers = [*(n / 7 for n in range(-8, 16)), math.nan, math.inf, 1e300, -0.0]
    for number in numbers:
        (value,) = presences(f'{{"dog": 0.5, "car": {json.dumps(number)}}}', "car", "dog")[:1]
        assert value is None or 0 <= value <= 1
        assert (value is None) == (not 0 <= number <= 1)
