"""What the translation task is measured by: chrF and BLEU of what it writes, perplexity, and word links found."""

import math
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from attention_core.learning import draw
from attention_core.tasks.beam import BEAM, search
from attention_core.tasks.decoder import looking
from attention_core.tasks.encoding import Head
from attention_core.tasks.settings import Settings
from attention_core.tasks.subwords import joined
from attention_core.tasks.task import Task
from attention_core.tasks.translation import MOST, SPEC, TranslationModel
from attention_core.training.translation_data import read_links

TOGETHER = 50
UNTRAINED_SEEDS, UNTRAINED_SENTENCES = (1, 2, 3), 100


@torch.inference_mode()
def written(model: TranslationModel, head: Head, sentences: Sequence[str], beam: int = BEAM.default) -> list[str]:
    """The translation of each sentence, as `Task.run` writes it; those with equally many pieces together."""
    reads = [encoding.read for encoding in model.encode([{"text": sentence} for sentence in sentences])]
    found = [""] * len(sentences)
    by_length: dict[int, list[int]] = {}
    for n, read in enumerate(reads):
        by_length.setdefault(len(read), []).append(n)
    for members in by_length.values():
        for start in range(0, len(members), TOGETHER):
            part = members[start : start + TOGETHER]
            states = head.readout.reader(torch.stack([reads[n] for n in part]))  # (B, S, D)
            rows = states.repeat_interleave(beam, 0)  # (B · beam, S, D)
            everything = torch.ones(rows.shape[1], dtype=torch.bool, device=rows.device)
            look = looking(head.score, rows, rows, everything, Settings())
            for n, own in zip(part, search(head.readout.decoder, look, len(part), beam, MOST + 1), strict=True):
                found[n] = joined(model.target.grouped(own.words)[0])
    return found


def corpus(translations: Sequence[str], versions: Sequence[Sequence[str]]) -> dict[str, float]:
    """chrF and BLEU, 0 to 100, against all versions of each sentence."""
    try:
        from sacrebleu.metrics import BLEU, CHRF
    except ImportError:
        raise SystemExit("sacrebleu measures translations and is not installed: pip install -r tests/requirements.txt") from None
    most = max(map(len, versions))
    streams = [[own[n] if n < len(own) else None for own in versions] for n in range(most)]
    scored = {"chrf": CHRF(), "bleu": BLEU()}
    return {name: metric.corpus_score(list(translations), streams).score for name, metric in scored.items()}


@torch.inference_mode()
def perplexity(head: Head, batches: Sequence[tuple[Tensor, Tensor, Tensor]]) -> float:
    """exp of the mean −log p of a French piece, END included: how many pieces it is as unsure about as if all were alike.

    Args:
        batches: English pieces (B, S), French pieces (B, T) and which of these are real (B, T).
    """
    total, count, decoder = 0.0, 0, head.readout.decoder
    for read, words, real in batches:
        states = head.readout.reader(read)  # (B, S, D)
        everything = torch.ones(read.shape[1], dtype=torch.bool, device=read.device)
        _, reads = decoder.unroll(words, looking(head.score, states, states, everything, Settings()))  # (B, T, E)
        chances = decoder.log_probabilities(reads).gather(2, words[..., None])[..., 0]  # (B, T)
        total, count = total - chances[real].sum().item(), count + int(real.sum())
    return math.exp(total / count)


def linked(model: TranslationModel, head: Head, score: str) -> float:
    """The share of French words of our own linked pairs whose largest weight is on an English word behind them."""
    task, right, count = Task(replace(SPEC, model=lambda _: model), model.device), 0, 0
    for english, french, sources in read_links():
        result = task.run_head(head, score, task.encode(text=english, target=french))
        weights = result.by_word().weights  # (French words, English words)
        right += sum(int(row.argmax()) in own for row, own in zip(weights, sources, strict=True))
        count += len(sources)
    return right / count


def untrained(model: TranslationModel, score: str, sentences: Sequence[str], versions: Sequence[Sequence[str]]) -> float:
    """chrF of parameters drawn at random, the mean of a few seeds, on the first sentences."""
    few, own = sentences[:UNTRAINED_SENTENCES], versions[:UNTRAINED_SENTENCES]
    heads = [draw(lambda: model.build_head(score), seed).to(model.device).eval() for seed in UNTRAINED_SEEDS]
    return sum(corpus(written(model, head, few), own)["chrf"] for head in heads) / len(heads)
