"""Two results side by side as arrays: whether their cells correspond, the difference, and where it is largest. Pure NumPy."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from app.reading import total_variation


@dataclass(frozen=True)
class Field:
    """All rows of a result as a page shows them.

    Args:
        rows: R labels of queries.
        keys: K labels: whole words where keys are tokens.
        weights: (R, K), each row sums to 1.
        boxes: (K, 4) where keys are places of a picture, else None.
    """

    rows: tuple[str, ...]
    keys: tuple[str, ...]
    weights: np.ndarray
    boxes: np.ndarray | None


@dataclass(frozen=True)
class Differing:
    """A row of two results: its position, the total variation distance, and its keys, the one that differs most first."""

    row: int
    distance: float
    keys: tuple[int, ...]


def read_field(result: Any) -> Field:
    """The whole of a TaskResult."""
    merged = result.by_word()
    return Field(merged.query_labels, merged.key_labels, merged.weights, result.key_boxes)


def why_apart(first: Field, second: Field) -> str:
    """Why cells of the two do not correspond, as a sentence; empty if they do."""
    if (first.boxes is None) != (second.boxes is None) or len(first.keys) != len(second.keys):
        return f"The inputs have {len(first.keys)} and {len(second.keys)} keys, so their cells do not correspond."
    if first.boxes is not None and not np.array_equal(first.boxes, second.boxes):
        return "The places of the two pictures lie differently, so their cells do not correspond."
    if first.boxes is None and first.keys != second.keys:
        return "The inputs have different words, so their cells do not correspond."
    if first.weights.shape != second.weights.shape:
        return f"The results have {len(first.rows)} and {len(second.rows)} queries, so their rows do not correspond."
    return ""


def differ_most(first: Field, second: Field, rows: int = 5, keys: int = 5) -> list[Differing]:
    """The rows whose weights lie furthest apart, and in each the keys that differ most; both cut to so many."""
    distances = total_variation(first.weights, second.weights)  # (R,)
    sizes = np.abs(second.weights - first.weights)  # (R, K)
    order = np.argsort(-distances, kind="stable")[:rows]
    return [
        Differing(int(row), float(distances[row]), tuple(np.argsort(-sizes[row], kind="stable")[:keys].tolist())) for row in order
    ]
