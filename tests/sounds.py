"""Recordings of sound for tests, as files: tones like a voice, with pauses."""

import io

import numpy as np
import soundfile


def voice(seconds=1.5, rate=8000, channels=1, seed=0):
    """(N, channels) three tones that start and stop, over a little noise."""
    times = np.arange(int(seconds * rate)) / rate
    tones = sum(np.sin(2 * np.pi * own * times) for own in (220, 660, 1100)) / 6
    noise = np.random.default_rng(seed).normal(0, 0.002, len(times))
    return np.repeat((tones * (np.sin(2 * np.pi * 1.5 * times) > 0) + noise)[:, None], channels, 1)


def written(samples, rate=8000, form="WAV", subtype=None):
    """Samples (N, channels) as the bytes of a file."""
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=form, subtype=subtype)
    return file.getvalue()


def said_to_last(seconds, rate=8000):
    """A short FLAC file whose head says that it lasts so long: whoever decodes it to find out has been too late."""
    content = bytearray(written(voice(), rate, "FLAC"))
    total = int(seconds * rate)
    content[21] = content[21] & 0xF0 | total >> 32
    content[22:26] = (total & 0xFFFFFFFF).to_bytes(4, "big")
    return bytes(content)


OTHER = "The recording must be a WAV, FLAC, OGG or MP3 file, got something else or a damaged one. Choose another file."
REFUSED = {
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), OTHER),
    "a text": (b"Three, one, four.\n" * 20, OTHER),
    "what a browser records": (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01" + bytes(400), OTHER),
    "another kind of sound": (written(voice(), form="AIFF"), OTHER),
    "a head without a body": (written(voice())[:30], OTHER),
    "a damaged file": (written(voice(), form="FLAC")[:60] + bytes(3000), OTHER),
    "no numbers": (written(np.full((8000, 1), np.nan), subtype="FLOAT"), OTHER),
    "zero bytes": (b"", "The recording must not be empty, got a file of 0 bytes. Choose another file."),
    "too large": (bytes(12_100_000), "The recording must be at most 12 MB, got 12.1 MB. Cut out a part and try again."),
    "two hours": (said_to_last(7200), "The recording must be at most 15 s long, got 7,200.0 s. Cut out a part and try again."),
    "a little too long": (
        written(voice(15.2)),
        "The recording must be at most 15 s long, got 15.2 s. Cut out a part and try again.",
    ),
    "too short": (written(voice(0.1)), "The recording must be at least 0.2 s long, got 0.10 s. Choose a longer one."),
    "silence": (
        written(voice() * 0.001),
        "The recording must hold a voice, got silence. Check that the microphone is on and not muted, and record again.",
    ),
    "nothing at all": (
        written(np.zeros((8000, 2))),
        "The recording must hold a voice, got silence. Check that the microphone is on and not muted, and record again.",
    ),
    "many channels": (
        written(voice(channels=9)),
        "The recording must have at most 8 channels, got 9. Save it as mono and try again.",
    ),
    "a slow pace": (
        written(voice(rate=4000), 4000),
        "The recording must have 6,000 to 192,000 samples a second, got 4,000. Save it with 16,000 and try again.",
    ),
}
