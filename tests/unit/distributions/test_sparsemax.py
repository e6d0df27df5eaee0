import torch

from attention_core import distribution_spec

SPEC = distribution_spec("sparsemax")


def test_hand_set_numbers():
    """Two keys stay: τ = (1 + 0.8 − 1) / 2 = 0.4; the third lies below it."""
    found = SPEC.steps(torch.tensor([[1.0, 0.8, 0.1]]))
    torch.testing.assert_close(found["weight"], torch.tensor([[0.6, 0.4, 0.0]]))
    torch.testing.assert_close(found["τ"], torch.tensor([[0.4 - 1.0]]))  # beside energies less their largest
    assert found["weight"][0, 2] == 0


def test_a_lead_of_1_takes_all():
    assert SPEC.weigh(torch.tensor([2.0, 1.0, -5.0])).tolist() == [1.0, 0.0, 0.0]


def test_a_point_of_the_simplex_stays_where_it_is():
    point = torch.tensor([0.2, 0.5, 0.3])
    torch.testing.assert_close(SPEC.weigh(point), point)
