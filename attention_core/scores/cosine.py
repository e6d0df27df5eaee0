"""Content-based attention: the cosine of the angle between query and key."""

import torch
from torch import Tensor, linalg, nn

from attention_core.checks import check_pair, check_same_width
from attention_core.specs import ScoreSpec, Symbol

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


def _direction(vectors: Tensor) -> Tensor:
    smallest = max(SMALLEST_NORM, torch.finfo(vectors.dtype).tiny)  # float16 has no 1e-8
    return vectors / linalg.vector_norm(vectors, dim=-1, keepdim=True).clamp_min(smallest)


def steps(module: Cosine, query: Tensor, key: Tensor) -> dict[str, Tensor]:
    """The way to the energies: both directions (B, T, D) and (B, S, D), their products (B, T, S, D), the sum (B, T, S)."""
    query, key = _direction(query), _direction(key)
    products = query[:, :, None, :] * key[:, None, :, :]  # (B, T, S, D)
    return {"q / ‖q‖": query, "k / ‖k‖": key, "product": products, "energy": products.sum(-1)}


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
)
