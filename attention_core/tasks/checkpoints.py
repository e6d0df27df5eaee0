"""The trained parameters beside their card: found, checked against its sha256, loaded."""

import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load
from torch import Tensor

MODELS = Path(__file__).resolve().parents[2] / "assets" / "models"


class Checkpoints:
    """The checkpoints of one task: `<folder>/<score>.safetensors` and `<folder>/card.json`."""

    def __init__(self, task: str, models: Path = MODELS) -> None:
        self.folder = models / task

    @cached_property
    def card(self) -> dict[str, Any]:
        """The card the trainer wrote; empty if the task was never trained."""
        path = self.folder / "card.json"
        return json.loads(path.read_text("utf-8")) if path.exists() else {}

    def sha256(self, score: str) -> str | None:
        """The sha256 that the card gives for a score function's file; None if the task has none."""
        return self.card.get("scores", {}).get(score, {}).get("sha256")

    def state(self, score: str) -> dict[str, Tensor]:
        """The parameters of a trained score function and its readout, float32.

        Raises:
            RuntimeError: the file is not the one the card describes.
        """
        path = self.folder / f"{score}.safetensors"
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != self.sha256(score):
            raise RuntimeError(f"{path.name} must have the sha256 in its card, got another. Restore the file or train again.")
        return {name: tensor.to(torch.float32) for name, tensor in load(content).items()}
