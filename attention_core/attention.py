"""From queries, keys and values to attention: energies, weights and context, in one call."""

import math
import numbers
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from attention_core.precision import with_parameters
from attention_core.registry import distribution_spec

HALF = (torch.float16, torch.bfloat16)


@dataclass(frozen=True)
class AttentionResult:
    """What `attend` returns.

    Args:
        energies: (B, T, S), as the score function gave them, before temperature and mask; finite.
        weights: (B, T, S), each row a distribution over the keys; exactly 0 where key_mask is False.
        context: (B, T, Dv), Σₛ weights·value.
    """

    energies: Tensor
    weights: Tensor
    context: Tensor


def attend(
    score: nn.Module | Callable[[Tensor, Tensor], Tensor],
    query: Tensor,
    key: Tensor,
    value: Tensor | None = None,
    *,
    key_mask: Tensor | None = None,
    distribution: str = "softmax",
    distribution_options: Mapping[str, Any] | None = None,
    temperature: float = 1.0,
) -> AttentionResult:
    """Energies, weights and context of every query over every key.

    weights = distribution(energies / temperature), context = weights · value.

    Args:
        score: The score function f, from `build_score`.
        query: (B, T, Dq), floating point, finite.
        key: (B, S, Dk), the query's type.
        value: (B, S, Dv); the keys themselves if not given.
        key_mask: Boolean, (B, S) or (B, T, S); True where a key may be attended. All True if not given.
        distribution: A name of `distribution_names()`.
        distribution_options: What that distribution takes besides the energies, such as {"k": 3} for top_k.
        temperature: Above 0; the energies are divided by it. Small: sharper. Large: flatter.

    Returns:
        Tensors of the query's type; float16 and bfloat16 inputs are computed in float32.

    Raises:
        ValueError: a shape, type, name, option or the temperature is not as above; an energy is not finite; or a row of
            key_mask leaves no key.

    Source: Bahdanau, Cho and Bengio 2015, section 3.1, https://arxiv.org/abs/1409.0473

    Example:
        >>> import torch, attention_core as a
        >>> result = a.attend(a.build_score("uniform", query_dim=2, key_dim=2), torch.ones(1, 1, 2), torch.ones(1, 4, 2))
        >>> result.weights.tolist()
        [[[0.25, 0.25, 0.25, 0.25]]]
    """
    value = key if value is None else value
    _check(query, key, value)
    found = spread(
        _compute(score, _widened(query), _widened(key)),  # (B, T, S)
        _widened(value),
        key_mask=key_mask,
        distribution=distribution,
        distribution_options=distribution_options,
        temperature=temperature,
    )
    return AttentionResult(_narrowed(found.energies, query.dtype), found.weights.to(query.dtype), found.context.to(query.dtype))


def spread(
    energies: Tensor,
    value: Tensor,
    *,
    key_mask: Tensor | None,
    distribution: str,
    distribution_options: Mapping[str, Any] | None,
    temperature: float,
) -> AttentionResult:
    """What follows from energies (B, T, S) and values (B, S, Dv): `attend` without the score function, with its errors."""
    _check_temperature(temperature)
    spec = distribution_spec(distribution)
    options = checked_options(spec.options, distribution_options or {}, f"distribution {distribution}")
    mask = _row_mask(key_mask, *energies.shape, energies.device)  # (B, T, S)
    if not torch.isfinite(energies).all():
        raise ValueError("energies must be finite, got NaN or infinity. Check that query, key and parameters are finite.")
    weights = weigh(energies, mask, spec.weigh, options, temperature)  # (B, T, S)
    return AttentionResult(energies, weights, weights.to(value.dtype) @ value)  # context: (B, T, Dv)


def weigh(energies: Tensor, key_mask: Tensor, function: Callable[..., Tensor], options: Mapping, temperature: float) -> Tensor:
    """Weights (B, T, S) of energies (B, T, S): the distribution alone, with masked weights exactly 0."""
    return function(tempered(energies, key_mask, temperature), **options).masked_fill(~key_mask, 0.0)


