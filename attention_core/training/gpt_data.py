"""Plain English for `gpt`: documents, what is held out, the byte-pair vocabulary, windows to train on."""

import lzma
import random
from pathlib import Path

import regex
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from torch import Tensor

SENTENCES, STORIES = "tatoeba_en.txt.xz", "stories_ccby.txt.xz"
CREDITS = "stories_credits.tsv.xz"  # of each story: file, title, author, licence
HELD_SENTENCES, HELD_STORIES = 5000, 35
END = "<|endoftext|>"  # before, between and after documents, as in GPT-2
WORD = regex.compile(r"\w+(?:['’]\w+)*|[^\w\s]|\n")  # what perplexity is counted by


def read_documents(folder: Path, seed: int = 0) -> tuple[list[str], list[str]]:
    """Sentences and whole stories to train on, and those held out: no two sentences differ in the case of letters alone."""
    with lzma.open(folder / SENTENCES, "rt", encoding="utf-8") as file:
        lines = [line.strip() for line in file if line.strip()]
    sentences = list({line.lower(): line for line in lines}.values())
    with lzma.open(folder / STORIES, "rt", encoding="utf-8") as file:
        stories = [story.strip() for story in file.read().split("\n\n") if story.strip()]
    drawn = random.Random(seed)
    drawn.shuffle(sentences)
    drawn.shuffle(stories)
    held_out = sentences[:HELD_SENTENCES] + stories[:HELD_STORIES]
    training = sentences[HELD_SENTENCES:] + stories[HELD_STORIES:]
    return training, held_out


def learn_tokenizer(documents: list[str], size: int) -> Tokenizer:
    """Byte-level byte-pair encoding as GPT-2's, learned from these documents; END has the id 0."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        documents,
        trainers.BpeTrainer(vocab_size=size, special_tokens=[END], initial_alphabet=sorted(alphabet), show_progress=False),
    )
    return tokenizer


def windows(documents: list[list[int]], length: int, end: int, seed: int) -> Tensor:
    """(N, length + 1) token ids: shuffled documents, whole where they fit, each after `end`; −1 where nothing is left to say."""
    order = list(range(len(documents)))
    random.Random(seed).shuffle(order)
    rows, row = [], [end]
    for n in order:
        ids = [*documents[n], end]
        if len(row) + len(ids) > length + 1 and len(ids) <= length and len(row) > 1:
            rows.append(row)
            row = [end]
        row = row + ids
        while len(row) >= length + 1:
            rows.append(row[: length + 1])
            row = row[length:]  # the last token of a window is the first of the next
            if len(row) == 1:
                row = [end]
    rows.append(row)
    table = torch.full((len(rows), length + 1), -1)  # (N, length + 1)
    for n, each in enumerate(rows):
        table[n, : len(each)] = torch.tensor(each)
    return table[torch.randperm(len(rows), generator=torch.Generator().manual_seed(seed))]
