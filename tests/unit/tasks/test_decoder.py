"""The decoder beside a slow loop in NumPy that reckons every number one by one."""

import math

import numpy as np
import pytest
import torch

from attention_core import build_score
from attention_core.tasks.decoder import END, Decoder, looking
from attention_core.tasks.settings import Settings

WORDS, EMBEDDING, WIDTH, KEYS = 6, 3, 4, 5


@pytest.fixture
def decoder():
    torch.manual_seed(1)
    made = Decoder(WORDS, EMBEDDING, WIDTH, WIDTH).double().eval()
    torch.nn.init.normal_(made.first)
    torch.nn.init.normal_(made.bias)
    return made


@pytest.fixture
def key(random):
    return torch.randn(KEYS, WIDTH, generator=random, dtype=torch.float64)


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def row(matrix, n, vector):
    return sum(float(matrix[n, m]) * vector[m] for m in range(len(vector)))


def by_hand(decoder, key, general, words, key_mask, temperature):
    """Queries and log-probabilities of the words, number by number."""
    table = decoder.embedding.weight
    W, U = [linear.weight for linear in decoder.unit.inputs], decoder.unit.recurrent
    state, read, before = decoder.first.tolist(), [0.0] * EMBEDDING, END
    queries, chances = [], []
    for word in words:
        x = [
            row(W[0], n, table[before].tolist()) + float(decoder.unit.inputs[0].bias[n]) + row(W[1], n, read)
            for n in range(3 * WIDTH)
        ]
        u = [row(U.weight, n, state) + float(U.bias[n]) for n in range(3 * WIDTH)]
        r = [sigmoid(x[n] + u[n]) for n in range(WIDTH)]
        z = [sigmoid(x[WIDTH + n] + u[WIDTH + n]) for n in range(WIDTH)]
        new = [math.tanh(x[2 * WIDTH + n] + r[n] * u[2 * WIDTH + n]) for n in range(WIDTH)]
        state = [(1 - z[n]) * new[n] + z[n] * state[n] for n in range(WIDTH)]
        energies = [
            sum(state[a] * float(general[a, b]) * float(key[s, b]) for a in range(WIDTH) for b in range(WIDTH))
            for s in range(KEYS)
        ]
        powers = [math.exp(energies[s] / temperature) if key_mask[s] else 0.0 for s in range(KEYS)]
        context = [sum(powers[s] * float(key[s, n]) for s in range(KEYS)) / sum(powers) for n in range(WIDTH)]
        read = [math.tanh(row(decoder.join.weight, n, [*context, *state])) for n in range(EMBEDDING)]
        heights = [row(table, n, read) + float(decoder.bias[n]) for n in range(WORDS)]
        chances.append(heights[word] - math.log(sum(map(math.exp, heights))))
        queries.append(state)
        before = word
    return np.array(queries), np.array(chances)


def test_given_words_are_written_number_by_number_as_by_hand(decoder, key):
    score = build_score("general", query_dim=WIDTH, key_dim=WIDTH).double()
    key_mask = torch.tensor([True, True, False, True, True])
    look = looking(score, key, key, key_mask, Settings(temperature=0.7))
    words = torch.tensor([[4, 2, 2, 5, END]])
    with torch.no_grad():
        query, read = decoder.unroll(words, look)
        chances = decoder.log_probabilities(read)[0].gather(1, words[0, :, None])[:, 0]
        expected_query, expected = by_hand(decoder, key, score.W, words[0].tolist(), key_mask.tolist(), 0.7)
    np.testing.assert_allclose(query[0].numpy(), expected_query, rtol=1e-10)
    np.testing.assert_allclose(chances.numpy(), expected, rtol=1e-10)


def test_a_row_of_the_mask_holds_for_its_word_only(decoder, key):
    score = build_score("multiplicative", query_dim=WIDTH, key_dim=WIDTH)
    words, rows = torch.tensor([[3, 1, 2]]), torch.ones(3, KEYS, dtype=torch.bool)
    rows[1, 2] = False
    with torch.no_grad():
        whole, _ = decoder.unroll(words, looking(score, key, key, rows[0], Settings()))
        fewer, _ = decoder.unroll(words, looking(score, key, key, rows, Settings()))
    torch.testing.assert_close(fewer[0, :2], whole[0, :2], rtol=0, atol=0)
    assert (fewer[0, 2] - whole[0, 2]).abs().max() > 1e-4  # the word after has read another context


def test_sentences_side_by_side_are_written_as_alone(decoder, random):
    keys = torch.randn(2, KEYS, WIDTH, generator=random, dtype=torch.float64)
    score, every = build_score("multiplicative", query_dim=WIDTH, key_dim=WIDTH), torch.ones(KEYS, dtype=torch.bool)
    words = torch.tensor([[3, 1, 0], [2, 5, 4]])
    with torch.no_grad():
        together, _ = decoder.unroll(words, looking(score, keys, keys, every, Settings()))
        alone = [decoder.unroll(words[n : n + 1], looking(score, keys[n], keys[n], every, Settings()))[0] for n in range(2)]
    torch.testing.assert_close(together, torch.cat(alone), rtol=1e-12, atol=1e-12)


def test_in_training_numbers_are_left_out_and_later_words_still_do_not_reach_earlier_ones(decoder, key):
    decoder.drop.p = 0.5
    look = looking(
        build_score("uniform", query_dim=WIDTH, key_dim=WIDTH), key, key, torch.ones(KEYS, dtype=torch.bool), Settings()
    )
    decoder.train()
    with torch.no_grad():
        torch.manual_seed(0)
        first, _ = decoder.unroll(torch.tensor([[3, 1, 2]]), look)
        torch.manual_seed(0)
        same, _ = decoder.unroll(torch.tensor([[3, 1, 5]]), look)
        other, _ = decoder.unroll(torch.tensor([[3, 1, 2]]), look)
    torch.testing.assert_close(first, same, rtol=0, atol=0)
    assert not torch.equal(first, other)
