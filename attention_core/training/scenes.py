"""Practice pictures for `find`, made of class photos: which names are in them is known, and where."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from attention_core.encoders.image import GRID

SIDES = ((640, 480), (480, 640), (640, 427), (512, 512))  # pixels, width and height
SPLITS = {"train": 0.6, "calibrate": 0.2, "test": 0.2}  # share of each class's photos; no photo is in two splits
# Folders whose name says something else than what the photos show.
NAMES = {
    "BACKGROUND_Google": "", "car_side": "car", "cougar_body": "cougar", "cougar_face": "cougar", "flamingo_head": "flamingo",
    "crocodile_head": "crocodile", "Leopards": "leopard", "Motorbikes": "motorbike", "airplanes": "airplane",
    "water_lilly": "water lily", "hawksbill": "sea turtle", "bass": "bass fish", "roses": "rose", "tulips": "tulip",
    "sunflowers": "sunflower", "yin_yang": "yin yang symbol", "tick": "tick insect", "ewer": "jug",
    "ketch": "sailing boat", "windsor_chair": "wooden chair", "gerenuk": "antelope", "euphonium": "brass instrument",
}  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """A picture and the names in it: `regions[name]` is (S,) bool, True for the cells whose centre shows that class."""

    picture: Image.Image
    regions: dict[str, np.ndarray]


def class_photos(images: Path, split: str, most: int = 48, splits: Mapping[str, float] = SPLITS) -> dict[str, list[Path]]:
    """At most so many photos of each folder for one split, by class name, from `caltech101/` and `flowers/` in that folder."""
    names = list(splits)
    start = sum(splits[name] for name in names[: names.index(split)])
    chosen: dict[str, list[Path]] = {}
    for folder in sorted(p for p in (*images.glob("caltech101/*"), *images.glob("flowers/*")) if p.is_dir()):
        photos = sorted(folder.glob("*.jpg"))
        part = photos[round(start * len(photos)) : round((start + splits[split]) * len(photos))]
        chosen.setdefault(NAMES.get(folder.name, folder.name.replace("_", " ")), []).extend(part[:most])
    return chosen


def make_scene(photos: dict[str, list[Path]], seed: int) -> Scene:
    """One class photo filling the picture, and in three of four scenes one to four others pasted over parts of it."""
    rng = np.random.default_rng(seed)
    width, height = SIDES[rng.integers(len(SIDES))]
    names = [name for name in photos if name]
    background = "" if rng.random() < 0.25 and photos.get("") else names[rng.integers(len(names))]
    picture = _cover(Image.open(_pick(photos[background], rng)).convert("RGB"), width, height)
    owner = np.full((height, width), background, dtype=object)
    for _ in range(rng.integers(1, 5) if rng.random() < 0.75 else 0):
        name = names[rng.integers(len(names))]
        photo = Image.open(_pick(photos[name], rng)).convert("RGB")
        longest = np.exp(rng.uniform(np.log(70), np.log(300)))
        size = tuple(max(round(side * longest / max(photo.size)), 24) for side in photo.size)
        x, y = (int(rng.integers(0, most - own + 1)) for own, most in zip(size, (width, height), strict=True))
        picture.paste(photo.resize(size, Image.Resampling.BICUBIC), (x, y))
        owner[y : y + size[1], x : x + size[0]] = name
    centres = (np.arange(GRID) + 0.5) / GRID
    cells = owner[np.ix_((centres * height).astype(int), (centres * width).astype(int))].ravel()  # (S,)
    return Scene(picture, {name: cells == name for name in sorted(set(cells) - {""})})


def _pick(paths: list[Path], rng: np.random.Generator) -> Path:
    return paths[rng.integers(len(paths))]


def _cover(photo: Image.Image, width: int, height: int) -> Image.Image:
    scale = max(width / photo.width, height / photo.height)
    photo = photo.resize((max(width, round(photo.width * scale)), max(height, round(photo.height * scale))))
    left, top = (photo.width - width) // 2, (photo.height - height) // 2
    return photo.crop((left, top, left + width, top + height))
