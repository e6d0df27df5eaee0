"""Speech: which digits a recording says, one after the other, and when each was said."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from attention_core.encoders.sound import LONGEST, PACE, Sound, open_sound
from attention_core.encoders.speech import BANDS, HIGHEST, LOWEST, SECONDS, WINDOW, log_mel, spans
from attention_core.inputs import SoundInput
from attention_core.results import Panel, Signals, Words
from attention_core.specs import Example, Metric, TaskSpec
from attention_core.tasks.beam import BEAM
from attention_core.tasks.decoder import END, Decoder
from attention_core.tasks.encoding import Encoding, Head, sized_score
from attention_core.tasks.settings import Settings
from attention_core.tasks.writing import told, write

LABELS = ("[END]", *map(str, range(10)))
NARROW, EMBEDDING, WIDTH = 96, 64, 128
SIZES = {"width": 128, "max_positions": round(LONGEST / SECONDS)}
MOST, USUAL = 16, 8  # digits that it writes, and that it learned to write
DROPPED = 0.1  # of embeddings, of what is read and of values, in training
UNSURE, ALL_UNSURE = 0.7, 0.8  # of a digit; of all together: right digits mostly have 0.9, noise and music taken for digits less
POINTS = 200  # of the drawn sound, a second
STEADY = "It is nearly as loud throughout, which a voice is not: there may be no digit in it at all."
CREDIT = "Spoken by {}, joined from recordings of the Free Spoken Digit Dataset, CC BY-SA 4.0; so is this. {}"
KNOWN = "It learned from other recordings of this voice."
UNKNOWN = "It never heard this voice before."


class Listener(nn.Module):
    """All that is trained besides the score function: what makes values and keys, and what writes.

    A value hears 0.26 s around its moment and nothing else; whoever wants to know what was said must look there. A key is made
    of it and of all that came before and after, told by two GRUs: of three sevens the second must be found.
    """

    def __init__(self) -> None:
        super().__init__()
        # Each output's middle is that of the frames it stands for: 4 wide, 2 apart, twice, is a key of 4 frames.
        self.first = nn.Conv1d(BANDS, NARROW, 4, stride=2, padding=1)
        self.second = nn.Conv1d(NARROW, WIDTH, 4, stride=2, padding=1)
        self.third = nn.Conv1d(WIDTH, WIDTH, 3, padding=1)
        self.fourth = nn.Conv1d(WIDTH, WIDTH, 3, padding=1)
        self.norm = nn.LayerNorm(WIDTH)
        self.what = nn.Linear(WIDTH, WIDTH)
        self.order = nn.GRU(WIDTH, WIDTH // 2, bidirectional=True, batch_first=True)
        self.drop = nn.Dropout(DROPPED)
        self.decoder = Decoder(len(LABELS), EMBEDDING, WIDTH, WIDTH, DROPPED)

    def states(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values (B, S, D) of frames (B, 4 S, bands)."""
        heard = torch.relu(self.second(torch.relu(self.first(frames.transpose(1, 2)))))  # (B, D, S)
        for further in (self.third, self.fourth):
            heard = heard + torch.relu(further(heard))
        value = self.drop(self.norm(heard.transpose(1, 2)))  # (B, S, D)
        return self.what(value) + self.order(value)[0], value


class SpeechModel:
    """Values: a small network over what is heard around each moment; keys: those and what came before and after.

    Query: the decoder's state at digit t. All is trained together, once for each score function.

    Args:
        device: Where to compute.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device

    def encode(self, inputs: Sequence[Mapping[str, Any]]) -> list[Encoding]:
        """One Encoding a recording. Raises InputError for one that cannot be used."""
        return [self._encoding(open_sound(given["recording"])) for given in inputs]

    def _encoding(self, sound: Sound) -> Encoding:
        frames = log_mel(torch.from_numpy(sound.samples).to(self.device)[None])[0]  # (4 S, bands)
        read = frames.reshape(-1, WINDOW * BANDS)  # (S, R)
        nothing, seconds = read[:, :0], spans(len(read))  # (S, 0), (S, 2)
        return Encoding(
            query=nothing[:0],  # (0, 0)
            key=nothing,
            value=nothing,
            key_mask=torch.ones(len(read), dtype=torch.bool, device=self.device),  # (S,)
            query_labels=(),
            key_labels=tuple(f"{start:.2f}–{end:.2f} s" for start, end in seconds.tolist()),
            key_spans=seconds,
            notes=_steady(sound),
            read=read,
            signals=_signals(sound, frames),
        )

    def build_head(self, score: str) -> Head:
        """A head with parameters from torch's generator."""
        return Head(sized_score(score, WIDTH, SIZES), Listener())

    def write(self, head: Head, encoding: Encoding, settings: Settings) -> Encoding:
        """The encoding with keys, values, and the digits that it hears with their queries."""
        key, value = head.readout.states(encoding.read.reshape(1, -1, BANDS))
        heard = replace(encoding, key=key[0], value=value[0])
        return write(head.score, head.readout.decoder, heard, settings, MOST + 1, _label, _doubt)

    def output(
        self, head: Head, query: Tensor, key: Tensor, context: Tensor, energies: Tensor, weights: Tensor, encoding: Encoding
    ) -> dict[str, Any]:
        """The digits, and for each the probability with which it was written."""
        return told(" ".join(encoding.query_words.labels), head.readout.decoder, encoding, query, context)


