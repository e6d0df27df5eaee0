"""The pointing game on photographs with boxes: does the peak of the attention lie in a box of what was named?"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from attention_core.encoders.image import GRID

TOLERANCE = 15  # pixels, each side of a box
RESAMPLES = 2000


@dataclass(frozen=True)
class Pair:
    """A photo and a category in it.

    Args:
        photo: The photo's id; photos with an odd one are for tuning.
        path: Its file.
        category: The bare name, which is the text.
        hit: (S,) bool, the cells whose centre lies within 15 pixels of a box of that category.
        inside: (S,) the share of each cell's area that lies in such a box.
    """

    photo: int
    path: Path
    category: str
    hit: np.ndarray
    inside: np.ndarray


def read_pairs(folder: Path) -> list[Pair]:
    """Every category of every photo that shows two categories or more, from `instances.json` in COCO's format."""
    data = json.loads((folder / "instances.json").read_text("utf-8"))
    names = {category["id"]: category["name"] for category in data["categories"]}
    boxes: dict[int, dict[str, list]] = {}
    for annotation in data["annotations"]:
        boxes.setdefault(annotation["image_id"], {}).setdefault(names[annotation["category_id"]], []).append(annotation["bbox"])
    pairs = []
    for photo in sorted(data["images"], key=lambda photo: photo["id"]):
        own = boxes.get(photo["id"], {})
        for category in sorted(own) if len(own) > 1 else ():
            cells = [_cells(box, photo["width"], photo["height"]) for box in own[category]]
            hit = np.any([hit for hit, _ in cells], axis=0)  # (S,)
            inside = np.max([inside for _, inside in cells], axis=0)  # (S,)
            pairs.append(Pair(photo["id"], folder / "images" / photo["file_name"], category, hit, inside))
    return pairs


def _cells(box: list[float], width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    left, top, wide, high = box
    edges_x, edges_y = np.arange(GRID + 1) / GRID * width, np.arange(GRID + 1) / GRID * height
    hit_x = _near((edges_x[1:] + edges_x[:-1]) / 2, left, left + wide)  # (GRID,)
    hit_y = _near((edges_y[1:] + edges_y[:-1]) / 2, top, top + high)  # (GRID,)
    share_x, share_y = _overlap(edges_x, left, left + wide), _overlap(edges_y, top, top + high)  # (GRID,) each
    return np.outer(hit_y, hit_x).ravel(), np.outer(share_y, share_x).ravel()  # (S,) each


def _near(centres: np.ndarray, low: float, high: float) -> np.ndarray:
    return (centres >= low - TOLERANCE) & (centres <= high + TOLERANCE)


def _overlap(edges: np.ndarray, low: float, high: float) -> np.ndarray:
    return np.clip(np.minimum(edges[1:], high) - np.maximum(edges[:-1], low), 0, None) / (edges[1:] - edges[:-1])


def pointing(energies: np.ndarray, pair: Pair) -> float:
    """1 if the cell with the highest energy (S,) is a hit, else 0; with ties, the share of them that hit."""
    return float(pair.hit[energies == energies.max()].mean())


def centre_pointing(pair: Pair) -> float:
    """The same for the picture's centre, where four cells meet: the share of them that hit."""
    middle = [GRID // 2 - 1, GRID // 2]
    return float(pair.hit.reshape(GRID, GRID)[np.ix_(middle, middle)].mean())


def summary(values: list[float], pairs: list[Pair]) -> dict[str, dict]:
    """Means over the pairs of odd, even and all photos, with 95 % bootstrap intervals that resample photos.

    Returns:
        {"odd" | "even" | "all": {"mean", "low", "high", "pairs", "photos"}}.
    """
    wanted = {"odd": (1,), "even": (0,), "all": (0, 1)}
    return {name: _bootstrap([(v, p.photo) for v, p in zip(values, pairs, strict=True) if p.photo % 2 in rest])
            for name, rest in wanted.items()}  # fmt: skip


def _bootstrap(values: list[tuple[float, int]]) -> dict:
    photos = sorted({photo for _, photo in values})
    sums = np.array([sum(v for v, own in values if own == photo) for photo in photos])  # (photos,)
    counts = np.array([sum(own == photo for _, own in values) for photo in photos])  # (photos,)
    drawn = np.random.default_rng(0).integers(len(photos), size=(RESAMPLES, len(photos)))
    low, high = np.percentile(sums[drawn].sum(1) / counts[drawn].sum(1), [2.5, 97.5])
    return {"mean": round(float(sums.sum() / counts.sum()), 4), "low": round(float(low), 4), "high": round(float(high), 4),
            "pairs": len(values), "photos": len(photos)}  # fmt: skip
