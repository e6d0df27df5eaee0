"""Content-based attention: the cosine of the angle between query and key."""

import torch
from torch import Tensor, linalg, nn

from attention_core.checks import check_pair, check_same_width
from attention_core.specs import ScoreSpec, Step, Symbol

SMALLEST_NORM = 1e-8  # a vector of zeros has no direction: its cosine is 0, not NaN


class Cosine(nn.Module):
    """Energies f(q, k) = qᵀk / (‖q‖ ‖k‖), between −1 and 1.

    Args:
        query_dim: Dq, the width of a query.
        key_dim: Dk, the width of a key; equal to Dq.

    Raises:
        ValueError: the widths differ.

    Source: Graves, Wayne and Danihelka 2014, section 3.3.1, equation 6, https://arxiv.org/abs/1410.5401.
        Their key strength β is one over the temperature here.

    Example:
        >>> import torch
        >>> round(Cosine(2, 2)(torch.tensor([[[3.0, 4.0]]]), torch.tensor([[[30.0, 40.0]]])).item(), 6)
        1.0
    """

    def __init__(self, query_dim: int, key_dim: int) -> None:
        super().__init__()
        check_same_width("cosine", query_dim, key_dim)
        self.query_dim, self.key_dim = query_dim, key_dim

    def forward(self, query: Tensor, key: Tensor) -> Tensor:
        """Energies (B, T, S) of queries (B, T, Dq) and keys (B, S, Dk)."""
        check_pair(query, key, self.query_dim, self.key_dim)
        return _direction(query) @ _direction(key).transpose(1, 2)  # (B, T, S)


def _length(vectors: Tensor) -> Tensor:
    smallest = max(SMALLEST_NORM, torch.finfo(vectors.dtype).tiny)  # float16 has no 1e-8
    return linalg.vector_norm(vectors, dim=-1, keepdim=True).clamp_min(smallest)


def _direction(vectors: Tensor) -> Tensor:
    return vectors / _length(vectors)


def steps(module: Cosine, query: Tensor, key: Tensor) -> dict[str, Tensor]:
    """The way to the energies: products (B, T, S, D), their sum (B, T, S), both lengths (B, T) and (B, S), the sum over both."""
    products = query[:, :, None, :] * key[:, None, :, :]  # (B, T, S, D)
    total, lengths = products.sum(-1), (_length(query)[..., 0], _length(key)[..., 0])  # (B, T, S), (B, T), (B, S)
    energy = total / lengths[0][:, :, None] / lengths[1][:, None, :]  # (B, T, S)
    return {"q ⊙ k": products, "qᵀk": total, "‖q‖": lengths[0], "‖k‖": lengths[1], "energy": energy}


SPEC = ScoreSpec(
    name="cosine",
    title="Cosine",
    formula=r"f(q, k) = \frac{q^\top k}{\lVert q \rVert \, \lVert k \rVert}",
    symbols=(
        Symbol("q", "the query", ("Dq",)),
        Symbol("k", "one key", ("Dk",)),
        Symbol(r"\lVert q \rVert", "the query's length"),
        Symbol(r"\lVert k \rVert", "the key's length"),
    ),
    summary="Only the angle counts: energies stay between −1 and 1, so weights are nearly even until you lower the temperature.",
    source="Graves, Wayne and Danihelka 2014, section 3.3.1, https://arxiv.org/abs/1410.5401",
    when=(
        "Use it when only the direction should count and lengths are noise, as for embeddings that are compared by their "
        "angle. Query and key need one width and a common space; without a low temperature (the paper learns a strength "
        "instead) the weights stay nearly even. It costs one matrix product and a division by both lengths."
    ),
    build=Cosine,
    steps=steps,
    way=(
        Step("q ⊙ k", r"q \odot k", ("T", "S", "D"), "query times key, component by component", is_terms=True),
        Step("qᵀk", r"q^\top k", ("T", "S"), "the sum of these products"),
        Step("‖q‖", r"\lVert q \rVert", ("T",), "the query's length"),
        Step("‖k‖", r"\lVert k \rVert", ("S",), "the key's length"),
        Step(
            "energy",
            "f(q, k)",
            ("T", "S"),
            "the sum over both lengths: the cosine of the angle",
            made=r"\frac{{{0}}}{{{1} \cdot {2}}}",
            of=("qᵀk", "‖q‖", "‖k‖"),
        ),
    ),
)
