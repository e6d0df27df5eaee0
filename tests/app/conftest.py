"""Plotly checks each figure that a page draws here, which it does not do for visitors (see `app.figures.layout.drawn`)."""

import plotly.graph_objects as go
import pytest

from app.figures.layout import _Drawn


@pytest.fixture(autouse=True, scope="session")
def checked_figures():
    told = _Drawn.to_dict

    def checked(figure):
        go.Figure(figure)  # which checks it
        return told(figure)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_Drawn, "to_dict", checked)
        yield
