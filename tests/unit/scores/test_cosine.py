import pytest
import torch

from attention_core.scores.cosine import Cosine, steps


def test_allennlp_published_numbers():
    """The case of allennlp/tests/modules/attention/cosine_attention_test.py: a query of zeros has cosine 0 with everything."""
    query = torch.tensor([[[0.0, 0, 0]], [[1, 1, 1]]])
    key = torch.tensor([[[1.0, 2, 3], [4, 5, 6]], [[7, 8, 9], [10, 11, 12]]])
    energies = Cosine(3, 3)(query, key)
    torch.testing.assert_close(energies, torch.tensor([[[0.0, 0.0]], [[0.9948, 0.9973]]]), atol=5e-5, rtol=0)


def test_length_does_not_count():
    query = torch.tensor([[[3.0, 4]]])
    energies = Cosine(2, 2)(query, torch.tensor([[[4.0, 3], [400, 300], [-0.03, -0.04]]]))
    torch.testing.assert_close(energies, torch.tensor([[[0.96, 0.96, -1.0]]]))


def test_gradient_of_a_vector_of_zeros_is_finite():
    query = torch.zeros(1, 1, 2, requires_grad=True)
    Cosine(2, 2)(query, torch.ones(1, 1, 2)).sum().backward()
    assert torch.isfinite(query.grad).all()


def test_steps_hold_the_products_and_both_lengths():
    found = steps(Cosine(2, 2), torch.tensor([[[3.0, 4]]]), torch.tensor([[[0.0, 2]]]))
    torch.testing.assert_close(found["q ⊙ k"], torch.tensor([[[[0.0, 8.0]]]]))
    torch.testing.assert_close(found["‖q‖"], torch.tensor([[5.0]]))
    torch.testing.assert_close(found["‖k‖"], torch.tensor([[2.0]]))
    torch.testing.assert_close(found["energy"], torch.tensor([[[0.8]]]))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_a_vector_of_zeros_has_cosine_0_in_every_type(dtype):
    assert Cosine(2, 2)(torch.zeros(1, 1, 2, dtype=dtype), torch.ones(1, 1, 2, dtype=dtype)).item() == 0
