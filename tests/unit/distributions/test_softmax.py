import math

import torch

from attention_core import distribution_spec

SPEC = distribution_spec("softmax")


def test_hand_set_numbers():
    weights = SPEC.weigh(torch.tensor([math.log(1.0), math.log(2.0), math.log(5.0)]))
    torch.testing.assert_close(weights, torch.tensor([0.125, 0.25, 0.625]))


def test_one_more_unit_of_energy_is_e_times_the_weight():
    weights = SPEC.weigh(torch.tensor([0.0, 1.0, -3.0]))
    assert math.isclose(weights[1] / weights[0], math.e, rel_tol=1e-6)


def test_steps():
    found = SPEC.steps(torch.tensor([[0.0, math.log(3.0)]]))
    torch.testing.assert_close(found["exp"], torch.tensor([[1 / 3, 1.0]]))
    torch.testing.assert_close(found["sum"], torch.tensor([[4 / 3]]))
