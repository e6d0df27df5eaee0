"""Every score function on the same input: their weights under one colour scale, and each one's numbers on a card."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from app import state
from app.components.element import element, pack
from app.components.plot import scrolling
from app.components.stage import overlay_palette
from app.figures import heatmap
from app.figures.numbers import figure as number
from app.reading import Row, entropy_bits, read_row

KEY = "compare"

_COMPARE = element(
    "attention_compare", '<ul class="compare" data-testid="compare"></ul>', "compare.css", "field.js", "compare.js"
)


def comparison(spec: Any, scores: Sequence[Any], card: Mapping[str, Any], encoded: Any, attended: Any) -> None:
    """Draw the comparison; pressing a score function's name makes it the main one.

    Args:
        spec: What the task declares.
        scores: What the score functions declare, in order.
        card: What the trainer measured.
        encoded, attended: The input, and every score function's result on it.
    """
    rows = [read_row(attended.results[own.name]) for own in scores]
    weights, kind = [row.weights for row in rows], st.context.theme.type
    largest = max(float(own.max()) for own in weights)
    st.header("Every score function on this input", anchor=False)
    st.caption(f"One colour scale for all: 0 to {number(largest)}. Press a name to make it the main figure.")
    if encoded.picture is None:
        figure = heatmap.rows_heatmap(
            np.stack(weights),
            [own.title for own in scores],
            rows[0].labels,
            kind,
            largest=largest,
            energies=np.stack([row.energies for row in rows]),
            row_title="score function",
            column_title="key (word)",
        )
        scrolling(figure, "every", "Weights of every score function: rows are score functions, columns words")
    arrays = [] if encoded.picture is None else [rows[0].boxes, *weights]
    thumb = b"" if encoded.picture is None else encoded.picture.thumb
    floor = measured(card, next(own.name for own in scores if own.is_floor), spec.metric.key, state.TRAINED)
    header = {
        "items": [_item(spec, own, row, card, floor, attended) for own, row in zip(scores, rows, strict=True)],
        "shape": None if encoded.picture is None else encoded.picture.shape,
        "palette": overlay_palette(kind),
        "top": largest,
    }
    run = hashlib.sha256(pack(header, arrays, thumb)).hexdigest()
    chosen = st.session_state[state.SCORE]
    _COMPARE(key=KEY, data=pack({**header, "run": run, "chosen": chosen}, arrays, thumb), on_pick_change=_pick)
    st.caption(
        "Entropy says how spread the weights are: 0 bits when all lie on one key; “as if over n keys” is 2 to that power."
        + ("" if floor is None else f" {spec.metric.title} is {spec.metric.meaning}; the mark on its bar is the floor, ")
        + ("" if floor is None else f"{number(floor)}, what equal weights reach. It was measured with softmax at temperature 1; ")
        + ("" if floor is None else "for untrained parameters it is the mean of three seeds.")
    )


def _item(spec: Any, own: Any, row: Row, card: Mapping[str, Any], floor: float | None, attended: Any) -> dict[str, Any]:
    """One card: terms and values as text, the measured result and the floor in 0..1 or None, a note or nothing."""
    parameters = attended.results[own.name].provenance["parameters"]
    own_result = measured(card, own.name, spec.metric.key, parameters)
    bits, top = entropy_bits(row.weights), float(row.weights.max())
    peak = row.labels[int(row.weights.argmax())] if row.weights.min() < top else "nowhere: all equal"
    facts = [
        ("Entropy", f"{number(bits)} bits"),
        ("As if over", f"{number(2**bits)} keys"),
        ("Largest", number(top)),
        ("Peak at", peak),
    ]
    if own_result is not None:
        facts.append((spec.metric.title, number(own_result)))
    return {
        "name": own.name,
        "title": own.title,
        "facts": facts,
        "peak": peak,
        "measured": own_result,
        "floor": floor,
        "note": "Untrained: this task has no trained parameters for it yet." if own.name in attended.untrained else "",
    }


def measured(card: Mapping[str, Any], name: str, key: str, parameters: str) -> float | None:
    """What the card says of a score function: its metric with trained or untrained parameters; None if it says nothing."""
    entry = card.get("scores", {}).get(name, {})
    return entry.get("metrics" if parameters == state.TRAINED else "untrained", {}).get(key)


def _pick() -> None:
    st.session_state[state.SCORE] = st.session_state[KEY].pick
