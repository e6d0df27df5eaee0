"""The attention of every layer and head over one input."""

from dataclasses import dataclass, replace

import numpy as np

from attention_core.transformers.general import Maps


@dataclass(frozen=True)
class Head:
    """One head taken apart: energies = scaling · query · keyᵀ + bias, before what is hidden (later tokens) is left out.

    Args:
        layer, head: Counted from 0.
        key_head: Which of the key heads it uses; with grouped queries several heads share one.
        query, key: (T, d) and (S, d) float32, after rotary positions where the model has them.
        scaling: 1/√d in most models; T5 has 1.
        bias: (T, S) of positions, or None.
        weights: (T, S) float32.
        value: (S, d_v) float32.
        query_states, key_states: (T, Dq + 1) and (S, Dk + 1) float32: what enters the attention of the layer, with a 1 appended.
        matrix: (Dq + 1, Dk + 1) float64, the W with which energies = query_states · W · key_statesᵀ: the general score function.
            All three are None where there is no single W: positions turn queries and keys or add a bias, or maps are not plain.
    """

    layer: int
    head: int
    key_head: int
    query: np.ndarray
    key: np.ndarray
    scaling: float
    bias: np.ndarray | None
    weights: np.ndarray
    value: np.ndarray | None = None
    query_states: np.ndarray | None = None
    key_states: np.ndarray | None = None
    matrix: np.ndarray | None = None

    @property
    def energies(self) -> np.ndarray:
        """(T, S) float32."""
        products = self.scaling * self.query @ self.key.T  # (T, S)
        return products if self.bias is None else products + self.bias


@dataclass(frozen=True)
class AttentionStack:
    """Attention weights of layers × heads, with what stands at rows and columns.

    Args:
        kind: "encoder", "decoder" (each token over those before it), "cross" (target over source) or "vision".
        layers: The numbers of the L layers that were kept, from 0.
        weights: (L, H, T, S) float32; each row sums to 1.
        query_labels, key_labels: T and S of them: tokens as the tokenizer writes them, or patches by row and column.
        query_special, key_special: (T,) and (S,) bool, True for what the tokenizer adds, and for a class token.
        grid: Rows and columns of the patches of a picture, which stand after the class token; None for text.
        queries, keys: (L, H, T, d) and (L, G, S, d), or None where they were not asked for.
        scaling: (L,) what dot products are multiplied with.
        bias: (L, H, T, S) of positions, or None; a bias of 0 everywhere is none.
        rotary: Whether queries and keys are turned by their positions.
        values: (L, G, S, d_v), or None where they were not asked for.
        maps: L of them, what makes queries and keys of states; None where that is not all that energies depend on.
    """

    kind: str
    layers: tuple[int, ...]
    weights: np.ndarray
    query_labels: tuple[str, ...]
    key_labels: tuple[str, ...]
    query_special: np.ndarray
    key_special: np.ndarray
    grid: tuple[int, int] | None = None
    queries: np.ndarray | None = None
    keys: np.ndarray | None = None
    scaling: tuple[float, ...] = ()
    bias: np.ndarray | None = None
    rotary: bool = False
    values: np.ndarray | None = None
    maps: tuple[Maps, ...] | None = None

    def head(self, layer: int, head: int) -> Head:
        """One head taken apart.

        Args:
            layer: As in `layers`.
            head: From 0.

        Raises:
            ValueError: that layer was not kept, there is no such head, or queries and keys were not asked for.
        """
        if layer not in self.layers:
            raise ValueError(f"layer must be one that was kept ({_listed(self.layers)}), got {layer}.")
        if not 0 <= head < self.weights.shape[1]:
            raise ValueError(f"head must be below {self.weights.shape[1]}, got {head}.")
        if self.queries is None:
            raise ValueError("head needs queries and keys, which were not asked for. Run with states=True.")
        at, shared = self.layers.index(layer), self.queries.shape[1] // self.keys.shape[1]
        own = Head(
            layer, head, head // shared, self.queries[at, head], self.keys[at, head // shared], self.scaling[at],
            None if self.bias is None else self.bias[at, head], self.weights[at, head],
            None if self.values is None else self.values[at, head // shared],
        )  # fmt: skip
        if self.maps is None:
            return own
        query, key = self.maps[at].extended()
        return replace(own, query_states=query, key_states=key, matrix=self.maps[at].matrix(head, own.key_head, own.scaling))

    def key_boxes(self) -> np.ndarray | None:
        """Where each key lies: (S, 4) float32 as x0, y0, x1, y1 in 0..1 of the square picture; NaN for a class token."""
        if self.grid is None:
            return None
        rows, columns = self.grid
        y, x = np.divmod(np.arange(rows * columns), columns)
        boxes = np.stack([x / columns, y / rows, (x + 1) / columns, (y + 1) / rows], 1)  # (patches, 4)
        return np.concatenate([np.full((len(self.key_labels) - len(boxes), 4), np.nan), boxes]).astype(np.float32)

    def without_special(self) -> "AttentionStack":
        """The same without special tokens: rows and columns left out, and each row that is left divided by its sum.

        A row whose whole weight lies on special tokens becomes even over the other keys that it may attend to. Queries, keys,
        values, biases and states are left out with theirs.

        Raises:
            ValueError: nothing but special tokens is there.
        """
        rows, columns = ~self.query_special, ~self.key_special
        if not rows.any() or not columns.any():
            raise ValueError("weights must hold a token that is not special, got none. Show special tokens.")
        kept = self.weights[:, :, rows][..., columns]  # (L, H, T, S)
        if self.kind == "decoder":
            may = np.tril(np.ones((len(rows), len(columns)), bool))[rows][:, columns]  # (T, S)
        else:
            may = np.ones(kept.shape[2:], bool)
        total = kept.sum(-1, keepdims=True)
        even = may / np.maximum(may.sum(-1, keepdims=True), 1)
        weights = np.where(total > 0, kept / np.where(total > 0, total, 1), even).astype(np.float32)
        return replace(
            self,
            weights=weights,
            query_labels=tuple(np.array(self.query_labels, object)[rows]),
            key_labels=tuple(np.array(self.key_labels, object)[columns]),
            query_special=self.query_special[rows],
            key_special=self.key_special[columns],
            queries=None if self.queries is None else self.queries[:, :, rows],
            keys=None if self.keys is None else self.keys[:, :, columns],
            bias=None if self.bias is None else self.bias[:, :, rows][..., columns],
            values=None if self.values is None else self.values[:, :, columns],
            maps=None if self.maps is None else tuple(own.only(rows, columns) for own in self.maps),
        )


def _listed(numbers: tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers))
