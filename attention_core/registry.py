"""The names of everything declared, and how to build it."""

from functools import cache

from torch import nn

import attention_core.distributions
import attention_core.scores
from attention_core.discovery import discover
from attention_core.specs import DistributionSpec, ScoreSpec


@cache
def _scores() -> dict[str, ScoreSpec]:
    return discover(attention_core.scores, ScoreSpec)


@cache
def _distributions() -> dict[str, DistributionSpec]:
    return discover(attention_core.distributions, DistributionSpec)


def named(kind: str, declared: dict, name: str):
    """The declaration of that name. Raises ValueError listing the names there are."""
    if name not in declared:
        raise ValueError(f"{kind} must be one of {', '.join(declared)}, got {name!r}.")
    return declared[name]


def score_names() -> list[str]:
    """The names of all score functions, sorted."""
    return list(_scores())


def score_spec(name: str) -> ScoreSpec:
    """What a score function declares about itself. Raises ValueError for a name that is not in `score_names()`."""
    return named("score", _scores(), name)


def distribution_names() -> list[str]:
    """The names of all distributions, sorted."""
    return list(_distributions())


def distribution_spec(name: str) -> DistributionSpec:
    """What a distribution declares about itself. Raises ValueError for a name that is not in `distribution_names()`."""
    return named("distribution", _distributions(), name)


def build_score(name: str, *, query_dim: int, key_dim: int, **options) -> nn.Module:
    """A score function with parameters drawn from torch's generator.

    Args:
        name: A name of `score_names()`.
        query_dim: Dq, the width of a query.
        key_dim: Dk, the width of a key.
        **options: What its SPEC declares, such as `width` and `activation` for additive.

    Returns:
        A module whose call `module(query, key)` takes (B, T, Dq) and (B, S, Dk) and returns energies (B, T, S).

    Raises:
        ValueError: an unknown name or option, a value out of range, or widths that the function cannot join.

    Example:
        >>> import torch
        >>> build_score("general", query_dim=3, key_dim=5)(torch.randn(2, 4, 3), torch.randn(2, 6, 5)).shape
        torch.Size([2, 4, 6])
    """
    spec = score_spec(name)
    known = {option.name for option in spec.options}
    for option in options:
        if option not in known:
            raise ValueError(f"score {name} must be given options it has ({', '.join(sorted(known)) or 'none'}), got {option!r}.")
    return spec.build(query_dim=query_dim, key_dim=key_dim, **options)
