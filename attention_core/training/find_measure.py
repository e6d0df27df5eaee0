"""The readout of `find` fitted, and every figure of its card measured."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from attention_core.attention import attend
from attention_core.encoders.lift import Lift
from attention_core.encoders.picture import open_picture
from attention_core.learning import Recipe, Step, fit
from attention_core.tasks.encoding import Head
from attention_core.tasks.find import FindModel
from attention_core.training.pointing import Pair, pointing, summary
from attention_core.training.run import Run, progress

if TYPE_CHECKING:
    from attention_core.training.find import Scenes

READOUT = Recipe(steps=300, batch=256, learning_rate=0.1, weight_decay=0.0, seed=0)
ALIKE = 0.5  # cosine of two queries; a name this close to one in the scene is not called absent
BINS = 10


def photo_keys(run: Run, pairs: list[Pair], model: FindModel) -> dict[str, Tensor]:
    """Keys (S, D) of every photo by its id, and under each category its query (1, D)."""
    paths = {pair.photo: pair.path for pair in pairs}
    kept = {
        str(n): run.kept(f"photo-{n}", lambda path=path: model.image(open_picture(path)).cpu()).to(run.device)
        for n, path in progress("encoding photos", list(paths.items()))
    }
    categories = sorted({pair.category for pair in pairs})
    queries = model.lift(model.text.embed(categories))  # (N, D)
    return {n: key - model.lift.mean_key for n, key in kept.items()} | dict(zip(categories, queries[:, None], strict=True))


@torch.no_grad()
def contexts(head: Head, scenes: "Scenes", queries: dict[str, Tensor], lift: Lift) -> tuple[Tensor, Tensor, Tensor]:
    """Queries and contexts (N, D), and whether the name is there (N,): every name in a scene, and as many not in it."""
    rows = []
    for n, present in enumerate(scenes.names):
        rng = np.random.default_rng(n)
        there = torch.nn.functional.normalize(torch.stack([queries[name] for name in present]), dim=-1)
        far = [name for name in queries if (there @ queries[name] / queries[name].norm()).max() < ALIKE]
        absent = [far[m] for m in rng.permutation(len(far))[: len(present)]]
        query = torch.stack([queries[name] for name in (*present, *absent)])  # (T, D)
        key = (scenes.keys[n].float().to(query.device) - lift.mean_key)[None]  # (1, S, D)
        context = attend(head.score, query[None], key).context[0]  # (T, D)
        rows.append((query, context, torch.tensor([1.0] * len(present) + [0.0] * len(absent), device=query.device)))
    return tuple(torch.cat(column) for column in zip(*rows, strict=True))


def fit_readout(head: Head, scenes: "Scenes", queries: dict[str, Tensor], lift: Lift) -> Iterator[Step]:
    """Fits the readout alone, on scenes that the score function was not trained on: as many names there as not."""
    query, context, there = contexts(head, scenes, queries, lift)
    head.score.requires_grad_(False)

    def objective(head: Head, indices: Tensor) -> tuple[Tensor, float]:
        chosen = indices.to(query.device)
        verdict = head.readout(query[chosen], context[chosen])  # (N,)
        right = ((verdict > 0) == (there[chosen] > 0.5)).float().mean().item()
        return binary_cross_entropy_with_logits(verdict, there[chosen]), right

    yield from fit(head, len(there), objective, READOUT)


@torch.no_grad()
def measure(
    head: Head, scenes: "Scenes", queries: dict[str, Tensor], lift: Lift, pairs: list[Pair], photos: dict[str, Tensor]
) -> dict:
    """Every figure of the card for one trained head; what each means stands in the card."""
    right = []
    for n, names in enumerate(scenes.names):
        query = torch.stack([queries[name] for name in names])[None]  # (1, T, D)
        energies = head.score(query, (scenes.keys[n].float().to(query.device) - lift.mean_key)[None])[0].cpu()  # (T, S)
        best = energies == energies.amax(-1, keepdim=True)  # (T, S)
        right += ((best & scenes.regions[n]).sum(-1) / best.sum(-1)).tolist()
    query, context, there = contexts(head, scenes, queries, lift)
    p, there = torch.sigmoid(head.readout(query, context)).cpu().numpy(), there.cpu().numpy()
    points, shares = _photo_figures(head, pairs, photos)
    game = summary(points, pairs)
    return {
        "pointing": game["all"]["mean"],
        "pointing_odd": game["odd"]["mean"],
        "pointing_even": game["even"]["mean"],
        "intervals": {name: [own["low"], own["high"]] for name, own in game.items()},
        "in_boxes": round(float(np.mean(shares)), 4),
        "region_accuracy": round(float(np.mean(right)), 4),
        "presence_auc": round(auc(p, there), 4),
        "presence_brier": round(float(((p - there) ** 2).mean()), 4),
        "presence_ece": round(calibration_error(p, there), 4),
        "photo_presence_auc": round(_photo_presence(head, pairs, photos), 4),
    }


@torch.no_grad()
def measure_untrained(heads: list[Head], pairs: list[Pair], photos: dict[str, Tensor]) -> dict[str, float]:
    """The pointing game on all photos and the weight in boxes, the mean over several draws of the parameters."""
    both = [_photo_figures(head, pairs, photos) for head in heads]
    return {
        "pointing": round(float(np.mean([points for points, _ in both])), 4),
        "in_boxes": round(float(np.mean([shares for _, shares in both])), 4),
    }


def _photo_figures(head: Head, pairs: list[Pair], photos: dict[str, Tensor]) -> tuple[list[float], list[float]]:
    points, shares = [], []
    for pair in pairs:
        found = attend(head.score, photos[pair.category][None], photos[str(pair.photo)][None])
        points.append(pointing(found.energies[0, 0].cpu().numpy(), pair))
        shares.append(float(found.weights[0, 0].cpu().numpy() @ pair.inside))
    return points, shares


def _photo_presence(head: Head, pairs: list[Pair], photos: dict[str, Tensor]) -> float:
    categories, shown = sorted({pair.category for pair in pairs}), {(pair.photo, pair.category) for pair in pairs}
    query = torch.cat([photos[category] for category in categories])[None]  # (1, N, D)
    said, there = [], []
    for photo in sorted({pair.photo for pair in pairs}):
        context = attend(head.score, query, photos[str(photo)][None]).context  # (1, N, D)
        said += head.readout(query, context)[0].tolist()
        there += [float((photo, category) in shown) for category in categories]
    return auc(np.array(said), np.array(there))


def auc(values: np.ndarray, there: np.ndarray) -> float:
    """The chance that a value of one that is there is higher than of one that is not; ties count half."""
    yes, no = values[there > 0.5], np.sort(values[there < 0.5])
    below = np.searchsorted(no, yes, "left") + np.searchsorted(no, yes, "right")
    return float(below.mean() / 2 / len(no))


def calibration_error(p: np.ndarray, there: np.ndarray) -> float:
    """Σ over ten bins of p: share of the cases in the bin · |mean p − share that is there|."""
    bins = np.minimum((p * BINS).astype(int), BINS - 1)
    return float(sum(abs((p[bins == n] - there[bins == n]).sum()) for n in range(BINS)) / len(p))
