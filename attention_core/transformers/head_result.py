"""One head of a transformer as a result of a score function, so that its cells can be taken apart like those of a task."""

import math
import re

import numpy as np
import torch
from torch import nn

from attention_core.registry import build_score, distribution_spec
from attention_core.results import TaskResult
from attention_core.transformers.stack import AttentionStack, Head
from attention_core.version import versions

SAFE, LONGEST_NAME = re.compile(r"[^a-z0-9]+"), 60  # what of a model's name becomes part of a file's
CLOSE = 1e-3  # a weight computed again may differ by this much from the recorded one


def head_result(
    stack: AttentionStack,
    layer: int,
    head: int,
    row: int = 0,
    *,
    name: str,
    weights_sha256: str | None = None,
    device: str = "cpu",
) -> tuple[str, nn.Module, TaskResult]:
    """A head as a score function with its queries, keys and values: what `inspect_cell` takes.

    - general, f(q, k) = qᵀWk, where there is a W: q and k are the states of the layer with a 1 appended.
    - else scaled_dot, f(q, k) = qᵀk / √d, of the head's own queries and keys, where this is what the model computes.
    - else multiplicative, f(q, k) = qᵀk, with the scaling in q. A bias b of positions is the last component of k, with a 1 in q:
      [q; 1]ᵀ[k; b] = qᵀk + b. It depends on the query's position, so that the result's `key` holds for one row only.

    Args:
        stack: From `Transformer.attend(…, states=True)`, with or without special tokens.
        layer, head: As in `AttentionStack.head`.
        row: Whose bias the keys carry, where there is one.
        name: What the transformer is called: that of `open_transformer`.
        weights_sha256: `Transformer.weights_sha256`.
        device: Where it was computed.

    Returns:
        The score function's name; its module, in float64 on the CPU; the result, with the recorded weights and energies, the
        softmax at temperature 1, True in `key_mask` for what may be attended (up to itself in a decoder), and `key_boxes` where
        every key is a place of the picture.

    Raises:
        ValueError: as `AttentionStack.head`, or there is no such row.

    Example:
        >>> import attention_core as core
        >>> from attention_core.transformers import open_transformer
        >>> stack = open_transformer("minilm", "cpu").attend(text="The cat sat.", states=True)["encoder"]
        >>> score, module, result = head_result(stack, layer=2, head=4, name="minilm")
        >>> cell = core.inspect_cell(module, result, row=1, column=2)
        >>> score, bool(abs(cell.weights[2] - result.weights[1, 2]) < 1e-5)
        ('general', True)
    """
    own = stack.head(layer, head)
    if isinstance(row, bool) or not isinstance(row, int) or not 0 <= row < len(own.query):
        raise ValueError(f"row must be a whole number from 0 to {len(own.query) - 1}, got {row!r}.")
    score, query, key = _told(own, row)
    with torch.device("meta"):  # no parameters are drawn
        module = build_score(score, query_dim=query.shape[1], key_dim=key.shape[1])
    if own.matrix is not None:
        module.W = nn.Parameter(torch.from_numpy(own.matrix), requires_grad=False)
    may = np.ones(own.weights.shape, bool)  # (T, S)
    boxes = stack.key_boxes()
    result = TaskResult(
        energies=own.energies,
        weights=own.weights,
        query=query,
        key=key,
        value=own.value,
        context=own.weights @ own.value,
        key_mask=np.tril(may) if stack.kind == "decoder" else may,
        query_labels=stack.query_labels,
        key_labels=stack.key_labels,
        output={},
        provenance={
            "task": _task(name, stack.kind, layer, head),
            "score": score,
            "parameters": "trained",
            "seed": None,
            "weights_sha256": weights_sha256,
            "distribution": "softmax",
            "distribution_options": {},
            "temperature": 1.0,
            "options": {},
            "versions": versions(),
            "device": device,
        },
        key_boxes=None if boxes is None or np.isnan(boxes).any() else boxes,
    )
    return score, module, result


def agrees(result: TaskResult) -> bool:
    """Whether the energies of a `head_result` give its recorded weights; not in a model that changes them in a way of its own.

    Rows that are even over all their keys are not looked at: they may have been made so, see `AttentionStack.without_special`.
    """
    energies = torch.from_numpy(np.where(result.key_mask, result.energies, -np.inf)).double()  # (T, S)
    off = np.abs(distribution_spec("softmax").weigh(energies).numpy() - result.weights).max(1)  # (T,)
    least = np.where(result.key_mask, result.weights, np.inf).min(1)  # (T,)
    return bool((off[result.weights.max(1) > least] <= CLOSE).all())


def _told(own: Head, row: int) -> tuple[str, np.ndarray, np.ndarray]:
    """The score function's name, its queries (T, Dq) and its keys (S, Dk)."""
    if own.matrix is not None:
        return "general", own.query_states, own.key_states
    if own.bias is None and math.isclose(own.scaling, own.query.shape[1] ** -0.5):
        return "scaled_dot", own.query, own.key
    query = np.float32(own.scaling) * own.query  # (T, d)
    if own.bias is None:
        return "multiplicative", query, own.key
    query = np.concatenate([query, np.ones((len(query), 1), np.float32)], 1)  # (T, d + 1)
    return "multiplicative", query, np.concatenate([own.key, own.bias[row][:, None]], 1)  # (S, d + 1)


def _task(name: str, kind: str, layer: int, head: int) -> str:
    """Such as "transformer-minilm-encoder-layer3-head5", which may stand in a file name."""
    safe = SAFE.sub("-", name.lower())[:LONGEST_NAME].strip("-") or "own"
    return f"transformer-{safe}-{kind}-layer{layer + 1}-head{head + 1}"
