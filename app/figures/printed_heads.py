"""All heads of a transformer for print: a small heatmap each, a line for each layer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from app.figures.paper import COLOURS, MARGIN, WIDTH, Paper
from app.figures.theme import sequential

GAP, LABEL, LEFT = 4, 12, 26  # pixels


@dataclass(frozen=True)
class Heads:
    """Small heatmaps (N, Y, X) uint8, as parts of 255 of the scale's end.

    Args:
        small: Layer by layer, so many a layer; then one for each layer.
        columns: What stands over each, the last for those of the layers.
        layers: How many.
        scale: What the colours end at.
    """

    small: np.ndarray
    columns: Sequence[str]
    layers: int
    scale: str
    largest: float = 1.0
    signed: ClassVar[bool] = False

    def put(self, paper: Paper) -> None:
        count = len(self.columns)
        width = (WIDTH - 2 * MARGIN - LEFT - (count - 1) * GAP) / count
        height = width * min(1.7, max(0.6, self.small.shape[1] / self.small.shape[2]))
        muted, palette = {"color": COLOURS.muted, "ha": "center"}, sequential("light")
        for n, name in enumerate(self.columns):
            paper.text(MARGIN + LEFT + n * (width + GAP) + width / 2, paper.y + LABEL / 2, name, LABEL, **muted)
        paper.y += LABEL + GAP
        for layer in range(self.layers):
            paper.text(MARGIN + LEFT / 2, paper.y + height / 2, str(layer + 1), LABEL, **muted)
            for n in range(count):
                at = layer * (count - 1) + n if n < count - 1 else self.layers * (count - 1) + layer
                x = MARGIN + LEFT + n * (width + GAP)
                paper.image(palette[self.small[at]], x, paper.y, width, height)
                paper.box(x, paper.y, width, height, "none", COLOURS.line)
            paper.y += height + GAP
