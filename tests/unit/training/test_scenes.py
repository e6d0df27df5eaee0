"""Practice scenes: where each class lies is what the picture shows there."""

import numpy as np
import pytest
from PIL import Image

from attention_core.encoders.image import GRID, POSITIONS
from attention_core.training.scenes import SPLITS, class_photos, make_scene

COLOURS = {"ant": (255, 0, 0), "bass": (0, 255, 0), "car_side": (0, 0, 255), "BACKGROUND_Google": (0, 0, 0)}
CALLED = {"ant": "ant", "bass fish": "bass", "car": "car_side"}


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    for name, colour in COLOURS.items():
        (folder / "caltech101" / name).mkdir(parents=True)
        for n in range(10):
            Image.new("RGB", (100, 60 + n), colour).save(folder / "caltech101" / name / f"{n}.jpg", quality=95)
    return folder


def test_no_photo_is_in_two_splits_and_none_is_left_out(images):
    split = [{path for paths in class_photos(images, name).values() for path in paths} for name in SPLITS]
    assert sum(map(len, split)) == len(set.union(*split)) == 40
    assert set(class_photos(images, "test")) == {"", *CALLED}


@pytest.mark.parametrize("seed", range(12))
def test_regions_hold_their_class(images, seed):
    scene = make_scene(class_photos(images, "train"), seed)
    width, height = scene.picture.size
    pixels = np.asarray(scene.picture).astype(int)
    for cell in range(POSITIONS):
        y, x = (int((n + 0.5) / GRID * side) for n, side in zip(divmod(cell, GRID), (height, width), strict=True))
        here = {CALLED[name] for name, region in scene.regions.items() if region[cell]} or {"BACKGROUND_Google"}
        assert len(here) == 1
        assert np.abs(pixels[y, x] - COLOURS[here.pop()]).max() < 80  # JPEG and resizing bend colours a little


def test_a_seed_makes_one_scene(images):
    photos = class_photos(images, "train")
    first, same = make_scene(photos, 3), make_scene(photos, 3)
    assert first.picture.tobytes() == same.picture.tobytes()
    assert {make_scene(photos, seed).picture.tobytes() for seed in range(5)} >= {first.picture.tobytes()}
    assert len({make_scene(photos, seed).picture.tobytes() for seed in range(5)}) == 5
