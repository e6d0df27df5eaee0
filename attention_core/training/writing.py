"""Fitting what writes words: batches of like length, a light loss over a large vocabulary, and a state to go on from."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from attention_core.learning import Recipe, Step, one_cycle
from attention_core.tasks.decoder import Decoder
from attention_core.tasks.encoding import Head

SMOOTHING = 0.1
LARGEST_GRADIENT = 1.0
ROWS = 256  # of the loss at a time
BETAS = (0.9, 0.98)
SCORE_RATE = 0.1  # of the learning rate: at the whole rate one step of Adam moves a wide W farther than q and k can follow


def fit_in_epochs(
    head: Head,
    batches: Callable[[int], Sequence[Any]],
    objective: Callable[[Head, Any], tuple[Tensor, float]],
    recipe: Recipe,
    kept: Path | None = None,
    half: bool = True,
) -> Iterator[Step]:
    """Fits a head in place, as `learning.fit` does, from batches that are made for each epoch.

    Args:
        head: On its device.
        batches: `batches(epoch)`, all of that epoch in their order, each time as many.
        objective: `objective(head, batch) -> (loss, metric)`.
        recipe: Steps, learning rate, decay and seed; it ends after that many steps. The score function learns at SCORE_RATE of
            that rate.
        kept: Where the state is kept after each epoch; with a state there it goes on from it and ends where it would have ended.
        half: Matrix products in bfloat16.
    """
    device = next(head.parameters()).device
    rates = {head.readout: recipe.learning_rate, head.score: SCORE_RATE * recipe.learning_rate}
    groups = [{"params": list(part.parameters()), "lr": rate} for part, rate in rates.items() if list(part.parameters())]
    optimizer = torch.optim.AdamW(groups, betas=BETAS, weight_decay=recipe.weight_decay, fused=True)
    schedule = one_cycle(optimizer, recipe.steps)
    parts = {"head": head, "optimizer": optimizer, "schedule": schedule}
    epoch, done, before, start = 0, 0, 0.0, time.monotonic()
    if kept is not None and kept.exists():
        state = torch.load(kept, weights_only=True)
        for name, part in parts.items():
            part.load_state_dict(state[name])
        epoch, done, before = state["epoch"], state["done"], state["seconds"]
    while done < recipe.steps:
        torch.manual_seed(recipe.seed + epoch)  # of what is dropped
        for batch in batches(epoch):
            head.train()
            with torch.autocast(device.type, torch.bfloat16) if half else nullcontext():
                loss, metric = objective(head, batch)
            if not torch.isfinite(loss):
                raise FloatingPointError(f"The loss must stay finite, got {loss.item()} at step {done}. Lower the learning rate.")
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(head.parameters(), LARGEST_GRADIENT)
            optimizer.step()
            schedule.step()
            done += 1
            head.eval()
            yield Step(done, recipe.steps, loss.item(), metric, head)
            if done == recipe.steps:
                return
        epoch += 1
        if kept is not None:
            state = {name: part.state_dict() for name, part in parts.items()}
            seconds = before + time.monotonic() - start
            kept.parent.mkdir(parents=True, exist_ok=True)
            torch.save({**state, "epoch": epoch, "done": done, "seconds": seconds}, kept.with_suffix(".new"))
            kept.with_suffix(".new").rename(kept)


def like_lengths(first: Tensor, second: Tensor, batch: int, seed: int) -> list[Tensor]:
    """The indices of all pairs in batches, in random order: in a batch one `first` length, and `second` lengths much alike."""
    generator = torch.Generator().manual_seed(seed)
    blurred = second + 3 * torch.rand(len(second), generator=generator)
    order = blurred.argsort()
    order = order[first[order].argsort(stable=True)]  # by first, then about by second
    _, counts = first[order].unique_consecutive(return_counts=True)
    parts = [part for same in order.split(counts.tolist()) for part in same.split(batch)]
    return [parts[n] for n in torch.randperm(len(parts), generator=generator)]


def padded(words: Sequence[Tensor], device: torch.device) -> tuple[Tensor, Tensor]:
    """Sentences as one table (B, T), and which of it is real (B, T)."""
    table = torch.nn.utils.rnn.pad_sequence(list(words), batch_first=True, padding_value=-1)  # (B, T)
    return table.clamp(min=0).to(device), (table >= 0).to(device)


def words_loss(head: Head, decoder: Decoder, key: Tensor, value: Tensor, words: Tensor, real: Tensor) -> tuple[Tensor, float]:
    """The mean loss of all real words (B, T), each written after those before it, and their mean probability.

    Every key is attended to: a batch holds inputs with equally many.
    """

    exact = value.float()  # (B, S, Dv): small products are faster in float32

    def look(query: Tensor, step: int) -> Tensor:
        weights = head.score(query[:, None], key).float().softmax(-1)  # (B, 1, S)
        with torch.autocast(query.device.type, enabled=False):
            return (weights @ exact)[:, 0]  # (B, Dv)

    _, read = decoder.unroll(words, look)  # (B, T, E)
    half = torch.is_autocast_enabled(read.device.type)
    return WordLoss.apply(read[real], decoder.embedding.weight, decoder.bias, words[real], half)


class WordLoss(torch.autograd.Function):
    """Cross-entropy of the right words with label smoothing, a few rows at a time: the table of all rows is never held whole.

    Source: Szegedy et al. 2016, section 7 (label smoothing), https://arxiv.org/abs/1512.00567
    """

    @staticmethod
    def forward(ctx, read: Tensor, embedding: Tensor, bias: Tensor, words: Tensor, half: bool) -> tuple[Tensor, float]:
        dtype = torch.bfloat16 if half else read.dtype
        with torch.autocast(read.device.type, enabled=False):
            table, count = embedding.to(dtype), len(words)  # (V, E)
            to_read, to_embedding, to_bias = torch.empty_like(read), torch.zeros_like(embedding), torch.zeros_like(bias)
            total, sure = read.new_zeros((), dtype=torch.float32), 0.0
            for start in range(0, count, ROWS):
                rows = slice(start, start + ROWS)
                own, wanted = read[rows].to(dtype), words[rows, None]
                chances = (own @ table.T).float().add_(bias)  # (rows, V), not yet normalised
                chances -= chances.amax(-1, keepdim=True)
                mean, at = chances.mean(-1), chances.gather(1, wanted)[:, 0]  # (rows,)
                sums = chances.exp_().sum(-1, keepdim=True)  # (rows, 1)
                total += (sums.log()[:, 0] - (1 - SMOOTHING) * at - SMOOTHING * mean).sum()
                sure += (at.exp() / sums[:, 0]).sum().item()
                pull = chances.div_(sums * count).sub_(SMOOTHING / len(bias) / count)  # (rows, V)
                pull.scatter_add_(1, wanted, pull.new_full(wanted.shape, (SMOOTHING - 1) / count))
                to_bias += pull.sum(0)
                pull = pull.to(dtype)
                to_read[rows] = pull @ table
                to_embedding += pull.T @ own
        ctx.save_for_backward(to_read, to_embedding, to_bias)
        return total / count, sure / count

    @staticmethod
    def backward(ctx, upstream: Tensor, _: Any) -> tuple[Tensor | None, ...]:
        return *(upstream * own for own in ctx.saved_tensors), None, None
