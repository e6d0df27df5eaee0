"""What moves the parameters of a transformer that is trained here: Muon for the matrices in its layers, AdamW for the rest."""

import torch
from torch import Tensor, nn

from attention_core.learning import Recipe, one_cycle
from attention_core.training.progress import Progress
from attention_core.training.run import Run

BETAS = (0.9, 0.98)
LARGEST_GRADIENT = 1.0


class Steps:
    """Steps down the loss, each rate along one cycle; the state is kept, and one that was stopped goes on.

    Args:
        run: Where the state is kept.
        model: What is moved.
        layers: What stands in the names of parameters in the layers.
        recipe: How many steps, and the rate of all that AdamW moves.
        matrix_share: Of that rate, for Muon.

    Source: Jordan et al. 2024, Muon, https://kellerjordan.github.io/posts/muon
    """

    def __init__(self, run: Run, model: nn.Module, layers: str, recipe: Recipe, matrix_share: float) -> None:
        self._model = model
        named = [(own, own.dim() == 2 and layers in name) for name, own in model.named_parameters()]
        inner, outer = ([own for own, is_inner in named if is_inner is wanted] for wanted in (True, False))
        rate, decay = recipe.learning_rate, recipe.weight_decay
        optimizers = [
            torch.optim.Muon(inner, matrix_share * rate, weight_decay=decay, adjust_lr_fn="match_rms_adamw"),
            torch.optim.AdamW(outer, rate, BETAS, weight_decay=0.0, fused=True),
        ]
        self._parts = [*optimizers, *(one_cycle(own, recipe.steps) for own in optimizers)]
        self.progress = Progress(run.work, model=model, **{f"part {n}": part for n, part in enumerate(self._parts)})

    def take(self, loss: Tensor) -> None:
        """One step down this loss."""
        self._model.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self._model.parameters(), LARGEST_GRADIENT)
        for part in self._parts:
            part.step()
        self.progress.step()
