"""AUC and calibration error against counts by hand and scikit-learn's way of reckoning."""

import numpy as np
import pytest

from attention_core.training.find_measure import auc, calibration_error


def test_auc_counts_pairs_in_the_right_order():
    values, there = np.array([0.9, 0.4, 0.4, 0.1]), np.array([1.0, 1.0, 0.0, 0.0])
    assert auc(values, there) == pytest.approx((1 + 1 + 0.5 + 1) / 4)
    assert auc(np.zeros(4), there) == 0.5


def test_auc_equals_a_slow_count():
    random = np.random.default_rng(0)
    values, there = random.integers(0, 9, 60) / 8, random.integers(0, 2, 60).astype(float)
    pairs = [(a > b) + 0.5 * (a == b) for a in values[there == 1] for b in values[there == 0]]
    assert auc(values, there) == pytest.approx(np.mean(pairs))


def test_calibration_error_by_hand():
    p, there = np.array([0.05, 0.05, 0.95, 1.0]), np.array([0.0, 1.0, 1.0, 1.0])
    # first bin: |0.1 − 1| = 0.9; last bin: |1.95 − 2| = 0.05; over 4 cases
    assert calibration_error(p, there) == pytest.approx(0.95 / 4)
    assert calibration_error(there, there) == 0
