"""Beam search: the most probable sentence a decoder can write, as far as a few kept beginnings show."""

from dataclasses import dataclass

import torch

from attention_core.specs import Option
from attention_core.tasks.decoder import END, Decoder, Look, State

BEAM = Option(
    "beam", "Beam width", 4, "How many beginnings of a sentence are kept while it is written; 1: the likeliest word each time.",
    minimum=1, maximum=8,
)  # fmt: skip
LENGTH_POWER = 1.0


@dataclass(frozen=True)
class Written:
    """A sentence that was written: its words, END included unless it was cut at the limit, and log p of the whole."""

    words: tuple[int, ...]
    log_probability: float


def search(decoder: Decoder, look: Look, inputs: int, beam: int, most: int) -> list[Written]:
    """The best sentence for each of some inputs; each has at least one word before END.

    Sentences Y are ranked by log p(Y) / l(Y), l(Y) = ((5 + |Y|) / 6) ** LENGTH_POWER, with END counted. An input's
    search ends with its K-th finished sentence, or when no kept beginning can come out better, however it goes on.

    Args:
        decoder: What writes.
        look: Its attention, for inputs · beam rows: the kept beginnings of an input stand together.
        inputs: N, how many inputs there are.
        beam: K, how many beginnings are kept.
        most: The most words a sentence may have; what has not ended by then is cut.

    Source: Wu et al. 2016, section 7, equation 14 without its coverage, https://arxiv.org/abs/1609.08144
    """
    device = decoder.bias.device
    state, before = decoder.start(inputs * beam), torch.full((inputs * beam,), END, device=device)  # (N·K,)
    kept = torch.full((inputs, beam), -torch.inf, device=device)  # (N, K): log p of each beginning
    kept[:, 0] = 0.0  # all beginnings are alike before the first word
    words = torch.zeros(inputs, beam, 0, dtype=torch.long, device=device)  # (N, K, t)
    best: list[tuple[float, Written] | None] = [None] * inputs
    finished = [0] * inputs
    first_row = torch.arange(inputs, device=device)[:, None] * beam  # (N, 1)
    for step in range(most):
        query = decoder.query(state, decoder.told(before))  # (N·K, D)
        read = decoder.read(query, look(query, step))  # (N·K, E)
        chances = decoder.log_probabilities(read).view(inputs, beam, -1)  # (N, K, words)
        if step == 0:
            chances[..., END] = -torch.inf
        totals = (kept[..., None] + chances).flatten(1)  # (N, K · words)
        total, place = totals.topk(2 * beam)  # (N, 2K): at least K of them go on
        origin, word = place // chances.shape[-1], place % chances.shape[-1]  # (N, 2K)
        for n, place in ((word[:, :beam] == END) & total[:, :beam].isfinite()).nonzero().tolist():
            if finished[n] < beam:
                finished[n] += 1
                own = Written((*words[n, origin[n, place]].tolist(), END), total[n, place].item())
                rank = own.log_probability / _length(step + 1)
                best[n] = (rank, own) if best[n] is None or rank > best[n][0] else best[n]
        total = total.masked_fill(word == END, -torch.inf)
        kept, order = total.topk(beam)  # (N, K)
        origin, word = origin.gather(1, order), word.gather(1, order)  # (N, K)
        rows = (first_row + origin).flatten()  # (N·K,)
        state = State(query, read).of(rows)
        before = word.flatten()
        words = torch.cat([words.gather(1, origin[..., None].expand(-1, -1, step)), word[..., None]], -1)  # (N, K, t + 1)
        reachable = (kept[:, 0] / _length(most)).tolist()
        if all(finished[n] == beam or (own and own[0] >= reachable[n]) for n, own in enumerate(best)):
            break
    return [own[1] if own is not None else Written(tuple(words[n, 0].tolist()), kept[n, 0].item()) for n, own in enumerate(best)]


def _length(words: int) -> float:
    return ((5 + words) / 6) ** LENGTH_POWER
