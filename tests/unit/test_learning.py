import pytest
import torch
from torch import nn

from attention_core.learning import Recipe, draw, fit
from attention_core.scores.uniform import Uniform
from attention_core.tasks.encoding import Head


def line(width=1):
    return Head(Uniform(1, 1), nn.Linear(width, 1))


INPUTS = torch.linspace(-1, 1, 20)[:, None]
TARGETS = 3 * INPUTS - 1


def loss(head, indices):
    errors = head.readout(INPUTS[indices]) - TARGETS[indices]
    return (errors**2).mean(), (errors.abs() < 0.1).float().mean().item()


def test_finds_the_line_and_tells_every_step():
    head = draw(line, 0)
    steps = list(fit(head, 20, loss, Recipe(steps=300, batch=8, learning_rate=0.1, weight_decay=0)))
    assert [step.done for step in steps] == list(range(1, 301))
    assert all(step.of == 300 for step in steps)
    assert steps[-1].loss < 1e-3 < steps[0].loss
    assert steps[0].metric < 0.5 < steps[-1].metric == 1
    assert all(step.head is head for step in steps)
    assert head.readout.weight.item() == pytest.approx(3, abs=0.05)
    assert head.readout.bias.item() == pytest.approx(-1, abs=0.05)


def test_the_same_seed_gives_the_same_fit():
    def fitted(seed):
        head = draw(line, 0)
        for _ in fit(head, 20, loss, Recipe(steps=5, batch=3, learning_rate=0.1, seed=seed)):
            pass
        return head.readout.weight.item()

    assert fitted(1) == fitted(1) != fitted(2)


def test_stops_where_the_reader_stops():
    head = draw(line, 0)
    step = next(fit(head, 20, loss, Recipe(steps=300, batch=8, learning_rate=0.1)))
    assert step.done == 1
    assert not head.training


def test_a_head_without_parameters_has_no_steps():
    assert not list(fit(Head(Uniform(1, 1), nn.Identity()), 20, loss, Recipe(steps=3, batch=1, learning_rate=1)))


def test_refuses_no_examples():
    with pytest.raises(ValueError) as refused:
        next(fit(line(), 0, loss, Recipe(steps=1, batch=1, learning_rate=1)))
    assert str(refused.value) == "examples must be at least 1, got 0. Give some data to fit."


def test_a_loss_that_is_not_finite_stops_the_fit():
    with pytest.raises(FloatingPointError) as refused:
        next(fit(line(), 1, lambda head, indices: (head.readout.weight.sum() * torch.nan, 0.0), Recipe(1, 1, 1.0)))
    assert str(refused.value) == "The loss must stay finite, got nan at step 1. Lower the learning rate."


def test_draw_leaves_the_callers_random_state():
    before = torch.random.get_rng_state()
    first, second = draw(lambda: torch.randn(3), 5), draw(lambda: torch.randn(3), 5)
    assert torch.equal(first, second)
    assert torch.equal(before, torch.random.get_rng_state())
