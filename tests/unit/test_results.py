import numpy as np
import pytest

from attention_core.results import TaskResult, Words


def result(weights, query_words=None, key_words=None):
    weights = np.asarray(weights, dtype=np.float32)  # (T, S)
    rows, keys = weights.shape
    return TaskResult(
        energies=weights,
        weights=weights,
        query=np.zeros((rows, 1), np.float32),
        key=np.zeros((keys, 1), np.float32),
        value=np.zeros((keys, 1), np.float32),
        context=np.zeros((rows, 1), np.float32),
        key_mask=np.ones((rows, keys), bool),
        query_labels=tuple(f"q{row}" for row in range(rows)),
        key_labels=tuple(f"k{key}" for key in range(keys)),
        output={},
        provenance={},
        query_words=query_words,
        key_words=key_words,
    )


def test_columns_of_a_word_are_summed_and_special_tokens_dropped():
    words = Words(("unbelievable", "film"), np.array([-1, 0, 0, 1, -1]))
    merged = result([[0.1, 0.2, 0.2, 0.4, 0.1]], key_words=words).by_word()
    np.testing.assert_allclose(merged.weights, [[0.5, 0.5]], rtol=1e-6)
    assert merged.key_labels == ("unbelievable", "film")
    assert merged.query_labels == ("q0",)


def test_rows_of_a_word_are_averaged():
    words = Words(("one", "two"), np.array([-1, 0, 0, 1]))
    merged = result([[1, 0], [0.2, 0.8], [0.6, 0.4], [0, 1]], query_words=words).by_word()
    np.testing.assert_allclose(merged.weights, [[0.4, 0.6], [0, 1]], rtol=1e-6)
    assert merged.query_labels == ("one", "two")
    assert merged.key_labels == ("k0", "k1")


def test_rows_sum_to_1_again():
    words = Words(("a", "b", "c"), np.array([-1, 0, 1, 1, 2, -1]))
    weights = np.random.default_rng(0).dirichlet(np.ones(6), size=6)
    merged = result(weights, query_words=words, key_words=words).by_word()
    assert merged.weights.shape == (3, 3)
    assert merged.weights.dtype == np.float32
    np.testing.assert_allclose(merged.weights.sum(1), 1, rtol=1e-6)
    by_hand = weights[2:4].mean(0)[1:5] @ [[1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1]]
    np.testing.assert_allclose(merged.weights[1], by_hand / by_hand.sum(), rtol=1e-5)


def test_a_row_that_lay_on_special_tokens_alone_stays_0():
    merged = result([[1, 0], [0.5, 0.5]], key_words=Words(("word",), np.array([-1, 0]))).by_word()
    assert merged.weights.tolist() == [[0], [1]]


def test_an_axis_without_words_is_kept():
    merged = result([[0.3, 0.7]]).by_word()
    np.testing.assert_allclose(merged.weights, [[0.3, 0.7]], rtol=1e-6)
    assert (merged.query_labels, merged.key_labels) == (("q0",), ("k0", "k1"))


def test_a_result_is_frozen():
    with pytest.raises(AttributeError):
        result([[1.0]]).weights = None
