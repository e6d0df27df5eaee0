import math

import pytest
import torch

from attention_core.scores.additive import Additive, steps


def hand_set(activation="tanh"):
    """Two units over queries 2 wide and keys 3 wide, with the numbers AllenNLP publishes in the test of its AdditiveAttention.

    allennlp/tests/modules/attention/additive_attention_test.py. Its w_matrix multiplies the query and its u_matrix the key,
    both from the right; it has no bias.
    """
    module = Additive(2, 3, width=2, activation=activation)
    module.W2.data = torch.tensor([[-0.2, -0.5], [0.3, 0.5]])  # (A, Dq)
    module.W1.data = torch.tensor([[0.0, 1.0, 1.0], [1.0, 1.0, -1.0]])  # (A, Dk)
    module.v.data = torch.tensor([1.0, -1.0])
    return module


QUERY = torch.tensor([[[0.7, -0.8]], [[0.4, 0.9]]])  # (2, 1, 2)
KEY = torch.tensor(
    [
        [[1.0, -1.0, 3.0], [0.5, -0.3, 0.0], [0.2, -1.0, 1.0], [0.7, 0.8, -1.0]],
        [[-2.0, 3.0, -3.0], [0.6, 0.2, 2.0], [0.5, -0.4, -1.0], [0.2, 0.2, 0.0]],
    ]
)  # (2, 4, 3)


def test_allennlp_published_numbers():
    published = torch.tensor([[[1.975072, -0.04997836, 1.2176098, -0.9205586]], [[-1.4851665, 1.489604, -1.890285, -1.0672251]]])
    torch.testing.assert_close(hand_set()(QUERY, KEY), published, atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    ("activation", "expected"),
    [
        ("relu", 2.0),  # max(1, 0) · 3 + max(−0.5, 0) · 2 − 1 · max(1, 0)
        ("tanh", 3 * math.tanh(1) + 2 * math.tanh(-0.5) - math.tanh(1)),
        ("sigmoid", 3 / (1 + math.exp(-1)) + 2 / (1 + math.exp(0.5)) - 1 / (1 + math.exp(-1))),
        ("gelu", 2 * 0.8413447460685429 - 1.0 * 0.3085375387259869),  # Φ(1), Φ(−0.5)
    ],
)
def test_every_activation_and_the_bias(activation, expected):
    module = Additive(1, 1, width=3, activation=activation)
    module.W1.data = torch.tensor([[1.0], [0.0], [0.5]])
    module.W2.data = torch.tensor([[0.0], [-1.0], [0.0]])
    module.b.data = torch.tensor([-1.0, 0.5, 0.0])
    module.v.data = torch.tensor([3.0, 2.0, -1.0])
    # The sums are 2 − 1 = 1, −1 + 0.5 = −0.5 and 0.5 · 2 = 1.
    assert module(torch.tensor([[[1.0]]]), torch.tensor([[[2.0]]])).item() == pytest.approx(expected, abs=1e-6)


def test_steps_hold_every_stage():
    names = list(steps(hand_set("relu"), QUERY, KEY))
    assert names == ["W₁k", "W₂q", "b", "W₁k + W₂q + b", "act(…)", "v", "v ⊙ act(…)", "energy"]
    found = steps(hand_set("relu"), QUERY, KEY)
    torch.testing.assert_close(found["W₁k"][0, 0], torch.tensor([2.0, -3.0]))
    torch.testing.assert_close(found["W₂q"][0, 0], torch.tensor([0.26, -0.19]))
    torch.testing.assert_close(found["act(…)"][0, 0, 0], torch.tensor([2.26, 0.0]))
    assert found["energy"][0, 0, 0].item() == pytest.approx(2.26)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"width": 0}, "width must be a whole number from 1 to 8192, got 0."),
        ({"width": 2.0}, "width must be a whole number from 1 to 8192, got 2.0."),
        ({"width": True}, "width must be a whole number from 1 to 8192, got True."),
        ({"activation": "swish"}, "activation must be one of tanh, relu, gelu, sigmoid, got 'swish'."),
    ],
)
def test_refuses_options_outside_their_range(options, sentence):
    with pytest.raises(ValueError) as refused:
        Additive(2, 3, **options)
    assert str(refused.value) == sentence


def test_is_drawn_with_unit_variance_sums():
    torch.manual_seed(0)
    module = Additive(64, 32, width=512)
    assert module.W1.std().item() == pytest.approx(32**-0.5, rel=0.05)
    assert module.W2.std().item() == pytest.approx(64**-0.5, rel=0.05)
    assert module.v.std().item() == pytest.approx(512**-0.5, rel=0.1)
    assert not module.b.any()
