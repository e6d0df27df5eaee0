"""The cell inspector: the whole way from one query and one key to the weight, with every number, and two sliders to move it.

It hears of a pressed word, place or heatmap cell in the browser, and draws alone: nothing else of the page runs again.
"""

import hashlib
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from app import address, lessons, services, state
from app.components import chain
from app.components.downloads import Sheet, downloads
from app.components.element import element, pack
from app.components.plain import plain
from app.figures.numbers import figure as number
from app.figures.theme import diverging, hexes
from app.reading import is_written, queries_of, read_field, read_row, row_of

KEY, CHOSEN = "inspector", "inspector:chosen"
DRAWN_FIRST_SECONDS = 0.05
PALETTE_EVERY = 4  # of the 257 colours

_INSPECTOR = element(
    "attention_inspector", '<section class="inspector" data-testid="inspector"></section>', "inspector.css", "field.js",
    "strips.js", "inspector.js",
)  # fmt: skip


@st.fragment
@lessons.others_first()
def inspector(score: Any, distribution: Any, attended: Any, save: Callable[..., Sheet] | None = None) -> None:
    """Draw the pinned cell of the main figure, or how to pin one.

    Args:
        score, distribution: What the chosen ones declare.
        attended: The input under every score function.
        save: What can be saved of a cell, given the sentence over it, the cell, and what the sliders say or None.
    """
    if st.session_state.pop(CHOSEN, False):
        st.rerun()  # the whole page: another score function is the main one now
    result = attended.results[score.name]
    pinned = state.pinned(*result.weights.shape)
    name = (attended.run, score.name, pinned)
    with st.container(key="cell"):
        head = st.container()
        if pinned is None:
            thing = "place of the picture or of the bare field"
            if result.key_boxes is None:
                thing = "cell of a heatmap" if is_written(result) else "word or a cell of a heatmap"
            header, arrays = (
                {"hint": f"Press a {thing} (or go there by keyboard and press Enter) to see the arithmetic behind it."},
                [],
            )
        else:
            cell = services.inspect_cell(attended, score.name, *pinned)
            # One element for both: each takes the browser a tenth of the time that opening may take.
            head.markdown(f"## {plain(_title(result, cell))}\n$$\n{chain.formula(score, cell, chain.decimals(cell)[0])}\n$$")
            header, arrays = _content(score, distribution, result, cell, name)
        row = state.held(len(queries_of(result))) or 0
        columns = 0 if result.key_boxes is None else len(np.unique(result.key_boxes[:, 0]))
        header = {**header, "query": int(queries_of(result)[row][0]), "columns": columns}
        run = hashlib.sha256(pack(header, arrays)).hexdigest()
        _INSPECTOR(key=KEY, data=pack({**header, "run": run}, arrays), on_act_change=partial(_act, name, attended))
    address.write(pause=DRAWN_FIRST_SECONDS)
    if save and pinned is not None:  # last, when the cell has been drawn
        downloads(partial(_sheet, save, result, cell), "save_cell", "Save this cell")


def _sheet(save: Callable[..., Sheet], result: Any, cell: Any) -> Sheet:
    """What can be saved of the cell as it is shown, moved or not."""
    moved = st.session_state.get(state.MOVED)
    now = cell if moved is None else services.reweigh(cell, moved.energy, moved.temperature)
    return save(_title(result, now), now, moved)


