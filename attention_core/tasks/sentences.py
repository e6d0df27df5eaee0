"""Labelled sentences, encoded once: what training on them and a lesson on a few of them share."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from attention_core.attention import attend
from attention_core.encoders.text import TextEncoder
from attention_core.errors import InputError
from attention_core.learning import Prepared
from attention_core.tasks.encoding import Head

LAYERS = (0, 2, 4, 6)
ENCODED_TOGETHER, MEASURED_TOGETHER = 16, 256
NUMBERS_DROPPED, KEYS_DROPPED = 0.4, 0.2


@dataclass(frozen=True)
class Sentences:
    """Encoded sentences without special tokens: states (S, D) each, word indices (S,) each, labels (N,) 0 or 1."""

    states: list[Tensor]
    words: list[Tensor]
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def batch(self, indices: Tensor, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
        """Queries (B, 1, D), keys (B, S, D) and key_mask (B, S) of these sentences."""
        states = [self.states[n].float() for n in indices]
        key = torch.nn.utils.rnn.pad_sequence(states, batch_first=True)  # (B, S, D)
        lengths = torch.tensor([len(own) for own in states])
        mask = torch.arange(key.shape[1]) < lengths[:, None]  # (B, S)
        query = torch.stack([pooled(own) for own in states])[:, None]  # (B, 1, D)
        return query.to(device), key.to(device), mask.to(device)


def pooled(states: Tensor) -> Tensor:
    """The query (D,) of the states (S, D) of a sentence's tokens."""
    return states.mean(0) / states.shape[1] ** 0.5


def encode(
    encoder: TextEncoder, examples: Sequence[tuple[str | list[str], int]], most_tokens: int | None = None
) -> Iterator[Prepared]:
    """Encodes sentences with their labels, those of like length together; states in float16 to keep them small.

    Args:
        encoder: What makes token states of them.
        examples: (text or words, label 0 or 1) each.
        most_tokens: How many tokens they may have together; any number if not given.

    Yields:
        A Prepared after each part; the data of the last one are the Sentences, in the order given.

    Raises:
        InputError: there are too many tokens, or a sentence holds no word.
    """
    states: dict[int, Tensor] = {}
    words: dict[int, Tensor] = {}
    by_length = sorted(range(len(examples)), key=lambda n: len(examples[n][0]))
    for start in range(0, len(by_length), ENCODED_TOGETHER):
        part = by_length[start : start + ENCODED_TOGETHER]
        for n, text in zip(part, encoder.token_states([examples[n][0] for n in part], LAYERS), strict=True):
            word = torch.tensor(text.word_of_token)
            states[n], words[n] = text.states[word >= 0].half().cpu(), word[word >= 0]
        if most_tokens is not None and (count := sum(map(len, states.values()))) > most_tokens:
            raise InputError(
                f"The sentences must have at most {most_tokens:,} tokens together, got {count:,} or more. Leave some out."
            )
        if len(states) < len(examples):
            yield Prepared(len(states), len(examples))
    order = range(len(examples))
    labels = torch.tensor([label for _, label in examples], dtype=torch.float32)
    sentences = Sentences([states[n] for n in order], [words[n] for n in order], labels)
    yield Prepared(len(examples), len(examples), sentences)


class Loss:
    """Cross-entropy of the label and the share judged rightly; some numbers of the keys and some keys are left out.

    Args:
        versions: The same sentences in one or more versions, one of which is drawn a step.
        training: The indices of those to learn from.
        device: Where to compute.
        seed: Of what is left out.
    """

    def __init__(self, versions: Sequence[Sentences], training: Tensor, device: torch.device, seed: int) -> None:
        self.versions, self.training, self.device = versions, training, device
        self.generator = torch.Generator().manual_seed(seed)

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
    for part in indices.split(MEASURED_TOGETHER):
        query, key, mask = sentences.batch(part, device)
        context = attend(head.score, query, key, key_mask=mask).context  # (B, 1, D)
        right += ((head.readout(context)[:, 0, 0].cpu() > 0) == (sentences.labels[part] > 0.5)).sum().item()
    return right / len(indices)
