"""Results: every score function in every task, measured, with a way from each number to what it measures."""

from functools import partial

import streamlit as st

from app import services, state
from app.components.downloads import downloads
from app.components.plot import reachable
from app.components.results import TITLE, findings, results_sheet, results_table
from app.views import Page


def render() -> None:
    """Draw the page."""
    st.title(TITLE, anchor=False)
    every, scores = services.results(), services.score_specs()
    if not every:
        st.info("No task has been trained yet. `python -m attention_core.training` trains one and writes its card.")
        return
    results_table(every, scores)
    findings(every, scores)
    if state.shows("export"):
        downloads(partial(results_sheet, every, scores))
    reachable("results")


PAGE = Page(name="results", title="Results", order=5, render=render)
