"""What visitors enter, drawn from a seed: sentences and photos, no two of them alike."""

import io
from random import Random

from PIL import Image, ImageDraw

OPENINGS = (
    "I must say that",
    "We all thought that",
    "My brother wrote that",
    "After two hours I felt that",
    "Everybody says that",
)
THINGS = (
    "the plot",
    "the music",
    "the cast",
    "the ending",
    "the camera",
    "the first act",
    "the dialogue",
    "this remake",
    "the hero",
)
VERDICTS = ("wonderful", "dull", "far too long", "a joy to watch", "hard to follow", "full of life", "lazy", "moving", "a mess")
TURNS = ("but", "and", "although", "while", "even if")
COLOURS = ("red", "small", "brown", "wooden", "striped", "shiny", "old", "white")
OBJECTS = ("dog", "car", "boat", "teapot", "bicycle", "bird", "flower", "clock", "chair", "umbrella")
SMALLEST, LARGEST = 1160, 1630  # pixels of a photo's longer side, at 4 : 3: one to two megapixels
BLURS = (48, 36)


def sentence(random: Random, name: str) -> str:
    """A judgement of a film, in a dozen words or more; the name keeps it from being anybody else's."""
    first, second = random.sample(THINGS, 2)
    return (
        f"{random.choice(OPENINGS)} {first} of film {name} is {random.choice(VERDICTS)}, "
        f"{random.choice(TURNS)} {second} is {random.choice(VERDICTS)}."
    )


def words(random: Random, name: str) -> str:
    """A few words about what may be in a picture, with the name."""
    return f"a {random.choice(COLOURS)} {random.choice(OBJECTS)} near house {name}"


def photo(random: Random) -> bytes:
    """A JPEG of one to two megapixels: blurred colours with ellipses on them, which no cache can have."""
    width = random.randint(SMALLEST, LARGEST)
    height = width * 3 // 4
    colours = random.randbytes(BLURS[0] * BLURS[1] * 3)
    picture = Image.frombytes("RGB", BLURS, colours).resize((width, height), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(picture)
    for _ in range(12):
        left, top = random.randrange(width), random.randrange(height)
        box = (left, top, left + random.randint(20, width // 3), top + random.randint(20, height // 3))
        draw.ellipse(box, fill=tuple(random.randbytes(3)))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=90)
    return file.getvalue()
