"""A picture as keys: EfficientNet-Lite0 features on a fixed grid, several sizes of the picture averaged."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from attention_core.encoders import efficientnet_lite
from attention_core.encoders.picture import open_picture, picture_digest
from attention_core.encoders.traced import traced

__all__ = ["GRID", "KEY_DIM", "POSITIONS", "SIZES", "GridEncoder", "LastPictures", "cell_boxes", "cell_labels", "open_picture"]

GRID = 20  # cells in a row, and rows
POSITIONS = GRID * GRID
KEY_DIM, STRIDE = efficientnet_lite.FEATURES, efficientnet_lite.STRIDE
KEPT_PICTURES = 48  # 2 MB each: a class looks at its own pictures
SIZES = (384, 704)  # pixels on a side: the small one sees the scene, the large one the small things


class GridEncoder:
    """The keys of pictures: what an ImageNet classifier sees in each cell of a square grid, row by row.

    key[s] = √( mean over sizes n of features_n[s] )

    features_n are EfficientNet-Lite0's last features of the picture stretched to n × n pixels, brought to the grid by
    bilinear interpolation. The root evens out the few features that are large in every cell.

    Args:
        device: Where to compute.
        sizes: The n, in pixels on a side; 32 divides each.
        grid: Cells in a row, and rows.

    Raises:
        ValueError: 32 doesn't divide a size.
    """

    def __init__(self, device: torch.device | str = "cpu", sizes: tuple[int, ...] = SIZES, grid: int = GRID) -> None:
        if any(size % STRIDE for size in sizes):
            raise ValueError(f"{STRIDE} must divide every size, got {sizes}.")
        self.device, self.sizes, self.grid = torch.device(device), sizes, grid
        self.network = efficientnet_lite.load().to(self.device)
        examples = [torch.zeros(STRIDE, STRIDE, 3, dtype=torch.uint8, device=self.device) for _ in sizes]
        self._keys = traced(self._average, *examples)

    @torch.inference_mode()
    def __call__(self, picture: Image.Image) -> Tensor:
        """The keys of one picture.

        Args:
            picture: RGB, of any size; see `open_picture`.

        Returns:
            (S, 1280) float32, S = grid², each value at least 0.
        """
        stretched = [np.array(picture.resize((size, size), Image.Resampling.BICUBIC)) for size in self.sizes]
        return self._keys(*(torch.from_numpy(own).to(self.device) for own in stretched))  # (S, D)

    def _average(self, *pixels: Tensor) -> Tensor:
        """The keys (S, D) of a picture in several sizes, each (n, n, 3) uint8."""
        total = torch.zeros(1, KEY_DIM, self.grid, self.grid, device=self.device)  # (1, D, Y, X)
        for own in pixels:
            scaled = ((own.float() - 127) / 128)[None].permute(0, 3, 1, 2)  # (1, 3, n, n), channels last in memory
            features = self.network.features(scaled).float()  # (1, D, n/32, n/32)
            total = total + F.interpolate(features, (self.grid, self.grid), mode="bilinear", align_corners=False, antialias=True)
        return (total / len(pixels)).clamp_min(0).sqrt()[0].flatten(1).T.contiguous()


class LastPictures:
    """What is made of a picture, kept for the last few, so that another question about one is answered at once.

    Args:
        make: What makes a tensor of an opened picture.
    """

    def __init__(self, make: Callable[[Image.Image], Tensor]) -> None:
        self._make = make
        self._kept: dict[bytes, Tensor] = {}

    def __call__(self, source: Any) -> Tensor:
        """The tensor of this picture, given as `open_picture` takes it, and with its errors."""
        source = open_picture(source) if isinstance(source, Image.Image) else source
        digest = picture_digest(source)
        made = self._kept.pop(digest, None)
        if made is None:
            made = self._make(open_picture(source))
        self._kept[digest] = made
        for oldest in list(self._kept)[:-KEPT_PICTURES]:
            self._kept.pop(oldest, None)
        return made


@functools.cache
def cell_boxes(grid: int = GRID) -> np.ndarray:
    """Where each cell lies: (S, 4) float32 as x0, y0, x1, y1 in 0..1 of the upright picture, row by row."""
    row, column = np.divmod(np.arange(grid * grid), grid)
    boxes = np.stack([column, row, column + 1, row + 1], axis=1).astype(np.float32) / grid  # (S, 4)
    boxes.flags.writeable = False
    return boxes


@functools.cache
def cell_labels(grid: int = GRID) -> tuple[str, ...]:
    """What each cell is called, counted from 1 at the top left: "row 1, column 1"."""
    return tuple(f"row {n // grid + 1}, column {n % grid + 1}" for n in range(grid * grid))
