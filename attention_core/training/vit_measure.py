"""How `vit` is measured: beside its teacher on photos that it has not seen, and where its rollout points."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn

from attention_core.transformers import Transformer, rollout

FIRST = 5


@torch.inference_mode()
def agreement(model: Transformer, teacher: nn.Module, photos: Sequence[Path], side: int) -> dict[str, float]:
    """The share of photos whose first choice is among the teacher's first five, and is its first; each photo whole.

    Args:
        side: The pixels across and down that the teacher sees.
    """
    among, same = 0, 0
    for path in photos:
        picture = np.asarray(
            Image.open(path).convert("RGB").resize((side, side), Image.Resampling.BICUBIC), np.float32
        )  # (Y, X, 3)
        pixels = torch.from_numpy((picture - 127) / 128).permute(2, 0, 1)[None]  # (1, 3, Y, X)
        best = teacher(pixels)[0].topk(FIRST).indices.tolist()
        own = int(model.classes(path).argmax())
        among, same = among + (own in best), same + (own == best[0])
    return {"photos": len(photos), "in_teachers_first_five": among / len(photos), "is_teachers_first": same / len(photos)}


def main_objects(folder: Path) -> list[tuple[Path, np.ndarray]]:
    """Each photo that has boxes, and the largest of them: x0, y0, x1, y1 in 0..1."""
    data = json.loads((folder / "instances.json").read_text("utf-8"))
    largest: dict[int, list[float]] = {}
    for own in data["annotations"]:
        box = own["bbox"]
        if box[2] * box[3] > np.prod(largest.get(own["image_id"], [0, 0, 0, 0])[2:]):
            largest[own["image_id"]] = box
    found = []
    for photo in sorted(data["images"], key=lambda photo: photo["id"]):
        if photo["id"] in largest:
            x, y, wide, high = largest[photo["id"]]
            sides = np.array([photo["width"], photo["height"]] * 2)
            found.append((folder / "images" / photo["file_name"], np.array([x, y, x + wide, y + high]) / sides))
    return found


def pointing(model: Transformer, photos: Sequence[tuple[Path, np.ndarray]]) -> dict[str, float]:
    """The share of photos whose box holds the centre of the patch that most reaches the class token; and the picture's centre."""
    hits, centre = [], []
    for path, box in photos:
        stack = model.attend(image=path)["vision"]
        patch = rollout(stack.weights)[0, 1:].argmax()
        x0, y0, x1, y1 = stack.key_boxes()[1 + patch]
        hits.append(_inside((x0 + x1) / 2, (y0 + y1) / 2, box))
        centre.append(_inside(0.5, 0.5, box))
    return {"photos": len(photos), "rollout": float(np.mean(hits)), "centre": float(np.mean(centre))}


def _inside(x: float, y: float, box: np.ndarray) -> bool:
    return bool(box[0] <= x <= box[2] and box[1] <= y <= box[3])
