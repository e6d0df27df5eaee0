"""Difference maps: B − A on a palette that is centred on zero, as rows and columns or as places."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from app.figures import heatmap
from app.figures.layout import whole
from app.figures.numbers import figure as number
from app.figures.theme import diverging, plotly_scale


def rows_difference(
    first: np.ndarray, second: np.ndarray, rows: Sequence[str], columns: Sequence[str], kind: str | None
) -> go.Figure:
    """The weights (R, C) of B less those of A, from −extent to extent.

    Args:
        first, second: (R, C), the weights of A and of B.
        rows, columns: R and C labels.
        kind: "light" or "dark".
    """
    drawn = heatmap.rows_heatmap(second - first, rows, columns, kind, largest=extent(first, second))
    hover = [
        [_hover(f"{whole(column)}</b> · {whole(row)}", first[r, c], second[r, c]) for c, column in enumerate(columns)]
        for r, row in enumerate(rows)
    ]
    return _centred(drawn, first, second, hover, kind)


def places_difference(
    first: np.ndarray, second: np.ndarray, boxes: np.ndarray, labels: Sequence[str], kind: str | None
) -> go.Figure:
    """The weights (S,) of places under B less those under A, on the grid that the boxes (S, 4) make."""
    drawn = heatmap.places_heatmap(second - first, boxes, labels, np.zeros_like(first), kind)
    hover = [_hover(f"{whole(label)}</b>", *both) for label, *both in zip(labels, first, second, strict=True)]
    return _centred(drawn, first, second, np.array(hover, dtype=object).reshape(np.shape(drawn.data[0].z)), kind)


def extent(first: np.ndarray, second: np.ndarray) -> float:
    """The end of the scale: the largest size of any difference."""
    return float(np.abs(second - first).max())


def _centred(drawn: go.Figure, first: np.ndarray, second: np.ndarray, hover: Sequence, kind: str | None) -> go.Figure:
    bound = extent(first, second) or 1.0
    return drawn.update_traces(
        {"zmin": -bound, "zmax": bound, "colorscale": plotly_scale(diverging(kind)), "text": hover}, selector={"type": "heatmap"}
    )


def _hover(place: str, first: float, second: float) -> str:
    return f"<b>{place}<br>A {number(first)}, B {number(second)}<br>B − A {number(second - first)}"
