"""Scenes to learn captions from: one to three things on a ground, with exact boxes and every right caption."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from attention_core.training.caption_things import PAIRS, Things, plural, read_stamp

SIDE = 448  # pixels
WHOLE_SHARE = 0.25  # of the scenes: one class photo fills the picture
# How many of each noun a composed scene shows, and how often.
COUNTS = (((1,), 0.24), ((2,), 0.14), ((3,), 0.10), ((1, 1), 0.30), ((2, 1), 0.10), ((1, 1, 1), 0.12))
SIZES = {1: (0.4, 0.85), 2: (0.36, 0.54), 3: (0.3, 0.42)}  # of the side, for so many things
PHOTO_SHARE = 0.6  # of the pictures of a noun that has stamps as well
MOST_OVERLAP = 0.06  # of the smaller box
CLEAR = 1.4  # how much farther apart two things lie along their relation's axis than across it
TRIES = 400
NUMBERS = ("no", "a", "two", "three")
GRAMMAR = ("a", "an", "two", "three", "left", "right", "of", "above", "below", "and", ",", "pair", "pairs")  # all but nouns
_LEFT, _RIGHT, _ABOVE, _BELOW = ("left", "of"), ("right", "of"), ("above",), ("below",)


@dataclass(frozen=True)
class Placed:
    """One thing in a scene.

    Args:
        noun: What it is.
        box: x0, y0, x1, y1 in 0..1 of the picture.
        source: The stamp or photo that shows it.
    """

    noun: str
    box: tuple[float, float, float, float]
    source: Path


@dataclass(frozen=True)
class Scene:
    """A picture, what is in it and where, and every caption that is right for it, each a list of words."""

    picture: Image.Image
    things: tuple[Placed, ...]
    captions: tuple[tuple[str, ...], ...]


def make_scene(things: Things, seed: int, n: int) -> Scene:
    """Scene n of the set with this seed: the same arguments, the same scene."""
    rng = np.random.default_rng([seed, n])
    if rng.random() < WHOLE_SHARE:
        noun = _pick(sorted(things.photos), rng)
        source = _pick(things.photos[noun], rng)
        placed = (Placed(noun, (0.0, 0.0, 1.0, 1.0), source),)
        return Scene(_crop(source, rng, 0.75).resize((SIDE, SIDE), Image.Resampling.BICUBIC), placed, captions(placed))
    shares = np.array([share for _, share in COUNTS])
    counts = COUNTS[rng.choice(len(COUNTS), p=shares / shares.sum())][0]
    nouns = [things.nouns[n] for n in rng.choice(len(things.nouns), len(counts), replace=False)]
    wanted = [noun for noun, count in zip(nouns, counts, strict=True) for _ in range(count)]
    for _ in range(TRIES):
        cut = [_cut_out(things, noun, SIZES[len(wanted)], rng) for noun in wanted]
        corners = _arranged([own.size for own, _ in cut], wanted, rng)
        if corners:
            break
    else:
        raise RuntimeError(f"Scene {n} of seed {seed} must find room for {wanted}, got none in {TRIES} tries.")
    picture, placed = _ground(things, rng), []
    for noun, (own, source), (x, y) in zip(wanted, cut, corners, strict=True):
        picture.paste(own.convert("RGB"), (x, y), own.getchannel("A"))
        box = (x / SIDE, y / SIDE, (x + own.width) / SIDE, (y + own.height) / SIDE)
        placed.append(Placed(noun, box, source))
    return Scene(picture, tuple(placed), captions(placed))


def captions(placed: Sequence[Placed]) -> tuple[tuple[str, ...], ...]:
    """Every right caption: one for one noun or three, two for two nouns, that from the left or from above first."""
    groups: dict[str, list[Placed]] = {}
    for thing in placed:
        groups.setdefault(thing.noun, []).append(thing)
    phrases = {noun: _phrase(noun, len(own)) for noun, own in groups.items()}
    if len(groups) == 1:
        return tuple(phrases.values())
    if len(groups) == 3:
        first, second, third = (phrases[noun] for noun in sorted(groups, key=lambda noun: _centre(groups[noun])[0]))
        return ((*first, ",", *second, "and", *third),)
    (one, own), (other, others) = groups.items()
    there, back = _relation(own, others)
    both = ((*phrases[one], *there, *phrases[other]), (*phrases[other], *back, *phrases[one]))
    return both if there in (_LEFT, _ABOVE) else both[::-1]


def read_caption(words: Sequence[str], nouns: Sequence[str]) -> dict[str, int]:
    """How many of each noun a caption says, whatever its grammar; a noun said twice counts together."""
    forms = {form: noun for noun in nouns for form in (noun, plural(noun))}
    said, number = {}, 1
    for word in words:
        if word in ("a", "an", "two", "three"):
            number = NUMBERS.index("a" if word == "an" else word)
        elif word in forms:
            said[forms[word]] = said.get(forms[word], 0) + number
    return said


def _phrase(noun: str, count: int) -> tuple[str, ...]:
    if noun in PAIRS:
        return ("a", "pair", "of", noun) if count == 1 else (NUMBERS[count], "pairs", "of", noun)
    if count == 1:
        return ("an" if noun[0] in "aeio" or noun == "umbrella" else "a", noun)
    return (NUMBERS[count], plural(noun))


def _relation(own: Sequence[Placed], others: Sequence[Placed]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    (x, y), (other_x, other_y) = _centre(own), _centre(others)
    if abs(x - other_x) >= abs(y - other_y):
        return (_LEFT, _RIGHT) if x < other_x else (_RIGHT, _LEFT)
    return (_ABOVE, _BELOW) if y < other_y else (_BELOW, _ABOVE)


def _centre(own: Sequence[Placed]) -> tuple[float, float]:
    boxes = np.array([thing.box for thing in own])
    return float(boxes[:, [0, 2]].mean()), float(boxes[:, [1, 3]].mean())


def _arranged(sizes: Sequence[tuple[int, int]], nouns: Sequence[str], rng: np.random.Generator) -> list[tuple[int, int]] | None:
    """Corners at which things of these sizes lie apart, and clearly left of, above … one another; None if they do not."""
    corners = [tuple(int(rng.integers(0, SIDE - side + 1)) for side in size) for size in sizes]
    boxes = np.array([(x, y, x + w, y + h) for (x, y), (w, h) in zip(corners, sizes, strict=True)])
    for one in range(len(boxes)):
        for other in range(one):
            shared = np.minimum(boxes[one, 2:], boxes[other, 2:]) - np.maximum(boxes[one, :2], boxes[other, :2])
            smaller = min(np.prod(sizes[one]), np.prod(sizes[other]))
            if (shared > 0).all() and np.prod(shared) > MOST_OVERLAP * smaller:
                return None
    groups = [boxes[[own == noun for own in nouns]] for noun in dict.fromkeys(nouns)]
    centres = np.array([[own[:, [0, 2]].mean(), own[:, [1, 3]].mean()] for own in groups])
    if len(groups) == 3 and np.diff(np.sort(centres[:, 0])).min() < 0.15 * SIDE:
        return None
    if len(groups) == 2:
        axis = int(np.argmax(np.abs(centres[0] - centres[1])))
        along, across = np.abs(centres[0] - centres[1])[[axis, 1 - axis]]
        middles = [(own[:, axis] + own[:, axis + 2]) / 2 for own in groups]
        parted = middles[0].max() < middles[1].min() or middles[1].max() < middles[0].min()
        if along < CLEAR * across or along < 0.2 * SIDE or not parted:
            return None
    return corners


def _cut_out(things: Things, noun: str, sizes: tuple[float, float], rng: np.random.Generator) -> tuple[Image.Image, Path]:
    """A picture of a noun as RGBA, turned, mirrored, lit and sized at random: a stamp, or a class photo with some edge."""
    photos, stamps = things.photos.get(noun, ()), things.cut_out.get(noun, ())
    longest = rng.uniform(*sizes) * SIDE
    if photos and (not stamps or rng.random() < PHOTO_SHARE):
        source = _pick(photos, rng)
        picture = _crop(source, rng, 0.85)
        picture.putalpha(_edges(picture.size, rng))
    else:
        source = _pick(stamps, rng)
        picture = read_stamp(source)
        if rng.random() < 0.5:
            picture = picture.rotate(rng.uniform(-15, 15), Image.Resampling.BICUBIC, expand=True)
            picture = picture.crop(picture.getchannel("A").point(lambda value: 255 * (value > 40)).getbbox())
        picture = _lit(picture, rng)
    scale = longest / max(picture.size)
    size = tuple(max(12, round(side * scale)) for side in picture.size)
    return picture.resize(size, Image.Resampling.BILINEAR), source


def _crop(source: Path, rng: np.random.Generator, least: float) -> Image.Image:
    """A photo's random part, at least this share of each side, mirrored half the time."""
    photo = Image.open(source).convert("RGB")
    wide, high = (round(side * rng.uniform(least, 1)) for side in photo.size)
    x, y = (int(rng.integers(0, most - own + 1)) for most, own in zip(photo.size, (wide, high), strict=True))
    return _lit(photo.crop((x, y, x + wide, y + high)), rng)


