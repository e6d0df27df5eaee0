"""What a transformer's attention computes while it runs, kept for those who asked: the library's own numbers, not ours."""

import contextlib
import contextvars
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import eager_mask

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
        scaling: What the dot products are multiplied with.
        bias: (H, T, S) of positions, added to the products; None where the model has none.
    """

    kind: str
    layer: int
    weights: Tensor | None
    query: Tensor | None
    key: Tensor | None
    scaling: float
    bias: Tensor | None


@dataclass
class Recording:
    """What to keep of one forward pass.

    Args:
        weights_of, states_of: The layers whose weights, and whose queries and keys, are kept; None for all.
        kind_of: What kind of attention a module is.
    """

    weights_of: frozenset[int] | None
    states_of: frozenset[int] | None
    kind_of: Callable[[nn.Module], str]
    seen: list[Seen] = field(default_factory=list)


_now: contextvars.ContextVar[Recording | None] = contextvars.ContextVar("recording", default=None)


@contextlib.contextmanager
def recorded(recording: Recording) -> Iterator[Recording]:
    """While this lasts, attention computed by this thread is kept in `recording`."""
    token = _now.set(recording)
    try:
        yield recording
    finally:
        _now.reset(token)


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
                float(more["scaling"]) if more.get("scaling") is not None else query.shape[-1] ** -0.5,
                bias[0].expand(weights.shape[1:]) if bias is not None and keeps_states else None,
            )
        )
    return out, weights


AttentionInterface.register(RECORDING, _attend)
AttentionMaskInterface.register(RECORDING, eager_mask)
