"""What the page shows, for print: words and tables coloured by weight, a picture with its weights, as SVG, PNG or PDF."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from PIL import Image

from app.figures.numbers import figure as number
from app.figures.paper import COLOURS, MARGIN, WIDTH, Paper
from app.figures.theme import STEPS, diverging, sequential, theme, tints

TEXT, SMALL, LABEL = 18, 12, 12  # pixels
TALLEST_FIELD, CELL_HEIGHT, CELL_WIDTH = 640, 34, 64
LEAST_PITCH = 13  # pixels between two labels
LONGEST_LABELS, LEAST_LEFT = 220, 24
IMAGE_PIXELS = 1200  # a field's image has about so many on its longer side, so that viewers that blend pixels still show cells
OPACITY = 0.75  # of the strongest weight over a picture, as on the page


@dataclass(frozen=True)
class Strip:
    """Words in a row, line after line, coloured by weight: W labels, weights (W,), the top of the scale and what it counts."""

    labels: Sequence[str]
    weights: np.ndarray
    largest: float
    scale: str
    signed: ClassVar[bool] = False

    def put(self, paper: Paper) -> None:
        x, height = MARGIN, 1.7 * TEXT
        for label, (ground, ink) in zip(self.labels, tints(self.weights / (self.largest or 1), "light"), strict=True):
            label = paper.fitting(label, WIDTH - 2 * MARGIN - 16, TEXT)
            width = paper.width_of(label, TEXT) + 14
            if x + width > WIDTH - MARGIN:
                x, paper.y = MARGIN, paper.y + height + 5
            paper.box(x, paper.y, width, height, ground, COLOURS.line)
            paper.text(x + width / 2, paper.y + height / 2, label, TEXT, color=ink, ha="center")
            x += width + 5
        paper.y += height


@dataclass(frozen=True)
class Field:
    """A table of cells: values (R, C) with R row and C column labels; on a scale around 0 where they are signed.

    `largest` is the top of the scale and `scale` what it counts. All cells are one image, however many there are.
    """

    values: np.ndarray
    rows: Sequence[str]
    columns: Sequence[str]
    largest: float
    scale: str
    signed: bool = False
    row_title: str = "query"
    column_title: str = "key"

    def place(self, paper: Paper) -> tuple[float, float]:
        """Where its cells begin from the left, and how wide they are together."""
        left = (
            MARGIN + LEAST_LEFT + max(paper.width_of(paper.fitting(label, LONGEST_LABELS, LABEL), LABEL) for label in self.rows)
        )
        return left, min(CELL_WIDTH * self.values.shape[1], WIDTH - MARGIN - left)

    def put(self, paper: Paper) -> None:
        count, across = self.values.shape
        rows, columns = ([paper.fitting(label, LONGEST_LABELS, LABEL) for label in own] for own in (self.rows, self.columns))
        left, width = self.place(paper)
        cell = width / across
        high = min(CELL_HEIGHT, TALLEST_FIELD / count)
        widths = [paper.width_of(label, LABEL) for label in columns]
        flat = max(widths) + 6 <= cell
        times = max(1, IMAGE_PIXELS // max(count, across))
        field = self._pixels().repeat(times, 0).repeat(times, 1)  # (Y, X, 3)
        paper.image(field, left, paper.y, across * cell, count * high)
        paper.box(left, paper.y, across * cell, count * high, "none", COLOURS.line)
        muted = {"color": COLOURS.muted, "ha": "center"}
        paper.text(MARGIN + 6, paper.y + count * high / 2, self.row_title, SMALL, rotation=90, va="center", **muted)
        for n in _thinned(count, high):
            paper.text(left - 6, paper.y + (n + 0.5) * high, rows[n], LABEL, ha="right")
        paper.y += count * high + 6
        for n in range(across) if flat else _thinned(across, cell):
            x = left + (n + 0.5) * cell
            if flat:
                paper.text(x, paper.y + LABEL / 2, columns[n], LABEL, ha="center")
            else:
                paper.text(x, paper.y, columns[n], LABEL, ha="right", va="center", rotation=90)
        paper.y += (LABEL if flat else max(widths)) + 14
        paper.text(left + across * cell / 2, paper.y, self.column_title, SMALL, **muted)
        paper.y += SMALL

    def _pixels(self) -> np.ndarray:
        palette, lowest = (diverging("light"), -self.largest) if self.signed else (sequential("light"), 0)
        shares = (self.values - lowest) / ((self.largest - lowest) or 1)
        return palette[np.clip(np.rint(shares * (len(palette) - 1)), 0, len(palette) - 1).astype(int)]


@dataclass(frozen=True)
class Photo:
    """A picture, as a file's bytes, with weights (S,) of places (S, 4) over it; the largest weight framed if it is one."""

    content: bytes
    boxes: np.ndarray
    weights: np.ndarray
    largest: float
    scale: str
    signed: ClassVar[bool] = False

    def put(self, paper: Paper) -> None:
        picture = Image.open(io.BytesIO(self.content)).convert("RGB")
        width = WIDTH - 2 * MARGIN
        height = width * picture.height / picture.width
        if height > TALLEST_FIELD:
            width, height = width * TALLEST_FIELD / height, TALLEST_FIELD
        paper.image(over_heat(picture, self.boxes, self.weights, self.largest), MARGIN, paper.y, width, height)
        if self.weights.min() < self.weights.max():
            x0, y0, x1, y1 = self.boxes[int(self.weights.argmax())] * (width, height, width, height)
            for colour, line in (("#000000", 4.5), (theme("dark").accent, 2.5)):
                paper.box(MARGIN + x0, paper.y + y0, x1 - x0, y1 - y0, "none", colour, line)
        paper.y += height


