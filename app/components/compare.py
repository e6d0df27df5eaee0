"""Every score function on the same input: their weights under one colour scale, and each one's numbers on a card."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from app import services, state
from app.comparing import peak_agreement
from app.components.element import element, pack
from app.components.plot import scrolling
from app.components.report import measured
from app.components.stage import overlay_palette
from app.figures import heatmap
from app.figures.numbers import figure as number
from app.figures.numbers import percent
from app.measuring import draws
from app.reading import Field, entropy_bits, has_rows, outcome, read_field, read_row

KEY = "compare"
AGREEMENT = (
    " Here it is the mean over all {0}s. “Same peak” is the share of {0}s whose largest weight lies where it does "
    "under the other score functions that have that {0} too."
)

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
    results = [attended.results[own.name] for own in scores]
    fields, kind = [read_field(own) for own in results], st.context.theme.type
    several = has_rows(results[0])
    weights = [own.weights if several else own.weights[0] for own in fields]
    largest = max(float(own.max()) for own in weights)
    st.header("Every score function on this input", anchor=False)
    st.caption(f"One colour scale for all: 0 to {number(largest)}. Press a name to make it the main figure.")
    if encoded.picture is None and not several:
        figure = heatmap.rows_heatmap(
            np.stack(weights),
            [own.title for own in scores],
            fields[0].keys,
            kind,
            largest=largest,
            energies=np.stack([own.energies[0] for own in fields]),
            row_title="score function",
            column_title=f"key ({spec.key_name})",
        )
        scrolling(figure, "every", f"Weights of every score function: rows are score functions, columns {spec.key_name}s")
    arrays = [*([] if encoded.picture is None else [fields[0].boxes]), *(weights if several or encoded.picture else [])]
    thumb = b"" if encoded.picture is None else encoded.picture.thumb
    floor = measured(card, next(own.name for own in scores if own.is_floor), spec.metric.key, state.TRAINED)
    header = {
        "items": [_item(spec, own, field, card, floor, attended) for own, field in zip(scores, fields, strict=True)],
        "several": several,
        "names": [spec.query_name, spec.key_name],
        "keys": list(fields[0].keys) if several and encoded.picture is None else [],
        "seconds": encoded.encoding.signals and encoded.encoding.signals.seconds,
        "shape": None if encoded.picture is None else encoded.picture.shape,
        "palette": overlay_palette(kind),
        "top": largest,
    }
    for item, field, agreement in zip(header["items"], fields, peak_agreement(fields) if several else [], strict=False):
        item["rows"], item["said"] = list(field.rows), outcome(attended.results[item["name"]])
        if agreement is not None:
            item["facts"].insert(2, ("Same peak", percent(agreement)))
    run = hashlib.sha256(pack(header, arrays, thumb)).hexdigest()
    chosen = st.session_state[state.SCORE]
    _COMPARE(key=KEY, data=pack({**header, "run": run, "chosen": chosen}, arrays, thumb), on_pick_change=_pick)
    st.caption(
        "Entropy says how spread the weights are: 0 bits when all lie on one key; “as if over n keys” is 2 to that power."
        + (AGREEMENT.format(spec.query_name) if several else "")
        + ("" if floor is None else f" {spec.metric.title} is {spec.metric.meaning}; the mark on its bar is the floor, ")
        + ("" if floor is None else f"{number(floor)}, what equal weights reach. It was measured with softmax at temperature 1; ")
        + ("" if floor is None else f"for untrained parameters it is from {draws([card['untrained_seeds']])}.")
    )


def choose_word(attended: Any, line: int, place: int) -> bool:
    """Pin that word under the score function of that line, which becomes the main one; returns whether there is such a word."""
    names = [own.name for own in services.score_specs()]
    if not 0 <= line < len(names):
        return False
    row = read_row(attended.results[names[line]])
    if not 0 <= place < len(row.positions):
        return False
    st.session_state[state.SCORE] = names[line]
    st.session_state[state.CELL] = (row.query, int(row.positions[place]))
    return True


def _item(spec: Any, own: Any, field: Field, card: Mapping[str, Any], floor: float | None, attended: Any) -> dict[str, Any]:
    """One card: terms and values as text, the measured result and the floor in 0..1 or None, a note or nothing."""
    parameters = attended.results[own.name].provenance["parameters"]
    own_result = measured(card, own.name, spec.metric.key, parameters)
    bits, top = float(np.mean([entropy_bits(row) for row in field.weights])), float(field.weights.max())
    row, key = divmod(int(field.weights.argmax()), len(field.keys))
    peak = field.keys[key] if field.weights.min() < top else "nowhere: all equal"
    if has_rows(attended.results[own.name]) and field.weights.min() < top:
        peak = f"{field.rows[row]} → {peak}"
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
        "measured": None if own_result is None else own_result / spec.metric.largest,
        "floor": None if floor is None else floor / spec.metric.largest,
        "note": "Untrained: this task has no trained parameters for it yet." if own.name in attended.untrained else "",
    }


def _pick() -> None:
    st.session_state[state.SCORE] = st.session_state[KEY].pick
