"""A and B as figures: both under one colour scale, the map of their difference, and the rows that differ most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from app import state
from app.comparing import Differing, differ_most, why_apart
from app.components import report, stage
from app.components.plain import plain
from app.components.plot import scrolling
from app.components.subject import Subject, attended_subject
from app.components.writing import writing
from app.figures import difference as drawing
from app.figures.layout import CONFIG
from app.figures.numbers import figure as number
from app.figures.numbers import percent
from app.reading import Field, has_rows, outcome, read_field, read_row


@dataclass(frozen=True)
class Side:
    """One of two settings.

    Args:
        name: "A" or "B".
        score: What its score function declares.
        distribution: What its distribution declares.
        choices: How its input is attended to.
        given: Its input, by name.
        shown: Its result, or None.
        problem: Why there is no result.
    """

    name: str
    score: Any
    distribution: Any
    choices: state.Choices
    given: Mapping[str, Any]
    shown: report.Shown | None
    problem: str

    @property
    def result(self) -> Any:
        """The TaskResult under its score function."""
        return self.shown.attended.results[self.score.name]

    @property
    def subject(self) -> Subject:
        """Its result, for the inspector."""
        return attended_subject(self.score, self.distribution, self.shown, self.name)

    @property
    def field(self) -> Field:
        """All rows of the result."""
        return read_field(self.result)


def what_differs(first: Side, second: Side) -> str:
    """One sentence: in what B differs from A."""
    mine, other = first.choices, second.choices
    seeds = (
        mine.seed if mine.parameters == state.UNTRAINED else None,
        other.seed if other.parameters == state.UNTRAINED else None,
    )
    found = [
        f"{what} ({a} → {b})"
        for what, a, b in (
            ("score function", first.score.title, second.score.title),
            ("parameters", mine.parameters, other.parameters),
            ("seed", *seeds),
            ("distribution", first.distribution.title, second.distribution.title),
            ("temperature", f"{mine.temperature:g}", f"{other.temperature:g}"),
            *((name, f"{a}", f"{dict(other.task_options).get(name)}") for name, a in mine.task_options),
        )
        if a != b and None not in (a, b)
    ]
    found += ["options of the distribution"] * (mine.distribution == other.distribution and mine.options != other.options)
    found += ["input"] * (first.given != second.given)
    return f"B differs in: {', '.join(found)}." if found else "A and B are the same. Change one thing in B, and see what it does."


def scale(figures: Sequence[Side]) -> float:
    """Name the colour scale that all figures share; returns its top."""
    top = max(float(side.field.weights.max()) for side in figures)
    st.caption(f"One colour scale for both: weight 0 (no colour) to {number(top)}, the largest weight of either.")
    return top


def figure(spec: Any, side: Side, top: float, card: Mapping[str, Any]) -> None:
    """Draw one side: its outcome and its weights, the strongest colour standing for `top`."""
    result, kind = side.result, st.context.theme.type
    row, label = read_row(result), outcome(side.result)
    share = result.output.get("probabilities", {}).get(label)
    parameters = result.provenance["parameters"]
    own = report.measured(card, side.score.name, spec.metric.key, parameters)
    seed = f", seed {side.choices.seed}" if parameters == state.UNTRAINED else ""
    caption = stage.Caption(
        title=f"{side.name}: {side.score.title}",
        outcome=label,
        share=share,
        text="" if share is None else percent(share),
        notes=(
            f"{parameters.capitalize()} parameters{seed}. {side.distribution.title}, temperature {side.choices.temperature:g}."
            + ("" if own is None else f" {spec.metric.title}: {number(own)}, with softmax at temperature 1."),
            *result.notes,
            *([side.shown.credit] if side.shown.credit else []),
        ),
        explanation=f"{report.title(spec, result)} The query is {spec.query_meaning}. The keys are {spec.key_meaning}.",
        stale="",
        score=side.score.name,
        parameters=parameters,
        side=side.name,
        query=row.query,
        positions=tuple(row.positions.tolist()) if state.shows("inspector") else (),
        places=tuple(row.places.tolist()),
    )
    key, rows, held = f"side_{side.name}", has_rows(result), report.held_row(result)
    name = stage.source(side.shown.encoded.source, key)
    if rows:
        signals = side.shown.encoded.encoding.signals
        drawn = writing(
            caption, side.field, kind, spec, source=name, chosen=held or 0, held=held, choosing=True, top=top, signals=signals,
        )  # fmt: skip
        stage.show(drawn, key, partial(report.hold, result, key, side.name))
    elif row.boxes is not None:
        stage.show(stage.picture(caption, name, row.labels, row.boxes, row.weights, row.energies, kind, top=top), key)
    else:
        stage.show(stage.words(caption, row.labels, row.weights, row.energies, kind, top=top), key)


def difference(spec: Any, first: Side, second: Side) -> None:
    """Draw the map of B − A and list what differs most, or say why there is none."""
    a, b = first.field, second.field
    st.header("The difference: B − A", anchor=False)
    if apart := why_apart(a, b, spec):
        st.markdown(f"There is no difference map. {apart}")
        return
    bound = number(drawing.extent(a.weights, b.weights))
    st.caption(f"From −{bound} (blue: A has more weight there) over 0 (no colour) to {bound} (orange: B has more).")
    if a.boxes is None:
        drawn = drawing.rows_difference(a.weights, b.weights, a.rows, a.keys, st.context.theme.type)
        scrolling(drawn, "difference", "Weights of B less weights of A: rows are queries, columns keys")
        _most(first, second, differ_most(a, b))
        return
    if first.given != second.given:
        st.markdown("Where the pictures differ, cells correspond by place only: the same place, not the same thing.")
    row = report.held_row(first.result) or 0
    if has_rows(first.result):
        st.markdown(f"For “{plain(a.rows[row])}”; press another {spec.query_name} to see its own.")
    left, right = st.columns(2, gap="medium")
    with left:
        drawn = drawing.places_difference(a.weights[row], b.weights[row], a.boxes, a.keys, st.context.theme.type)
        with st.container(key="wide_difference"):
            st.plotly_chart(
                drawn, key="difference", theme=None, config=CONFIG, alt="Weights of B less weights of A, place by place"
            )
    with right:
        _most(first, second, differ_most(a, b))


def _most(first: Side, second: Side, rows: Sequence[Differing]) -> None:
    """The rows that differ most, or the keys of the only one."""
    a, b = first.field, second.field
    st.markdown(f"**{'Keys that differ most' if len(a.rows) == 1 else 'Rows that differ most'}**")
    for own in rows:
        row = "" if len(a.rows) == 1 else f"**{plain(a.rows[own.row])}**: "
        st.markdown(f"{row}A and B are {number(own.distance)} apart.")
        lines = [
            f"| {plain(a.keys[key])} | {number(x)} | {number(y)} | {number(y - x)} |"
            for key in own.keys
            for x, y in [(float(a.weights[own.row, key]), float(b.weights[own.row, key]))]
        ]
        with st.container(key=f"numbers_{own.row}"):
            st.markdown("\n".join(["| key | A | B | B − A |", "|---|---:|---:|---:|", *lines]))
    st.caption(
        "How far A and B lie apart in a row is the total variation distance, ½ Σ |a − b|: the share of the weight that would "
        "have to move to make one row of the other. 0 for equal rows, 1 for rows with no key in common."
    )
