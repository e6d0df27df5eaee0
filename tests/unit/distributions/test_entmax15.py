import torch

from attention_core import distribution_spec

SPEC = distribution_spec("entmax15")


def test_hand_set_numbers():
    """Energies 2(0.8 + τ), 2(0.6 + τ) and one far below give weights 0.8² and 0.6², for any τ."""
    weights = SPEC.weigh(torch.tensor([1.6, 1.2, -9.0]))
    torch.testing.assert_close(weights, torch.tensor([0.64, 0.36, 0.0]))
    assert weights[2] == 0


def test_a_lead_of_2_takes_all():
    torch.testing.assert_close(SPEC.weigh(torch.tensor([2.0, 0.0, -1.0])), torch.tensor([1.0, 0.0, 0.0]))


def test_masked_keys_count_for_nothing():
    weights = SPEC.weigh(torch.tensor([1.6, -torch.inf, 1.2]))
    torch.testing.assert_close(weights, torch.tensor([0.64, 0.0, 0.36]))


def test_steps_square_what_lies_above_the_threshold():
    found = SPEC.steps(torch.tensor([[1.6, 1.2, -9.0]]))
    above = (found["(e − max e) / 2"] - found["τ"]).clamp_min(0)
    torch.testing.assert_close(above**2, found["weight"])
