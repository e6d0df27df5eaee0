"""An n-gram language model with interpolated modified Kneser-Ney smoothing: what a learned model has to beat."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

START = 0  # the id that stands before every document, as often as the order needs; documents never hold it


@dataclass(frozen=True)
class _Order:
    """What is known of the n-grams of one order n, for n ≥ 2.

    Args:
        keys: Sorted; context · V + word, where a context is numbered by its place among the keys of order n − 1.
        counts: How often each was seen; of an order below the highest, after how many different words.
        discounts: Taken off a count of 1, of 2, and of 3 or more.
        spare: For each context, what was taken off, as a share of all.
        totals: For each context, the sum of its counts.
    """

    keys: np.ndarray
    counts: np.ndarray
    discounts: np.ndarray
    spare: np.ndarray
    totals: np.ndarray


class KneserNey:
    """log P(word | the n − 1 words before), for every word of some documents.

    P_n(w | h) = max(c(hw) − D(c), 0) / c(h) + γ(h) · P_{n−1}(w | h without its first word), down to a uniform 1/V.

    Args:
        documents: Each a sequence of word ids from 1 on.
        size: V, the ids there are, START included.
        order: n.

    Source: Chen & Goodman 1999, An empirical study of smoothing techniques for language modeling, section 3
    (https://doi.org/10.1006/csla.1999.0128). As in SRILM and KenLM, an n-gram that begins with START has its plain count in every
    order, since nothing can stand before it.
    """

    def __init__(self, documents: Sequence[Sequence[int]], size: int, order: int = 5) -> None:
        self.size, self.order = size, order
        words, real = self._laid(documents)
        ids = [words]  # of each order, which n-gram ends at each place
        keys = [np.arange(size)]
        for _ in range(order - 1):
            before = np.concatenate([[0], ids[-1][:-1]])
            found, own = np.unique(before * size + words, return_inverse=True)
            keys.append(found)
            ids.append(own)
        begins = [self._begins_with_start(words, n) for n in range(1, order + 1)]
        counts = [np.bincount(own[real], minlength=len(known)) for own, known in zip(ids, keys, strict=True)]
        for n in range(order - 1):  # of an order below the highest: how many different words stand before it
            first = _first_places(ids[n + 1][real], np.flatnonzero(real))
            followed = np.bincount(ids[n][first], minlength=len(keys[n]))
            plain = np.zeros(len(keys[n]), bool)
            plain[ids[n][real & begins[n]]] = True
            counts[n] = np.where(plain, counts[n], followed)
        self._unigram = self._lowest(counts[0])
        self._orders = [self._made(keys[n], counts[n], len(keys[n - 1])) for n in range(1, order)]

    def log_probabilities(self, documents: Sequence[Sequence[int]]) -> list[np.ndarray]:
        """For each document, the natural logarithm of the probability of each of its words."""
        words, real = self._laid(documents)
        chance = self._unigram[words]  # (N,)
        ids = words
        for own in self._orders:
            context = np.concatenate([[-1], ids[:-1]])
            key = np.where(context >= 0, context * self.size + words, -1)
            place = np.searchsorted(own.keys, key).clip(max=len(own.keys) - 1)
            ids = np.where(own.keys[place] == key, place, -1)
            count = np.where(ids >= 0, own.counts[ids], 0)
            total = np.where(context >= 0, own.totals[context], 0)
            kept = (count - own.discounts[np.minimum(count, 3)]).clip(min=0) / np.maximum(total, 1)
            chance = np.where(total > 0, kept + own.spare[context] * chance, chance)
        ends = np.cumsum([len(document) for document in documents])
        return np.split(np.log(chance[real]), ends[:-1])

    def _laid(self, documents: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
        """All words in one row, each document after n − 1 times START, and which of them are real."""
        before = [START] * (self.order - 1)
        words = np.array([word for document in documents for word in (*before, *document)], np.int64)
        return words, words != START

    @staticmethod
    def _begins_with_start(words: np.ndarray, n: int) -> np.ndarray:
        shifted = np.concatenate([np.full(n - 1, START), words])[: len(words)]
        return shifted == START

    def _lowest(self, counts: np.ndarray) -> np.ndarray:
        counts = counts.copy()
        counts[START] = 0
        discounts = _discounts(counts)
        taken = np.minimum(counts, discounts[np.minimum(counts, 3)]).sum() / counts.sum()
        kept = (counts - discounts[np.minimum(counts, 3)]).clip(min=0) / counts.sum()
        return kept + taken / (self.size - 1)  # START is never a word to come

    def _made(self, keys: np.ndarray, counts: np.ndarray, contexts: int) -> _Order:
        discounts, context = _discounts(counts), keys // self.size
        totals = np.bincount(context, counts, contexts)
        taken = np.bincount(context, np.minimum(counts, discounts[np.minimum(counts, 3)]), contexts)
        return _Order(keys, counts, discounts, taken / np.maximum(totals, 1), totals)


def _first_places(ids: np.ndarray, places: np.ndarray) -> np.ndarray:
    """One place of each different id."""
    return places[np.unique(ids, return_index=True)[1]]


def _discounts(counts: np.ndarray) -> np.ndarray:
    """D(0) to D(3+), from how many n-grams have a count of 1 to 4; KenLM's fallback where none has one of those."""
    n1, n2, n3, n4 = (int((counts == n).sum()) for n in (1, 2, 3, 4))
    if not (n1 and n2 and n3 and n4):
        return np.array([0, 0.5, 1, 1.5])
    y = n1 / (n1 + 2 * n2)
    return np.array([0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3]).clip(min=0)
