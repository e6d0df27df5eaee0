"""Measured results as dots, for print: a panel for `printed.draw`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from app.figures.numbers import figure as number
from app.figures.paper import COLOURS, MARGIN, WIDTH, Paper

ROW, LABEL, LEFT, DOT, NUMBER = 26, 12, 128, 10, 56  # pixels


@dataclass(frozen=True)
class Dots:
    """A line a name: a filled square for its trained result, with the number, and a frame for its untrained one.

    Args:
        trained, untrained: Results by name.
        floor: What equal weights reach, an upright line, if it is known.
        end: Where the axis that starts at 0 ends.
        what: What is measured.
    """

    trained: Mapping[str, float]
    untrained: Mapping[str, float]
    floor: float | None
    end: float
    what: str
    largest: ClassVar[float] = 0.0
    scale: ClassVar[str] = ""  # no colour scale, so no legend
    signed: ClassVar[bool] = False

    def put(self, paper: Paper) -> None:
        left, right, top = MARGIN + LEFT, WIDTH - MARGIN - NUMBER, paper.y
        height = ROW * len(self.trained)
        place = lambda value: left + value / self.end * (right - left)  # noqa: E731
        paper.box(left, top, right - left, height, "none", COLOURS.line)
        if self.floor is not None:
            paper.box(place(self.floor) - 1, top, 2, height, COLOURS.line, "none")
        for n, (name, value) in enumerate(self.trained.items()):
            y = top + (n + 0.5) * ROW
            paper.text(left - 8, y, paper.fitting(name, LEFT - 12, LABEL), LABEL, ha="right")
            if name in self.untrained:
                x = place(self.untrained[name])
                paper.box(x - DOT / 2, y - DOT / 2, DOT, DOT, COLOURS.background, COLOURS.muted, 2)
            paper.box(place(value) - DOT / 2, y - DOT / 2, DOT, DOT, COLOURS.accent, "none")
            paper.text(right + 8, y, number(value), LABEL, color=COLOURS.accent)
        paper.y += height + LABEL
        muted = {"color": COLOURS.muted, "ha": "center"}
        for value in (0, self.end):
            paper.text(place(value), paper.y, number(value), LABEL, **muted)
        paper.text((left + right) / 2, paper.y, self.what, LABEL, **muted)
        paper.y += LABEL
