"""Additive energies in blocks: the (B, T, S, A) sum is made a few rows at a time, in the forward and the backward pass.

Held whole, the sum of T = S = 2048 at A = 256 takes 4.3 GB, and its activation as much again. In blocks of BLOCK_ELEMENTS
numbers it takes some 16 MB, whatever T and S are.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

# 16 MB of float32. Less is a little faster on an idle processor, and much slower on a busy one, where threads wait on each other
# after every block.
BLOCK_ELEMENTS = 1 << 22


@dataclass(frozen=True)
class Activation:
    """An activation and its slope.

    Args:
        apply: act(x), a new tensor.
        apply_: act(x), written over x where the slope can be told from act(x) alone.
        pull_: `pull_(upstream, x, act(x))`, upstream · act′(x) in one pass, written over x; x may be what `apply_` left of it.
    """

    apply: Callable[[Tensor], Tensor]
    apply_: Callable[[Tensor], Tensor]
    pull_: Callable[[Tensor, Tensor, Tensor], Tensor]


aten = torch.ops.aten
ACTIVATIONS = {
    "tanh": Activation(
        torch.tanh, torch.tanh_, lambda upstream, x, bent: aten.tanh_backward.grad_input(upstream, bent, grad_input=x)
    ),
    "relu": Activation(
        torch.relu, torch.relu_, lambda upstream, x, bent: aten.threshold_backward.grad_input(upstream, bent, 0, grad_input=x)
    ),
    "gelu": Activation(
        torch.nn.functional.gelu,
        torch.nn.functional.gelu,
        lambda upstream, x, bent: aten.gelu_backward.grad_input(upstream, x, grad_input=x),
    ),
    "sigmoid": Activation(
        torch.sigmoid, torch.sigmoid_, lambda upstream, x, bent: aten.sigmoid_backward.grad_input(upstream, bent, grad_input=x)
    ),
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


def _sums(from_query: Tensor, from_key: Tensor) -> Iterator[tuple[slice, slice, Tensor]]:
    """Each block's slices and its sum (items, block, S, A), in space that the next block writes over."""
    (batch, rows, width), keys = from_query.shape, from_key.shape[1]
    space = from_query.new_empty(0)
    for items, block in _blocks(batch, rows, keys * width):
        a, c = from_query[items, block, None, :], from_key[items, None, :, :]
        shape = (a.shape[0], a.shape[1], keys, width)
        if space.shape != shape:
            space = from_query.new_empty(shape)
        yield items, block, torch.add(a, c, out=space)


class _Additive(torch.autograd.Function):
    @staticmethod
    def forward(ctx, from_query: Tensor, from_key: Tensor, v: Tensor, activation: str) -> Tensor:
        ctx.save_for_backward(from_query, from_key, v)
        ctx.activation = ACTIVATIONS[activation]
        energies = from_query.new_empty(*from_query.shape[:2], from_key.shape[1])  # (B, T, S)
        for items, block, total in _sums(from_query, from_key):
            energies[items, block] = ctx.activation.apply_(total) @ v
        return energies

    @staticmethod
    @once_differentiable
    def backward(ctx, upstream: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        from_query, from_key, v = ctx.saved_tensors
        to_query, to_key, to_v = map(torch.zeros_like, (from_query, from_key, v))
        for items, block, total in _sums(from_query, from_key):
            bent = ctx.activation.apply_(total)  # (items, block, S, A)
            above = upstream[items, block]  # (items, block, S)
            to_v += above.reshape(-1) @ bent.reshape(-1, len(v))
            pulled = ctx.activation.pull_(above[..., None], total, bent)  # (items, block, S, A)
            to_query[items, block] = pulled.sum(2)
            to_key[items] += pulled.sum(1)
        return to_query * v, to_key * v, to_v, None
