"""What stands between a task and its encoders: an encoded input, and the part that is trained."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from attention_core.registry import build_score, score_spec
from attention_core.results import Signals, Words


@dataclass(frozen=True)
class Encoding:
    """One input after the encoder and the query maker: tensors on the device, no batch axis.

    A task that writes words or suggests things has no query yet (T = 0) after `encode`: its model's `write` makes them, and
    where the encoder is trained with the score function also keys and values, of width 0 till then.

    Args:
        query: (T, Dq) float32.
        key: (S, Dk) float32.
        value: (S, Dv) float32.
        key_mask: (S,) bool, True where a key may be attended.
        query_labels, key_labels: T and S labels.
        key_boxes, key_spans, query_words, key_words, notes: As in TaskResult.
        read: (S,) int64 or (S, R), what the trained encoder makes the keys of.
        written: (T,) int64, the words or things that the rows are of, given with the input or found by `write`.
        signals: What a page draws of an input that runs in time; nothing is computed from it.

    Attributes:
        energies: (T, S) each, found so far, by the parameters that gave them, before temperature and mask.
    """

    query: Tensor
    key: Tensor
    value: Tensor
    key_mask: Tensor
    query_labels: tuple[str, ...]
    key_labels: tuple[str, ...]
    key_boxes: np.ndarray | None = None
    key_spans: np.ndarray | None = None
    query_words: Words | None = None
    key_words: Words | None = None
    notes: tuple[str, ...] = ()
    read: Tensor | None = None
    written: Tensor | None = None
    signals: Signals | None = None
    energies: OrderedDict[tuple, Tensor] = field(init=False, repr=False, compare=False, default_factory=OrderedDict)

    @cached_property
    def arrays(self) -> dict[str, np.ndarray]:
        """Query, key and value as float32, for all results of this input together: nobody may change them."""
        found = {id(own): _array(own) for own in (self.query, self.key, self.value)}
        return {"query": found[id(self.query)], "key": found[id(self.key)], "value": found[id(self.value)]}


def _array(tensor: Tensor) -> np.ndarray:
    array = tensor.to("cpu", torch.float32).detach().numpy()
    array.flags.writeable = False
    return array


class Head(nn.Module):
    """All that a task trains for one score function: the score function's parameters and the readout of the context."""

    def __init__(self, score: nn.Module, readout: nn.Module) -> None:
        super().__init__()
        self.score, self.readout = score, readout


def sized_score(score: str, width: int, sizes: Mapping[str, Any]) -> nn.Module:
    """A score function for queries and keys of one width, built with those of a task's sizes that it declares as options."""
    options = {option.name: sizes[option.name] for option in score_spec(score).options if option.name in sizes}
    return build_score(score, query_dim=width, key_dim=width, **options)
