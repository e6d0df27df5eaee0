"""What every Plotly figure of the app shares: transparent ground, own type, a thin frame, no toolbar."""

import base64
from typing import Any

import numpy as np
import plotly.graph_objects as go

from app.figures.theme import FONT, Theme

CONFIG = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "showTips": False, "responsive": True}
LONGEST_LABEL = 20
PACKED = ("f4", "f8", "i1", "i2", "i4", "u1", "u2", "u4")  # types of arrays that Plotly's frontend unpacks, as NumPy calls them
PLAIN = {"data": {"scatter": [{"type": "scatter"}]}}  # Plotly's template "none": nothing of its own taste


def drawn(traces: Any, layout: dict[str, Any]) -> go.Figure:
    """The figure of one trace or several, and a layout, as plain dicts; Plotly takes them as they are.

    It would check each property, at every change of a visitor. Tests have it do so, for every figure.
    """
    return _Drawn([traces] if isinstance(traces, dict) else list(traces), layout)


class _Drawn(go.Figure):
    """Plotly's figure, which is made of the plain dicts only when somebody asks it for more: a page is told them as they are."""

    def __init__(self, traces: list[dict[str, Any]], layout: dict[str, Any]) -> None:
        self._plain, self._is_made = (traces, layout), False

    def __getattr__(self, name: str) -> Any:
        if self._is_made:
            raise AttributeError(name)
        self._is_made = True
        super().__init__(*self._plain, _validate=False)
        return getattr(self, name)

    @property
    def least_width(self) -> int:
        """Pixels that its columns need, where the layout says so."""
        return self._plain[1]["meta"]["least_width"]

    def to_dict(self) -> dict[str, Any]:
        traces, layout = (self._data, self._layout) if self._is_made else self._plain
        return {"data": [{name: _packed(value) for name, value in trace.items()} for trace in traces], "layout": dict(layout)}


def _packed(value: Any) -> Any:
    """An array of numbers as Plotly's frontend reads it without parsing any; anything else as it is."""
    if not isinstance(value, np.ndarray) or (kind := value.dtype.str[1:]) not in PACKED:
        return value
    packed = base64.b64encode(np.ascontiguousarray(value)).decode()
    return {"dtype": kind, "bdata": packed, **({"shape": ", ".join(map(str, value.shape))} if value.ndim > 1 else {})}


def layout(
    theme: Theme, *, height: int, x: dict | None = None, y: dict | None = None, left: int = 1, right: int = 1, bottom: int = 8
) -> dict[str, Any]:
    """A Plotly layout in the app's clothes, with a thin frame: a field of weights near 0 still has an edge.

    It is one plain dict because a figure that is built at once takes a third of the time of one that is updated.
    """
    axis = {
        "showgrid": False, "zeroline": False, "ticks": "", "fixedrange": True, "automargin": False,
        "showline": True, "mirror": True, "linecolor": theme.line, "linewidth": 1, "showticklabels": False,
    }  # fmt: skip
    font = {"family": FONT, "size": 14, "color": theme.ink}
    return {
        "template": PLAIN,
        "height": height,
        "margin": {"l": left, "r": right, "t": 8, "b": bottom},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": theme.background,
        "font": font,
        "hoverlabel": {"bgcolor": theme.surface, "bordercolor": theme.line, "align": "left", "font": {**font, "size": 15}},
        "dragmode": False,
        "showlegend": False,
        "xaxis": {**axis, **(x or {})},
        "yaxis": {**axis, "autorange": "reversed", **(y or {})},
    }


def labelled(theme: Theme, title: str, ticks: list[str], angle: int = 0) -> dict[str, Any]:
    """An axis with a title and a label for each row or column."""
    return {
        "showticklabels": True,
        "tickvals": list(range(len(ticks))),
        "ticktext": ticks,
        "tickangle": angle,
        "ticklabeloverflow": "allow",  # there is room for all, and a browser needs long to look at each
        "title": {"text": title, "standoff": 4, "font": {"size": 13, "color": theme.muted}},
    }


def cut(label: Any) -> str:
    """A label short enough for an axis; Plotly reads some HTML in labels, so its brackets are escaped."""
    label = str(label)
    short = label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1] + "…"
    return short.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") or " "


def whole(label: Any) -> str:
    """A label for hover text: whole up to 200 characters, brackets escaped."""
    return str(label)[:200].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
