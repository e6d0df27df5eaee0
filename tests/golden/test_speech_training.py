"""A short training of `speech` on made-up voices ends at the same loss."""

import numpy as np
import pytest
import torch

from attention_core.learning import Recipe, draw
from attention_core.tasks.speech import SpeechModel
from attention_core.training.speech import Lesson
from attention_core.training.speech_data import Voices
from attention_core.training.writing import fit_in_epochs

# Of the last of 60 steps in float32; on another processor sums may round otherwise.
LOSSES = {"general": 1.9204, "uniform": 1.9585}
CPU = torch.device("cpu")


def made_up():
    """A voice whose digit n is two tones of its own, one after the other."""
    times = np.arange(1600) / 8000
    clips = []
    for digit in range(10):
        first, second = (np.sin(2 * np.pi * 250 * (1 + own) * times) for own in (digit, (3 * digit + 1) % 10))
        clips.append([0.3 * np.concatenate([first, second])])
    return Voices({"made up": clips})


@pytest.mark.parametrize("score", LOSSES)
def test_short_run(score):
    model, lesson = SpeechModel(CPU), Lesson(made_up(), CPU)
    head = draw(lambda: model.build_head(score), 0)
    recipe = Recipe(steps=60, batch=32, learning_rate=3e-3, seed=0)
    *_, last = fit_in_epochs(head, lambda epoch: lesson.batches(epoch, 0), lesson.objective, recipe, half=False)
    assert last.loss == pytest.approx(LOSSES[score], abs=5e-3)
