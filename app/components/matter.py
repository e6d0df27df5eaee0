"""Does it matter? The top key of a row taken out, beside another one: what becomes of the weights and of the output."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from app import services, state
from app.components.downloads import downloads
from app.components.matter_sheet import matter_sheet
from app.components.plain import plain
from app.components.plot import reachable, scrolling
from app.components.report import Shown
from app.figures import difference, heatmap
from app.figures.layout import CONFIG
from app.figures.numbers import figure as number
from app.figures.numbers import percent
from app.reading import Removed, Row, entropy_bits, outcome, queries_of, read_field, read_row, same_peak, share

OPEN, DRAW = "matter_open", "matter_draw"
GAINS, ROWS = 3, 12
CAVEAT = (
    "Attention is not by itself an explanation: other weights can lead to the same output, and weights often agree little "
    "with what the output hangs on ([Jain and Wallace 2019, “Attention is not Explanation”](https://arxiv.org/abs/1902.10186)). "
    "Whether that counts against it depends on what you ask of an explanation, and such other weights are harder to find when "
    "the whole model must learn them ([Wiegreffe and Pinter 2019, “Attention is not not "
    "Explanation”](https://arxiv.org/abs/1908.04626))."
)


@st.fragment
def matter(spec: Any, choices: state.Choices, score: Any, shown: Shown) -> None:
    """Draw the section; nothing is computed before it is opened.

    Args:
        spec: What the task declares.
        choices: How the input is attended to.
        score: What the score function declares.
        shown: The input, and every score function's result on it.
    """
    place = st.expander("Does it matter? Take the top key out", key=OPEN, on_change="rerun")
    if not place.open:
        return
    result = shown.attended.results[score.name]
    number_of_row = state.held(len(queries_of(result))) or 0
    with place:
        found = services.take_out(spec.name, shown.digest, choices, score.name, number_of_row, shown)
        if found:
            _compare(spec, result, number_of_row, found)
            if state.shows("export"):
                own = (result, number_of_row, found, _other(found), shown)
                downloads(partial(matter_sheet, *own), "save_matter", "Save what it changes")
        else:
            st.markdown("This row has one key only: without it there would be nothing to attend to.")
        _rows(result)
        st.caption(CAVEAT)
        reachable("matter")


def _compare(spec: Any, result: Any, number_of_row: int, found: tuple[Removed, ...]) -> None:
    """The top key, another one, and the mean of the others: what each one's absence changes."""
    row, (top, *others) = read_row(result, number_of_row), found
    other = _other(found)
    label, before = outcome(result), share(result, outcome(result), number_of_row)
    change = partial(_change if read_field(result).scores is None else _change_of_score, before)
    lines = [
        _line(f"the top key, {_name(row, top)}", row, top, change),
        _line(f"a random key, {_name(row, other)}", row, other, change),
        _mean(row, others, change),
    ]
    said = f"With all keys the task says “{plain(label)}”" + ("." if before is None else f", at {percent(before)}.")
    field, then = read_field(result), f"then its {spec.score_name}"
    own = plain(field.rows[number_of_row])
    if field.chances is not None:
        said = f"With all keys “{own}” is written with probability {percent(before)}, after the words before it."
    elif field.scores is not None:
        said = f"With all keys the {spec.score_name} of “{own}” is {number(before)}."
    else:
        then = "then the task says"
    st.markdown(f"{said} Each line below takes one key out, so that its weight is 0 and the others share what it had.")
    with st.container(key="numbers_matter"):
        st.markdown(
            "\n".join(
                [
                    f"| taken out | its weight | weights moved | most went to | {then} |",
                    "|---|---:|---:|---|---|",
                    *lines,
                ]
            )
        )
    if len(others) > 1:
        st.button("Another random key", on_click=_again)
    _draw(spec, row, top, other)
    st.caption(
        "Weights moved: the total variation distance ½ Σ |a − b| from the row above, the share of weight that lies elsewhere. "
        "The encoder has read the whole input before: a key that is taken out is kept from attention only, and its neighbours "
        "may still tell of it."
    )


