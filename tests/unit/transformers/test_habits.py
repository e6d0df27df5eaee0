"""Heads made to have one habit."""

import numpy as np
import pytest

from attention_core.transformers import HABITS, SURE, habit, habits

LENGTH = 6


def pointing(where):
    weights = np.zeros((LENGTH, LENGTH))
    for t in range(LENGTH):
        weights[t, where(t)] = 1
    return weights


MADE = {
    "previous token": pointing(lambda t: max(t - 1, 0)),
    "next token": pointing(lambda t: min(t + 1, LENGTH - 1)),
    "first token": pointing(lambda t: 0),
    "same token": np.eye(LENGTH),
    "broad": np.full((LENGTH, LENGTH), 1 / LENGTH),
}


@pytest.mark.parametrize("name", HABITS)
def test_a_pure_habit_is_measured_as_one(name):
    strengths = habits(MADE[name], is_causal=False)
    assert strengths[HABITS.index(name)] == pytest.approx(1)
    assert habit(strengths) == name


def test_below_the_threshold_nobody_is_sure():
    mixed = 0.45 * MADE["previous token"] + 0.45 * MADE["next token"] + 0.1 * MADE["same token"]
    strengths = habits(mixed, is_causal=False)
    assert strengths.max() < SURE
    assert habit(strengths) == "unsure"
    assert habit(np.array([SURE, 0, 0, 0, 0])) == "previous token"


def test_a_head_that_sees_only_what_stands_before():
    even = np.tril(np.ones((LENGTH, LENGTH))) / np.arange(1, LENGTH + 1)[:, None]
    strengths = habits(np.stack([even, np.eye(LENGTH)]), is_causal=True)
    assert strengths.shape == (2, 5)
    assert strengths[0, HABITS.index("broad")] == pytest.approx(1)
    assert strengths[0, HABITS.index("same token")] == pytest.approx(
        np.mean([1 / 2, 1 / 3, 1 / 4, 1 / 5, 1 / 6])
    )  # row 0 has no choice
    assert [habit(own) for own in strengths] == ["broad", "same token"]
    assert strengths[:, HABITS.index("next token")].tolist() == [0, 0]


def test_one_token_has_no_habit():
    assert habit(habits(np.ones((1, 1)), is_causal=False)) == "unsure"
