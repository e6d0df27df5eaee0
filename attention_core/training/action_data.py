"""The recordings of SP-SW-HAR for `action`: whose they are, and pieces of them."""

import random
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from attention_core.encoders.motion import PACE, WINDOW, even
from attention_core.encoders.recording import open_recording
from attention_core.tasks.action import ACTIONS, LABELS

ARCHIVE = "action/spsw_har.tar.xz"
PEOPLE = {
    "test": ("s03", "s07", "s11", "s15", "s19", "s23"),
    "calibrate": ("s05", "s13", "s21"),
}  # all others are learned from
SHORTEST, LONGEST = 8, 24  # windows of a piece: 2 to 6 seconds
LEAST = PACE // 2  # samples of an action, half a second, for a piece to hold it


@dataclass(frozen=True)
class Recordings:
    """Recordings at an even pace: signals (N, 6) each, and which action each sample belongs to, (N,) each."""

    signals: list[Tensor]
    actions: list[Tensor]

    def __len__(self) -> int:
        return len(self.signals)

    def piece(self, indices: Sequence[int], windows: int, chance: random.Random) -> tuple[Tensor, Tensor]:
        """A piece of each of these recordings, all of one length, from anywhere: signals (B, N, 6), actions (B, N)."""
        parts = []
        for n in indices:
            start = chance.randrange(len(self.actions[n]) - windows * WINDOW + 1)
            parts.append((n, slice(start, start + windows * WINDOW)))
        return torch.stack([self.signals[n][own] for n, own in parts]), torch.stack([self.actions[n][own] for n, own in parts])


def occurs(actions: Tensor) -> Tensor:
    """(B, T) bool: whether each action fills half a second of the piece, of which (B, N) tells the action of each sample."""
    return (actions[..., None] == torch.arange(len(ACTIONS))).sum(-2) >= LEAST


def read(data: Path) -> dict[str, dict[str, list[Tensor]]]:
    """The fields of Recordings for each split: "train", "calibrate" and "test"."""
    kept = {split: {"signals": [], "actions": []} for split in ("train", *PEOPLE)}
    for person, content in files(data):
        recording = open_recording(content)
        signals = even(recording)
        moments = (np.arange(len(signals)) + 0.5) / PACE
        nearest = np.searchsorted(recording.times, moments).clip(max=len(recording.times) - 1)
        own = kept[next((split for split, people in PEOPLE.items() if person in people), "train")]
        own["signals"].append(torch.from_numpy(signals))
        own["actions"].append(torch.tensor([LABELS.index(recording.labels[n]) for n in nearest]))
    return kept


def files(data: Path) -> list[tuple[str, bytes]]:
    """Whose each recording is, and the content of its file, in the order of their names."""
    with tarfile.open(data / ARCHIVE) as archive:  # read in its own order: it is packed as a whole
        found = {
            Path(member.name).name: archive.extractfile(member).read()
            for member in archive
            if member.name.endswith(("_sp.csv", "_sw.csv"))
        }
    return [(name[:3], found[name]) for name in sorted(found)]
