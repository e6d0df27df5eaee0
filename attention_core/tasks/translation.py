"""Translation: an English sentence into French, and from which words each word comes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from attention_core.encoders.text import cut_note
from attention_core.inputs import TextInput
from attention_core.results import Words
from attention_core.specs import Example, Metric, TaskSpec
from attention_core.tasks.beam import BEAM
from attention_core.tasks.checkpoints import MODELS
from attention_core.tasks.decoder import END, Decoder
from attention_core.tasks.encoding import Encoding, Head, sized_score
from attention_core.tasks.settings import Settings
from attention_core.tasks.subwords import SPLIT, Subwords, joined, tidy, words_of
from attention_core.tasks.writing import told, write

SOURCE, TARGET, VOCABULARY = "english.json", "french.json", "english-words.txt"
EMBEDDING, DIRECTION = 192, 128
WIDTH = 2 * DIRECTION  # of queries, keys and values
MOST = 40  # pieces of a sentence, without its END
DROPPED = 0.1
SIZES = {"width": 128, "max_positions": MOST + 1}
USUAL = 15  # words: 99 of 100 sentences it learned from have no more
UNSURE = 0.4
MOST_NAMED = 5
GIVEN = "This translation was given, not written: each probability is what the task would give that word at its place."


class Reader(nn.Module):
    """Keys and values of an English sentence: the states of two GRUs side by side, one reading forwards and one backwards.

    Source: Bahdanau, Cho and Bengio 2015, section 3.2, https://arxiv.org/abs/1409.0473
    """

    def __init__(self, pieces: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(pieces, EMBEDDING)
        nn.init.normal_(self.embedding.weight, std=EMBEDDING**-0.5)
        self.states = nn.GRU(EMBEDDING, DIRECTION, bidirectional=True, batch_first=True)
        self.drop = nn.Dropout(DROPPED)

    def forward(self, read: Tensor) -> Tensor:
        """States (B, S, D) of pieces (B, S), all sentences of one length."""
        return self.drop(self.states(self.drop(self.embedding(read)))[0])  # (B, S, D)


class Translator(nn.Module):
    """All that is trained besides the score function: what reads English and what writes French."""

    def __init__(self, source: int, target: int) -> None:
        super().__init__()
        self.reader = Reader(source)
        self.decoder = Decoder(target, EMBEDDING, WIDTH, WIDTH, DROPPED)


class TranslationModel:
    """Keys and values: the states of a bidirectional GRU over the English pieces. Query: the decoder's state at word t.

    Reader, decoder and score function are trained together, once for each score function.

    Args:
        device: Where to compute.
        folder: Where the pieces of both languages and the English words are.
    """

    def __init__(self, device: torch.device, folder: Path = MODELS / "translation") -> None:
        self.device, self.folder = device, folder
        self.source, self.target = (Subwords.load(folder / name) for name in (SOURCE, TARGET))

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every English word of the training sentences, in small letters."""
        return frozenset((self.folder / VOCABULARY).read_text("utf-8").split("\n"))

    def encode(self, inputs: Sequence[Mapping[str, Any]]) -> list[Encoding]:
        """One Encoding an input: the pieces, and those of a given translation. Raises InputError for a text without a word."""
        return [self._encoding(given["text"], given.get("target")) for given in inputs]

    def _encoding(self, text: str | Sequence[str], target: str | Sequence[str] | None) -> Encoding:
        words, wanted = words_of(text), None if target is None else words_of(target, "target")
        pieces = self.source.pieces(words, MOST)
        read = [*chain.from_iterable(pieces), END]
        nothing = torch.zeros(len(read), 0, device=self.device)  # (S, 0)
        given: dict[str, Any] = {"query_labels": (), "notes": self._notes(words, pieces)}
        if wanted is not None:
            own = self.target.pieces(wanted, MOST)
            written = [*chain.from_iterable(own), *([END] if len(own) == len(wanted) else [])]
            given = {
                "query_labels": tuple(self.target.labels[piece] for piece in written),
                "query_words": Words(tuple(wanted[: len(own)]), _index(own, len(written))),
                "written": torch.tensor(written, device=self.device),  # (T,)
                "notes": (
                    GIVEN,
                    *given["notes"],
                    *_cut("translation", len(own), len(wanted)),
                    *_unknown(self.target, wanted, own),
                ),
            }
        return Encoding(
            query=nothing[:0],  # (0, 0)
            key=nothing,  # (S, 0)
            value=nothing,  # (S, 0)
            key_mask=torch.ones(len(read), dtype=torch.bool, device=self.device),  # (S,)
            key_labels=tuple(self.source.labels[piece] for piece in read),
            key_words=Words(tuple(words[: len(pieces)]), _index(pieces, len(read))),
            read=torch.tensor(read, device=self.device),  # (S,)
            **given,
        )

    def _notes(self, words: list[str], pieces: list[list[int]]) -> tuple[str, ...]:
        # A word of a list may hold several.
        parts = chain.from_iterable(SPLIT.findall(tidy(word)) for word in words[: len(pieces)])
        spoken = [word for word in parts if any(map(str.isalpha, word))]
        unseen = [word for word in spoken if word.casefold() not in self.vocabulary]
        notes = (*cut_note(len(pieces), len(words)), *_unknown(self.source, words, pieces))
        if len(words) > USUAL:
            notes += (
                f"Nearly all sentences it learned from have at most {USUAL} words, this one has {len(words)}: expect mistakes.",
            )
        if len(unseen) * 2 > len(spoken):
            return (*notes, "It never saw most of these words. It reads English only.")
        return (*notes, f"It never saw {_named(unseen)}: what it writes for that is a guess.") if unseen else notes

    def build_head(self, score: str) -> Head:
        """A head with parameters from torch's generator."""
        return Head(sized_score(score, WIDTH, SIZES), Translator(len(self.source), len(self.target)))

    def write(self, head: Head, encoding: Encoding, settings: Settings) -> Encoding:
        """The encoding with keys, values, and the words of the translation with their queries."""
        states = head.readout.reader(encoding.read[None])[0]  # (S, D)
        read = replace(encoding, key=states, value=states)
        return write(head.score, head.readout.decoder, read, settings, MOST + 1, self._label, _doubt)

    def _label(self, written: Sequence[int]) -> tuple[list[str], Words]:
        words, index = self.target.grouped(written)
        return [self.target.labels[piece] for piece in written], Words(tuple(words), np.array(index))

    def output(
        self, head: Head, query: Tensor, key: Tensor, context: Tensor, energies: Tensor, weights: Tensor, encoding: Encoding
    ) -> dict[str, Any]:
        """The translation, and for each of its words the probability with which it was written."""
        return told(joined(encoding.query_words.labels), head.readout.decoder, encoding, query, context)


