"""A decoder that goes on with a text: the words so far, what may come next, and the buttons that write it."""

from dataclasses import dataclass, replace
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app import services, state
from app.components.plain import plain
from app.figures.likely import likely
from app.services import transformers

SHOWN = 12  # of the tokens that may come next
SEVERAL, PILLS = 10, "model_steps"
PLAY_SECONDS = 0.8
MOST = f"The text must go on by at most {state.LARGEST_STEP} words. Go back some words, or begin anew."


@dataclass(frozen=True)
class Written:
    """What a decoder has written.

    Args:
        model: Its name.
        steps: The token ids at the beginning, and after each word.
        at: The step that is shown.
        problem: Why it cannot go on, else empty.
        made: For each word the seed and the settings that it was drawn with.
    """

    model: str
    steps: tuple[tuple[int, ...], ...]
    at: int = 0
    problem: str = ""
    made: tuple[tuple, ...] = ()

    @property
    def ids(self) -> tuple[int, ...]:
        """Those of the step that is shown."""
        return self.steps[self.at]

    def until(self, step: int) -> "Written":
        """The same without what followed that step."""
        return replace(self, steps=self.steps[: step + 1], made=self.made[:step], problem="")


def written(model: str, text: str, how: dict[str, Any]) -> Written:
    """What was written from that beginning, as far as the step that the page is to show. Raises InputError."""
    beginning = transformers.begin(model, text)
    own = st.session_state.get(state.WRITTEN)
    if own is None or own.model != model or own.steps[0] != beginning:
        if own is not None and not get_script_run_ctx().is_history_navigation:
            st.session_state[state.STEP] = 0  # a step that a link names is that of its own beginning
        own = Written(model, (beginning,))
    step = st.session_state.setdefault(state.STEP, 0) + bool(st.session_state.get(state.PLAYS))
    seed, place = st.session_state.get(state.DRAW, 0), st.empty()
    problem = own.problem if step == own.at else ""
    try:
        while step >= len(own.steps):
            count = len(own.steps)
            if count > state.LARGEST_STEP:
                raise services.InputError(MOST)
            place.caption(f"Writing word {count} …")  # here Streamlit stops if the visitor asks for something else
            after = transformers.write_word(model, own.steps[-1], seed, **how)
            own = replace(own, steps=(*own.steps, after), made=(*own.made, _made(how)), at=count)
            st.session_state[state.WRITTEN] = own
    except services.InputError as error:
        problem, step = str(error), len(own.steps) - 1
        st.session_state[state.PLAYS] = False
    place.empty()
    own = replace(own, at=step, problem=problem)
    st.session_state.update({state.WRITTEN: own, state.STEP: step})
    return own


def is_as_linked(how: dict[str, Any]) -> bool:
    """Whether all words were drawn as the page would draw them now, which is what a link says."""
    own = st.session_state.get(state.WRITTEN)
    return own is None or set(own.made[: own.at]) <= {_made(how)}


def _made(how: dict[str, Any]) -> tuple:
    return (st.session_state.get(state.DRAW, 0), *how.values())


def sampling_controls() -> dict[str, Any]:
    """How the next word is drawn, as `sampling` takes it."""
    state.one_of(state.WARMTH, state.TEMPERATURES, 1.0)
    st.session_state.setdefault(state.TOP_K, 0)
    state.one_of(state.TOP_P, state.TOP_PS, state.DEFAULT_TOP_P)
    st.session_state.setdefault(state.DRAW, 0)
    warmth = st.select_slider(
        "Temperature",
        state.TEMPERATURES,
        format_func=lambda value: f"{value:g}",
        key=state.WARMTH,
        persist_state="session",
        help="Energies of the next word are divided by it: below 1 the likely gets likelier.",
    )
    top_k = st.slider(
        "Top-k",
        0,
        state.LARGEST_K,
        key=state.TOP_K,
        persist_state="session",
        help="Only so many of the most probable; 0 keeps all.",
    )
    top_p = st.select_slider(
        "Top-p", state.TOP_PS, format_func=lambda value: f"{value:g}", key=state.TOP_P, persist_state="session",
        help="Only the fewest likeliest whose sum reaches it; 1 keeps all.",
    )  # fmt: skip
    st.number_input("Seed", 0, state.LARGEST_SEED, step=1, key=state.DRAW, persist_state="session")
    return {"temperature": warmth, "top_k": top_k, "top_p": top_p}


def writing_controls(own: Written) -> None:
    """The buttons that write, and the words so far: pressing one goes back to it."""
    last, is_playing = len(own.steps) - 1, bool(st.session_state.get(state.PLAYS))
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="write"):
        st.button("Write a word", type="primary", on_click=_ask, args=(1,), disabled=is_playing)
        st.button(f"Write {SEVERAL} words", on_click=_ask, args=(SEVERAL,), disabled=is_playing)
        st.button("Pause" if is_playing else "Play", on_click=_play, args=(not is_playing,))
        st.button("‹ Back", on_click=_go, args=(own.at - 1,), disabled=own.at == 0)
        st.button("Forward ›", on_click=_go, args=(own.at + 1,), disabled=own.at == last)
        st.button("From the beginning", on_click=_forget, disabled=not last, type="tertiary")
    problem, steps = st.container(key="write_problem"), st.container(key="write_steps")  # they stay: what follows keeps its place
    if own.problem:
        problem.error(plain(own.problem))
    if not last:
        return
    model = transformers.transformer(own.model)
    # Each with its number: Streamlit tells options apart by what they are called.
    labels = ["Beginning", *(f"{step} {_word(model, own, step)}" for step in range(1, last + 1))]
    st.session_state[PILLS] = own.at
    steps.pills(
        "Steps: press a word to go back to it",
        list(range(last + 1)),
        format_func=lambda step: plain(labels[step]),
        key=PILLS,
        on_change=_picked,
        required=True,
    )


def likely_next(model: str, ids: tuple[int, ...], how: dict[str, Any], kind: str | None) -> None:
    """Draw what may come after these tokens."""
    try:
        chances = transformers.next_words(model, ids, SHOWN, **how)
    except services.InputError as error:
        st.caption(plain(str(error)))
        return
    labels, values = zip(*chances, strict=True)
    st.markdown("**What comes next**")
    st.plotly_chart(
        likely(values, labels, kind), key="likely", theme=None, config={"displayModeBar": False, "staticPlot": True},
        alt="The most probable next tokens: " + ", ".join(f"{label.strip()} {value:.0%}" for label, value in chances),
    )  # fmt: skip


def _ask(count: int) -> None:
    own = st.session_state[state.WRITTEN]
    st.session_state[state.WRITTEN] = own.until(own.at)  # what followed is written anew
    st.session_state[state.STEP] = own.at + count


def _play(on: bool) -> None:
    if on:
        _ask(0)
    st.session_state[state.PLAYS] = on


def _go(step: int) -> None:
    st.session_state[state.STEP], st.session_state[state.PLAYS] = step, False


def _picked() -> None:
    _go(st.session_state[PILLS])


def _forget() -> None:
    st.session_state[state.WRITTEN] = st.session_state[state.WRITTEN].until(0)
    _go(0)


def _word(model: Any, own: Written, step: int) -> str:
    before, after = own.steps[step - 1], own.steps[step]
    return "".join(model.tokens(after[len(before) :])).strip()
