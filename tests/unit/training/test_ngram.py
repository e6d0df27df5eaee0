"""The smoothed n-gram model against the formula written out with dictionaries, one word at a time."""

import random
from collections import Counter

import numpy as np
import pytest

from attention_core.training.ngram import KneserNey


class Slow:
    """Chen & Goodman's equations, a count at a time. Word 0 stands before each document."""

    def __init__(self, documents, size, order):
        self.size, self.order = size, order
        plain = [Counter() for _ in range(order + 1)]  # by n
        for document in documents:
            words = [0] * (order - 1) + list(document)
            for end in range(order - 1, len(words)):
                for n in range(1, order + 1):
                    plain[n][tuple(words[end - n + 1 : end + 1])] += 1
        self.counts = {order: plain[order]}
        for n in range(1, order):
            followed = Counter(gram[1:] for gram in plain[n + 1])
            self.counts[n] = Counter({gram: plain[n][gram] if gram[0] == 0 else followed[gram] for gram in plain[n]})

    def discounts(self, n):
        n1, n2, n3, n4 = (sum(count == want for count in self.counts[n].values()) for want in (1, 2, 3, 4))
        if 0 in (n1, n2, n3, n4):
            return {0: 0.0, 1: 0.5, 2: 1.0, 3: 1.5}
        y = n1 / (n1 + 2 * n2)
        return {0: 0.0, 1: 1 - 2 * y * n2 / n1, 2: 2 - 3 * y * n3 / n2, 3: 3 - 4 * y * n4 / n3}

    def chance(self, gram):
        n = len(gram)
        if n == 0:
            return 1 / (self.size - 1)
        d = self.discounts(n)
        follow = {own: count for own, count in self.counts[n].items() if own[:-1] == gram[:-1]}
        total = sum(follow.values())
        if not total:
            return self.chance(gram[1:])
        count = self.counts[n][gram]
        spare = sum(d[min(own, 3)] for own in follow.values()) / total
        return (count - d[min(count, 3)]) / total + spare * self.chance(gram[1:])


@pytest.fixture(scope="module")
def documents():
    drawn = random.Random(0)
    return [[min(5, int(drawn.expovariate(0.6)) + 1) for _ in range(drawn.randrange(2, 9))] for _ in range(120)]


@pytest.mark.parametrize("order", [2, 3])
def test_every_probability_is_that_of_the_formula(documents, order):
    slow, model = Slow(documents, 7, order), KneserNey(documents, 7, order)
    held_out = [[1, 2, 1, 5], [6, 6, 1], [5, 5, 5, 1, 3]]  # 6 was never seen
    told = model.log_probabilities(held_out)
    assert [len(own) for own in told] == [4, 3, 5]
    for document, own in zip(held_out, told, strict=True):
        words = [0] * (order - 1) + document
        expected = [slow.chance(tuple(words[end : end + order])) for end in range(len(document))]
        np.testing.assert_allclose(np.exp(own), expected, rtol=1e-9)


def test_what_may_follow_has_a_sum_of_one(documents):
    model = KneserNey(documents, 7)
    for before in ([], [1], [2, 1, 1], [6, 3]):
        last = [own[-1] for own in model.log_probabilities([[*before, word] for word in range(1, 7)])]
        assert np.exp(last).sum() == pytest.approx(1)
