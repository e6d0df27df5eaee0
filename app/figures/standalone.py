"""Figures as one HTML file that opens with no internet and keeps its hover: Plotly's own code is inside."""

import base64
import html
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from PIL import Image
from plotly.io import to_html

from app.figures.heatmap import places_heatmap
from app.figures.layout import CONFIG
from app.figures.numbers import figure as number
from app.figures.theme import FONT, hexes, sequential, theme

PICTURE_WIDTH, SMALL_WIDTH, TALLEST = 760, 340, 640  # pixels
OPACITY = 0.75  # of the strongest weight over a picture, as on the page
# Whatever is in the file, a browser that reads it asks no one for anything.
POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"


def page(title: str, figures: Sequence[tuple[str, go.Figure]], notes: Sequence[str]) -> bytes:
    """The file: the title, each figure under its caption in a box of its own that scrolls, then the notes; all text escaped."""
    colours = theme("light")
    parts = [f"<h1>{html.escape(title)}</h1>"]
    for n, (caption, figure) in enumerate(figures):
        least = (figure.layout.meta or {}).get("least_width", figure.layout.width or 320)
        drawn = to_html(figure, config={**CONFIG, "displaylogo": False}, include_plotlyjs=n == 0, full_html=False, div_id=f"f{n}")
        box = f'<div class="wide"><div style="min-width:{least}px">{drawn}</div></div>'
        part = f"<p>{html.escape(caption)}</p>{box}{_legend(figure)}"
        parts.append(
            f'<div class="small">{part}</div>' if figure.layout.width and figure.layout.width <= SMALL_WIDTH + 2 else part
        )
    parts += [f'<p class="note">{html.escape(note)}</p>' for note in notes]
    style = (
        f"body{{margin:28px auto;max-width:1200px;padding:0 20px;background:{colours.background};color:{colours.ink};"
        f"font:400 16px/1.45 {FONT}}}h1{{font-size:28px;line-height:1.2;overflow-wrap:anywhere}}.wide{{overflow-x:auto}}"
        f".bar{{display:inline-block;width:128px;height:12px;border:1px solid {colours.line};vertical-align:-2px}}"
        f".small{{display:inline-block;vertical-align:top;margin-right:20px;max-width:{SMALL_WIDTH + 2}px}}"
        f".note{{color:{colours.muted};font-size:14px;margin:4px 0;overflow-wrap:anywhere}}"
    )
    head = (
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{html.escape(title)}</title>'
        f"<style>{style}</style>"
    )
    text = f'<!doctype html>\n<html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>\n'
    return text.encode("utf-8", "replace")


def _legend(figure: go.Figure) -> str:
    """The colour scale of a heatmap with its ends; nothing for other figures."""
    field = figure.data[0]
    if field.type != "heatmap":
        return ""
    stops = ",".join(f"{colour} {100 * share:.3g}%" for share, colour in field.colorscale)
    bar = f'<span class="bar" style="background:linear-gradient(to right,{stops})"></span>'
    return f'<p class="note">{number(field.zmin)} {bar} {number(field.zmax)}</p>'


def over_picture(
    content: bytes,
    weights: np.ndarray,
    boxes: np.ndarray,
    labels: Sequence[str],
    energies: np.ndarray,
    top: float | None = None,
    width: int = PICTURE_WIDTH,
) -> go.Figure:
    """The field of weights with its picture under it, at most so wide.

    As `places_heatmap`, with a JPEG's bytes, and the scale's top if that is not the largest. Pictures of SMALL_WIDTH stand side
    by side.
    """
    figure = places_heatmap(weights, boxes, labels, energies, "light")
    rows, columns = np.shape(figure.data[0].z)
    with Image.open(io.BytesIO(content)) as picture:
        across, down = picture.size
    shrink = min(width / across, TALLEST / down)
    figure.data[0].colorscale = _over_scale()
    figure.data[0].zmax = top or figure.data[0].zmax
    figure.add_layout_image(
        source=f"data:image/jpeg;base64,{base64.b64encode(content).decode()}",
        layer="below", sizing="stretch", xanchor="left", yanchor="top",
        xref="x", yref="y", x=-0.5, y=-0.5, sizex=columns, sizey=rows,
    )  # fmt: skip
    figure.update_layout(
        width=round(across * shrink) + 2,
        height=round(down * shrink) + 2,
        margin={"l": 1, "r": 1, "t": 1, "b": 1},
        xaxis_range=[-0.5, columns - 0.5],
        yaxis={"range": [rows - 0.5, -0.5], "autorange": False},
    )
    return figure


def _over_scale() -> list[list[Any]]:
    """The palette, the clearer the lower the weight: weight 0 leaves the picture as it is."""
    palette = sequential("light")
    shares = np.linspace(0, 1, 33)
    colours = hexes(palette[np.rint(shares * (len(palette) - 1)).astype(int)])
    clear = [0.0, *(OPACITY * np.minimum(1, 0.15 + 1.1 * shares[1:])).tolist()]
    return [
        [share, f"rgba({int(own[1:3], 16)},{int(own[3:5], 16)},{int(own[5:], 16)},{opacity:.3f})"]
        for share, own, opacity in zip(shares.tolist(), colours, clear, strict=True)
    ]
