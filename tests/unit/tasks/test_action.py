"""Action: what stands behind its rows and columns, and that a key sees what is near it alone."""

import json

import numpy as np
import pytest
import torch

from attention_core import InputError
from attention_core.encoders.motion import FEATURES, WINDOW
from attention_core.learning import draw
from attention_core.library import EXAMPLES
from attention_core.tasks.action import ACTIONS, LABELS, SPEC, Watcher
from tests import recordings
from tests.examples import task_of


@pytest.fixture(scope="module")
def task():
    return task_of("action", device="cpu")


def test_rows_are_the_five_actions_and_columns_quarters_of_a_second(task):
    result = task.run(recording=recordings.text(seconds=3).encode())
    assert result.query_labels == ACTIONS
    assert result.weights.shape == (5, len(result.key_labels)) == (5, 11)
    assert result.key_labels[1] == "0.25–0.50 s"
    np.testing.assert_array_equal(result.key_spans[1], [0.25, 0.5])
    assert len(result.output["row_scores"]) == 5
    assert all(0 <= chance <= 1 for chance in result.output["row_scores"])


def test_the_text_names_what_is_more_likely_than_not(task):
    result = task.run(recording=EXAMPLES / SPEC.examples[0].values["recording"])
    found = [action for action, chance in zip(ACTIONS, result.output["row_scores"], strict=True) if chance > 0.5]
    assert result.output["text"] == ", ".join(found).capitalize()
    calm = recordings.table()
    calm[:, 1:6], calm[:, 0] = 0, 9.81
    assert task.run(recording=recordings.written(calm)).output["text"] in ("None of the five", "Sit")


def test_path_bytes_and_text_give_one_result(task):
    path = EXAMPLES / SPEC.examples[2].values["recording"]
    first, *others = (task.run(recording=own) for own in (path, path.read_bytes(), path.read_text("utf-8")))
    for other in others:
        np.testing.assert_array_equal(other.weights, first.weights)
    with pytest.raises(InputError, match="must be a CSV file"):
        task.run(recording=b"\x89PNG")


def test_labels_change_no_number_and_are_told_in_the_words_of_the_rows(task):
    plain, told = (recordings.text(labels=own) for own in (None, ["jumping"] * 100 + [LABELS[2]] * 200 + ["walking"] * 100))
    np.testing.assert_array_equal(task.run(recording=plain).energies, task.run(recording=told).energies)
    assert task.encode(recording=plain).signals.spans == ()
    spans = task.encode(recording=told).signals.spans
    assert [(own.label, own.start, own.end) for own in spans] == [("walk", 1.0, pytest.approx(3.99))]
    restless = task.encode(recording=recordings.text(labels=[LABELS[1], LABELS[2]] * 200)).signals.spans
    assert len(restless) == 200


def test_the_signals_are_what_is_drawn(task):
    signals = task.encode(recording=recordings.text(seconds=3)).signals
    assert signals.seconds == 2.75
    assert [(panel.unit, panel.names, panel.values.shape) for panel in signals.panels] == [
        ("m/s²", ("x", "y", "z"), (3, 11 * WINDOW)),
        ("rad/s", ("x", "y", "z"), (3, 11 * WINDOW)),
    ]
    assert signals.panels[0].values[0].mean() == pytest.approx(9.81, abs=0.2)


def test_a_key_sees_its_window_and_half_a_second_beside_it():
    watcher = draw(Watcher, 0).eval()
    quiet = torch.zeros(1, 20 * WINDOW, FEATURES)
    loud = quiet.clone()
    loud[:, 10 * WINDOW : 11 * WINDOW] = 3
    with torch.inference_mode():
        moved = (watcher.states(loud) - watcher.states(quiet)).abs().sum(-1)[0]
    assert set(moved.nonzero()[:, 0].tolist()) <= set(range(8, 13))
    assert moved[10] > 0


def test_every_example_has_its_credit():
    credits = {entry["file"]: entry for entry in json.loads((EXAMPLES / "credits.json").read_text("utf-8"))}
    for example in SPEC.examples:
        entry = credits[example.values["recording"]]
        assert entry["licence"] == "CC BY 4.0"
        assert "CC BY 4.0" in example.credit
        assert f"person {int(entry['through'].split(', s')[1][:2])} " in example.credit
