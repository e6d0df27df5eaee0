"""The lesson of `find`: five kinds of flowers, each photo looked for among photos of other kinds."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import kl_div

from attention_core.encoders.image import GRID, KEY_DIM, open_picture
from attention_core.learning import Prepared, Recipe
from attention_core.specs import Lesson
from attention_core.tasks.encoding import Head

LESSON_PHOTOS = Path(__file__).resolve().parents[2] / "assets" / "lessons" / "find"
CREDITS = LESSON_PHOTOS / "credits.json"
ACROSS = 4  # photos in a row of a mosaic, and rows
TILES = ACROSS * ACROSS
SIDE = GRID // ACROSS  # cells in a row of a photo
NUMBERS_DROPPED = 0.5
MEASURED_TOGETHER, MEASURE_SEED = 16, 0

Examples = list[tuple[Path, str]]


@cache
def shipped() -> tuple[Examples, Examples]:
    """The photos that come with the app: those to learn from, and those to measure with, each as (its mosaic, what it shows).

    The photos of a mosaic follow each other, row by row.
    """
    credit = json.loads(CREDITS.read_text("utf-8"))
    return tuple(
        [(LESSON_PHOTOS / mosaic["file"], photo["shows"]) for mosaic in credit[part] for photo in mosaic["photos"]]
        for part in ("learn", "apart")
    )


@dataclass(frozen=True)
class Photos:
    """Encoded photos.

    Args:
        keys: (N, 5, 5, D) float16, the cells of each photo as `find` sees them in a mosaic.
        kinds: (N,) what each shows, as an index into the names.
        queries: (K, D), the query of each name.
    """

    keys: Tensor
    kinds: Tensor
    queries: Tensor

    def __len__(self) -> int:
        return len(self.kinds)

    def mosaics(self, photos: Tensor) -> tuple[Tensor, Tensor]:
        """Keys (B, S, D) of mosaics laid from photos (B, 16), and the photo (B, S), 0 to 15, that each cell lies in.

        A photo keeps the keys it had in the mosaic that was encoded: at its edges they hold a little of its neighbours there.
        """
        keys = self.keys[photos].float().view(-1, ACROSS, ACROSS, SIDE, SIDE, self.keys.shape[-1])
        places = torch.arange(TILES).view(1, ACROSS, 1, ACROSS, 1).expand(len(photos), -1, SIDE, -1, SIDE)
        return keys.transpose(2, 3).flatten(1, 4), places.flatten(1)  # (B, S, D), (B, S)

    def among_others(self, photo: int, generator: torch.Generator) -> Tensor:
        """A mosaic (16,) of the photo and 15 of other kinds, in any order."""
        others = (self.kinds != self.kinds[photo]).nonzero()[:, 0]
        chosen = others[torch.randperm(len(others), generator=generator)[: TILES - 1]]
        return torch.cat([chosen, torch.tensor([photo])])[torch.randperm(TILES, generator=generator)]


@torch.no_grad()
def prepare(model: Any, examples: Sequence[tuple[Path, str]]) -> Iterator[Prepared]:
    """The photos through the task's encoder, a mosaic an iteration."""
    names = sorted({shows for _, shows in examples})
    keys: list[Tensor] = []
    for start in range(0, len(examples), TILES):
        key = (model.image(open_picture(examples[start][0])) - model.lift.mean_key).half().cpu()  # (S, D)
        cut = key.view(ACROSS, SIDE, ACROSS, SIDE, KEY_DIM).transpose(1, 2)  # (4, 4, 5, 5, D)
        keys.append(cut.reshape(TILES, SIDE, SIDE, KEY_DIM))
        if start + TILES < len(examples):
            yield Prepared(start + TILES, len(examples))
    kinds = torch.tensor([names.index(shows) for _, shows in examples])
    queries = model.lift(model.text.embed(names)).cpu()  # (K, D)
    yield Prepared(len(examples), len(examples), Photos(torch.cat(keys), kinds, queries))


