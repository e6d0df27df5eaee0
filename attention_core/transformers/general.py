"""Where a head is the general score function: what its projections are given, and the W that they make together."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D

PAIRS = (("query", "key"), ("q_proj", "k_proj"), ("q", "k"), ("q_lin", "k_lin"))  # what the library calls them
FUSED, APART = "c_attn", "q_attn"  # GPT-2's query, key and value in one; its query where keys come from elsewhere


@dataclass(frozen=True)
class Maps:
    """How one layer makes the queries and keys of its heads: as affine maps of states.

        q = W_Q x + b_Q and k = W_K y + b_K, so that scaling · qᵀk = [x; 1]ᵀ W [y; 1] with W = scaling · [W_Q b_Q]ᵀ [W_K b_K]

    Args:
        query_states, key_states: (T, Dq) and (S, Dk) float32: the x and the y that the projections are given, which is what
            enters the attention of the layer. Of a cross attention y is what the encoder gave.
        query_weight, query_bias: (H, d, Dq) and (H, d) float32; the bias is None where the model has none.
        key_weight, key_bias: (G, d, Dk) and (G, d); H / G heads share each.

    Source: Elhage et al. 2021, A mathematical framework for transformer circuits, "QK circuit",
        https://transformer-circuits.pub/2021/framework. The 1 that is appended, for the biases, is ours.

    Example:
        >>> import numpy as np
        >>> two = np.full((1, 1, 1), 2.0)
        >>> maps = Maps(np.ones((1, 1)), np.ones((1, 1)), two, np.full((1, 1), 3.0), two, None)
        >>> maps.matrix(0, 0, scaling=1.0).tolist()
        [[4.0, 0.0], [6.0, 0.0]]
    """

    query_states: np.ndarray
    key_states: np.ndarray
    query_weight: np.ndarray
    query_bias: np.ndarray | None
    key_weight: np.ndarray
    key_bias: np.ndarray | None

    def matrix(self, head: int, key_head: int, scaling: float) -> np.ndarray:
        """(Dq + 1, Dk + 1) float64: W of one head, made now; see the class.

        Args:
            head, key_head: From 0.
            scaling: What dot products are multiplied with.
        """
        query = _joined(self.query_weight[head], None if self.query_bias is None else self.query_bias[head])  # (d, Dq + 1)
        key = _joined(self.key_weight[key_head], None if self.key_bias is None else self.key_bias[key_head])  # (d, Dk + 1)
        return scaling * query.T @ key  # (Dq + 1, Dk + 1)

    def extended(self) -> tuple[np.ndarray, np.ndarray]:
        """(T, Dq + 1) and (S, Dk + 1) float32: the states, each with a 1 appended."""
        both = self.query_states, self.key_states
        return tuple(np.concatenate([own, np.ones((len(own), 1), own.dtype)], 1) for own in both)

    def only(self, rows: np.ndarray, columns: np.ndarray) -> "Maps":
        """The same with these rows (T,) and columns (S,) of states, as booleans."""
        return replace(self, query_states=self.query_states[rows], key_states=self.key_states[columns])


def projections_of(attention: nn.Module) -> tuple[nn.Module, nn.Module] | None:
    """What makes queries and what makes keys in a module of attention, the same one if it makes both; None if it is no such."""
    fused = getattr(attention, FUSED, None)
    pairs = [(getattr(attention, query, None), getattr(attention, key, None)) for query, key in PAIRS]
    for pair in (*pairs, (getattr(attention, APART, fused), fused)):
        if all(type(own) in (nn.Linear, Conv1D) for own in pair):
            return pair
    return None


def maps_of(attention: nn.Module, query: Tensor, key: Tensor, heard: Mapping[nn.Module, tuple[Tensor, Tensor]]) -> Maps | None:
    """The maps behind the queries and keys that were attended with.

    Args:
        query, key: (H, T, d) and (G, S, d).
        heard: What projections were given (T, D), and what they gave (T, width).

    Returns:
        None where queries or keys are not exactly what the projections gave: turned by positions, normed or scaled.
    """
    pair = projections_of(attention)
    if pair is None or any(own not in heard for own in pair):
        return None
    found = []
    for own, made, start in zip(
        pair, (query, key), (0, query.shape[0] * query.shape[2] if pair[0] is pair[1] else 0), strict=True
    ):
        count, length, width = made.shape
        (given, gave), part = heard[own], slice(start, start + count * width)
        if gave.ndim != 2 or gave[:, part].shape != (length, count * width):
            return None
        if not gave[:, part].reshape(length, count, width).transpose(0, 1).equal(made):
            return None
        weight = (own.weight.T if isinstance(own, Conv1D) else own.weight)[part].reshape(count, width, -1)  # (H, d, D)
        bias = None if own.bias is None else own.bias[part].reshape(count, width)  # (H, d)
        found.append([None if each is None else each.detach().float().cpu().numpy() for each in (given, weight, bias)])
    (x, *query_map), (y, *key_map) = found
    return Maps(x, y, *query_map, *key_map)


def _joined(weight: np.ndarray, bias: np.ndarray | None) -> np.ndarray:
    """(d, D + 1) float64."""
    bias = np.zeros(len(weight)) if bias is None else bias
    return np.concatenate([weight, bias[:, None]], 1).astype(np.float64)
