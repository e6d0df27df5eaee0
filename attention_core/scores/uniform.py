"""No attention at all: every key gets the same energy. The floor for all others."""

from torch import Tensor, nn

from attention_core.checks import check_pair, check_width
from attention_core.specs import ScoreSpec, Step, Symbol


class Uniform(nn.Module):
    """Energies f(q, k) = 0, so that softmax gives each of S keys the weight 1/S and the context is the mean of the values.

    Args:
        query_dim: Dq, the width of a query; never looked at.
        key_dim: Dk, the width of a key; never looked at.

    Source: the mean-pooling baseline that attention is measured against, for example Wiegreffe and Pinter 2019, section 3.2,
        https://arxiv.org/abs/1908.04626

    Example:
        >>> import torch
        >>> Uniform(2, 3)(torch.randn(1, 1, 2), torch.randn(1, 2, 3)).tolist()
        [[[0.0, 0.0]]]
    """

    def __init__(self, query_dim: int, key_dim: int) -> None:
        super().__init__()
        check_width("query_dim", query_dim)
        check_width("key_dim", key_dim)
        self.query_dim, self.key_dim = query_dim, key_dim

    def forward(self, query: Tensor, key: Tensor) -> Tensor:
        """Energies (B, T, S) of queries (B, T, Dq) and keys (B, S, Dk): all 0."""
        check_pair(query, key, self.query_dim, self.key_dim)
        return query.new_zeros(query.shape[0], query.shape[1], key.shape[1])  # (B, T, S)


def steps(module: Uniform, query: Tensor, key: Tensor) -> dict[str, Tensor]:
    """The way to the energies: there is none, they are 0 (B, T, S)."""
    return {"energy": query.new_zeros(query.shape[0], query.shape[1], key.shape[1])}


SPEC = ScoreSpec(
    name="uniform",
    title="Uniform (the floor)",
    formula=r"f(q, k) = 0",
    symbols=(
        Symbol("q", "the query: never looked at", ("Dq",)),
        Symbol("k", "one key: never looked at", ("Dk",)),
    ),
    summary="No attention: every key gets the same weight. What the other functions must beat.",
    source="The mean-pooling baseline, as in Wiegreffe and Pinter 2019, section 3.2, https://arxiv.org/abs/1908.04626",
    when=(
        "Use it to measure the others: what a function gains over it is what looking was worth. It costs nothing, learns "
        "nothing, and the context is the plain mean of the values."
    ),
    build=Uniform,
    steps=steps,
    way=(Step("energy", "f(q, k)", ("T", "S"), "0 for every key, whatever query and key hold"),),
    reads=(),
    is_floor=True,
)
