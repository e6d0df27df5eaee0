"""A score function and a distribution without any data: the formula, every symbol and step in words, and how it did."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from app import state
from app.components.plot import scrolling
from app.figures import bars, heatmap, widths
from app.figures.layout import CONFIG
from app.figures.numbers import figure as number
from app.measuring import Measured, draws

WORDS = {
    "T": "queries",
    "S": "keys",
    "Dq": "the width of a query",
    "Dk": "the width of a key",
    "D": "the width of both",
    "A": "the number of units",
    "P": "the number of positions it knows",
}


def score_card(score: Any, scores: Sequence[Any], measured: Sequence[Measured], learned: Mapping[str, int]) -> None:
    """Draw what a score function is.

    Args:
        score: What it declares.
        scores: What all of them declare.
        measured: The results of every task.
        learned: For each task that it was trained for, how many numbers it learned.
    """
    wide, narrow = st.columns([1.3, 1], gap="large")
    with wide, st.container(key="formula_large"):
        st.markdown(f"$$\n{score.formula}\n$$")
        st.markdown(score.summary)
        st.markdown(f"**When to use it.** {score.when}")
        st.caption(f"Source: {score.source}")
    with narrow, st.container(key="numbers_symbols"):
        shapes = [*(symbol.shape for symbol in score.symbols), *(step.axes for step in score.way)]
        lines = [f"| ${symbol.latex}$ | {symbol.meaning} | {_shape(symbol.shape)} |" for symbol in score.symbols]
        st.markdown("\n".join(["| symbol | meaning | shape |", "|---|---|---:|", *lines]))
        used = [word for word in WORDS if any(word in shape for shape in shapes)]
        st.caption("; ".join(f"{word}: {WORDS[word]}" for word in used) + ".")
    left, right = st.columns([1.3, 1], gap="large")
    with left:
        floor = next(own.name for own in scores if own.is_floor)
        _learned(score, floor, [own for own in measured if own.task in learned], learned)
    with right, st.container(key="numbers_steps"):
        lines = [f"| {n} | ${step.latex}$ | {step.meaning} | {_shape(step.axes)} |" for n, step in enumerate(score.way, 1)]
        st.markdown("\n".join(["| step | from query and key to the energy | | shape |", "|---|---|---|---:|", *lines]))


def width_figures(study: Any, scores: Sequence[Any], chosen: Any) -> None:
    """Draw what happens to energies and weights as queries and keys grow wider, and one row of weights at a chosen width."""
    kind, titles = st.context.theme.type, {own.name: own.title for own in scores}
    left, right = st.columns(2, gap="medium")
    with left:
        figure = widths.lines(study.widths, study.spread, titles, chosen.name, kind, what="spread of energies", is_log=True)
        st.plotly_chart(figure, key="spread", theme=None, config=CONFIG, alt="The spread of energies over the width")
        flat = [titles[name] for name, own in study.spread.items() if not own.any()]
        st.caption(
            f"The standard deviation of all energies; point at a line to read its name. {chosen.title} is the thick line: "
            f"{number(study.spread[chosen.name][0])} at width {study.widths[0]}, "
            f"{number(study.spread[chosen.name][-1])} at width {study.widths[-1]}."
            + (f" {', '.join(flat)}: always 0, which has no place on this axis." if flat else "")
        )
    with right:
        figure = widths.lines(study.widths, study.largest, titles, chosen.name, kind, what="largest weight", is_log=False)
        st.plotly_chart(figure, key="largest", theme=None, config=CONFIG, alt="The largest weight over the width")
        st.caption(
            f"The largest of {study.keys} weights under softmax, the mean over {study.draws} queries: 1 means that one key takes "
            f"all, {number(1 / study.keys)} that all are equal."
        )
    state.one_of(state.STUDY_WIDTH, study.widths, state.DEFAULT_WIDTH)
    width = st.select_slider("Width of query and key", study.widths, key=state.STUDY_WIDTH, persist_state="session")
    weights = np.stack([study.weights[own.name][study.widths.index(width)] for own in scores])
    largest = float(weights.max())
    figure = heatmap.rows_heatmap(
        weights, [own.title for own in scores], [str(n + 1) for n in range(study.keys)], kind, largest=largest,
        row_title="score function", column_title="key, the one with the largest weight first",
    )  # fmt: skip
    scrolling(figure, "study", "Weights of one query at the chosen width: rows are score functions, columns keys")
    st.caption(
        f"One query's weights over its {study.keys} keys at width {width}; one colour scale, 0 to {number(largest)}. "
        f"All three figures: every component of {study.draws} queries and of {study.keys} keys for each is drawn from a normal "
        f"distribution with deviation 1, parameters are untrained, seed {study.seed}. A sum of D products of such components has "
        "deviation √D, and divided by √D it has 1."
    )


def distribution_card(distribution: Any, energies: np.ndarray, weights: np.ndarray, temperature: float) -> None:
    """Draw what a distribution does to fixed energies (K,) at a temperature."""
    kind, labels = st.context.theme.type, [str(n + 1) for n in range(len(energies))]
    with st.container(key="formula_small"):
        st.markdown(f"$$\n{distribution.formula}\n$$")
    st.markdown(distribution.summary)
    st.caption(f"Source: {distribution.source}")
    left, right = st.columns(2, gap="medium")
    with left:
        figure = bars.bars(energies, labels, "energy", kind, are_weights=False)
        st.plotly_chart(figure, key="energies", theme=None, config=CONFIG, alt="Energies of the keys, always the same")
        st.caption("The energies: always these.")
    with right:
        figure = bars.bars(weights, labels, "weight", kind, are_weights=True)
        st.plotly_chart(figure, key="weights", theme=None, config=CONFIG, alt="The weights that become of the energies")
        st.caption(
            f"The weights at temperature {temperature:g}: {int((weights > 0).sum())} of {len(weights)} keys get some. Energies "
            "are divided by the temperature first, so that a low one makes weights sharp and a high one flat."
        )


def _learned(score: Any, floor: str, measured: Sequence[Measured], learned: Mapping[str, int]) -> None:
    """What it learns, as a formula of the widths and as a number, and the results beside the floor and untrained ones."""
    parameters = [symbol for symbol in score.symbols if symbol.parameter]
    count = " + ".join("·".join(symbol.shape) for symbol in parameters)
    names = ", ".join(f"${symbol.latex}$" for symbol in parameters)
    st.markdown(f"**What it learns.** {names}: {count} numbers." if parameters else "**What it learns.** Nothing.")
    if not measured:
        return
    lines = [
        f"| {own.title}: {own.metric.title} | {learned[own.task]:,} | {_result(own.trained.get(score.name))} "
        f"| {_result(own.untrained.get(score.name))} | {_result(own.trained.get(floor))} |"
        for own in measured
    ]
    with st.container(key="numbers_measured"):
        st.markdown(
            "\n".join(["| task | it learned | trained | untrained | equal weights |", "|---|---:|---:|---:|---:|", *lines])
        )
    meanings = " ".join(f"{own.metric.title}: {own.metric.meaning}." for own in measured)
    seeds = draws(own.seeds for own in measured)
    st.caption(
        f"Measured with softmax at temperature 1. {meanings} Untrained: {seeds}. In every task a readout of the "
        "context is trained beside it, the same for all."
    )


def _shape(shape: Sequence[str]) -> str:
    return " × ".join(shape) or "1"


def _result(value: float | None) -> str:
    return "–" if value is None else number(value)
