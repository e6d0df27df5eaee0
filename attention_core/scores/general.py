"""General attention: a learned matrix between query and key."""

import torch
from torch import Tensor, nn

from attention_core.checks import check_pair, check_width
from attention_core.specs import ScoreSpec, Step, Symbol


class General(nn.Module):
    """Energies f(q, k) = qᵀWk.

    Drawn anew, W's entries are normal with deviation 1/√(Dq·Dk), so that energies of unit-variance inputs have variance 1.

    Args:
        query_dim: Dq, the width of a query.
        key_dim: Dk, the width of a key; any width.

    Source: Luong, Pham and Manning 2015, section 3.1, "general", https://arxiv.org/abs/1508.04025

    Example:
        >>> import torch
        >>> module = General(1, 2)
        >>> module.W.data = torch.tensor([[10.0, 1.0]])
        >>> module(torch.tensor([[[2.0]]]), torch.tensor([[[3.0, 4.0]]])).item()
        68.0
    """

    def __init__(self, query_dim: int, key_dim: int) -> None:
        super().__init__()
        check_width("query_dim", query_dim)
        check_width("key_dim", key_dim)
        self.query_dim, self.key_dim = query_dim, key_dim
        self.W = nn.Parameter(torch.randn(query_dim, key_dim) / (query_dim * key_dim) ** 0.5)  # (Dq, Dk)

    def forward(self, query: Tensor, key: Tensor) -> Tensor:
        """Energies (B, T, S) of queries (B, T, Dq) and keys (B, S, Dk)."""
        check_pair(query, key, self.query_dim, self.key_dim)
        return query @ self.W @ key.transpose(1, 2)  # (B, T, S)


def steps(module: General, query: Tensor, key: Tensor) -> dict[str, Tensor]:
    """The way to the energies: qᵀW (B, T, Dk), its products with k (B, T, S, Dk), their sum (B, T, S)."""
    mapped = query @ module.W  # (B, T, Dk)
    products = mapped[:, :, None, :] * key[:, None, :, :]  # (B, T, S, Dk)
    return {"qᵀW": mapped, "qᵀW ⊙ k": products, "energy": products.sum(-1)}


SPEC = ScoreSpec(
    name="general",
    title="General",
    formula=r"f(q, k) = q^\top W k",
    symbols=(
        Symbol("q", "the query", ("Dq",)),
        Symbol("W", "which direction of the query asks for which direction of a key", ("Dq", "Dk"), "W"),
        Symbol("k", "one key", ("Dk",)),
    ),
    summary="A learned matrix W says which direction of the query asks for which of a key; the two may differ in width.",
    source="Luong, Pham and Manning 2015, section 3.1 (general), https://arxiv.org/abs/1508.04025",
    when=(
        "Use it when query and key come from different spaces, or differ in width, and there are data to learn W from. It "
        "costs two matrix products, but W holds Dq · Dk numbers: with wide vectors and few data it learns by heart. A "
        "Transformer's heads are this function with a W of low rank."
    ),
    build=General,
    steps=steps,
    way=(
        Step("qᵀW", r"q^\top W", ("T", "Dk"), "what the query asks for, in the components of a key"),
        Step("qᵀW ⊙ k", r"q^\top W \odot k", ("T", "S", "Dk"), "asked for times there, component by component", is_terms=True),
        Step("energy", "f(q, k)", ("T", "S"), "the sum of these products"),
    ),
)
