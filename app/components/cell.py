"""What the inspector draws of one cell: its title, its strips, the row as a table, and where the sliders stand."""

from typing import Any

import numpy as np
import streamlit as st

from app import state
from app.components import chain
from app.components.subject import Subject
from app.figures.numbers import figure as number
from app.figures.theme import diverging, hexes
from app.reading import is_written, queries_of, read_field, row_of

PALETTE_EVERY = 4  # of the 257 colours


def content(subject: Subject, cell: Any, now: Any, is_moved: bool) -> tuple[dict[str, Any], list[np.ndarray]]:
    """What the element draws, and the vectors of its strips.

    Args:
        subject: The result that the cell is of.
        cell: The cell as it is.
        now: The same with what the sliders moved.
        is_moved: Whether they moved anything.
    """
    places, _ = chain.decimals(cell)
    strips = chain.strips(subject.score, cell, places)
    leading, bound = chain.largest(now.part), float(np.abs(now.context).max())
    parts = [
        chain.vector("weight × value", "what this key adds to the context vector", now.part, places, leading),
        chain.vector("context", "the sum over all keys, on the same scale", now.context, places, leading),
    ]
    arrays = [strip["values"] for strip in [*strips, *parts] if strip["values"] is not None]
    energy, weight = now.energies[now.column], now.weights[now.column]
    low, high = _range(cell)
    header = {
        "energy": float(energy),
        "weight": float(weight),
        "strips": [_strip(strip) for strip in strips],
        "parts": [_strip(strip, bound) for strip in parts],
        "table": chain.table(subject.distribution, now, subject.result.key_labels),
        "palette": hexes(diverging(st.context.theme.type)[::PALETTE_EVERY]),
        "moved": is_moved,
        "change": f"weight {number(cell.weights[cell.column])} → {number(weight)}" if is_moved else f"weight {number(weight)}",
        "slider": {"low": low, "high": high, "value": float(energy), "text": number(energy)},
        "temperatures": list(state.TEMPERATURES),
        "temperature": int(np.abs(np.log(state.TEMPERATURES) - np.log(now.temperature)).argmin()),
        "masked": "" if cell.key_mask[cell.column] else "This key is masked: whatever its energy, its weight is exactly 0.",
        "held": "Moving these computes only the distribution again. Everything before it is held fixed"
        + (", the words already written included" if is_written(subject.result) else "")
        + ", and the settings of the page stay as they are.",
    }
    return header, arrays


def title(subject: Subject, cell: Any) -> str:
    """The sentence over the arithmetic."""
    result = subject.result
    label, words = result.key_labels[cell.column], result.key_words
    if result.key_boxes is not None:
        key = f"the place at {label}"
    elif result.key_spans is not None:
        key = f"the stretch {label}"
    elif words is None or words.index[cell.column] < 0:
        key = f"“{label}”"
    else:
        word = words.labels[words.index[cell.column]]
        is_whole = (words.index == words.index[cell.column]).sum() == 1
        key = f"the word “{word}”" if is_whole else f"“{label}”, a part of “{word}”,"
    head = f"{subject.head}: how" if subject.head else "How"
    row = f" for “{_query(result, cell.row)}”" if len(result.query) > 1 else ""
    return f"{head} {key} gets weight {number(cell.weights[cell.column])}{row}"


def _strip(strip: dict[str, Any], bound: float | None = None) -> dict[str, Any]:
    """The strip as text and numbers; its values travel beside the header."""
    told = {key: own for key, own in strip.items() if key != "values"}
    if strip["values"] is None:
        return {**told, "size": 0}
    bound = float(np.abs(strip["values"]).max()) if bound is None else bound
    return {**told, "size": len(strip["values"]), "bound": bound, "scale": f"±{number(bound)}"}


def _range(cell: Any) -> tuple[float, float]:
    """Where the energy can be moved: as far again, above and below, as the row's energies reach."""
    own = cell.energies[cell.key_mask | (np.arange(len(cell.energies)) == cell.column)]
    span = max(float(own.max() - own.min()), 2 * cell.temperature)
    return float(own.min()) - span / 2, float(own.max()) + span / 2


def _query(result: Any, query: int) -> str:
    """The row that a query belongs to, with the part of it that it is."""
    row, label = row_of(result, query), result.query_labels[query]
    if row is None:
        return label
    word = read_field(result).rows[row]
    return word if len(queries_of(result)[row]) == 1 else f"{word} ({label})"
