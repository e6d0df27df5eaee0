"""Scenes and photos encoded once for `caption`, kept small on disk, and gone on with after a stop."""

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from attention_core.encoders.image import GridEncoder
from attention_core.encoders.picture import open_picture
from attention_core.encoders.projection import Projection
from attention_core.encoders.recognizer import Recognizer
from attention_core.tasks.caption import GRID, INPUT_DIM, POSITIONS, PROJECTION, SIZE
from attention_core.training.caption_scenes import Placed, captions, make_scene
from attention_core.training.caption_things import Things
from attention_core.training.run import Run, progress, show

FITTED_ON = 600  # scenes that the projection is fitted on
CELLS = 100  # of each
CELL_BYTES = 2 * INPUT_DIM  # float16
TOGETHER = 100  # pictures


@dataclass(frozen=True)
class Encoded:
    """Pictures as keys, with what is known of each.

    Args:
        keys: (N, S, R) float16, on disk.
        things: What is in each picture, and where.
        captions: The right captions of each, as lists of words.
    """

    keys: Tensor
    things: list[list[Placed]]
    captions: list[tuple[tuple[str, ...], ...]]


class Encoder:
    """Keys (S, R) of pictures, as the task makes them.

    Args:
        run: Its device computes, its folder holds the projection.
        half: Matrix products in bfloat16: for what is learned from, never for what is measured.
        projection: What makes keys of features; without it there are only features.
    """

    def __init__(self, run: Run, half: bool, projection: Projection | None = None) -> None:
        self.grid, self.half, self.device = GridEncoder(run.device, (SIZE,), GRID), half, run.device
        self.projection = projection

    def features(self, picture: Image.Image) -> Tensor:
        """(S, D), not yet projected."""
        with torch.autocast(self.device.type, torch.bfloat16) if self.half else nullcontext():
            return self.grid(picture)

    def __call__(self, picture: Image.Image) -> Tensor:
        return self.projection(self.features(picture))


def fit_projection(run: Run, things: Things, seed: int) -> None:
    """Writes the projection beside the checkpoints: the principal directions of what the classifier says of cells."""

    def fitted() -> dict[str, Tensor]:
        encoder, generator, cells = Encoder(run, half=True), torch.Generator().manual_seed(0), []
        for n in progress("fitting the projection", range(FITTED_ON)):
            chosen = torch.randperm(POSITIONS, generator=generator)[:CELLS]
            cells.append(encoder.features(make_scene(things, seed, n).picture)[chosen.to(run.device)])
        rows = encoder.grid.network.classifier.weight  # (1000, D)
        told = Projection.fitted(torch.cat(cells), INPUT_DIM, rows.T - rows.mean(0)[:, None])
        return {name: value.cpu() for name, value in vars(told).items()}

    Projection(**run.kept("projection", fitted)).save(run.models / PROJECTION)


def encode_scenes(run: Run, name: str, things: Things, seed: int, count: int, encoder: Encoder) -> Encoded:
    """The first scenes of the set with this seed, those kept in the work folder and those still missing."""
    run.work.mkdir(parents=True, exist_ok=True)
    keys, known = run.work / f"{name}.f16", run.work / f"{name}.jsonl"
    for path in (keys, known):
        path.touch()
    lines = known.read_text("utf-8").splitlines()
    done = min(len(lines), keys.stat().st_size // (POSITIONS * CELL_BYTES))
    known.write_text("".join(f"{line}\n" for line in lines[:done]), "utf-8")
    with keys.open("r+b") as features, known.open("a", encoding="utf-8") as facts:
        features.truncate(done * POSITIONS * CELL_BYTES)
        features.seek(0, 2)
        for n in range(done, count):
            scene = make_scene(things, seed, n)
            features.write(encoder(scene.picture).half().cpu().numpy().tobytes())
            facts.write(json.dumps([[own.noun, own.box, own.source.as_posix()] for own in scene.things]) + "\n")
            show(f"encoding scenes to {name}", n + 1, count)
    return read_scenes(keys, known, count)


def read_scenes(keys: Path, known: Path, count: int) -> Encoded:
    """What `encode_scenes` wrote, the keys mapped from disk."""
    mapped = np.memmap(keys, np.float16, "c", shape=(count, POSITIONS, INPUT_DIM))  # "c": never written back
    facts = [json.loads(line) for line in known.read_text("utf-8").splitlines()[:count]]
    things = [[Placed(noun, tuple(box), Path(source)) for noun, box, source in placed] for placed in facts]
    return Encoded(torch.from_numpy(mapped), things, [captions(placed) for placed in things])


@torch.inference_mode()
def recognize(recognizer: Recognizer, keys: Tensor) -> Tensor:
    """What is recognized (N, S, R') in pictures with these projected features (N, S, R), as float16 on the CPU."""
    device = next(recognizer.parameters()).device
    return torch.cat([recognizer(part.to(device).float()).half().cpu() for part in keys.split(TOGETHER)])


def recognize_scenes(run: Run, name: str, encoded: Encoded, recognizer: Recognizer) -> Encoded:
    """Scenes with what is recognized in them in place of their projected features, on disk, too."""
    path, shape = run.work / f"{name}-recognized.f16", (len(encoded.keys), POSITIONS, recognizer.output_dim)
    if not path.exists():
        with path.with_suffix(".part").open("wb") as file:
            for part in encoded.keys.split(TOGETHER):
                file.write(recognize(recognizer, part).numpy().tobytes())
        path.with_suffix(".part").rename(path)
    return replace(encoded, keys=torch.from_numpy(np.memmap(path, np.float16, "c", shape=shape)))


def encode_photos(run: Run, name: str, paths: list[Path], encode: Callable[[Image.Image], Tensor]) -> Tensor:
    """The keys (N, S, R) of photos, kept in the work folder."""
    return run.kept(name, lambda: torch.stack([encode(open_picture(path)).half().cpu() for path in progress(name, paths)]))
