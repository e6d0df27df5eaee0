"""Transformers: every layer and head of a BERT, a GPT, a vision transformer, or any checkpoint that is allowed here."""

import logging
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import Any

import streamlit as st

from app import address, heads, lessons, services, state
from app.components import model_inputs, next_words, stage
from app.components.downloads import Sheet, downloads
from app.components.head_subject import head_subject, what_it_computes
from app.components.heads import CLASS_TOKEN, grid, large, show_grid, show_map
from app.components.heads_sheet import heads_sheet
from app.components.inspector import inspector
from app.components.plain import plain
from app.figures.numbers import percent
from app.figures.printed_heads import Heads
from app.services import transformers
from app.views import Page
from app.views.playground import UNEXPECTED

LOADING = "Opening the transformer: a few seconds, the first time only …"
READING, WRITING, COUNTING, COMPUTING = "Reading …", "Writing …", "Counting …", "Computing …"
MOST_PATCHES = 10_000  # that a browser is believed to have pinned
DRAWN_OTHERWISE = (
    "Some of these words were drawn with other settings: whoever opens the link sees words drawn with the present ones."
)
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
    with st.container(key="loading"):
        kind = _told(st.container(), LOADING, lambda: transformers.transformer(name).kind)
    if kind is None:
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
        progress = st.container(key="progress")
        read = _told(problem_place, READING, lambda: transformers.read(name, given), progress)
        if read is not None:
            _headline(name, read, look.kind)
            _shown(name, given, look)


def _decoder(name: str, text: str, how: dict[str, Any], look: model_inputs.Look, plays: bool) -> None:
    """What a decoder has written, and its heads over it."""
    progress, problem_place = st.container(key="progress"), st.container()
    own = _told(problem_place, WRITING, lambda: next_words.written(name, text, how), progress)
    if own is None:
        return
    if bool(st.session_state.get(state.PLAYS)) != plays:
        st.rerun()  # the whole page: only there it is said how often this is drawn by itself
    given = transformers.Given(text, ids=own.ids)
    read = _told(problem_place, READING, lambda: transformers.read(name, given), progress)
    if read is not None:
        _headline(name, read, look.kind)
        next_words.writing_controls(own)
        _shown(name, given, look, how)
    address.write_from_fragment()


def _told(problem_place: Any, doing: str, make: Callable[[], Any], progress: Any = None) -> Any:
    """What `make` makes, while the page says what it is doing; None if that fails, and then the page says why."""
    problem = UNEXPECTED
    try:
        with progress or nullcontext(), st.spinner(doing):
            return make()
    except services.InputError as error:
        problem = str(error)
    except Exception:  # whatever it is: the visitor reads a sentence, the log has the trace
        log.exception("The page of transformers failed while it said: %s", doing)
    problem_place.error(plain(problem))
    st.info(NOTHING)
    return None


@st.fragment
@lessons.others_first()
def _shown(name: str, given: transformers.Given, look: model_inputs.Look, how: dict[str, Any] | None = None) -> None:
    """All heads, and the chosen one large; after a decoder's words what may come next.

    What is kept for this fragment is kept as long as the visit: what was read is not, it is looked up each time.
    """
    theme, kind, hides = st.context.theme.type, look.kind, look.hides
    read = transformers.read(name, given)
    try:
        stack, strengths = read.stack(kind, hides), read.strengths(kind, hides)
    except ValueError as error:
        st.info(plain(str(error)))
        return
    label = f"{read.digest} {kind} {hides}"
    state.look_at(label)
    chosen = heads.chosen(st.session_state.get(state.HEAD), stack, strengths)
    if how:
        st.session_state.setdefault(state.HEAD, chosen.name)  # another word more must not show another head
    rows = _rows(stack)
    weights = heads.weights_of(stack, chosen)
    stage.source(read.picture, key="heads")
    small = read.small(kind, hides, look.how, look.scale, rows)
    notes = [*([RENORMALISED] if hides else []), *([CUT.format(name, read.most)] if read.is_cut else [])]
    own = large(
        stack, weights, chosen, look.scale, label, notes, theme, title=_title(chosen, stack),
        picture=read.picture.name if read.picture else "",
        pinned=rows if read.picture and rows != (0,) else [len(weights) - 1] if how else [],
        opens=chosen.is_head and state.shows("inspector"),
    )  # fmt: skip
    every = grid(stack, strengths, chosen, small, look.how, look.scale, f"{label} {rows}", theme)
    left, right = st.columns([1, 1], gap="medium")
    with left:
        show_grid(every, _choose)
        if how:
            _told(st.container(), COUNTING, lambda: next_words.likely_next(name, given.ids, how, theme))
    with right:
        show_map(own, _pin)
    _meter(read, stack, every, own)
    if chosen.is_head:
        place = st.container()
        _told(place, COMPUTING, lambda: _arithmetic(place, name, given, read.digest, look, chosen))
    with st.expander("What am I looking at?"):
        st.markdown(ABOUT)
    if state.shows("export"):
        downloads(partial(_sheet, name, given, look, chosen, rows, how))
    address.write_from_fragment()