def _other(found: tuple[Removed, ...]) -> Removed:
    """The random key that is shown."""
    return found[1:][st.session_state.get(DRAW, 0) % len(found[1:])]


def _line(what: str, row: Row, own: Removed, change: Callable[[float], str]) -> str:
    gains = own.weights - row.weights
    most = [key for key in np.argsort(-gains, kind="stable")[:GAINS].tolist() if gains[key] > 0]
    went = ", ".join(f"{plain(row.labels[key])} +{number(gains[key])}" for key in most) or "–"
    then = "; ".join(filter(None, (plain(own.outcome), "" if own.share is None else change(own.share))))
    return f"| {what} | {number(row.weights[own.key])} | {number(own.moved)} | {went} | {then} |"


def _mean(row: Row, others: list[Removed], change: Callable[[float], str]) -> str:
    weight, moved = (np.mean(own) for own in ([row.weights[each.key] for each in others], [each.moved for each in others]))
    shares = [own.share for own in others if own.share is not None]
    then = change(float(np.mean(shares))) if shares else "–"
    return f"| the mean of {len(others)} other keys | {number(weight)} | {number(moved)} | – | {then} |"


def _change(before: float, after: float) -> str:
    """A probability after a change, and by how many points of a hundred it moved."""
    points = 100 * (after - before)
    return f"{percent(after)} ({'+' if points > 0 else ''}{number(points)} points)"


def _change_of_score(before: float, after: float) -> str:
    """A score after a change, and by how much it moved."""
    return f"{number(after)} ({'+' if after > before else ''}{number(after - before)})"


def _draw(spec: Any, row: Row, top: Removed, other: Removed) -> None:
    """The row with all keys and without each of the two; for places what the absence changed."""
    kind = st.context.theme.type
    if row.boxes is None:
        weights = np.stack([row.weights, top.weights, other.weights])
        largest = float(weights.max())
        rows = ["all keys", f"without {row.labels[top.key]}", f"without {row.labels[other.key]}"]
        st.caption(f"The row with all keys and without one. One colour scale: 0 to {number(largest)}.")
        drawn = heatmap.rows_heatmap(weights, rows, row.labels, kind, largest=largest, row_title="")
        scrolling(
            drawn, "without", f"Weights with all keys and without one: rows are what is taken out, columns {spec.key_name}s"
        )
        return
    for own, place in zip((top, other), st.columns(2), strict=True):
        with place:
            bound = number(difference.extent(row.weights, own.weights))
            st.caption(f"Without {_name(row, own)}: what changed, from −{bound} (blue) over 0 to {bound} (orange).")
            drawn = difference.places_difference(row.weights, own.weights, row.boxes, row.labels, kind)
            name = "matter_top" if own is top else "matter_other"
            st.plotly_chart(drawn, key=name, theme=None, config=CONFIG, alt="How the weights of all places change")


def _rows(result: Any) -> None:
    """Sum and entropy of every row, and whether most of them look at one position."""
    lines = []
    for name, weights in list(zip(result.query_labels, result.weights, strict=True))[:ROWS]:
        bits = entropy_bits(weights)
        lines.append(f"| {plain(name)} | {number(weights.sum())} | {number(bits)} bits | {number(2**bits)} |")
    if len(lines) < len(result.query_labels):
        st.caption(f"The first {len(lines)} of {len(result.query_labels)} rows:")
    with st.container(key="numbers_rows"):
        st.markdown("\n".join(["| row | sum of weights | entropy | as if over so many keys |", "|---|---:|---:|---:|", *lines]))
    if peak := same_peak(result.weights):
        position, rows, mean = peak
        st.info(
            f"Most weight falls on one position in nearly every row: {percent(rows)} of the rows peak at "
            f"“{plain(result.key_labels[position])}”, which has {percent(mean)} of their weight on average. Such a place often "
            "serves as a rest for weight that is not needed, and says little about the input."
        )


def _name(row: Row, own: Removed) -> str:
    return f"“{plain(row.labels[own.key])}”"


def _again() -> None:
    st.session_state[DRAW] = st.session_state.get(DRAW, 0) + 1
