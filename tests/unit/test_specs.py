import dataclasses

import pytest

from attention_core.inputs import ChoicesInput, FileInput, ImageInput, TextInput
from attention_core.specs import Option

NUMBER = Option("k", "Keys", 5, "How many.", minimum=1, maximum=9)
CHOICE = Option("shape", "Shape", "round", "Which.", choices=("round", "square"))


@pytest.mark.parametrize("value", [1, 5, 9])
def test_a_number_in_its_range_passes(value):
    NUMBER.check(value)


@pytest.mark.parametrize("value", [0, 10, 2.0, "5", True, None])
def test_any_other_number_is_refused(value):
    with pytest.raises(ValueError) as refused:
        NUMBER.check(value)
    assert str(refused.value) == f"k must be a whole number from 1 to 9, got {value!r}."


def test_a_choice_is_one_of_its_choices():
    CHOICE.check("square")
    with pytest.raises(ValueError) as refused:
        CHOICE.check("flat")
    assert str(refused.value) == "shape must be one of round, square, got 'flat'."


def test_declarations_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        NUMBER.default = 6


def test_inputs_say_their_kind():
    assert TextInput("text", "Text", "", 10).kind == "text"
    assert ImageInput("image", "Image").kind == "image"
    assert ChoicesInput("films", "Films", "", tuple).kind == "choices"
    recording = FileInput("recording", "Recording", "recording", "your-recording.csv", "A CSV file.", 5)
    assert recording.kind == "file"
    kinds = (TextInput("text", "Text", ""), ChoicesInput("films", "Films", "", tuple), ImageInput("image", "Image"), recording)
    assert [own.is_file for own in kinds] == [False, False, True, True]
