"""What `vit` learns from: views of photos, what its teacher sees in them, and batches of both, mirrored and blended."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from attention_core.training.run import progress

TEACHER_SIDE, SIDE, PATCH = 224, 112, 16  # pixels: the teacher sees twice as many across and down
ACROSS = SIDE // PATCH  # patches across and down: as many as cells of the teacher's last features
PATCHES = ACROSS * ACROSS
STAGES = {7: 80, 10: 112}  # the teacher's blocks whose outputs, twice as fine, are learned from besides, and their channels
SHARPNESS = 4  # of where to look: the power of the strength of the teacher's features, from 0 to 1
VIEWS = 8  # of each photo, drawn once
SMALLEST = 0.2  # of a photo's area that a view shows
PASTED = 0.5  # of the views have a part of another photo pasted over them
TINTED = 0.5  # of the crops have each colour brighter or darker by itself
MIXED = 0.5  # of the pictures are blends of two
BATCH = 32  # of views while they are drawn


@dataclass(frozen=True)
class Seen:
    """Pictures, and what the teacher sees in them: P = PATCHES.

    Args:
        pixels: (N, SIDE, SIDE, 3) uint8.
        last: (N, P, 1280) float16, its last features.
        stages: For each of STAGES (N, P, 4·channels) float16, the four cells of each patch side by side.
    """

    pixels: Tensor
    last: Tensor
    stages: tuple[Tensor, ...]


def views(photos: Sequence[Path], teacher: nn.Module, seed: int) -> Seen:
    """VIEWS of each photo, half of them with a part of another over them, and what the teacher sees in each."""
    rng, parts = np.random.default_rng(seed), []
    opened = [np.asarray(Image.open(path).convert("RGB")) for path in photos]
    for at in progress("views", [at for _ in range(VIEWS) for at in range(0, len(opened), BATCH)]):
        pixels = torch.stack([_view(photo, opened, rng) for photo in opened[at : at + BATCH]])  # (B, 3, Y, X) in 0..255
        parts.append(seen_by(teacher, pixels))
    return Seen(
        torch.cat([own.pixels for own in parts]),
        torch.cat([own.last for own in parts]),
        tuple(torch.cat(own) for own in zip(*(part.stages for part in parts), strict=True)),
    )


@torch.no_grad()
def seen_by(teacher: nn.Module, pixels: Tensor) -> Seen:
    """What the teacher sees in pictures (B, 3, TEACHER_SIDE, TEACHER_SIDE) in 0..255."""
    own = ((pixels - 127) / 128).to(next(teacher.parameters()).device, memory_format=torch.channels_last)
    with torch.autocast(own.device.type, torch.bfloat16):
        grid, stages = teacher.stem(own), []  # (B, C, Y, X)
        for n, block in enumerate(teacher.blocks):
            grid = block(grid)
            if n in STAGES:
                stages.append(_by_patch(grid).half().cpu())
        last = teacher.head(grid).flatten(2).transpose(1, 2)  # (B, P, 1280)
    small = F.avg_pool2d(pixels, TEACHER_SIDE // SIDE).permute(0, 2, 3, 1)  # (B, SIDE, SIDE, 3)
    return Seen(small.round().to(torch.uint8), last.half().cpu(), tuple(stages))


def batch(
    seen: Seen,
    scales: Sequence[tuple[Tensor, Tensor]],
    classifier: nn.Module,
    count: int,
    rng: np.random.Generator,
    device: torch.device,
) -> tuple[Tensor, tuple]:
    """Pictures (B, 3, SIDE, SIDE) in −1..1, all mirrored or none, half of them blends, and what the teacher says of them.

    Returns:
        The pictures; then classes (B, 1000) as probabilities, pooled features (B, 1280), the patches' (B, P, 1280), those of the
        stages, and where to look (B, P).
    """
    which = torch.from_numpy(rng.integers(len(seen.pixels), size=count))
    is_turned = rng.random() < 0.5
    share = torch.from_numpy(np.where(rng.random(count) < MIXED, rng.random(count), 1)).float().to(device)

    def blended(values: Tensor) -> Tensor:
        own = share.view(-1, *[1] * (values.dim() - 1))
        return own * values + (1 - own) * values.flip(0)

    def mirrored(values: Tensor, *axes: int) -> Tensor:
        return values.flip(axes) if is_turned else values

    pixels = mirrored(seen.pixels[which].to(device).permute(0, 3, 1, 2).float(), 3)
    last = seen.last[which].to(device).float().unflatten(1, (ACROSS, ACROSS))  # (B, Y, X, 1280)
    last = mirrored(last, 2).flatten(1, 2)  # (B, P, 1280)
    stages = []
    for own, (mean, spread) in zip(seen.stages, scales, strict=True):
        fine = ((own[which].float() - mean) / spread).to(device)  # (B, P, 4·C)
        fine = fine.unflatten(1, (ACROSS, ACROSS)).unflatten(3, (2, 2, -1))  # (B, Y, X, 2, 2, C)
        stages.append(blended(mirrored(fine, 2, 4).flatten(3).flatten(1, 2)))
    pooled = last.mean(1)  # (B, 1280)
    with torch.no_grad():
        classes = classifier(pooled).softmax(-1)
    wanted = (blended(classes), blended(pooled), blended(last), stages, blended(where_to_look(last)))
    return blended(pixels) / 127.5 - 1, wanted


def where_to_look(last: Tensor) -> Tensor:
    """(B, P) attention weights: where the teacher's features (B, P, 1280) are strong, from its weakest patch up."""
    strength = last.norm(dim=-1)  # (B, P)
    low, high = strength.amin(-1, keepdim=True), strength.amax(-1, keepdim=True)
    raised = ((strength - low) / (high - low).clamp(min=1e-6)) ** SHARPNESS + 1e-6
    return raised / raised.sum(-1, keepdim=True)


