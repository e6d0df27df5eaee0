"""From words to a query in the picture's own space: the frozen map that every score function of `find` shares."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

NEAREST = 10  # class names a text is read as, at most
TEXT_TEMPERATURE = 0.07


@dataclass(frozen=True)
class Lift:
    """The query of a text: a mixture of the ImageNet classes whose names mean about the same.

    p = softmax over the 10 nearest names of (eᵀnᵢ / 0.07)
    u = Σᵢ pᵢ (wᵢ − w̄)
    q = u / √(uᵀCu)

    e is the text's embedding, nᵢ a class name's (its synonyms' mean), wᵢ the class's row of the classifier, w̄ the mean
    row, C the covariance of keys over practice pictures: every query's energies qᵀk then spread alike, and plain
    softmax gives weights that can be told apart.

    Args:
        names: What each class is called.
        name_embeddings: (1000, 384), each of length 1.
        rows: (1000, 1280), the classifier's weight.
        spread_root: (1280, R) with C ≈ spread_root spread_rootᵀ.
        mean_key: (1280,), the mean key over practice pictures, which `find` takes off every key.
    """

    names: tuple[str, ...]
    name_embeddings: Tensor
    rows: Tensor
    spread_root: Tensor
    mean_key: Tensor

    def mixture(self, embedding: Tensor) -> Tensor:
        """How a text is read: (N, 1000) shares of the classes, each row summing to 1, for embeddings (N, 384)."""
        nearest, index = (embedding @ self.name_embeddings.T).topk(NEAREST)  # (N, 10) each
        shares = torch.softmax(nearest / TEXT_TEMPERATURE, dim=-1)  # (N, 10)
        return torch.zeros(len(embedding), len(self.names), device=embedding.device).scatter(1, index, shares)

    def __call__(self, embedding: Tensor) -> Tensor:
        """Queries (N, 1280) of embeddings (N, 384)."""
        direction = self.mixture(embedding) @ (self.rows - self.rows.mean(0))  # (N, D)
        spread = torch.linalg.vector_norm(direction @ self.spread_root, dim=-1, keepdim=True)  # (N, 1)
        return direction / spread

    def save(self, path: Path) -> None:
        """Writes all but the classifier's rows, which every installation has, as float16."""
        tensors = {"name_embeddings": self.name_embeddings, "spread_root": self.spread_root, "mean_key": self.mean_key}
        halves = {name: tensor.half().contiguous().cpu() for name, tensor in tensors.items()}
        save_file(halves, path, metadata={"names": json.dumps(self.names, ensure_ascii=False)})
        path.chmod(0o644)  # safetensors lets only the owner read, and a container runs as someone else

    @classmethod
    def load(cls, path: Path, rows: Tensor, sha256: str | None = None) -> "Lift":
        """The lift of a file that `save` wrote, on the device of the classifier's rows.

        Raises:
            RuntimeError: the file has not the sha256 it must have.
        """
        if sha256 not in (None, hashlib.sha256(path.read_bytes()).hexdigest()):
            raise RuntimeError(f"{path.name} must have the sha256 in its card, got another. Restore the file or train again.")
        with safe_open(path, framework="pt") as file:
            names = tuple(json.loads(file.metadata()["names"]))
            tensors = {name: file.get_tensor(name).to(rows.device, torch.float32) for name in file.keys()}  # noqa: SIM118
        return cls(names=names, rows=rows, **tensors)
