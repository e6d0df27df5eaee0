"""A short training of `action` on made-up recordings ends at the same loss and finds when things happen, untold."""

import pytest
import torch

from attention_core.encoders.motion import WINDOW
from attention_core.learning import Recipe, draw, fit
from attention_core.tasks.action import ACTIONS, ActionModel
from attention_core.training.action import Loss, measure
from attention_core.training.action_data import Recordings

# Of the last of 150 steps in float32; on another processor sums may round otherwise.
LOSSES = {"general": 0.0891, "uniform": 0.3561}
CPU = torch.device("cpu")


def made_up(count=24, windows=40):
    """Recordings in which each action is felt as a shake of its own pace, in stretches of a second and more."""
    signals, actions = [], []
    times = torch.arange(windows * WINDOW) / 64
    for _ in range(count):
        order = torch.cat([torch.randperm(len(ACTIONS)) for _ in range(2)]).repeat_interleave(windows * WINDOW // 10)
        shake = torch.sin(2 * torch.pi * (1 + 2 * order) * times) * (1 + order)
        own = 0.1 * torch.randn(len(times), 6)
        own[:, 0] += 9.81 + shake
        own[:, 5] += shake / 3
        signals.append(own)
        actions.append(order)
    return Recordings(signals, actions)


@pytest.mark.parametrize("score", LOSSES)
def test_short_run(score):
    model, recordings = ActionModel(CPU), draw(made_up, 0)
    head = draw(lambda: model.build_head(score), 0)
    recipe = Recipe(steps=150, batch=len(recordings), learning_rate=5e-3, seed=0)
    *_, last = fit(head, len(recordings), Loss(recordings, CPU, 0), recipe)
    assert last.loss == pytest.approx(LOSSES[score], abs=2e-3)
    found = measure(head, draw(made_up, 1), CPU)
    uniform = measure(draw(lambda: model.build_head("uniform"), 0), draw(made_up, 1), CPU)
    assert found["average_precision"] > 0.9
    assert (found["share"] > 2 * uniform["share"]) is (score != "uniform")
