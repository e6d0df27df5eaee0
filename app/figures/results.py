"""The measured results of one task as dots: a line a score function, trained and untrained, beside what equal weights reach."""

from collections.abc import Mapping

import plotly.graph_objects as go

from app.figures.layout import drawn, layout
from app.figures.numbers import figure as number
from app.figures.theme import theme

ROW, DOT, LABELS = 34, 13, 142  # pixels
ROOM = 0.03  # of the axis at either end, so that a dot at 0 stands inside


def dots(
    trained: Mapping[str, float], untrained: Mapping[str, float], floor: float | None, largest: float, what: str, kind: str | None
) -> go.Figure:
    """A line a name of `trained`, in its order from the top.

    Args:
        trained: A result for each title of a score function: filled dots.
        untrained: The same without training: rings.
        floor: What equal weights reach: an upright line, if it is known.
        largest: The largest the metric can be.
        what: What is measured, the title of the axis.
        kind: "light" or "dark".
    """
    colours, names = theme(kind), list(trained)
    looks = (
        ("trained", trained, {"color": colours.accent, "size": DOT}),
        ("untrained", untrained, {"color": colours.background, "size": DOT - 2, "line": {"color": colours.muted, "width": 2}}),
    )
    traces = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": word,
            "x": [values[name] for name in names if name in values],
            "y": [n for n, name in enumerate(names) if name in values],
            "marker": {**marker, "symbol": "circle"},
            "text": [f"<b>{name}</b>, {word}<br>{what} {number(values[name])}" for name in names if name in values],
            "hoverinfo": "text",
            "cliponaxis": False,
        }
        for word, values, marker in reversed(looks)  # the trained ones over the others
    ]
    title = {"text": what, "standoff": 6, "font": {"size": 13, "color": colours.muted}}
    own = layout(
        colours,
        height=ROW * len(names) + 60,
        left=LABELS,
        right=16,
        bottom=48,
        x={
            "range": [-ROOM * largest, (1 + ROOM) * largest], "autorange": False, "showticklabels": True, "nticks": 6,
            "title": title, "showgrid": True, "gridcolor": colours.line,
        },
        y={
            "range": [len(names) - 0.5, -0.5], "autorange": False, "showticklabels": True,
            "tickvals": list(range(len(names))), "ticktext": names,
        },
    )  # fmt: skip
    if floor is not None:
        own["shapes"] = [
            {
                "type": "line", "x0": floor, "x1": floor, "y0": -0.5, "y1": len(names) - 0.5, "layer": "below",
                "line": {"color": colours.muted, "width": 2, "dash": "dot"},
            }
        ]  # fmt: skip
    return drawn(traces, own)
