"""Find: the presence readout by hand, and the task on a shipped photo."""

import json
import math

import numpy as np
import pytest
import torch
from PIL import Image

from attention_core import InputError
from attention_core.library import EXAMPLES
from attention_core.tasks import find
from attention_core.tasks.find import Presence
from tests.examples import task_of

PHOTO = EXAMPLES / "cat-on-couch.jpg"


@pytest.fixture(scope="module")
def task():
    return task_of("find", device="cpu")


@pytest.fixture(scope="module")
def asked(task):
    """Encoded once: a cat on a couch, asked for by several words."""
    return {text: task.encode(image=PHOTO, text=text) for text in ("cat", "remote control", "a grand piano")}


def run(task, encoding, **settings):
    from attention_core.tasks.task import Settings

    return task.run_encoded([(encoding, Settings(**settings))])[0]


def test_presence_by_hand():
    readout = Presence()
    readout.linear.weight.data.fill_(2.0)
    readout.linear.bias.data.fill_(-1.0)
    query, context = torch.tensor([[1.0, 2.0, 0.0]]), torch.tensor([[3.0, 3.0, 7.0]])
    assert readout(query, context).item() == pytest.approx(2 * (3 + 6) - 1)


@pytest.mark.parametrize("score", ["multiplicative", "general", "additive"])
def test_peaks_lie_on_the_thing(task, asked, score):
    cat, remotes = ((0.1, 0.1, 0.7, 0.95), (0.6, 0.35, 0.98, 0.75))  # where they are in the photo, seen by eye
    for text, (x0, y0, x1, y1) in (("cat", cat), ("remote control", remotes)):
        result = run(task, asked[text], score=score)
        left, top, right, bottom = result.output["peak_box"]
        assert x0 < (left + right) / 2 < x1
        assert y0 < (top + bottom) / 2 < y1
        assert result.output["label"] == find.FOUND
        assert result.output["peak"] == result.energies.argmax()


def test_a_thing_that_is_not_there(task, asked):
    output = run(task, asked["a grand piano"]).output
    assert output["label"] == find.NOT_FOUND
    assert output["probabilities"][find.FOUND] < find.THRESHOLD


def test_probability_is_the_readouts_of_query_and_context(task, asked):
    result = run(task, asked["cat"], score="multiplicative")
    linear = task.head("multiplicative").readout.linear
    logit = linear.weight.item() * float(result.query[0] @ result.context[0]) + linear.bias.item()
    assert result.output["probabilities"][find.FOUND] == pytest.approx(1 / (1 + math.exp(-logit)), abs=1e-4)


def test_the_query_knows_nothing_of_the_picture_and_the_keys_nothing_of_the_words(task, asked):
    turned = task.encode(image=Image.open(PHOTO).rotate(180), text="cat")
    np.testing.assert_allclose(turned.query, asked["cat"].query, atol=1e-5)
    np.testing.assert_array_equal(asked["cat"].key, asked["remote control"].key)
    assert not torch.allclose(turned.key, asked["cat"].key, atol=0.1)


def test_labels_and_notes(task, asked):
    result = run(task, asked["cat"])
    assert result.query_labels == ("cat",)
    assert result.key_labels[:2] == ("row 1, column 1", "row 1, column 2")
    assert result.key_boxes.shape == (400, 4)
    assert "Your words were read as: a cat having a striped coat (" in result.notes[0]
    long = task.encode(image=PHOTO, text="a cat " * 20)
    assert len(long.query_labels[0]) == find.LONGEST_LABEL
    assert long.query_labels[0].endswith("…")


@pytest.mark.parametrize("text", ["", "   ", "\u0000\u200b"])
def test_blank_words_are_refused(task, text):
    with pytest.raises(InputError, match=r"^The text must hold at least one word, got none\."):
        task.run(image=PHOTO, text=text)


def test_a_picture_that_cannot_be_used_is_refused(task):
    with pytest.raises(InputError, match=r"^The picture must not be empty, got a file of 0 bytes\."):
        task.run(image=b"", text="cat")


def test_every_example_photo_has_its_credit():
    credits = {entry["file"]: entry for entry in json.loads((EXAMPLES / "credits.json").read_text("utf-8"))}
    for example in find.SPEC.examples:
        entry = credits[example.values["image"]]
        assert entry["licence"] == "CC BY 2.0"
        names = ("what", "licence_url", "changes")
        if "photos" in entry:  # a mosaic of several
            assert example.credit.startswith("Sixteen photos from " + entry["through"].split(",")[0])
            assert len(entry["photos"]) == 16
            assert all(photo["author"] and photo["source"] for photo in entry["photos"])
        else:
            assert example.credit.startswith("Photo " + entry["source"].removeprefix("https://www."))
            names += ("author", "source")
        assert all(entry[name] for name in names)
        with Image.open(EXAMPLES / example.values["image"]) as photo:
            assert max(photo.size) <= 640


def test_another_question_about_a_picture_encodes_it_no_second_time(task, monkeypatch):
    encoder, encoded = task.model.image, []
    monkeypatch.setattr(task.model, "image", lambda picture: encoded.append(picture.size) or encoder(picture))
    monkeypatch.setattr(task.model._keys, "_kept", {})
    with Image.open(PHOTO) as photo:
        first, other = photo.resize((64, 48)), photo.resize((48, 64))
    keys = [task.encode(image=picture, text=text).key for picture, text in ((first, "cat"), (first, "remote"), (other, "cat"))]
    assert encoded == [(64, 48), (48, 64)]
    assert torch.equal(keys[0], keys[1])
    assert not torch.equal(keys[0], keys[2])


def test_more_words_than_the_encoder_takes_are_counted(task):
    result = task.encode(image=PHOTO, text="cat " * 400)
    assert result.notes[0] == "The first 254 of 400 words were used: the encoder takes no more."
