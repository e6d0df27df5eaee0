"""The Playground: pick a score function, type a text or upload a picture, see the attention."""

import logging
from contextlib import nullcontext
from functools import partial
from typing import Any

import streamlit as st

from app import address, lessons, services, state
from app.components import inputs, report, settings, stage
from app.components.compare import choose_word, comparison
from app.components.comparison_sheet import comparison_sheet
from app.components.downloads import downloads
from app.components.formula import formula_card, shapes_and_source
from app.components.inspector import inspector
from app.components.matter import matter
from app.components.plain import plain
from app.components.sheet import result_sheet
from app.components.subject import attended_subject, pressed
from app.reading import read_row
from app.services.turns import AGAIN_SECONDS, PART_SECONDS, rest
from app.views import Page

UNEXPECTED = "Something went wrong here, and it is not your fault. Your input is kept: try again, or try another one."
LOADING = "Loading the encoder: a few seconds, the first time only …"
COMPUTING = "Computing …"
FIGURES_FIRST_SECONDS = 0.05
CONTROLS = ("task", "input", "example", "parameters", "temperature", "distribution")  # the parts in the sidebar

log = logging.getLogger(__name__)


def render() -> None:
    """Draw the page."""
    with st.sidebar if any(map(state.shows, CONTROLS)) else st.container():
        spec = inputs.task_control(services.task_specs())
        given = inputs.input_controls(spec)
        problem_place, settings_place = st.container(), st.container()
    _attention(spec, given, problem_place, settings_place)


@st.fragment
@lessons.others_first(AGAIN_SECONDS)
def _attention(spec: Any, given: dict, problem_place: Any, settings_place: Any) -> None:
    """Everything that follows the input: how it is attended to is changed without drawing the rest of the page anew."""
    with settings_place:
        settings.parameter_controls()
        settings.temperature_control()
        with st.expander("More") if state.shows("distribution") else nullcontext():
            distribution = settings.distribution_controls(services.distribution_specs())
            if state.shows("distribution"):
                settings.option_controls(spec)
    _figures(spec, given, distribution, problem_place)
    address.write_from_fragment()


def _figures(spec: Any, given: dict, distribution: Any, problem_place: Any) -> None:
    """The input under every score function, or why there is none."""
    choices = state.choices(distribution, task=spec)
    shown, problem = _attend(spec, given, choices)
    if problem:
        problem_place.error(plain(problem))
    if shown is None:
        st.info("Once there is an input that works, its attention shows here.")
        return
    stage.source(shown.encoded.source)
    stale = f"{problem} Below is still the previous input." if problem else ""
    _one_score(spec, distribution, choices, shown, stale)
    if state.shows("comparison"):
        comparison(spec, services.score_specs(), services.card(spec.name), shown.encoded, shown.attended)
        if state.shows("export"):
            downloads(partial(comparison_sheet, services.score_specs(), shown), "save_comparison", "Save the comparison")


@st.fragment
@lessons.others_first(PART_SECONDS)
def _one_score(spec: Any, distribution: Any, choices: state.Choices, shown: report.Shown, stale: str) -> None:
    """Everything that follows the chosen score function: choosing another draws only this anew."""
    score = settings.score_control(services.score_specs())
    result = shown.attended.results[score.name]
    report.look_for_places(result)
    row = read_row(result, report.held_row(result) or 0)
    wide, narrow = st.columns([1.5, 1], gap="medium")
    with wide:
        report.main_figure(spec, score, choices, row, shown, stale)
    with narrow:
        formula_place = st.container()
        report.side_figure(score, row, shown)
        report.blind_spot(spec, score, services.score_specs(), services.card(spec.name))
    # The browser draws what arrives together in one go: a short pause lets it draw the figures before the rest.
    rest(FIGURES_FIRST_SECONDS)
    if state.shows("formula"):
        parameters, built = shown.attended.results.built(score.name)
        with formula_place:
            formula_card(
                score,
                distribution,
                sizes=report.sizes(result),
                parameters=parameters,
                settings=built,
                temperature=choices.temperature,
            )
        with narrow:
            shapes_and_source(score, report.sizes(result))
    if state.shows("inspector"):
        subject = attended_subject(score, distribution, shown)
        inspector([subject], pressed(spec, result, "a cell of a heatmap"), choose=partial(choose_word, shown.attended))
    if state.shows("context"):
        report.context(spec, score, shown)
    if state.shows("matter"):
        matter(spec, choices, score, shown)
    if state.shows("export"):
        downloads(partial(result_sheet, report.title(spec, result), result, shown, report.held_row(result) or 0))
    address.write_from_fragment()


def _attend(spec: Any, given: dict, choices: state.Choices) -> tuple[report.Shown | None, str]:
    """The input given under every score function, or else the last one that worked, and why the new one did not."""
    key = f"{state.SEEN}:{spec.name}"
    is_first = key not in st.session_state
    problem, progress = "", st.container(key="loading" if is_first else "progress")
    for candidate in (given, st.session_state.get(key)):
        if candidate is None:
            continue
        try:
            is_shown = candidate == st.session_state.get(key)  # then nothing takes long
            with progress, nullcontext() if is_shown else st.spinner(LOADING if is_first else COMPUTING):
                digest, encoded = services.encode(spec.name, candidate)
                attended = services.attend(spec.name, digest, choices, encoded)
                chosen = state.one_of(state.SCORE, list(attended.results), state.DEFAULT_SCORE)
                attended.results[chosen]  # computed here, where an error is told; the others come after the figure
        except services.InputError as error:
            problem = problem or str(error)
        except Exception:  # whatever it is: the visitor reads a sentence, the log has the trace
            log.exception("The page could not compute an input of the task %s.", spec.name)
            problem = problem or UNEXPECTED
        else:
            st.session_state[key] = candidate
            return report.Shown(encoded, attended, inputs.credit(spec, candidate), digest, candidate), problem
    return None, problem


PAGE = Page(name="playground", title="Playground", order=0, render=render)
