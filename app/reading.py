"""A result as a page shows it: whole words where rows or keys are tokens, places where keys have boxes. Pure NumPy."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np


@dataclass(frozen=True)
class Row:
    """What one query attends to.

    Args:
        labels: K names of what can be attended to.
        weights: (K,), they sum to 1.
        energies: (K,); a word of several tokens has the largest of theirs.
        boxes: (K, 4) where these are places of a picture, else None.
        query: Which query, counted from 0.
        positions: (K,) the key behind each name; of a word of several tokens the one of largest weight.
        places: (S,) for each key the name it belongs to, −1 for a special token.
    """

    labels: tuple[str, ...]
    weights: np.ndarray
    energies: np.ndarray
    boxes: np.ndarray | None
    query: int
    positions: np.ndarray
    places: np.ndarray


@dataclass(frozen=True)
class Field:
    """What every query attends to.

    Args:
        rows: R labels of queries: whole words where they are tokens.
        keys: K labels.
        weights: (R, K), each row sums to 1.
        energies: (R, K); of words of several tokens the largest.
        boxes: (K, 4) where keys are places of a picture, else None.
        cells: (R, K, 2) the query and the key behind each; of words of several tokens those of largest weight.
        left_out: The share of weight on special tokens, which is not shown; 0 where there are none. The mean over all rows.
        chances: For each row the probability with which its word was written, or None.
        scores: For each row the number that the task gives it, or None.
        spans: (K, 2) start and end in seconds where keys are stretches of time, else None.
    """

    rows: tuple[str, ...]
    keys: tuple[str, ...]
    weights: np.ndarray
    energies: np.ndarray
    boxes: np.ndarray | None
    cells: np.ndarray
    left_out: float
    chances: tuple[float, ...] | None
    scores: tuple[float, ...] | None = None
    spans: np.ndarray | None = None


_read: WeakKeyDictionary[Any, Field] = WeakKeyDictionary()


def read_field(result: Any) -> Field:
    """The whole of a TaskResult: read once, and kept as long as it is."""
    found = _read.get(result)
    if found is None:
        found = _read[result] = _field(result)
    return found


def _field(result: Any) -> Field:
    merged = result.by_word()
    queries, shown = queries_of(result), np.concatenate(queries_of(result))
    heaviest, largest = np.broadcast_to(np.arange(len(result.key_labels)), result.weights.shape), result.energies  # (T, K) each
    if result.key_words is not None:
        keys = _positions(result.key_words, len(result.key_labels))
        heaviest = np.stack([own[result.weights[:, own].argmax(1)] for own in keys], 1)  # (T, K)
        largest = np.stack([result.energies[:, own].max(1) for own in keys], 1)  # (T, K)
    at = np.take_along_axis(result.weights, heaviest, 1)  # (T, K)
    row = np.stack([own[at[own].argmax(0)] for own in queries])  # (R, K)
    return Field(
        rows=merged.query_labels,
        keys=merged.key_labels,
        weights=merged.weights,
        energies=np.stack([largest[own].max(0) for own in queries]),
        boxes=result.key_boxes,
        cells=np.stack([row, np.take_along_axis(heaviest, row, 0)], -1),
        left_out=0.0 if result.key_words is None else float(result.weights[shown][:, result.key_words.index < 0].sum(1).mean()),
        chances=_chances(result),
        scores=_scores(result),
        spans=result.key_spans,
    )


def read_row(result: Any, row: int = 0) -> Row:
    """A row of a TaskResult, counted in words where rows are tokens."""
    field, queries = read_field(result), queries_of(result)[row]
    index = np.arange(len(result.key_labels)) if result.key_words is None else result.key_words.index
    return Row(
        labels=field.keys,
        weights=field.weights[row],
        energies=field.energies[row],
        boxes=field.boxes,
        query=int(queries[0]),
        positions=field.cells[row, :, 1],
        places=index,
    )


def is_written(result: Any) -> bool:
    """Whether the result was written word by word, with a row for each word."""
    return _chances(result) is not None


def has_rows(result: Any) -> bool:
    """Whether one of its rows can be chosen: those of words written one by one, or of several queries that are there at once."""
    return is_written(result) or len(result.weights) > 1


def is_split(result: Any) -> bool:
    """Whether the encoder split a text that was put in into tokens, or what was written about it."""
    is_text = result.key_boxes is None and result.key_spans is None
    return is_text and (result.key_words is not None or result.query_words is not None)


def queries_of(result: Any) -> Sequence[np.ndarray]:
    """For each row the queries it stands for: a word's tokens, else one."""
    return _positions(result.query_words, len(result.weights))


def row_of(result: Any, query: int) -> int | None:
    """The row that a query belongs to; None for a special token."""
    return next((row for row, own in enumerate(queries_of(result)) if query in own), None)


def _positions(words: Any, count: int) -> Sequence[np.ndarray]:
    return np.arange(count)[:, None] if words is None else words.positions


def _chances(result: Any) -> tuple[float, ...] | None:
    chances = result.output.get("word_probabilities")
    return None if chances is None else tuple(chances)


def _scores(result: Any) -> tuple[float, ...] | None:
    scores = result.output.get("row_scores")
    return None if scores is None else tuple(scores)


@dataclass(frozen=True)
class Removed:
    """What a row and the output are without one of its keys.

    Args:
        key: Which of the row's keys was taken out, from 0.
        weights: (K,), what the others have then; they sum to 1.
        outcome: What the task makes of it; empty where each row has a number of its own.
        share: The probability of what the task said with all keys, or the row's own number; None without one.
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


def share(result: Any, label: str, row: int = 0) -> float | None:
    """The probability of a label, or the number of that row where each has its own; None where there is neither."""
    own = _chances(result) or _scores(result)
    return result.output.get("probabilities", {}).get(label) if own is None else own[row]


def removed(before: Any, after: Any, key: int, row: int = 0) -> Removed:
    """What changed from a TaskResult to the one without a key in that row."""
    weights, own = read_row(before, row).weights, read_row(after, row).weights
    said = "" if _chances(after) or _scores(after) else outcome(after)
    return Removed(key, own, said, share(after, outcome(before), row), float(total_variation(weights, own)))


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
