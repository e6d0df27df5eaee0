"""What the shipped speech checkpoints do, as their card says, and on the shipped examples, of which nothing was learned."""

import json

import numpy as np
import pytest

from attention_core.library import EXAMPLES
from attention_core.tasks.checkpoints import MODELS
from tests.examples import task_of

LARGEST_ASSETS = 25_000_000  # bytes of what the three tasks ship


@pytest.fixture(scope="module")
def task():
    return task_of("speech", device="cpu")


@pytest.fixture(scope="module")
def figures(task):
    """Of recordings that training never heard, by score function."""
    return {name: own["metrics"] for name, own in task.card["scores"].items()}


def test_the_best_hears_and_points(figures):
    best = min(figures.values(), key=lambda own: own["digit_error_rate"])
    assert best["digit_error_rate"] <= 0.05
    assert best["peak_in_span"] >= 0.85


def test_who_is_blind_to_the_sound_does_not_point(task, figures):
    best = min(own["digit_error_rate"] for own in figures.values())
    for blind in ("location", task.card["floor"]):
        assert figures[blind]["digit_error_rate"] > 2 * best
        assert figures[blind]["peak_in_span"] < 0.5


def test_fixed_places_are_dozens_and_the_same_in_every_recording(task):
    """What the page and the README say of location-based."""
    rows = []
    for example in task.spec.examples:
        result = task.run(recording=EXAMPLES / example.values["recording"], score="location")
        weights = result.by_word().weights
        entropy = -(weights * np.log2(np.maximum(weights, 1e-12))).sum(1)
        assert (2**entropy > 24).all()
        rows.append(result.energies[0])  # of the first digit, before anything is heard
    shortest = min(map(len, rows))
    for row in rows[1:]:
        np.testing.assert_allclose(row[:shortest], rows[0][:shortest], atol=1e-5)


@pytest.mark.parametrize("name", ["digit_error_rate", "peak_in_span"])
def test_a_second_run_agrees(task, figures, name):
    """The same score function from another seed, within one point."""
    again = task.card["again"]
    assert again["metrics"][name] == pytest.approx(figures[again["score"]][name], abs=0.01)


def test_the_new_voice_is_in_no_training(task):
    (data,) = task.card["data"]
    assert data["recordings"]["new voice"] == 500
    assert sum(data["recordings"].values()) == 3000
    assert "of lucas all for the new voice" in data["split"]


@pytest.mark.parametrize("score", ["additive"])
def test_every_example_is_heard_right(task, score):
    credits = {entry["file"]: entry for entry in json.loads((EXAMPLES / "credits.json").read_text("utf-8"))}
    for example in task.spec.examples:
        said = [file[0] for file in credits[example.values["recording"]]["through"].split(", ")]
        result = task.run(recording=EXAMPLES / example.values["recording"], score=score)
        assert result.output["text"].split() == said


def test_the_assets_of_the_three_tasks_are_small():
    files = [file for name in ("speech", "action", "recommendation") for file in (MODELS / name).iterdir()]
    assert sum(file.stat().st_size for file in files) < LARGEST_ASSETS
