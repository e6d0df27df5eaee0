"""What tasks that write words share: the words found or given, their queries, and how sure each of them is."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

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

Doubt = Callable[[Sequence[int], Sequence[float]], tuple[str, ...]]
"""`doubt(words, probabilities) -> notes` on how sure it is of words that it wrote, each with its probability."""


def write(
    score: nn.Module, decoder: Decoder, encoding: Encoding, settings: Settings, most: int, label: Label, doubt: Doubt
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
        doubt: Says how sure it is of words that it wrote itself.
    """
    look = looking(score, encoding.key, encoding.value, settings.key_mask, settings)
    if encoding.written is not None:
        return replace(encoding, query=decoder.unroll(encoding.written[None], look)[0][0])
    found = search(decoder, look, 1, settings.options["beam"], most)[0].words
    written = torch.tensor(found, device=encoding.key.device)  # (T,)
    queries, read = decoder.unroll(written[None], look)  # (1, T, Dq), (1, T, E)
    chances = decoder.log_probabilities(read[0]).gather(1, written[:, None])[:, 0].exp()  # (T,)
    labels, words = label(found)
    return replace(
        encoding,
        query=queries[0],
        written=written,
        query_labels=tuple(labels),
        query_words=words,
        notes=(*encoding.notes, *doubt(found, chances.tolist())),
    )


def told(text: str, decoder: Decoder, encoding: Encoding, query: Tensor, context: Tensor) -> dict[str, Any]:
    """The output of a task that writes words.

    `word_probabilities` has for each whole word the probability with which it was written after those before it; of several
    pieces, their product.
    """
    chances = decoder.log_probabilities(decoder.read(query, context))  # (T, words)
    own = chances.gather(1, encoding.written[:, None])[:, 0].cpu().double().numpy()  # (T,)
    index = encoding.query_words.index
    words = range(len(encoding.query_words.labels))
    return {"text": text, "word_probabilities": [float(np.exp(own[index == word].sum())) for word in words]}
