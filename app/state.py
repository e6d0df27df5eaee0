"""What a visitor has chosen: the keys it is kept under, its defaults, and reading it back clean."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

TASK, SCORE, PARAMETERS, SEED = "task", "score", "parameters", "seed"
TEMPERATURE, DISTRIBUTION, SEEN = "temperature", "distribution", "seen"
CELL = "cell"  # the pinned cell: (query, key), both counted from 0, or absent
SIDE, A_AND_B = "side", ("A", "B")  # whose arithmetic is shown where two results are compared
ROW = "row"  # the row that the page shows where there are several, counted from 0, or absent
LESSON_TASK, LESSON_SIDE = "lesson_task", "lesson:"  # what is learned instead where the chosen task or example cannot be
LESSON, LESSON_SOURCE, LESSON_TEXT, LESSON_STEP = "lesson", "lesson_source", "lesson_text", "lesson_step"
LESSON_CELL = "lesson_cell"  # as CELL, of what a lesson watches; no link carries it
DRAWN = "drawn"  # the figures drawn last, ready to be shown again
MOVED = "moved"  # what the sliders of the inspector were moved to, or absent
STUDY_SEED, STUDY_WIDTH = "study_seed", "study_width"  # of the study of widths
MODEL, KIND, HEAD, HEAD_CELL = "model", "model_kind", "model_head", "model_cell"  # which transformer, attention, head and cell
SUMMARY, SCALE, HIDES_SPECIAL = "model_summary", "model_scale", "model_hides_special"  # how its heads are shown
READS, STEP, PLAYS = "model_reads", "model_step", "model_plays"  # its kind; how many words it wrote, whether it goes on
PATCHES, WRITTEN, READ = "model_patches", "model_written", "model_read"  # pinned patches; a decoder's words; the input's name
WARMTH, TOP_K, TOP_P, DRAW = "model_temperature", "model_top_k", "model_top_p", "model_seed"  # how its next word is drawn
OF_MODEL = (
    MODEL, READS, KIND, HEAD, SUMMARY, SCALE, HIDES_SPECIAL, WARMTH, TOP_K, TOP_P, DRAW, STEP,
)  # fmt: skip
HIDE = "hide"  # the parts of the page that the link hides

OTHER = "b:"  # before the keys of what a comparison sets against the visitor's own choices; those have "" there
PARTS = (
    "navigation", "task", "input", "example", "parameters", "temperature", "distribution", "score", "formula", "context",
    "tokens", "field", "inspector", "matter", "comparison", "swap", "difference", "source", "lesson", "steps", "study", "export",
    "share",
)  # fmt: skip

TOP_PS = tuple(n / 20 for n in range(1, 21))
DEFAULT_TOP_P = 0.9
LARGEST_K, LARGEST_STEP = 100, 200
TRAINED, UNTRAINED = "trained", "untrained"
LARGEST_SEED = 9999
TEMPERATURES = (0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0, 15.0, 20.0)
SHIPPED, OWN = "shipped", "own"  # where a lesson's examples come from
DEFAULT_SCORE, DEFAULT_DISTRIBUTION = "general", "softmax"
DEFAULT_WIDTH = 64
OWN_INPUT = ""


@dataclass(frozen=True)
class Upload:
    """A file the visitor gave: its name, for showing back to them only, and its bytes."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Choices:
    """How the input is attended to, as `services.attend` takes it; `options` are those of the distribution."""

    parameters: str
    seed: int
    distribution: str
    options: tuple[tuple[str, Any], ...]
    temperature: float
    task_options: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Moved:
    """What the inspector's sliders say instead: `of` names the cell that this holds for."""

    of: Any
    energy: float | None
    temperature: float | None


def pinned(*shapes: tuple[int, int], kept: str = CELL) -> tuple[int, int] | None:
    """The cell kept under the key if one of these results has it, so many rows and keys each; any other is forgotten."""
    cell = st.session_state.get(kept)
    is_cell = isinstance(cell, tuple) and len(cell) == 2 and all(type(place) is int for place in cell)
    if is_cell and any(0 <= cell[0] < rows and 0 <= cell[1] < keys for rows, keys in shapes):
        return cell
    st.session_state.pop(kept, None)
    return None


def held(rows: int) -> int | None:
    """The row that is held, if there are so many rows; None if none is."""
    row = st.session_state.get(ROW)
    return row if type(row) is int and 0 <= row < rows else None


def let_go() -> None:
    """Forget the row that is held: another input has other rows."""
    st.session_state.pop(ROW, None)


def look_at(name: str) -> None:
    """Forget the cell and the patches that are pinned, if what is read has another name than before: it has other places."""
    if st.session_state.get(READ) != name:
        for key in (HEAD_CELL, PATCHES):
            st.session_state.pop(key, None)
        st.session_state[READ] = name


