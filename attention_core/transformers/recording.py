"""What a transformer's attention computes while it runs, kept for those who asked: the library's own numbers, not ours."""

import contextlib
import contextvars
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import eager_mask

from attention_core.transformers.general import Maps, maps_of, projections_of

RECORDING = "attention_lab"  # the name under which the transformers library finds `_attend`


@dataclass(frozen=True)
class Seen:
    """One attention of one layer, for the first of a batch.

    Args:
        kind: As in an AttentionStack.
        layer: From 0, among those of its kind.
        weights: (H, T, S), or None where they were not asked for.
        query: (H, T, d), after rotary positions where there are any; None where not asked for.
        key: (G, S, d); H / G heads share each.
        value: (G, S, d_v).
        scaling: What the dot products are multiplied with.
        bias: (H, T, S) of positions, added to the products; None where the model has none.
        maps: What made queries and keys of states; None where that is no plain map, or not asked for.
    """

    kind: str
    layer: int
    weights: Tensor | None
    query: Tensor | None
    key: Tensor | None
    value: Tensor | None
    scaling: float
    bias: Tensor | None
    maps: Maps | None


@dataclass
class Recording:
    """What to keep of one forward pass.

    Args:
        weights_of, states_of: The layers whose weights, and whose queries, keys and values, are kept; None for all.
        kind_of: What kind of attention a module is.
        heard: What the projections of the attention that runs now were given, and what they gave.
    """

    weights_of: frozenset[int] | None
    states_of: frozenset[int] | None
    kind_of: Callable[[nn.Module], str]
    seen: list[Seen] = field(default_factory=list)
    heard: dict[nn.Module, tuple[Tensor, Tensor]] = field(default_factory=dict)


_now: contextvars.ContextVar[Recording | None] = contextvars.ContextVar("recording", default=None)


@contextlib.contextmanager
def recorded(recording: Recording) -> Iterator[Recording]:
    """While this lasts, attention computed by this thread is kept in `recording`."""
    token = _now.set(recording)
    try:
        yield recording
    finally:
        _now.reset(token)


def listen(model: nn.Module) -> None:
    """Lets whoever records `model` hear what its projections to queries and keys are given; to be called once."""
    pairs = [projections_of(module) or () for module in model.modules()]
    for projection in {own for pair in pairs for own in pair}:
        projection.register_forward_hook(_hear)


def _hear(projection: nn.Module, given: tuple[Tensor, ...], gave: Tensor) -> None:
    recording = _now.get()
    if recording is not None and recording.states_of != frozenset() and given:
        recording.heard[projection] = given[0][0], gave[0]  # (T, D), (T, width)


def eager_of(module: nn.Module):
    """The plain attention function that the library wrote for this kind of model, or None."""
    return getattr(sys.modules[type(module).__module__], "eager_attention_forward", None)


def _attend(module: nn.Module, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None, **more):
    out, weights = eager_of(module)(module, query, key, value, attention_mask, **more)
    recording = _now.get()
    if recording is not None:
        kind, bias = recording.kind_of(module), more.get("position_bias")
        layer = sum(own.kind == kind for own in recording.seen)
        keeps_weights = recording.weights_of is None or layer in recording.weights_of
        keeps_states = recording.states_of is None or layer in recording.states_of
        recording.seen.append(
            Seen(
                kind,
                layer,
                weights[0] if keeps_weights else None,
                query[0] if keeps_states else None,
                key[0] if keeps_states else None,
                value[0] if keeps_states else None,
                float(more["scaling"]) if more.get("scaling") is not None else query.shape[-1] ** -0.5,
                bias[0].expand(weights.shape[1:]) if bias is not None and keeps_states else None,
                maps_of(module, query[0], key[0], recording.heard) if keeps_states else None,
            )
        )
        recording.heard.clear()
    return out, weights


AttentionInterface.register(RECORDING, _attend)
AttentionMaskInterface.register(RECORDING, eager_mask)
