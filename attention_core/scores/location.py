"""Location-based attention: where to look, from the query alone."""

import torch
from torch import Tensor, nn

from attention_core.checks import check_pair, check_width
from attention_core.specs import Option, ScoreSpec, Step, Symbol

MAX_POSITIONS = Option(
    "max_positions", "Most positions", 512, "How many positions the map can point to.", minimum=1, maximum=65536
)


class Location(nn.Module):
    """Energies f(q, k at position s) = (Wq + b)ₛ: blind to what the keys hold, only their number counts.

    Args:
        query_dim: Dq, the width of a query.
        key_dim: Dk, the width of a key; never looked at.
        max_positions: P, the most keys there can be; with S keys the energies of the first S positions are returned.

    Raises:
        ValueError: max_positions is out of range, or (on a call) there are more keys than max_positions.

    Source: Luong, Pham and Manning 2015, section 3.1, equation 8, https://arxiv.org/abs/1508.04025; here with a bias b,
        a preference for positions that holds for every query.

    Example:
        >>> import torch
        >>> module = Location(1, 1, max_positions=3)
        >>> module.W.data, module.b.data = torch.tensor([[1.0], [2.0], [3.0]]), torch.zeros(3)
        >>> module(torch.tensor([[[2.0]]]), torch.randn(1, 2, 1)).tolist()
        [[[2.0, 4.0]]]
    """

    def __init__(self, query_dim: int, key_dim: int, max_positions: int = MAX_POSITIONS.default) -> None:
        super().__init__()
        check_width("query_dim", query_dim)
        check_width("key_dim", key_dim)
        MAX_POSITIONS.check(max_positions)
        self.query_dim, self.key_dim, self.max_positions = query_dim, key_dim, max_positions
        self.W = nn.Parameter(torch.randn(max_positions, query_dim) / query_dim**0.5)  # (P, Dq)
        self.b = nn.Parameter(torch.zeros(max_positions))  # (P,)

    def forward(self, query: Tensor, key: Tensor) -> Tensor:
        """Energies (B, T, S) of queries (B, T, Dq) for as many positions as there are keys (B, S, Dk)."""
        check_pair(query, key, self.query_dim, self.key_dim)
        count = key.shape[1]
        if count > self.max_positions:
            raise ValueError(
                f"key must hold at most max_positions ({self.max_positions}) keys for location, got {count}. "
                "Build it with a larger max_positions."
            )
        return query @ self.W[:count].T + self.b[:count]  # (B, T, S)


def steps(module: Location, query: Tensor, key: Tensor) -> dict[str, Tensor]:
    """The way to the energies: each position's row of W times q (B, T, S, Dq), the sums Wq (B, T, S), b (B, S), both together."""
    count = key.shape[1]
    products = module.W[:count] * query[:, :, None, :]  # (B, T, S, Dq)
    mapped, bias = products.sum(-1), module.b[:count].expand(len(query), count)  # (B, T, S), (B, S)
    return {"W ⊙ q": products, "Wq": mapped, "b": bias, "energy": mapped + bias[:, None, :]}


SPEC = ScoreSpec(
    name="location",
    title="Location-based",
    formula=r"f(q, k_s) = f(q)_s = (Wq + b)_s",
    symbols=(
        Symbol("q", "the query", ("Dq",)),
        Symbol("W", "for each position, the direction of the query that asks for it", ("P", "Dq"), "W"),
        Symbol("b", "a preference for positions, whatever the query", ("P",), "b"),
        Symbol("k_s", "the key at position s: never looked at", ("Dk",)),
    ),
    summary="The query alone decides where to look, blind to what stands there: it can learn habits, such as “the end decides”.",
    source="Luong, Pham and Manning 2015, section 3.1 (location), https://arxiv.org/abs/1508.04025",
    when=(
        "Use it where the place decides and not what stands there, or to ask how much of a result position alone "
        "explains. It cannot see what the keys hold, so it cannot follow a thing that moves, and it knows P positions at "
        "most; in translation it learned worse alignments than functions that see the keys (Luong, Pham and Manning "
        "2015). It costs one small map of the query."
    ),
    build=Location,
    steps=steps,
    way=(
        Step(
            "W ⊙ q",
            r"W_s \odot q",
            ("T", "S", "Dq"),
            "row s of W times the query: the key itself is never looked at",
            is_terms=True,
        ),
        Step("Wq", "(Wq)_s", ("T", "S"), "the sum of these products: how far the query asks for position s"),
        Step("b", "b_s", ("S",), "what position s gets whatever the query"),
        Step("energy", "f(q, k_s)", ("T", "S"), "both together", made="{0} + {1}", of=("Wq", "b")),
    ),
    reads=("query",),
    options=(MAX_POSITIONS,),
)
