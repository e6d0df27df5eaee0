"""A short training of `recommendation` on made-up people ends at the same loss and has learned who likes what."""

import pytest
import torch

from attention_core.learning import Recipe, draw
from attention_core.tasks.encoding import Head, sized_score
from attention_core.tasks.recommendation import SIZES, WIDTH, Films
from attention_core.training.recommendation import Exam, latest, learn, measure

FILMS, KINDS = 120, 4
# Of the last of 60 steps in float32; on another processor sums may round otherwise.
LOSSES = {"general": 1.5091, "uniform": 1.5379}


def people():
    """Each likes films of one kind, every fourth of the list, in an order of their own."""
    drawn = torch.Generator().manual_seed(3)
    return [(torch.randperm(FILMS // KINDS, generator=drawn)[:8] * KINDS + n % KINDS).tolist() for n in range(160)]


@pytest.mark.parametrize("score", LOSSES)
def test_short_run(score):
    liked = people()
    head = draw(lambda: Head(sized_score(score, WIDTH, SIZES), Films(FILMS)), 0)
    *_, last = learn(head, [own[:-1] for own in liked], FILMS, Recipe(steps=60, batch=256, learning_rate=2e-2, seed=0))
    assert (last.done, last.of) == (60, 60)
    assert last.loss == pytest.approx(LOSSES[score], abs=2e-3)
    other = [[film for film in range(FILMS) if film % KINDS != own[0] % KINDS] for own in liked]
    candidates = torch.tensor([[own[-1], *films] for own, films in zip(liked, other, strict=True)])
    exam = Exam(latest([own[:-1] for own in liked], FILMS), candidates)
    assert measure(head, exam)["hit_rate"] > 0.95