def _sheet(
    name: str,
    given: transformers.Given,
    look: model_inputs.Look,
    chosen: heads.Chosen,
    rows: tuple[int, ...],
    how: dict[str, Any] | None,
) -> Sheet:
    """What can be saved of it, made when it is asked for."""
    read = transformers.read(name, given)
    stack = read.stack(look.kind, look.hides)
    small = read.small(look.kind, look.hides, look.how, look.scale, rows)
    columns = [*map(str, range(1, stack.weights.shape[1] + 1)), look.how]
    printed = Heads(small, columns, len(stack.weights), f"of the largest weight {heads.SCALES[look.scale]}")
    likely = transformers.next_words(name, given.ids, next_words.SHOWN, **how) if how and len(given.ids) < read.most else ()
    weights = heads.weights_of(stack, chosen)
    return heads_sheet(name, read, stack, chosen, weights, _title(chosen, stack), rows, given, printed, likely)


def _meter(read: transformers.Read, stack: Any, every: bytes, own: bytes) -> None:
    """How much was sent for all heads and for the large one, and what it would have been."""
    sent = len(every) + len(own) + (len(read.picture.jpeg) if read.picture else 0)
    sizes = [f"{size / 1000:,.0f} kB" for size in (sent, len(every), len(own), stack.weights.nbytes)]
    st.caption(
        "{} of weights and labels went to your browser for this view: small heatmaps {}, the large one {}. ".format(*sizes)
        + f"All weights of all heads are {sizes[-1]}. Read in {read.seconds:.2f} s on {read.device}."
    )


def _arithmetic(
    place: Any, name: str, given: transformers.Given, digest: str, look: model_inputs.Look, chosen: heads.Chosen
) -> None:
    """The cell that is pressed, taken apart, and what this head computes in the lab's words."""
    layer = transformers.layer_of(name, digest, look.kind, chosen.layer, given)
    with place, st.expander(f"What {chosen.title.lower()} computes"):
        st.markdown(what_it_computes(layer, chosen.layer, chosen.head))
    if look.hides:
        layer = layer.without_special()
    subject = head_subject(
        layer, chosen.layer, chosen.head, name=name, of=(name, digest, look.hides), score_specs=services.score_specs(),
        distribution_specs=services.distribution_specs(),
    )  # fmt: skip
    pressed = "cell of the large heatmap" if layer.grid is None else "button “Arithmetic of the peak”"
    if state.shows("inspector"):
        with place:
            inspector([subject], pressed, kept=state.HEAD_CELL)


def _rows(stack: Any) -> tuple[int, ...]:
    """Of a picture: the patches that are pinned, or else the class token; nothing for text."""
    if stack.grid is None:
        return ()
    kept = st.session_state.get(state.PATCHES) or ()
    return tuple(dict.fromkeys(row for row in kept if type(row) is int and 0 <= row < len(stack.query_labels))) or (0,)


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


def _pin() -> None:
    rows = st.session_state["map"]["rows"]
    st.session_state[state.PATCHES] = tuple(rows[:MOST_PATCHES]) if isinstance(rows, list) else ()


def _left_out() -> str:
    how = {key: st.session_state.get(key) for key in (state.WARMTH, state.TOP_K, state.TOP_P)}
    return PINNED if next_words.is_as_linked(how) else f"{PINNED} {DRAWN_OTHERWISE}"


PAGE = Page(name="transformers", title="Transformers", order=2, render=render, left_out=_left_out)
