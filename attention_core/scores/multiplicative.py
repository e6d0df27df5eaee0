"""Multiplicative attention: the dot product of query and key."""

from torch import Tensor, nn

from attention_core.checks import check_pair, check_same_width
from attention_core.specs import ScoreSpec, Step, Symbol


class Multiplicative(nn.Module):
    """Energies f(q, k) = qᵀk.

    Args:
        query_dim: Dq, the width of a query.
        key_dim: Dk, the width of a key; equal to Dq.

    Raises:
        ValueError: the widths differ.

    Source: Luong, Pham and Manning 2015, section 3.1, "dot", https://arxiv.org/abs/1508.04025

    Example:
        >>> import torch
        >>> Multiplicative(2, 2)(torch.tensor([[[1.0, 2.0]]]), torch.tensor([[[3.0, 4.0]]])).item()
        11.0
    """

    def __init__(self, query_dim: int, key_dim: int) -> None:
        super().__init__()
        check_same_width("multiplicative", query_dim, key_dim)
        self.query_dim, self.key_dim = query_dim, key_dim

    def forward(self, query: Tensor, key: Tensor) -> Tensor:
        """Energies (B, T, S) of queries (B, T, Dq) and keys (B, S, Dk)."""
        check_pair(query, key, self.query_dim, self.key_dim)
        return query @ key.transpose(1, 2)  # (B, T, S)


def steps(module: Multiplicative, query: Tensor, key: Tensor) -> dict[str, Tensor]:
    """The way to the energies: the products q·k component by component (B, T, S, D), then their sum (B, T, S)."""
    products = query[:, :, None, :] * key[:, None, :, :]  # (B, T, S, D)
    return {"q ⊙ k": products, "energy": products.sum(-1)}  # (B, T, S)


SPEC = ScoreSpec(
    name="multiplicative",
    title="Multiplicative",
    formula=r"f(q, k) = q^\top k",
    symbols=(
        Symbol("q", "the query", ("Dq",)),
        Symbol("k", "one key", ("Dk",)),
    ),
    summary="Large where query and key point the same way: what it finds is already in q and k.",
    source="Luong, Pham and Manning 2015, section 3.1 (dot), https://arxiv.org/abs/1508.04025",
    when=(
        "Use it when query and key have one width and already share a space in which pointing the same way means "
        "belonging together. It costs one matrix product and there is nothing to learn. Not for wide vectors: its "
        "energies grow like √D, and a softmax over them ends up on one key."
    ),
    build=Multiplicative,
    steps=steps,
    way=(
        Step("q ⊙ k", r"q \odot k", ("T", "S", "D"), "query times key, component by component", is_terms=True),
        Step("energy", "f(q, k)", ("T", "S"), "the sum of these products"),
    ),
)
