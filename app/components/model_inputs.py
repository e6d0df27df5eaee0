"""Which transformer reads, what it is given, and how its heads are shown: the controls beside the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app import heads, state
from app.components import inputs
from app.reads import sources

TITLES = {
    "minilm": "MiniLM, a BERT",
    "gpt": "GPT, trained here",
    "vit": "ViT, trained here",
}
KINDS = {"cross": "Target over source", "encoder": "Source over itself", "decoder": "Target over itself"}


def model_control(names: Sequence[str]) -> str:
    """The list of transformers; returns the name of the chosen one."""
    state.one_of(state.MODEL, names, names[0])
    return st.selectbox(
        "Transformer",
        names,
        format_func=lambda name: TITLES.get(name, name),
        key=state.MODEL,
        on_change=state.let_go_of_heads,
        persist_state="session",
        filter_mode=None,
    )


@dataclass(frozen=True)
class Look:
    """How heads are shown: of which attention, summed up how, on which scale, with special tokens or without."""

    kind: str
    how: str
    scale: str
    hides: bool


def look_controls(kind: str) -> Look:
    """How the heads of that kind of transformer are shown."""
    shown = kind
    if kind == "encoder-decoder":
        state.one_of(state.KIND, list(KINDS), "cross")
        shown = st.selectbox(
            "Attention", list(KINDS), format_func=KINDS.get, key=state.KIND, persist_state="session", filter_mode=None
        )
    state.one_of(state.SUMMARY, list(heads.SUMMARIES), heads.MEAN)
    state.one_of(state.SCALE, list(heads.SCALES), heads.HEAD_SCALE)
    how = st.segmented_control(
        "Heads summed up as",
        list(heads.SUMMARIES),
        format_func={heads.MEAN: "Mean", heads.MAX: "Largest"}.get,
        key=state.SUMMARY,
        required=True,
        persist_state="session",
        width="stretch",
    )
    scale = st.selectbox(
        "Darkest: the largest weight",
        list(heads.SCALES),
        format_func=heads.SCALES.get,
        key=state.SCALE,
        persist_state="session",
        filter_mode=None,
    )
    hides = kind != "vision" and st.toggle(
        "Hide special tokens",
        key=state.HIDES_SPECIAL,
        persist_state="session",
        help="Leaves out what the tokenizer adds, such as [CLS]. Each row is then divided by what is left of it.",
    )
    return Look(shown, how, scale, bool(hides))


def input_controls(kind: str) -> dict[str, Any]:
    """The inputs of that kind of transformer; returns what was given, by name."""
    return inputs.input_controls(sources()[kind])
