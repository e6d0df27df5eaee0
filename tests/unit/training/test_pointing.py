"""The pointing game, on a photo whose boxes can be reckoned by hand."""

import json

import numpy as np
import pytest

from attention_core.encoders.image import GRID, POSITIONS
from attention_core.training.pointing import centre_pointing, pointing, read_pairs, summary


@pytest.fixture
def pairs(tmp_path):
    # Cells of 20 × 10 pixels. The cat covers columns 5 to 9 and rows 0 to 9; the dogs are one small box and the corner.
    photo = {"id": 7, "file_name": "7.jpg", "width": 400, "height": 200}
    alone = {"id": 8, "file_name": "8.jpg", "width": 400, "height": 200}
    boxes = [(7, 1, [100, 0, 100, 100]), (7, 2, [300, 150, 10, 10]), (7, 2, [390, 190, 10, 10]), (8, 1, [0, 0, 9, 9])]
    data = {
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
        "images": [alone, photo],
        "annotations": [{"image_id": photo, "category_id": category, "bbox": box} for photo, category, box in boxes],
    }
    (tmp_path / "instances.json").write_text(json.dumps(data))
    return read_pairs(tmp_path)


def at(row, column):
    energies = np.zeros(POSITIONS)
    energies[row * GRID + column] = 1
    return energies


def test_only_photos_with_two_categories_count(pairs):
    assert [(pair.photo, pair.category, pair.path.name) for pair in pairs] == [(7, "cat", "7.jpg"), (7, "dog", "7.jpg")]


def test_hits_equal_a_slow_count(pairs):
    for pair, boxes in zip(pairs, [[(100, 0, 200, 100)], [(300, 150, 310, 160), (390, 190, 400, 200)]], strict=True):
        for row in range(GRID):
            for column in range(GRID):
                x, y = (column + 0.5) * 20, (row + 0.5) * 10
                near = any(x0 - 15 <= x <= x1 + 15 and y0 - 15 <= y <= y1 + 15 for x0, y0, x1, y1 in boxes)
                assert pair.hit[row * GRID + column] == near


def test_share_of_a_cell_inside_a_box(pairs):
    cat, dog = (pair.inside.reshape(GRID, GRID) for pair in pairs)
    assert cat.sum() == pytest.approx(50)  # 5 columns × 10 rows, each whole
    assert dog[15, 15] == pytest.approx(0.5)  # 10 of the cell's 20 pixels across
    assert dog.sum() == pytest.approx(1.0)


def test_peak_and_ties(pairs):
    cat = pairs[0]
    assert pointing(at(0, 5), cat) == 1
    assert pointing(at(0, 4), cat) == 1  # its centre is 10 pixels from the box
    assert pointing(at(0, 3), cat) == 0  # 30 pixels
    assert pointing(at(0, 5) + at(19, 0), cat) == 0.5
    assert pointing(np.zeros(POSITIONS), cat) == pytest.approx(cat.hit.mean())


def test_centre(pairs):
    # The centre's four cells are rows 9 and 10, columns 9 and 10: all near the cat (its box ends at 200, 100).
    assert [centre_pointing(pair) for pair in pairs] == [1, 0]


def test_summary_separates_odd_from_even_and_resamples_photos(pairs):
    values, photos = [], []
    for photo in range(40):
        for _ in range(5):  # five equal pairs a photo carry no more than one
            values.append(float(photo % 4 < 2))
            photos.append(type(pairs[0])(photo, pairs[0].path, "cat", pairs[0].hit, pairs[0].inside))
    found = summary(values, photos)
    assert {name: own["mean"] for name, own in found.items()} == {"odd": 0.5, "even": 0.5, "all": 0.5}
    assert (found["all"]["photos"], found["all"]["pairs"], found["odd"]["pairs"]) == (40, 200, 100)
    # 1.96 standard errors of 40 coin tosses are 0.155; of 200 they would be 0.069
    assert found["all"]["high"] - found["all"]["mean"] == pytest.approx(0.155, abs=0.03)