def _lit(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    if rng.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if picture.mode == "RGBA":
        changed = ImageEnhance.Brightness(picture.convert("RGB")).enhance(rng.uniform(0.75, 1.2))
        changed.putalpha(picture.getchannel("A"))
        return changed
    return ImageEnhance.Brightness(picture).enhance(rng.uniform(0.75, 1.2))


def _edges(size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    mask = Image.new("L", size, 255)
    if rng.random() < 0.6:
        mask = Image.new("L", size, 0)
        ImageDraw.Draw(mask).ellipse((2, 2, size[0] - 3, size[1] - 3), fill=255)
        mask = mask.filter(ImageFilter.GaussianBlur(rng.uniform(0, 6)))
    return mask


def _ground(things: Things, rng: np.random.Generator) -> Image.Image:
    """Plain, textured, or a photo of no class."""
    kind = rng.random()
    if kind < 0.45:
        photo = _crop(_pick(things.grounds, rng), rng, 0.4).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
        return photo.filter(ImageFilter.GaussianBlur(rng.uniform(2, 10))) if rng.random() < 0.5 else photo
    first, second = rng.integers(0, 256, (2, 3))
    if kind < 0.7:
        return Image.new("RGB", (SIDE, SIDE), tuple(first.tolist()))
    if rng.random() < 0.5:  # clouds of several sizes
        layers = [rng.random((int(cells), int(cells))) for cells in rng.choice([3, 6, 12, 24, 48], 2, replace=False)]
        mixed = np.mean([np.asarray(Image.fromarray(own.astype("f")).resize((SIDE, SIDE), 3)) for own in layers], axis=0)
    else:  # waves, along one direction or two
        y, x = np.mgrid[:SIDE, :SIDE] / SIDE * rng.uniform(2, 25)
        turn = rng.uniform(0, np.pi)
        mixed = 0.5 + 0.5 * np.sin(2 * np.pi * (x * np.cos(turn) + y * np.sin(turn)))
        if rng.random() < 0.5:
            mixed = (mixed + 0.5 + 0.5 * np.sin(2 * np.pi * (y * np.cos(turn) - x * np.sin(turn)))) / 2
    colours = first + (second - first) * np.clip(mixed, 0, 1)[..., None]
    return Image.fromarray(colours.astype(np.uint8))


def _pick(items: Sequence, rng: np.random.Generator):
    return items[int(rng.integers(len(items)))]


def scenes(things: Things, seed: int, count: int) -> Iterator[Scene]:
    """The first scenes of the set with this seed."""
    return (make_scene(things, seed, n) for n in range(count))
