"""The starting points of `find` against the dot product they stand for."""

import pytest
import torch

from attention_core import build_score
from attention_core.tasks.encoding import Head
from attention_core.training.find_start import start

WIDTH = 6


@pytest.fixture
def sample(random):
    queries = 3 * torch.randn(400, WIDTH, generator=random)
    keys = torch.randn(500, WIDTH, generator=random) @ torch.randn(WIDTH, WIDTH, generator=random)
    return queries, keys - keys.mean(0)


def head(score, **options):
    torch.manual_seed(0)
    return Head(build_score(score, query_dim=WIDTH, key_dim=WIDTH, **options), torch.nn.Identity())


def compared(energies, queries, keys):
    """Correlation with qᵀk, and slope, after each query's mean over the keys is taken off: softmax ignores it."""
    expected = queries @ keys.T
    expected, found = (e - e.mean(-1, keepdim=True) for e in (expected, energies))
    slope = (expected * found).sum() / (expected**2).sum()
    both = torch.stack([expected.flatten(), found.flatten()]).detach()
    return torch.corrcoef(both)[0, 1].item(), slope.item()


def test_general_starts_as_the_dot_product(sample):
    queries, keys = sample
    found = start(head("general"), queries, keys).score(queries[None], keys[None])[0]
    torch.testing.assert_close(found, queries @ keys.T)


def test_additive_starts_near_the_dot_product(sample):
    queries, keys = sample
    found = start(head("additive", width=WIDTH + 1), queries, keys).score(queries[None], keys[None])[0]
    correlation, slope = compared(found, queries, keys)
    assert correlation > 0.94
    assert 0.7 < slope < 1.1


def test_additive_with_few_units_keeps_the_strongest_directions(sample):
    queries, keys = sample
    found = start(head("additive", width=4), queries, keys).score(queries[None], keys[None])[0]
    correlation, _ = compared(found, queries, keys)
    untouched, _ = compared(head("additive", width=4).score(queries[None], keys[None])[0], queries, keys)
    assert correlation > 0.8 > untouched


@pytest.mark.parametrize(("score", "options"), [("location", {"max_positions": 500}), ("multiplicative", {}), ("uniform", {})])
def test_what_cannot_say_a_dot_product_stays_as_drawn(score, options, sample):
    drawn, started = head(score, **options), start(head(score, **options), *sample)
    for name, value in drawn.state_dict().items():
        torch.testing.assert_close(started.state_dict()[name], value)
