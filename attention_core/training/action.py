"""Trains `action` on pieces of recordings, told only which actions occur in each; measures it on people it never learned from."""

import random
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from attention_core.attention import attend
from attention_core.encoders.motion import TURN_UP, WINDOW, unturned
from attention_core.learning import Recipe, draw, fit
from attention_core.tasks.action import ACTIONS, SPEC, ActionModel
from attention_core.tasks.encoding import Head
from attention_core.training.action_data import ARCHIVE, LONGEST, PEOPLE, SHORTEST, Recordings, occurs, read
from attention_core.training.run import Run, sha256

RECIPE = Recipe(steps=3000, batch=64, learning_rate=3e-3, weight_decay=0.05, seed=0)
MOST_JOINED, SHORTEST_JOINED = 3, 4  # pieces, and windows of one, where several are joined
NUMBERS_DROPPED, GAIN = 0.1, 0.1  # shares of each key's numbers left out; how far what is felt is made stronger or weaker
UNTRAINED_SEEDS = (1, 2, 3)
PIECES, PIECES_SEED = 2000, 0  # of the people measured on
MEANINGS = {
    "share": "share of an action's weight on samples of that action, in pieces of 2 to 6 seconds that hold it; the mean over "
    "the five actions, on people it never learned from",
    "average_precision": "of “does it occur”, on those pieces and those that do not hold it; the mean over the five actions",
    "share_whole": "share, on whole recordings of the same people",
    "shares": "share of each action",
    "precisions": "average precision of each action",
}


def train(run: Run) -> None:
    """Trains, measures and writes everything for the task. Started twice at once, the two share the score functions."""
    for _ in run.claimed(["recordings"]):
        splits = {split: Recordings(**own) for split, own in run.kept("recordings", lambda: read(run.data)).items()}
    model = ActionModel(run.device)
    jobs = run.jobs(RECIPE.seed)
    scores: dict[str, dict] = {}
    for name in run.claimed(jobs):
        own, score, seed = jobs[name]
        recipe = replace(RECIPE, seed=seed)
        seconds = own.fitted(
            score,
            lambda score=score, seed=seed: draw(lambda: model.build_head(score), seed),
            lambda head, recipe=recipe: fit(head, len(splits["train"]), Loss(splits["train"], run.device, recipe.seed), recipe),
            half=True,
        )
        head = own.load(model.build_head(score), score)
        fresh = [draw(lambda score=score: model.build_head(score), seed).to(run.device).eval() for seed in UNTRAINED_SEEDS]
        untrained = [measure(each, splits["test"], run.device) for each in fresh]
        keys = ("share", "average_precision", "share_whole")
        scores[name] = {
            "seconds": round(seconds, 1),
            "steps": recipe.steps,
            "metrics": measure(head, splits["test"], run.device),
            "calibration": measure(head, splits["calibrate"], run.device),
            "untrained": {key: float(np.mean([each[key] for each in untrained])) for key in keys},
        }
        print(name, {key: round(scores[name]["metrics"][key], 4) for key in keys}, flush=True)
    for _ in run.claimed(["card"]):
        write_card(run, scores, {own: len(splits[own]) for own in splits})


def write_card(run: Run, scores: dict[str, dict], counts: dict[str, int]) -> None:
    """The card and the golden values."""
    run.write_card(
        data=[
            {
                "name": "SP-SW-HAR, Miguel Matey-Sanz, Sven Casteleyn and Carlos Granell 2023 (GeoTec, Universitat Jaume I)",
                "file": ARCHIVE,
                "sha256": sha256(run.data / ARCHIVE),
                "source": "https://doi.org/10.5281/zenodo.8398688",
                "licence": "CC BY 4.0",
                "recordings": counts,
                "split": "by person: " + "; ".join(f"{split} {', '.join(people)}" for split, people in PEOPLE.items()),
            }
        ],
        recipe=RECIPE,
        scores=scores,
        left_out=NUMBERS_DROPPED,
        gain=GAIN,
        actions=ACTIONS,
        pieces={"measured": PIECES, "seed": PIECES_SEED, "windows": (SHORTEST, LONGEST), "joined": (1, MOST_JOINED)},
        chosen_on="the people of the calibration split",
        untrained_seeds=UNTRAINED_SEEDS,
        meanings=MEANINGS,
    )
    run.write_golden(SPEC)


