"""A vector as a block of cells: one a component, line after line like text, signed colours around 0."""

import numpy as np
import plotly.graph_objects as go

from app.figures.layout import drawn, layout
from app.figures.theme import diverging, plotly_scale, theme

PER_LINE = 48
LINE = 8  # pixels


def vector_block(vector: np.ndarray, kind: str | None) -> go.Figure:
    """The components (D,) of a vector, 48 a line from the top left; the scale ends at the largest size in it."""
    lines = -(-len(vector) // PER_LINE)
    cells = np.full(lines * PER_LINE, np.nan, dtype=np.float32)
    cells[: len(vector)] = vector
    bound = float(np.abs(vector).max()) or 1.0
    field = {
        "type": "heatmap",
        "z": cells.reshape(lines, PER_LINE),
        "zmin": -bound,
        "zmax": bound,
        "colorscale": plotly_scale(diverging(kind)),
        "showscale": False,
        "customdata": np.arange(1, len(cells) + 1, dtype=np.int32).reshape(lines, PER_LINE),
        "hovertemplate": "component %{customdata}: %{z:.3r}<extra></extra>",
        "hoverongaps": False,
    }
    return drawn(field, layout(theme(kind), height=lines * LINE + 16))