class Loss:
    """How far a name's weight is from even shares on the photos that show it, and the share of photos found.

    KL(even ‖ w) = Σ even log(even / w), where w is the weight within each photo of a mosaic, the mean over the names in it.
    Each photo of a batch is laid among 15 of other kinds; half of the keys' numbers are left out, the same for all of a mosaic.

    Args:
        photos: What to learn from.
        device: Where to compute.
        seed: Of the mosaics, and of what is left out.
    """

    def __init__(self, photos: Photos, device: torch.device, seed: int) -> None:
        self.photos, self.device = photos, device
        self.generator = torch.Generator().manual_seed(seed)

    def __call__(self, head: Head, indices: Tensor) -> tuple[Tensor, float]:
        photos = self.photos
        laid = torch.stack([photos.among_others(int(n), self.generator) for n in indices])  # (B, 16)
        key, place = photos.mosaics(laid)
        kept = torch.rand(len(key), 1, key.shape[2], generator=self.generator) >= NUMBERS_DROPPED  # (B, 1, D)
        query = photos.queries.expand(len(key), -1, -1).to(self.device)  # (B, K, D)
        energies = head.score(query, (key * kept / (1 - NUMBERS_DROPPED)).to(self.device)).cpu()  # (B, K, S)
        cells = torch.log_softmax(energies, dim=-1).unflatten(-1, (ACROSS, SIDE, ACROSS, SIDE))  # (B, K, 4, 5, 4, 5)
        logs = cells.logsumexp((3, 5)).flatten(2)  # (B, K, 16)
        shown = photos.kinds[laid][:, None] == torch.arange(logs.shape[1])[:, None]  # (B, K, 16)
        real = shown.any(-1)  # (B, K): False for a name that no photo shows
        even = shown[real] / shown[real].sum(-1, keepdim=True)  # (R, 16)
        asked = torch.arange(len(key)), photos.kinds[indices]
        found = hits(energies[asked].detach(), shown[asked].gather(1, place))
        return kl_div(logs[real], even, reduction="batchmean"), found.mean().item()


@torch.inference_mode()
def measure(head: Head, photos: Photos, device: torch.device) -> float:
    """The share of photos found, each among 15 of other kinds; the same mosaics every time."""
    generator, found = torch.Generator().manual_seed(MEASURE_SEED), []
    laid = torch.stack([photos.among_others(n, generator) for n in range(len(photos))])  # (N, 16)
    for part in torch.arange(len(photos)).split(MEASURED_TOGETHER):
        key, place = photos.mosaics(laid[part])
        query = photos.queries[photos.kinds[part]][:, None]  # (B, 1, D)
        energies = head.score(query.to(device), key.to(device))[:, 0].cpu()  # (B, S)
        found.append(hits(energies, laid[part].gather(1, place) == part[:, None]))
    return torch.cat(found).mean().item()


def hits(energies: Tensor, inside: Tensor) -> Tensor:
    """(B,) 1 where the largest of the energies (B, S) lies inside (B, S), else 0; of several that are largest their mean."""
    best = energies == energies.amax(-1, keepdim=True)  # (B, S)
    return (best & inside).sum(-1) / best.sum(-1)


LESSON = Lesson(
    examples="photos",
    credit="Photos of flowers from TensorFlow flowers, CC BY 2.0; assets/lessons/find/credits.json names each photographer",
    compared="What ships with the app learned from 400 scenes of a hundred kinds of things, flowers among them.",
    right="found",
    counted=f"A photo is found if the largest weight lies on it, in a mosaic with {TILES - 1} photos of other kinds. "
    f"By chance that is 1 in {TILES}.",
    shipped=shipped,
    prepare=prepare,
    objective=Loss,
    measure=measure,
    recipe=Recipe(steps=120, batch=6, learning_rate=1e-3, weight_decay=0.1, seed=0),
    watched=("Sunflowers", "Tulips"),
    teaches_readout=False,
)
