"""A table of text and lines of formulas, for print: panels for `printed.draw`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from app.figures.paper import COLOURS, MARGIN, WIDTH, Paper

TEXT, HEAD, FORMULA, GAP = 12, 11, 18, 16  # pixels
LINE = 1.35 * TEXT


@dataclass(frozen=True)
class Table:
    """C titles, and lines of C texts each; what does not fit a column is broken into lines."""

    columns: Sequence[str]
    lines: Sequence[Sequence[str]]
    largest: ClassVar[float] = 0.0
    scale: ClassVar[str] = ""  # no colour scale, so no legend
    signed: ClassVar[bool] = False

    def put(self, paper: Paper) -> None:
        widths = [
            max(paper.width_of(title, HEAD), *(paper.width_of(text, TEXT) for text in own)) + 1
            for title, *own in zip(self.columns, *self.lines, strict=True)
        ]
        room = WIDTH - 2 * MARGIN - GAP * (len(widths) - 1)
        while sum(widths) > room + 0.5:  # the widest columns give way, down to the next one's width
            top = max(widths)
            widest = [n for n, width in enumerate(widths) if width == top]
            below = max((width for width in widths if width < top), default=0.0)
            lower = max(below, top - (sum(widths) - room) / len(widest))
            for n in widest:
                widths[n] = lower
        self._line(paper, self.columns, widths, HEAD, COLOURS.muted)
        for line in self.lines:
            paper.box(MARGIN, paper.y, WIDTH - 2 * MARGIN, 0, "none", COLOURS.line)
            self._line(paper, line, widths, TEXT, COLOURS.ink)

    def _line(self, paper: Paper, texts: Sequence[str], widths: Sequence[float], size: float, colour: str) -> None:
        cells = [paper.lines(text, width, size) for text, width in zip(texts, widths, strict=True)]
        x = MARGIN
        for own, width in zip(cells, widths, strict=True):
            for n, text in enumerate(own):
                paper.text(x, paper.y + 4 + (n + 0.5) * LINE, text, size, color=colour)
            x += width + GAP
        paper.y += max(1, *map(len, cells)) * LINE + 8


@dataclass(frozen=True)
class Formula:
    """Lines of LaTeX, one under the other."""

    lines: Sequence[str]
    largest: ClassVar[float] = 0.0
    scale: ClassVar[str] = ""
    signed: ClassVar[bool] = False

    def put(self, paper: Paper) -> None:
        for line in self.lines:
            paper.formula(line, FORMULA)
