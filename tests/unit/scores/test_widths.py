"""The score functions that need queries and keys of one width name the one that does not."""

import pytest

from attention_core import build_score


@pytest.mark.parametrize("name", ["multiplicative", "scaled_dot", "cosine"])
def test_two_widths_are_refused_naming_general(name):
    with pytest.raises(ValueError) as refused:
        build_score(name, query_dim=3, key_dim=5)
    assert str(refused.value) == (
        f"key_dim must equal query_dim (3) for {name}, got 5. Use general, whose matrix W joins two widths."
    )


@pytest.mark.parametrize("name", ["additive", "general", "location", "uniform"])
def test_two_widths_are_joined(name):
    build_score(name, query_dim=3, key_dim=5)
