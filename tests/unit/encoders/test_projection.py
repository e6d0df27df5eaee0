"""The frozen projection, against a singular value decomposition."""

import numpy as np
import pytest
import torch

from attention_core.encoders.projection import Projection


@pytest.fixture(scope="module")
def features():
    generator = torch.Generator().manual_seed(0)
    return torch.randn(400, 12, generator=generator) @ torch.randn(12, 12, generator=generator) + 3


def test_it_keeps_the_strongest_directions_of_what_is_read_off(features):
    reading = torch.randn(12, 8, generator=torch.Generator().manual_seed(1))
    projected = Projection.fitted(features, 5, reading)(features).numpy().astype(float)
    read = (features @ reading).numpy().astype(float)
    read -= read.mean(0)
    _, sizes, right = np.linalg.svd(read, full_matrices=False)
    expected = read @ right[:5].T / np.sqrt((sizes[:5] ** 2).mean() / 399)
    np.testing.assert_allclose(np.abs(projected[:, ::-1]), np.abs(expected), atol=1e-4)  # a direction may point either way
    assert projected.var(0, ddof=1).sum() == pytest.approx(5, rel=1e-4)


def test_a_saved_one_projects_alike(features, tmp_path):
    projection = Projection.fitted(features, 5, torch.eye(12))
    projection.save(tmp_path / "deep" / "projection.safetensors")
    again = Projection.load(tmp_path / "deep" / "projection.safetensors", torch.device("cpu"))
    torch.testing.assert_close(again(features), projection(features), atol=2e-2, rtol=1e-2)  # the file holds float16
    assert again.mean.dtype == torch.float32
