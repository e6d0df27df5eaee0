"""Watch it learn: the parameters of a score function, learned here and now while you look."""

import logging
from typing import Any

import streamlit as st

from app import course, lessons, services, state
from app.components import inputs, lesson, settings
from app.components.downloads import downloads
from app.components.lesson_sheet import lesson_sheet
from app.components.plain import plain
from app.views import Page

LOADING = "Loading the encoder: a few seconds, the first time only …"
UNEXPECTED = "Something went wrong here, and it is not your fault. Try again, or try another text."
BUSY_SECONDS, QUIET_SECONDS = 0.7, 4.0

log = logging.getLogger(__name__)


def render() -> None:
    """Draw the page."""
    with st.sidebar:
        specs = services.task_specs()
        spec = inputs.task_control([own for own in specs if own.lesson])
        own = lesson.source_controls(spec)
        watched = inputs.input_controls(spec)
        for other in specs:
            if other.lesson is None:
                st.caption(f"“{other.title}” cannot be learned here. {other.why_no_lesson}")
    score = settings.score_control(services.score_specs())
    lesson.what_learns(score)
    training = st.session_state.get(state.LESSON)
    if training is not None and training.course.task.spec.name != spec.name:
        training = None
    place = st.container()
    if training is None or not training.is_active:
        with place:
            if st.button("Start learning", type="primary", key="lesson_start"):
                _start(spec, score, own, watched)
            if training is None:
                st.info(
                    f"Parameters are drawn at random, then learn step by step from labelled {spec.lesson.examples}; the text on "
                    "the left is watched meanwhile. It takes about a minute. What is learned here stays in this window: "
                    "a link does not carry it."
                )
                return
    st.fragment(_watch, run_every=_pause_between_looks(training))(training, score.name)


def _start(spec: Any, score: Any, own: str | bytes | None, watched: dict) -> None:
    """Start a lesson, or say why not."""
    earlier = st.session_state.get(state.LESSON)
    if earlier is not None:
        earlier.stop()
    try:
        examples = None if own is None else course.read_own(spec, own)
        with st.spinner(LOADING):
            _, encoded = services.encode(spec.name, watched)
        own_course = course.Course(services.load_task(spec.name), score.name, encoded.encoding, examples, watched)
        st.session_state[state.LESSON] = lessons.Training(own_course)
    except services.InputError as error:
        st.error(plain(str(error)))
    except Exception:
        log.exception("A lesson of the task %s could not start.", spec.name)
        st.error(UNEXPECTED)
    else:
        st.rerun()


def _watch(training: lessons.Training, chosen: str) -> None:
    """Draw where the lesson stands; runs again by itself as long as it is not over."""
    training.look()
    every = _pause_between_looks(training)
    by_name = {spec.name: spec for spec in services.score_specs()}
    score = by_name[training.course.score]
    if training.is_active:
        lesson.buttons(training)
        if chosen != score.name:
            st.caption(f"{score.title} is learning. Stop it to start another one.")
    lesson.standing(training)
    if training.course.snapshots:
        shown = lesson.snapshot_control(training)
        wide, narrow = st.columns([1.5, 1], gap="medium")
        with wide:
            lesson.look_at(training, score, shown)
        with narrow:
            lesson.fit_so_far(training, shown)
            if training.course.result is not None:
                lesson.outcome(training, score, next(spec for spec in by_name.values() if spec.is_floor))
        if state.shows("export") and (not training.is_active or training.is_paused):
            downloads(lesson_sheet(training.course, score, shown), key="save_lesson")
    if every != st.session_state.get(f"{state.LESSON}:every"):
        st.session_state[f"{state.LESSON}:every"] = every
        st.rerun()  # only a run of the whole page changes how often this part runs, and brings the button back


def _pause_between_looks(training: lessons.Training) -> float | None:
    if not training.is_active:
        return None
    return QUIET_SECONDS if training.is_paused or training.phase == lessons.WAITING else BUSY_SECONDS


PAGE = Page(name="learn", title="Watch it learn", order=2, render=render)
