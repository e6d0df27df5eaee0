"""A network as one step: what else runs in Python gets no turn between its layers, and they wait for none."""

import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


@torch.inference_mode()
def traced(network: Callable[..., Any], *example: Tensor) -> Callable[..., Any]:
    """The same function of tensors, run by torch without Python in between; for use without gradients.

    Each operation that Python starts gives the interpreter away and has to get it back: where many threads want it, that takes
    longer than the operation. On a GPU the function stays as it is.

    Args:
        network: Takes tensors of any length and size, and does the same with each: what it decides in Python, it decides now.
        example: What it takes, on its device.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.jit.trace.html
    """
    if any(own.device.type != "cpu" for own in example):
        return network
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # what torch offers instead needs a compiler on the machine
        warnings.simplefilter("ignore", torch.jit.TracerWarning)  # of what is decided now
        return torch.jit.trace(lambda *given: network(*given), example, check_trace=False)
