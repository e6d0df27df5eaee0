"""The photos of the lesson of `find`, drawn from TensorFlow flowers and laid into mosaics, with their credits."""

import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from attention_core.library import EXAMPLES
from attention_core.tasks.find_lesson import ACROSS, CREDITS, LESSON_PHOTOS, TILES
from attention_core.training.run import sha256, write_json
from attention_core.training.scenes import NAMES

FLOWERS = Path("images") / "flowers"
DRAW_SEED = 0
# Shares of each kind's files, as the task's own training has them: it learns from none of the last fifth.
LEARN, APART = (0.0, 0.6), (0.8, 1.0)
SHEETS = {"apart": 5, "learn": 15}
WATCHED = "flowers.jpg"  # one more mosaic of the last fifth, for the page to watch
SIDE, QUALITY = 128, 75  # pixels of a photo; of the JPEG
CREDIT = re.compile(r"(\S+\.jpg) (?:CC BY 2\.0|CC-BY) by (.+) - (https?://\S+)")
LICENCE = {"licence": "CC BY 2.0", "licence_url": "https://creativecommons.org/licenses/by/2.0/"}
CHANGES = f"cut to a square, made {SIDE} pixels wide, laid {ACROSS} by {ACROSS} into one picture, saved again as JPEG"


@dataclass(frozen=True)
class Photo:
    """A photo with what it shows, who made it, and where it stands."""

    path: Path
    shows: str
    author: str
    source: str


def draw(data: Path) -> None:
    """Draws the mosaics that ship and writes their credits. No photographer has photos both to learn from and set apart."""
    folder = data / FLOWERS
    photos = read(folder)
    rng = random.Random(DRAW_SEED)
    apart = deal(photos, APART, SHEETS["apart"] + 1, frozenset(), rng)
    makers = frozenset(photo.author for sheet in apart for photo in sheet)
    *measured, watched = apart
    LESSON_PHOTOS.mkdir(parents=True, exist_ok=True)
    for old in LESSON_PHOTOS.glob("*.jpg"):
        old.unlink()
    written = {}
    for part, sheets in (("learn", deal(photos, LEARN, SHEETS["learn"], makers, rng)), ("apart", measured)):
        written[part] = [lay(LESSON_PHOTOS / f"{part}-{n:02}.jpg", sheet) for n, sheet in enumerate(sheets, 1)]
    credit = {
        "what": f"Photos of flowers, {TILES} a file, row by row; nothing learns from those of “apart”",
        "title": "TensorFlow flowers",
        "source": "https://www.tensorflow.org/datasets/catalog/tf_flowers",
        "source_sha256": sha256(*sorted(folder.glob("*/*.jpg"))),
        **LICENCE,
        "drawn": f"random.Random({DRAW_SEED}), of each kind's files in order: “apart” from the last fifth, which the task's own "
        "training does not learn from, “learn” from the first three fifths, without the photographers of “apart”",
        "changes": CHANGES,
        **written,
    }
    write_json(CREDITS, credit)
    entry = lay(EXAMPLES / WATCHED, watched)
    example = {
        "file": WATCHED,
        "what": f"A mosaic of {TILES} photos of flowers, row by row",
        **LICENCE,
        "through": f"{credit['title']}, {credit['source']}",
        "changes": CHANGES,
        "photos": entry["photos"],
    }
    path = EXAMPLES / "credits.json"
    others = [own for own in json.loads(path.read_text("utf-8")) if own["file"] != WATCHED]
    path.write_text(json.dumps([*others, example], indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(f"wrote {LESSON_PHOTOS} and {EXAMPLES / WATCHED}")


def read(folder: Path) -> dict[str, list[Photo]]:
    """The photos of each kind in the order of their names, those that may ship with a credit alone."""
    found = [CREDIT.fullmatch(line) for line in (folder / "LICENSE.txt").read_text("utf-8").splitlines()]
    credits = {match[1]: (match[2].strip(), match[3]) for match in found if match}
    photos = {}
    for own in sorted(path for path in folder.iterdir() if path.is_dir()):
        name = NAMES.get(own.name, own.name)
        photos[name] = [
            Photo(path, name, *credits.get(f"{own.name}/{path.name}", ("", ""))) for path in sorted(own.glob("*.jpg"))
        ]
    return photos


def deal(
    photos: dict[str, list[Photo]], part: tuple[float, float], sheets: int, without: frozenset[str], rng: random.Random
) -> list[list[Photo]]:
    """So many mosaics of photos from a part of each kind, each photo once, as many of each kind as can be."""
    kinds = list(photos)
    pool = {}
    for kind, own in photos.items():
        start, end = (round(share * len(own)) for share in part)
        usable = [photo for photo in own[start:end] if photo.author and photo.author not in without]
        pool[kind] = rng.sample(usable, len(usable))
    dealt = []
    for n in range(sheets):
        names = [kinds[(n * TILES + m) % len(kinds)] for m in range(TILES)]
        chosen = [pool[name].pop() for name in names]
        dealt.append(rng.sample(chosen, TILES))
    return dealt


def lay(path: Path, sheet: Sequence[Photo]) -> dict:
    """Writes a mosaic; returns its entry of the credits."""
    mosaic = Image.new("RGB", (ACROSS * SIDE, ACROSS * SIDE))
    for n, photo in enumerate(sheet):
        tile = ImageOps.fit(Image.open(photo.path).convert("RGB"), (SIDE, SIDE), Image.Resampling.LANCZOS)
        mosaic.paste(tile, (n % ACROSS * SIDE, n // ACROSS * SIDE))
    mosaic.save(path, "JPEG", quality=QUALITY, optimize=True)
    made = [{"shows": photo.shows, "author": photo.author, "source": photo.source} for photo in sheet]
    return {"file": path.name, "sha256": sha256(path), "photos": made}
