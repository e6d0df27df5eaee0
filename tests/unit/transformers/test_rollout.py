"""Rollout against the paper's formula written out path by path."""

import itertools

import numpy as np
import pytest

from attention_core.transformers import rollout


def even(rng, *shape):
    own = rng.random(shape)
    return own / own.sum(-1, keepdims=True)


def test_it_is_the_sum_over_all_paths():
    layers, heads, length = 3, 2, 4
    weights = even(np.random.default_rng(0), layers, heads, length, length)
    mixing = [[[0.0] * length for _ in range(length)] for _ in range(layers)]
    for layer, t, s in itertools.product(range(layers), range(length), range(length)):
        mean = sum(weights[layer, head, t, s] for head in range(heads)) / heads
        mixing[layer][t][s] = 0.5 * mean + (0.5 if t == s else 0.0)
    expected = np.zeros((length, length))
    for last, second, first, begin in itertools.product(range(length), repeat=4):
        expected[last, begin] += mixing[2][last][second] * mixing[1][second][first] * mixing[0][first][begin]
    found = rollout(weights)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    np.testing.assert_allclose(found.sum(-1), 1, atol=1e-12)


def test_source_and_target_are_no_way_through():
    with pytest.raises(
        ValueError, match=r"^weights must be \(L, H, T, T\), got shape \(1, 1, 2, 3\)\. Rollout follows tokens over themselves\.$"
    ):
        rollout(np.ones((1, 1, 2, 3)) / 3)
