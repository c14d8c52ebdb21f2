"""What a model is asked: pinned words, because they are part of what identifies an answer."""

from __future__ import annotations

import json

import pytest

from sightline.prompts import templates
from sightline.prompts.templates import answer, compose, describe, frame_line, presence
from sightline.values import Question


def test_presences_travel_together_and_each_wording_is_a_key():
    prompt = compose([presence("car"), presence('a "red" ball')])
    assert prompt.text == (
        "For each line below, how sure are you that it is visible in the picture, or true of it?\n"
        '- car\n- a "red" ball\n'
        "Answer with one JSON object: each line's exact text as the key, and as the value a "
        "number from 0.0 (certainly not) to 1.0 (certainly)."
    )
    assert prompt.schema is not None
    schema = json.loads(json.dumps(prompt.schema))
    assert schema["required"] == ["car", 'a "red" ball']
    assert schema["properties"].keys() == {"car", 'a "red" ball'}
    assert schema["additionalProperties"] is False
    for value in schema["properties"].values():
        assert value["enum"][0] == 0
        assert value["enum"][-1] == 1
        assert len(value["enum"]) == 11


def test_each_wording_is_one_line_and_is_asked_once():
    wordings = ("a car", "Car", " a\n- car", "a \t car", "a car", "x\x1b", "\ud800")
    prompt = compose([presence(wording) for wording in wordings])
    lines = ["a car", "Car", "a - car", "x\ufffd", "\ufffd"]
    assert prompt.text.splitlines()[1:-1] == [f"- {line}" for line in lines]
    assert prompt.schema is not None
    assert prompt.schema["required"] == lines
    assert len({presence(wording).digest for wording in wordings}) == len(set(wordings))
    (prompt.text + compose([answer("Why\r\n\ud800?")]).text).encode()


@pytest.mark.parametrize("count", [1, 8, 64])
def test_there_is_room_for_the_whole_reply(count: int):
    wordings = [f"tag number {number} with a longer wording" for number in range(count)]
    prompt = compose([presence(wording) for wording in wordings])
    reply = json.dumps(dict.fromkeys(wordings, 0.5), indent=2)
    # No tokenizer makes more tokens than characters of plain English.
    assert prompt.max_tokens * 2 > len(reply)


def test_a_description_and_an_answer_are_free_text():
    assert compose([describe()]).schema is None
    assert compose([describe(max_tokens=7)]).max_tokens == 7
    prompt = compose([answer(" What happens? ", max_tokens=9)])
    assert (prompt.text, prompt.schema, prompt.max_tokens) == ("What happens?", None, 9)


def test_a_minimum_is_asked_for_in_words():
    prompt = compose([answer("Why?", min_tokens=50)])
    assert prompt.text == "Why?\nAnswer in at least 37 words."
    assert compose([answer("Why?", min_tokens=1)]).text.endswith("at least 1 words.")


def test_each_picture_has_its_time_before_it():
    assert frame_line(0) == "Frame at 0:00.0:"
    assert frame_line(3723.44) == "Frame at 1:02:03.4:"


def test_what_changes_the_question_changes_its_digest():
    questions = [
        presence("car"), presence("Car"), describe(), describe(max_tokens=121), answer("car"),
        answer("car", min_tokens=1), answer("car", max_tokens=1),
    ]  # fmt: skip
    assert len({question.digest for question in questions}) == len(questions)
    assert presence("car").digest == templates.presence("car").digest


def test_a_question_that_no_template_asks_is_an_error():
    with pytest.raises(ValueError, match="no template 'presence' version 2"):
        compose([Question("presence", 2, (("tag", "car"),), "presence")])
