"""How the input is attended to: score function, parameters, temperature, distribution.

`side` is "" for the visitor's own choices and `state.OTHER` for what they are compared with.
"""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app import state


def score_control(specs: Sequence[Any], side: str = "", *, in_list: bool = False) -> Any:
    """The score functions in a row, or in a list where a row has no room; returns the declaration of the chosen one."""
    by_name = {spec.name: spec for spec in specs}
    name = state.one_of(side + state.SCORE, list(by_name), state.DEFAULT_SCORE)
    if state.shows("score"):
        control, look = (st.selectbox, {"filter_mode": None}) if in_list else (st.segmented_control, {"required": True})
        name = control(
            "Score function",
            list(by_name),
            format_func=lambda name: by_name[name].title,
            key=side + state.SCORE,
            persist_state="session",
            width="stretch",
            **look,
        )
    return by_name[name]


def parameter_controls(side: str = "") -> None:
    """Trained or untrained, and the seed that untrained parameters are drawn from."""
    state.one_of(side + state.PARAMETERS, (state.TRAINED, state.UNTRAINED), state.TRAINED)
    if not state.shows("parameters"):
        return
    parameters = st.segmented_control(
        "Parameters",
        (state.TRAINED, state.UNTRAINED),
        format_func=str.capitalize,
        key=side + state.PARAMETERS,
        persist_state="session",
        required=True,
        width="stretch",
        help="Trained: learned for this task. Untrained: drawn at random from a seed, to see what training changed.",
    )
    if parameters == state.UNTRAINED:
        st.number_input("Seed", 0, state.LARGEST_SEED, step=1, key=side + state.SEED, persist_state="session")


def temperature_control(side: str = "") -> None:
    """The temperature, on a scale where 1 stands in the middle."""
    state.one_of(side + state.TEMPERATURE, state.TEMPERATURES, 1.0)
    if not state.shows("temperature"):
        return
    st.select_slider(
        "Temperature",
        state.TEMPERATURES,
        format_func=lambda value: f"{value:g}",
        key=side + state.TEMPERATURE,
        persist_state="session",
        help="Energies are divided by it. Below 1 the weights get sharper, above 1 flatter.",
    )


def distribution_controls(specs: Sequence[Any], side: str = "") -> Any:
    """The map from energies to weights with its options; returns the declaration of the chosen one."""
    by_name = {spec.name: spec for spec in specs}
    name = state.one_of(side + state.DISTRIBUTION, list(by_name), state.DEFAULT_DISTRIBUTION)
    if not state.shows("distribution"):
        return by_name[name]
    name = st.selectbox(
        "Distribution",
        list(by_name),
        format_func=lambda name: by_name[name].title,
        key=side + state.DISTRIBUTION,
        persist_state="session",
        filter_mode=None,
        help="How energies become weights that sum to 1.",
    )
    option_controls(by_name[name], side)
    return by_name[name]


def option_controls(spec: Any, side: str = "") -> None:
    """What a distribution or a task offers besides."""
    for option in spec.options:
        _option(spec.name, option, side)


def _option(owner: str, option: Any, side: str) -> None:
    key = state.option_key(owner, option.name, side)
    st.session_state.setdefault(key, option.default)
    if option.choices is not None:
        st.selectbox(option.title, option.choices, key=key, help=option.meaning, persist_state="session")
    else:
        st.number_input(
            option.title, option.minimum, option.maximum, step=1, key=key, help=option.meaning, persist_state="session"
        )
