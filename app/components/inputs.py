"""The task and its input: what to look at, an example or the visitor's own."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from app import state
from app.components.plain import plain

SPOKEN = "your-voice.wav"  # what a recording with the microphone is called
NO_MICROPHONE = (
    "Browsers lend the microphone only to pages from https:// or from this very computer, and this one is neither. "
    "Record with a phone or another program, and upload the file."
)


def task_control(specs: Sequence[Any]) -> Any:
    """The list of tasks; returns the declaration of the chosen one, or of another if that is not in the list."""
    by_name = {spec.name: spec for spec in specs}
    is_offered = st.session_state.get(state.TASK, specs[0].name) in by_name
    key = state.TASK if is_offered else state.LESSON_TASK
    name = state.one_of(key, list(by_name), next(iter(by_name)))
    if state.shows("task"):
        st.selectbox(
            "Task",
            list(by_name),
            format_func=lambda name: by_name[name].title,
            key=key,
            on_change=state.let_go if is_offered else state.take_lesson_task,
            persist_state="session",
            filter_mode=None,
        )
    return by_name[name]


def input_controls(spec: Any, side: str = "", titles: Sequence[str] = ()) -> dict[str, Any]:
    """The task's inputs and its examples; returns what was given, by the inputs' names.

    Args:
        spec: What the task declares.
        side: "" for the visitor's own input, `state.OTHER` for what it is compared with.
        titles: Of the examples to offer, all if empty; the first takes the place of one that is not offered.
    """
    examples = [own for own in spec.examples if own.title in (titles or [own.title])]
    shown = st.session_state.get(state.example_key(spec.name, side))
    if examples and shown not in (state.OWN_INPUT, *(own.title for own in examples)):
        state.show_example(spec, examples[0], side)
    if state.shows("input"):
        for declared in spec.inputs:
            CONTROLS[declared.kind](spec, declared, side)
    if state.shows("example"):
        _examples(spec, side, [own.title for own in examples])
    return state.given(spec, side)


def credit(spec: Any, inputs: Mapping[str, Any]) -> str:
    """Who made the example file that is shown, whatever is asked about it; empty for anything else."""
    files = [declared.name for declared in spec.inputs if declared.is_file]
    shown = [inputs[name] for name in files]
    return next((own.credit for own in spec.examples if shown and shown == [own.values[name] for name in files]), "")


def _examples(spec: Any, side: str, titles: list[str]) -> None:
    if state.own_key(spec.name, side) in st.session_state or not titles:
        titles.append(state.OWN_INPUT)
    st.selectbox(
        "Example",
        titles,
        format_func=lambda title: title or "Your own",
        key=state.example_key(spec.name, side),
        on_change=state.pick_example,
        args=(spec, side),
        persist_state="session",
        filter_mode=None,
    )


def _text(spec: Any, declared: Any, side: str) -> None:
    control = st.text_area if declared.long else st.text_input
    more = {"height": 104} if declared.long else {}
    control(
        declared.label,
        key=state.input_key(spec.name, declared.name, side),
        placeholder=declared.placeholder,
        on_change=state.keep_own,
        args=(spec, side),
        persist_state="session",
        **more,
    )


def _file(spec: Any, declared: Any, side: str) -> None:
    key = state.input_key(spec.name, declared.name, side)
    uploader = f"{side}upload:{spec.name}:{declared.name}"

    def uploaded() -> None:
        given = st.session_state[uploader]
        if given is not None:
            st.session_state[key] = state.Upload(given.name, given.getvalue())
            state.keep_own(spec, side)

    given = st.file_uploader(
        declared.label, key=uploader, on_change=uploaded, help=declared.form or None, max_upload_size=declared.megabytes
    )
    kept = st.session_state.get(key)
    if isinstance(kept, state.Upload) and (given is None or given.name != kept.name):
        st.caption(f"Your {declared.thing}: {plain(kept.name)}")


def _sound(spec: Any, declared: Any, side: str) -> None:
    _file(spec, declared, side)
    microphone = f"{side}speak:{spec.name}:{declared.name}"

    def spoken() -> None:
        given = st.session_state[microphone]
        if given is not None:
            st.session_state[state.input_key(spec.name, declared.name, side)] = state.Upload(SPOKEN, given.getvalue())
            state.keep_own(spec, side)

    if lends_microphone(st.context.url):
        st.audio_input("Or speak", key=microphone, on_change=spoken)
    else:
        st.caption(NO_MICROPHONE)


def lends_microphone(url: str | None) -> bool:
    """Whether browsers let a page of that address use the microphone: a secure context.

    Source: W3C Secure Contexts, section 3.1 (potentially trustworthy origins), https://www.w3.org/TR/secure-contexts/
    """
    address = urlsplit(url or "https:")
    host = address.hostname or ""
    is_here = (
        host == "localhost" or host.endswith(".localhost") or host == "::1" or re.fullmatch(r"127(\.\d+){3}", host) is not None
    )
    return address.scheme == "https" or is_here


def _choices(spec: Any, declared: Any, side: str) -> None:
    key = state.input_key(spec.name, declared.name, side)
    picker = f"{side}pick:{spec.name}:{declared.name}"

    def picked() -> None:
        st.session_state[key] = "\n".join(st.session_state[picker])
        state.keep_own(spec, side)

    # Also what is not among the choices, such as a name in a link: it is shown, and the task says what is wrong with it.
    st.session_state[picker] = [line for line in state.text(key).split("\n") if line.strip()]
    st.multiselect(
        declared.label,
        declared.choices(),
        key=picker,
        on_change=picked,
        placeholder=declared.placeholder,
        accept_new_options=True,
        select_all=False,
    )


CONTROLS = {"text": _text, "image": _file, "file": _file, "sound": _sound, "choices": _choices}  # by the kind of an input
