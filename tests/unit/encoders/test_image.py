"""The keys of a picture against a slow reckoning, and where the cells lie."""

import numpy as np
import pytest
import torch
from PIL import Image

from attention_core import InputError
from attention_core.encoders import image
from attention_core.encoders.image import (
    GRID,
    KEPT_PICTURES,
    KEY_DIM,
    POSITIONS,
    GridEncoder,
    LastPictures,
    cell_boxes,
    cell_labels,
)


@pytest.fixture(scope="module")
def picture():
    noise = np.random.default_rng(0).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((200, 150), Image.Resampling.BICUBIC)


def triangle_matrix(small, large):
    """Rows of weights that bring `large` cells to `small` ones: a triangle as wide as the coarser of the two grids."""
    scale = max(large / small, 1)
    centres = (np.arange(small) + 0.5) * large / small
    weights = np.clip(1 - np.abs(np.arange(large) + 0.5 - centres[:, None]) / scale, 0, None)
    return weights / weights.sum(1, keepdims=True)


def test_keys_equal_a_slow_reckoning(picture):
    encoder = GridEncoder("cpu", (64, 704))  # one grid coarser than the keys', one finer
    total = 0
    for size in (64, 704):
        pixels = (np.asarray(picture.resize((size, size), Image.Resampling.BICUBIC), dtype=np.float32) - 127) / 128
        features = encoder.network.features(torch.tensor(pixels.transpose(2, 0, 1))[None])[0].numpy()  # (D, Y, X)
        matrix = triangle_matrix(GRID, size // 32)
        total = total + np.einsum("iy,jx,dyx->ijd", matrix, matrix, features) / 2
    expected = np.sqrt(total).reshape(POSITIONS, KEY_DIM)
    np.testing.assert_allclose(encoder(picture), expected, atol=2e-3)


def test_keys_lie_row_by_row():
    encoder = GridEncoder("cpu", (320,))
    top_left = Image.new("RGB", (320, 320), "gray")
    top_left.paste(Image.effect_noise((80, 40), 90).convert("RGB"), (160, 0))  # columns 10 to 14, rows 0 to 2
    keys = encoder(top_left)
    plain = encoder(Image.new("RGB", (320, 320), "gray"))
    change = (keys - plain).norm(dim=1).reshape(GRID, GRID)
    row, column = divmod(int(change.argmax()), GRID)
    assert row <= 3
    assert 9 <= column <= 15
    assert keys.shape == (POSITIONS, KEY_DIM)
    assert keys.dtype == torch.float32
    assert keys.min() >= 0


def test_cells_cover_the_picture_row_by_row():
    boxes = cell_boxes()
    assert GRID <= 22
    np.testing.assert_allclose(boxes[0], [0, 0, 1 / GRID, 1 / GRID])
    np.testing.assert_allclose(boxes[1], [1 / GRID, 0, 2 / GRID, 1 / GRID])  # the next one lies to the right
    np.testing.assert_allclose(boxes[GRID], [0, 1 / GRID, 1 / GRID, 2 / GRID], rtol=1e-6)
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    assert areas.sum() == pytest.approx(1, rel=1e-5)
    labels = cell_labels()
    assert len(labels) == len(set(labels)) == POSITIONS
    assert (labels[1], labels[GRID]) == ("row 1, column 2", "row 2, column 1")


def test_another_size_makes_another_grid():
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8))
    encoder = GridEncoder("cpu", (64,), 2)
    pixels = (np.asarray(picture.resize((64, 64), Image.Resampling.BICUBIC), dtype=np.float32) - 127) / 128
    features = encoder.network.features(torch.from_numpy(pixels).permute(2, 0, 1)[None])[0]  # (D, 2, 2): no cell is mixed
    torch.testing.assert_close(encoder(picture), torch.stack([features[:, y, x] for y in (0, 1) for x in (0, 1)]).sqrt())


def test_a_size_must_be_a_whole_number_of_cells():
    with pytest.raises(ValueError) as refused:
        GridEncoder("cpu", (64, 100))
    assert str(refused.value) == "32 must divide every size, got (64, 100)."


def test_only_the_last_pictures_are_kept():
    made = []
    kept = LastPictures(lambda picture: made.append(picture.size) or torch.tensor(picture.size))
    pictures = [Image.new("RGB", (20 + n, 20)) for n in range(KEPT_PICTURES + 1)]
    for picture in (*pictures[:-1], pictures[0], pictures[-1], pictures[0]):  # the last question is always new
        assert kept(picture).tolist() == list(picture.size)
    assert made == [picture.size for picture in pictures]  # the first was asked for again, and outlived the second
    kept(pictures[1])
    assert made[-1] == pictures[1].size
    assert len(made) == len(pictures) + 1


def test_a_file_is_decoded_once_however_it_is_given(tmp_path, monkeypatch):
    path, opened = tmp_path / "a.png", []
    Image.new("RGB", (30, 20), "red").save(path)
    decode = image.open_picture
    monkeypatch.setattr(image, "open_picture", lambda source: opened.append(source) or decode(source))
    kept = LastPictures(lambda picture: torch.tensor(picture.size))
    for source in (path, path.read_bytes(), str(path), path):
        assert kept(source).tolist() == [30, 20]
    assert len(opened) == 1
    with pytest.raises(InputError):
        kept(path.read_bytes()[:40])
