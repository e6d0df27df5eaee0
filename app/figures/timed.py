"""Signals over time, to point at: lines, how far a sound swings, or an image such as a spectrogram."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from app.figures.layout import drawn, layout
from app.figures.theme import theme

HEIGHT, LEFT, BOTTOM, APART = 150, 64, 44, 0.06  # pixels a panel, beside and under them all; the share of it between two


def signals_figure(panels: Sequence[Any], seconds: float, kind: str | None) -> go.Figure:
    """One under the other on one time axis.

    Args:
        panels: The core's Panels.
        seconds: How long they last.
        kind: "light" or "dark".
    """
    colours, count = theme(kind), len(panels)
    muted = {"size": 13, "color": colours.muted}
    inks = (colours.ink, colours.accent, colours.muted)
    time = {"showticklabels": True, "range": [0, seconds], "title": {"text": "seconds", "standoff": 4, "font": muted}}
    own = layout(colours, height=count * HEIGHT + BOTTOM, left=LEFT, right=8, bottom=BOTTOM, x=time)
    own["xaxis"]["anchor"] = f"y{count}" if count > 1 else "y"
    traces: list[dict[str, Any]] = []
    for n, panel in enumerate(panels):
        name, (_, samples) = f"y{n + 1}" if n else "y", panel.values.shape
        title = f"{panel.title}, {panel.unit}" if panel.unit else panel.title
        own[f"yaxis{n + 1}" if n else "yaxis"] = {
            **own["yaxis"],
            "autorange": True,
            "domain": [1 - (n + 1) / count, 1 - n / count - (APART if n else 0)],
            "title": {"text": title, "standoff": 4, "font": muted},
            "anchor": "x",
            "showticklabels": panel.kind == "lines",
            "nticks": 4,
        }
        times = (np.arange(samples) + 0.5) * seconds / samples
        base = {"x": times, "yaxis": name}
        if panel.kind == "image":
            scale = [[0, colours.background], [1, colours.ink]]
            traces.append(
                {**base, "type": "heatmap", "z": panel.values, "colorscale": scale, "showscale": False, "hoverinfo": "skip"}
            )
            continue
        for row, (label, values) in enumerate(zip(panel.names, panel.values, strict=True)):
            fill = {"fill": "tonexty", "fillcolor": colours.ink} if panel.kind == "swing" and row else {}
            line = {"color": colours.ink if panel.kind == "swing" else inks[row % len(inks)], "width": 1}
            hover = f"{label}: %{{y:.3g}} {panel.unit} at %{{x:.2f}} s<extra></extra>"
            traces.append({**base, **fill, "type": "scatter", "mode": "lines", "y": values, "line": line, "hovertemplate": hover})
    return drawn(traces, own)
