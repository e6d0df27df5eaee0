"""Energies against loops over single numbers, written from the formulas alone."""

import math

import numpy as np
import pytest
import torch

from attention_core import build_score

QUERY_DIM, KEY_DIM = 3, 3


def dot(one, other):
    return sum(a * b for a, b in zip(one, other, strict=True))


def erf_gelu(x):
    return x * 0.5 * (1 + math.erf(x / math.sqrt(2)))


BENDS = {
    "tanh": math.tanh,
    "relu": lambda x: max(x, 0.0),
    "gelu": erf_gelu,
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
}


def additive(p, q, k, s, bend):
    total = 0.0
    for unit in range(len(p["v"])):
        total += p["v"][unit] * bend(dot(p["W1"][unit], k) + dot(p["W2"][unit], q) + p["b"][unit])
    return total


def multiplicative(p, q, k, s):
    return dot(q, k)


def general(p, q, k, s):
    return sum(q[i] * p["W"][i][j] * k[j] for i in range(len(q)) for j in range(len(k)))


def location(p, q, k, s):
    return dot(p["W"][s], q) + p["b"][s]


def scaled_dot(p, q, k, s):
    return dot(q, k) / math.sqrt(len(q))


def cosine(p, q, k, s):
    return dot(q, k) / (math.sqrt(dot(q, q)) * math.sqrt(dot(k, k)))


def uniform(p, q, k, s):
    return 0.0


REFERENCES = [
    ("multiplicative", {}, multiplicative),
    ("general", {}, general),
    ("location", {"max_positions": 9}, location),
    ("scaled_dot", {}, scaled_dot),
    ("cosine", {}, cosine),
    ("uniform", {}, uniform),
    *[
        ("additive", {"width": 4, "activation": name}, lambda p, q, k, s, bend=bend: additive(p, q, k, s, bend))
        for name, bend in BENDS.items()
    ],
]


@pytest.mark.parametrize(
    ("name", "options", "reference"), REFERENCES, ids=lambda each: "loops" if callable(each) else str(each)[:60]
)
def test_energies_equal_the_loops(name, options, reference):
    torch.manual_seed(3)
    module = build_score(name, query_dim=QUERY_DIM, key_dim=KEY_DIM, **options).double()
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter)  # biases too
    query, key = torch.randn(2, 5, QUERY_DIM).double(), torch.randn(2, 4, KEY_DIM).double()
    parameters = {name: parameter.tolist() for name, parameter in module.named_parameters()}
    expected = np.array(
        [
            [[reference(parameters, q.tolist(), k.tolist(), s) for s, k in enumerate(key[item])] for q in query[item]]
            for item in range(2)
        ]
    )
    np.testing.assert_allclose(module(query, key).detach(), expected, atol=1e-12)
