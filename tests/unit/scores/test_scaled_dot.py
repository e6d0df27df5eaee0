import torch

from attention_core.scores.scaled_dot import ScaledDot, steps


def test_hand_set_numbers():
    query, key = torch.tensor([[[1.0, 2, 3, 4]]]), torch.tensor([[[1.0, 1, 1, 1], [0, 0, 0, -2]]])
    assert ScaledDot(4, 4)(query, key).tolist() == [[[5.0, -4.0]]]
    found = steps(ScaledDot(4, 4), query, key)
    assert found["qᵀk"].tolist() == [[[10.0, -8.0]]]
    assert found["q ⊙ k"][0, 0, 1].tolist() == [0.0, 0.0, 0.0, -8.0]


def test_spread_does_not_grow_with_the_width(random):
    for width in (16, 256):
        query, key = (torch.randn(1, 200, width, generator=random) for _ in range(2))
        assert 0.9 < ScaledDot(width, width)(query, key).std() < 1.1
