"""Two results side by side as arrays: whether their cells correspond, the difference, and where it is largest. Pure NumPy."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.reading import Field, total_variation


@dataclass(frozen=True)
class Differing:
    """A row of two results: its position, the total variation distance, and its keys, the one that differs most first."""

    row: int
    distance: float
    keys: tuple[int, ...]


def why_apart(first: Field, second: Field, spec: Any) -> str:
    """Why cells of two results of the task that is declared so do not correspond, as a sentence; empty if they do."""
    if (first.boxes is None) != (second.boxes is None) or len(first.keys) != len(second.keys):
        return f"The inputs have {len(first.keys)} and {len(second.keys)} keys, so their cells do not correspond."
    if first.boxes is not None and not np.array_equal(first.boxes, second.boxes):
        return "The places of the two pictures lie differently, so their cells do not correspond."
    if first.boxes is None and first.keys != second.keys:
        return f"The inputs have different {spec.key_name}s, so their cells do not correspond."
    if first.weights.shape != second.weights.shape:
        return f"The results have {len(first.rows)} and {len(second.rows)} queries, so their rows do not correspond."
    if (first.chances is not None or len(first.rows) > 1) and first.rows != second.rows:
        return f"They have different {spec.query_name}s, so their rows do not correspond."
    return ""


def peak_agreement(fields: Sequence[Field]) -> list[float | None]:
    """For each field the share of its rows whose largest key is the one it has in another field, of all that have the row.

    A word that comes twice is the first and the second of its kind. None where no other has any of its rows.
    """
    peaks = [dict(zip(_numbered(own.rows), own.weights.argmax(1).tolist(), strict=True)) for own in fields]
    found = []
    for n, own in enumerate(peaks):
        pairs = [key == other[word] for m, other in enumerate(peaks) if m != n for word, key in own.items() if word in other]
        found.append(sum(pairs) / len(pairs) if pairs else None)
    return found


def _numbered(words: Sequence[str]) -> list[tuple[str, int]]:
    return [(word, list(words[:n]).count(word)) for n, word in enumerate(words)]


def differ_most(first: Field, second: Field, rows: int = 5, keys: int = 5) -> list[Differing]:
    """The rows whose weights lie furthest apart, and in each the keys that differ most; both cut to so many."""
    distances = total_variation(first.weights, second.weights)  # (R,)
    sizes = np.abs(second.weights - first.weights)  # (R, K)
    order = np.argsort(-distances, kind="stable")[:rows]
    return [
        Differing(int(row), float(distances[row]), tuple(np.argsort(-sizes[row], kind="stable")[:keys].tolist())) for row in order
    ]
