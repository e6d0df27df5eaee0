"""Fitting a head to a task, as an iterator of steps: a command draws a progress line from it, a page draws a heatmap."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from attention_core.tasks.encoding import Head

_DRAWING = threading.Lock()  # the process has one generator that parameters are drawn from


@dataclass(frozen=True)
class Recipe:
    """How a head is fitted. A task gives every score function the same steps and batches; its card names each rate that differs.

    Args:
        steps: Steps in all.
        batch: Examples a step.
        learning_rate: The highest; it rises over the first tenth and falls to 0 along a cosine.
        weight_decay: AdamW's.
        seed: Of the order of examples and of what is left out at random.
    """

    steps: int
    batch: int
    learning_rate: float
    weight_decay: float = 0.01
    seed: int = 0


@dataclass(frozen=True)
class Prepared:
    """How far examples are made ready to fit: `done` of `of`; `data` is None until all are."""

    done: int
    of: int
    data: Any = None


@dataclass(frozen=True)
class Step:
    """Where a fit stands.

    Args:
        done, of: The steps done, of all steps.
        loss: Of the last batch.
        metric: Of the last batch, 0 to 1, what the task counts as right.
        head: The head as it is now, to look at a fixed input with; the next step changes it.
    """

    done: int
    of: int
    loss: float
    metric: float
    head: Head


def fit(head: Head, examples: int, objective: Callable[[Head, Tensor], tuple[Tensor, float]], recipe: Recipe) -> Iterator[Step]:
    """Fits a head in place, one step an iteration; stop iterating and it stops.

    Args:
        head: The score function and readout to fit, on their device.
        examples: How many examples there are.
        objective: `objective(head, indices) -> (loss, metric)`, for the examples of these indices (int64, on the CPU).
        recipe: Steps, batch, learning rate and seed.

    Yields:
        A Step after each step. A head without parameters yields nothing.

    Raises:
        ValueError: there is no example.
        FloatingPointError: the loss is no longer finite.

    Source: Loshchilov and Hutter 2019 (AdamW), https://arxiv.org/abs/1711.05101
    """
    if examples < 1:
        raise ValueError("examples must be at least 1, got 0. Give some data to fit.")
    parameters = [parameter for parameter in head.parameters() if parameter.requires_grad]
    if not parameters:
        return
    optimizer = torch.optim.AdamW(parameters, recipe.learning_rate, weight_decay=recipe.weight_decay)
    schedule = one_cycle(optimizer, recipe.steps)
    order = _endless_batches(examples, recipe)
    for done in range(1, recipe.steps + 1):
        head.train()
        value, metric = objective(head, next(order))
        if not torch.isfinite(value):
            raise FloatingPointError(f"The loss must stay finite, got {value.item()} at step {done}. Lower the learning rate.")
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        schedule.step()
        head.eval()
        yield Step(done, recipe.steps, value.item(), metric, head)


def one_cycle(optimizer: torch.optim.Optimizer, steps: int) -> torch.optim.lr_scheduler.LRScheduler:
    """Each of the optimizer's rates as a Recipe has it: up over the first tenth of the steps, then down to 0 along a cosine."""
    rates = [group["lr"] for group in optimizer.param_groups]
    return torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=steps + 1, pct_start=0.1, cycle_momentum=False)


def _endless_batches(examples: int, recipe: Recipe) -> Iterator[Tensor]:
    generator = torch.Generator().manual_seed(recipe.seed)
    while True:
        yield from torch.randperm(examples, generator=generator).split(recipe.batch)


def draw(build: Callable[[], Any], seed: int) -> Any:
    """What `build` returns, with its parameters drawn from the seed; the caller's random state is left as it was."""
    with _DRAWING, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build()