def _steady(sound: Sound) -> tuple[str, ...]:
    """A note on a sound that is about as loud at its quietest as at its loudest, such as a hiss or a tone."""
    step = round(SECONDS * PACE)
    powers = np.square(sound.samples[: len(sound.samples) // step * step].reshape(-1, step)).mean(1)  # (keys,)
    quiet, loud = np.quantile(powers, (0.05, 0.95))
    return (STEADY,) if loud < 2 * quiet else ()


def _label(written: Sequence[int]) -> tuple[list[str], Words]:
    labels = [LABELS[n] for n in written]
    index = [-1 if n == END else place for place, n in enumerate(written)]
    return labels, Words(tuple(label for label, n in zip(labels, written, strict=True) if n != END), np.array(index))


def _doubt(written: Sequence[int], probabilities: Sequence[float]) -> tuple[str, ...]:
    digits = [(LABELS[n], p) for n, p in zip(written, probabilities, strict=True) if n != END]
    doubtful = [f"“{digit}” ({p:.2f})" for digit, p in digits if p < UNSURE]
    notes = []
    if np.log([p for _, p in digits]).mean() < np.log(ALL_UNSURE):
        notes.append("It is unsure of all this: it knows spoken English digits, and takes whatever it hears for one.")
    elif doubtful:
        notes.append(f"It is unsure of {' and '.join(doubtful)}: in brackets the probability it gives that digit.")
    if len(digits) >= USUAL:
        notes.append(f"It learned from recordings of one to {USUAL} digits. Where more are said, it leaves some out.")
    return tuple(notes)


def _signals(sound: Sound, frames: Tensor) -> Signals:
    """What a page draws and plays of a recording: how far the sound swings, and its bands of pitch."""
    seconds = len(frames) / WINDOW * SECONDS
    step = PACE // POINTS
    samples = np.pad(sound.samples, (0, round(seconds * PACE) - len(sound.samples)))  # (N,), a whole number of keys
    swings = samples.reshape(-1, step)  # (points, step)
    return Signals(
        seconds=seconds,
        panels=(
            Panel("Sound", "", ("highest", "lowest"), np.stack([swings.max(1), swings.min(1)]), "swing"),
            Panel("Spectrogram", "Hz", (f"{LOWEST}", f"{HIGHEST:,}"), frames.T.cpu().numpy(), "image"),
        ),
        heard=samples,
    )


def _example(title: str, file: str, voice: str, more: str = KNOWN) -> Example:
    return Example(title, {"recording": file}, CREDIT.format(voice, more))


SPEC = TaskSpec(
    name="speech",
    title="Hear digits",
    question="When was each digit said?",
    inputs=(
        SoundInput(
            "recording",
            "Your recording",
            form="English digits, spoken one by one: up to 15 seconds as WAV, FLAC, OGG or MP3. It learned from one to eight.",
        ),
    ),
    examples=(
        _example("Five digits", "digits-five.wav", "George"),
        _example("Twice the same", "digits-twice.wav", "Theo"),
        _example("Eight digits", "digits-eight.wav", "Jackson"),
        _example("A new voice", "digits-new-voice.wav", "Lucas", UNKNOWN),
        _example("In noise", "digits-noise.wav", "Nicolas"),
    ),
    query_name="digit",
    key_name="moment",
    metric=Metric(
        "accuracy",
        "Digits right",
        "1 less the digit error rate: the share of digits that are right, less those added, in strings of held-out recordings",
    ),
    query_meaning="the decoder's state at each digit it writes (Luong's: the state at that digit, with which it is chosen)",
    key_meaning="the moments of the recording, 0.04 s each, with what is heard there and what came before and after",
    context_meaning="what is heard at the moments, mixed by their weights: all that the decoder knows of the sound",
    place_meaning="Nobody speaks by the clock, so it points at no digit: it spreads its weights over dozens of moments, the same "
    "in every recording, and leaves it to the decoder to tell what of that is new.",
    model=SpeechModel,
    options=(BEAM,),
    why_no_lesson="It learns from thousands of recordings, far more than a page can in a minute.",
    order=4,
)
