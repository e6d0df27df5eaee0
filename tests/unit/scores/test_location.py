import pytest
import torch

from attention_core.scores.location import Location, steps


def hand_set():
    module = Location(2, 1, max_positions=3)
    module.W.data = torch.tensor([[1.0, 0], [0, 1], [1, 1]])  # (P, Dq)
    module.b.data = torch.tensor([0.0, 10, -1])
    return module


def test_hand_set_map():
    query = torch.tensor([[[2.0, 3], [-1, 0]]])
    assert hand_set()(query, torch.zeros(1, 3, 1)).tolist() == [[[2.0, 13.0, 4.0], [-1.0, 10.0, -2.0]]]
    assert steps(hand_set(), query, torch.zeros(1, 3, 1))["Wq"].tolist() == [[[2.0, 3.0, 5.0], [-1.0, 0.0, -1.0]]]


def test_fewer_keys_get_the_first_positions():
    query = torch.tensor([[[2.0, 3]]])
    assert hand_set()(query, torch.zeros(1, 2, 1)).tolist() == [[[2.0, 13.0]]]


def test_is_blind_to_what_the_keys_hold(random):
    query, key = torch.randn(1, 4, 2, generator=random), torch.randn(1, 3, 1, generator=random)
    assert torch.equal(hand_set()(query, key), hand_set()(query, 100 * key.flip(1)))


def test_refuses_more_keys_than_positions():
    with pytest.raises(ValueError) as refused:
        hand_set()(torch.zeros(1, 1, 2), torch.zeros(1, 4, 1))
    assert str(refused.value) == (
        "key must hold at most max_positions (3) keys for location, got 4. Build it with a larger max_positions."
    )


@pytest.mark.parametrize("positions", [0, 65537, 1.5])
def test_refuses_positions_outside_their_range(positions):
    with pytest.raises(ValueError) as refused:
        Location(2, 1, max_positions=positions)
    assert str(refused.value) == f"max_positions must be a whole number from 1 to 65536, got {positions!r}."
