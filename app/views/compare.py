"""A against B: any two settings or inputs of one task, under one colour scale, and what differs between them."""

import logging
from functools import partial
from typing import Any

import streamlit as st

from app import services, state
from app.comparing import why_apart
from app.components import against, inputs, report, sides
from app.components.downloads import downloads
from app.components.inspector import inspector
from app.components.plain import plain
from app.components.plot import reachable
from app.components.sheet import pair_sheet
from app.components.subject import pressed
from app.views import Page
from app.views.playground import COMPUTING, CONTROLS, UNEXPECTED

OF_A_SIDE = (*CONTROLS[1:], "score")  # the parts that each side has

log = logging.getLogger(__name__)


def render() -> None:
    """Draw the page."""
    scores, distributions = services.score_specs(), services.distribution_specs()
    with st.sidebar if any(map(state.shows, ("task", "swap", *OF_A_SIDE))) else st.container():
        spec = inputs.task_control(services.task_specs())
        sides.start(spec, scores, distributions)
        has_tabs = any(map(state.shows, OF_A_SIDE))
        own, other = st.tabs(["A", "B"], default="B") if has_tabs else (st.container(), st.container())
        with own:
            given, distribution = sides.side_controls(spec, scores, distributions, "")
        with other:
            given_other, distribution_other = sides.side_controls(spec, scores, distributions, state.OTHER)
        sides.buttons(spec, distributions)
    given_other = given if given_other is None else given_other
    pair = (
        _side(spec, scores, "", given, distribution),
        _side(spec, scores, state.OTHER, given_other, distribution_other),
    )
    st.title("A against B", anchor=False)
    st.markdown(against.what_differs(*pair))
    figures = [side for side in pair if side.shown]
    if len(figures) == 2:
        report.look_for_places(*(side.result for side in pair))
    if figures:
        top = against.scale(figures)
    for side, place in zip(pair, st.columns(2, gap="medium"), strict=True):
        with place:
            if side.shown:
                against.figure(spec, side, top, services.card(spec.name))
            else:
                st.header(f"{side.name}: {side.score.title}", anchor=False)
                st.error(plain(side.problem))
    is_apart = len(figures) < 2 or bool(why_apart(pair[0].field, pair[1].field, spec))
    if figures and state.shows("inspector"):
        beside = "" if is_apart else "a cell of the difference map"
        inspector([side.subject for side in figures], pressed(spec, figures[0].result, beside))
    if len(figures) == 2:
        if state.shows("difference"):
            against.difference(spec, *pair)
        if state.shows("export"):
            downloads(partial(pair_sheet, *pair, is_apart, report.held_row(pair[0].result) or 0))
    reachable("against")


def _side(spec: Any, scores: list, side: str, given: dict, distribution: Any) -> against.Side:
    """One side as it is to be drawn: its result, or why there is none."""
    name, choices = "B" if side else "A", state.choices(distribution, side, spec)
    score = next(own for own in scores if own.name == st.session_state[side + state.SCORE])
    shown, problem = None, ""
    try:
        with st.container(key=f"progress_{name}"), st.spinner(COMPUTING):
            digest, encoded = services.encode(spec.name, given)
            attended = services.attend(spec.name, digest, choices, encoded)
            attended.results[score.name]  # computed here, where an error is told
        shown = report.Shown(encoded, attended, inputs.credit(spec, given), digest, given)
    except services.InputError as error:
        problem = str(error)
    except Exception:  # whatever it is: the visitor reads a sentence, the log has the trace
        log.exception("The page could not compute an input of the task %s.", spec.name)
        problem = UNEXPECTED
    return against.Side(name, score, distribution, choices, given, shown, problem)


PAGE = Page(name="compare", title="A against B", order=1, render=render)
