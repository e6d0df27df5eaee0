"""Sentence pairs of the Tatoeba project, split by English sentence, and the pieces their words are made of."""

import lzma
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from attention_core.tasks.subwords import BEGIN, SPECIAL, Subwords, tidy, words_of

ARCHIVE = "translation/fra.txt.xz"
LINKS = Path(__file__).with_name("translation_links.tsv")
HELD_OUT, CHOOSING = 2000, 500  # English sentences to measure with, and to choose with
SPLIT_SEED = 0
PIECES = 4000  # of each language
RAREST_LETTER = 5  # times in the training sentences, else it is no piece


@dataclass(frozen=True)
class Split:
    """The pairs to train on, and sentences with all French versions that the data has to choose and to measure with."""

    training: list[tuple[str, str]]
    choosing: dict[str, list[str]]
    held_out: dict[str, list[str]]


def read(archive: Path) -> list[tuple[str, str]]:
    """Every pair of an English sentence and a French one, once, in the file's order."""
    with lzma.open(archive, "rt", encoding="utf-8") as lines:
        pairs = (line.rstrip("\n").split("\t")[:2] for line in lines)
        return list(dict.fromkeys((tidy(english), tidy(french)) for english, french in pairs))


def read_links() -> list[tuple[list[str], list[str], list[set[int]]]]:
    """Sentence pairs of our own: English words, French words, and for each of these the places of the English ones behind it."""
    found = []
    for line in LINKS.read_text("utf-8").splitlines():
        english, french, links = (part.split(" ") for part in line.split("\t"))
        sources: list[set[int]] = [set() for _ in french]
        for link in links:
            source, target = map(int, link.split("-"))
            sources[target].add(source)
        found.append((english, french, sources))
    return found


def split(pairs: list[tuple[str, str]]) -> Split:
    """The pairs by English sentence. Sentences that differ in case, spaces or punctuation only go to one side together."""
    versions: dict[str, dict[str, list[str]]] = {}
    for english, french in pairs:
        versions.setdefault(plain(english), {}).setdefault(english, []).append(french)
    for english, _, _ in read_links():
        versions.pop(plain(" ".join(english)), None)
    names = sorted(versions)
    order = torch.randperm(len(names), generator=torch.Generator().manual_seed(SPLIT_SEED)).tolist()
    groups = [versions[names[n]] for n in order]
    held_out, choosing = (
        dict(min(group.items()) for group in part) for part in (groups[:HELD_OUT], groups[HELD_OUT : HELD_OUT + CHOOSING])
    )
    rest = groups[HELD_OUT + CHOOSING :]
    training = [(english, french) for group in rest for english, own in group.items() for french in own]
    return Split(training, choosing, held_out)


def plain(sentence: str) -> str:
    """The letters and digits of a sentence, in small letters."""
    return "".join(letter for letter in sentence.casefold() if letter.isalnum())


def learn_pieces(sentences: Iterable[str], pieces: int = PIECES) -> Subwords:
    """Byte pair encoding learned from the words of these sentences."""
    words = Counter(word for sentence in sentences for word in words_of(sentence))
    letters = Counter({BEGIN: RAREST_LETTER})
    for word, count in words.items():
        letters.update(dict.fromkeys(word, count))
    tokenizer = Tokenizer(models.BPE(unk_token=SPECIAL[1], fuse_unk=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(BEGIN, prepend_scheme="always", split=False)
    trainer = trainers.BpeTrainer(
        vocab_size=pieces,
        special_tokens=list(SPECIAL),
        limit_alphabet=sum(count >= RAREST_LETTER for count in letters.values()),
        show_progress=False,
    )
    tokenizer.train_from_iterator((word for word in sorted(words) for _ in range(words[word])), trainer)
    return Subwords(tokenizer)
