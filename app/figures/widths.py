"""How energies grow with the width of queries and keys: one line a score function, the chosen one in the accent colour."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from app.figures.layout import drawn, layout
from app.figures.numbers import figure as number
from app.figures.theme import theme

HEIGHT, LINE = 300, 2
APART = 0.07  # of the axis: names that would stand closer are left to the hover text


def lines(
    widths: Sequence[int],
    values: Mapping[str, np.ndarray],
    titles: Mapping[str, str],
    chosen: str,
    kind: str | None,
    *,
    what: str,
    is_log: bool,
) -> go.Figure:
    """One line a name over the widths, on a log axis.

    Args:
        widths: W widths.
        values: For each name (W,); a value of 0 has no place on a log axis and is left out there.
        titles: For each name what it is called.
        chosen: The name that stands out.
        kind: "light" or "dark".
        what: The title of the upright axis.
        is_log: Whether that axis is logarithmic.
    """
    colours = theme(kind)
    traces = []
    for name in sorted(values, key=lambda name: name == chosen):  # the chosen one last, over the others
        own = np.asarray(values[name], dtype=np.float64)
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers" if name == chosen else "lines",
                "name": titles[name],
                "x": list(widths),
                "y": np.where(own > 0, own, np.nan) if is_log else own,
                "line": {
                    "color": colours.accent if name == chosen else colours.muted,
                    "width": 2 * LINE if name == chosen else LINE,
                },
                "opacity": 1 if name == chosen else 0.55,
                "text": [
                    f"<b>{titles[name]}</b><br>width {width}<br>{what} {number(v)}" for width, v in zip(widths, own, strict=True)
                ],
                "hoverinfo": "text",
            }
        )
    axis = {"showticklabels": True, "type": "log", "title": {"font": {"size": 13, "color": colours.muted}, "standoff": 4}}
    ticks = [width for width in widths if round(np.log2(width)) % 2 == 0]
    own = layout(
        colours,
        height=HEIGHT,
        left=56,
        right=118,
        bottom=44,
        x={
            **axis,
            "title": {**axis["title"], "text": "width of query and key"},
            "tickvals": ticks,
            "ticktext": [str(n) for n in ticks],
        },
        y={
            **axis,
            "title": {**axis["title"], "text": what},
            "autorange": True,
            "type": "log" if is_log else "linear",
            "nticks": 6,
        },
    )
    edges = np.log10([widths[0], widths[-1]])
    own["xaxis"] |= {"range": [edges[0] - 0.1, edges[1] + 0.1], "autorange": False, "tickangle": 0}  # room for names is outside
    if is_log:
        own["yaxis"] |= {"tickvals": [0.01, 0.1, 1, 10, 100], "ticktext": ["0.01", "0.1", "1", "10", "100"]}
    last = {name: float(np.log10(own[-1]) if is_log else own[-1]) for name, own in values.items() if own[-1] > 0 or not is_log}
    own["annotations"] = [
        {
            "x": float(np.log10(widths[-1])), "y": last[name], "xanchor": "left", "xshift": 6, "text": titles[name],
            "showarrow": False, "font": {"size": 13, "color": colours.accent if name == chosen else colours.muted},
        }
        for name in _readable(last, chosen)
    ]  # fmt: skip
    return drawn(traces, own)


def _readable(heights: Mapping[str, float], chosen: str) -> list[str]:
    """The names that can stand at their height without touching; the chosen one always does."""
    room = APART * ((max(heights.values()) - min(heights.values())) or 1.0)
    kept: list[str] = []
    for name in sorted(heights, key=lambda name: name != chosen):
        if all(abs(heights[name] - heights[other]) >= room for other in kept):
            kept.append(name)
    return kept
