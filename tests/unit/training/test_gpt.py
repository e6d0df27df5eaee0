"""Training `gpt`: what is held out, windows, and the measure, against one token at a time."""

import lzma
import math
from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F
from transformers import GPT2Config, GPT2LMHeadModel

from attention_core.training import gpt, progress
from attention_core.training.gpt_data import END, HELD_SENTENCES, HELD_STORIES, learn_tokenizer, read_documents, windows
from attention_core.training.run import Run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    own = tmp_path_factory.mktemp("language_model")
    lines = [f"Sentence {n} is here." for n in range(HELD_SENTENCES + 200)]
    with lzma.open(own / "tatoeba_en.txt.xz", "wt") as file:
        file.write("\n".join([*lines, *(line.upper() for line in lines)]))
    stories = [f"Story {n}\nIt begins.\nIt ends." for n in range(HELD_STORIES + 10)]
    with lzma.open(own / "stories_ccby.txt.xz", "wt") as file:
        file.write("\n\n".join(stories))
    return own


def test_nothing_held_out_is_trained_on_in_any_case_of_letters(folder):
    training, held_out = read_documents(folder)
    assert (len(training), len(held_out)) == (210, HELD_SENTENCES + HELD_STORIES)
    assert not {own.lower() for own in training} & {own.lower() for own in held_out}
    assert sum("\n" in own for own in held_out) == HELD_STORIES


def test_a_tokenizer_gives_back_what_it_was_given():
    tokenizer = learn_tokenizer(["the cat sat", "the cat ran"] * 3, 270)
    assert tokenizer.token_to_id(END) == 0
    for text in ("the cat", "Ärger 🐈\nthe", "  two spaces"):
        assert tokenizer.decode(tokenizer.encode(text).ids) == text


def test_windows_hold_every_document_once():
    documents = [[n + 1] * (1 + n % 9) for n in range(60)] + [[99] * 40]
    table = windows(documents, 12, 0, seed=3)
    assert table.shape[1] == 13
    told = [token for row in table.tolist() for token in row[1:] if token > 0]
    assert sorted(told) == sorted(token for own in documents for token in own)
    whole = [row for row in table.tolist() if 99 not in row]
    assert all(row[0] == 0 for row in whole)  # a short document is never cut in two
    assert not torch.equal(table, windows(documents, 12, 0, seed=4))


@pytest.mark.parametrize("length", [5, gpt.CONTEXT - 2, gpt.CONTEXT + 150])
def test_the_measure_counts_every_token_once(length):
    torch.manual_seed(0)
    model = GPT2LMHeadModel(GPT2Config(vocab_size=30, n_embd=16, n_layer=1, n_head=2, n_positions=gpt.CONTEXT)).eval()
    ids = torch.randint(1, 30, (length,), generator=torch.Generator().manual_seed(1)).tolist()
    full, expected, end = [0, *ids, 0], 0.0, 1
    while end < len(full):
        begin = (
            0
            if end <= gpt.CONTEXT
            else gpt.CONTEXT
            + 1
            - gpt.STRIDE
            + (end - gpt.CONTEXT - 1) // (gpt.CONTEXT + 1 - gpt.STRIDE) * (gpt.CONTEXT + 1 - gpt.STRIDE)
        )
        told = model(torch.tensor([full[begin:end]])).logits[0, -1]
        expected += F.log_softmax(told, -1)[full[end]].item()
        end += 1
    assert gpt.log_probability(model, [ids]) == pytest.approx(expected, rel=1e-5)
    assert gpt.per_word(-math.log(7) * 3, 3) == 7


def test_a_training_that_was_stopped_ends_as_one_that_was_not(tmp_path, monkeypatch):
    monkeypatch.setattr(progress, "KEEP_EVERY", 2)
    small = GPT2Config(vocab_size=gpt.VOCABULARY, n_positions=gpt.CONTEXT, n_embd=16, n_layer=1, n_head=2, attn_pdrop=0.0)
    recipe = replace(gpt.RECIPES[0], steps=5, batch=2)
    documents = [[n % 50 + 1, n % 7 + 1, 3] for n in range(900)]
    runs = [Run("gpt", tmp_path, tmp_path, tmp_path / name, torch.device("cpu")) for name in ("whole", "stopped")]

    def fit(run):
        return gpt.fit(run, documents, recipe, gpt.draw(lambda: GPT2LMHeadModel(small), 0))

    whole = list(fit(runs[0]))
    for step, *_ in fit(runs[1]):
        if step == 3:
            break
    rest = list(fit(runs[1]))
    assert [step for step, *_ in rest] == [3, 4, 5]
    assert [loss for _, loss, *_ in rest] == pytest.approx([loss for _, loss, *_ in whole[2:]], abs=1e-6)
