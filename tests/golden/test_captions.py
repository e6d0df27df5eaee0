"""What the shipped caption checkpoints do, as their card says, and on photographs that nothing was learned from."""

import numpy as np
import pytest

from attention_core import load_task
from attention_core.library import EXAMPLES

APART = "Scaled dot lacks 0.003 of recall. Ends with a training after which one has all three."
CHANCE = "Two seeds differ by up to 4 points. Ends with a training after which they agree."
# The flower in each photo, drawn by hand: x0, y0, x1, y1 in 0..1.
FLOWERS = {"sunflower": ("sunflower.jpg", (0.08, 0.03, 0.93, 0.93)), "tulip": ("tulips.jpg", (0.17, 0.1, 0.85, 0.62))}
SCORE = "additive"  # general calls the tulips a rose


@pytest.fixture(scope="module")
def task():
    return load_task("caption", device="cpu")


@pytest.fixture(scope="module")
def figures(task):
    """Of scenes and photos that training never saw, by score function."""
    return {name: own["metrics"] for name, own in task.card["scores"].items()}


def test_words_look_at_what_they_name_and_class_photos_are_named(task, figures):
    found, floor = figures[SCORE], figures[task.card["floor"]]
    assert found["peak_in_box"] >= 0.75
    assert found["peak_in_box"] > 2 * found["box_share"] > 2 * floor["peak_in_box"]
    assert found["class_photos"] >= 0.60


@pytest.mark.parametrize("name", ["precision", "recall", "peak_in_box"])
def test_the_best_names_what_is_there(figures, name):
    assert max(own[name] for own in figures.values()) >= 0.75


@pytest.mark.xfail(reason=APART)
def test_one_score_function_has_all_of_it(figures):
    assert any(min(own[name] for name in ("precision", "recall", "peak_in_box")) >= 0.75 for own in figures.values())


@pytest.mark.parametrize(
    "name",
    [
        "precision",
        "peak_in_box",
        *(pytest.param(own, marks=pytest.mark.xfail(reason=CHANCE)) for own in ("recall", "class_photos", "bleu")),
    ],
)
def test_a_second_run_agrees(task, figures, name):
    """The same score function from another seed, within one point."""
    again = task.card["again"]
    point = 1.0 if name == "bleu" else 0.01
    assert again["metrics"][name] == pytest.approx(figures[again["score"]][name], abs=point)


@pytest.mark.parametrize("flower", FLOWERS)
def test_a_flower_on_a_photograph_is_named_and_looked_at(task, flower):
    file, (x0, y0, x1, y1) = FLOWERS[flower]
    result = task.run(image=EXAMPLES / file, score=SCORE)
    labels = result.by_word().query_labels
    row = next(n for n, word in enumerate(labels) if word in (flower, f"{flower}s"))
    left, top, right, bottom = result.key_boxes[int(np.argmax(result.by_word().weights[row]))]
    assert x0 <= (left + right) / 2 <= x1
    assert y0 <= (top + bottom) / 2 <= y1
