"""What the recognizer is taught: which cells a thing lies on, how its loss is counted, and that a short run learns it."""

from pathlib import Path

import numpy as np
import pytest
import torch

from attention_core.encoders.recognizer import Recognizer
from attention_core.learning import Recipe, draw
from attention_core.tasks.caption import GRID, INPUT_DIM, POSITIONS
from attention_core.training.caption_features import Encoded
from attention_core.training.caption_recognizer import Places, fit_recognizer, recognition_loss
from attention_core.training.caption_scenes import Placed

NOUNS = ("cat", "dog", "owl")
THIN = (0.5, 0.1, 0.52, 0.9)  # between two columns of cells
LOSS = 0.0810  # of the last of 30 steps in float32; on another processor sums may round otherwise


@pytest.fixture(scope="module")
def scenes():
    """Twelve scenes: in the left or in the right half lies a thing, whose cells have its features; in the other one ground."""
    looks = draw(lambda: torch.randn(len(NOUNS), INPUT_DIM) * 2, 0)
    keys, things = draw(lambda: torch.randn(12, POSITIONS, INPUT_DIM) * 0.1, 1), []
    for n in range(12):
        noun, column = n % len(NOUNS), torch.arange(POSITIONS) % GRID
        keys[n, (column < GRID // 2) == (n < 6)] += looks[noun]
        things.append([Placed(NOUNS[noun], (0.0, 0.0, 0.5, 1.0) if n < 6 else (0.5, 0.0, 1.0, 1.0), Path(f"{n}.png"))])
    return Encoded(keys.half(), things, [])


def test_a_thing_lies_on_the_cells_whose_centre_is_in_its_box():
    placed = [Placed("dog", (0.0, 0.0, 1 / GRID, 1.0), Path("a.png")), Placed("owl", THIN, Path("b.png"))]
    places = Places(Encoded(torch.zeros(1, POSITIONS, 1), [placed], []), NOUNS)
    assert places.cells[0, 0].nonzero()[:, 0].tolist() == list(range(0, POSITIONS, GRID))
    assert not places.cells[0, 1:].any()
    assert places.noun.tolist() == [[1, -1, -1]]


def test_the_loss_equals_a_count_by_hand():
    told = draw(lambda: torch.randn(2, POSITIONS, len(NOUNS) + 1), 0)
    cells, noun = torch.zeros(2, 3, POSITIONS, dtype=torch.bool), torch.tensor([[2, 0, -1], [1, -1, -1]])
    cells[0, 0, :4], cells[0, 1, 4:9], cells[1, 0, 100:] = True, True, True
    p = np.exp(told.double().numpy())
    p /= p.sum(-1, keepdims=True)
    things = [p[0, :4, 2].mean(), p[0, 4:9, 0].mean(), p[1, 100:, 1].mean()]
    nothing = [*p[0, 9:, -1], *p[1, :100, -1]]
    part = draw(lambda: torch.rand(2, POSITIONS) / 20, 1)
    d = part.double().numpy()
    counts, around = [d[0, :4].sum(), d[0, 4:9].sum(), d[1, 100:].sum()], [d[0, 9:].sum(), d[1, :100].sum()]
    expected = -np.log(things).mean() - 0.5 * np.log(nothing).mean()
    expected += np.mean(np.square(np.subtract(counts, 1))) + np.mean(np.square(around))
    assert recognition_loss(told, part, cells, noun).item() == pytest.approx(expected, abs=1e-5)


def test_a_short_run_learns_what_lies_where(scenes):
    own = draw(lambda: Recognizer(INPUT_DIM, len(NOUNS)), 0)
    recipe = Recipe(steps=30, batch=6, learning_rate=3e-3, weight_decay=0.05, seed=0)
    *_, last = fit_recognizer(own, scenes, NOUNS, recipe, half=False)
    assert last == pytest.approx(LOSS, abs=2e-3)
    told, part = own.eval().judge(scenes.keys.float())  # (12, S, 4), (12, S)
    places = Places(scenes, NOUNS)
    expected = torch.where(places.cells[:, 0], places.noun[:, :1], len(NOUNS))
    assert (told.argmax(-1) == expected).float().mean() > 0.95
    counts = (part * places.cells[:, 0]).sum(1), (part * ~places.cells[:, 0]).sum(1)  # (12,) in the box, around it
    assert (counts[0] - 1).abs().max() < 0.3
    assert counts[1].max() < 0.3
