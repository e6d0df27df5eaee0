"""Additive attention: a small network with one hidden layer over query and key."""

import torch
from torch import Tensor, nn

from attention_core.blockwise import ACTIVATIONS, additive_energies
from attention_core.checks import check_pair, check_width
from attention_core.specs import Option, ScoreSpec, Step, Symbol

ACTIVATION = Option("activation", "Activation", "tanh", "The bend between the sum and vᵀ.", choices=tuple(ACTIVATIONS))
WIDTH = Option("width", "Width A", 128, "How many units the sum has.", minimum=1, maximum=8192)


class Additive(nn.Module):
    """Energies f(q, k) = vᵀ act(W₁k + W₂q + b).

    The sum of every query with every key, (B, T, S, A) numbers, is never held whole: see `blockwise.py`.

    Args:
        query_dim: Dq, the width of a query.
        key_dim: Dk, the width of a key; any width.
        width: A, the number of units.
        activation: `tanh`, `relu`, `gelu` or `sigmoid`.

    Raises:
        ValueError: an option is outside its choices or range.

    Source: Bahdanau, Cho and Bengio 2015, appendix A.1.2, https://arxiv.org/abs/1409.0473; here with a bias b and a choice
        of activation.

    Example:
        >>> import torch
        >>> module = Additive(1, 1, width=1, activation="relu")
        >>> for parameter, value in zip((module.v, module.W1, module.W2, module.b), (10.0, 1.0, 2.0, 0.5)):
        ...     parameter.data.fill_(value) is None
        False
        False
        False
        False
        >>> module(torch.tensor([[[3.0]]]), torch.tensor([[[4.0]]])).item()
        105.0
    """

    def __init__(self, query_dim: int, key_dim: int, width: int = WIDTH.default, activation: str = ACTIVATION.default) -> None:
        super().__init__()
        check_width("query_dim", query_dim)
        check_width("key_dim", key_dim)
        WIDTH.check(width)
        ACTIVATION.check(activation)
        self.query_dim, self.key_dim, self.width, self.activation = query_dim, key_dim, width, activation
        self.v = nn.Parameter(torch.randn(width) / width**0.5)  # (A,)
        self.W1 = nn.Parameter(torch.randn(width, key_dim) / key_dim**0.5)  # (A, Dk)
        self.W2 = nn.Parameter(torch.randn(width, query_dim) / query_dim**0.5)  # (A, Dq)
        self.b = nn.Parameter(torch.zeros(width))  # (A,)

    def forward(self, query: Tensor, key: Tensor) -> Tensor:
        """Energies (B, T, S) of queries (B, T, Dq) and keys (B, S, Dk)."""
        check_pair(query, key, self.query_dim, self.key_dim)
        from_key = key @ self.W1.T  # (B, S, A)
        from_query = query @ self.W2.T + self.b  # (B, T, A)
        return additive_energies(from_query, from_key, self.v, self.activation)  # (B, T, S)


def steps(module: Additive, query: Tensor, key: Tensor) -> dict[str, Tensor]:
    """The way to the energies, held whole: W₁k (B, S, A), W₂q (B, T, A), b (B, A), their sum and its activation (B, T, S, A),
    v (B, A), its products with the activation (B, T, S, A), energy (B, T, S).
    """
    from_key = key @ module.W1.T  # (B, S, A)
    from_query = query @ module.W2.T  # (B, T, A)
    total = from_key[:, None, :, :] + from_query[:, :, None, :] + module.b  # (B, T, S, A)
    bent = ACTIVATIONS[module.activation].apply(total)  # (B, T, S, A)
    products = module.v * bent  # (B, T, S, A)
    return {
        "W₁k": from_key,
        "W₂q": from_query,
        "b": module.b.expand(len(query), -1),
        "W₁k + W₂q + b": total,
        "act(…)": bent,
        "v": module.v.expand(len(query), -1),
        "v ⊙ act(…)": products,
        "energy": products.sum(-1),
    }


SPEC = ScoreSpec(
    name="additive",
    title="Additive",
    formula=r"f(q, k) = v^\top \operatorname{act}(W_1 k + W_2 q + b)",
    symbols=(
        Symbol("q", "the query", ("Dq",)),
        Symbol("k", "one key", ("Dk",)),
        Symbol("W_1", "what to read from a key", ("A", "Dk"), "W1"),
        Symbol("W_2", "what to read from the query", ("A", "Dq"), "W2"),
        Symbol("b", "where each unit bends", ("A",), "b"),
        Symbol("v", "what each unit counts for", ("A",), "v"),
    ),
    summary="A small network looks at query and key together, each through its own learned matrix, and v weighs what it sees.",
    source="Bahdanau, Cho and Bengio 2015, appendix A.1.2, https://arxiv.org/abs/1409.0473",
    when=(
        "Use it when queries and keys differ in width or in kind: it learns how to read each of them. For wide vectors it "
        "was found better than a dot product that is not scaled (Britz et al. 2017; Vaswani et al. 2017, section 3.2.1). "
        "It is the slowest function here: A units are bent for every pair of a query and a key, which no single matrix "
        "product does."
    ),
    build=Additive,
    steps=steps,
    way=(
        Step("W₁k", "W_1 k", ("S", "A"), "what each unit reads from the key"),
        Step("W₂q", "W_2 q", ("T", "A"), "what each unit reads from the query"),
        Step("b", "b", ("A",), "where each unit bends"),
        Step("W₁k + W₂q + b", "W_1 k + W_2 q + b", ("T", "S", "A"), "the sum of the three, unit by unit"),
        Step("act(…)", r"\operatorname{act}(\dots)", ("T", "S", "A"), "the sum, bent by the activation"),
        Step("v", "v", ("A",), "what each unit counts for"),
        Step(
            "v ⊙ act(…)",
            r"v \odot \operatorname{act}(\dots)",
            ("T", "S", "A"),
            "what each unit adds to the energy",
            is_terms=True,
        ),
        Step("energy", "f(q, k)", ("T", "S"), "the sum over all units"),
    ),
    options=(WIDTH, ACTIVATION),
)
