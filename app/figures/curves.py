"""How a fit goes: loss above, the share that is right below, over its steps."""

from collections.abc import Sequence

import plotly.graph_objects as go

from app.figures.layout import drawn, layout
from app.figures.theme import theme

HEIGHT = 300


def curves(
    steps: Sequence[int],
    loss: Sequence[float],
    metric: Sequence[float],
    measured: Sequence[tuple[int, float]],
    of: int,
    chosen: int,
    kind: str | None,
    right: str,
) -> go.Figure:
    """Loss and metric as lines over all steps there will be, so that nothing jumps as they grow.

    Args:
        steps, loss, metric: One each a kept step.
        measured: (step, metric) where it was measured on examples set apart.
        of: The last step there will be.
        chosen: The step that the page shows, marked by a line.
        kind: "light" or "dark".
        right: What is said of an example that counts as right.
    """
    colours = theme(kind)
    muted = {"size": 13, "color": colours.muted}
    steps_axis = {
        "showticklabels": True, "range": [0, of], "nticks": 6, "anchor": "y2",
        "title": {"text": "step", "standoff": 4, "font": muted},
    }  # fmt: skip
    top = max([1.0, *loss])
    own = layout(colours, height=HEIGHT, left=52, right=12, bottom=44, x=steps_axis, y=_panel("loss", muted, (0.56, 1), (0, top)))
    own["yaxis2"] = {**own["yaxis"], **_panel(right, muted, (0, 0.44), (0, 1)), "tickformat": ".0%", "anchor": "x"}
    own["shapes"] = [
        {
            "type": "line", "x0": chosen, "x1": chosen, "y0": 0, "y1": 1, "yref": "paper",
            "line": {"color": colours.muted, "width": 1, "dash": "dot"},
        }
    ]  # fmt: skip
    line = {"type": "scatter", "mode": "lines", "x": list(steps)}
    return drawn(
        [
            {**line, "y": list(loss), "yaxis": "y", "line": {"color": colours.ink, "width": 2}, "hovertemplate": _hover("loss")},
            {
                **line, "y": list(metric), "yaxis": "y2", "line": {"color": colours.ink, "width": 2},
                "hovertemplate": _hover(f"of the batch {right}"),
            },
            {
                "type": "scatter", "mode": "markers", "x": [step for step, _ in measured], "y": [value for _, value in measured],
                "yaxis": "y2", "marker": {"color": colours.accent, "size": 10, "symbol": "diamond"}, "cliponaxis": False,
                "hovertemplate": _hover(f"of those set apart {right}"),
            },
        ],
        own,
    )  # fmt: skip


def _panel(title: str, font: dict, domain: tuple[float, float], extent: tuple[float, float]) -> dict:
    return {
        "showticklabels": True, "domain": list(domain), "autorange": False, "range": list(extent), "nticks": 4,
        "title": {"text": title, "standoff": 4, "font": font},
    }  # fmt: skip


def _hover(what: str) -> str:
    return "step %{x}<br>%{y:.3r} " + what + "<extra></extra>"
