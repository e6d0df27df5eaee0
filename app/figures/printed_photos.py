"""A contact sheet for print: a picture once for each written word, with that word's weights over it."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from PIL import Image

from app.figures.paper import MARGIN, WIDTH, Paper
from app.figures.printed import over_heat

ACROSS, GAP, LABEL = 5, 10, 14  # pictures in a line, pixels
SIDE = 320  # pixels of the image in the file


@dataclass(frozen=True)
class Photos:
    """A picture, as a file's bytes, with weights (R, S) of places (S, 4), once for each of R labels; all on one scale."""

    content: bytes
    boxes: np.ndarray
    weights: np.ndarray
    labels: Sequence[str]
    largest: float
    scale: str
    signed: ClassVar[bool] = False

    def put(self, paper: Paper) -> None:
        picture = Image.open(io.BytesIO(self.content)).convert("RGB")
        picture.thumbnail((SIDE, SIDE))
        width = (WIDTH - 2 * MARGIN - (ACROSS - 1) * GAP) / ACROSS
        height, bottom = width * picture.height / picture.width, paper.y
        for n, (label, weights) in enumerate(zip(self.labels, self.weights, strict=True)):
            x, y = MARGIN + (n % ACROSS) * (width + GAP), paper.y + (n // ACROSS) * (height + 2 * LABEL + GAP)
            paper.image(over_heat(picture, self.boxes, weights, self.largest), x, y, width, height)
            paper.text(x + width / 2, y + height + LABEL, paper.fitting(label, width, LABEL), LABEL, ha="center")
            bottom = y + height + 2 * LABEL
        paper.y = bottom
