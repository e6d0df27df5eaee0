import pytest
import torch

from attention_core.scores.general import General, steps


def test_allennlp_published_numbers():
    """The case of allennlp/tests/modules/attention/bilinear_attention_test.py, less its bias of 0.1, which we do not have."""
    module = General(2, 2)
    module.W.data = torch.tensor([[-0.3, 0.5], [2.0, -1.0]])
    energies = module(torch.tensor([[[1.0, 1]]]), torch.tensor([[[1.0, 0], [0, 1]]]))
    torch.testing.assert_close(energies, torch.tensor([[[1.8, -0.4]]]) - 0.1)


def test_joins_two_widths():
    module = General(2, 3)
    module.W.data = torch.tensor([[1.0, 0, -1], [0, 2, 0]])
    found = steps(module, torch.tensor([[[2.0, 1]]]), torch.tensor([[[1.0, 1, 1], [0, 3, 4]]]))
    assert found["qᵀW"].tolist() == [[[2.0, 2.0, -2.0]]]
    assert found["qᵀW ⊙ k"].tolist() == [[[[2.0, 2.0, -2.0], [0.0, 6.0, -8.0]]]]
    assert found["energy"].tolist() == [[[2.0, -2.0]]]


def test_is_drawn_with_unit_variance_energies():
    torch.manual_seed(0)
    energies = General(48, 80)(torch.randn(1, 300, 48), torch.randn(1, 300, 80))
    assert energies.std().item() == pytest.approx(1, rel=0.1)
