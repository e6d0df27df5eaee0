"""What comes next, against the transformers library's own samplers."""

import itertools

import numpy as np
import pytest
import torch
import transformers
from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

from attention_core.errors import InputError
from attention_core.training.gpt_data import END, learn_tokenizer
from attention_core.transformers import Transformer, open_transformer, read_checkpoint, writing
from tests import tiny_transformers


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return Transformer(read_checkpoint(tiny_transformers.make("gpt2", tmp_path_factory.mktemp("tiny"))))


@pytest.mark.parametrize(
    ("temperature", "top_k", "top_p"), [(1, 0, 1), (0.5, 0, 1), (2, 5, 1), (1, 0, 0.7), (0.8, 7, 0.5), (1, 1, 0.01)]
)
def test_the_probabilities_are_those_of_the_library(temperature, top_k, top_p):
    energies = torch.randn(1, 40, generator=torch.Generator().manual_seed(3)).double() * 3
    expected = TemperatureLogitsWarper(float(temperature))(None, energies)
    if top_k:
        expected = TopKLogitsWarper(top_k)(None, expected)
    if top_p < 1:
        expected = TopPLogitsWarper(top_p)(None, expected)
    found = writing.sampling(energies[0].numpy(), temperature, top_k, top_p)
    np.testing.assert_allclose(found, expected.softmax(-1)[0].numpy(), atol=1e-12)


def test_the_fewest_that_reach_the_sum_are_kept():
    assert writing.sampling(np.zeros(4), top_p=0.5).tolist() == [0.5, 0.5, 0, 0]
    assert writing.sampling(np.zeros(4), top_p=0.51).tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0])


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"temperature": 0}, r"temperature must be above 0, got 0\."),
        ({"top_k": -1}, r"top_k must be at least 0, got -1\. 0 keeps all\."),
        ({"top_p": 0}, r"top_p must be above 0 and at most 1, got 0\."),
    ],
)
def test_what_cannot_be_sampled_with(how, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        writing.sampling(np.zeros(3), **how)


def test_energies_are_those_of_the_whole_text(tiny):
    ids = tiny.token_ids("the cat sat on", 40)
    whole = tiny.model(input_ids=torch.tensor([ids])).logits[0]
    np.testing.assert_allclose(writing.next_energies(tiny, ids[:3]), whole[2].numpy(), atol=1e-5)
    with pytest.raises(
        InputError, match=r"^The text must have fewer than 40 tokens to go on\. Go back some words, or begin anew\.$"
    ):
        writing.next_energies(tiny, [4] * 40)
    with pytest.raises(ValueError, match=r"^transformer must be a decoder, got encoder\. Open one that writes\.$"):
        writing.next_energies(open_transformer("minilm", "cpu"), ids)


@pytest.fixture(scope="module")
def bytewise(tmp_path_factory):
    """A GPT-2 with random parameters over pieces of bytes."""
    folder = tmp_path_factory.mktemp("bytewise")
    pieces = learn_tokenizer(["the walking cat walked, and the talking cat talked."] * 3, 290)
    transformers.PreTrainedTokenizerFast(tokenizer_object=pieces, bos_token=END, eos_token=END).save_pretrained(folder)
    torch.manual_seed(0)
    config = transformers.GPT2Config(
        vocab_size=pieces.get_vocab_size(), n_embd=24, n_layer=2, n_head=2, n_positions=120, bos_token_id=0, eos_token_id=0
    )
    transformers.GPT2LMHeadModel(config).save_pretrained(folder)
    return Transformer(read_checkpoint(folder))


def test_words_are_whole_and_come_again_from_the_same_seed(bytewise):
    def written(seed):
        ids, words = bytewise.token_ids("the cat", 120), []
        for _ in range(25):
            word = writing.write_word(bytewise, ids, seed, temperature=0.1)
            ids += word
            words.append(bytewise.tokenizer.decode(word))
        return words, ids

    (words, ids), again = written(1), written(1)
    assert (words, ids) == again
    assert words != written(2)[0]
    for before, word in itertools.pairwise(words):
        assert not (before.strip().isalnum() and word.isalnum()), (before, word)  # no word is broken in two
    assert len(ids) > len(words) + 3  # some have several pieces


def test_pieces_of_bytes_are_labelled_as_what_they_stand_for(bytewise):
    assert bytewise.tokens(bytewise.token_ids("the cat\né", 120)) == (END, "the", " cat", "↵", "�", "�")


def test_where_no_token_tells_that_a_word_begins_each_is_one(tiny):
    ids = tiny.token_ids("the cat", 40)
    assert [len(writing.write_word(tiny, ids, seed)) for seed in range(6)] == [1] * 6
