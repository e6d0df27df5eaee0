"""What a score function does to random queries and keys as they grow wider."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from attention_core.learning import draw
from attention_core.registry import build_score, score_names

WIDTHS = tuple(2**power for power in range(13))


@dataclass(frozen=True)
class WidthStudy:
    """Energies of random queries and keys of growing width, for every score function.

    Args:
        widths: W widths.
        draws, keys, seed: How many queries were drawn, how many keys for each, and from which seed.
        spread: For each score function (W,): the standard deviation of all energies.
        largest: For each score function (W,): the largest of a query's weights, the mean over the queries.
        weights: For each score function (W, keys): the first query's weights, the largest first.
    """

    widths: tuple[int, ...]
    draws: int
    keys: int
    seed: int
    spread: Mapping[str, np.ndarray]
    largest: Mapping[str, np.ndarray]
    weights: Mapping[str, np.ndarray]


@torch.inference_mode()
def width_study(widths: Sequence[int] = WIDTHS, draws: int = 32, keys: int = 32, seed: int = 0) -> WidthStudy:
    """How energies spread, and how one-sided softmax gets, as queries and keys grow wider.

    Every component of a query and a key is normal with mean 0 and deviation 1, and parameters are drawn anew, so that nothing
    but the width changes. Products of two such components have variance 1, so a sum of D of them has deviation √D.

    Args:
        widths: Widths of both query and key, each at least 1.
        draws: Queries, each with keys of its own, at least 1.
        keys: Keys a query, at least 1.
        seed: 0 to 2³² − 1.

    Source: Vaswani et al. 2017, section 3.2.1, footnote 4, https://arxiv.org/abs/1706.03762

    Example:
        >>> study = width_study(widths=(1, 256))
        >>> bool(12 < study.spread["multiplicative"][1] < 20)
        True
    """
    generator = torch.Generator().manual_seed(seed)
    names = score_names()
    spread, largest = ({name: np.zeros(len(widths)) for name in names} for _ in range(2))
    weights = {name: np.zeros((len(widths), keys)) for name in names}
    for n, width in enumerate(widths):
        query = torch.randn(draws, 1, width, generator=generator)  # (B, 1, D)
        key = torch.randn(draws, keys, width, generator=generator)  # (B, S, D)
        for name in names:
            energies = drawn(name, width, width, seed)(query, key)[:, 0].double()  # (B, S)
            shares = energies.softmax(-1)  # (B, S)
            spread[name][n] = energies.std(correction=0).item()
            largest[name][n] = shares.amax(-1).mean().item()
            weights[name][n] = shares[0].sort(descending=True).values.numpy()
    return WidthStudy(tuple(widths), draws, keys, seed, spread, largest, weights)


def drawn(score: str, query_dim: int, key_dim: int, seed: int = 0) -> nn.Module:
    """A score function with parameters drawn from the seed, built with its default options."""
    return draw(lambda: build_score(score, query_dim=query_dim, key_dim=key_dim), seed).requires_grad_(False)
