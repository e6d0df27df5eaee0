"""What lies on a cell, against slow loops over cells."""

import numpy as np
import pytest
import torch

from attention_core.encoders.recognizer import COUNTED, REACHES, SURE, WIDTH, Recognizer
from attention_core.learning import draw

SIDE, FEATURES, THINGS = 5, 6, 2


@pytest.fixture(scope="module")
def recognizer():
    return draw(lambda: Recognizer(FEATURES, THINGS), 0).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def features():
    return draw(lambda: torch.randn(2, SIDE * SIDE, FEATURES), 1)


def around(grid, convolution, reach):
    """A convolution over 3 × 3 cells that lie so far apart, cell by cell; outside of the grid there is nothing."""
    weight, bias = (own.double().numpy() for own in (convolution.weight, convolution.bias))
    made = np.zeros_like(grid)
    for y, x in np.ndindex(SIDE, SIDE):
        made[y, x] = bias
        for down, right in np.ndindex(3, 3):
            row, column = y + reach * (down - 1), x + reach * (right - 1)
            if 0 <= row < SIDE and 0 <= column < SIDE:
                made[y, x] += weight[:, :, down, right] @ grid[row, column]
    return np.maximum(made, 0)


def linear(layer, rows):
    return rows @ layer.weight.double().numpy().T + layer.bias.double().numpy()


def test_it_is_the_formula(recognizer, features):
    for own, told in zip(features.double().numpy(), recognizer(features).numpy(), strict=True):
        u = seen = np.maximum(linear(recognizer.narrow, own), 0).reshape(SIDE, SIDE, WIDTH)
        for convolution, reach in zip(recognizer.around, REACHES, strict=True):
            seen = around(seen, convolution, reach)
        h = (u + seen).reshape(-1, WIDTH)
        powers = np.exp(linear(recognizer.tell, h))
        p = powers / powers.sum(1, keepdims=True)
        d = linear(recognizer.part, h) / SIDE**2
        np.testing.assert_allclose(told, np.concatenate([SURE * p, COUNTED * d * p[:, :-1]], 1), atol=1e-5)


def test_a_saved_one_recognizes_alike(recognizer, features, tmp_path):
    recognizer.save(tmp_path / "deep" / "recognizer.safetensors")
    again = Recognizer.load(tmp_path / "deep" / "recognizer.safetensors", torch.device("cpu"))
    torch.testing.assert_close(again(features), recognizer(features), atol=2e-2, rtol=1e-2)  # the file holds float16
    assert again.output_dim == recognizer(features).shape[-1] == 2 * THINGS + 1
    assert not again.training
