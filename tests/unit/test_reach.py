"""What a result reaches of the parameters is small, and does on it step by step what the whole does."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

import attention_core as core

WIDTH, KEYS = 48, 5


def result_of(score, queries=1, keys=KEYS, seed=0):
    """A result as far as it is looked at."""
    own = np.random.default_rng(seed)
    query, key = (own.normal(size=(count, WIDTH)).astype(np.float32) for count in (queries, keys))
    return SimpleNamespace(query=query, key=key, provenance={"score": score})


def built(score, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = core.build_score(score, query_dim=WIDTH, key_dim=WIDTH)
        for own in module.parameters():
            own.data.normal_(0, 0.1)
        return module


def steps(module, result):
    spec = core.score_spec(result.provenance["score"])
    query, key = (torch.from_numpy(own).double()[None] for own in (result.query, result.key))
    with torch.inference_mode():
        return {**spec.steps(core.exact(module), query, key), "f": core.exact(module)(query, key)}


@pytest.mark.parametrize("queries", [1, 3])
@pytest.mark.parametrize("score", core.score_names())
def test_every_step_is_what_the_whole_makes_it_whatever_the_parameters_are_by_then(score, queries):
    result, first = result_of(score, queries), built(score, 0)
    for own in first.parameters():
        own.data.zero_()  # where all is 0 every cut would do: it is not tried with these
    reach = core.Reach(first, result)
    for seed in (1, 2):
        later = built(score, seed)
        part = reach.part(later)
        expected, found = steps(later, result), steps(reach.module(part), result)
        for name, own in expected.items():
            np.testing.assert_allclose(found[name], own, rtol=1e-9, atol=1e-12, err_msg=name)


def test_only_the_span_of_queries_and_keys_is_kept_where_that_is_enough():
    shapes = {
        score: {name: tuple(own.shape) for name, own in core.Reach(module, result_of(score)).part(module).items()}
        for score in ("general", "additive", "location")
        for module in [built(score, 0)]
    }
    width = shapes["additive"]["v"][0]
    assert shapes["general"] == {"W": (1, WIDTH)}
    assert shapes["additive"] == {"v": (width,), "W1": (width, KEYS), "W2": (width, 1), "b": (width,)}
    assert shapes["location"]["W"][1] == WIDTH  # its steps show W itself, row by row


def test_a_part_is_a_copy():
    result, module = result_of("additive"), built("additive", 0)
    reach = core.Reach(module, result)
    part = reach.part(module)
    before = steps(reach.module(part), result)["f"]
    for own in module.parameters():
        own.data.add_(1.0)
    torch.testing.assert_close(steps(reach.module(part), result)["f"], before, rtol=0, atol=0)
    assert not torch.allclose(steps(module, result)["f"], before)


def test_many_keys_are_kept_whole():
    result, module = result_of("additive", keys=WIDTH), built("additive", 0)
    assert core.Reach(module, result).part(module)["W1"].shape[1] == WIDTH
