"""Every score function and distribution without any data: the formula in words, when to use it, what the width does."""

from functools import partial

import numpy as np
import streamlit as st

from app import address, services, state
from app.components import explained, settings
from app.components.downloads import downloads
from app.components.plot import reachable
from app.components.study_sheet import study_sheet
from app.views import Page

ENERGIES = (3.0, 2.5, 1.5, 1.0, 0.0, -1.0, -2.0)


def render() -> None:
    """Draw the page."""
    st.title("Score functions", anchor=False)
    scores = services.score_specs()
    score = settings.score_control(scores)
    explained.score_card(score, scores, services.results(), services.learned(score.name))
    if state.shows("study"):
        _widths(scores, score)
    st.header("From energies to weights", anchor=False)
    controls, figures = st.columns([1, 2.5], gap="large")
    with controls:
        distribution = settings.distribution_controls(services.distribution_specs())
        settings.temperature_control()
    with figures:
        choices = state.choices(distribution)
        weights = services.weights_of(ENERGIES, choices)
        explained.distribution_card(distribution, np.array(ENERGIES), weights, choices.temperature)
    reachable("explained")


@st.fragment
def _widths(scores: list, score: object) -> None:
    """The study of widths: its seed and its slider redraw nothing else."""
    st.header("What the width does to it", anchor=False)
    seed = st.number_input(
        "Seed of the draws", 0, state.LARGEST_SEED, step=1, key=state.STUDY_SEED, width=160, persist_state="session"
    )
    study = services.widths(seed)
    explained.width_figures(study, scores, score)
    if state.shows("export"):
        downloads(partial(study_sheet, study, {own.name: own.title for own in scores}, score.name))
    address.write_from_fragment()


PAGE = Page(name="score_functions", title="Score functions", order=4, render=render)
