"""Heatmaps of attention weights: rows are queries (or score functions), columns keys, in reading order."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from app.figures.layout import cut, drawn, labelled, layout, whole
from app.figures.numbers import figure as number
from app.figures.theme import plotly_scale, sequential, theme

ROW, COLUMN = 34, 23  # pixels a cell needs
FLAT_LABELS = 6  # up to so many columns the labels stand upright
FILM_ACROSS, FILM_HEIGHT, FILM_GAP = 4, 170, 0.16  # fields a line, pixels a line, the share of a field between two
CHARACTER = 7.6  # pixels


def rows_heatmap(
    weights: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    kind: str | None,
    *,
    largest: float,
    energies: np.ndarray | None = None,
    row_title: str = "query",
    column_title: str = "key",
) -> go.Figure:
    """Weights (R, C) as a heatmap with its labels on the axes, at least as wide as its columns need.

    Args:
        weights: (R, C), each at least 0.
        rows, columns: R and C labels; long ones are cut, whole on hover.
        kind: "light" or "dark".
        largest: The top of the colour scale, from 0.
        energies: (R, C), for the hover text.
    """
    colours = theme(kind)
    hover = [
        [_hover(rows[r], columns[c], weights[r, c], None if energies is None else energies[r, c]) for c in range(len(columns))]
        for r in range(len(rows))
    ]
    left = round(max(len(cut(row)) for row in rows) * CHARACTER) + 44
    is_flat = len(columns) <= FLAT_LABELS
    bottom = 44 if is_flat else round(max(len(cut(column)) for column in columns) * CHARACTER) + 28
    own = layout(
        colours,
        height=len(rows) * ROW + bottom + 8,
        left=left,
        right=8,
        bottom=bottom,
        x=labelled(colours, column_title, [cut(column) for column in columns], 0 if is_flat else -90),
        y=labelled(colours, row_title, [cut(row) + "  " for row in rows]),
    )
    own["meta"] = {"least_width": len(columns) * COLUMN + left + 8}
    return drawn(_field(weights, largest, hover, kind, gap=1), own)


def growth_heatmap(
    weights: np.ndarray, steps: Sequence[int], of: int, chosen: int, columns: Sequence[str], kind: str | None
) -> go.Figure:
    """Weights (R, C) of one input as they change with training: a row a kept step, the first on top, room for those to come.

    Args:
        weights: (R, C), each at least 0.
        steps: The step of each row, growing, at equal distances.
        of: The last step there will be.
        chosen: The step that the page shows, marked by a line.
        columns: C labels; long ones are cut, whole on hover.
        kind: "light" or "dark".
    """
    colours = theme(kind)
    bottom = round(max(len(cut(column)) for column in columns) * CHARACTER) + 28
    own = layout(
        colours,
        height=240 + bottom,
        left=64,
        right=8,
        bottom=bottom,
        x=labelled(colours, "key (word)", [cut(column) for column in columns], -90),
        y={
            "showticklabels": True, "autorange": False, "range": [of, 0], "nticks": 5,
            "title": {"text": "step", "standoff": 4, "font": {"size": 13, "color": colours.muted}},
        },
    )  # fmt: skip
    own["meta"] = {"least_width": len(columns) * COLUMN + 72}
    line = {"color": colours.accent, "width": 2}
    own["shapes"] = [{"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": chosen, "y1": chosen, "line": line}]
    hover = [[f"<b>{whole(column)}</b> · step {step}<br>weight {number(w)}" for column, w in zip(columns, row, strict=True)]
             for step, row in zip(steps, weights.tolist(), strict=True)]  # fmt: skip
    field = _field(weights, float(weights.max()), hover, kind, gap=0)
    return drawn({**field, "y": list(steps), "x": list(range(len(columns)))}, own)


def growth_fields(weights: np.ndarray, steps: Sequence[int], of: int, boxes: np.ndarray, kind: str | None) -> go.Figure:
    """Weights (R, S) of one picture's places as they change with training: a field for each doubling of the steps.

    Args:
        weights: (R, S), each at least 0.
        steps: The step of each row, growing, at equal distances from 0.
        of: The last step there will be; a field that is not there yet has its room.
        boxes: (S, 4), the cells of a grid row by row.
        kind: "light" or "dark".
    """
    colours, width = theme(kind), len(np.unique(boxes[:, 0]))
    fields = np.asarray(weights, dtype=np.float32).reshape(len(weights), -1, width)  # (R, Y, X)
    slots = doublings(steps[1] if len(steps) > 1 else 1, of)
    lines, top = -(-len(slots) // FILM_ACROSS), float(weights.max())
    pitch = [size * (1 + FILM_GAP) for size in (width, fields.shape[1])]
    traces, shapes, notes = [], [], []
    for n, step in enumerate(slots):
        x, y = n % FILM_ACROSS * pitch[0], n // FILM_ACROSS * pitch[1]
        corners = {"x0": x - 0.5, "x1": x + width - 0.5, "y0": y - 0.5, "y1": y + fields.shape[1] - 0.5}
        shapes.append({"type": "rect", **corners, "line": {"color": colours.line, "width": 1}})
        notes.append(
            {
                "x": x - 0.5, "y": y - 0.5, "text": f"step {step}", "showarrow": False, "xanchor": "left", "yanchor": "bottom",
                "borderpad": 0, "font": {"size": 13, "color": colours.ink if step in steps else colours.muted},
            }
        )  # fmt: skip
        if step in steps:
            own = fields[list(steps).index(step)]
            hover = [[f"step {step}<br>weight {number(w)}" for w in line] for line in own.tolist()]
            axes = {"x": (x + np.arange(width)).tolist(), "y": (y + np.arange(len(own))).tolist()}
            traces.append({**_field(own, top, hover, kind, gap=0), **axes})
    whole_width, whole_height = FILM_ACROSS * pitch[0], lines * pitch[1]
    bare = {"showline": False, "mirror": False, "autorange": False}
    own = layout(
        colours,
        height=lines * FILM_HEIGHT,
        x={**bare, "range": [-0.6, whole_width - FILM_GAP * width - 0.4]},
        y={**bare, "range": [whole_height - FILM_GAP * fields.shape[1] - 0.4, -FILM_GAP * fields.shape[1] - 0.5]},
    )
    return drawn(traces, {**own, "plot_bgcolor": "rgba(0,0,0,0)", "shapes": shapes, "annotations": notes})


def doublings(first: int, last: int) -> list[int]:
    """0, the first, twice that, and so on, and the last."""
    return [0, *(first * 2**n for n in range(last.bit_length()) if first * 2**n < last), last]


def places_heatmap(
    weights: np.ndarray, boxes: np.ndarray, labels: Sequence[str], energies: np.ndarray, kind: str | None
) -> go.Figure:
    """Weights (S,) of places on a regular grid, as the bare field without the picture.

    Args:
        weights, energies: (S,).
        boxes: (S, 4), x0, y0, x1, y1 in 0..1, the cells of a grid row by row.
        labels: S names of the places.
        kind: "light" or "dark".
    """
    width = len(np.unique(boxes[:, 0]))
    field = np.asarray(weights, dtype=np.float32).reshape(-1, width)  # (Y, X)
    hover = np.array([_hover(None, *cell) for cell in zip(labels, weights, energies, strict=True)], dtype=object)
    return drawn(_field(field, float(field.max()), hover.reshape(field.shape), kind, gap=0), layout(theme(kind), height=240))


def _field(weights: np.ndarray, largest: float, hover: Any, kind: str | None, gap: int) -> dict[str, Any]:
    return {
        "type": "heatmap",
        "z": np.asarray(weights, dtype=np.float32),
        "zmin": 0,
        "zmax": largest or 1,
        "colorscale": plotly_scale(sequential(kind)),
        "showscale": False,
        "xgap": gap,
        "ygap": gap,
        "text": hover,
        "hoverinfo": "text",
    }


def _hover(row: str | None, column: str, weight: float, energy: float | None) -> str:
    lines = [f"<b>{whole(column)}</b>" + ("" if row is None else f" · {whole(row)}"), f"weight {number(weight)}"]
    return "<br>".join(lines if energy is None else [*lines, f"energy {number(energy)}"])
