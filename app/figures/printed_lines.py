"""Lines over steps or widths, for print: a panel for `printed.draw`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from app.figures.numbers import figure as number
from app.figures.paper import COLOURS, MARGIN, WIDTH, Paper

HEIGHT, LABEL, LEFT = 220, 12, 64  # pixels
LONGEST_NAME = 150


@dataclass(frozen=True)
class Lines:
    """One line a name, the chosen one in the accent colour, in a frame whose ends are labelled.

    Args:
        x: (N,) positions, growing.
        values: For each name (N,); NaN, and 0 or less on a log axis, has no place and is left out.
        x_title, y_title: What the axes count.
        chosen: The name that stands out, if any.
        log_x, log_y: Whether an axis is logarithmic.
    """

    x: Sequence[float]
    values: Mapping[str, np.ndarray]
    x_title: str
    y_title: str
    chosen: str = ""
    log_x: bool = False
    log_y: bool = False
    largest: ClassVar[float] = 0.0
    scale: ClassVar[str] = ""  # no colour scale, so no legend
    signed: ClassVar[bool] = False

    def put(self, paper: Paper) -> None:
        left, right, top = MARGIN + LEFT, WIDTH - MARGIN - LONGEST_NAME, paper.y
        across = _placed(np.asarray(self.x, dtype=np.float64), self.log_x)
        heights = {name: _placed(np.asarray(own, dtype=np.float64), self.log_y) for name, own in self.values.items()}
        low, high = _ends(np.concatenate(list(heights.values())))
        xs = left + (across - across[0]) / ((across[-1] - across[0]) or 1) * (right - left)
        paper.box(left, top, right - left, HEIGHT, "none", COLOURS.line)
        taken: list[float] = []
        for name in sorted(heights, key=lambda name: name != self.chosen):
            ys = top + HEIGHT - (heights[name] - low) / ((high - low) or 1) * HEIGHT
            is_chosen = name == self.chosen or len(heights) == 1
            colour = COLOURS.accent if is_chosen else COLOURS.muted
            paper.line(xs, ys, colour, 3 if is_chosen else 1.5)
            seen = ys[np.isfinite(ys)]
            if len(seen) and all(abs(seen[-1] - other) >= LABEL for other in taken):
                paper.text(right + 8, seen[-1], paper.fitting(name, LONGEST_NAME - 12, LABEL), LABEL, color=colour)
                taken.append(seen[-1])
        muted = {"color": COLOURS.muted}
        for y, value in ((top + LABEL / 2, high), (top + HEIGHT - LABEL / 2, low)):
            paper.text(left - 6, y, number(10**value if self.log_y else value), LABEL, ha="right", **muted)
        paper.text(MARGIN + 6, top + HEIGHT / 2, self.y_title, LABEL, ha="center", va="center", rotation=90, **muted)
        paper.y += HEIGHT + LABEL
        for x, value in ((left, self.x[0]), (right, self.x[-1])):
            paper.text(x, paper.y, f"{value:g}", LABEL, ha="center", **muted)
        paper.text((left + right) / 2, paper.y, self.x_title, LABEL, ha="center", **muted)
        paper.y += LABEL


def _placed(values: np.ndarray, is_log: bool) -> np.ndarray:
    return np.log10(np.where(values > 0, values, np.nan)) if is_log else values


def _ends(values: np.ndarray) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