@dataclass
class Loss:
    """Cross-entropy of “does it occur” on what is joined of up to three pieces, and the share of actions judged rightly.

    Pieces of several recordings are joined, since in one alone actions follow each other as they do in all: whoever walks has
    stood up and will sit down, and an action could be told by another.

    Args:
        recordings: Those to learn from.
        device: Where to compute.
        seed: Of the pieces and of what is changed in them.
    """

    recordings: Recordings
    device: torch.device
    seed: int
    chance: random.Random = field(init=False)
    generator: torch.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.chance, self.generator = random.Random(self.seed), torch.Generator().manual_seed(self.seed)

    def __call__(self, head: Head, indices: Tensor) -> tuple[Tensor, float]:
        features, actions = zip(*(self._piece(indices.tolist(), windows) for windows in self._lengths()), strict=True)
        key = head.readout.states(torch.cat(features, 1).to(self.device))  # (B, S, D)
        kept = torch.rand(key.shape, generator=self.generator).to(self.device) >= NUMBERS_DROPPED
        verdict, _ = judge(head, key * kept / (1 - NUMBERS_DROPPED))
        there = occurs(torch.cat(actions, 1)).float().to(self.device)  # (B, T)
        return binary_cross_entropy_with_logits(verdict, there), ((verdict > 0) == (there > 0.5)).float().mean().item()

    def _lengths(self) -> list[int]:
        """How many windows each of the pieces has that are joined this time."""
        windows = self.chance.randint(SHORTEST, LONGEST)
        count = min(self.chance.randint(1, MOST_JOINED), windows // SHORTEST_JOINED)
        lengths = [SHORTEST_JOINED] * count
        for _ in range(windows - sum(lengths)):
            lengths[self.chance.randrange(count)] += 1
        return lengths

    def _piece(self, indices: list[int], windows: int) -> tuple[Tensor, Tensor]:
        """What is felt (B, N, 7) and done (B, N) in a piece of each of these recordings, in another order each time."""
        signals, actions = self.recordings.piece(self.chance.sample(indices, len(indices)), windows, self.chance)
        gain = 1 + GAIN * torch.randn(len(signals), 1, 1, generator=self.generator)
        features = unturned(signals) * gain  # (B, N, 7)
        features[torch.rand(len(signals), generator=self.generator) < 0.5, :, TURN_UP] *= -1  # left is right
        return features, actions


def judge(head: Head, key: Tensor) -> tuple[Tensor, Tensor]:
    """Of keys (B, S, D): for each action above 0 where it occurs (B, T), and its weights (B, T, S)."""
    result = attend(head.score, head.readout.query.expand(len(key), -1, -1), key)
    return head.readout.verdict(result.context), result.weights


@torch.inference_mode()
def measure(head: Head, recordings: Recordings, device: torch.device) -> dict[str, object]:
    """What stands in the card, of a split."""
    chance, told, there, shares = random.Random(PIECES_SEED), [], [], []
    lengths = range(SHORTEST, LONGEST + 1)
    for windows in lengths:
        indices = [chance.randrange(len(recordings)) for _ in range(PIECES // len(lengths))]
        signals, actions = recordings.piece(indices, windows, chance)
        verdict, weights = judge(head, head.readout.states(unturned(signals).to(device)))
        told.append(verdict.cpu())
        there.append(occurs(actions))
        shares.append(on_action(weights.cpu(), actions))
    judged, present, share = torch.cat(told), torch.cat(there), torch.cat(shares)  # (pieces, T) each
    precisions = [average_precision(judged[:, n], present[:, n]) for n in range(len(ACTIONS))]
    own = [float(share[present[:, n], n].mean()) for n in range(len(ACTIONS))]
    return {
        "share": float(np.mean(own)),
        "average_precision": float(np.mean(precisions)),
        "share_whole": float(np.mean(_whole(head, recordings, device))),
        "shares": dict(zip(ACTIONS, own, strict=True)),
        "precisions": dict(zip(ACTIONS, precisions, strict=True)),
    }


def _whole(head: Head, recordings: Recordings, device: torch.device) -> list[float]:
    """The share of each action on whole recordings that hold it."""
    shares, present = [], []
    for signals, actions in zip(recordings.signals, recordings.actions, strict=True):
        _, weights = judge(head, head.readout.states(unturned(signals[None]).to(device)))
        shares.append(on_action(weights.cpu(), actions[None])[0])
        present.append(occurs(actions[None])[0])
    shares, present = torch.stack(shares), torch.stack(present)  # (recordings, T) each
    return [float(shares[present[:, n], n].mean()) for n in range(len(ACTIONS))]


def on_action(weights: Tensor, actions: Tensor) -> Tensor:
    """(B, T) the share of each action's weight (B, T, S) that lies on its samples, a window's spread evenly; actions (B, N)."""
    own = actions.reshape(len(actions), -1, WINDOW, 1) == torch.arange(len(ACTIONS))  # (B, S, 16, T)
    return (weights * own.float().mean(2).transpose(1, 2)).sum(-1)  # (B, T)


def average_precision(judged: Tensor, present: Tensor) -> float:
    """The mean, over those present (N,) bool, of the share of present ones among all judged (N,) as high or higher."""
    right = present[judged.argsort(descending=True)].double()  # (N,)
    return float((right * right.cumsum(0) / torch.arange(1, len(right) + 1)).sum() / right.sum())
