"""Checks that every score function shares: one wording for each kind of mistake."""

from torch import Tensor


def check_width(argument: str, width: int) -> None:
    """Refuse a width that is no positive whole number. Raises ValueError."""
    if isinstance(width, bool) or not isinstance(width, int) or width < 1:
        raise ValueError(f"{argument} must be a whole number of at least 1, got {width!r}.")


def check_pair(query: Tensor, key: Tensor, query_dim: int, key_dim: int) -> None:
    """Refuse queries and keys that a score function of these widths cannot compare.

    Args:
        query: Expected (B, T, query_dim).
        key: Expected (B, S, key_dim).

    Raises:
        ValueError: a tensor has not three axes, the batch sizes differ, or a width is not the declared one.
    """
    for name, tensor, axes, width in (("query", query, "(B, T, Dq)", query_dim), ("key", key, "(B, S, Dk)", key_dim)):
        if tensor.dim() != 3:
            raise ValueError(f"{name} must have the three axes {axes}, got shape {tuple(tensor.shape)}.")
        if tensor.shape[-1] != width:
            raise ValueError(f"{name} must be {width} wide, got {tensor.shape[-1]}. Build the score function for that width.")
    if query.shape[0] != key.shape[0]:
        raise ValueError(f"key must have the batch size of query ({query.shape[0]}), got {key.shape[0]}.")


def check_same_width(score: str, query_dim: int, key_dim: int) -> None:
    """Refuse two widths where the score function needs one. Raises ValueError naming `general`, which takes both."""
    check_width("query_dim", query_dim)
    check_width("key_dim", key_dim)
    if query_dim != key_dim:
        raise ValueError(
            f"key_dim must equal query_dim ({query_dim}) for {score}, got {key_dim}. "
            "Use general, whose matrix W joins two widths."
        )
