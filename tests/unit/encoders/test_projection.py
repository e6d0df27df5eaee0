"""The frozen projection, against a singular value decomposition."""

import numpy as np
import pytest
import torch

from attention_core.encoders.projection import Projection


@pytest.fixture(scope="module")
def features():
    generator = torch.Generator().manual_seed(0)
    return torch.randn(400, 12, generator=generator) @ torch.randn(12, 12, generator=generator) + 3


def test_it_keeps_the_strongest_directions(features):
    projected = Projection.fitted(features, 5)(features).numpy().astype(float)
    centred = features.numpy().astype(float)
    centred -= centred.mean(0)
    _, sizes, right = np.linalg.svd(centred, full_matrices=False)
    expected = centred @ right[:5].T / np.sqrt((sizes[:5] ** 2).mean() / 399)
    np.testing.assert_allclose(np.abs(projected[:, ::-1]), np.abs(expected), atol=1e-4)  # a direction may point either way
    assert projected.var(0, ddof=1).sum() == pytest.approx(5, rel=1e-4)


def test_a_saved_one_projects_alike(features, tmp_path):
    projection = Projection.fitted(features, 5)
    projection.save(tmp_path / "deep" / "projection.safetensors")
    again = Projection.load(tmp_path / "deep" / "projection.safetensors", torch.device("cpu"))
    torch.testing.assert_close(again(features), projection(features), atol=2e-2, rtol=1e-2)  # the file holds float16
    assert again.mean.dtype == torch.float32
