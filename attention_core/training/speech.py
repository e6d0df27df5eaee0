"""Trains `speech` on strings of digits joined from single recordings; measures it on recordings, and a voice, it never heard."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from attention_core.encoders.speech import SECONDS, log_mel
from attention_core.learning import Recipe, draw
from attention_core.tasks.decoder import END
from attention_core.tasks.encoding import Head
from attention_core.tasks.speech import DROPPED, MOST, SPEC, SpeechModel
from attention_core.training import speech_data
from attention_core.training.run import Run, sha256
from attention_core.training.speech_data import ARCHIVE, MOST_JOINED, NEW_VOICE, TAKES, Strings, Voices, read
from attention_core.training.together import write_together
from attention_core.training.writing import SCORE_RATE, SMOOTHING, fit_in_epochs, words_loss

RECIPE = Recipe(steps=3500, batch=32, learning_rate=3e-3, weight_decay=0.05, seed=0)
EPOCH = 250  # steps, after which the state is kept
EASY = 2  # digits of the longest strings in the first epoch; each later one has strings of one more
TILT, BANDS_DROPPED = 0.3, 6  # how far bands of pitch are made louder or quieter; how many side by side are left out at most
UNTRAINED_SEEDS = (1, 2, 3)
MEASURED, MEASURED_SEED = 125, 0  # strings of each length
MEANINGS = {
    "accuracy": "1 less the digit error rate, 0 at least",
    "digit_error_rate": "digits wrong, left out or added, over the digits said (edit distance), in strings of 1 to 8 digits from "
    "recordings that it never learned from, with silences, noise, gain and speed varied as in training",
    "peak_in_span": "share of all digits said that are written and have their largest weight inside the time they are said in",
    "new_voice_error_rate": "digit error rate on a person of whom it never heard anything",
    "new_voice_peak_in_span": "peak in span, on that person",
}


def train(run: Run) -> None:
    """Trains, measures and writes everything for the task. Started twice at once, the two share the score functions."""
    for _ in run.claimed(["recordings"]):
        clips = run.kept("recordings", lambda: read(run.data))
    voices = {
        split: Voices({voice: [[clip.numpy() for clip in own] for own in digits] for voice, digits in voices.items()})
        for split, voices in clips.items()
    }
    exams = {split: exam(voices[split]) for split in ("calibrate", "test", "new voice")}
    model, jobs = SpeechModel(run.device), run.jobs(RECIPE.seed)
    scores: dict[str, dict] = {}
    for name in run.claimed(jobs):
        own, score, seed = jobs[name]
        lesson, recipe = Lesson(voices["train"], run.device), replace(RECIPE, seed=seed)
        kept = own.work / f"{score}.state.pt"
        seconds = own.fitted(
            score,
            lambda score=score, seed=seed: draw(lambda: model.build_head(score), seed),
            lambda head, lesson=lesson, recipe=recipe, kept=kept: fit_in_epochs(
                head, lambda epoch: lesson.batches(epoch, recipe.seed), lesson.objective, recipe, kept, half=False
            ),
            half=True,
            kept=kept,
        )
        measured = own.kept(f"measured-{score}", lambda own=own, score=score: measure(own, model, score, exams))
        scores[name] = {"seconds": round(seconds, 1), "steps": recipe.steps, **measured}
        print(name, scores[name]["metrics"], flush=True)
    for _ in run.claimed(["card"]):
        write_card(
            run,
            scores,
            {split: len(own) for split, own in voices.items()},
        )


def measure(run: Run, model: SpeechModel, score: str, exams: dict[str, list[Strings]]) -> dict[str, dict[str, float]]:
    """What stands in the card for one score function, with the parameters of its file."""
    head = run.load(model.build_head(score), score)
    fresh = [draw(lambda: model.build_head(score), seed).to(run.device).eval() for seed in UNTRAINED_SEEDS]
    untrained = [figures(each, exams["test"], run.device) for each in fresh]
    heard, calibration, new = (figures(head, exams[split], run.device) for split in ("test", "calibrate", "new voice"))
    return {
        "metrics": {
            **heard,
            "new_voice_error_rate": new["digit_error_rate"],
            "new_voice_peak_in_span": new["peak_in_span"],
        },
        "calibration": calibration,
        "untrained": {key: float(np.mean([own[key] for own in untrained])) for key in heard},
    }


def write_card(run: Run, scores: dict[str, dict], counts: dict[str, int]) -> None:
    """The card and the golden values."""
    run.write_card(
        data=[
            {
                "name": "Free Spoken Digit Dataset, Zohar Jackson and others",
                "file": ARCHIVE,
                "sha256": sha256(run.data / ARCHIVE),
                "source": "https://github.com/Jakobovski/free-spoken-digit-dataset",
                "licence": "CC BY-SA 4.0",
                "recordings": counts,
                "split": "by the number of the take, of each digit and voice: "
                + ", ".join(f"{split} {takes.start} to {takes.stop - 1}" for split, takes in TAKES.items())
                + f", the rest for training; and of {NEW_VOICE} all for the new voice",
            }
        ],
        recipe=RECIPE,
        scores=scores,
        left_out=DROPPED,
        score_rate=SCORE_RATE,
        smoothing=SMOOTHING,
        strings={
            "digits": (1, MOST_JOINED),
            "measured": MEASURED * MOST_JOINED,
            "seed": MEASURED_SEED,
            **{name.lower(): getattr(speech_data, name) for name in ("BEFORE", "BETWEEN", "AFTER", "SPEED", "GAIN", "NOISE")},
        },
        chosen_on="the calibration recordings",
        untrained_seeds=UNTRAINED_SEEDS,
        meanings=MEANINGS,
    )
    run.write_golden(SPEC)


@dataclass(frozen=True)
class Lesson:
    """Strings to learn from, new ones in each batch: all of one number of digits, so that lengths are much alike.

    Args:
        voices: Whom to learn from.
        device: Where to compute.
    """

    voices: Voices
    device: torch.device

    def batches(self, epoch: int, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
        """An epoch: frames (B, 4 S, bands), with bands of pitch changed and left out, and words (B, T + 1).

        The first epochs have short strings only: where to look next is found sooner among few digits.
        """
        own = 1000 * seed + epoch
        chance, generator = random.Random(own), torch.Generator().manual_seed(own)
        most = min(EASY + epoch, MOST_JOINED)
        lengths = [1 + n % most for n in range(EPOCH)]
        chance.shuffle(lengths)
        for digits in lengths:
            made = self.voices.strings(RECIPE.batch, digits, chance)
            frames = log_mel(made.samples)  # (B, 4 S, bands)
            yield changed(frames, generator).to(self.device), words(made).to(self.device)

    @staticmethod
    def objective(head: Head, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, float]:
        """The loss of all digits and of the END, and their mean probability."""
        frames, written = batch
        key, value = head.readout.states(frames)  # (B, S, D) each
        return words_loss(head, head.readout.decoder, key, value, written, torch.ones_like(written, dtype=torch.bool))


def changed(frames: Tensor, generator: torch.Generator) -> Tensor:
    """Frames (B, 4 S, bands) as another microphone in another room may hear them: some pitches louder, some not at all."""
    count, _, bands = frames.shape
    place = torch.linspace(0, torch.pi, bands)
    waves = torch.stack([torch.cos(n * place) for n in (1, 2, 3)])  # (3, bands)
    tilt = torch.randn(count, 3, generator=generator) @ waves * TILT  # (B, bands)
    frames = (frames + tilt[:, None]).clamp(min=-2)
    first = torch.randint(bands, (count, 1), generator=generator)
    wide = torch.randint(BANDS_DROPPED + 1, (count, 1), generator=generator)
    at = torch.arange(bands)
    return frames.masked_fill(((at >= first) & (at < first + wide))[:, None], -2)


def words(strings: Strings) -> Tensor:
    """(B, T + 1) what is written of each string: word 1 stands for 0, and so on, then END."""
    return torch.cat([strings.digits + 1, torch.full((len(strings.digits), 1), END)], 1)


def exam(voices: Voices) -> list[Strings]:
    """Strings to measure with, as many of each number of digits."""
    chance = random.Random(MEASURED_SEED)
    return [voices.strings(MEASURED, digits, chance) for digits in range(1, MOST_JOINED + 1)]


@torch.inference_mode()
def figures(head: Head, strings: Sequence[Strings], device: torch.device) -> dict[str, float]:
    """Accuracy, digit error rate and peak in span."""
    said, wrong, inside = 0, 0, 0
    for own in strings:
        key, value = head.readout.states(log_mel(own.samples).to(device))  # (B, S, D) each
        for n, heard in enumerate(write_together(head, key, value, MOST + 1)):
            errors, pairs = aligned([digit + 1 for digit in own.digits[n].tolist()], heard.words)
            moments = ((heard.weights.argmax(1) + 0.5) * SECONDS).tolist()  # (T,)
            spans = own.spans[n].tolist()
            said, wrong = said + len(spans), wrong + errors
            inside += sum(spans[true][0] <= moments[place] < spans[true][1] for true, place in pairs)
    return {"accuracy": max(0.0, 1 - wrong / said), "digit_error_rate": wrong / said, "peak_in_span": inside / said}


def aligned(said: Sequence[int], written: Sequence[int]) -> tuple[int, list[tuple[int, int]]]:
    """The least number of changes from what was said to what was written, and the places of the digits that agree.

    Source: Levenshtein 1966; of several ways with as few changes, one that keeps a digit that agrees at its place.
    """
    table = np.zeros((len(said) + 1, len(written) + 1), int)
    table[:, 0], table[0] = range(len(said) + 1), range(len(written) + 1)
    for i, own in enumerate(said, 1):
        for j, other in enumerate(written, 1):
            table[i, j] = min(table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (own != other))
    pairs, i, j = [], len(said), len(written)
    while i and j:
        if table[i, j] == table[i - 1, j - 1] + (said[i - 1] != written[j - 1]):
            i, j = i - 1, j - 1
            if said[i] == written[j]:
                pairs.append((i, j))
        elif table[i, j] == table[i - 1, j] + 1:
            i -= 1
        else:
            j -= 1
    return int(table[-1, -1]), pairs[::-1]
