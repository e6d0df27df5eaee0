"""Beam search beside the enumeration of every sentence there is."""

from itertools import product

import pytest
import torch

from attention_core import build_score
from attention_core.tasks.beam import LENGTH_POWER, search
from attention_core.tasks.decoder import END, Decoder, looking
from attention_core.tasks.settings import Settings

WORDS, WIDTH, KEYS, MOST = 3, 4, 5, 4  # END and two words: 14 sentences in all


@pytest.fixture(params=range(6))
def decoder(request):
    torch.manual_seed(request.param)
    made = Decoder(WORDS, 3, WIDTH, WIDTH).eval().requires_grad_(False)
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter)
    return made


@pytest.fixture
def keys(random):
    return torch.randn(3, KEYS, WIDTH, generator=random)


def look_at(key, rows=1):
    key = key.repeat_interleave(rows, 0) if key.dim() == 3 else key
    score = build_score("scaled_dot", query_dim=WIDTH, key_dim=WIDTH)
    return looking(score, key, key, torch.ones(KEYS, dtype=torch.bool), Settings())


def log_probability(decoder, key, words):
    table = torch.tensor([words])
    _, read = decoder.unroll(table, look_at(key))
    return decoder.log_probabilities(read)[0].gather(1, table[0, :, None]).sum().item()


def every_sentence():
    for length in range(1, MOST):
        for words in product(range(1, WORDS), repeat=length):
            yield (*words, END)


def test_a_beam_that_keeps_everything_finds_the_best_of_all(decoder, keys):
    best = max(
        every_sentence(), key=lambda words: log_probability(decoder, keys[0], words) / ((5 + len(words)) / 6) ** LENGTH_POWER
    )
    found = search(decoder, look_at(keys[0]), 1, 24, MOST)[0]
    assert found.words == best
    assert found.log_probability == pytest.approx(log_probability(decoder, keys[0], best), abs=1e-5)


def test_a_beam_of_one_takes_the_likeliest_word_each_time(decoder, keys):
    words, state, before = [], decoder.start(1), torch.tensor([END])
    for step in range(MOST):
        query = decoder.query(state, decoder.told(before))
        read = decoder.read(query, look_at(keys[0])(query, step))
        chances = decoder.log_probabilities(read)[0]
        chances[END] = -torch.inf if step == 0 else chances[END]
        before, state = chances.argmax()[None], type(state)(query, read)
        words.append(before.item())
        if words[-1] == END:
            break
    found = search(decoder, look_at(keys[0]), 1, 1, MOST)[0]
    assert found.words == tuple(words)


@pytest.mark.parametrize("beam", [1, 3, 8])
def test_inputs_together_are_written_as_alone(decoder, keys, beam):
    together = search(decoder, look_at(keys, beam), len(keys), beam, MOST)
    alone = [search(decoder, look_at(key), 1, beam, MOST)[0] for key in keys]
    assert [own.words for own in together] == [own.words for own in alone]
    assert [own.log_probability for own in together] == pytest.approx([own.log_probability for own in alone], abs=1e-5)


def test_no_sentence_is_empty_or_longer_than_allowed(decoder, keys):
    decoder.bias[END] = 50.0
    assert len(search(decoder, look_at(keys[0]), 1, 2, MOST)[0].words) == 2
    decoder.bias[END] = -50.0
    found = search(decoder, look_at(keys[0]), 1, 2, MOST)[0]
    assert len(found.words) <= MOST


def test_what_never_ends_is_cut(decoder, keys):
    decoder.bias[END] = -torch.inf
    found = search(decoder, look_at(keys[0]), 1, 4, 7)[0]
    assert len(found.words) == 7
    assert END not in found.words
    assert found.log_probability == pytest.approx(log_probability(decoder, keys[0], found.words), abs=1e-5)
