"""Trains the sentiment task on sentence polarity: 10,662 film-review sentences, half of them positive."""

import random
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from attention_core.attention import AttentionResult, attend
from attention_core.encoders.text import TextEncoder, split_words
from attention_core.learning import Recipe, draw, fit
from attention_core.registry import score_names
from attention_core.tasks.encoding import Head
from attention_core.tasks.sentiment import LAYERS, SentimentModel, pooled
from attention_core.training.run import Run, progress, sha256

ARCHIVE = "sentiment/sentence_polarity.zip"
FILES = ("sentence_polarity/rt-polarity.neg", "sentence_polarity/rt-polarity.pos")  # label 0, label 1
RECIPE = Recipe(steps=1200, batch=64, learning_rate=1e-3, weight_decay=0.3, seed=0)
SPLIT_SEED = 0
NUMBERS_DROPPED, KEYS_DROPPED = 0.4, 0.2
COPIES, WORDS_DROPPED = 2, 0.15  # copies of each sentence that lack some of its words, so that no single word is learned by heart
UNTRAINED_SEEDS = (1, 2, 3)


@dataclass(frozen=True)
class Sentences:
    """Encoded sentences without special tokens: states (S, D) each, word indices (S,) each, labels (N,) 0 or 1."""

    states: list[Tensor]
    words: list[Tensor]
    labels: Tensor

    def batch(self, indices: Tensor, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
        """Queries (B, 1, D), keys (B, S, D) and key_mask (B, S) of these sentences."""
        states = [self.states[n].float() for n in indices]
        key = torch.nn.utils.rnn.pad_sequence(states, batch_first=True)  # (B, S, D)
        lengths = torch.tensor([len(own) for own in states])
        mask = torch.arange(key.shape[1]) < lengths[:, None]  # (B, S)
        query = torch.stack([pooled(own) for own in states])[:, None]  # (B, 1, D)
        return query.to(device), key.to(device), mask.to(device)


def train(run: Run) -> None:
    """Trains, measures and writes everything for the task."""
    examples = read(run.data / ARCHIVE)
    sentences = Sentences(**run.kept("encoded", lambda: encode(examples, run.device)))
    copies = [
        Sentences(**run.kept(f"encoded-copy-{seed}", lambda seed=seed: encode(thinned(examples, seed), run.device)))
        for seed in range(COPIES)
    ]
    order = torch.randperm(len(sentences.labels), generator=torch.Generator().manual_seed(SPLIT_SEED))
    held_out, training = order[: len(order) // 10], order[len(order) // 10 :]
    model = SentimentModel(run.device)
    scores = {}
    for score in score_names():
        seconds = run.fitted(
            score,
            lambda score=score: draw(lambda: model.build_head(score), RECIPE.seed),
            lambda head: fit(head, len(training), Loss([sentences, *copies], training, run.device), RECIPE),
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
    run.write_golden()


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


def encode(examples: Sequence[tuple[str | list[str], int]], device: torch.device) -> dict[str, object]:
    """The fields of Sentences, states in float16 to keep them small."""
    encoder, states, words = TextEncoder(device), {}, {}
    by_length = sorted(range(len(examples)), key=lambda n: len(examples[n][0]))
    for part in progress("encoding 64 sentences", [by_length[n : n + 64] for n in range(0, len(by_length), 64)]):
        for n, text in zip(part, encoder.token_states([examples[n][0] for n in part], LAYERS), strict=True):
            word = torch.tensor(text.word_of_token)
            states[n], words[n] = text.states[word >= 0].half().cpu(), word[word >= 0]
    order = range(len(examples))
    labels = torch.tensor([label for _, label in examples], dtype=torch.float32)
    return {"states": [states[n] for n in order], "words": [words[n] for n in order], "labels": labels}


class Loss:
    """Cross-entropy of the label and the share judged rightly; some numbers of the keys and some keys are left out."""

    def __init__(self, versions: Sequence[Sentences], training: Tensor, device: torch.device) -> None:
        self.versions, self.training, self.device = versions, training, device
        self.generator = torch.Generator().manual_seed(RECIPE.seed)

    def __call__(self, head: Head, indices: Tensor) -> tuple[Tensor, float]:
        chosen = self.training[indices]
        sentences = self.versions[torch.randint(len(self.versions), (), generator=self.generator)]
        query, key, mask = sentences.batch(chosen, self.device)
        kept = torch.rand(len(key), 1, key.shape[2], generator=self.generator).to(self.device) >= NUMBERS_DROPPED
        key = key * kept / (1 - NUMBERS_DROPPED)  # (B, S, D): a number is left out of all keys of a sentence, or of none
        thinned = mask & (torch.rand(mask.shape, generator=self.generator).to(self.device) >= KEYS_DROPPED)
        mask = torch.where(thinned.any(1, keepdim=True), thinned, mask)  # (B, S)
        context = attend(head.score, query, key, key_mask=mask).context  # (B, 1, D)
        verdict, labels = head.readout(context)[:, 0, 0], sentences.labels[chosen].to(self.device)  # (B,) each
        return binary_cross_entropy_with_logits(verdict, labels), ((verdict > 0) == (labels > 0.5)).float().mean().item()


@torch.inference_mode()
def accuracy(head: Head, sentences: Sentences, indices: Tensor, device: torch.device) -> float:
    """The share of sentences judged rightly."""
    right = 0
    for part in indices.split(256):
        query, key, mask = sentences.batch(part, device)
        context = attend(head.score, query, key, key_mask=mask).context  # (B, 1, D)
        right += ((head.readout(context)[:, 0, 0].cpu() > 0) == (sentences.labels[part] > 0.5)).sum().item()
    return right / len(indices)


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
