"""What a task returns: plain NumPy arrays with their labels, and where they come from."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Words:
    """Whole words behind the positions of one axis.

    Args:
        labels: The words, in order.
        index: (positions,) int64: for each position its word, −1 for a special token.
    """

    labels: tuple[str, ...]
    index: np.ndarray

    @cached_property
    def positions(self) -> tuple[np.ndarray, ...]:
        """For each word its positions, in order."""
        return tuple(np.flatnonzero(self.index == word) for word in range(len(self.labels)))


@dataclass(frozen=True)
class WordWeights:
    """Weights merged to whole words: weights (query words, key words) float32, each row a distribution."""

    weights: np.ndarray
    query_labels: tuple[str, ...]
    key_labels: tuple[str, ...]


@dataclass(frozen=True)
class Panel:
    """Signals of one kind on a time axis.

    Args:
        title: What they are called together.
        unit: Their unit; empty without one.
        names: A name each; of an image those of its lowest and of its highest row.
        values: (C, N) float32.
        kind: "lines"; "swing", between the first and the second of two; or "image", each a row of it, the first one lowest.
    """

    title: str
    unit: str
    names: tuple[str, ...]
    values: np.ndarray
    kind: str = "lines"


@dataclass(frozen=True)
class Span:
    """A stretch of time with its label: start and end in seconds."""

    label: str
    start: float
    end: float


@dataclass(frozen=True)
class Signals:
    """An input that runs in time, as a page draws it over its keys.

    Args:
        seconds: How long it is; every panel's samples are spread over it evenly.
        panels: What was felt or heard.
        spans: What truly happened when, where the input tells it; a label that is a query's is what that query asks for.
        heard: (N,) float32 from −1 to 1, what can be listened to, spread evenly over `seconds`; else None.
    """

    seconds: float
    panels: tuple[Panel, ...]
    spans: tuple[Span, ...] = ()
    heard: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class TaskResult:
    """One input under one score function: every number from query and key to the output. Equal to itself only.

    Args:
        energies: (T, S) float32, as the score function gave them, before temperature and mask.
        weights: (T, S) float32, each row a distribution, exactly 0 where key_mask is False.
        query: (T, Dq) float32.
        key: (S, Dk) float32.
        value: (S, Dv) float32.
        context: (T, Dv) float32, weights · value.
        key_mask: (T, S) bool, True where a key may be attended.
        query_labels: T labels of rows.
        key_labels: S labels of columns.
        output: What the task makes of the context: `label` or `text`, and `probabilities` {label: p} where there are any;
            `row_scores`, a number a row, where several queries are there at once.
        provenance: task, score, parameters, seed, weights_sha256, distribution, distribution_options, temperature, versions,
            device.
        key_boxes: (S, 4) float32, x0, y0, x1, y1 in 0..1 of the upright picture, where keys are places.
        key_spans: (S, 2) float32, start and end in seconds, where keys are stretches of time.
        query_words, key_words: The whole words behind rows and columns, where these are tokens.
        notes: Sentences for the reader, such as how much of a long text was used.
    """

    energies: np.ndarray
    weights: np.ndarray
    query: np.ndarray
    key: np.ndarray
    value: np.ndarray
    context: np.ndarray
    key_mask: np.ndarray
    query_labels: tuple[str, ...]
    key_labels: tuple[str, ...]
    output: Mapping[str, Any]
    provenance: Mapping[str, Any]
    key_boxes: np.ndarray | None = None
    key_spans: np.ndarray | None = None
    query_words: Words | None = None
    key_words: Words | None = None
    notes: tuple[str, ...] = ()

    def by_word(self) -> WordWeights:
        """Weights of whole words: the mean over a word's rows, the sum over its columns.

        Special tokens are dropped and each row divided by what is left, so that it sums to 1 again. A row whose whole weight
        lay on special tokens stays 0. An axis without words is kept as it is.
        """
        weights = self.weights.astype(np.float64)
        query_labels, key_labels = self.query_labels, self.key_labels
        if self.query_words is not None:
            query_labels = self.query_words.labels
            member = _membership(self.query_words)  # (query words, T)
            weights = member @ weights / member.sum(1, keepdims=True)
        if self.key_words is not None:
            key_labels = self.key_words.labels
            weights = weights @ _membership(self.key_words).T  # (query words, key words)
        total = weights.sum(1, keepdims=True)
        weights = np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)
        return WordWeights(weights.astype(np.float32), tuple(query_labels), tuple(key_labels))


def _membership(words: Words) -> np.ndarray:
    """(words, positions): 1 where the position belongs to the word."""
    return (words.index[None, :] == np.arange(len(words.labels))[:, None]).astype(np.float64)
