"""A module in another precision, while others go on using it as it is."""

import copy
from collections.abc import Callable

from torch import Tensor, nn


def with_parameters(module: nn.Module, change: Callable[[Tensor], Tensor]) -> nn.Module:
    """A copy of the module that holds `change(parameter)` in place of each of its parameters; gradients reach those through it.

    The module itself is not touched, not even for a moment as by `torch.func.functional_call`: all visitors share it, each in a
    thread of their own.

    Args:
        module: Any module; its buffers are copied.
        change: Such as `lambda own: own.double()`.

    Example:
        >>> import torch, attention_core as core
        >>> from attention_core.precision import with_parameters
        >>> score = core.build_score("general", query_dim=2, key_dim=3)
        >>> with_parameters(score, torch.Tensor.double).W.dtype, score.W.dtype
        (torch.float64, torch.float32)
    """
    changed = {id(own): change(own) for own in module.parameters()}
    return copy.deepcopy(module, changed)  # what stands in this dict already is taken from it
