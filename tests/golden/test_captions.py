"""What the card of `caption` promises, and what it writes for the shipped photos."""

import pytest

from attention_core import load_task
from attention_core.library import example_inputs


@pytest.fixture(scope="module")
def task():
    return load_task("caption", device="cpu")


def test_what_the_cards_figures_say(task):
    """The best names most things rightly and looks at them; the floor looks nowhere."""
    scores, floor = task.card["scores"], task.card["floor"]
    best = max((own["metrics"] for own in scores.values()), key=lambda own: own["precision"])
    assert best["precision"] >= 0.75
    assert best["recall"] >= 0.75
    assert best["class_photos"] >= 0.6
    assert max(own["metrics"]["peak_in_box"] for own in scores.values()) >= 0.75
    assert scores[floor]["metrics"]["peak_in_box"] < best["peak_in_box"]


def test_the_same_training_from_another_seed_ends_near(task):
    again = task.card["again"]
    first = task.card["scores"][again["score"]]["metrics"]
    assert again["metrics"]["class_photos"] == pytest.approx(first["class_photos"], abs=0.05)
    assert again["metrics"]["precision"] == pytest.approx(first["precision"], abs=0.05)


@pytest.mark.parametrize(("title", "thing"), [("A cat", "cat"), ("A sunflower", "sunflower"), ("A daisy", "daisy")])
@pytest.mark.parametrize("score", ["additive", "general"])
def test_a_photo_of_a_thing_it_knows(task, title, thing, score):
    (example,) = (own for own in task.spec.examples if own.title == title)
    words = task.run(**example_inputs(task.spec, example), score=score).by_word().query_labels
    assert {thing, f"{thing}s", "daisies" if thing == "daisy" else thing} & set(words)
