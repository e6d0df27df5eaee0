"""The lesson of `sentiment`: a thousand labelled sentences to learn from, or the visitor's own."""

import random
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import torch

from attention_core.encoders.text import split_words
from attention_core.errors import InputError
from attention_core.learning import Prepared, Recipe
from attention_core.specs import Lesson, OwnExamples
from attention_core.tasks.encoding import Head
from attention_core.tasks.sentences import Loss, Sentences, accuracy, encode

LESSONS = Path(__file__).resolve().parents[2] / "assets" / "lessons"
TRAINING, HELD_OUT = LESSONS / "sentiment.tsv", LESSONS / "sentiment-held-out.tsv"
LABELS = ("negative", "positive")
FEWEST, MOST, LEAST_A_LABEL = 10, 2000, 2
LONGEST = 500  # characters of one sentence
MOST_TOKENS = 64_000  # of all together: 3 kB each
HELD_OUT_SHARE, SPLIT_SEED = 5, 0  # a fifth of a visitor's own

Examples = list[tuple[str, int]]


def parse(text: str) -> Examples:
    """Lines of text, tab, label as (text, 0 or 1), in their order; blank lines are passed over.

    Raises:
        InputError: a line is not of that form, there are too few or too many, or a label is missing; the message names the line.
    """
    examples = []
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        if not line.strip():
            continue
        if len(examples) == MOST:
            raise InputError(f"There must be at most {MOST:,} lines, got more. Leave some out.")
        sentence, tab, label = line.rpartition("\t")
        if not tab:
            raise InputError(f"Line {number} must be a text, a tab and a label, got no tab. Put one before the label.")
        if label.strip().lower() not in LABELS:
            raise InputError(
                f"Line {number} must end in {' or '.join(LABELS)}, got “{label.strip()[:30]}”. Write one of them after the tab."
            )
        if len(sentence) > LONGEST:
            raise InputError(f"Line {number} must have at most {LONGEST} characters, got {len(sentence):,}. Make it shorter.")
        try:
            split_words(sentence)
        except InputError:
            raise InputError(f"Line {number} must hold a word before its tab, got none. Write a sentence there.") from None
        examples.append((sentence.strip(), LABELS.index(label.strip().lower())))
    if len(examples) < FEWEST:
        raise InputError(f"There must be at least {FEWEST} lines, got {len(examples)}. Add more, each a text, a tab and a label.")
    for value, name in enumerate(LABELS):
        count = sum(label == value for _, label in examples)
        if count < LEAST_A_LABEL:
            raise InputError(f"At least {LEAST_A_LABEL} lines must end in {name}, got {count}. Add some: both labels are needed.")
    return examples


def read(text: str) -> tuple[Examples, Examples]:
    """A visitor's own lines, a fifth of each label (at least one line) set apart to measure with. Raises InputError."""
    training, held_out = [], []
    for value in range(len(LABELS)):
        own = [example for example in parse(text) if example[1] == value]
        random.Random(SPLIT_SEED).shuffle(own)
        apart = max(1, len(own) // HELD_OUT_SHARE)
        held_out += own[:apart]
        training += own[apart:]
    return training, held_out


@cache
def shipped() -> tuple[Examples, Examples]:
    """The sentences that come with the app: those to learn from, and those to measure with."""
    return parse(TRAINING.read_text("utf-8")), parse(HELD_OUT.read_text("utf-8"))


def prepare(model: Any, examples: Sequence[tuple[str, int]]) -> Iterator[Prepared]:
    """The examples through the task's encoder, a part an iteration. Raises InputError."""
    return encode(model.encoder, examples, MOST_TOKENS)


def objective(sentences: Sentences, device: torch.device, seed: int) -> Loss:
    """What training on them minimises: the same as in the task's own training."""
    return Loss([sentences], torch.arange(len(sentences)), device, seed)


def measure(head: Head, sentences: Sentences, device: torch.device) -> float:
    """The share of sentences judged rightly."""
    return accuracy(head, sentences, torch.arange(len(sentences)), device)


LESSON = Lesson(
    examples="sentences",
    credit="Film-review sentences of Bo Pang and Lillian Lee, sentence polarity dataset v1.0, CC BY 4.0",
    compared="What ships with the app learned from 9,596 sentences, in three versions each.",
    right="judged rightly",
    counted="A sentence is judged rightly if its own label is the more likely one. By chance that is every other one.",
    shipped=shipped,
    prepare=prepare,
    objective=objective,
    measure=measure,
    recipe=Recipe(steps=300, batch=32, learning_rate=2e-3, weight_decay=0.3, seed=0),
    own=OwnExamples(
        pattern="A warm and funny film.\tpositive\nFar too long, and dull.\tnegative",
        form=f"One sentence a line, then a tab, then {LABELS[1]} or {LABELS[0]}; {FEWEST} to {MOST:,} lines.",
        read=read,
    ),
)