def _doubt(words: Sequence[int], probabilities: Sequence[float]) -> tuple[str, ...]:
    mean = float(np.exp(np.log(probabilities).mean()))  # geometric
    return (f"It is unsure: it gives a word of this a probability of {mean:.2f} on average.",) if mean < UNSURE else ()


def _index(pieces: Sequence[Sequence[int]], length: int) -> np.ndarray:
    """For each of so many positions its word, −1 for what follows the words."""
    own = [word for word, ids in enumerate(pieces) for _ in ids]
    return np.array(own + [-1] * (length - len(own)))


def _cut(what: str, used: int, of: int) -> tuple[str, ...]:
    return (f"The first {used} of {of} words of the {what} were used: it takes no more.",) if used < of else ()


def _unknown(subwords: Subwords, words: Sequence[str], pieces: Sequence[Sequence[int]]) -> tuple[str, ...]:
    unknown = subwords.unknown(words, pieces)
    return (f"There are letters it never saw in {_named(unknown)}; it reads them as {subwords.labels[1]}.",) if unknown else ()


def _named(words: Sequence[str]) -> str:
    """The words in quotes, the first few of them."""
    distinct = list(dict.fromkeys(words))
    more = f" and {len(distinct) - MOST_NAMED} more" if len(distinct) > MOST_NAMED else ""
    return ", ".join(f"“{word}”" for word in distinct[:MOST_NAMED]) + more


def _example(title: str, text: str) -> Example:
    return Example(title, {"text": text, "target": ""})


SPEC = TaskSpec(
    name="translation",
    title="Translate",
    question="Which words does each word come from?",
    inputs=(
        TextInput("text", "English sentence", "Type a short sentence, such as “I am a student.”"),
        TextInput("target", "French translation", "Leave empty to have it written", optional=True),
    ),
    examples=(
        _example("A student", "I am a student."),
        _example("Words change places", "The white cat sleeps under the black table."),
        _example("Two words for not", "She does not want to speak with me."),
        _example("A question", "Where did you buy this beautiful car?"),
        _example("A longer sentence", "My brother told me that he would arrive tomorrow morning by train."),
    ),
    metric=Metric(
        "chrf",
        "chrF",
        "how many letters and pairs to sixes of them agree with a held-out translation, 0 to 100",
        100,
    ),
    query_meaning="the decoder's state at each French word, with which that word is chosen (Luong's: the state at word t)",
    key_meaning="the pieces of the English sentence, as the encoder reads them from both sides",
    context_meaning="the English states, mixed by their weights: all that the decoder knows of the sentence",
    model=TranslationModel,
    options=(BEAM,),
    why_no_lesson="It learns from 150,000 sentences, far more than a page can in a minute.",
    order=3,
)
