"""The part of a score function's parameters that one result can tell from any other: small, and as exact as the whole."""

import copy
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from attention_core.registry import score_spec
from attention_core.results import TaskResult

SAME = 1e-9  # of the largest number of a step


class Reach:
    """What a result's queries and keys reach of the parameters.

    A matrix that multiplies a query acts on what the result's queries span, and nowhere else: of W (Dq, Dk) one query reaches
    Dk numbers. So for each axis of a parameter that is declared to go with a query (Dq) or a key (Dk) its share in that span is
    enough, if every step of the score function's way stays as it is; that is tried with parameters drawn at random.

    Args:
        module: The score function that gave the result.
        result: What `Task.run` returned.

    Example:
        >>> import attention_core as core
        >>> task = core.load_task("sentiment")
        >>> result, module = task.run(text="A warm film."), task.head("general").score
        >>> reach = core.Reach(module, result)
        >>> part = reach.part(module)
        >>> {name: tuple(own.shape) for name, own in part.items()}
        {'W': (1, 1536)}
        >>> cell, again = (core.inspect_cell(own, result, 0, 2) for own in (module, reach.module(part)))
        >>> round(abs(float(cell.energies[2] - again.energies[2])), 9)
        0.0
    """

    def __init__(self, module: nn.Module, result: TaskResult) -> None:
        spec = score_spec(result.provenance["score"])
        self._empty = copy.deepcopy(module).to("meta")
        self._cuts: dict[str, list[tuple[int, Tensor]]] = {}
        query, key = (
            torch.tensor(own, dtype=torch.float64)[None] for own in (result.query, result.key)
        )  # (1, T, Dq), (1, S, Dk)
        spans = {"Dq": _span(result.query), "Dk": _span(result.key)}
        generator = torch.Generator().manual_seed(0)
        drawn = {name: torch.randn(own.shape, generator=generator).double() / 50 for name, own in module.named_parameters()}
        with torch.inference_mode():
            before = spec.steps(self._filled(drawn), query, key)
            for symbol in spec.symbols:
                for axis, name in enumerate(symbol.shape if symbol.parameter else ()):
                    own, span = drawn[symbol.parameter], spans.get(name)
                    if span is None or 2 * len(span) >= own.shape[axis]:
                        continue
                    tried = {**drawn, symbol.parameter: _widened(_cut(own, axis, span), axis, span)}
                    after = spec.steps(self._filled(tried), query, key)
                    if all(_is_same(before[step.name], after[step.name]) for step in spec.way):
                        self._cuts.setdefault(symbol.parameter, []).append((axis, span))
                        drawn = tried

    @property
    def spans(self) -> list[Tensor]:
        """What all parts share, (r, D) each."""
        return list({id(span): span for cuts in self._cuts.values() for _, span in cuts}.values())

    def part(self, module: nn.Module) -> dict[str, Tensor]:
        """What is reached of that module's parameters, by name: a copy, float64 where less than the whole is enough."""
        found = {}
        for name, own in module.named_parameters():
            kept = own.detach().cpu()
            for axis, span in self._cuts.get(name, ()):
                kept = _cut(kept.double(), axis, span)
            found[name] = kept.clone()
        return found

    def module(self, part: Mapping[str, Tensor]) -> nn.Module:
        """A score function that does on this result, step by step, what the one did whose part it is; float64, on the CPU."""
        whole = {}
        for name, own in part.items():
            whole[name] = own.double()
            for axis, span in reversed(self._cuts.get(name, ())):
                whole[name] = _widened(whole[name], axis, span)
        return self._filled(whole)

    def _filled(self, parameters: Mapping[str, Tensor]) -> nn.Module:
        module = copy.deepcopy(self._empty).requires_grad_(False)
        module.load_state_dict(parameters, assign=True)
        return module


def _span(vectors: np.ndarray) -> Tensor:
    """Orthonormal vectors (r, D) that span those (N, D)."""
    return torch.linalg.qr(torch.tensor(vectors, dtype=torch.float64).T)[0].T


def _cut(own: Tensor, axis: int, span: Tensor) -> Tensor:
    return torch.tensordot(own, span, dims=([axis], [1])).movedim(-1, axis)


def _widened(own: Tensor, axis: int, span: Tensor) -> Tensor:
    return torch.tensordot(own, span, dims=([axis], [0])).movedim(-1, axis)


def _is_same(first: Tensor, second: Tensor) -> bool:
    return bool((first - second).abs().max() <= SAME * first.abs().max())
