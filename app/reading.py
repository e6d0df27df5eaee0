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


@dataclass(frozen=True)
class Removed:
    """What a row and the output are without one of its keys.

    Args:
        key: Which of the row's keys was taken out, from 0.
        weights: (K,), what the others have then; they sum to 1.
        outcome: What the task makes of it.
        share: The probability of what the task said with all keys, None where there are no probabilities.
        moved: The total variation distance from the row with all keys, 0 to 1.
    """

    key: int
    weights: np.ndarray
    outcome: str
    share: float | None
    moved: float


def outcome(result: Any) -> str:
    """What the task made of a TaskResult, in words."""
    return str(result.output.get("label", result.output.get("text", "")))


def removed(before: Any, after: Any, key: int, row: int = 0) -> Removed:
    """What changed from a TaskResult to the one without a key in that row."""
    weights, own = read_row(before, row).weights, read_row(after, row).weights
    share = after.output.get("probabilities", {}).get(outcome(before))
    return Removed(key, own, outcome(after), share, float(total_variation(weights, own)))


def total_variation(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """½ Σ |a − b| over the last axis of two distributions: the share of weight that lies elsewhere, 0 to 1."""
    return np.abs(np.float64(second) - np.float64(first)).sum(-1) / 2


def same_peak(weights: np.ndarray) -> tuple[int, float, float] | None:
    """The key that most weight of most rows falls on: its position, the share of rows that peak there, their mean weight on it.

    None for weights (T, S) of one row, where fewer than nine rows in ten peak at one key, or where it has less than half.
    """
    peaks = weights.argmax(1)  # (T,)
    position = int(np.bincount(peaks).argmax())
    rows, mean = float((peaks == position).mean()), float(weights[:, position].mean())
    return (position, rows, mean) if len(weights) > 1 and rows >= 0.9 and mean > 0.5 else None


def entropy_bits(weights: np.ndarray) -> float:
    """H = −Σ a log₂ a of weights (K,) that sum to 1: 0 for all on one key, log₂ K for all equal."""
    present = weights[weights > 0].astype(np.float64)
    return float(-(present * np.log2(present)).sum()) + 0.0
