"""Trains the sentiment task on sentence polarity: 10,662 film-review sentences, half of them positive."""

import random
import zipfile
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from attention_core.attention import AttentionResult, attend
from attention_core.encoders.text import TextEncoder, split_words
from attention_core.learning import Recipe, draw, fit
from attention_core.registry import score_names
from attention_core.tasks.encoding import Head
from attention_core.tasks.sentences import KEYS_DROPPED, NUMBERS_DROPPED, Loss, Sentences, accuracy, encode
from attention_core.tasks.sentiment import SPEC, SentimentModel
from attention_core.training.run import Run, sha256, show

ARCHIVE = "sentiment/sentence_polarity.zip"
FILES = ("sentence_polarity/rt-polarity.neg", "sentence_polarity/rt-polarity.pos")  # label 0, label 1
RECIPE = Recipe(steps=1200, batch=64, learning_rate=1e-3, weight_decay=0.3, seed=0)
SPLIT_SEED = 0
COPIES, WORDS_DROPPED = 2, 0.15  # copies of each sentence that lack some of its words, so that no single word is learned by heart
UNTRAINED_SEEDS = (1, 2, 3)


def train(run: Run) -> None:
    """Trains, measures and writes everything for the task."""
    examples = read(run.data / ARCHIVE)
    sentences = Sentences(**run.kept("encoded", lambda: encoded(examples, run)))
    copies = [
        Sentences(**run.kept(f"encoded-copy-{seed}", lambda seed=seed: encoded(thinned(examples, seed), run)))
        for seed in range(COPIES)
    ]
    held_out, training = split(len(examples))
    model = SentimentModel(run.device)
    scores = {}
    for score in score_names():
        seconds = run.fitted(
            score,
            lambda score=score: draw(lambda: model.build_head(score), RECIPE.seed),
            lambda head: fit(head, len(training), Loss([sentences, *copies], training, run.device, RECIPE.seed), RECIPE),
            half=True,
        )
        trained = run.load(model.build_head(score), score)
        untrained = [draw(lambda score=score: model.build_head(score), seed).to(run.device) for seed in UNTRAINED_SEEDS]
        scores[score] = {
            "seconds": seconds,
            "steps": RECIPE.steps,
            "metrics": measure(trained, sentences, held_out, run.device),
            "untrained": {
                "accuracy": sum(accuracy(head, sentences, held_out, run.device) for head in untrained) / len(untrained)
            },
        }
        print(score, scores[score]["metrics"], flush=True)
    run.write_card(
        data=[
            {
                "name": "Sentence Polarity Dataset v1.0, Bo Pang and Lillian Lee 2005",
                "file": ARCHIVE,
                "sha256": sha256(run.data / ARCHIVE),
                "source": "http://www.cs.cornell.edu/People/pabo/movie-review-data",
                "licence": "CC BY 4.0",
                "training": len(training),
                "held_out": len(held_out),
                "split": f"a tenth held out, torch.randperm with seed {SPLIT_SEED}",
            }
        ],
        recipe=RECIPE,
        scores=scores,
        left_out={"numbers": NUMBERS_DROPPED, "keys": KEYS_DROPPED, "words": WORDS_DROPPED, "copies": COPIES},
        untrained_seeds=UNTRAINED_SEEDS,
        meanings={
            "accuracy": "share of held-out sentences judged rightly",
            "deletion_top": "mean change of the probability when the top-weighted word's tokens are masked",
            "deletion_other": "the same for another word, the mean over every other word of the sentence",
            "deletion_ratio": "deletion_top / deletion_other",
            "left_out": "in training: shares of each key's numbers, of keys, and of the words in this many copies of a sentence",
        },
    )
    run.write_golden(SPEC)


def split(count: int) -> tuple[Tensor, Tensor]:
    """The indices of the tenth held out, and of the rest."""
    order = torch.randperm(count, generator=torch.Generator().manual_seed(SPLIT_SEED))
    return order[: count // 10], order[count // 10 :]


def read(archive: Path) -> list[tuple[str, int]]:
    """The sentences with their labels, in the files' order."""
    with zipfile.ZipFile(archive) as files:
        return [
            (line.strip(), label)
            for label, name in enumerate(FILES)
            for line in files.read(name).decode("latin-1").splitlines()
            if line.strip()
        ]


def thinned(examples: list[tuple[str, int]], seed: int) -> list[tuple[list[str], int]]:
    """The examples as lists of words, some of which are left out at random, never all."""
    chance, copies = random.Random(seed), []
    for text, label in examples:
        words = split_words(text)
        copies.append(([word for word in words if chance.random() >= WORDS_DROPPED] or words, label))
    return copies


def encoded(examples: Sequence[tuple[str | list[str], int]], run: Run) -> dict[str, object]:
    """The fields of Sentences."""
    for part in encode(TextEncoder(run.device), examples):
        show("encoding sentences", part.done, part.of)
    return vars(part.data)


@torch.inference_mode()
def measure(head: Head, sentences: Sentences, indices: Tensor, device: torch.device) -> dict[str, float]:
    """Accuracy, and how far the probability moves without the top-weighted word and without any other."""
    top, other, counted = 0.0, 0.0, 0
    for n in indices:
        words, (query, key, _) = sentences.words[n].to(device), sentences.batch(n[None], device)
        count = int(words.max()) + 1
        if count < 2:
            continue
        whole = attend(head.score, query, key)
        without = words != torch.arange(count, device=device)[:, None]  # (words, S): one word masked in each row
        fewer = attend(head.score, query.expand(count, -1, -1), key.expand(count, -1, -1), key_mask=without)
        moved = (_positive(head, fewer) - _positive(head, whole)).abs()  # (words,)
        weights = torch.zeros(count, device=device).index_add_(0, words, whole.weights[0, 0])
        most = moved[weights.argmax()]
        top, other, counted = top + most.item(), other + ((moved.sum() - most) / (count - 1)).item(), counted + 1
    return {
        "accuracy": accuracy(head, sentences, indices, device),
        "deletion_top": top / counted,
        "deletion_other": other / counted,
        "deletion_ratio": top / other,
    }


def _positive(head: Head, result: AttentionResult) -> Tensor:
    return torch.sigmoid(head.readout(result.context))[:, 0, 0]
