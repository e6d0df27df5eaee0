"""The figures of the card of `caption`, on captions whose right and wrong can be counted by hand."""

from pathlib import Path

import numpy as np
import pytest
import torch

from attention_core.learning import draw
from attention_core.tasks.caption import GRID, POSITIONS, SIZES, WIDTH, Captioner
from attention_core.tasks.encoding import Encoding, Head, sized_score
from attention_core.tasks.settings import Settings
from attention_core.tasks.writing import write
from attention_core.training.caption import words_to_write
from attention_core.training.caption_features import Encoded
from attention_core.training.caption_measure import Caption, cells_inside, coco_figures, scene_figures, write_captions
from attention_core.training.caption_scenes import Placed, captions

RECOGNIZED = 40  # numbers of a cell
NOUNS = ("cat", "cow", "dog", "monitor", "owl")
SEEN, FRESH = Path("seen.png"), Path("fresh.png")
TOP_LEFT, BOTTOM_RIGHT, WHOLE = (0.0, 0.0, 0.5, 0.5), (0.5, 0.5, 1.0, 1.0), (0.0, 0.0, 1.0, 1.0)


def at(row, column):
    weights = torch.zeros(POSITIONS)
    weights[row * GRID + column] = 1
    return weights


def said(text, peaks, probabilities=None):
    words = text.split()
    return Caption(words, probabilities or [0.9] * len(words), torch.stack(peaks))


@pytest.fixture(scope="module")
def scenes():
    things = [
        [Placed("cat", TOP_LEFT, SEEN), Placed("dog", BOTTOM_RIGHT, FRESH)],
        [Placed("cow", TOP_LEFT, FRESH), Placed("cow", BOTTOM_RIGHT, SEEN)],
        [Placed("owl", WHOLE, FRESH)],
    ]
    return Encoded(torch.zeros(3, POSITIONS, RECOGNIZED), things, [captions(placed) for placed in things])


def test_figures_equal_a_count_by_hand(scenes):
    here, there = at(0, 0), at(13, 13)
    written = [
        said("a cat left of a dog", [here, here, here, here, here, here]),  # both right; the dog's peak is not on it
        said("three cows", [here, there], [0.9, 0.4]),  # the word is right, its number is not; the peak is on one of the two
        said("a cat and two owls", [here] * 5, [0.9, 0.3, 0.9, 0.9, 0.8]),  # no cat here, and one owl
    ]
    figures = scene_figures(written, scenes, NOUNS, frozenset({FRESH}))
    assert figures["precision"] == pytest.approx(3 / 5)  # cat, dog, cows of cat, dog, cows, cat, owls
    assert figures["recall"] == pytest.approx(3 / 4)
    assert figures["numbers"] == pytest.approx(2 / 3)  # a cat, a dog; not three cows
    assert figures["recall_unseen"] == pytest.approx(1 / 2)  # dog, not owl; one of the cows is shown by a picture that was seen
    assert figures["peak_in_box"] == pytest.approx(2 / 3)  # cat and cows; the owl fills its picture
    assert figures["box_share"] == pytest.approx((1 / 4 + 1 / 4 + 1 / 2) / 3)
    assert figures["doubted_wrong"] == 1
    assert figures["doubted_right"] == pytest.approx(1 / 4)


def test_any_right_caption_is_as_good(scenes):
    for n in range(2):
        written = [said(" ".join(own[min(n, len(own) - 1)]), [at(0, 0)] * len(own[0])) for own in scenes.captions]
        figures = scene_figures(written, scenes, NOUNS, frozenset())
        assert figures["precision"] == figures["recall"] == 1
        assert figures["bleu"] == pytest.approx(100)
        assert figures["recall_unseen"] == 0  # there are none


def test_cells_inside_equal_a_slow_count():
    boxes = [(0.1, 0.2, 0.35, 0.9), (0.6, 0.6, 0.7, 0.65)]
    inside = cells_inside(boxes)
    for cell in range(POSITIONS):
        y, x = ((n + 0.5) / GRID for n in divmod(cell, GRID))
        assert inside[cell] == any(x0 <= x <= x1 and y0 <= y <= y1 for x0, y0, x1, y1 in boxes)


def test_coco_calls_some_things_otherwise():
    written = [said(text, [at(0, 0)] * 5) for text in ("a monitor above a cat", "an owl above a cow", "a dog above an owl")]
    figures = coco_figures(written, [{"tv", "dog"}, {"cat"}, {"spoon", "cow"}], NOUNS)
    # In the photos are tv, dog, cat, spoon and cow; no bird, so that an owl is neither right nor wrong.
    assert figures["coco_things"] == 4  # monitor, cat, cow, dog
    assert figures["coco_precision"] == pytest.approx(1 / 4)
    assert figures["coco_named"] == pytest.approx(1 / 3)


@pytest.mark.parametrize("score", ["additive", "location"])
def test_what_is_measured_is_what_a_visitor_gets(score):
    """Many pictures together are written and looked at as `Task.run` does one."""
    vocabulary = words_to_write(NOUNS)
    build = lambda: Head(sized_score(score, WIDTH, SIZES), Captioner(len(vocabulary), RECOGNIZED))  # noqa: E731
    head = draw(build, 0).eval().requires_grad_(False)
    keys = draw(lambda: torch.randn(3, POSITIONS, RECOGNIZED), 1)
    for features, together in zip(keys, write_captions(head, vocabulary, keys, torch.device("cpu")), strict=True):
        states = head.readout.states(features[None])[0]
        whole = torch.ones(POSITIONS, dtype=torch.bool)
        encoding = Encoding(states[:0], states, states, whole, (), ())
        chances = []
        alone = write(
            head.score,
            head.readout.decoder,
            encoding,
            Settings(options={"beam": 4}, key_mask=whole),
            15,
            lambda words: ([vocabulary.words[word] for word in words], None),
            lambda words, probabilities: (chances.extend(probabilities), ())[1],  # noqa: B023
        )
        labels = [label for label in alone.query_labels if label != "[END]"]
        assert together.words == labels
        np.testing.assert_allclose(together.probabilities, chances[: len(labels)], rtol=1e-3)
        weights = head.score(alone.query[None], states[None]).softmax(-1)[0]
        torch.testing.assert_close(together.weights, weights[: len(labels)], atol=1e-5, rtol=1e-3)
