"""Additive energies in blocks: the (B, T, S, A) sum is made a few rows at a time, in the forward and the backward pass.

Held whole, the sum of T = S = 2048 at A = 256 takes 4.3 GB, and its activation as much again. In blocks of BLOCK_ELEMENTS
numbers it stays in the processor's cache, and the time is that of the activation alone.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

BLOCK_ELEMENTS = 1 << 20  # 4 MB of float32


@dataclass(frozen=True)
class Activation:
    """An activation and its slope.

    Args:
        apply: act(x), a new tensor.
        apply_: act(x), written over x where that can be done.
        slope: act′(x) from x and act(x).
    """

    apply: Callable[[Tensor], Tensor]
    apply_: Callable[[Tensor], Tensor]
    slope: Callable[[Tensor, Tensor], Tensor]


def _gelu_slope(x: Tensor, bent: Tensor) -> Tensor:
    density = torch.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)
    return torch.special.ndtr(x) + x * density


ACTIVATIONS = {
    "tanh": Activation(torch.tanh, torch.tanh_, lambda x, bent: 1 - bent * bent),
    "relu": Activation(torch.relu, torch.relu_, lambda x, bent: (x > 0).to(x.dtype)),
    "gelu": Activation(torch.nn.functional.gelu, torch.nn.functional.gelu, _gelu_slope),
    "sigmoid": Activation(torch.sigmoid, torch.sigmoid_, lambda x, bent: bent * (1 - bent)),
}


def additive_energies(from_query: Tensor, from_key: Tensor, v: Tensor, activation: str) -> Tensor:
    """Energies vᵀ act(a + c) of every projected query a with every projected key c.

    Args:
        from_query: a = W₂q + b, (B, T, A).
        from_key: c = W₁k, (B, S, A).
        v: (A,).
        activation: A name of ACTIVATIONS.

    Returns:
        (B, T, S). Gradients reach all three tensors, once (there is no second derivative).
    """
    return _Additive.apply(from_query, from_key, v, activation)


def _blocks(batch: int, rows: int, row_elements: int) -> Iterator[tuple[slice, slice]]:
    """Slices of the batch and of the query rows, each pair together at most BLOCK_ELEMENTS numbers, at least one row."""
    items = max(1, min(batch, BLOCK_ELEMENTS // max(1, row_elements)))
    height = max(1, min(rows, BLOCK_ELEMENTS // max(1, items * row_elements)))
    for item in range(0, batch, items):
        for row in range(0, rows, height):
            yield slice(item, item + items), slice(row, row + height)


class _Additive(torch.autograd.Function):
    @staticmethod
    def forward(ctx, from_query: Tensor, from_key: Tensor, v: Tensor, activation: str) -> Tensor:
        ctx.save_for_backward(from_query, from_key, v)
        ctx.activation = ACTIVATIONS[activation]
        (batch, rows, width), keys = from_query.shape, from_key.shape[1]
        energies = from_query.new_empty(batch, rows, keys)  # (B, T, S)
        space = None
        for items, block in _blocks(batch, rows, keys * width):
            a, c = from_query[items, block, None, :], from_key[items, None, :, :]
            shape = (a.shape[0], a.shape[1], keys, width)
            if space is None or space.shape != shape:
                space = from_query.new_empty(shape)
            torch.add(a, c, out=space)  # (items, block, S, A)
            energies[items, block] = ctx.activation.apply_(space) @ v
        return energies

    @staticmethod
    @once_differentiable
    def backward(ctx, upstream: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        from_query, from_key, v = ctx.saved_tensors
        (batch, rows, width), keys = from_query.shape, from_key.shape[1]
        to_query, to_key, to_v = map(torch.zeros_like, (from_query, from_key, v))
        for items, block in _blocks(batch, rows, keys * width):
            total = from_query[items, block, None, :] + from_key[items, None, :, :]  # (items, block, S, A)
            bent = ctx.activation.apply(total)
            above = upstream[items, block]  # (items, block, S)
            to_v += above.reshape(-1) @ bent.reshape(-1, width)
            slope = ctx.activation.slope(total, bent).mul_(v).mul_(above[..., None])  # (items, block, S, A)
            to_query[items, block] = slope.sum(2)
            to_key[items] += slope.sum(1)
        return to_query, to_key, to_v, None
