"""A short training of `caption` on made-up scenes ends at the same loss and writes what it was shown."""

import pytest
import torch

from attention_core.learning import Recipe, draw
from attention_core.tasks.caption import POSITIONS, SIZES, WIDTH, Captioner
from attention_core.tasks.encoding import Head, sized_score
from attention_core.training.caption import Lesson, words_to_write
from attention_core.training.caption_features import Encoded
from attention_core.training.caption_measure import write_captions

NOUNS = ("cat", "dog", "owl")
RECOGNIZED = 40  # numbers of a cell
# Of the last of 40 steps in float32; on another processor sums may round otherwise.
LOSSES = {"general": 0.6227, "uniform": 0.6391}


def shown(scenes):
    """Scenes with one animal: a few cells hold its features, the others noise."""
    things = torch.randn(len(NOUNS), RECOGNIZED) * 2
    keys = torch.randn(scenes, POSITIONS, RECOGNIZED) * 0.5
    captions = []
    for n in range(scenes):
        keys[n, 11 * n % 180 : 11 * n % 180 + 12] = things[n % len(NOUNS)]
        captions.append([["an" if NOUNS[n % len(NOUNS)] == "owl" else "a", NOUNS[n % len(NOUNS)]]])
    return Encoded(keys.half(), [[]] * scenes, captions)


@pytest.mark.parametrize("score", LOSSES)
def test_short_run(score):
    vocabulary, scenes = words_to_write(NOUNS), draw(lambda: shown(48), 0)
    lesson = Lesson(scenes, vocabulary)
    head = draw(lambda: Head(sized_score(score, WIDTH, SIZES), Captioner(len(vocabulary), RECOGNIZED)), 0)
    recipe = Recipe(steps=40, batch=len(scenes.keys), learning_rate=3e-3, weight_decay=0.05, seed=0)
    *_, last = lesson.fit(head, recipe, 0, half=False)
    assert (last.done, last.of) == (40, 40)
    assert last.loss == pytest.approx(LOSSES[score], abs=2e-3)
    written = write_captions(head.eval(), vocabulary, scenes.keys, torch.device("cpu"))
    assert [own.words for own in written] == [own[0] for own in scenes.captions]


def test_it_goes_on_where_it_was_stopped(tmp_path):
    vocabulary, scenes = words_to_write(NOUNS), draw(lambda: shown(48), 0)
    recipe = Recipe(steps=6, batch=len(scenes.keys), learning_rate=3e-3, weight_decay=0.05, seed=0)

    def losses(kept, stop):
        head = draw(lambda: Head(sized_score("general", WIDTH, SIZES), Captioner(len(vocabulary), RECOGNIZED)), 0)
        steps = Lesson(scenes, vocabulary).fit(head, recipe, 0, tmp_path / kept, half=False)
        return [step.loss for step, _ in zip(steps, range(stop))]

    whole = losses("whole.pt", 6)
    first, rest = losses("parts.pt", 4), losses("parts.pt", 6)
    assert first == pytest.approx(whole[:4])
    assert rest == pytest.approx(whole[-len(rest) :])
    assert len(rest) in (2, 3)  # it goes on from the last epoch that was kept
