"""What a result looks like on a page: the main figure, the one beside it, the comparison, the context vector."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from app import address, state
from app.components import stage
from app.components.plain import plain
from app.components.plot import scrolling
from app.components.writing import writing
from app.figures import heatmap, vector
from app.figures.layout import CONFIG
from app.figures.numbers import figure as number
from app.figures.numbers import percent
from app.reading import Row, has_rows, is_split, outcome, queries_of, read_field, read_row

RELEASED = -1  # what the figure tells when no row is held any more
KEPT_DRAWN = 24  # figures, some 100 KB each: those of all score functions on one input


@dataclass(frozen=True)
class Shown:
    """An input on the page: encoded, under every score function, who made it, the digest that names it, and what was given."""

    encoded: Any
    attended: Any
    credit: str
    digest: str
    inputs: Mapping[str, Any]


def main_figure(spec: Any, score: Any, choices: state.Choices, row: Row, shown: Shown, stale: str) -> None:
    """Draw the weights over what was put in: words, or places of the picture; row by row where there are several."""
    result, kind = shown.attended.results[score.name], st.context.theme.type
    source = shown.encoded.source.name if shown.encoded.source else ""
    rows, held = has_rows(result), held_row(result)

    def main() -> bytes:
        caption = _caption(spec, score, choices, read_row(result) if rows else row, shown, stale)
        if rows:
            return writing(
                caption, read_field(result), kind, spec, source=source, chosen=held or 0, held=held, choosing=True,
                signals=shown.encoded.encoding.signals,
            )  # fmt: skip
        if row.boxes is None:
            return stage.words(caption, row.labels, row.weights, row.energies, kind)
        return stage.picture(caption, source, row.labels, row.boxes, row.weights, row.energies, kind)

    name = ("main", score.name, stale, state.shows("inspector"), held)
    stage.show(_once(shown, name, main), choose=partial(hold, result) if rows else None)
    if is_split(result) and state.shows("tokens"):
        place = st.expander("Every token, as the encoder splits the text") if rows else st.container()
        with place:
            _tokens(score, shown)


def held_row(result: Any) -> int | None:
    """The row that is held, or None."""
    return state.held(len(queries_of(result))) if has_rows(result) else None


def look_for_places(*results: Any) -> None:
    """Forget a pinned cell and a held row that none of the results on the page has."""
    rows = max(len(queries_of(own)) if has_rows(own) else 0 for own in results)
    address.look_for_places([own.weights.shape for own in results], rows)


def hold(result: Any, key: str = "attention", side: str = "") -> None:
    """A row was pressed in the figure of that key and side: the page shows it, and the inspector goes on in it.

    RELEASED: none is held any more.
    """
    row, queries = st.session_state[key].row, queries_of(result)
    if row == RELEASED:
        st.session_state.pop(state.ROW, None)
    if type(row) is not int or not 0 <= row < len(queries):
        return
    st.session_state[state.ROW] = row
    if state.CELL in st.session_state:
        st.session_state[state.CELL] = (int(queries[row][0]), st.session_state[state.CELL][1])
        st.session_state[state.SIDE] = side


def _tokens(score: Any, shown: Shown) -> None:
    """Draw the weights of every token."""
    result, kind = shown.attended.results[score.name], st.context.theme.type
    figure = _once(
        shown,
        ("tokens", score.name),
        lambda: heatmap.rows_heatmap(
            result.weights,
            result.query_labels,
            result.key_labels,
            kind,
            largest=float(result.weights.max()),
            energies=result.energies,
        ),
    )
    scrolling(figure, "tokens", f"Weights of {score.title} for every token: rows are queries, columns keys")
    st.caption("The same weights for every token, as the encoder splits the text. Each row sums to 1.")


def side_figure(score: Any, row: Row, shown: Shown) -> None:
    """Draw the bare field of weights beside a picture."""
    if row.boxes is not None and state.shows("field"):
        result = shown.attended.results[score.name]
        figure = _once(
            shown,
            ("places", score.name, row.query),
            lambda: heatmap.places_heatmap(row.weights, row.boxes, row.labels, row.energies, st.context.theme.type),
        )
        st.plotly_chart(figure, key="places", theme=None, config=CONFIG, alt="The weights of all places without the picture")
        st.caption(f"The same weights without the picture{_of(shown.attended.spec, result)}: one cell a place.")


def blind_spot(spec: Any, score: Any, scores: Sequence[Any], card: Mapping[str, Any]) -> None:
    """Say what a score function gets wrong that never looks at the keys, with what was measured; nothing for any other."""
    if "key" in score.reads or score.is_floor:
        return
    text = (
        f"**{plain(score.title)} never sees the keys**: its energies come from the query alone, so it can learn at which places "
        "to look, but not what to look for." + (f" {spec.place_meaning}" if spec.place_meaning else "")
    )
    found = {own.title: measured(card, own.name, spec.metric.key, state.TRAINED) for own in scores}
    told = {title: own for title, own in found.items() if own is not None}
    if score.title in told:
        floor, best = next(own.title for own in scores if own.is_floor), max(told, key=told.get)
        beside = [f"{number(told[floor])} with equal weights"] * (floor in told) + [f"{number(told[best])} for {best}, the best"]
        text += f" Measured here: {spec.metric.title} {number(told[score.title])}, beside {' and '.join(beside)}."
    with st.container(key="blind_spot"):
        st.markdown(text)


def measured(card: Mapping[str, Any], name: str, key: str, parameters: str) -> float | None:
    """What the card says of a score function: its metric with trained or untrained parameters; None if it says nothing."""
    entry = card.get("scores", {}).get(name, {})
    return entry.get("metrics" if parameters == state.TRAINED else "untrained", {}).get(key)


def context(spec: Any, score: Any, shown: Shown) -> None:
    """Draw the context vector of the chosen row; of a word of several tokens their mean, as its weights are."""
    result = shown.attended.results[score.name]
    components = result.context[queries_of(result)[held_row(result) or 0]].mean(0)
    bound = number(float(np.abs(components).max()))
    with st.container(key="small_heading"):
        st.header("The context vector", anchor=False)
    name = ("context", score.name, held_row(result))
    figure = _once(shown, name, lambda: vector.vector_block(components, st.context.theme.type))
    st.plotly_chart(figure, key="context", theme=None, config=CONFIG, alt="The components of the context vector")
    st.caption(
        f"What attention hands on{_of(spec, result)}: {spec.context_meaning}. {len(components)} numbers, "
        f"{vector.PER_LINE} a line from the top left, from −{bound} (blue) over 0 (no colour) to {bound} (orange)."
    )


def _of(spec: Any, result: Any) -> str:
    """Of which row something is told, and how to choose another; empty where there is one row."""
    if not has_rows(result):
        return ""
    return f" for “{plain(read_field(result).rows[held_row(result) or 0])}” (press another {spec.query_name} to see its own)"


def _once(shown: Shown, name: tuple, make: Callable[[], Any]) -> Any:
    """What `make` gives, or gave a short while ago: a visitor goes to and fro between score functions."""
    drawn = st.session_state.setdefault(state.DRAWN, {})
    key = (shown.attended.run, name, st.context.theme.type)
    drawn[key] = drawn.pop(key, None) or make()  # the last in the row is the newest
    while len(drawn) > KEPT_DRAWN:
        del drawn[next(iter(drawn))]
    return drawn[key]


def _caption(spec: Any, score: Any, choices: state.Choices, row: Row, shown: Shown, stale: str) -> stage.Caption:
    """What stands around the main figure."""
    result = shown.attended.results[score.name]
    label = outcome(result)
    share = result.output.get("probabilities", {}).get(label)
    return stage.Caption(
        title=title(spec, result),
        outcome=label,
        share=share,
        text="" if share is None else percent(share),
        notes=_notes(score, choices, shown),
        explanation=(
            f"The query is {spec.query_meaning}. The keys are {spec.key_meaning}. The score function gives each key an energy, "
            "the distribution turns the energies into weights that sum to 1, and the colour is the weight: no colour is "
            "weight 0, the strongest colour the largest weight here."
            + (
                " A word of several tokens has the sum of their weights and the largest of their energies."
                if result.key_words
                else ""
            )
        ),
        stale=stale,
        score=score.name,
        parameters=result.provenance["parameters"],
        query=row.query,
        positions=tuple(row.positions.tolist()) if state.shows("inspector") else (),
        places=tuple(row.places.tolist()),
    )


def title(spec: Any, result: Any) -> str:
    """The sentence over the main figure."""
    if result.key_boxes is not None and not has_rows(result):
        return f"Where “{result.query_labels[0]}” looks"
    return spec.question


def sizes(result: Any) -> dict[str, int]:
    """What the words of a shape stand for in this result."""
    (queries, query_width), (keys, key_width) = result.query.shape, result.key.shape
    return {"T": queries, "S": keys, "Dq": query_width, "Dk": key_width, "Dv": result.value.shape[1]}


def _notes(score: Any, choices: state.Choices, shown: Shown) -> tuple[str, ...]:
    attended = shown.attended
    notes = list(attended.results[score.name].notes)
    if score.name in attended.untrained:
        notes.append(
            f"{score.title} has no trained parameters for this task yet: these are drawn at random from seed {choices.seed}."
        )
    elif choices.parameters == state.UNTRAINED:
        notes.append(f"Nothing here is learned: all parameters are drawn at random from seed {choices.seed}.")
    if (left_out := read_field(attended.results[score.name]).left_out) > 0:
        notes.append(
            f"Special tokens hold {percent(left_out)} of the weight; they are left out here, and the rest is scaled to sum to 1."
        )
    computed = f"{score.title} computed on {attended.device} in {_time(attended.results.seconds[score.name])}"
    notes.append(f"Encoded in {_time(shown.encoded.seconds)}; {computed}.")
    return (*notes, shown.credit) if shown.credit else tuple(notes)


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{max(round(seconds * 1000), 1)} ms"
