"""One head of a transformer for the cell inspector, and what it computes in words."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import attention_core as core
from app.components.subject import Subject
from attention_core import transformers

OWN_WAY = (
    "This model changes its energies in a way of its own before the softmax, such as a limit on their size or on how far a token "
    "sees. No cell of it can be taken apart."
)


def head_subject(
    stack: Any,
    layer: int,
    head: int,
    *,
    name: str,
    of: tuple,
    score_specs: Sequence[Any],
    distribution_specs: Sequence[Any],
    weights_sha256: str | None = None,
    device: str = "cpu",
) -> Subject:
    """The head as what the inspector can look into.

    Args:
        stack: An AttentionStack with states, with or without special tokens; it need not hold other layers.
        layer, head: From 0.
        name: What the transformer is called.
        of: What the stack was computed from, as values to tell it from another: model and input.
        score_specs, distribution_specs: What all of them declare.
        weights_sha256, device: Where it comes from, for what is saved of it.
    """
    make = partial(transformers.head_result, stack, layer, head, name=name, weights_sha256=weights_sha256, device=device)
    score, module, result = make()
    return Subject(
        next(own for own in score_specs if own.name == score),
        next(own for own in distribution_specs if own.name == result.provenance["distribution"]),
        result,
        (*of, stack.kind, layer, head, result.weights.shape),
        _inspected(module, lambda row: result if stack.bias is None else make(row=row)[2]),
        head=f"Layer {layer + 1}, head {head + 1}",
        closed=lambda: "" if transformers.agrees(result) else OWN_WAY,
    )


def _inspected(module: Any, result_of: Callable[[int], Any]) -> Callable[[int, int], Any]:
    """What computes a cell; those of the row that was looked at last are kept."""
    kept: dict[tuple[int, int], Any] = {}

    def inspect(row: int, column: int) -> Any:
        cell = kept.get((row, column))
        if cell is None:
            beside = next((own for own in [*kept.values()] if own.row == row), None)
            if beside is None:
                kept.clear()
            kept[row, column] = cell = core.inspect_cell(module, result_of(row), row, column, beside)
        return cell

    return inspect


def what_it_computes(stack: Any, layer: int, head: int) -> str:
    """What that head of the stack computes, in a few sentences of Markdown."""
    own = stack.head(layer, head)
    if not transformers.agrees(transformers.head_result(stack, layer, head, name=stack.kind)[2]):
        return OWN_WAY
    width = own.query.shape[1]
    if own.matrix is not None:
        told = _general(stack, own, width)
    elif own.bias is not None:
        told = _biased(own, width)
    else:
        told = _dot(stack, own, width)
    return " ".join(filter(None, [told, _shared(stack, own)]))


def _general(stack: Any, own: Any, width: int) -> str:
    rows, columns = own.matrix.shape
    sides = (
        "Its queries are the states of the target, its keys what the encoder made of the source"
        if stack.kind == "cross"
        else "Its queries and its keys are the states that enter this layer's attention"
    )
    maps = stack.maps[stack.layers.index(own.layer)]
    none = " (of which this model has none)" if maps.query_bias is None and maps.key_bias is None else ""
    return (
        "This head is the general score function, $f(q, k) = q^\\top W k$. "
        f"{sides}, each with a 1 appended, so that $W$ holds the biases{none}, too. "
        f"$W = {_factor(own, width)}[W_Q\\; b_Q]^\\top [W_K\\; b_K]$ has {rows:,} × {columns:,} numbers. "
        f"Both brackets have only $d = {width}$ rows, so $W$ listens to at most {width} directions of a state."
    )


def _dot(stack: Any, own: Any, width: int) -> str:
    why = (
        "This model turns every query and every key by its position. The $W$ of a general score function would depend on how far "
        "apart the two tokens are, so there is no single one. "
        if stack.rotary
        else "How this model makes its queries and keys cannot be read as one plain map of states: there is no $W$ to show. "
    )
    turned = "turned " if stack.rotary else ""
    if _is_scaled(own, width):
        product = "scaled dot product $q^\\top k / \\sqrt{d}$"
        return f"{why}What you inspect is the {product} of the {turned}query and key, $d = {width}$."
    return f"{why}What you inspect is the dot product $q^\\top k$ of the {turned}query and key{_inside(own)}."


def _biased(own: Any, width: int) -> str:
    by = "does not divide by $\\sqrt{d}$ and adds" if own.scaling == 1 else "adds"
    return (
        f"This model {by} a number to each dot product that depends on how far apart the two tokens are: its position bias. "
        "So there is no single $W$. What you inspect is the dot product $q^\\top k$ of the head's own query and key"
        f"{_inside(own)}, $d = {width}$ numbers each, and one more: the bias stands as the last component of the key, "
        "with a 1 in the query."
    )


def _shared(stack: Any, own: Any) -> str:
    """Which heads use the same keys, where several do."""
    heads, groups = stack.queries.shape[1], stack.keys.shape[1]
    if heads == groups:
        return ""
    shared = heads // groups
    first = own.key_head * shared + 1
    sharing = f"{first} {'and' if shared == 2 else 'to'} {first + shared - 1}"
    return f"Its keys are those of key head {own.key_head + 1} of {groups}, which query heads {sharing} share."


def _is_scaled(own: Any, width: int) -> bool:
    return math.isclose(own.scaling, width**-0.5)


def _factor(own: Any, width: int) -> str:
    """What stands before the product of the maps, in LaTeX."""
    if _is_scaled(own, width):
        return rf"\frac{{1}}{{\sqrt{{{width}}}}}\, "
    return "" if own.scaling == 1 else rf"{own.scaling:.3g}\, "


def _inside(own: Any) -> str:
    """What is said of a scaling that the query holds."""
    return "" if own.scaling == 1 else f" (the query multiplied with {own.scaling:.3g} before)"
