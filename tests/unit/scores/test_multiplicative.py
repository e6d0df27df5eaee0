import torch

from attention_core.scores.multiplicative import Multiplicative, steps


def test_allennlp_published_numbers():
    """The case of allennlp/tests/modules/attention/dot_product_attention_test.py."""
    query = torch.tensor([[[0.0, 0, 0]], [[1, 1, 1]]])
    key = torch.tensor([[[1.0, 2, 3], [4, 5, 6]], [[7, 8, 9], [10, 11, 12]]])
    assert Multiplicative(3, 3)(query, key).tolist() == [[[0.0, 0.0]], [[24.0, 33.0]]]


def test_row_is_query_and_column_is_key():
    query = torch.tensor([[[1.0, 0], [0, 1]]])
    key = torch.tensor([[[1.0, 2], [3, 4], [5, 6]]])
    assert Multiplicative(2, 2)(query, key).tolist() == [[[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]]]


def test_steps_hold_the_products():
    found = steps(Multiplicative(2, 2), torch.tensor([[[1.0, -2]]]), torch.tensor([[[3.0, 4], [0, 1]]]))
    assert found["q ⊙ k"].tolist() == [[[[3.0, -8.0], [0.0, -2.0]]]]
    assert found["energy"].tolist() == [[[-5.0, -2.0]]]


def test_learns_nothing():
    assert not list(Multiplicative(2, 2).parameters())
