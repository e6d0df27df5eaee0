"""Scenes to learn captions from: boxes hold what was pasted, captions say what is there, held-out pictures stay out."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from attention_core.training import caption_scenes
from attention_core.training.caption_scenes import SIDE, Placed, captions, make_scene, read_caption
from attention_core.training.caption_things import Things, find_stamps, plural, read_stamp, read_things

COLOURS = {"cat": (220, 20, 20), "umbrella": (20, 220, 20), "fish": (20, 20, 220), "scissors": (210, 210, 10)}
SEEDS = pytest.mark.parametrize("n", range(25))


@pytest.fixture(scope="module")
def things(tmp_path_factory):
    """Round stamps, each of a colour of its own, and one class photo."""
    folder = tmp_path_factory.mktemp("stamps")
    for noun, colour in COLOURS.items():
        stamp = Image.new("RGBA", (90, 60), (0, 0, 0, 0))
        ImageDraw.Draw(stamp).ellipse((10, 5, 79, 54), fill=(*colour, 255))
        stamp.save(folder / f"{noun}.png")
    Image.new("RGB", (80, 100), (10, 210, 210)).save(folder / "whale.jpg", quality=95)
    stamps = {noun: (folder / f"{noun}.png",) for noun in COLOURS}
    Image.new("RGB", (90, 80), (120, 110, 100)).save(folder / "ground.jpg")
    return Things(stamps, {"whale": (folder / "whale.jpg",)}, (folder / "ground.jpg",), frozenset())


@pytest.fixture
def grey(monkeypatch):
    monkeypatch.setattr(caption_scenes, "_ground", lambda things, rng: Image.new("RGB", (SIDE, SIDE), (128, 128, 128)))


def colourful(picture):
    """Where a pixel is not grey, and which channels are its strong ones."""
    pixels = np.asarray(picture).astype(int)
    return pixels.max(-1) - pixels.min(-1) > 60, pixels > pixels.mean(-1, keepdims=True)


@SEEDS
def test_boxes_hold_the_pasted_pixels_and_nothing_lies_outside(things, grey, n):
    scene = make_scene(things, 7, n)
    painted, strong = colourful(scene.picture)
    left = painted.copy()
    for thing in scene.things:
        x0, y0, x1, y1 = (round(side * SIDE) for side in thing.box)
        left[y0:y1, x0:x1] = False
        colour = np.array(COLOURS.get(thing.noun, (10, 210, 210)))
        own = painted & (strong == (colour > colour.mean())).all(-1)
        ys, xs = np.nonzero(own[y0:y1, x0:x1])
        if sum(other.noun == thing.noun for other in scene.things) == 1:  # its box is as tight as resizing lets it be
            assert max(xs.min(), ys.min(), (x1 - x0) - 1 - xs.max(), (y1 - y0) - 1 - ys.max()) <= 12
        assert own[(y0 + y1) // 2, (x0 + x1) // 2]
    assert not left.any()


@SEEDS
def test_every_caption_says_what_is_there_and_where(things, n):
    scene = make_scene(things, 7, n)
    nouns = [thing.noun for thing in scene.things]
    there = {noun: nouns.count(noun) for noun in nouns}
    centres = {
        noun: np.mean([np.reshape(own.box, (2, 2)).mean(0) for own in scene.things if own.noun == noun], axis=0) for noun in there
    }
    assert len(scene.captions) == (2 if len(there) == 2 else 1)
    for words in scene.captions:
        assert read_caption(words, things.nouns) == there
        order = [noun for word in words for noun in there if word in (noun, plural(noun))]
        if len(order) == 3:
            assert sorted(order, key=lambda noun: centres[noun][0]) == order
        if len(order) == 2:
            (x, y), (other_x, other_y) = (centres[noun] for noun in order)
            said = {"left": x < other_x, "right": x > other_x, "above": y < other_y, "below": y > other_y}
            assert said[next(word for word in words if word in said)]


def test_phrases():
    def placed(noun, x):
        return Placed(noun, (x, 0.4, x + 0.1, 0.5), None)

    assert captions([placed("umbrella", 0.2)]) == (("an", "umbrella"),)
    assert captions([placed("scissors", 0.2)]) == (("a", "pair", "of", "scissors"),)
    assert captions([placed("scissors", 0.2), placed("scissors", 0.5)]) == (("two", "pairs", "of", "scissors"),)
    for order in ((0.2, 0.5, 0.8), (0.5, 0.8, 0.2)):
        things = [placed(noun, x) for noun, x in zip(("fish", "fish", "cat"), order, strict=True)]
        from_the_left = ("two", "fish", "left", "of", "a", "cat"), ("a", "cat", "right", "of", "two", "fish")
        mirrored = ("a", "cat", "left", "of", "two", "fish"), ("two", "fish", "right", "of", "a", "cat")
        assert captions(things) == captions(things[::-1]) == (from_the_left if order[2] == 0.8 else mirrored)
    assert read_caption(["a", "pair", "of", "scissors", "above", "three", "fish"], ["scissors", "fish"]) == {
        "scissors": 1,
        "fish": 3,
    }


def test_a_number_makes_one_scene(things):
    assert make_scene(things, 3, 5).picture.tobytes() == make_scene(things, 3, 5).picture.tobytes()
    assert len({make_scene(things, 3, n).picture.tobytes() for n in range(5)}) == 5


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    images, stamps = tmp_path_factory.mktemp("images"), tmp_path_factory.mktemp("tuxpaint")
    for name in ("wild_cat", "ant", "BACKGROUND_Google"):
        (images / "caltech101" / name).mkdir(parents=True)
        for n in range(10):
            Image.new("RGB", (40, 30)).save(images / "caltech101" / name / f"{n}.jpg")
    (stamps / "food" / "cartoon").mkdir(parents=True)
    apples = ("apple_fuji", "apple_granny_smith", "apple_green", "apple_red", "apple_sierra_beauty", "cartoon/apple")
    for name in (*apples, "kitten"):
        Image.new("RGBA", (40, 30), "red").save(stamps / "food" / f"{name}.png")
    for name in ("apple_red", "blackcat"):
        (stamps / "food" / f"{name}.svg").write_text(
            '<svg xmlns="http://www.w3.org/2000/svg" width="30pt" height="20pt"><rect width="10" height="10"/></svg>'
        )
    return images, stamps


def test_pictures_kept_for_testing_are_never_trained_on(folders):
    train, calibrate, test = (read_things(folders[0], split, folders[1]) for split in ("train", "calibrate", "test"))
    assert train.nouns == calibrate.nouns == test.nouns == ("ant", "apple", "cat")
    for used in (train, calibrate):
        shown = {path for each in (used.cut_out, used.photos) for paths in each.values() for path in paths}
        assert not shown & test.unseen
    assert [len(own.photos["cat"]) for own in (train, calibrate, test)] == [7, 1, 2]
    assert (len(train.cut_out["apple"]), len(test.cut_out["apple"])) == (5, 1)
    assert set(test.cut_out["apple"]) < test.unseen
    assert set(train.cut_out["cat"]) == set(test.cut_out["cat"])  # two stamps only: the same everywhere, and not called unseen
    assert not set(test.cut_out["cat"]) & test.unseen
    assert not set(train.grounds) & set(test.grounds)
    assert not set(calibrate.grounds) & set(test.grounds)


def test_of_two_files_of_one_stamp_one_is_taken_and_drawings_are_cut_to_what_is_drawn(folders):
    assert [path.name for path in find_stamps(folders[1], "apple_red")] == ["apple_red.png"]
    (drawing,) = find_stamps(folders[1], "blackcat")
    stamp = read_stamp(drawing)  # a file without a view box, its size in points
    assert stamp.mode == "RGBA"
    assert stamp.width == stamp.height == 320


def test_no_stamps_are_said_to_be_missing(folders, tmp_path):
    with pytest.raises(FileNotFoundError, match="Install the package tuxpaint-stamps-default"):
        read_things(folders[0], "train", tmp_path / "none")
