"""What is said of measured results, on numbers made for it."""

from types import SimpleNamespace

import pytest

from app.measuring import Measured, draws, what_it_teaches

METRIC = SimpleNamespace(key="share", title="Share", meaning="a share", largest=1.0)
SCORES = [
    SimpleNamespace(name="seeing", title="Seeing", reads=("query", "key"), is_floor=False),
    SimpleNamespace(name="other", title="Other", reads=("query", "key"), is_floor=False),
    SimpleNamespace(name="blind", title="Blind", reads=("query",), is_floor=False),
    SimpleNamespace(name="floor", title="Floor", reads=(), is_floor=True),
]


def measured(trained, untrained=None, seeds=(1,)):
    return Measured("task", "Task", METRIC, trained, untrained or {}, seeds)


def test_the_best_stands_beside_equal_weights():
    said = what_it_teaches(measured({"seeing": 0.8, "other": 0.5, "floor": 0.4}), SCORES)
    assert said == "Seeing does best: 0.800, where equal weights reach 0.400."


def test_the_best_two_are_both_named():
    said = what_it_teaches(measured({"seeing": 0.8, "other": 0.8, "floor": 0.4}), SCORES)
    assert said.startswith("Seeing and Other do best: 0.800,")


@pytest.mark.parametrize(
    ("reached", "told"),
    [
        (0.39, "less than equal weights. What the keys hold decides where to look."),
        (0.45, "hardly more than equal weights. What the keys hold decides where to look."),
        (0.6, "the place alone tells part of where to look."),
        (0.75, "here the place alone tells most of where to look."),
    ],
)
def test_what_the_place_alone_gives(reached, told):
    said = what_it_teaches(measured({"seeing": 0.8, "blind": reached, "floor": 0.4}), SCORES)
    assert said.endswith(f"Blind, which never sees the keys, reaches {reached:.3f}: {told}")


@pytest.mark.parametrize(
    ("untrained", "told"),
    [
        ({"seeing": 0.3, "other": 0.79}, "Untrained, Other reaches 0.790: nearly all of it was there before training."),
        ({"seeing": 0.3, "other": 0.2}, "Untrained, none gets past 0.300: it was learned."),
    ],
)
def test_what_was_there_before_training(untrained, told):
    assert what_it_teaches(measured({"seeing": 0.8, "floor": 0.4}, untrained), SCORES).endswith(told)


def test_a_lead_that_may_be_chance_teaches_nothing_about_places():
    said = what_it_teaches(measured({"seeing": 0.402, "blind": 0.3, "floor": 0.4}), SCORES)
    assert said.endswith("where equal weights reach 0.400. Equal weights do as well: where it looks hardly changes this figure.")
    assert "Blind" not in said
    assert "Blind" in what_it_teaches(measured({"seeing": 0.41, "blind": 0.3, "floor": 0.4}), SCORES)


def test_nothing_is_claimed_where_nothing_wins():
    assert what_it_teaches(measured({"seeing": 0.3, "floor": 0.4}), SCORES) == (
        "No score function does better than equal weights: 0.400."
    )
    assert what_it_teaches(measured({"seeing": 0.3}), SCORES) == ""


def test_draws_are_counted():
    assert draws([(1,)]) == "one draw"
    assert draws([(1, 2, 3), (4,)]) == "the mean of 1 or 3 draws"
