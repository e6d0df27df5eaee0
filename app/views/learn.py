"""Watch it learn: the parameters of a score function, learned here and now while you look."""

import logging
from functools import partial
from typing import Any

import streamlit as st

from app import course, lessons, services, state
from app.components import inputs, lesson, report, settings, stage
from app.components.downloads import downloads
from app.components.inspector import inspector
from app.components.lesson_sheet import lesson_sheet
from app.components.plain import plain
from app.components.subject import attended_subject, learned_subject, pressed
from app.views import Page

LOADING = "Encoding: a few seconds the first time …"
UNEXPECTED = "Something went wrong here, and it is not your fault. Try again, or try another text."
LEARNED_HERE = (
    "The parameters that were trained here are not part of the link. Whoever opens it sees the example before the first step, "
    "and can train their own."
)
BUSY_SECONDS, QUIET_SECONDS = 0.7, 4.0

log = logging.getLogger(__name__)


def render() -> None:
    """Draw the page."""
    with st.sidebar:
        specs = services.task_specs()
        spec = inputs.task_control([own for own in specs if own.lesson])
        own = lesson.source_controls(spec)
        titles = spec.lesson.watched
        is_offered = not titles or st.session_state.get(state.example_key(spec.name)) in (None, *titles)
        watched = inputs.input_controls(spec, "" if is_offered else state.LESSON_SIDE, titles)
        problem_place = st.container()
        for other in specs:
            if other.lesson is None:
                st.caption(f"“{other.title}” cannot be learned here. {other.why_no_lesson}")
    score = settings.score_control(services.score_specs())
    learns = lesson.what_learns(spec, score)
    training = st.session_state.get(state.LESSON)
    if training is not None and training.course.task.spec.name != spec.name:
        training = None
    start_place, picture_place = st.container(), st.container()  # what follows keeps its place on the page with or without them
    encoded = None
    if training is None or not training.is_active:
        with start_place:
            encoded = _encode(spec, watched, problem_place)
            if state.shows("lesson") and st.button(
                "Start learning", type="primary", key="lesson_start", disabled=encoded is None or not learns
            ):
                _start(spec, score, own, watched, encoded)
    picture = training.course.picture if training else encoded and encoded[1].picture
    if picture:
        with picture_place:
            stage.source(picture)
    if training is not None:
        st.fragment(_watch, run_every=_pause_between_looks(training))(training, score.name)
    elif encoded:
        _before(spec, score, watched, encoded, learns)


def _encode(spec: Any, watched: dict, problem_place: Any) -> tuple[str, Any] | None:
    """The digest of what is to be watched and it encoded; None if it cannot be used, and beside the input why not."""
    try:
        with st.container(key="progress"), st.spinner(LOADING):
            return services.encode(spec.name, watched)
    except services.InputError as error:
        problem_place.error(plain(str(error)))
    except Exception:  # whatever it is: the visitor reads a sentence, the log has the trace
        log.exception("The page could not encode an input of the task %s.", spec.name)
        problem_place.error(UNEXPECTED)
    return None


def _before(spec: Any, score: Any, watched: dict, encoded: tuple[str, Any], learns: bool) -> None:
    """What a lesson starts from: the watched input under the parameters it will draw."""
    first = state.Choices(state.UNTRAINED, spec.lesson.recipe.seed, state.DEFAULT_DISTRIBUTION, (), 1.0)
    attended = services.attend(spec.name, encoded[0], first, encoded[1])
    result = attended.results[score.name]
    wide, narrow = st.columns([1.5, 1], gap="medium")
    with wide:
        opens = state.shows("inspector")
        lesson.look_at(spec, score, course.told(spec, result), 0, watched, encoded[1].picture, opens=opens)
    with narrow:
        if state.shows("lesson"):
            st.info(
                f"Now its parameters are drawn at random. They will learn step by step from {spec.lesson.examples} whose answers "
                "are known, and what you see here changes with them. It takes about a minute. What is learned here stays in this "
                "window: a link does not carry it."
                if learns
                else "These weights follow from its equation alone, and no lesson changes them."
            )
        st.caption(spec.lesson.counted)
    if opens:
        distribution = next(own for own in services.distribution_specs() if own.name == state.DEFAULT_DISTRIBUTION)
        shown = report.Shown(encoded[1], attended, inputs.credit(spec, watched), encoded[0], watched)
        inspector([attended_subject(score, distribution, shown)], pressed(spec, result), state.LESSON_CELL)


def _start(spec: Any, score: Any, own: str | bytes | None, watched: dict, encoded: tuple[str, Any]) -> None:
    """Start a lesson, or say why not."""
    earlier = st.session_state.get(state.LESSON)
    if earlier is not None:
        earlier.stop()
    try:
        examples = None if own is None else course.read_own(spec, own)
        task, (_, given) = services.load_task(spec.name), encoded
        own_course = course.Course(task, score.name, given.encoding, examples, watched, given.picture)
        st.session_state[state.LESSON] = lessons.Training(own_course)
    except services.InputError as error:
        st.error(plain(str(error)))
    except Exception:  # whatever it is: the visitor reads a sentence, the log has the trace
        log.exception("A lesson of the task %s could not start.", spec.name)
        st.error(UNEXPECTED)
    else:
        st.rerun()


def _watch(training: lessons.Training, chosen: str) -> None:
    """Draw where the lesson stands; runs again by itself as long as it is not over."""
    training.look()
    every = _pause_between_looks(training)
    by_name = {spec.name: spec for spec in services.score_specs()}
    own = training.course
    score = by_name[own.score]
    if training.is_active:
        if state.shows("lesson"):
            lesson.buttons(training)
        if chosen != score.name:
            st.caption(f"{score.title} is learning. Stop it to start another one.")
    lesson.standing(training)
    if own.snapshots:
        shown = lesson.snapshot_control(training)
        is_still = not training.is_active or training.is_paused
        opens = is_still and state.shows("inspector")
        wide, narrow = st.columns([1.5, 1], gap="medium")
        with wide:
            lesson.look_at(own.task.spec, score, shown.result, shown.step, own.given, own.picture, opens=opens)
            lesson.growth(training, shown)
        with narrow:
            lesson.fit_so_far(training, shown)
            if own.result is not None:
                lesson.reached(training, score, next(spec for spec in by_name.values() if spec.is_floor))
        if opens:
            inspector([learned_subject(score, own, shown)], pressed(own.task.spec, shown.result), state.LESSON_CELL)
        if state.shows("export") and is_still:
            downloads(partial(lesson_sheet, own, score, shown), key="save_lesson")
    if every != st.session_state.get(f"{state.LESSON}:every"):
        st.session_state[f"{state.LESSON}:every"] = every
        st.rerun()  # only a run of the whole page changes how often this part runs, and brings the button back


def _left_out() -> str:
    """What of a lesson no link carries."""
    training = st.session_state.get(state.LESSON)
    return LEARNED_HERE if training is not None and training.course.snapshots else ""


def _pause_between_looks(training: lessons.Training) -> float | None:
    if not training.is_active:
        return None
    return QUIET_SECONDS if training.is_paused or training.phase == lessons.WAITING else BUSY_SECONDS


PAGE = Page(name="learn", title="Watch it learn", order=3, render=render, left_out=_left_out)
