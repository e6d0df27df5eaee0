"""Scaled dot-product attention: the dot product over the square root of the width."""

import math

from torch import Tensor, nn

from attention_core.checks import check_pair, check_same_width
from attention_core.specs import ScoreSpec, Step, Symbol


class ScaledDot(nn.Module):
    """Energies f(q, k) = qᵀk / √D.

    The dot product of two random vectors of width D spreads like √D; dividing by √D keeps the softmax from saturating.

    Args:
        query_dim: Dq, the width of a query.
        key_dim: Dk, the width of a key; equal to Dq.

    Raises:
        ValueError: the widths differ.

    Source: Vaswani et al. 2017, section 3.2.1, https://arxiv.org/abs/1706.03762

    Example:
        >>> import torch
        >>> ScaledDot(4, 4)(torch.ones(1, 1, 4), torch.ones(1, 1, 4)).item()
        2.0
    """

    def __init__(self, query_dim: int, key_dim: int) -> None:
        super().__init__()
        check_same_width("scaled_dot", query_dim, key_dim)
        self.query_dim, self.key_dim = query_dim, key_dim

    def forward(self, query: Tensor, key: Tensor) -> Tensor:
        """Energies (B, T, S) of queries (B, T, Dq) and keys (B, S, Dk)."""
        check_pair(query, key, self.query_dim, self.key_dim)
        return query @ key.transpose(1, 2) / math.sqrt(self.query_dim)  # (B, T, S)


def steps(module: ScaledDot, query: Tensor, key: Tensor) -> dict[str, Tensor]:
    """The way to the energies: products (B, T, S, D), their sum (B, T, S), √D (B,), and the sum over it (B, T, S)."""
    products = query[:, :, None, :] * key[:, None, :, :]  # (B, T, S, D)
    total = products.sum(-1)  # (B, T, S)
    root = math.sqrt(module.query_dim)
    return {"q ⊙ k": products, "qᵀk": total, "√D": query.new_full((len(query),), root), "energy": total / root}


SPEC = ScoreSpec(
    name="scaled_dot",
    title="Scaled dot",
    formula=r"f(q, k) = \frac{q^\top k}{\sqrt{D}}",
    symbols=(
        Symbol("q", "the query", ("Dq",)),
        Symbol("k", "one key", ("Dk",)),
        Symbol("D", "the width of both"),
    ),
    summary="The dot product, divided by √D so that wide vectors do not make the softmax one-sided. The Transformer's choice.",
    source="Vaswani et al. 2017, section 3.2.1, https://arxiv.org/abs/1706.03762",
    when=(
        "Use it wherever the dot product would do and vectors are wide: divided by √D, energies keep their spread "
        "whatever the width, and the softmax keeps its gradient. It costs one matrix product and there is nothing to "
        "learn; a Transformer learns the maps that make its queries and keys instead. Query and key need one width."
    ),
    build=ScaledDot,
    steps=steps,
    way=(
        Step("q ⊙ k", r"q \odot k", ("T", "S", "D"), "query times key, component by component", is_terms=True),
        Step("qᵀk", r"q^\top k", ("T", "S"), "the sum of these products"),
        Step("√D", r"\sqrt{D}", (), "how far such sums spread, by the width alone"),
        Step("energy", "f(q, k)", ("T", "S"), "the sum, divided", made=r"\frac{{{0}}}{{{1}}}", of=("qᵀk", "√D")),
    ),
)
