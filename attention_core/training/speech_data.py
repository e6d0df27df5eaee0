"""The recordings of the Free Spoken Digit Dataset for `speech`: who speaks, and strings of digits joined from them."""

import io
import random
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import torch
from scipy.signal import lfilter
from torch import Tensor

from attention_core.encoders.sound import PACE
from attention_core.encoders.speech import HOP, WINDOW

ARCHIVE = "speech/fsdd.tar.xz"
NEW_VOICE = "lucas"  # nothing that this person said is learned from
TAKES = {"test": range(5), "calibrate": range(5, 10)}  # of each digit and voice, in their numbering; all others are learned from
MOST_JOINED = 8
BEFORE, BETWEEN, AFTER = (0.05, 0.8), (0.0, 0.5), (0.05, 0.8)  # seconds of silence
SPEED, GAIN, NOISE = (0.85, 1.2), (-4.0, 4.0), (5.0, 40.0)  # of its own; dB of a digit; dB of all digits over the noise
KEY = WINDOW * HOP  # samples


@dataclass(frozen=True)
class Strings:
    """As many recordings, all of one length and with as many digits.

    Args:
        samples: (B, N) float32, N a whole number of keys.
        digits: (B, T) int64, 0 to 9.
        spans: (B, T, 2) float32, seconds where each digit is said.
    """

    samples: Tensor
    digits: Tensor
    spans: Tensor


class Voices:
    """Recordings of single digits, by voice and digit.

    Args:
        clips: `clips[voice][digit]`, each (N,) float32.
    """

    def __init__(self, clips: dict[str, list[list[np.ndarray]]]) -> None:
        self.clips, self.names = clips, sorted(clips)

    def __len__(self) -> int:
        return sum(len(own) for digits in self.clips.values() for own in digits)

    def strings(self, count: int, digits: int, chance: random.Random) -> Strings:
        """So many strings of so many digits, each of one voice, with silences, speed, gain and noise of its own."""
        made = [self._string(digits, chance) for _ in range(count)]
        longest = max(len(sound) for sound, _, _ in made)
        length = -(-longest // KEY) * KEY
        noise = np.random.default_rng(chance.getrandbits(32))
        samples, spans = np.zeros((count, length), np.float32), []
        for row, (sound, _, own) in zip(samples, made, strict=True):
            start = chance.randint(0, length - len(sound))
            row[start : start + len(sound)] = sound
            row += background(length, noise, chance) * _loudness(sound) * 10 ** (-chance.uniform(*NOISE) / 20)
            row *= 10 ** (-chance.uniform(0, 20) / 20) / np.abs(row).max()
            spans.append(own + start / PACE)
        return Strings(
            torch.from_numpy(samples), torch.tensor([own for _, own, _ in made]), torch.from_numpy(np.stack(spans)).float()
        )

    def _string(self, count: int, chance: random.Random) -> tuple[np.ndarray, list[int], np.ndarray]:
        """A voice saying so many digits: the sound, the digits, and when each is said, (T, 2) seconds."""
        own, speed = self.clips[chance.choice(self.names)], chance.uniform(*SPEED)
        parts, digits, spans = [_silence(BEFORE, chance)], [], []
        at = len(parts[0])
        for n in range(count):
            digits.append(chance.randrange(10))
            clip = _sped(chance.choice(own[digits[-1]]), speed)
            clip = clip * (0.1 / (_loudness(clip) + 1e-6) * 10 ** (chance.uniform(*GAIN) / 20))
            gap = _silence(AFTER if n == count - 1 else BETWEEN, chance)
            spans.append((at / PACE, (at + len(clip)) / PACE))
            parts += [clip, gap]
            at += len(clip) + len(gap)
        return np.concatenate(parts).astype(np.float32), digits, np.array(spans)


def background(length: int, noise: np.random.Generator, chance: random.Random) -> np.ndarray:
    """(N,) noise of loudness 1: even, or deeper the more like its last sample each one is."""
    white = noise.standard_normal(length)
    own = lfilter([1.0], [1.0, -chance.uniform(0, 0.98)], white)
    return own / (_loudness(own) + 1e-9)


def _silence(seconds: tuple[float, float], chance: random.Random) -> np.ndarray:
    return np.zeros(round(chance.uniform(*seconds) * PACE))


def _sped(clip: np.ndarray, speed: float) -> np.ndarray:
    """Faster, and as much higher."""
    return np.interp(np.arange(0, len(clip) - 1, speed), np.arange(len(clip)), clip)


def _loudness(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(samples))))


def read(data: Path) -> dict[str, dict[str, list[list[Tensor]]]]:
    """The clips of each split: "train", "calibrate", "test", and "new voice", of a person who is in no other."""
    splits: dict[str, dict] = {split: {} for split in ("train", *TAKES, "new voice")}
    for (digit, voice, take), samples in files(data):
        split = next((name for name, takes in TAKES.items() if take in takes), "train")
        own = splits["new voice" if voice == NEW_VOICE else split]
        own.setdefault(voice, [[] for _ in range(10)])[digit].append(torch.from_numpy(samples))
    return splits


def files(data: Path) -> list[tuple[tuple[int, str, int], np.ndarray]]:
    """Digit, voice, number of the take, and the samples (N,) float32 of each file, in that order."""
    found = {}
    with tarfile.open(data / ARCHIVE) as archive:  # read in its own order: it is packed as a whole
        for member in archive:
            if member.name.endswith(".wav"):
                digit, voice, take = Path(member.name).stem.split("_")
                samples, pace = soundfile.read(io.BytesIO(archive.extractfile(member).read()), dtype="float32")
                if pace != PACE:
                    raise ValueError(f"{member.name} must have {PACE} samples a second, got {pace}.")
                found[int(digit), voice, int(take)] = samples
    return sorted(found.items())
