"""Sounds and recordings of a motion sensor to upload: short real ones, then damaged, or with numbers that nobody measures."""

import functools
import struct

import numpy as np

from tests import recordings, sounds
from tests.fuzz.damage import damaged
from tests.fuzz.texts import CANARY, text_of

FORMS = (
    ("WAV", "PCM_16"), ("WAV", "PCM_U8"), ("WAV", "PCM_24"), ("WAV", "FLOAT"), ("WAV", "DOUBLE"), ("WAV", "ULAW"),
    ("WAV", "IMA_ADPCM"),
    ("WAVEX", "PCM_16"), ("RF64", "PCM_16"), ("FLAC", "PCM_16"), ("FLAC", "PCM_S8"), ("OGG", "VORBIS"), ("OGG", "OPUS"),
    ("MP3", None),
    ("AIFF", "PCM_16"), ("AU", "PCM_16"), ("W64", "PCM_16"), ("CAF", "PCM_16"),
)  # fmt: skip
WILD = (np.nan, np.inf, -np.inf, 1e30, -3e38, 3e38, 1e-45, 0.0)
SHORT = [content for content, _ in sounds.REFUSED.values() if len(content) < 200_000]
CELLS = (
    "", " ", "nan", "-inf", "1e29", "-9e29", "1e300", "1_0", "0x1F", "١", "1,5", '"', '"a\nb"', "=1+1", CANARY, "9" * 400,
    "1e-320",
    "\ufeff1", "None", "True", "1.5.2", "−1", "+1", " 9.81 ", "\x00",
)  # fmt: skip
COLUMNS = (*recordings.NAMES, "label", "X_ACC", " x_acc ", "", "timestamp", CANARY)
BEFORE = ("\ufeff", "sep=,\n", "\n\n", '"', "# a line\n", "\x00")


def sound(random):
    """The bytes of a file that says it is a recording of sound."""
    way = random.random()
    if way < 0.08:
        return random.choice(SHORT)
    if way < 0.16:
        return spoilt(random)
    if way < 0.24:
        return retold(random)
    content = spoken(random.choice(FORMS), random.choice((8000, 16_000, 44_100, 48_000)), random.choice((1, 1, 2, 8)))
    return damaged(random, content) if random.random() < 0.9 else content


@functools.lru_cache(maxsize=256)
def spoken(form, rate, channels):
    """Half a second of sound as a file."""
    rate, channels = (16_000, min(channels, 2)) if form[0] in ("OGG", "MP3") or "ADPCM" in form[1] else (rate, channels)
    return sounds.written(sounds.voice(0.5, rate, channels), rate, *form)


def spoilt(random):
    """A WAV file of real numbers of which some, or all, are none that a microphone gives."""
    samples = sounds.voice(0.4, channels=random.choice((1, 2))).astype(np.float64)
    for _ in range(random.choice((1, 5))):
        samples[random.randrange(len(samples))] = random.choice(WILD)
    if random.random() < 0.3:
        samples *= random.choice((1e-30, 1e30, 1e37, 3e38))
    return sounds.written(np.nan_to_num(samples, posinf=3e38) if random.random() < 0.5 else samples, subtype="FLOAT")


def retold(random):
    """A WAV file whose head says another pace, another number of channels or bits, or another length."""
    content = bytearray(spoken(("WAV", "PCM_16"), 8000, 1))
    at, form, numbers = random.choice((
        (22, "<H", (0, 2, 8, 9, 65_535)), (24, "<I", (0, 1, 5999, 192_000, 192_001, 2**32 - 1)), (28, "<I", (0, 2**32 - 1)),
        (32, "<H", (0, 1, 3, 65_535)), (34, "<H", (0, 1, 7, 24, 33, 64)), (40, "<I", (0, 1, 2**31, 2**32 - 1)),
        (20, "<H", (0, 3, 85, 65_534)),
    ))  # fmt: skip
    struct.pack_into(form, content, at, random.choice(numbers))
    return bytes(content)


def recording(random):
    """The bytes of a CSV file that says it is what a motion sensor felt."""
    seconds, rate = random.choice(((1.2, 50), (1.2, 50), (3, 25), (0.5, 50), (70, 21)))
    numbers = recordings.table(seconds, rate, random.randrange(5))
    if random.random() < 0.3:
        numbers[:, random.randrange(7)] *= random.choice((0, -1, 1e-30, 1e3, 1e6, 1e25, 1 / 9.81, 57.3))
    if random.random() < 0.15:
        numbers[random.randrange(len(numbers)), random.randrange(6)] = random.choice((1e29, -1e29, 9e18, 1e-300))
    labels = [random.choice((CANARY, "Walking", text_of(random, 3), "")) for _ in numbers] if random.random() < 0.3 else None
    lines = [line.split(",") for line in recordings.written(numbers, labels=labels).split("\n")]
    for _ in range(random.choice((0, 0, 1, 3))):
        line = lines[random.randrange(len(lines))]
        line[random.randrange(len(line))] = random.choice(CELLS)
    if random.random() < 0.2:
        lines[0] = (
            random.sample(COLUMNS, random.randrange(1, len(COLUMNS)))
            if random.random() < 0.5
            else random.sample(lines[0], len(lines[0]))
        )
    if random.random() < 0.1:
        random.shuffle(lines)
    between = random.choice(";\t") if random.random() < 0.05 else ","
    text = random.choice(("\n", "\n", "\r\n")).join(between.join(line) for line in lines)
    text = random.choice(BEFORE) + text if random.random() < 0.1 else text
    content = text.encode(random.choice(("utf-8",) * 8 + ("utf-16", "latin-1", "utf-8-sig")), "replace")
    return damaged(random, content) if random.random() < 0.3 else content
