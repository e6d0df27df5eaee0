"""A against B as arrays: when cells correspond, how far rows lie apart, and which differ most."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.comparing import differ_most, peak_agreement, why_apart
from app.reading import Field, same_peak, total_variation

SPEC = SimpleNamespace(query_name="suggestion", key_name="film")
WEIGHTS = np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]], dtype=np.float32)
BOXES = np.array([[0, 0, 0.5, 1], [0.5, 0, 1, 1]])


def field(weights=WEIGHTS, keys=("a", "b", "c"), boxes=None, rows=("p", "q", "r", "s"), chances=None):
    weights = np.asarray(weights)
    return Field(rows[: len(weights)], keys, weights, weights, boxes, np.zeros((*weights.shape, 2), int), 0.0, chances)


def test_the_same_words_correspond():
    assert why_apart(field(), field(WEIGHTS[::-1]), SPEC) == ""


def test_one_row_may_be_asked_for_by_another_name():
    assert why_apart(field(WEIGHTS[:1]), field(WEIGHTS[:1], rows=("q",)), SPEC) == ""


def test_the_same_grid_corresponds_whatever_is_in_the_picture():
    assert why_apart(field(WEIGHTS[:1, :2], ("x", "y"), BOXES), field(WEIGHTS[:1, 1:], ("x", "y"), BOXES), SPEC) == ""


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        (field(), field(keys=("a", "b", "other")), "The inputs have different films, so their cells do not correspond."),
        (field(), field(WEIGHTS[:, :2], ("a", "b")), "The inputs have 3 and 2 keys, so their cells do not correspond."),
        (
            field(chances=(0.5, 0.5)),
            field(chances=(0.5, 0.5), rows=("p", "other")),
            "They have different suggestions, so their rows do not correspond.",
        ),
        (field(), field(rows=("p", "other")), "They have different suggestions, so their rows do not correspond."),
        (field(), field(WEIGHTS[:1]), "The results have 2 and 1 queries, so their rows do not correspond."),
        (
            field(WEIGHTS[:1, :2], ("x", "y"), BOXES),
            field(WEIGHTS[:1, :2], ("x", "y"), BOXES[::-1]),
            "The places of the two pictures lie differently, so their cells do not correspond.",
        ),
    ],
)
def test_why_there_is_no_difference_is_said(first, second, sentence):
    assert why_apart(first, second, SPEC) == sentence


def test_rows_and_keys_that_differ_most_come_first():
    other = np.array([[0.5, 0.2, 0.3], [0.7, 0.2, 0.1]], dtype=np.float32)
    found = differ_most(field(), field(other), keys=2)
    assert [own.row for own in found] == [1, 0]
    assert [own.distance for own in found] == pytest.approx([0.7, 0.1], abs=1e-6)
    assert found[0].keys == (2, 0)  # −0.7, then +0.6
    assert found[1].keys[0] in (1, 2)
    assert len(differ_most(field(), field(other), rows=1)) == 1


def distributions(size):
    numbers = some.lists(some.floats(0, 1), min_size=size, max_size=size).filter(lambda own: sum(own) > 1e-3)
    return numbers.map(lambda own: np.array(own) / sum(own))


@given(distributions(5), distributions(5))
def test_total_variation_is_the_most_that_any_set_of_keys_differs_by(first, second):
    sets = [[n for n in range(5) if chosen >> n & 1] for chosen in range(32)]
    most = max(abs(sum(first[n] - second[n] for n in own)) for own in sets)
    assert float(total_variation(first, second)) == pytest.approx(most, abs=1e-9)


def test_rows_that_all_look_at_one_place_are_told():
    weights = np.full((10, 4), 0.1)
    weights[:9, 2] = 0.7
    weights[9] = [0.7, 0.1, 0.1, 0.1]
    position, rows, mean = same_peak(weights)
    assert (position, rows) == (2, 0.9)
    assert mean == pytest.approx(0.64)


@pytest.mark.parametrize(
    "weights", [[[0.1, 0.9]], [[0.9, 0.1], [0.1, 0.9]], [[0.4, 0.3, 0.3], [0.4, 0.3, 0.3]]], ids=["one row", "two places", "weak"]
)
def test_other_rows_are_not(weights):
    assert same_peak(np.array(weights)) is None


def test_peaks_are_compared_word_by_word_wherever_they_stand():
    first = field(WEIGHTS, rows=("the", "cat"))  # largest at a, at c
    second = field(WEIGHTS[::-1], rows=("cat", "the"))  # the same words in another order: the same peaks
    third = field([[0, 0, 1], [0, 1, 0]], rows=("cat", "cat"))  # the first "cat" agrees, the second no other wrote
    assert peak_agreement([first, second, third]) == [1, 1, 1]
    assert peak_agreement([first, field(WEIGHTS, rows=("cat", "the"))]) == [0, 0]
    assert peak_agreement([first, field(rows=("un", "chat"))]) == [None, None]
