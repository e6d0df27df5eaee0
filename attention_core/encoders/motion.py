"""What a motion sensor felt, whichever way it was held: six signals at an even pace, and seven that no turn of it changes."""

import numpy as np
import torch
from torch import Tensor

from attention_core.encoders.recording import GRAVITY, Recording

PACE = 64  # samples a second
WINDOW = 16  # samples, a quarter of a second
SECONDS = WINDOW / PACE
FEATURES = 7
CALM = PACE // 2 + 1  # samples over which gravity is the mean acceleration
APART = PACE // 4  # samples before and after, between which it tilts
TURN_UP = 2  # which of the seven is the turn about the upright axis: it changes its sign in a mirror


def even(recording: Recording) -> np.ndarray:
    """The six signals (N, 6) float32 at an even pace, N a whole number of windows: means over 1/64 s, straight between samples.

    A mean over each stretch, so that what is faster than the pace does not come back as something slower.
    """
    first = np.r_[True, np.diff(recording.times) > 0]  # of samples at one moment
    times, signals = recording.times[first], recording.signals[first]
    areas = np.cumsum((signals[1:] + signals[:-1]) / 2 * np.diff(times)[:, None], axis=0)
    areas = np.concatenate([np.zeros((1, 6)), areas])  # (N, 6), below the line up to each moment
    edges = np.arange(int(times[-1] / SECONDS) * WINDOW + 1) / PACE
    at = np.stack([np.interp(edges, times, areas[:, n]) for n in range(6)], axis=1)
    return (np.diff(at, axis=0) * PACE).astype(np.float32)


def unturned(signals: Tensor) -> Tensor:
    """Seven signals (B, N, 7) of six (B, N, 6), the same however the sensor was turned; each about −2 to 2 in daily life.

    Gravity g is the mean acceleration of half a second, up is g/‖g‖. The seven: acceleration upwards less gravity, across; turn
    about the upright, across it; lengths of both; and the angle by which g tilts in half a second.

    Example:
        >>> still = torch.tensor([9.81, 0, 0, 0, 0, 0]).expand(1, 128, 6)
        >>> turned = torch.tensor([0, 0, -9.81, 0, 0, 0]).expand(1, 128, 6)
        >>> torch.allclose(unturned(still), unturned(turned), atol=1e-5)
        True
    """
    pull, turn = signals[..., :3], signals[..., 3:]  # (B, N, 3) each
    gravity = _calm(pull)
    up = gravity / gravity.norm(dim=-1, keepdim=True).clamp(min=1e-3)  # (B, N, 3)
    upwards, about = (pull * up).sum(-1, keepdim=True), (turn * up).sum(-1, keepdim=True)  # (B, N, 1) each
    ends = torch.cat([up[:, :1].expand(-1, APART, -1), up, up[:, -1:].expand(-1, APART, -1)], 1)
    before, after = ends[:, : -2 * APART], ends[:, 2 * APART :]  # (B, N, 3) each
    tilt = 2 * torch.asin(((after - before).norm(dim=-1, keepdim=True) / 2).clamp(max=1))  # (B, N, 1)
    return torch.cat(
        [
            (upwards - GRAVITY) / 4,
            (pull - upwards * up).norm(dim=-1, keepdim=True) / 4,
            about / 1.5,
            (turn - about * up).norm(dim=-1, keepdim=True) / 1.5,
            (pull.norm(dim=-1, keepdim=True) - GRAVITY) / 4,
            turn.norm(dim=-1, keepdim=True) / 1.5,
            2 * tilt,
        ],
        dim=-1,
    )  # (B, N, 7)


def spans(windows: int) -> np.ndarray:
    """(S, 2) float32, start and end of each window in seconds."""
    starts = np.arange(windows) * SECONDS
    return np.stack([starts, starts + SECONDS], axis=1).astype(np.float32)


def _calm(pull: Tensor) -> Tensor:
    """The mean (B, N, 3) over `CALM` samples around each; before the first and after the last it is as there."""
    side = CALM // 2
    ends = torch.cat([pull[:, :1].expand(-1, side, -1), pull, pull[:, -1:].expand(-1, side, -1)], 1)  # (B, N + 2 side, 3)
    return torch.nn.functional.avg_pool1d(ends.transpose(1, 2), CALM, stride=1).transpose(1, 2)  # (B, N, 3)
