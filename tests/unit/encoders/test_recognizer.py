"""What lies on a cell, against slow loops over cells."""

import numpy as np
import pytest
import torch

from attention_core.encoders.recognizer import GAIN, WIDTH, Recognizer
from attention_core.learning import draw

SIDE, FEATURES, THINGS = 3, 5, 2


@pytest.fixture(scope="module")
def recognizer():
    return draw(lambda: Recognizer(FEATURES, THINGS), 0).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def features():
    return draw(lambda: torch.randn(2, SIDE * SIDE, FEATURES), 1)


def around(grid, convolution):
    """A convolution over 3 × 3 cells, cell by cell; outside of the grid there is nothing."""
    weight, bias = (own.double().numpy() for own in (convolution.weight, convolution.bias))
    made = np.zeros_like(grid)
    for y, x in np.ndindex(SIDE, SIDE):
        made[y, x] = bias
        for down, right in np.ndindex(3, 3):
            row, column = y + down - 1, x + right - 1
            if 0 <= row < SIDE and 0 <= column < SIDE:
                made[y, x] += weight[:, :, down, right] @ grid[row, column]
    return np.maximum(made, 0)


def test_it_is_the_formula(recognizer, features):
    for own, told in zip(features.double().numpy(), recognizer(features).numpy(), strict=True):
        narrow, tell = recognizer.narrow, recognizer.tell
        u = np.maximum(own @ narrow.weight.double().numpy().T + narrow.bias.double().numpy(), 0).reshape(SIDE, SIDE, WIDTH)
        h = (u + around(around(u, recognizer.first), recognizer.second)).reshape(-1, WIDTH)
        powers = np.exp(h @ tell.weight.double().numpy().T + tell.bias.double().numpy())
        p = powers / powers.sum(1, keepdims=True)
        np.testing.assert_allclose(told, np.concatenate([GAIN * p, h], 1), atol=1e-5)


def test_a_saved_one_recognizes_alike(recognizer, features, tmp_path):
    recognizer.save(tmp_path / "deep" / "recognizer.safetensors")
    again = Recognizer.load(tmp_path / "deep" / "recognizer.safetensors", torch.device("cpu"))
    torch.testing.assert_close(again(features), recognizer(features), atol=2e-2, rtol=1e-2)  # the file holds float16
    assert again.output_dim == recognizer(features).shape[-1] == THINGS + 1 + WIDTH
    assert not again.training
