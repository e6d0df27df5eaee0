"""The cell inspector: the whole way from one query and one key to the weight, with every number, and two sliders to move it.

It hears of a pressed word, place or heatmap cell in the browser, and draws alone: nothing else of the page runs again.
"""

import hashlib
import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from app import address, lessons, services, state
from app.components import cell as drawing
from app.components import chain
from app.components.downloads import Sheet, downloads
from app.components.element import element, pack
from app.components.plain import plain
from app.components.subject import Subject
from app.reading import queries_of, read_field
from app.services.turns import PART_SECONDS

KEY, CHOSEN = "inspector", "inspector:chosen"
DRAWN_FIRST_SECONDS = 0.05

_INSPECTOR = element(
    "attention_inspector", '<section class="inspector" data-testid="inspector"></section>', "inspector.css", "field.js",
    "strips.js", "inspector.js",
)  # fmt: skip


@st.fragment
@lessons.others_first(PART_SECONDS)
def inspector(
    subjects: Sequence[Subject],
    pressed: str,
    kept: str = state.CELL,
    choose: Callable[[int, int], bool] | None = None,
) -> None:
    """Draw the pinned cell of a result, or how to pin one; a switch leads to the same cell of another.

    Args:
        subjects: The result of the page; or those of A and B.
        pressed: What a visitor presses to pin a cell, such as "word".
        kept: The key of `app.state` that the pinned cell is kept under.
        choose: Called with the line and the place of a pressed cell of a heatmap over words; returns whether the whole page is to
            be drawn again. If not given, line and place are the row and the key to pin.
    """
    if st.session_state.pop(CHOSEN, False):
        st.rerun()
    pinned = state.pinned(*(own.result.weights.shape for own in subjects), kept=kept)
    with st.container(key="cell"):
        subject = _shown(subjects, pinned is not None)
        result, name = subject.result, (*subject.name, pinned)
        head, header, arrays = st.container(), {}, []
        hint = subject.closed() or _hint(subject, pinned, pressed)
        cell = None if hint else subject.inspect(*pinned)
        if cell is None:
            header["hint"] = hint or subject.closed()
        else:
            # One element for both: each takes the browser a tenth of the time that opening may take.
            formula = chain.formula(subject.score, cell, chain.decimals(cell)[0])
            head.markdown(f"## {plain(drawing.title(subject, cell))}\n$$\n{formula}\n$$")
            moved = _moved(name)
            now = services.reweigh(cell, moved.energy, moved.temperature) if moved else cell
            header, arrays = drawing.content(subject, cell, now, moved is not None)
        row = state.held(len(queries_of(result))) or 0
        header |= {
            "side": subject.side,
            "rows": len(result.query),
            "keys": len(result.key),
            "query": int(queries_of(result)[row][0]),
            "columns": 0 if result.key_boxes is None else len(np.unique(result.key_boxes[:, 0])),
        }
        if pinned:
            header |= {"row": pinned[0], "key": pinned[1]}
        run = hashlib.sha256(pack(header, arrays)).hexdigest()
        sides = [own.side for own in subjects]
        act = partial(_act, name, kept, sides, choose or partial(_pin, subject, kept))
        _INSPECTOR(key=KEY, data=pack({**header, "run": run}, arrays), on_act_change=act)
    address.write_from_fragment(pause=DRAWN_FIRST_SECONDS)
    if subject.save and cell is not None:  # last, when the cell has been drawn
        downloads(partial(_sheet, subject, cell, name), "save_cell", "Save this cell")


def _sheet(subject: Subject, cell: Any, name: tuple) -> Sheet:
    """What can be saved of the cell as it is shown, moved or not."""
    moved = _moved(name)
    now = cell if moved is None else services.reweigh(cell, moved.energy, moved.temperature)
    return subject.save(drawing.title(subject, now), now, moved)


def _shown(subjects: Sequence[Subject], is_open: bool) -> Subject:
    """The result that is shown; a switch where there are two and a cell is open."""
    titles = {own.side: f"{own.side}: {own.score.title}" for own in subjects}
    if len(titles) > 1 and is_open:
        state.one_of(state.SIDE, list(titles), subjects[0].side)
        st.segmented_control("The arithmetic of", list(titles), format_func=titles.get, key=state.SIDE, required=True)
    return next((own for own in subjects if own.side == st.session_state.get(state.SIDE)), subjects[0])


def _hint(subject: Subject, pinned: tuple[int, int] | None, pressed: str) -> str:
    """What stands in place of the arithmetic; empty where there is a cell to show."""
    if pinned is None:
        return f"Press a {pressed} (or go there by keyboard and press Enter) to see the arithmetic behind it."
    if all(place < count for place, count in zip(pinned, subject.result.weights.shape, strict=True)):
        return ""
    rows, keys = subject.result.weights.shape
    own = f"{keys:,} keys" if rows == 1 else f"{rows:,} queries and {keys:,} keys"
    place = f"key {pinned[1] + 1:,}" if rows == 1 else f"query {pinned[0] + 1:,} and key {pinned[1] + 1:,}"
    return f"{subject.side} has no such cell: it has {own}, and this is {place}. Switch back, or press another cell."


def _moved(name: tuple) -> state.Moved | None:
    """What the sliders were moved to on the cell of that name; what they say of another is forgotten."""
    moved = st.session_state.get(state.MOVED)
    if moved is not None and moved.of != name:
        del st.session_state[state.MOVED]
        return None
    return moved


def _act(name: tuple, kept: str, sides: Sequence[str], choose: Callable[[int, int], bool], /) -> None:
    """What was pressed or moved in the browser, on the cell of that name; anything that does not fit is left out."""
    act = st.session_state[KEY].act
    if not isinstance(act, dict):
        return
    kind = act.get("kind")
    if kind == "pin" and type(act.get("row")) is type(act.get("key")) is int:
        st.session_state[kept] = (act["row"], act["key"])
        if len(sides) > 1 and act.get("side") in sides:
            st.session_state[state.SIDE] = act["side"]
    elif kind == "choose" and type(act.get("line")) is type(act.get("place")) is int:
        st.session_state[CHOSEN] = choose(act["line"], act["place"])
    elif kind == "close":
        st.session_state.pop(kept, None)
    elif kind == "move":
        energy, place = act.get("energy"), act.get("temperature")
        st.session_state[state.MOVED] = state.Moved(
            name,
            float(energy) if isinstance(energy, int | float) and math.isfinite(energy) else None,
            state.TEMPERATURES[place] if type(place) is int and 0 <= place < len(state.TEMPERATURES) else None,
        )
    if kind in ("pin", "choose", "close", "reset"):
        st.session_state.pop(state.MOVED, None)


def _pin(subject: Subject, kept: str, line: int, place: int) -> bool:
    """Pin the cell of that row and key, both counted in words where they are words."""
    cells = read_field(subject.result).cells  # (R, K, 2)
    if 0 <= line < len(cells) and 0 <= place < cells.shape[1]:
        st.session_state[kept] = tuple(cells[line, place].tolist())
    return False
