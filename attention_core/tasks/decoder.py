"""A recurrent decoder that writes words with attention: keys and values in, one word after the other out."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from attention_core.attention import attend
from attention_core.tasks.recurrent import GatedUnit
from attention_core.tasks.settings import Settings

END = 0  # the word that ends a sentence; also what stands before the first

Look = Callable[[Tensor, int], Tensor]
"""`look(query, step) -> context`: (B, D) queries of the word that is written at this step, (B, Dv) what attention brings them."""


@dataclass(frozen=True)
class State:
    """Where a decoder stands: its recurrent state (B, D) and what it read at the last word (B, E)."""

    recurrent: Tensor
    read: Tensor

    def of(self, rows: Tensor) -> "State":
        """The states of some of the batch, in that order."""
        return State(self.recurrent[rows], self.read[rows])


class Decoder(nn.Module):
    """Writes a sentence word by word; all it knows of the input comes through attention.

    With yₜ₋₁ the word before, E the words' embeddings, and hₜ the query with which word t is written:

        hₜ = GRU([E yₜ₋₁; rₜ₋₁], hₜ₋₁),  cₜ = the context of hₜ,  rₜ = tanh(W [cₜ; hₜ]),  p(yₜ) = softmax(E rₜ + b)

    Args:
        words: How many words (or pieces of words) it can write; word 0 ends a sentence.
        embedding: The width E of an embedding.
        width: D, the width of a query.
        value_dim: Dv, the width of a value.
        dropped: The share of numbers left out in training, of embeddings and of r.

    Source: Luong, Pham and Manning 2015, sections 3 and 3.3 (input feeding), https://arxiv.org/abs/1508.04025. Here a GRU, one
        layer, that starts from a learned state and not from the encoder's; and E is also read out with (Press and Wolf 2017,
        https://arxiv.org/abs/1608.05859).

    Example:
        >>> decoder = Decoder(words=5, embedding=2, width=3, value_dim=4)
        >>> query, read = decoder.unroll(torch.tensor([[3, 1, 0]]), lambda query, step: torch.ones(1, 4))
        >>> query.shape, decoder.log_probabilities(read).exp().sum(-1).round(decimals=4).tolist()
        (torch.Size([1, 3, 3]), [[1.0, 1.0, 1.0]])
    """

    def __init__(self, words: int, embedding: int, width: int, value_dim: int, dropped: float = 0.0) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, embedding)
        nn.init.normal_(self.embedding.weight, std=embedding**-0.5)
        self.first = nn.Parameter(torch.zeros(width))  # (D,)
        self.unit = GatedUnit((embedding, embedding), width)
        self.join = nn.Linear(value_dim + width, embedding, bias=False)
        self.bias = nn.Parameter(torch.zeros(words))  # (words,)
        self.drop = nn.Dropout(dropped)

    def start(self, batch: int) -> State:
        """The state before the first word."""
        return State(self.first.expand(batch, -1), self.first.new_zeros(batch, self.embedding.embedding_dim))

    def told(self, words: Tensor) -> Tensor:
        """What the recurrent unit is told of words (…): (…, 3D)."""
        return self.unit.inputs[0](self.drop(self.embedding(words)))  # (…, 3D)

    def query(self, state: State, told: Tensor) -> Tensor:
        """The queries (B, D) of the next word, told (B, 3D) of the word before."""
        return self.unit(told, state.read, state.recurrent)  # (B, D)

    def read(self, query: Tensor, context: Tensor) -> Tensor:
        """r (…, E) of queries (…, D) and their contexts (…, Dv)."""
        return torch.tanh(self.join(torch.cat([context, query], -1)))  # (…, E)

    def log_probabilities(self, read: Tensor) -> Tensor:
        """Log-probabilities (…, words) of the word that is written at r (…, E)."""
        return (read @ self.embedding.weight.T + self.bias).log_softmax(-1)  # (…, words)

    def unroll(self, words: Tensor, look: Look) -> tuple[Tensor, Tensor]:
        """The queries (B, T, D) and r (B, T, E) with which given words (B, T) are written, each after those before it."""
        state = self.start(len(words))
        told = self.told(torch.cat([torch.full_like(words[:, :1], END), words[:, :-1]], 1))  # (B, T, 3D)
        kept = self.drop(torch.ones_like(state.read))  # (B, E): a number of r is left out of a whole sentence
        queries, reads = [], []
        for step, before in enumerate(told.unbind(1)):
            query = self.query(state, before)  # (B, D)
            state = State(query, self.read(query, look(query, step)) * kept)
            queries.append(query)
            reads.append(state.read)
        return torch.stack(queries, 1), torch.stack(reads, 1)  # (B, T, D), (B, T, E)


def looking(score: nn.Module, key: Tensor, value: Tensor, key_mask: Tensor, settings: Settings) -> Look:
    """How a decoder looks at one input under some settings: with `attend`, as whoever reads the result does.

    Args:
        score: The score function.
        key, value: (S, Dk) and (S, Dv), or with an axis before them for inputs of one length, each as often as it has rows.
        key_mask: (S,), or (T, S) with a row a word.
        settings: Distribution, its options and the temperature.
    """

    def look(query: Tensor, step: int) -> Tensor:
        batch = len(query)
        own = key_mask if key_mask.dim() == 1 else key_mask[step]  # (S,)
        return attend(
            score,
            query[:, None],  # (B, 1, D)
            key.expand(batch, -1, -1),  # (B, S, Dk)
            value.expand(batch, -1, -1),  # (B, S, Dv)
            key_mask=own.expand(batch, -1),  # (B, S)
            distribution=settings.distribution,
            distribution_options=settings.distribution_options,
            temperature=settings.temperature,
        ).context[:, 0]  # (B, Dv)

    return look
