"""What a sound is made of, moment by moment: the energies of its bands of pitch, on a logarithmic scale."""

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor
from transformers.audio_utils import mel_filter_bank

from attention_core.encoders.sound import PACE

HOP = 80  # samples from one frame to the next, 10 ms
WIDE, FOURIER = 200, 256  # samples that a frame hears (25 ms), and of its transform
BANDS = 40
LOWEST, HIGHEST = 60, 3800  # Hz
FLOOR = 6.0  # decades below the loudest, under which all is as quiet
WINDOW = 4  # frames of a key, 40 ms
SECONDS = WINDOW * HOP / PACE


def log_mel(samples: Tensor) -> Tensor:
    """Log-mel energies (B, 4 S, bands) of sounds (B, N), from −2 for the quietest to 1 for the loudest of each sound.

    Frame i stands for samples 80 i to 80 i + 80 and hears 60 on either side. A sound twice as loud has the same ones.

    Args:
        samples: (B, N), 8,000 a second; what is missing to a whole key at the end is silence.

    Source: Davis and Mermelstein 1980, section 2 (mel-spaced bands), https://doi.org/10.1109/TASSP.1980.1163420

    Example:
        >>> tone = torch.sin(torch.arange(8000) * (2 * torch.pi * 440 / 8000))[None]
        >>> log_mel(tone).shape, torch.allclose(log_mel(tone), log_mel(tone / 2), atol=1e-4)
        (torch.Size([1, 100, 40]), True)
    """
    length = samples.shape[1]
    frames = -(-length // (WINDOW * HOP)) * WINDOW
    side = (FOURIER - HOP) // 2
    padded = torch.nn.functional.pad(samples, (side, frames * HOP - length + side))  # (B, 80 · 4 S + 176)
    transform = torch.stft(
        padded, FOURIER, HOP, WIDE, torch.hann_window(WIDE, device=samples.device), center=False, return_complex=True
    )  # (B, 129, 4 S)
    power = transform.abs().square().transpose(1, 2) @ _filters().to(samples.device)  # (B, 4 S, bands)
    logarithms = power.clamp(min=1e-12).log10()
    loudest = logarithms.amax((1, 2), keepdim=True)  # (B, 1, 1)
    return 1 + (logarithms - loudest).clamp(min=-FLOOR) / 2


def spans(windows: int) -> np.ndarray:
    """(S, 2) float32, start and end of each key in seconds."""
    starts = np.arange(windows) * SECONDS
    return np.stack([starts, starts + SECONDS], axis=1).astype(np.float32)


@lru_cache(1)
def _filters() -> Tensor:
    """(129, bands) how much of each frequency every band hears."""
    filters = mel_filter_bank(FOURIER // 2 + 1, BANDS, LOWEST, HIGHEST, PACE, norm=None, mel_scale="htk")
    return torch.from_numpy(filters).float()