def over_heat(picture: Image.Image, boxes: np.ndarray, weights: np.ndarray, largest: float) -> np.ndarray:
    """The picture (Y, X, 3) uint8 with the weights' colours over it, as the page paints them: weight 0 leaves it as it is."""
    pixels = np.asarray(picture, dtype=np.float32).copy()
    height, width = pixels.shape[:2]
    palette = sequential("light").astype(np.float32)
    edges = np.floor(np.asarray(boxes, dtype=np.float64) * (width, height, width, height) + 0.5).astype(int)
    for (x0, y0, x1, y1), share in zip(edges, np.clip(weights / (largest or 1), 0, 1), strict=True):
        if share > 0:
            opacity = OPACITY * min(1.0, 0.15 + 1.1 * float(share))
            place = pixels[y0:y1, x0:x1]
            place += opacity * (palette[round(float(share) * (STEPS - 1))] - place)
    return np.rint(pixels).astype(np.uint8)


def draw(form: str, title: str, panels: Sequence[tuple[str, Any]], provenance: str) -> bytes:
    """The sheet as a file: a title, each panel under its heading with the legend of its scale, and where it all comes from.

    Args:
        form: "svg", "png", "png2" (twice the pixels) or "pdf".
        title: A sentence that says what is shown.
        panels: Strip, Field, Photo, Lines or Timed, each with a heading, which may be empty. Panels of one scale that follow each
            other share a legend.
        provenance: Task, score function, parameters and so on, in small type at the bottom.
    """
    with Paper() as paper:
        paper.paragraph(title, 24, weight="bold")
        scales = [(panel.largest, panel.signed, panel.scale) for _, panel in panels]
        for (heading, panel), own, following in zip(panels, scales, [*scales[1:], None], strict=True):
            paper.y += 12
            if heading:
                paper.paragraph(heading, 14, color=COLOURS.muted)
                paper.y += 4
            panel.put(paper)
            if own != following and panel.scale:
                _legend(paper, *own)
        paper.y += 12
        paper.paragraph(provenance, 11, color=COLOURS.muted)
        return paper.save(form)


def _legend(paper: Paper, largest: float, signed: bool, scale: str) -> None:
    paper.y += 12
    palette, x = (diverging if signed else sequential)("light"), MARGIN
    for text in (number(-largest) if signed else "0", None, number(largest), scale):
        if text is None:
            paper.image(palette[None], x, paper.y, 128, 14)
            paper.box(x, paper.y, 128, 14, "none", COLOURS.line)
            x += 128 + 8
        else:
            paper.text(x, paper.y + 7, text, SMALL, color=COLOURS.muted)
            x += paper.width_of(text, SMALL) + 8
    paper.y += 18


def _thinned(count: int, pitch: float) -> range:
    """Which labels are drawn: all, or as many, evenly, as leave room between them."""
    return range(0, count, max(1, int(np.ceil(LEAST_PITCH / pitch))))
