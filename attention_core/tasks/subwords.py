"""Words and the pieces they are made of: sentences in and out of a decoder or encoder whose vocabulary is pieces of words."""

import unicodedata
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import regex
from tokenizers import Tokenizer

from attention_core.encoders.text import WORD, split_words
from attention_core.tasks.decoder import END

END_LABEL, UNKNOWN = "[END]", "[UNK]"
SPECIAL = (END_LABEL, UNKNOWN)  # pieces 0 and 1
BEGIN = "▁"  # stands before the first piece of a word
# A number with its points and commas, and a French word that has lost its last letter, are words of their own: 3,50 · l' · qu'.
SPLIT = regex.compile(
    r"(?V1)\d+(?:[.,:]\d+)+|(?i:\b(?:[cdjlmnst]|(?:jus|lors|puis|quoi)?qu)')(?=\p{L}|\Z)|" + WORD.pattern.removeprefix("(?V1)")
)
NO_SPACE_BEFORE, NO_SPACE_AFTER = set(".,)]…%"), set("([$£")


def words_of(text: str | Sequence[str], name: str = "text") -> list[str]:
    """The words of a sentence; a list keeps its words. Raises InputError as `split_words`."""
    return split_words(tidy(text) if isinstance(text, str) else text, SPLIT, name)


def tidy(text: str) -> str:
    """The text in composed characters, with one kind of apostrophe and of space."""
    text = unicodedata.normalize("NFC", text).replace("’", "'").replace("‘", "'")
    return " ".join(regex.sub(r"[\u200b\u00ad]", "", text).split())


def joined(words: Sequence[str]) -> str:
    """Words as a French sentence: no space after l' or before a full stop, one before ? and !."""
    text, is_open, after = "", False, ""  # after: the word before
    for word in words:
        quote = word == '"'
        tight = not text or word in NO_SPACE_BEFORE or after in NO_SPACE_AFTER or (quote and is_open) or after == "open quote"
        elided = after.endswith("'") and len(after) > 1
        text += word if tight or elided else f" {word}"
        is_open = is_open != quote
        after = "open quote" if quote and is_open else word
    return text


class Subwords:
    """The pieces of one language, as a tokenizer file of the library `tokenizers` names them.

    Args:
        tokenizer: Byte pair encoding over words marked with ▁; piece 0 is [END], piece 1 stands for an unknown letter.

    Source: Sennrich, Haddow and Birch 2016, https://arxiv.org/abs/1508.07909
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer

    @classmethod
    def load(cls, path: Path) -> "Subwords":
        """Those of a file."""
        return cls(Tokenizer.from_file(str(path)))

    def __len__(self) -> int:
        return self.tokenizer.get_vocab_size()

    @cached_property
    def labels(self) -> list[str]:
        """Every piece, as it is written."""
        return [self.tokenizer.id_to_token(n) for n in range(len(self))]

    def pieces(self, words: Sequence[str], most: int) -> list[list[int]]:
        """The pieces of each word, for as many whole words as fit into so many pieces; a first word too long is cut."""
        fitting, room = [], most
        for word in words:
            parts = SPLIT.findall(tidy(word))  # a word of a list may be several here, such as "student."
            ids = [piece for part in parts for piece in self.tokenizer.encode(part, add_special_tokens=False).ids]
            ids = ids or [SPECIAL.index(UNKNOWN)]
            ids = ids if fitting else ids[:room]
            room -= len(ids)
            if room < 0:
                break
            fitting.append(ids)
        return fitting

    def unknown(self, words: Sequence[str], pieces: Sequence[Sequence[int]]) -> list[str]:
        """The words that hold a letter there is no piece for."""
        return [word for word, ids in zip(words, pieces) if SPECIAL.index(UNKNOWN) in ids]

    def grouped(self, ids: Sequence[int]) -> tuple[list[str], list[int]]:
        """The words that pieces make, and for each piece its word, −1 for END."""
        words: list[str] = []
        index = []
        for piece in ids:
            if piece == END:
                index.append(-1)
                continue
            label = self.labels[piece]
            if label.startswith(BEGIN) or not words:
                words.append("")
            words[-1] += label.removeprefix(BEGIN)
            index.append(len(words) - 1)
        return words, index
