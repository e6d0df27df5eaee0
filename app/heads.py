"""Which of a stack's many heatmaps is looked at, and all of them made small enough to be seen at once."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from attention_core.transformers import rollout

SIDE = 48  # rows and columns of a small heatmap, at most
MEAN, MAX, ROLLOUT = "mean", "max", "rollout"
SUMMARIES = {MEAN: "mean", MAX: "largest"}  # over heads, or over heads and layers
HEAD_SCALE, ROW_SCALE, ALL_SCALE = "head", "row", "all"
SCALES = {HEAD_SCALE: "of each heatmap", ROW_SCALE: "of each row", ALL_SCALE: "of all heads"}  # whose largest weight is darkest

_NAME = re.compile(r"(all|[0-9]{1,3})\.(mean|max|[0-9]{1,3})")


@dataclass(frozen=True)
class Chosen:
    """One heatmap of a stack.

    Args:
        layer: From 0; None for all of them together.
        head: From 0; or MEAN or MAX over heads; or ROLLOUT, of all layers.
    """

    layer: int | None
    head: int | str

    @property
    def is_head(self) -> bool:
        """Whether it is a single head, whose queries and keys there are."""
        return isinstance(self.head, int)

    @property
    def name(self) -> str:
        """Such as "2.5", "2.mean", "all.max", "rollout"."""
        return ROLLOUT if self.head == ROLLOUT else f"{'all' if self.layer is None else self.layer}.{self.head}"

    @property
    def title(self) -> str:
        """What it is called on the page, layers and heads counted from 1."""
        if self.head == ROLLOUT:
            return "Rollout through all layers"
        where = "all layers" if self.layer is None else f"layer {self.layer + 1}"
        if self.is_head:
            return f"Layer {self.layer + 1}, head {self.head + 1}"
        return f"{SUMMARIES[self.head].capitalize()} over the heads of {where}"


def chosen(name: Any, stack: Any, strengths: np.ndarray | None = None) -> Chosen:
    """The heatmap of that name; if the stack has none of that name, the head that follows the neighbours of a token most.

    Args:
        strengths: (L, H, 5) of HABITS; without them the first head.
    """
    layers, heads = stack.weights.shape[:2]
    match = _NAME.fullmatch(name) if isinstance(name, str) else None
    if name == ROLLOUT and can_roll(stack):
        return Chosen(None, ROLLOUT)
    if match:
        layer = None if match[1] == "all" else int(match[1])
        head = match[2] if match[2] in SUMMARIES else int(match[2])
        if (layer is None or layer < layers) and (head in SUMMARIES or (layer is not None and head < heads)):
            return Chosen(layer, head)
    if strengths is None:
        return Chosen(0, 0)
    return Chosen(*map(int, divmod(int(strengths[..., :2].max(-1).argmax()), heads)))  # previous or next token


def can_roll(stack: Any) -> bool:
    """Whether its rows and columns are the same tokens."""
    return stack.kind != "cross"


def weights_of(stack: Any, which: Chosen) -> np.ndarray:
    """(T, S) float32."""
    if which.head == ROLLOUT:
        return rollout(stack.weights).astype(np.float32)
    own = stack.weights.reshape(-1, *stack.weights.shape[2:]) if which.layer is None else stack.weights[which.layer]
    return own[which.head] if which.is_head else own.mean(0) if which.head == MEAN else own.max(0)


def summaries(stack: Any, how: str) -> list[Chosen]:
    """One for each layer, one for all of them, and rollout where it can be followed."""
    layers = [Chosen(layer, how) for layer in range(len(stack.weights))]
    return [*layers, Chosen(None, how), *([Chosen(None, ROLLOUT)] if can_roll(stack) else [])]


def shares(weights: np.ndarray, scale: str, largest: float) -> np.ndarray:
    """The weights (…, T, S) in 0..1 of the scale's end.

    Args:
        scale: One of SCALES.
        largest: The largest weight of all heads.
    """
    if scale == ALL_SCALE:
        return weights / largest
    top = weights.max(-1 if scale == ROW_SCALE else (-2, -1), keepdims=True)
    return weights / np.where(top > 0, top, 1)


def pooled(values: np.ndarray, side: int = SIDE) -> np.ndarray:
    """(…, at most side, at most side): the largest value of each block, so that a line one token wide does not fade."""
    for axis in (-2, -1):
        count = values.shape[axis]
        if count > side:
            values = np.maximum.reduceat(values, np.arange(side) * count // side, axis)
    return values


def small(stack: Any, how: str, scale: str, rows: tuple[int, ...] = ()) -> np.ndarray:
    """(L · H + summaries, Y, X) uint8: every head, layer by layer, then the summaries, as parts of 255 of the scale.

    Args:
        how: Of SUMMARIES.
        scale: One of SCALES.
        rows: Of a picture: the sum of what these look at is shown, patch by patch, instead of all rows and columns.
    """
    largest = float(stack.weights.max())

    def shrunk(weights: np.ndarray) -> np.ndarray:
        if rows:
            seen = weights[..., list(rows), :].mean(-2)[..., -stack.grid[0] * stack.grid[1] :]  # (…, patches)
            weights = seen.reshape(*seen.shape[:-1], *stack.grid)
            scaled = shares(weights, HEAD_SCALE if scale == ROW_SCALE else scale, largest)
        else:
            scaled = shares(weights, scale, largest)
        return np.rint(255 * pooled(scaled).clip(0, 1)).astype(np.uint8)

    heads = np.concatenate([shrunk(layer) for layer in stack.weights])  # a layer at a time: all at once would take as much again
    return np.concatenate([heads, np.stack([shrunk(weights_of(stack, own)) for own in summaries(stack, how)])])
