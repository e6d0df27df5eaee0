"""Energies and the weights made of them, as bars over the same keys."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from app.figures.layout import drawn, labelled, layout
from app.figures.numbers import figure as number
from app.figures.theme import sequential, theme

HEIGHT = 190


def bars(values: np.ndarray, labels: Sequence[str], what: str, kind: str | None, *, are_weights: bool) -> go.Figure:
    """One bar a key: weights (K,) from 0 to 1 in the colour of weights, or energies (K,) around 0 in plain ink.

    Args:
        values: (K,).
        labels: K names of keys.
        what: The title of the upright axis.
        kind: "light" or "dark".
        are_weights: Whether these are weights.
    """
    colours = theme(kind)
    palette = sequential(kind)
    trace = {
        "type": "bar",
        "x": list(range(len(labels))),
        "y": np.asarray(values, dtype=np.float32),
        "marker": {"color": "#{:02x}{:02x}{:02x}".format(*palette[len(palette) * 3 // 5]) if are_weights else colours.muted},
        "text": [number(value) for value in values],
        "textposition": "outside",
        "cliponaxis": False,
        "hoverinfo": "skip",
    }
    edge = 1.0 if are_weights else float(np.abs(values).max())
    own = layout(
        colours,
        height=HEIGHT,
        left=48,
        right=8,
        bottom=40,
        x=labelled(colours, "key", list(labels)),
        y={
            "range": [0 if are_weights else -1.3 * edge, 1.3 * edge], "autorange": False, "zeroline": True,
            "zerolinecolor": colours.line, "title": {"text": what, "standoff": 4, "font": {"size": 13, "color": colours.muted}},
        },
    )  # fmt: skip
    return drawn(trace, own)
