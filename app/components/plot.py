"""Figures and tables that may be wider than the page."""

from typing import Any

import streamlit as st

from app.components.element import element
from app.figures.layout import CONFIG

_REACHABLE = element("reachable", "<i hidden></i>", "scrolling.js")


def scrolling(figure: Any, key: str, alt: str) -> None:
    """Draw a figure as wide as the page, or, where its columns need more, wider than its own scrolling box."""
    with st.container(key=f"wide_{key}"):
        least = f"min-width: {figure.least_width}px; max-width: none"
        st.html(f"<style>.st-key-wide_{key} > [data-testid='stElementContainer'] {{ {least} }}</style>")
        st.plotly_chart(figure, key=key, theme=None, config=CONFIG, alt=alt)


def reachable(key: str) -> None:
    """Let the keyboard reach the boxes drawn so far that scroll sideways."""
    with st.container(key=f"reachable_{key}"):
        _REACHABLE(key=key, height=0)
