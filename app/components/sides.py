"""A and B: the visitor's own choices, what they are compared with, and how the two change places."""

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import streamlit as st

from app import state
from app.components import inputs, settings

SAME = state.OTHER + "same"


def side_controls(spec: Any, scores: Sequence[Any], distributions: Sequence[Any], side: str) -> tuple[dict | None, Any]:
    """The controls of one side; returns the input (None for B where it is A's) and the chosen distribution's declaration."""
    settings.score_control(scores, side, in_list=True)
    given = None
    if side and state.shows("input"):
        st.session_state[SAME] = not own_input(spec)
        st.toggle("Same input as A", key=SAME, on_change=_switch_input, args=(spec,))
    if not side or own_input(spec):
        given = inputs.input_controls(spec, side)
    settings.parameter_controls(side)
    settings.temperature_control(side)
    with st.expander("More") if state.shows("distribution") else nullcontext():
        distribution = settings.distribution_controls(distributions, side)
        if state.shows("distribution"):
            settings.option_controls(spec, side)
    return given, distribution


def own_input(spec: Any) -> bool:
    """Whether B has an input of its own: it has one as soon as its list of examples says anything."""
    return state.example_key(spec.name, state.OTHER) in st.session_state


def start(spec: Any, scores: Sequence[Any], distributions: Sequence[Any]) -> None:
    """At the first visit B is A under another score function; a link leaves such a B out."""
    if own_input(spec) or any(other in st.session_state for _, other in _pairs(spec, distributions)):
        return
    copy(spec, distributions)
    names = [own.name for own in scores]
    mine = state.one_of(state.SCORE, names, state.DEFAULT_SCORE)
    st.session_state[state.OTHER + state.SCORE] = state.other_score(names, mine)


def buttons(spec: Any, distributions: Sequence[Any]) -> None:
    """Swap A and B, and reset B to A."""
    if not state.shows("swap"):
        return
    st.button("Swap A and B", on_click=swap, args=(spec, distributions), width="stretch")
    st.button("Reset B to A", on_click=copy, args=(spec, distributions), width="stretch")


def copy(spec: Any, distributions: Sequence[Any]) -> None:
    """Make every choice of B the one of A, with A's input."""
    for mine, other in _pairs(spec, distributions):
        _put(other, st.session_state.get(mine))
    _put(state.example_key(spec.name, state.OTHER), None)


def swap(spec: Any, distributions: Sequence[Any]) -> None:
    """Let A and B change places, with their inputs where these differ."""
    pairs = _pairs(spec, distributions)
    if own_input(spec):
        names = [(state.input_key, (spec.name, declared.name)) for declared in spec.inputs]
        names += [(state.example_key, (spec.name,)), (state.own_key, (spec.name,))]
        pairs += [(make(*own), make(*own, state.OTHER)) for make, own in names]
    for mine, other in pairs:
        first, second = st.session_state.get(mine), st.session_state.get(other)
        _put(mine, second)
        _put(other, first)


def _pairs(spec: Any, distributions: Sequence[Any]) -> list[tuple[str, str]]:
    """The keys of all settings: A's and B's."""
    names = (state.SCORE, state.PARAMETERS, state.SEED, state.TEMPERATURE, state.DISTRIBUTION)
    options = [(own.name, option.name) for own in (*distributions, spec) for option in own.options]
    return [(name, state.OTHER + name) for name in names] + [
        (state.option_key(*own), state.option_key(*own, state.OTHER)) for own in options
    ]


def _put(key: str, value: Any) -> None:
    if value is not None:
        st.session_state[key] = value
    elif key in st.session_state:
        del st.session_state[key]


def _switch_input(spec: Any) -> None:
    """The other input: what B had before, or an example that A does not show."""
    if own_input(spec):
        _put(state.example_key(spec.name, state.OTHER), None)
        return
    kept = [st.session_state.get(state.input_key(spec.name, declared.name, state.OTHER)) for declared in spec.inputs]
    if all(value is not None for value in kept):
        state.keep_own(spec, state.OTHER)
        return
    shown = st.session_state.get(state.example_key(spec.name))
    state.show_example(spec, next((own for own in spec.examples if own.title != shown), spec.examples[0]), state.OTHER)
