"""The things that captions name: which cut-out stamps and which class photos show them, and which of those are for testing."""

import functools
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import resvg_py
from PIL import Image

from attention_core.training.scenes import class_photos

STAMPS = Path("/usr/share/tuxpaint/stamps")  # where Debian's package tuxpaint-stamps-default puts them
LARGEST = 320  # pixels on a stamp's longest side
SPLITS = {"train": 0.7, "calibrate": 0.1, "test": 0.2}  # share of each class's photos; no photo is in two splits
MOST_PHOTOS = 160  # of a folder, in one split
HOLD_OUT_FROM = 6  # stamps of one thing, from which one in four, at least one, is kept for testing

# What a class of photos is called here, where it is not its own name; None leaves it out.
CALLED = {
    "garfield": None, "snoopy": None, "yin yang symbol": None, "brain": None, "wild cat": "cat",
    "dalmatian": "dog", "bass fish": "fish", "sea turtle": "turtle", "sailing boat": "boat", "schooner": "boat",
    "wooden chair": "chair", "tick insect": "tick", "brass instrument": "tuba", "brontosaurus": "dinosaur",
    "stegosaurus": "dinosaur", "cellphone": "phone", "ceiling fan": "fan", "dollar bill": "banknote", "electric guitar": "guitar",
    "grand piano": "piano", "headphone": "headphones", "inline skate": "skate", "joshua tree": "tree", "sea horse": "seahorse",
    "soccer ball": "ball", "stop sign": "sign", "water lily": "lily", "lotus": "lily", "binocular": "binoculars",
}  # fmt: skip

# The stamps of each thing: the ends of their paths, without the extension. Those of one thing may be drawn or photographed.
CUT_OUT = dict(line.split("\t") for line in Path(__file__).with_name("caption_stamps.tsv").read_text("utf-8").splitlines())

PAIRS = frozenset({"binoculars", "glasses", "headphones", "scissors", "trousers"})  # "a pair of …"
PLURALS = {
    "bus": "buses", "butterfly": "butterflies", "cherry": "cherries", "crayfish": "crayfish", "daisy": "daisies",
    "deer": "deer", "dress": "dresses", "dragonfly": "dragonflies", "fish": "fish", "fly": "flies", "ibis": "ibises",
    "knife": "knives",
    "ferry": "ferries", "lily": "lilies", "mayfly": "mayflies", "nautilus": "nautiluses",
    "octopus": "octopuses",
    "person": "people", "platypus": "platypuses", "sheep": "sheep", "starfish": "starfish", "strawberry": "strawberries",
    "tomato": "tomatoes", "watch": "watches", "wrench": "wrenches", "raspberry": "raspberries",
    "bread": "breads", "lettuce": "lettuces",
}  # fmt: skip


def plural(noun: str) -> str:
    """The word for two or more of a thing."""
    return noun if noun in PAIRS else PLURALS.get(noun, noun + "s")


@dataclass(frozen=True)
class Things:
    """What a split's scenes are made of.

    Args:
        cut_out: The stamps of each noun that has any.
        photos: The class photos of each noun that has any.
        grounds: Photos of no class.
        unseen: The stamps and photos that training never uses.
    """

    cut_out: Mapping[str, tuple[Path, ...]]
    photos: Mapping[str, tuple[Path, ...]]
    grounds: tuple[Path, ...]
    unseen: frozenset[Path]

    @functools.cached_property
    def nouns(self) -> tuple[str, ...]:
        return tuple(sorted({*self.cut_out, *self.photos}))


def read_things(images: Path, split: str, stamps: Path = STAMPS) -> Things:
    """The things of one split: "train", "calibrate" or "test".

    No photo is in two splits. Of a thing with six stamps or more, one in four is for test scenes alone; a thing with
    fewer shows the same ones everywhere.

    Raises:
        FileNotFoundError: there are no stamps.
    """
    if not stamps.is_dir():
        raise FileNotFoundError(f"{stamps} must hold stamps, got no such folder. Install the package tuxpaint-stamps-default.")
    photos, grounds = {}, {}
    for each in SPLITS:
        named = class_photos(images, each, MOST_PHOTOS, SPLITS)
        grounds[each] = tuple(named.pop("", ()))
        photos[each] = {}
        for name, paths in named.items():
            noun = CALLED.get(name, name)
            if noun:
                photos[each][noun] = photos[each].get(noun, ()) + tuple(paths)
    all_stamps = {noun: find_stamps(stamps, ends) for noun, ends in CUT_OUT.items()}
    kept = {noun: paths[: max(1, len(paths) // 4)] if len(paths) >= HOLD_OUT_FROM else () for noun, paths in all_stamps.items()}
    cut_out = {
        noun: (kept[noun] or paths) if split == "test" else tuple(path for path in paths if path not in kept[noun])
        for noun, paths in all_stamps.items()
        if paths
    }
    unseen = {path for paths in kept.values() for path in paths} | {path for paths in photos["test"].values() for path in paths}
    return Things(cut_out, photos[split], grounds[split], frozenset(unseen))


@functools.lru_cache(maxsize=512)
def find_stamps(stamps: Path, ends: str) -> tuple[Path, ...]:
    """The stamps whose paths end so, drawings and photographs mixed; of a PNG and an SVG of one name, the PNG."""
    found = {}
    for end in ends.split():
        paths = [path for path in _all_stamps(stamps) if f"/{path.with_suffix('').as_posix()}".endswith(f"/{end}")]
        found |= {path.with_suffix(""): path for path in reversed(paths)}
    order = sorted(found, key=lambda path: (hash_of(path.name), path.as_posix()))
    return tuple(found[path] for path in order)


def hash_of(text: str) -> int:
    """A number that depends on the text alone."""
    return functools.reduce(lambda total, letter: (total * 131 + ord(letter)) % 1_000_003, text, 7)


@functools.cache
def _all_stamps(stamps: Path) -> tuple[Path, ...]:
    return tuple(sorted(path for path in stamps.rglob("*") if path.suffix in (".png", ".svg")))


@functools.lru_cache(maxsize=1024)
def read_stamp(path: Path) -> Image.Image:
    """A stamp as RGBA, cut to what is not transparent, at most 320 pixels on a side."""
    if path.suffix == ".svg":
        drawn = resvg_py.svg_to_bytes(svg_path=str(path), width=LARGEST, dpi=96, skip_system_fonts=True)
        picture = Image.open(io.BytesIO(drawn))
    else:
        picture = Image.open(path)
    picture = picture.convert("RGBA")
    picture = picture.crop(picture.getchannel("A").point(lambda value: 255 * (value > 40)).getbbox())
    scale = LARGEST / max(picture.size)
    return picture.resize(tuple(max(1, round(side * scale)) for side in picture.size), Image.Resampling.LANCZOS)


def all_stamps() -> list[Path]:
    """Every stamp that shows a thing, in one order."""
    return sorted({path for ends in CUT_OUT.values() for path in find_stamps(STAMPS, ends)})
