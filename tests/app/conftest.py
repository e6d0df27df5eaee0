"""Plotly checks each figure that a page draws here, which it does not do for visitors (see `app.figures.layout.drawn`)."""

import plotly.graph_objects as go
import pytest


@pytest.fixture(autouse=True, scope="session")
def checked_figures():
    unchecked = go.Figure.__init__

    def checked(figure, *given, _validate=True, **more):
        unchecked(figure, *given, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(go.Figure, "__init__", checked)
        yield
