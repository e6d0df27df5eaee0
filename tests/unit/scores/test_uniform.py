import torch

from attention_core import attend, score_spec
from attention_core.scores.uniform import Uniform


def test_every_key_counts_the_same_and_the_context_is_the_mean(random):
    value = torch.randn(2, 5, 3, generator=random)
    result = attend(Uniform(4, 6), torch.randn(2, 1, 4), torch.randn(2, 5, 6), value)
    assert not result.energies.any()
    torch.testing.assert_close(result.weights, torch.full((2, 1, 5), 0.2))
    torch.testing.assert_close(result.context[:, 0], value.mean(1))


def test_is_the_floor():
    assert score_spec("uniform").is_floor
