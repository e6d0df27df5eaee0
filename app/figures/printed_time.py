"""Signals over the time axis of a table of weights, for print: a panel for `printed.draw`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from app.figures.numbers import figure as number
from app.figures.paper import COLOURS, MARGIN, Paper
from app.figures.printed import Field

HEIGHT, LABEL, PIXELS = 96, 12, 192  # of a panel, of its labels, and how many rows the image of a sound has
LINES = (COLOURS.ink, COLOURS.accent, COLOURS.muted)
DARK = 1.6  # the larger, the less ink what is weak gets, as on the page


@dataclass(frozen=True)
class Timed:
    """One of the core's Panels, as wide as the cells of the table that stands above it.

    Args:
        kind: "lines", "swing" or "image".
        names: A name each; of an image those of its lowest and highest row.
        values: (C, N).
        seconds: How long it all is.
        unit: What they are measured in.
        under: The table.
    """

    kind: str
    names: Sequence[str]
    values: np.ndarray
    seconds: float
    unit: str
    under: Field
    largest: ClassVar[float] = 0.0
    scale: ClassVar[str] = ""  # no colour scale, so no legend
    signed: ClassVar[bool] = False

    def put(self, paper: Paper) -> None:
        (left, width), top = self.under.place(paper), paper.y
        low, high = float(self.values.min()), float(self.values.max())
        if self.kind == "lines":
            self._name_lines(paper, left)
            top = paper.y
            xs = left + (np.arange(self.values.shape[1]) + 0.5) / self.values.shape[1] * width
            for n, values in enumerate(self.values):
                paper.line(xs, top + HEIGHT - (values - low) / ((high - low) or 1) * HEIGHT, LINES[n % len(LINES)], 1)
        else:
            shares = (self.values[::-1] - low) / ((high - low) or 1) if self.kind == "image" else self._swing(low, high)
            paper.image(_inked(shares), left, top, width, HEIGHT)
        paper.box(left, top, width, HEIGHT, "none", COLOURS.line)
        ends = {"image": self.names[::-1], "lines": (number(high), number(low))}.get(self.kind, ())
        muted = {"color": COLOURS.muted}
        for y, text in zip((top + LABEL / 2, top + HEIGHT - LABEL / 2), ends, strict=False):
            paper.text(left - 6, y, text, LABEL, ha="right", **muted)
        if self.unit:
            paper.text(MARGIN + 6, top + HEIGHT / 2, self.unit, LABEL, ha="center", va="center", rotation=90, **muted)
        paper.y = top + HEIGHT + LABEL
        paper.text(left, paper.y, "0 s", LABEL, **muted)
        paper.text(left + width, paper.y, f"{self.seconds:.2f} s", LABEL, ha="right", **muted)
        paper.y += LABEL

    def _name_lines(self, paper: Paper, x: float) -> None:
        for n, name in enumerate(self.names):
            paper.box(x, paper.y + LABEL / 2 - 1, 16, 2, LINES[n % len(LINES)], "none")
            paper.text(x + 22, paper.y + LABEL / 2, name, LABEL, color=COLOURS.muted)
            x += 36 + paper.width_of(name, LABEL)
        paper.y += 1.5 * LABEL

    def _swing(self, low: float, high: float) -> np.ndarray:
        """(PIXELS, N) 1 between the lowest and the highest value of each stretch, a pixel high at least."""
        heights = np.linspace(high, low, PIXELS)[:, None]
        half = (high - low) / PIXELS
        return ((heights <= self.values[0] + half) & (heights >= self.values[1] - half)).astype(float)


def _inked(shares: np.ndarray) -> np.ndarray:
    """(Y, X, 3) uint8, from paper at 0 to ink at 1."""
    paper, ink = (np.array([int(own[n : n + 2], 16) for n in (1, 3, 5)]) for own in (COLOURS.background, COLOURS.ink))
    return np.rint(paper + (shares**DARK)[..., None] * (ink - paper)).astype(np.uint8)
