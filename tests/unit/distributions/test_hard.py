import torch

from attention_core import distribution_spec

SPEC = distribution_spec("hard")


def test_all_weight_on_the_largest():
    assert SPEC.weigh(torch.tensor([[1.0, 3.0, 2.0], [-1.0, -torch.inf, -2.0]])).tolist() == [[0, 1, 0], [1, 0, 0]]


def test_the_first_of_equals():
    assert SPEC.weigh(torch.tensor([1.0, 7.0, 7.0, 7.0])).tolist() == [0, 1, 0, 0]
    assert SPEC.weigh(torch.zeros(5000)).nonzero().flatten().tolist() == [0]
