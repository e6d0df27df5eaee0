"""The version, in one place, and what a result depends on besides."""

import platform

import torch

__version__ = "0.1.0"


def versions() -> dict[str, str]:
    """What computed a result, by name."""
    return {"attention_core": __version__, "torch": torch.__version__, "python": platform.python_version()}
