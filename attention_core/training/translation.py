"""Trains the translation task on sentence pairs of the Tatoeba project, reader, decoder and score function together."""

import importlib.metadata
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

import torch
from torch import Tensor

from attention_core.learning import Recipe, Step, draw
from attention_core.tasks.beam import BEAM, LENGTH_POWER
from attention_core.tasks.decoder import END
from attention_core.tasks.encoding import Head
from attention_core.tasks.subwords import SPECIAL, words_of
from attention_core.tasks.translation import DROPPED, MOST, SOURCE, SPEC, TARGET, VOCABULARY, TranslationModel
from attention_core.training.run import Run, sha256
from attention_core.training.translation_data import ARCHIVE, PIECES, SPLIT_SEED, Split, learn_pieces, read, read_links, split
from attention_core.training.translation_measure import (
    UNTRAINED_SEEDS,
    UNTRAINED_SENTENCES,
    corpus,
    linked,
    perplexity,
    untrained,
    written,
)
from attention_core.training.writing import SCORE_RATE, SMOOTHING, fit_in_epochs, like_lengths, padded, words_loss

EPOCHS, BATCH = 4, 128
LEARNING_RATE, WEIGHT_DECAY, SEED = 2.5e-3, 0.01, 0
MEASURED_TOGETHER = 64


def train(run: Run) -> None:
    """Trains, measures and writes everything for the task. Started twice at once, the two share the score functions."""
    parts = split(read(run.data / ARCHIVE))
    for _ in run.claimed(["pieces"]):
        write_pieces(run, parts)
        run.kept("encoded", lambda: Pairs.encoded(parts.training, TranslationModel(run.device, run.models)))
    model, training = TranslationModel(run.device, run.models), Pairs(**run.kept("encoded", dict))
    batches = len(training.batches(SEED))
    recipe = Recipe(EPOCHS * batches, BATCH, LEARNING_RATE, WEIGHT_DECAY, SEED)
    jobs = run.jobs(SEED)
    scores: dict[str, dict] = {}
    for name in run.claimed(jobs):
        own, score, seed = jobs[name]
        kept = own.work / f"{score}.state.pt"
        seconds = own.fitted(
            score,
            lambda score=score, seed=seed: draw(lambda: model.build_head(score), seed),
            lambda head, seed=seed, kept=kept: training.fit(head, recipe, seed, kept),
            half=True,
            kept=kept,
        )
        measured = own.kept(f"measured-{score}", lambda own=own, score=score: measure(own, model, score, parts))
        scores[name] = {"seconds": seconds, "steps": recipe.steps, **measured}
        print(name, measured["metrics"], flush=True)
    for _ in run.claimed(["card"]):
        write_card(run, recipe, parts, training, scores)


