import math

import numpy as np
import pytest
import torch

from attention_core import TaskResult, attend, build_score, exact, inspect_cell, reweigh


def toy(score="multiplicative", temperature=1.0, distribution="softmax", key_mask=None):
    """Two queries over three keys, 2 wide, as a task would return them."""
    module = build_score(score, query_dim=2, key_dim=2)
    query, key = torch.tensor([[1.0, 2.0], [3.0, -1.0]]), torch.tensor([[1.0, 0.0], [0.0, 1.0], [2.0, 2.0]])
    mask = torch.ones(2, 3, dtype=torch.bool) if key_mask is None else torch.tensor(key_mask)
    own = attend(module, query[None], key[None], key_mask=mask[None], temperature=temperature, distribution=distribution)
    result = TaskResult(
        energies=own.energies[0].detach().numpy(), weights=own.weights[0].detach().numpy(), query=query.numpy(),
        key=key.numpy(), value=key.numpy(), context=own.context[0].detach().numpy(), key_mask=mask.numpy(),
        query_labels=("a", "b"), key_labels=("x", "y", "z"), output={},
        provenance={"score": score, "distribution": distribution, "distribution_options": {}, "temperature": temperature},
    )  # fmt: skip
    return module, result


def test_exact_is_a_float64_copy_once():
    module = build_score("general", query_dim=2, key_dim=3)
    wide = exact(module)
    assert wide.W.dtype == torch.float64
    assert module.W.dtype == torch.float32
    torch.testing.assert_close(wide.W.float(), module.W, rtol=0, atol=0)
    assert exact(wide) is wide


def test_a_function_that_reads_no_key_is_inspected_at_its_position():
    module, result = toy("location")
    for column in range(3):
        cell = inspect_cell(module, result, 1, column)
        assert cell.steps["energy"] == pytest.approx(result.energies[1, column], abs=1e-6)
        assert cell.steps["energy"] == pytest.approx(cell.energies[column], abs=1e-12)


def test_the_cell_of_another_row():
    cell = inspect_cell(*toy(), row=1, column=2)
    assert cell.steps["q ⊙ k"].tolist() == [6.0, -2.0]
    assert cell.steps["energy"] == 4.0
    assert cell.energies.tolist() == [3.0, -1.0, 4.0]
    assert cell.tempered.tolist() == [-1.0, -5.0, 0.0]
    total = math.exp(-1) + math.exp(-5) + 1
    assert cell.spread["sum"] == pytest.approx(total)
    assert cell.weights.tolist() == pytest.approx([math.exp(-1) / total, math.exp(-5) / total, 1 / total])
    assert cell.part.tolist() == pytest.approx([2 / total, 2 / total])


@pytest.mark.parametrize("score", ["general", "location"])
def test_a_cell_beside_another_is_the_one_inspected_alone(score):
    module, result = toy(score, key_mask=[[True, True, False]] * 2, temperature=0.5)
    alone, beside = inspect_cell(module, result, 1, 1), inspect_cell(module, result, 1, 1, inspect_cell(module, result, 1, 2))
    for name, value in vars(alone).items():
        np.testing.assert_equal(getattr(beside, name), value, name)
    with pytest.raises(ValueError, match=r"^beside must be a cell of row 0, got one of row 1\. Leave it out\.$"):
        inspect_cell(module, result, 0, 1, alone)


def test_a_masked_key_has_weight_exactly_0_and_no_part_in_the_context():
    cell = inspect_cell(*toy(key_mask=[[True, True, False]] * 2), row=0, column=2)
    assert cell.steps["energy"] == 6.0
    assert cell.weights[2] == 0.0
    assert cell.shares[2] == 0.0
    assert cell.tempered.tolist() == [-1.0, 0.0, -math.inf]


@pytest.mark.parametrize("distribution", ["softmax", "sparsemax"])
def test_a_moved_energy_and_temperature_give_what_attend_gives(distribution):
    module, result = toy(distribution=distribution)
    moved = reweigh(inspect_cell(module, result, 0, 1), energy=5.5, temperature=2.0)
    energies = torch.tensor([[[1.0, 5.5, 6.0]]], dtype=torch.float64)
    expected = attend(
        lambda query, key: energies,
        torch.zeros(1, 1, 2, dtype=torch.float64),
        torch.from_numpy(result.key).double()[None],
        distribution=distribution,
        temperature=2.0,
    )
    np.testing.assert_allclose(moved.weights, expected.weights[0, 0], atol=1e-12)
    np.testing.assert_allclose(moved.context, expected.context[0, 0], atol=1e-12)
    assert moved.steps["energy"] == 2.0  # what came before is held


def test_moving_nothing_changes_nothing_and_the_cell_is_not_written_over():
    cell = inspect_cell(*toy(temperature=0.5), row=0, column=0)
    before = cell.energies.copy()
    reweigh(cell, energy=9.0)
    np.testing.assert_array_equal(cell.energies, before)
    np.testing.assert_array_equal(reweigh(cell).weights, cell.weights)


def test_a_context_of_zeros_has_no_shares():
    module, result = toy(score="uniform")
    zeros = TaskResult(**{**vars(result), "value": np.zeros_like(result.value)})
    assert inspect_cell(module, zeros, 0, 0).shares.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("row", "column", "sentence"),
    [
        (2, 0, "row must be a whole number from 0 to 1, got 2."),
        (-1, 0, "row must be a whole number from 0 to 1, got -1."),
        (0, 3, "column must be a whole number from 0 to 2, got 3."),
        (0, True, "column must be a whole number from 0 to 2, got True."),
    ],
)
def test_a_cell_that_is_not_there_is_refused(row, column, sentence):
    with pytest.raises(ValueError) as refused:
        inspect_cell(*toy(), row, column)
    assert str(refused.value) == sentence
