"""Picture features with fewer numbers: a frozen linear map that keeps most of what differs between cells."""

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

FLOOR = 1e-6  # of a variance, so that a direction in which nothing differs is not blown up


@dataclass(frozen=True)
class Projection:
    """Features less their mean, along a few directions: z = (x − m) P.

    Args:
        mean: m, (D,).
        directions: P, (D, R).
    """

    mean: Tensor
    directions: Tensor

    def __call__(self, features: Tensor) -> Tensor:
        """(…, R) of features (…, D)."""
        return (features - self.mean) @ self.directions  # (…, R)

    @classmethod
    def fitted(cls, features: Tensor, width: int, reading: Tensor) -> "Projection":
        """The principal directions of what is read off features (N, D), the strongest last, scaled to a total variance of R.

        Args:
            features: (N, D).
            width: R.
            reading: (D, C): what counts is not the features x themselves but x @ reading, such as a classifier's logits.

        Source: Jolliffe 2002, Principal Component Analysis, chapter 1
        """
        values, vectors = torch.linalg.eigh(torch.cov((features @ reading).T))
        values, vectors = values[-width:].clamp_min(FLOOR), vectors[:, -width:]  # (R,), (C, R)
        return cls(features.mean(0), reading @ vectors / values.mean().sqrt())

    def save(self, path: Path) -> None:
        """Writes it as float16."""
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file({name: value.half().contiguous().cpu() for name, value in vars(self).items()}, path)
        path.chmod(0o644)  # safetensors lets only the owner read, and a container runs as someone else

    @classmethod
    def load(cls, path: Path, device: torch.device) -> "Projection":
        """The projection of a file that `save` wrote."""
        return cls(**{name: value.to(device, torch.float32) for name, value in load_file(path).items()})
