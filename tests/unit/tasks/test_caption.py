"""Captioning with parameters drawn at random: a row for each word, the picture encoded once, doubts said aloud."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from attention_core import score_names
from attention_core.encoders.projection import Projection
from attention_core.encoders.recognizer import Recognizer
from attention_core.learning import draw
from attention_core.library import EXAMPLES, example_inputs
from attention_core.tasks.caption import (
    GRID,
    INPUT_DIM,
    MOST,
    PROJECTION,
    RECOGNIZER,
    SPEC,
    UNSURE,
    VOCABULARY,
    CaptionModel,
    Vocabulary,
)
from attention_core.tasks.checkpoints import Checkpoints
from attention_core.tasks.task import Task
from attention_core.training.caption import words_to_write


@pytest.fixture(scope="module")
def task(tmp_path_factory):
    """The task, with a projection, a recognizer and words of no training."""
    models = tmp_path_factory.mktemp("models")
    folder = models / SPEC.name
    generator = torch.Generator().manual_seed(0)
    Projection.fitted(torch.rand(300, 1280, generator=generator), INPUT_DIM, torch.eye(1280)).save(folder / PROJECTION)
    draw(lambda: Recognizer(INPUT_DIM, 2), 0).save(folder / RECOGNIZER)
    words_to_write(("cat", "cow")).save(folder / VOCABULARY)
    spec = replace(SPEC, model=lambda device: CaptionModel(device, folder))
    return Task(spec, torch.device("cpu"), Checkpoints(SPEC.name, models))


@pytest.fixture
def counted(task, monkeypatch):
    """How often the pretrained network ran."""
    calls, keys = [], task.model.image._keys
    monkeypatch.setattr(task.model.image, "_keys", lambda *pixels: (calls.append(1), keys(*pixels))[1])
    return calls


def picture(seed):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (60, 90, 3), dtype=np.uint8))


def test_another_score_function_does_not_encode_the_picture_again(task, counted):
    results = {score: task.run(image=picture(1), score=score, parameters="untrained") for score in score_names()}
    assert len(counted) == 1
    task.run(image=picture(1), beam=1, temperature=2.0, parameters="untrained")
    assert len(counted) == 1
    task.run(image=picture(2), parameters="untrained")
    assert len(counted) == 2
    assert not np.array_equal(results["additive"].weights, results["uniform"].weights)


@pytest.mark.parametrize("score", score_names())
def test_every_word_has_a_map(task, score):
    result = task.run(**example_inputs(task.spec, task.spec.examples[0]), score=score, parameters="untrained")
    words = result.output["text"].replace(",", " ,").split()
    merged = result.by_word()
    assert list(merged.query_labels) == words
    assert merged.weights.shape == (len(words), GRID * GRID)
    assert len(result.output["word_probabilities"]) == len(words)
    assert result.query_labels == (*words, "[END]") or len(words) == MOST + 1
    assert result.key_labels[GRID] == "row 2, column 1"
    np.testing.assert_allclose(result.key_boxes[GRID], [0, 1 / GRID, 1 / GRID, 2 / GRID], atol=1e-6)


def test_nothing_is_written_forever(task):
    for seed in range(4):
        result = task.run(image=picture(3), parameters="untrained", seed=seed)
        assert 1 <= len(result.by_word().query_labels) <= MOST + 1


def test_it_says_of_which_words_it_is_unsure(task):
    index = task.model.vocabulary.index
    written = [index[word] for word in ("a", "cat", "left", "of", "two", "cows", "[END]")]
    sure, unsure = UNSURE + 0.01, UNSURE - 0.01
    assert task.model._doubt(written, [sure] * 7) == ()
    assert task.model._doubt(written, [unsure, sure, unsure, sure, unsure, unsure, sure]) == (
        f"It is unsure of “cows” ({unsure:.2f}): in brackets the probability it gives that word.",
    )
    assert task.model._doubt(written, [unsure] * 7)[0].startswith(f"It is unsure of “cat” ({unsure:.2f}) and “cows”")
    assert task.model._doubt([index["a"], 0], [sure, sure]) == ("It names no thing that it knows.",)


def test_a_vocabulary_comes_back_as_it_was_saved(tmp_path):
    vocabulary = Vocabulary(("a", "two", "cat", "cats"), ("cat", "cats"))
    vocabulary.save(tmp_path / "new" / "words.json")
    again = Vocabulary.load(tmp_path / "new" / "words.json")
    assert (again.words, again.things, len(again)) == (("[END]", "a", "two", "cat", "cats"), {"cat", "cats"}, 5)
    assert again.index["two"] == 2


def test_its_examples_ship():
    assert all((EXAMPLES / example.values["image"]).is_file() for example in SPEC.examples)