def _content(score: Any, distribution: Any, result: Any, cell: Any, name: Any) -> tuple[dict[str, Any], list[np.ndarray]]:
    """What the element draws, and the vectors of its strips."""
    moved = st.session_state.get(state.MOVED)
    if moved is not None and moved.of != name:
        del st.session_state[state.MOVED]
        moved = None
    now = cell if moved is None else services.reweigh(cell, moved.energy, moved.temperature)
    places, _ = chain.decimals(cell)
    strips = chain.strips(score, cell, places)
    leading, bound = chain.largest(now.part), float(np.abs(now.context).max())
    parts = [
        chain.vector("weight × value", "what this key adds to the context vector", now.part, places, leading),
        chain.vector("context", "the sum over all keys, on the same scale", now.context, places, leading),
    ]
    arrays = [strip["values"] for strip in [*strips, *parts] if strip["values"] is not None]
    energy, weight = now.energies[now.column], now.weights[now.column]
    low, high = _range(cell)
    header = {
        "row": cell.row,
        "key": cell.column,
        "rows": len(result.query),
        "keys": len(result.key),
        "energy": float(energy),
        "weight": float(weight),
        "strips": [_strip(strip) for strip in strips],
        "parts": [_strip(strip, bound) for strip in parts],
        "table": chain.table(distribution, now, result.key_labels),
        "palette": hexes(diverging(st.context.theme.type)[::PALETTE_EVERY]),
        "moved": moved is not None,
        "change": f"weight {number(cell.weights[cell.column])} → {number(weight)}" if moved else f"weight {number(weight)}",
        "slider": {"low": low, "high": high, "value": float(energy), "text": number(energy)},
        "temperatures": list(state.TEMPERATURES),
        "temperature": int(np.abs(np.log(state.TEMPERATURES) - np.log(now.temperature)).argmin()),
        "masked": "" if cell.key_mask[cell.column] else "This key is masked: whatever its energy, its weight is exactly 0.",
        "held": "Moving these computes only the distribution again. Everything before it is held fixed"
        + (", the words already written included" if len(result.query) > 1 else "")
        + ", and the settings of the page stay as they are.",
    }
    return header, arrays


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


def _title(result: Any, cell: Any) -> str:
    """The sentence over the arithmetic."""
    label, words = result.key_labels[cell.column], result.key_words
    if result.key_boxes is not None:
        key = f"the place at {label}"
    elif words is None or words.index[cell.column] < 0:
        key = f"“{label}”"
    else:
        word = words.labels[words.index[cell.column]]
        is_whole = (words.index == words.index[cell.column]).sum() == 1
        key = f"the word “{word}”" if is_whole else f"“{label}”, a part of “{word}”,"
    row = f" for “{_query(result, cell.row)}”" if len(result.query) > 1 else ""
    return f"How {key} gets weight {number(cell.weights[cell.column])}{row}"


def _query(result: Any, query: int) -> str:
    """The written word that a query belongs to, with the part of it that it is."""
    row, label = row_of(result, query), result.query_labels[query]
    if row is None:
        return label
    word = read_field(result).rows[row]
    return word if len(queries_of(result)[row]) == 1 else f"{word} ({label})"


def _act(name: Any, attended: Any) -> None:
    """What was pressed or moved in the browser, on the cell of that name; anything that does not fit is left out."""
    act = st.session_state[KEY].act
    if not isinstance(act, dict):
        return
    kind = act.get("kind")
    if kind == "pin" and type(act.get("row")) is type(act.get("key")) is int:
        st.session_state[state.CELL] = (act["row"], act["key"])
    elif kind == "choose":
        _choose(attended, act.get("score"), act.get("place"))
    elif kind == "close":
        st.session_state.pop(state.CELL, None)
    elif kind == "move":
        energy, place = act.get("energy"), act.get("temperature")
        st.session_state[state.MOVED] = state.Moved(
            name,
            float(energy) if isinstance(energy, int | float) and math.isfinite(energy) else None,
            state.TEMPERATURES[place] if type(place) is int and 0 <= place < len(state.TEMPERATURES) else None,
        )
    if kind in ("pin", "choose", "close", "reset"):
        st.session_state.pop(state.MOVED, None)


def _choose(attended: Any, score: Any, place: Any) -> None:
    """Pin a word under the score function of that line of the comparison, which becomes the main one."""
    names = [own.name for own in services.score_specs()]
    if type(score) is not int or type(place) is not int or not 0 <= score < len(names):
        return
    row = read_row(attended.results[names[score]])
    if 0 <= place < len(row.positions):
        st.session_state[state.SCORE] = names[score]
        st.session_state[state.CELL] = (row.query, int(row.positions[place]))
        st.session_state[CHOSEN] = True
