import pytest
import torch

from attention_core.checks import check_pair, check_width


@pytest.mark.parametrize("width", [0, -3, 2.0, True, None])
def test_width_is_a_positive_whole_number(width):
    with pytest.raises(ValueError) as refused:
        check_width("query_dim", width)
    assert str(refused.value) == f"query_dim must be a whole number of at least 1, got {width!r}."


@pytest.mark.parametrize(
    ("query", "key", "sentence"),
    [
        ((4, 3), (1, 5, 2), "query must have the three axes (B, T, Dq), got shape (4, 3)."),
        ((1, 4, 3), (5,), "key must have the three axes (B, S, Dk), got shape (5,)."),
        ((1, 4, 7), (1, 5, 2), "query must be 3 wide, got 7. Build the score function for that width."),
        ((1, 4, 3), (1, 5, 9), "key must be 2 wide, got 9. Build the score function for that width."),
        ((6, 4, 3), (7, 5, 2), "key must have the batch size of query (6), got 7."),
    ],
)
def test_query_and_key_must_match_what_was_built(query, key, sentence):
    with pytest.raises(ValueError) as refused:
        check_pair(torch.zeros(query), torch.zeros(key), 3, 2)
    assert str(refused.value) == sentence
