"""A picture as keys: EfficientNet-Lite0 features on one fixed grid, several sizes of the picture averaged."""

import functools

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from attention_core.encoders import efficientnet_lite
from attention_core.encoders.picture import open_picture

__all__ = ["GRID", "KEY_DIM", "POSITIONS", "SIZES", "GridEncoder", "cell_boxes", "cell_labels", "open_picture"]

GRID = 20  # cells in a row, and rows
POSITIONS = GRID * GRID
KEY_DIM = efficientnet_lite.FEATURES
SIZES = (320, 448, 640, 896)  # pixels on a side; small ones see the scene, large ones the small things


class GridEncoder:
    """The keys of pictures: what an ImageNet classifier sees in each of 20 × 20 cells, row by row.

    key[s] = √( mean over sizes n of features_n[s] )

    features_n are EfficientNet-Lite0's last features of the picture stretched to n × n pixels, brought to the grid by
    bilinear interpolation. The root evens out the few features that are large in every cell.

    Args:
        device: Where to compute.
    """

    def __init__(self, device: torch.device | str = "cpu") -> None:
        self.device = torch.device(device)
        self.network = efficientnet_lite.load().to(self.device)

    @torch.inference_mode()
    def __call__(self, picture: Image.Image) -> Tensor:
        """The keys of one picture.

        Args:
            picture: RGB, of any size; see `open_picture`.

        Returns:
            (S, 1280) float32, S = 400, each value at least 0.
        """
        total = torch.zeros(1, KEY_DIM, GRID, GRID, device=self.device)  # (1, D, Y, X)
        for size in SIZES:
            features = self.network.features(_pixels(picture, size).to(self.device))  # (1, D, size/32, size/32)
            total += F.interpolate(features, (GRID, GRID), mode="bilinear", align_corners=False, antialias=True)
        return (total / len(SIZES)).clamp_min(0).sqrt()[0].flatten(1).T.contiguous()  # (S, D)


def _pixels(picture: Image.Image, size: int) -> Tensor:
    stretched = np.asarray(picture.resize((size, size), Image.Resampling.BICUBIC), dtype=np.float32)  # (Y, X, 3)
    return torch.from_numpy((stretched - 127) / 128)[None].permute(0, 3, 1, 2)  # (1, 3, Y, X), channels last in memory


@functools.cache
def cell_boxes() -> np.ndarray:
    """Where each cell lies: (S, 4) float32 as x0, y0, x1, y1 in 0..1 of the upright picture, row by row."""
    row, column = np.divmod(np.arange(POSITIONS), GRID)
    boxes = np.stack([column, row, column + 1, row + 1], axis=1).astype(np.float32) / GRID  # (S, 4)
    boxes.flags.writeable = False
    return boxes


@functools.cache
def cell_labels() -> tuple[str, ...]:
    """What each cell is called, counted from 1 at the top left: "row 1, column 1"."""
    return tuple(f"row {n // GRID + 1}, column {n % GRID + 1}" for n in range(POSITIONS))
