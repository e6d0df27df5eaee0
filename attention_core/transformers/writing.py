"""A decoder that goes on with a text: what may come next, and how one of it is drawn."""

from collections.abc import Sequence

import numpy as np
import torch

from attention_core.errors import InputError
from attention_core.transformers.transformer import BEGINS, Transformer


@torch.inference_mode()
def next_energies(transformer: Transformer, ids: Sequence[int]) -> np.ndarray:
    """(V,) float32: how strongly each token is proposed after these, before any temperature.

    Raises:
        ValueError: the transformer is no decoder.
        InputError: there is no room for one more token.
    """
    if transformer.kind != "decoder":
        raise ValueError(f"transformer must be a decoder, got {transformer.kind}. Open one that writes.")
    if len(ids) >= transformer.most_tokens:
        raise InputError(
            f"The text must have fewer than {transformer.most_tokens} tokens to go on. Go back some words, or begin anew."
        )
    table = torch.tensor([list(ids)], device=transformer.device)  # (1, T)
    return transformer.model(input_ids=table, logits_to_keep=1).logits[0, -1].float().cpu().numpy()


def sampling(energies: np.ndarray, temperature: float = 1.0, top_k: int = 0, top_p: float = 1.0) -> np.ndarray:
    """(V,) float64: the probabilities that the next token is drawn with; they sum to 1.

    softmax(energies / temperature), then only the `top_k` most probable, then only the fewest most probable whose sum reaches
    `top_p`; what is left is divided by its sum.

    Args:
        energies: (V,), from `next_energies`.
        temperature: Above 0.
        top_k: At least 1; 0 keeps all.
        top_p: In 0..1, above 0; 1 keeps all.

    Raises:
        ValueError: one of them is outside its range.

    Source: Holtzman et al. 2020, The curious case of neural text degeneration, section 3.1, https://arxiv.org/abs/1904.09751
    """
    if not temperature > 0:
        raise ValueError(f"temperature must be above 0, got {temperature}.")
    if top_k < 0:
        raise ValueError(f"top_k must be at least 0, got {top_k}. 0 keeps all.")
    if not 0 < top_p <= 1:
        raise ValueError(f"top_p must be above 0 and at most 1, got {top_p}.")
    scaled = energies.astype(np.float64) / temperature
    chances = np.exp(scaled - scaled.max())
    order = np.argsort(-chances, kind="stable")
    if top_k:
        chances[order[top_k:]] = 0
    chances /= chances.sum()
    before = np.cumsum(chances[order]) - chances[order]  # the sum of all that are more probable
    chances[order[1:][before[1:] >= top_p]] = 0
    return chances / chances.sum()


def write_word(transformer: Transformer, ids: Sequence[int], seed: int, **how: float) -> list[int]:
    """The token ids of one more word, drawn one by one. What is drawn depends on the ids before, the seed and `how` alone.

    Args:
        transformer: A decoder.
        ids: Those so far, the first token included.
        seed: Of the draws.
        how: As `sampling` takes it.

    Returns:
        At least one; the end of a text comes alone.

    Raises:
        InputError: there is no room for one more token.
    """
    written: list[int] = []
    while not written or len(ids) + len(written) < transformer.most_tokens:
        chances = sampling(next_energies(transformer, [*ids, *written]), **how)
        drawn = int(np.random.default_rng([seed, len(ids) + len(written)]).choice(len(chances), p=chances))
        if written and not _goes_on(transformer, drawn):
            break
        written.append(drawn)
        if not transformer.tokenizer.decode(written).strip(" ").isalnum():
            break  # a mark, a line break or the end of a text is no beginning of a word
    return written


def _goes_on(transformer: Transformer, token: int) -> bool:
    """Whether a token belongs to the word before it: where tokens that begin a word are marked, and this one is not."""
    tokenizer = transformer.tokenizer
    named = tokenizer.convert_ids_to_tokens(token) or ""  # a model may have more places than tokens
    return not named.startswith(BEGINS) and tokenizer.decode([token]).isalnum() and transformer.marks_words
