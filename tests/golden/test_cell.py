"""A cell against loops over single numbers: every intermediate from q, k and the parameters, for every score function and
distribution, on what a task returned."""

import math

import numpy as np
import pytest

import attention_core as core
from tests.examples import result_of, task_of


def dot(one, other):
    return sum(a * b for a, b in zip(one, other, strict=True))


def times(one, other):
    return [a * b for a, b in zip(one, other, strict=True)]


def rows_times(matrix, vector):
    return [dot(row, vector) for row in matrix]


def additive(p, q, k, s):
    from_key, from_query = rows_times(p["W1"], k), rows_times(p["W2"], q)
    total = [a + c + b for a, c, b in zip(from_key, from_query, p["b"], strict=True)]
    bent = [math.tanh(x) for x in total]
    products = times(p["v"], bent)
    return [from_key, from_query, p["b"], total, bent, p["v"], products, sum(products)]


def multiplicative(p, q, k, s):
    return [times(q, k), dot(q, k)]


def scaled_dot(p, q, k, s):
    return [times(q, k), dot(q, k), math.sqrt(len(q)), dot(q, k) / math.sqrt(len(q))]


def cosine(p, q, k, s):
    lengths = math.sqrt(dot(q, q)), math.sqrt(dot(k, k))
    return [times(q, k), dot(q, k), *lengths, dot(q, k) / (lengths[0] * lengths[1])]


def general(p, q, k, s):
    asked = rows_times(zip(*p["W"], strict=True), q)
    return [asked, times(asked, k), dot(asked, k)]


def location(p, q, k, s):
    return [times(p["W"][s], q), dot(p["W"][s], q), p["b"][s], dot(p["W"][s], q) + p["b"][s]]


def uniform(p, q, k, s):
    return [0.0]


LOOPS = {own.__name__: own for own in (additive, multiplicative, scaled_dot, cosine, general, location, uniform)}


def softmax(given, keep=None):
    kept = sorted(range(len(given)), key=lambda s: (-given[s], s))[:keep]
    exponentials = [math.exp(e) if s in kept else 0.0 for s, e in enumerate(given)]
    total = sum(exponentials)
    return exponentials, total, [e / total for e in exponentials]


def threshold(given, power):
    """The τ at which Σ max(e − τ, 0)^power is 1, by halving."""
    low, high = max(given) - 1, max(given)
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(max(e - middle, 0) ** power for e in given) > 1 else (low, middle)
    return low


def spread_softmax(given):
    exponentials, total, weights = softmax(given)
    return [given, exponentials, total, weights]


def spread_top_k(given):
    exponentials, total, weights = softmax(given, keep=5)
    return [[e if w else -math.inf for e, w in zip(given, weights, strict=True)], exponentials, total, weights]


def spread_sparsemax(given):
    tau = threshold(given, 1)
    return [given, tau, [max(e - tau, 0) for e in given]]


def spread_entmax15(given):
    halved = [e / 2 for e in given]
    tau = threshold(halved, 2)
    return [halved, tau, [max(e - tau, 0) ** 2 for e in halved]]


def spread_hard(given):
    return [max(given), [float(s == given.index(max(given))) for s in range(len(given))]]


SPREADS = {"softmax": spread_softmax, "top_k": spread_top_k, "sparsemax": spread_sparsemax, "entmax15": spread_entmax15,
           "hard": spread_hard}  # fmt: skip


@pytest.fixture(scope="module", params=core.task_names())
def task(request):
    return task_of(request.param)


def run(task, **settings):
    return result_of(task.spec.name, **settings)


def agree(found, expected):
    assert len(found) == len(expected)
    for (name, array), number in zip(found.items(), expected, strict=True):
        np.testing.assert_allclose(array, number, atol=1e-9, rtol=1e-9, err_msg=name)


def test_there_is_a_loop_for_everything_declared():
    assert sorted(LOOPS) == core.score_names()
    assert sorted(SPREADS) == core.distribution_names()


@pytest.mark.parametrize("score", core.score_names())
def test_every_step_from_query_and_key_to_the_energy_equals_the_loop(task, score):
    result, module = run(task, score=score), task.head(score).score
    row, column = len(result.query) - 1, len(result.key) // 2
    cell = core.inspect_cell(module, result, row, column)
    parameters = {name: parameter.double().tolist() for name, parameter in module.named_parameters()}
    q, k = result.query[row].astype(float).tolist(), result.key[column].astype(float).tolist()
    agree(cell.steps, LOOPS[score](parameters, q, k, column))
    np.testing.assert_array_equal(cell.query, q)
    np.testing.assert_array_equal(cell.key, k)
    # What the task returned is this, rounded once.
    np.testing.assert_array_equal(cell.energies.astype(np.float32), result.energies[row])
    np.testing.assert_array_equal(cell.weights.astype(np.float32), result.weights[row])
    np.testing.assert_allclose(cell.context, result.context[row], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("temperature", [0.05, 1.0, 3.0])
@pytest.mark.parametrize("distribution", core.distribution_names())
def test_every_step_from_the_energies_to_the_share_equals_the_loop(task, distribution, temperature):
    result = run(task, score="general", distribution=distribution, temperature=temperature)
    column = int(result.weights[0].argmax())
    cell = core.inspect_cell(task.head("general").score, result, 0, column)
    energies, mask = cell.energies.tolist(), result.key_mask[0].tolist()
    open_keys = [s for s, is_open in enumerate(mask) if is_open]
    largest = max(energies[s] for s in open_keys)
    given = [(energies[s] - largest) / temperature for s in open_keys]
    expected = SPREADS[distribution](given)
    closed = {"weight": 0.0, "exp": 0.0}
    for (name, array), number in zip(cell.spread.items(), expected, strict=True):
        if array.ndim:
            full = np.full(len(mask), closed.get(name, -np.inf))
            full[open_keys] = number
            number = full
        np.testing.assert_allclose(array, number, atol=1e-9, rtol=1e-9, err_msg=name)
    np.testing.assert_allclose(cell.weights, cell.spread["weight"], rtol=1e-14)
    np.testing.assert_array_equal(cell.weights.astype(np.float32), result.weights[0])
    parts = [[w * x for x in value] for w, value in zip(cell.weights.tolist(), result.value.astype(float).tolist(), strict=True)]
    context = [sum(column) for column in zip(*parts, strict=True)]
    np.testing.assert_allclose(cell.part, parts[column], atol=1e-12)
    np.testing.assert_allclose(cell.shares, [dot(part, context) / dot(context, context) for part in parts], atol=1e-9)
    assert cell.shares.sum() == pytest.approx(1)
