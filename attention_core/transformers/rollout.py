"""Attention rollout: how much of each input token reaches each token after all layers, if values only were mixed by weights."""

import numpy as np


def rollout(weights: np.ndarray) -> np.ndarray:
    """The product of all layers' mixing, residual connections counted in.

    R = A_L · … · A_1 with A_l = (mean over heads of W_l + I) / 2

    Args:
        weights: (L, H, T, T), each row with the sum 1, of all layers in their order; of tokens over themselves.

    Returns:
        (T, T) float64; each row sums to 1.

    Raises:
        ValueError: rows and columns are not the same tokens.

    Source: Abnar & Zuidema 2020, Quantifying attention flow in transformers, section 3, https://arxiv.org/abs/2005.00928
    """
    if weights.ndim != 4 or weights.shape[2] != weights.shape[3]:
        raise ValueError(f"weights must be (L, H, T, T), got shape {weights.shape}. Rollout follows tokens over themselves.")
    mixed = np.eye(weights.shape[2])
    for layer in weights.astype(np.float64).mean(1):  # (T, T)
        mixed = (layer @ mixed + mixed) / 2
    return mixed
