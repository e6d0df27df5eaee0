"""Sentiment: which words decide whether a text is positive or negative."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from attention_core.encoders.text import MAX_TOKENS, WIDTH, TextEncoder, TokenStates
from attention_core.inputs import TextInput
from attention_core.results import Words
from attention_core.specs import Example, Metric, TaskSpec
from attention_core.tasks.encoding import Encoding, Head, sized_score
from attention_core.tasks.sentences import LAYERS, pooled
from attention_core.tasks.sentiment_lesson import LABELS, LESSON

SIZES = {"width": 64, "max_positions": MAX_TOKENS}


class SentimentModel:
    """Keys and values: MiniLM's token states. Query: their mean, the sentence's pooled state, over √D. Readout: one linear unit.

    Over √D, since the states have no unit: with it q·k spreads by about half a unit over a sentence's tokens, and weights that
    are not trained are neither even nor all on one token.

    Args:
        device: Where the encoder lives.
    """

    def __init__(self, device: torch.device) -> None:
        self.encoder = TextEncoder(device)
        self.dim = WIDTH * len(LAYERS)

    def encode(self, inputs: Sequence[Mapping[str, Any]]) -> list[Encoding]:
        """One Encoding a text, with T = 1. Raises InputError for a text without a word."""
        return [encoding(text) for text in self.encoder.token_states([given["text"] for given in inputs], LAYERS)]

    def build_head(self, score: str) -> Head:
        """A head with parameters from torch's generator."""
        return Head(sized_score(score, self.dim, SIZES), nn.Linear(self.dim, 1))

    def output(
        self, head: Head, query: Tensor, key: Tensor, context: Tensor, energies: Tensor, weights: Tensor, encoding: Encoding
    ) -> dict[str, Any]:
        """The label and both probabilities, from the context alone."""
        positive = torch.sigmoid(head.readout(context)).item()
        return {
            "label": LABELS[positive > 0.5],
            "probabilities": {LABELS[0]: 1 - positive, LABELS[1]: positive},
        }


def encoding(text: TokenStates) -> Encoding:
    """An encoded text as the task attends to it: [CLS] and [SEP] masked, the mean of the rest as the query."""
    words = np.array(text.word_of_token)
    real = torch.as_tensor(words >= 0, device=text.states.device)  # (S,)
    return Encoding(
        query=pooled(text.states[real])[None],  # (1, D)
        key=text.states,  # (S, D)
        value=text.states,  # (S, D)
        key_mask=real,
        query_labels=("the sentence",),
        key_labels=text.tokens,
        key_words=Words(text.words, words),
        notes=text.cut,
    )


SPEC = TaskSpec(
    name="sentiment",
    title="Judge a text",
    question="Which words decide?",
    inputs=(TextInput("text", "Your text", "Type a sentence, such as a line from a film review", long=True),),
    examples=(
        Example("Mixed", {"text": "The actors are wonderful, but the story is dull and far too long."}),
        Example("Praise", {"text": "A warm, funny and beautifully filmed story that stays with you."}),
        Example("Negation", {"text": "It is not a bad film, and I was never bored for a minute."}),
        Example("A plain fact", {"text": "The film runs for two hours and was made in France."}),
    ),
    metric=Metric("accuracy", "Held-out accuracy", "the share of held-out review sentences judged rightly"),
    query_meaning="the sentence as a whole: the mean of its tokens' states, over √D",
    key_meaning="the tokens of the text, as the encoder sees them in their sentence",
    context_meaning="the tokens' states, mixed by their weights: all that the verdict is read from",
    model=SentimentModel,
    lesson=LESSON,
    order=2,
)
