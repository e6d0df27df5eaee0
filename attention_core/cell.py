"""One cell of a result taken apart: every number from one query and one key to the weight and its part of the context."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import nn

from attention_core.attention import tempered, weigh
from attention_core.precision import with_parameters
from attention_core.registry import distribution_spec, score_spec
from attention_core.results import TaskResult


@dataclass(frozen=True)
class Cell:
    """The way from one query and one key to a weight; float64 throughout, as `Task.run` computes.

    Args:
        row, column: Which query and which key, counted from 0.
        query, key: (Dq,) and (Dk,).
        steps: By the names of the score function's `way`: a vector, or a single number of shape (); the last is the energy.
        energies: (S,) of the whole row, before temperature and mask; after `reweigh` with the moved one in its place.
        key_mask: (S,) bool, True where a key may be attended.
        distribution, distribution_options, temperature: As in `attend`.
        tempered: (S,) what the distribution is given: energies below the row's largest over the temperature, −∞ where masked.
        spread: By the names of the distribution's `way`: (S,), or () for a single number of the row; the last is the weights.
        weights: (S,), exactly 0 where key_mask is False.
        value: (S, Dv) float32, the result's own.
        context: (Dv,), weights · value.
        shares: (S,) each key's share of the context: (weight · value)ᵀcontext / ‖context‖². They sum to 1; one may be negative.
            All 0 where the context is 0.
    """

    row: int
    column: int
    query: np.ndarray
    key: np.ndarray
    steps: Mapping[str, np.ndarray]
    energies: np.ndarray
    key_mask: np.ndarray
    distribution: str
    distribution_options: Mapping[str, Any]
    temperature: float
    tempered: np.ndarray
    spread: Mapping[str, np.ndarray]
    weights: np.ndarray
    value: np.ndarray
    context: np.ndarray
    shares: np.ndarray

    @property
    def part(self) -> np.ndarray:
        """(Dv,) what this key adds to the context: weight · value."""
        return self.weights[self.column] * self.value[self.column]


def exact(module: nn.Module) -> nn.Module:
    """A score function with its parameters in float64 on the CPU: itself if they are, else a copy.

    Example:
        >>> import torch, attention_core as core
        >>> core.exact(core.build_score("general", query_dim=2, key_dim=3)).W.dtype
        torch.float64
    """
    if all(own.dtype == torch.float64 and own.device.type == "cpu" for own in module.parameters()):
        return module
    return with_parameters(module, lambda own: own.detach().to("cpu", torch.float64))


def inspect_cell(module: nn.Module, result: TaskResult, row: int, column: int, beside: Cell | None = None) -> Cell:
    """The cell of that query and key, computed again from the result's own query and keys; no other row is.

    Args:
        module: The score function that gave the result, such as `task.head(score, parameters, seed).score`. Whoever inspects
            many cells gives `exact` of it: then nothing is copied for each of them.
        result: What `Task.run` returned.
        row: 0 to T − 1.
        column: 0 to S − 1.
        beside: Another cell of this result and row, nothing in it moved, if there is one: what belongs to the row is taken from
            it, and the score function runs for this one key alone.

    Raises:
        ValueError: the result has no such row or column, or `beside` is of another row.

    Example:
        >>> import attention_core as core
        >>> task = core.load_task("sentiment")
        >>> cell = core.inspect_cell(task.head("general").score, task.run(text="A warm film."), row=0, column=2)
        >>> round(float(cell.weights.sum()), 6)
        1.0
    """
    for name, index, count in (("row", row, len(result.query)), ("column", column, len(result.key))):
        if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < count:
            raise ValueError(f"{name} must be a whole number from 0 to {count - 1}, got {index!r}.")
    if beside is not None and beside.row != row:
        raise ValueError(f"beside must be a cell of row {row}, got one of row {beside.row}. Leave it out.")
    spec, wide = score_spec(result.provenance["score"]), exact(module)
    query = torch.tensor(result.query[row], dtype=torch.float64)[None, None]  # (1, 1, Dq)
    # A function that reads no key tells keys apart by their position: then those before this one count.
    first = column if "key" in spec.reads else 0
    key = torch.tensor(result.key[first : column + 1], dtype=torch.float64)[None]  # (1, 1, Dk), or (1, column + 1, Dk)
    with torch.inference_mode():
        found = spec.steps(wide, query, key)
    own = {
        "column": column,
        "key": key[0, -1].numpy(),
        "steps": {step.name: _cut(found[step.name].numpy(), step.axes) for step in spec.way},
    }
    if beside is not None:
        return replace(beside, **own)
    with torch.inference_mode():
        energies = wide(query, torch.tensor(result.key, dtype=torch.float64)[None])[0, 0].numpy()  # (S,)
    cell = Cell(
        row=row,
        query=query[0, 0].numpy(),
        energies=energies,
        key_mask=result.key_mask[row],
        distribution=result.provenance["distribution"],
        distribution_options=result.provenance["distribution_options"],
        temperature=result.provenance["temperature"],
        value=result.value,
        **own,
        **dict.fromkeys(("tempered", "spread", "weights", "context", "shares")),
    )
    return reweigh(cell)


def reweigh(cell: Cell, energy: float | None = None, temperature: float | None = None) -> Cell:
    """The cell with its energy or the temperature moved: only the distribution is computed again, and what follows from it.

    Args:
        energy: This key's energy, finite; as it is if not given. `steps` stay as they are.
        temperature: Above 0; as it is if not given.
    """
    spec = distribution_spec(cell.distribution)
    temperature = cell.temperature if temperature is None else temperature
    energies = cell.energies.copy()  # (S,)
    if energy is not None:
        energies[cell.column] = energy
    row, key_mask = torch.from_numpy(energies)[None, None], torch.from_numpy(cell.key_mask)[None, None]  # (1, 1, S)
    given = tempered(row, key_mask, temperature)  # (1, 1, S)
    spread = spec.steps(given, **cell.distribution_options)
    weights = weigh(row, key_mask, spec.weigh, cell.distribution_options, temperature)[0, 0].numpy()  # (S,)
    value = cell.value.astype(np.float64)  # (S, Dv)
    context = weights @ value  # (Dv,)
    square = float(context @ context)
    return replace(
        cell,
        energies=energies,
        temperature=temperature,
        tempered=given[0, 0].numpy(),
        spread={step.name: spread[step.name].numpy()[0, 0, ... if step.axes else 0] for step in spec.way},
        weights=weights,
        context=context,
        shares=weights * (value @ context) / square if square else np.zeros_like(weights),
    )


def _cut(array: np.ndarray, axes: tuple[str, ...]) -> np.ndarray:
    """What belongs to the one item and row there is, and to the last key."""
    places = {"T": 0, "S": -1}
    return np.asarray(array[(0, *(places.get(axis, slice(None)) for axis in axes))])
