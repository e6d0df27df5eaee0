"""What a trained head writes for many inputs at once, as `Task.run` writes it for one of them by default, and where it looked."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from attention_core.tasks.beam import BEAM, search
from attention_core.tasks.decoder import END
from attention_core.tasks.encoding import Head


@dataclass(frozen=True)
class Sentence:
    """What was written for one input, without its END: T words, their probabilities, and their weights (T, S)."""

    words: list[int]
    probabilities: list[float]
    weights: Tensor


@torch.inference_mode()
def write_together(head: Head, key: Tensor, value: Tensor, most: int) -> list[Sentence]:
    """A Sentence for each of B inputs with equally many keys.

    Args:
        head: Its readout has a `decoder`.
        key, value: (B, S, Dk) and (B, S, Dv).
        most: The most words a sentence may have, END included.
    """
    decoder, kept = head.readout.decoder, []
    found = search(decoder, _looking(head, key, value, BEAM.default, []), len(key), BEAM.default, most)
    table = torch.nn.utils.rnn.pad_sequence([torch.tensor(own.words) for own in found], batch_first=True).to(key.device)  # (B, T)
    _, read = decoder.unroll(table, _looking(head, key, value, 1, kept))  # (B, T, E)
    chances = decoder.log_probabilities(read).gather(-1, table[..., None])[..., 0].exp()  # (B, T)
    weights, written = torch.stack(kept, 1).cpu(), [[word for word in own.words if word != END] for own in found]  # (B, T, S)
    return [Sentence(own, chances[n, : len(own)].tolist(), weights[n, : len(own)]) for n, own in enumerate(written)]


def _looking(head: Head, key: Tensor, value: Tensor, beam: int, kept: list[Tensor]) -> Callable[[Tensor, int], Tensor]:
    """A decoder's look for so many beginnings of each input; it keeps its weights, (B · beam, S) a step."""
    keys, values = key.repeat_interleave(beam, 0), value.repeat_interleave(beam, 0)  # (B · beam, S, D)

    def look(query: Tensor, step: int) -> Tensor:
        weights = head.score(query[:, None], keys).softmax(-1)  # (B · beam, 1, S)
        kept.append(weights[:, 0])
        return (weights @ values)[:, 0]  # (B · beam, D)

    return look
