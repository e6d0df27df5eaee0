"""What the shipped caption checkpoints do, as their card says, and on photographs that nothing was learned from."""

import numpy as np
import pytest

from attention_core.library import EXAMPLES
from tests.examples import task_of

# The flower in each photo, drawn by hand: x0, y0, x1, y1 in 0..1.
FLOWERS = {"sunflower": ("sunflower.jpg", (0.08, 0.03, 0.93, 0.93)), "tulip": ("tulips.jpg", (0.17, 0.1, 0.85, 0.62))}
SCORE = "additive"  # general calls the tulips a rose


@pytest.fixture(scope="module")
def task():
    return task_of("caption", device="cpu")


@pytest.fixture(scope="module")
def figures(task):
    """Of scenes and photos that training never saw, by score function."""
    return {name: own["metrics"] for name, own in task.card["scores"].items()}


def test_words_look_at_what_they_name_and_class_photos_are_named(task, figures):
    found, floor = figures[SCORE], figures[task.card["floor"]]
    assert found["peak_in_box"] >= 0.75
    assert found["peak_in_box"] > 2 * found["box_share"] > 2 * floor["peak_in_box"]
    assert found["class_photos"] >= 0.60


def test_one_score_function_has_all_of_it(figures):
    wanted = {"precision": 0.75, "recall": 0.75, "peak_in_box": 0.75, "class_photos": 0.60}
    assert any(all(own[name] >= least for name, least in wanted.items()) for own in figures.values())


@pytest.mark.parametrize("name", ["precision", "recall", "bleu", "peak_in_box", "class_photos"])
def test_the_same_command_gives_the_same_figures(task, figures, name):
    """One score function trained twice from the start, within one point."""
    repeated = task.card["repeated"]
    assert repeated["seed"] == task.card["recipe"]["seed"]
    assert repeated["metrics"][name] == pytest.approx(figures[repeated["score"]][name], abs=1.0 if name == "bleu" else 0.01)


@pytest.mark.parametrize("name", ["precision", "recall", "peak_in_box", "class_photos"])
def test_another_seed_names_and_looks_nearly_as_well(task, figures, name):
    """Chance moves more than the training's own numbers do: the card and the README say how far."""
    again = task.card["again"]
    assert again["seed"] != task.card["recipe"]["seed"]
    assert again["metrics"][name] == pytest.approx(figures[again["score"]][name], abs=0.08)


@pytest.mark.parametrize("flower", FLOWERS)
def test_a_flower_on_a_photograph_is_named_and_looked_at(task, flower):
    file, (x0, y0, x1, y1) = FLOWERS[flower]
    result = task.run(image=EXAMPLES / file, score=SCORE)
    labels = result.by_word().query_labels
    row = next(n for n, word in enumerate(labels) if word in (flower, f"{flower}s"))
    left, top, right, bottom = result.key_boxes[int(np.argmax(result.by_word().weights[row]))]
    assert x0 <= (left + right) / 2 <= x1
    assert y0 <= (top + bottom) / 2 <= y1
