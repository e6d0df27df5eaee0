"""The one place that chooses where tensors live."""

import os

import torch

torch.backends.cudnn.allow_tf32 = False  # 10-bit products would move weights by more than 1e-4 from the CPU's


def choose_device(requested: str | torch.device | None = None) -> torch.device:
    """The device to compute on: what is asked for, else ATTENTION_DEVICE, else CUDA, then Apple's MPS, then the CPU.

    Args:
        requested: A torch device or its name, or None to choose.

    Raises:
        ValueError: the named device is not one torch knows, or is not there.
    """
    name = str(requested or os.environ.get("ATTENTION_DEVICE", "")).strip().lower()
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if not name:
        return torch.device(next(kind for kind, there in present.items() if there))
    if not _is_there(name, present):
        there = ", ".join(kind for kind, there in present.items() if there)
        raise ValueError(f"device must be one that this machine has ({there}), got {name!r}. Unset ATTENTION_DEVICE to choose.")
    return torch.device(name)


def _is_there(name: str, present: dict[str, bool]) -> bool:
    try:
        device = torch.device(name)
    except RuntimeError:
        return False
    count = torch.cuda.device_count() if device.type == "cuda" else 1
    return present.get(device.type, False) and (device.index or 0) < count


def describe_device(device: torch.device) -> str:
    """The device in words for a page: "NVIDIA H200", "Apple GPU" or "CPU"."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return {"mps": "Apple GPU", "cpu": "CPU"}.get(device.type, device.type)
