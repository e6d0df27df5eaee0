"""Transformers: every layer and head of a BERT, a GPT, a vision transformer, or any checkpoint that is allowed here."""

import logging
from functools import partial
from typing import Any

import streamlit as st

from app import address, heads, lessons, services, state
from app.components import model_inputs, next_words, stage
from app.components.downloads import downloads
from app.components.head_subject import head_subject, what_it_computes
from app.components.heads import CLASS_TOKEN, SUMMARY_NAMES, grid, large, show_grid, show_map
from app.components.heads_sheet import heads_sheet
from app.components.inspector import inspector
from app.components.plain import plain
from app.figures.numbers import percent
from app.figures.printed_heads import Heads
from app.services import transformers
from app.views import Page
from app.views.playground import UNEXPECTED

LOADING = "Opening the transformer: a few seconds, the first time only …"
READING = "Reading …"
PINNED = "Pinned tokens and patches are not part of the link."
NOTHING = "Once there is an input that works, its attention shows here."
RENORMALISED = "Special tokens are hidden: each row is divided by what is left of it, so that it sums to 1 again."
CUT = "This text is longer than what {} can read at once: what you see is its first {} tokens."
ABOUT = (
    "Each small square is the attention of one head: rows are the tokens that look (queries), columns those that are looked at "
    "(keys). All of them were computed in one pass over this input, by every layer in turn; choose one to see it large."
)

log = logging.getLogger(__name__)


def render() -> None:
    """Draw the page."""
    with st.sidebar:
        name = model_inputs.model_control(transformers.names())
    try:
        with st.container(key="loading"), st.spinner(LOADING):
            kind = transformers.transformer(name).kind
    except services.InputError as error:
        st.error(plain(str(error)))
        return
    st.session_state[state.READS] = kind
    with st.sidebar:
        entered = model_inputs.input_controls(kind)
        problem_place = st.container()
        how = {}
        if kind == "decoder":
            with st.expander("How the next word is drawn"):
                how = next_words.sampling_controls()
        look = model_inputs.look_controls(kind)
    # The progress comes first in it for every kind: nothing of another kind stays in its place, which is fixed.
    with st.container(key="reads"):
        if kind == "decoder":
            plays = bool(st.session_state.get(state.PLAYS))
            seconds = next_words.PLAY_SECONDS if plays else None
            st.fragment(run_every=seconds)(_decoder)(name, entered["text"], how, look, plays)
            return
        given = transformers.Given(entered.get("text", ""), entered.get("target", ""), image=entered.get("image"))
        read = _read(name, given, st.container(key="progress"), problem_place)
        if read is not None:
            _headline(name, read, look.kind)
            _shown(name, given, read, look)


def _decoder(name: str, text: str, how: dict[str, Any], look: model_inputs.Look, plays: bool) -> None:
    """What a decoder has written, and its heads over it."""
    progress, problem_place = st.container(key="progress"), st.container()
    try:
        with progress:
            own = next_words.written(name, text, how)
    except services.InputError as error:
        problem_place.error(plain(str(error)))
        st.info(NOTHING)
        return
    if bool(st.session_state.get(state.PLAYS)) != plays:
        st.rerun()  # the whole page: only there it is said how often this is drawn by itself
    given = transformers.Given(text, ids=own.ids)
    read = _read(name, given, progress, problem_place)
    if read is not None:
        _headline(name, read, look.kind)
        next_words.writing_controls(own)
        _shown(name, given, read, look, partial(next_words.likely_next, own, how))


def _read(name: str, given: transformers.Given, progress: Any, problem_place: Any) -> transformers.Read | None:
    """What the transformer makes of the input; None if there is nothing it can read, and then the page says why."""
    problem = UNEXPECTED
    try:
        with progress, st.spinner(READING):
            return transformers.read(name, given)
    except services.InputError as error:
        problem = str(error)
    except Exception:  # whatever it is: the visitor reads a sentence, the log has the trace
        log.exception("The transformer %s could not read an input.", name)
    problem_place.error(plain(problem))
    st.info(NOTHING)
    return None