class Pairs:
    """Sentence pairs in pieces, each sentence with its END.

    Args:
        source, target: The pieces of all sentences, one after the other.
        sources, targets: How many pieces each sentence has.
    """

    def __init__(self, source: Tensor, target: Tensor, sources: Tensor, targets: Tensor) -> None:
        self.lengths = sources, targets
        self.sentences = [list(own.split(counts.tolist())) for own, counts in ((source, sources), (target, targets))]

    def __len__(self) -> int:
        return len(self.lengths[0])

    @staticmethod
    def encoded(pairs: list[tuple[str, str]], model: TranslationModel) -> dict[str, Tensor]:
        """The arguments of Pairs for all pairs that are not too long and hold no unknown letter."""
        ends = []
        for pair in pairs:
            both = [
                [*chain.from_iterable(own.pieces(words_of(text), MOST + 1)), END]
                for text, own in zip(pair, (model.source, model.target), strict=True)
            ]
            if max(map(len, both)) <= MOST + 1 and SPECIAL.index("[UNK]") not in chain(*both):
                ends.append(both)
        flat = [torch.tensor(list(chain.from_iterable(both[n] for both in ends)), dtype=torch.int32) for n in range(2)]
        counts = [torch.tensor([len(both[n]) for both in ends]) for n in range(2)]
        return {"source": flat[0], "target": flat[1], "sources": counts[0], "targets": counts[1]}

    def batches(self, seed: int) -> list[Tensor]:
        """The indices of all pairs, those of like length together."""
        return like_lengths(*self.lengths, BATCH, seed)

    def table(self, indices: Tensor, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
        """English pieces (B, S), French pieces (B, T) and which of these are real (B, T)."""
        source, target = ([own[n].long() for n in indices] for own in self.sentences)
        return torch.stack(source).to(device), *padded(target, device)

    def fit(self, head: Head, recipe: Recipe, seed: int, kept: Path | None = None, half: bool = True) -> Iterator[Step]:
        """Fits a head to all pairs; the seed is that of order and dropout."""
        device = next(head.parameters()).device

        def objective(own: Head, indices: Tensor) -> tuple[Tensor, float]:
            read, words, real = self.table(indices, device)
            states = own.readout.reader(read)  # (B, S, D)
            return words_loss(own, own.readout.decoder, states, states, words, real)

        return fit_in_epochs(head, lambda epoch: self.batches(1000 * seed + epoch), objective, recipe, kept, half)


def write_pieces(run: Run, parts: Split) -> None:
    """The pieces of both languages, learned from the training sentences, and all English words of these."""
    if (run.models / TARGET).exists() and (run.work / "encoded.pt").exists():
        return
    run.models.mkdir(parents=True, exist_ok=True)
    english, french = (sorted(set(sentences)) for sentences in zip(*parts.training, strict=True))
    words = {word.casefold() for sentence in english for word in words_of(sentence)}
    (run.models / VOCABULARY).write_text("\n".join(sorted(words)), "utf-8")
    for file, sentences in ((SOURCE, english), (TARGET, french)):
        learn_pieces(sentences).tokenizer.save(str(run.models / file))


def measure(run: Run, model: TranslationModel, score: str, parts: Split) -> dict[str, dict]:
    """The figures of the card for one score function, with the parameters of its file."""
    head = run.load(model.build_head(score), score)
    found = {}
    for name, own in (("choosing", parts.choosing), ("held out", parts.held_out)):
        found[name] = corpus(written(model, head, list(own)), list(own.values()))
    pairs = [(english, french) for english, versions in parts.held_out.items() for french in versions]
    own = Pairs(**Pairs.encoded(pairs, model))
    tables = [own.table(indices, run.device) for indices in like_lengths(*own.lengths, MEASURED_TOGETHER, SEED)]
    few = list(parts.held_out)
    return {
        "parameters": {
            "all": sum(own.numel() for own in head.parameters()),
            "score": sum(own.numel() for own in head.score.parameters()),
        },
        "metrics": {
            **found["held out"],
            "perplexity": perplexity(head, tables),
            "links": linked(model, head, score),
            "chrf_choosing": found["choosing"]["chrf"],
        },
        "untrained": {"chrf": untrained(model, score, few, list(parts.held_out.values()))},
    }


def write_card(run: Run, recipe: Recipe, parts: Split, training: Pairs, scores: dict[str, dict]) -> None:
    """The card and the golden values."""
    run.write_card(
        data=[
            {
                "name": "English and French sentence pairs of the Tatoeba project, as manythings.org/anki gives them",
                "file": ARCHIVE,
                "sha256": sha256(run.data / ARCHIVE),
                "source": "http://www.manythings.org/anki, https://tatoeba.org",
                "licence": "CC BY 2.0 FR",
                "training": len(training),
                "choosing": len(parts.choosing),
                "held_out": len(parts.held_out),
                "versions": sum(map(len, parts.held_out.values())),
                "split": f"by English sentence, letters and digits only, torch.randperm with seed {SPLIT_SEED}",
            }
        ],
        recipe=recipe,
        scores=scores,
        pieces=PIECES,
        epochs=EPOCHS,
        score_rate=SCORE_RATE,
        left_out=DROPPED,
        smoothing=SMOOTHING,
        beam={"width": BEAM.default, "length_power": LENGTH_POWER},
        frozen={file: sha256(run.models / file) for file in (SOURCE, TARGET, VOCABULARY)},
        sacrebleu=importlib.metadata.version("sacrebleu"),
        untrained_seeds=UNTRAINED_SEEDS,
        meanings={
            "chrf": "chrF of the held-out sentences' translations against all their versions, 0 to 100",
            "bleu": "BLEU of the same, 0 to 100",
            "perplexity": "how many pieces it is as unsure about, at each piece of a held-out translation, as if all were alike",
            "links": f"share of the French words in {len(read_links())} pairs of our own whose largest weight is on a right word",
            "chrf_choosing": "chrF of the sentences that choices were made with",
            "untrained": f"chrF of parameters drawn at random, on the first {UNTRAINED_SENTENCES} held-out sentences",
            "again": "the same training from another seed",
        },
    )
    run.write_golden(replace(SPEC, model=lambda device: TranslationModel(device, run.models)))
