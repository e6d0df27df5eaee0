"""What tasks that write words share: the words found or given, their queries, and how sure each of them is."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from attention_core.results import Words
from attention_core.tasks.beam import search
from attention_core.tasks.decoder import Decoder, looking
from attention_core.tasks.encoding import Encoding
from attention_core.tasks.settings import Settings

Label = Callable[[Sequence[int]], tuple[Sequence[str], Words]]
"""`label(words) -> (a label for each, the whole words behind them)`."""


def write(
    score: nn.Module, decoder: Decoder, encoding: Encoding, settings: Settings, most: int, label: Label, unsure: float
) -> Encoding:
    """The encoding with its words and with the queries (T, Dq) they are written with.

    Words that are there already stay; else the best sentence of a beam search is written, under the very distribution,
    temperature and key_mask that the result will have.

    Args:
        score, decoder: The trained parameters.
        encoding: With its keys and values.
        settings: `options["beam"]` is the beam's width; its key_mask is the whole one, (S,), or (T, S) for given words.
        most: The most words a sentence may have.
        label: Names the words.
        unsure: Below this probability of a word (their geometric mean) a note says that it is unsure.
    """
    look = looking(score, encoding.key, encoding.value, settings.key_mask, settings)
    if encoding.written is None:
        found = search(decoder, look, 1, settings.options["beam"], most)[0]
        labels, words = label(found.words)
        mean = float(np.exp(found.log_probability / len(found.words)))
        notes = (f"It is unsure: it gives a word of this a probability of {mean:.2f} on average.",) if mean < unsure else ()
        encoding = replace(
            encoding,
            written=torch.tensor(found.words, device=encoding.key.device),  # (T,)
            query_labels=tuple(labels),
            query_words=words,
            notes=(*encoding.notes, *notes),
        )
    queries, _ = decoder.unroll(encoding.written[None], look)  # (1, T, Dq)
    return replace(encoding, query=queries[0])


def word_probabilities(decoder: Decoder, encoding: Encoding, query: Tensor, context: Tensor) -> list[float]:
    """For each whole word the probability with which it was written after those before it; of several pieces, their product."""
    chances = decoder.log_probabilities(decoder.read(query, context))  # (T, words)
    own = chances.gather(1, encoding.written[:, None])[:, 0].cpu().double().numpy()  # (T,)
    index = encoding.query_words.index
    return [float(np.exp(own[index == word].sum())) for word in range(len(encoding.query_words.labels))]
