"""The study of widths against theory and a NumPy route; shapes of steps against what forward makes."""

import math

import numpy as np
import pytest
import torch

from attention_core import score_names
from attention_core.study import width_study

WIDTHS = (16, 256)


@pytest.fixture(scope="module")
def study():
    return width_study(widths=WIDTHS, draws=64, keys=32, seed=5)


def error(width, draws=64, keys=32):
    """Four standard errors of the deviation: the queries' lengths and the energies both vary (χ²)."""
    return 4 * math.sqrt(2 / (draws * width) + 2 / (draws * keys)) / 2


@pytest.mark.parametrize(("place", "width"), list(enumerate(WIDTHS)))
def test_a_sum_of_products_spreads_by_the_root_of_the_width_and_over_that_root_by_1(study, place, width):
    assert study.spread["multiplicative"][place] / math.sqrt(width) == pytest.approx(1, abs=error(width))
    assert study.spread["scaled_dot"][place] == pytest.approx(1, abs=error(width))
    assert study.spread["cosine"][place] * math.sqrt(width) == pytest.approx(1, abs=error(width) + 1 / width)


def test_no_attention_has_no_spread_and_equal_weights(study):
    assert study.spread["uniform"].tolist() == [0, 0]
    np.testing.assert_allclose(study.largest["uniform"], 1 / 32)


def test_the_numbers_are_those_of_a_slow_route(study):
    generator = torch.Generator().manual_seed(5)
    for place, width in enumerate(WIDTHS):
        query = torch.randn(64, 1, width, generator=generator).numpy().astype(np.float64)
        key = torch.randn(64, 32, width, generator=generator).numpy().astype(np.float64)
        energies = np.array([[sum(query[n, 0] * key[n, s]) for s in range(32)] for n in range(64)])
        raised = np.exp(energies - energies.max(1, keepdims=True))
        weights = raised / raised.sum(1, keepdims=True)
        assert study.spread["multiplicative"][place] == pytest.approx(energies.std(), rel=1e-5)
        assert study.largest["multiplicative"][place] == pytest.approx(weights.max(1).mean(), rel=1e-4)
        np.testing.assert_allclose(study.weights["multiplicative"][place], np.sort(weights[0])[::-1], atol=1e-5)


def test_the_seed_says_it_all():
    one, same, other = (width_study(widths=(8,), draws=2, keys=3, seed=seed) for seed in (1, 1, 2))
    for name in score_names():
        np.testing.assert_array_equal(one.weights[name], same.weights[name])
    assert not np.array_equal(one.weights["general"], other.weights["general"])


@pytest.mark.parametrize("name", score_names())
def test_every_weight_of_the_study_belongs_to_a_distribution(study, name):
    np.testing.assert_allclose(study.weights[name].sum(1), 1, rtol=1e-6)
    assert (np.diff(study.weights[name]) <= 0).all()
