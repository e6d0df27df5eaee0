"""Weights and context against slow NumPy and against torch's own attention."""

import hypothesis
import hypothesis.extra.numpy
import numpy as np
import pytest
import torch
from hypothesis import strategies

from attention_core import attend, build_score, distribution_spec

ENERGIES = hypothesis.extra.numpy.arrays(
    np.float64, strategies.integers(1, 9), elements=strategies.floats(-8, 8, allow_nan=False).map(lambda x: round(x, 4))
)


def softmax(energies):
    powers = [np.exp(e - max(energies)) for e in energies]
    return np.array(powers) / sum(powers)


def sparsemax(energies):
    """The largest count of keys, from the top, whose energies all lie above the threshold they share."""
    ordered = sorted(energies, reverse=True)
    for count in range(len(ordered), 0, -1):
        threshold = (sum(ordered[:count]) - 1) / count
        if ordered[count - 1] > threshold:
            return np.array([max(e - threshold, 0.0) for e in energies])
    raise AssertionError("one key is always above its threshold")


def entmax15(energies):
    """The threshold by halving an interval that holds it."""
    halves = [e / 2 for e in energies]
    low, high = max(halves) - 1, max(halves)
    for _ in range(200):
        middle = (low + high) / 2
        if sum(max(h - middle, 0.0) ** 2 for h in halves) > 1:
            low = middle
        else:
            high = middle
    return np.array([max(h - low, 0.0) ** 2 for h in halves])


def hard(energies):
    weights = np.zeros(len(energies))
    weights[list(energies).index(max(energies))] = 1
    return weights


def top_k(energies, k):
    kept = sorted(range(len(energies)), key=lambda s: (-energies[s], s))[:k]
    weights = np.zeros(len(energies))
    weights[kept] = softmax([energies[s] for s in kept])
    return weights


@pytest.mark.parametrize(
    ("name", "options", "reference"),
    [
        ("softmax", {}, softmax),
        ("sparsemax", {}, sparsemax),
        ("entmax15", {}, entmax15),
        ("hard", {}, hard),
        ("top_k", {"k": 3}, lambda energies: top_k(energies, 3)),
    ],
    ids=lambda each: "loops" if callable(each) else str(each),
)
@hypothesis.given(energies=ENERGIES)
def test_weights_equal_the_loops(name, options, reference, energies):
    found = distribution_spec(name).weigh(torch.from_numpy(energies), **options)
    np.testing.assert_allclose(found, reference(energies.tolist()), atol=1e-7)


@hypothesis.given(
    shape=strategies.tuples(*[strategies.integers(1, 6)] * 4), width=strategies.integers(1, 5), seed=strategies.integers(0, 999)
)
def test_scaled_dot_is_torchs_attention(shape, width, seed):
    batch, rows, keys, value_width = shape
    generator = torch.Generator().manual_seed(seed)

    def drawn(*size):
        return torch.randn(size, generator=generator, dtype=torch.float64)

    query, key, value = drawn(batch, rows, width), drawn(batch, keys, width), drawn(batch, keys, value_width)
    key_mask = drawn(batch, rows, keys) > 0
    key_mask[..., 0] = True
    result = attend(build_score("scaled_dot", query_dim=width, key_dim=width), query, key, value, key_mask=key_mask)
    peer = torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=key_mask)
    torch.testing.assert_close(result.context, peer, atol=1e-10, rtol=1e-10)


def test_a_whole_pass_equals_the_loops():
    """Temperature, mask and context by hand, for a general score function."""
    torch.manual_seed(0)
    score = build_score("general", query_dim=2, key_dim=3).double()
    query, key, value = torch.randn(1, 2, 2).double(), torch.randn(1, 4, 3).double(), torch.randn(1, 4, 2).double()
    key_mask = torch.tensor([[True, True, False, True]])
    result = attend(score, query, key, value, key_mask=key_mask, temperature=0.3)
    for row in range(2):
        energies = [
            sum(query[0, row, i] * score.W[i, j] * key[0, s, j] for i in range(2) for j in range(3)).item() for s in range(4)
        ]
        kept = softmax([energies[s] / 0.3 for s in (0, 1, 3)])
        weights = np.array([kept[0], kept[1], 0, kept[2]])
        np.testing.assert_allclose(result.energies[0, row].detach(), energies, atol=1e-12)
        np.testing.assert_allclose(result.weights[0, row].detach(), weights, atol=1e-12)
        np.testing.assert_allclose(result.context[0, row].detach(), weights @ value[0].numpy(), atol=1e-12)