def tempered(energies: Tensor, key_mask: Tensor, temperature: float) -> Tensor:
    """What a distribution is given, (B, T, S): energies below the row's largest over the temperature, −inf where masked.

    Every distribution here depends on differences of energies only; taken first, they cannot overflow at a low temperature.
    """
    masked = energies.masked_fill(~key_mask, -torch.inf)
    limits = torch.finfo(energies.dtype)  # a temperature that rounds to 0 or infinity would make NaN of 0/0 and ∞/∞
    return (masked - masked.amax(-1, keepdim=True)) / min(max(float(temperature), limits.tiny), limits.max)


def checked_options(declared: tuple, given: Mapping[str, Any], owner: str) -> dict[str, Any]:
    """The declared options with their given or default values. Raises ValueError for one that is unknown or out of range."""
    names = {option.name: option for option in declared}
    for name in given:
        if name not in names:
            known = ", ".join(names) or "none"
            raise ValueError(f"{owner} must be given options it has ({known}), got {name!r}.")
    values = {name: given.get(name, option.default) for name, option in names.items()}
    for name, option in names.items():
        option.check(values[name])
    return values


def _check(query: Tensor, key: Tensor, value: Tensor) -> None:
    for name, tensor in (("query", query), ("key", key), ("value", value)):
        if tensor.dim() != 3:
            raise ValueError(f"{name} must have three axes (batch, position, width), got shape {tuple(tensor.shape)}.")
        if not tensor.is_floating_point():
            raise ValueError(f"{name} must be floating point, got {tensor.dtype}.")
        if tensor.dtype != query.dtype:
            raise ValueError(f"{name} must have the type of query ({query.dtype}), got {tensor.dtype}.")
        if tensor.shape[0] != query.shape[0]:
            raise ValueError(f"{name} must have the batch size of query ({query.shape[0]}), got {tensor.shape[0]}.")
    if value.shape[1] != key.shape[1]:
        raise ValueError(f"value must have one row a key ({key.shape[1]}), got {value.shape[1]}.")


def _check_temperature(temperature: float) -> None:
    if isinstance(temperature, bool) or not isinstance(temperature, numbers.Real) or not 0 < temperature < math.inf:
        raise ValueError(f"temperature must be a finite number above 0, got {temperature!r}.")


def _row_mask(key_mask: Tensor | None, batch: int, rows: int, keys: int, device: torch.device) -> Tensor:
    if key_mask is None:
        mask = torch.ones(batch, rows, keys, dtype=torch.bool, device=device)
    else:
        if key_mask.dtype != torch.bool:
            raise ValueError(f"key_mask must be boolean, True where a key may be attended, got {key_mask.dtype}.")
        if tuple(key_mask.shape) not in ((batch, keys), (batch, rows, keys)):
            raise ValueError(f"key_mask must have shape {(batch, keys)} or {(batch, rows, keys)}, got {tuple(key_mask.shape)}.")
        mask = (key_mask[:, None, :] if key_mask.dim() == 2 else key_mask).expand(batch, rows, keys)
    empty = (~mask.any(-1)).nonzero()  # (rows without a key, 2)
    if len(empty):
        item, row = empty[0].tolist()
        raise ValueError(
            f"key_mask must leave at least one key in every row, got none in row {row} of item {item}. "
            "Drop that row, or unmask a key."
        )
    return mask


def _compute(score: Callable[[Tensor, Tensor], Tensor], query: Tensor, key: Tensor) -> Tensor:
    if isinstance(score, nn.Module) and any(parameter.dtype in HALF for parameter in score.parameters()):
        score = with_parameters(score, _widened)
    return score(query, key)


def _widened(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.dtype in HALF else tensor


def _narrowed(energies: Tensor, dtype: torch.dtype) -> Tensor:
    limits = torch.finfo(dtype)
    return energies.clamp(limits.min, limits.max).to(dtype)
