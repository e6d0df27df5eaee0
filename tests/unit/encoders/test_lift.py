"""The lift against its formula written out in NumPy."""

import numpy as np
import pytest
import torch

from attention_core.encoders import lift as module
from attention_core.encoders.lift import Lift


@pytest.fixture
def lift(random):
    unit = torch.nn.functional.normalize(torch.randn(30, 5, generator=random), dim=-1)
    parts = {"rows": (30, 8), "spread_root": (8, 3), "mean_key": (8,)}
    return Lift(tuple(f"name {n}" for n in range(30)), unit, **{k: torch.randn(v, generator=random) for k, v in parts.items()})


def slow(lift, embedding):
    names, rows, root = (t.double().numpy() for t in (lift.name_embeddings, lift.rows, lift.spread_root))
    similar = names @ embedding.double().numpy()
    nearest = np.argsort(-similar)[:10]
    p = np.exp(similar[nearest] / 0.07)
    u = sum(share * (rows[n] - rows.mean(0)) for share, n in zip(p / p.sum(), nearest, strict=True))
    return u / np.sqrt(u @ root @ root.T @ u)


def test_equals_the_formula(lift, random):
    embeddings = torch.nn.functional.normalize(torch.randn(4, 5, generator=random), dim=-1)
    np.testing.assert_allclose(lift(embeddings), [slow(lift, e) for e in embeddings], rtol=1e-4, atol=1e-5)


def test_energies_of_every_query_spread_alike(lift, random):
    queries = lift(torch.nn.functional.normalize(torch.randn(50, 5, generator=random), dim=-1))
    keys = torch.randn(20_000, 3, generator=random) @ lift.spread_root.T  # covariance spread_root spread_rootᵀ
    np.testing.assert_allclose((queries @ keys.T).std(1), 1, rtol=0.05)


def test_mixture_holds_the_ten_nearest_names(lift):
    shares = lift.mixture(lift.name_embeddings[:2])
    assert ((shares > 0).sum(1) == module.NEAREST).all()
    assert shares.argmax(1).tolist() == [0, 1]
    np.testing.assert_allclose(shares.sum(1), 1, rtol=1e-6)


def test_what_is_saved_is_loaded(lift, tmp_path):
    lift.save(tmp_path / "lift.safetensors")
    again = Lift.load(tmp_path / "lift.safetensors", lift.rows)
    assert again.names == lift.names
    for name in ("name_embeddings", "spread_root", "mean_key"):
        torch.testing.assert_close(getattr(again, name), getattr(lift, name).half().float(), rtol=0, atol=0)


def test_another_file_than_the_cards_is_refused(lift, tmp_path):
    path = tmp_path / "lift.safetensors"
    lift.save(path)
    with pytest.raises(RuntimeError) as refused:
        Lift.load(path, lift.rows, "0" * 64)
    assert str(refused.value) == (
        "lift.safetensors must have the sha256 in its card, got another. Restore the file or train again."
    )
