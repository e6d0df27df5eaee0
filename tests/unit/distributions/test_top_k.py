import math

import pytest
import torch

from attention_core import attend, build_score, distribution_spec

SPEC = distribution_spec("top_k")
ENERGIES = torch.tensor([math.log(1.0), math.log(3.0), math.log(2.0), math.log(2.0)])


@pytest.mark.parametrize(
    ("k", "expected"),
    [
        (1, [0, 1, 0, 0]),
        (2, [0, 0.6, 0.4, 0]),  # the first of equals stays
        (3, [0, 3 / 7, 2 / 7, 2 / 7]),
        (4, [1 / 8, 3 / 8, 2 / 8, 2 / 8]),
        (9, [1 / 8, 3 / 8, 2 / 8, 2 / 8]),  # more than there are
    ],
)
def test_softmax_of_the_largest(k, expected):
    weights = SPEC.weigh(ENERGIES, k=k)
    torch.testing.assert_close(weights, torch.tensor(expected, dtype=torch.float32))
    assert weights.count_nonzero() == min(k, 4)


def test_masked_keys_are_not_among_the_largest():
    energies = torch.tensor([0.0, -torch.inf, -torch.inf, 0.0])
    assert SPEC.weigh(energies, k=3).tolist() == [0.5, 0, 0, 0.5]


@pytest.mark.parametrize("k", [0, 513, 2.5, True])
def test_k_outside_its_range_is_refused(k):
    score = build_score("uniform", query_dim=1, key_dim=1)
    with pytest.raises(ValueError) as refused:
        attend(score, torch.ones(1, 1, 1), torch.ones(1, 2, 1), distribution="top_k", distribution_options={"k": k})
    assert str(refused.value) == f"k must be a whole number from 1 to 512, got {k!r}."


def test_the_first_of_many_equals_stay():
    """A sort that is not stable keeps the order of a few equals, and not of thousands."""
    assert SPEC.weigh(torch.zeros(5000), k=3).nonzero().flatten().tolist() == [0, 1, 2]
