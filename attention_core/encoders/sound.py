"""Any recording of sound that a person may hand in, checked, as one channel at one pace."""

import io
import os
from dataclasses import dataclass
from math import gcd

import numpy as np
import soundfile
from scipy.signal import resample_poly

from attention_core.encoders.handed_in import SHORTER, content_of
from attention_core.errors import InputError

PACE = 8000  # samples a second: speech on a telephone
LARGEST_FILE = 12_000_000  # bytes
SHORTEST, LONGEST = 0.2, 15.0  # seconds
SLOWEST, FASTEST = 6000, 192_000  # samples a second
MOST_CHANNELS = 8
SILENCE = 1e-3  # of the largest sample there can be, −60 dB: what stays below is no voice near a microphone
FORMATS = ("WAV", "WAVEX", "RF64", "FLAC", "OGG", "MP3")

_OTHER = "The recording must be a WAV, FLAC, OGG or MP3 file, got something else or a damaged one. Choose another file."


@dataclass(frozen=True)
class Sound:
    """A checked recording: samples (N,) float32 from −1 to 1, `PACE` a second, N at least a fifth of that."""

    samples: np.ndarray

    @property
    def seconds(self) -> float:
        return len(self.samples) / PACE


def open_sound(source: str | os.PathLike | bytes) -> Sound:
    """The recording, if it can be used; size and length are checked before any of it is decoded.

    Channels are mixed to their mean, any pace becomes `PACE`.

    Args:
        source: The path of a file, or its bytes.

    Raises:
        InputError: the file is missing, empty, over 12 MB, of another kind or damaged; it has over 8 channels, under 6,000
            samples a second or over 192,000; it is shorter than 0.2 s, longer than 15 s, or silent. The sentence never holds a
            folder's name.

    Example:
        >>> file = io.BytesIO()
        >>> soundfile.write(file, np.full((4800, 2), 0.5), 48_000, format="WAV")
        >>> open_sound(file.getvalue()).samples.shape
        Traceback (most recent call last):
        attention_core.errors.InputError: The recording must be at least 0.2 s long, got 0.10 s. Choose a longer one.
    """
    content = content_of(source, "recording", "a path or bytes", LARGEST_FILE, SHORTER)
    try:
        with soundfile.SoundFile(_File(content)) as file:
            _check_kind(file)
            samples = file.read(int(LONGEST * file.samplerate) + 1, dtype="float32", always_2d=True)  # (N, channels)
            pace = file.samplerate
    except (soundfile.LibsndfileError, RuntimeError):
        raise InputError(_OTHER) from None
    if not np.isfinite(samples).all():
        raise InputError(_OTHER)
    _check_seconds(len(samples) / pace)
    shared = gcd(PACE, pace)
    mono = resample_poly(samples.mean(1), PACE // shared, pace // shared).astype(np.float32)  # (N,)
    if np.abs(mono).max() < SILENCE:
        raise InputError(
            "The recording must hold a voice, got silence. Check that the microphone is on and not muted, and record again."
        )
    return Sound(mono.clip(-1, 1))


class _File(io.BytesIO):
    """A file in memory that, as one on disk, stays where it is when something damaged in it leads before its start."""

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return super().seek(offset, whence) if whence or offset >= 0 else self.tell()


def _check_kind(file: soundfile.SoundFile) -> None:
    if file.format not in FORMATS:
        raise InputError(_OTHER)
    if file.channels > MOST_CHANNELS:
        raise InputError(
            f"The recording must have at most {MOST_CHANNELS} channels, got {file.channels}. Save it as mono and try again."
        )
    if not SLOWEST <= file.samplerate <= FASTEST:
        raise InputError(
            f"The recording must have {SLOWEST:,} to {FASTEST:,} samples a second, got {file.samplerate:,}. "
            "Save it with 16,000 and try again."
        )
    _check_seconds(file.frames / file.samplerate)


def _check_seconds(seconds: float) -> None:
    if seconds > LONGEST:
        raise InputError(f"The recording must be at most {LONGEST:g} s long, got {seconds:,.1f} s. Cut out a part and try again.")
    if seconds < SHORTEST:
        raise InputError(f"The recording must be at least {SHORTEST} s long, got {seconds:.2f} s. Choose a longer one.")