def scale(values: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and spread of each feature, so that none counts for more than another."""
    some = values[:: max(1, len(values) // 512)].float()
    return some.mean((0, 1)), some.std((0, 1)) + 1e-3


def _by_patch(grid: Tensor) -> Tensor:
    """(B, C, 2·ACROSS, 2·ACROSS) → (B, P, 4·C), the four cells of a patch in reading order."""
    cells = grid.unflatten(3, (ACROSS, 2)).unflatten(2, (ACROSS, 2))  # (B, C, Y, 2, X, 2)
    return cells.permute(0, 2, 4, 3, 5, 1).flatten(3).flatten(1, 2)


def _view(photo: np.ndarray, photos: Sequence[np.ndarray], rng: np.random.Generator) -> Tensor:
    """(3, TEACHER_SIDE, TEACHER_SIDE) float32 in 0..255: a crop of the photo, and over half of them one of another's."""
    picture = _crop(photo, TEACHER_SIDE, TEACHER_SIDE, rng)
    if rng.random() < PASTED:
        part, shape = TEACHER_SIDE * rng.uniform(0.15, 0.5) ** 0.5, _shape(rng, 2)
        wide, high = (min(TEACHER_SIDE, round(part * own)) for own in (shape, 1 / shape))
        x, y = rng.integers(TEACHER_SIDE - wide + 1), rng.integers(TEACHER_SIDE - high + 1)
        picture[y : y + high, x : x + wide] = _crop(photos[rng.integers(len(photos))], wide, high, rng)
    return torch.from_numpy(picture).permute(2, 0, 1)


def _crop(photo: np.ndarray, wide: int, high: int, rng: np.random.Generator) -> np.ndarray:
    """(high, wide, 3) float32 in 0..255, of any part and size, brighter or darker."""
    sides, part, shape = np.array(photo.shape[1::-1]), rng.uniform(SMALLEST, 1) ** 0.5, _shape(rng, 4 / 3)
    across, down = np.minimum(sides, (sides * part * (shape, 1 / shape)).round().astype(int))
    x, y = rng.integers(sides - (across, down) + 1)
    crop = Image.fromarray(photo[y : y + down, x : x + across]).resize((wide, high), Image.Resampling.BILINEAR)
    contrast = rng.uniform(0.6, 1.4, 3 if rng.random() < TINTED else 1)
    pixels = (np.asarray(crop, np.float32) - 127) * contrast + 127 * rng.uniform(0.7, 1.3)
    return pixels.clip(0, 255).astype(np.float32)


def _shape(rng: np.random.Generator, most: float) -> float:
    """The square root of how often longer one side becomes, at most `most` times either."""
    return np.exp(rng.uniform(-np.log(most), np.log(most)) / 2)