@st.fragment
@lessons.others_first()
def _shown(name: str, given: transformers.Given, read: transformers.Read, look: model_inputs.Look, beside: Any = None) -> None:
    """All heads, and the chosen one large."""
    theme, kind, hides = st.context.theme.type, look.kind, look.hides
    try:
        stack = read.stack(kind, hides)
    except ValueError as error:
        st.info(plain(str(error)))
        return
    state.look_at(f"{read.digest} {kind} {hides}")
    chosen = heads.chosen(st.session_state.get(state.HEAD), stack, read.strengths.get(kind))
    rows = _rows(stack)
    weights = heads.weights_of(stack, chosen)
    stage.source(read.picture, key="heads")
    small = heads.small(stack, look.how, look.scale, rows)
    label = f"{read.digest} {kind} {hides}"
    notes = [*([RENORMALISED] if hides else []), *([CUT.format(name, read.most)] if read.is_cut else [])]
    own = large(
        stack, weights, chosen, look.scale, label, notes, theme, title=_title(chosen, stack),
        picture=read.picture.name if read.picture else "",
        pinned=rows if read.picture and rows != (0,) else [len(weights) - 1] if beside else [],
        opens=chosen.is_head and state.shows("inspector"),
    )  # fmt: skip
    every = grid(stack, read.strengths.get(kind), chosen, small, look.how, look.scale, f"{label} {rows}", theme)
    left, right = st.columns([1, 1], gap="medium")
    with left:
        show_grid(every, _choose)
        likely = beside(theme) if beside else ()
    with right:
        show_map(own, partial(_pin, stack))
    _meter(read, stack, every, own)
    if chosen.is_head:
        _arithmetic(name, given, read, look, chosen)
    with st.expander("What am I looking at?"):
        st.markdown(ABOUT)
    columns = [*map(str, range(1, stack.weights.shape[1] + 1)), SUMMARY_NAMES[look.how]]
    printed = Heads(small, columns, len(stack.weights), f"of the largest weight {heads.SCALES[look.scale]}")
    title = _title(chosen, stack)
    if state.shows("export"):
        downloads(partial(heads_sheet, name, read, stack, chosen, weights, title, rows, given, printed, likely))
    address.write()


def _meter(read: transformers.Read, stack: Any, every: bytes, own: bytes) -> None:
    """How much was sent for all heads and for the large one, and what it would have been."""
    sent = len(every) + len(own) + (len(read.picture.jpeg) if read.picture else 0)
    sizes = [f"{size / 1000:,.0f} kB" for size in (sent, len(every), len(own), stack.weights.nbytes)]
    st.caption(
        "{} of weights and labels went to your browser for this view: small heatmaps {}, the large one {}. ".format(*sizes)
        + f"All weights of all heads are {sizes[-1]}. Read in {read.seconds:.2f} s on {read.device}."
    )


def _arithmetic(
    name: str, given: transformers.Given, read: transformers.Read, look: model_inputs.Look, chosen: heads.Chosen
) -> None:
    """The cell that is pressed, taken apart, and what this head computes in the lab's words."""
    layer = transformers.layer_of(name, read.digest, look.kind, chosen.layer, given)
    with st.expander(f"What {chosen.title.lower()} computes"):
        st.markdown(what_it_computes(layer, chosen.layer, chosen.head))
    if look.hides:
        layer = layer.without_special()
    subject = head_subject(
        layer, chosen.layer, chosen.head, name=name, of=(name, read.digest, look.hides), score_specs=services.score_specs(),
        distribution_specs=services.distribution_specs(), device=read.device,
    )  # fmt: skip
    pressed = "cell of the large heatmap" if read.picture is None else "button “Arithmetic of the peak”"
    if state.shows("inspector"):
        inspector([subject], pressed, kept=state.HEAD_CELL)


def _rows(stack: Any) -> tuple[int, ...]:
    """Of a picture: the patches that are pinned, or else the class token; nothing for text."""
    if stack.grid is None:
        return ()
    kept = st.session_state.get(state.PATCHES) or ()
    return tuple(row for row in kept if isinstance(row, int) and 0 <= row < len(stack.query_labels)) or (0,)


def _headline(name: str, read: transformers.Read, kind: str) -> None:
    """Which transformer it is, and what it made of the input as a whole."""
    stack = read.stacks[kind]
    layers, count = stack.weights.shape[:2]
    st.title(f"{plain(model_inputs.TITLES.get(name, name))}: {layers} layers × {count} heads", anchor=False)
    if read.classes:
        st.markdown("It sees: " + ", ".join(f"**{plain(label)}** {percent(chance)}" for label, chance in read.classes))
    else:
        st.markdown(f"{len(stack.key_labels)} tokens, of up to {read.most} that it can read at once.")


def _title(chosen: heads.Chosen, stack: Any) -> str:
    if stack.grid:
        return f"{chosen.title}: what a patch, or the {CLASS_TOKEN}, looks at"
    return f"{chosen.title}: what each token looks at"


def _choose() -> None:
    st.session_state[state.HEAD] = st.session_state["heads"]["head"]
    st.session_state.pop(state.HEAD_CELL, None)


def _pin(stack: Any) -> None:
    rows = st.session_state["map"]["rows"]
    is_list = isinstance(rows, list) and all(isinstance(row, int) for row in rows)
    st.session_state[state.PATCHES] = tuple(rows) if is_list else ()


PAGE = Page(name="transformers", title="Transformers", order=2, render=render, left_out=lambda: PINNED)
