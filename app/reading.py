"""One row of a result as a page shows it: whole words where keys are tokens, places where they have boxes. Pure NumPy."""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Row:
    """What one query attends to.

    Args:
        labels: K names of what can be attended to.
        weights: (K,), they sum to 1.
        energies: (K,); a word of several tokens has the largest of theirs.
        boxes: (K, 4) where these are places of a picture, else None.
        left_out: The share of weight on special tokens, which is not shown; 0 where there are none.
        query: Which query, counted from 0.
        positions: (K,) the key behind each name; of a word of several tokens the one of largest weight.
        places: (S,) for each key the name it belongs to, −1 for a special token.
    """

    labels: tuple[str, ...]
    weights: np.ndarray
    energies: np.ndarray
    boxes: np.ndarray | None
    left_out: float
    query: int
    positions: np.ndarray
    places: np.ndarray


def read_row(result: Any, row: int = 0) -> Row:
    """A row of a TaskResult."""
    if result.key_words is None:
        every = np.arange(len(result.key_labels))
        return Row(result.key_labels, result.weights[row], result.energies[row], result.key_boxes, 0.0, row, every, every)
    index = result.key_words.index
    merged = result.by_word()
    energies = np.array([result.energies[row][index == word].max() for word in range(len(merged.key_labels))], dtype=np.float32)
    left_out = float(result.weights[row][index < 0].sum())
    heaviest = [int(np.where(index == word, result.weights[row], -1).argmax()) for word in range(len(merged.key_labels))]
    return Row(merged.key_labels, merged.weights[row], energies, None, left_out, row, np.array(heaviest, int), index)


def entropy_bits(weights: np.ndarray) -> float:
    """H = −Σ a log₂ a of weights (K,) that sum to 1: 0 for all on one key, log₂ K for all equal."""
    present = weights[weights > 0].astype(np.float64)
    return float(-(present * np.log2(present)).sum()) + 0.0