def let_go_of_heads() -> None:
    """Forget the head that is shown, and that it goes on by itself: another transformer has others."""
    for key in (HEAD, PLAYS):
        st.session_state.pop(key, None)


def take_lesson_task() -> None:
    """The task picked for a lesson is the visitor's task from now on."""
    let_go()
    st.session_state[TASK] = st.session_state[LESSON_TASK]


def shows(part: str) -> bool:
    """Whether that part of the page is shown: one of PARTS, unless the link hides it."""
    return part not in st.session_state.get(HIDE, ())


def input_key(task: str, name: str, side: str = "") -> str:
    """Where what the visitor entered for one input of one task is kept."""
    return f"{side}input:{task}:{name}"


def example_key(task: str, side: str = "") -> str:
    """Where the chosen example's title is kept; OWN_INPUT if the visitor's own input is shown."""
    return f"{side}example:{task}"


def own_key(task: str, side: str = "") -> str:
    """Where the visitor's own input waits while an example is shown."""
    return f"{side}own:{task}"


def option_key(owner: str, name: str, side: str = "") -> str:
    """Where an option of a distribution or a task is kept."""
    return f"{side}option:{owner}:{name}"


def given(spec: Any, side: str = "") -> dict[str, Any]:
    """What was entered, by the names of the task's inputs; an optional one without a visible character is empty."""
    entered = {own.name: st.session_state.get(input_key(spec.name, own.name, side)) for own in spec.inputs}
    return {own.name: "" if own.optional and not (entered[own.name] or "").strip() else entered[own.name] for own in spec.inputs}


def is_choice(key: str) -> bool:
    """Whether a visitor's choice is kept under the key, on either side."""
    own = key.removeprefix(OTHER)
    return own in (
        TASK,
        SCORE,
        PARAMETERS,
        SEED,
        TEMPERATURE,
        DISTRIBUTION,
        STUDY_SEED,
        STUDY_WIDTH,
        *OF_MODEL,
    ) or own.startswith(("input:", "example:", "own:", "option:"))


def other_score(names: Sequence[str], mine: str) -> str:
    """The score function that a comparison starts with beside the visitor's own: the first other one."""
    return next((name for name in names if name != mine), mine)


def one_of(key: str, allowed: Sequence[Any], default: Any) -> Any:
    """What is kept under the key if it is allowed; otherwise the default (or the first allowed), which is kept from now on."""
    value = st.session_state.get(key)
    if value not in allowed:
        value = default if default in allowed else allowed[0]
        st.session_state[key] = value
    return value


def text(key: str) -> str:
    """The text kept under the key, empty if there is none."""
    value = st.session_state.get(key)
    return value if isinstance(value, str) else ""


def show_example(spec: Any, example: Any, side: str = "") -> None:
    """Put an example into the task's inputs."""
    for declared in spec.inputs:
        st.session_state[input_key(spec.name, declared.name, side)] = example.values[declared.name]
    st.session_state[example_key(spec.name, side)] = example.title


def keep_own(spec: Any, side: str = "") -> None:
    """Remember the task's inputs as the visitor's own."""
    let_go()
    st.session_state[own_key(spec.name, side)] = {
        declared.name: st.session_state.get(input_key(spec.name, declared.name, side)) for declared in spec.inputs
    }
    st.session_state[example_key(spec.name, side)] = OWN_INPUT


def pick_example(spec: Any, side: str = "") -> None:
    """Show what the list of examples now says: an example, or the visitor's own input again."""
    let_go()
    title = st.session_state.get(example_key(spec.name, side))
    for example in spec.examples:
        if example.title == title:
            show_example(spec, example, side)
            return
    for name, value in st.session_state.get(own_key(spec.name, side), {}).items():
        st.session_state[input_key(spec.name, name, side)] = value


def choices(distribution: Any, side: str = "", task: Any = None) -> Choices:
    """The visitor's choices; anything missing or out of range takes its default.

    Args:
        distribution: What the chosen one declares.
        side: "" for the visitor's own choices, OTHER for what they are compared with.
        task: What the chosen one declares, where there is one.
    """
    seed = st.session_state.get(side + SEED, 0)
    return Choices(
        parameters=one_of(side + PARAMETERS, (TRAINED, UNTRAINED), TRAINED),
        seed=seed if isinstance(seed, int) and 0 <= seed <= LARGEST_SEED else 0,
        distribution=distribution.name,
        options=_options(distribution, side),
        temperature=one_of(side + TEMPERATURE, TEMPERATURES, 1.0),
        task_options=_options(task, side) if task else (),
    )


def _options(spec: Any, side: str) -> tuple[tuple[str, Any], ...]:
    options = []
    for option in spec.options:
        value = st.session_state.get(option_key(spec.name, option.name, side), option.default)
        try:
            option.check(value)
        except ValueError:
            value = option.default
        options.append((option.name, value))
    return tuple(options)
