"""What every distribution promises, whichever there are."""

import hypothesis
import hypothesis.extra.numpy
import numpy as np
import pytest
import torch

import attention_core.distributions
from attention_core import attend, build_score, distribution_names, distribution_spec
from attention_core.discovery import DeclarationError, discover
from attention_core.specs import ScoreSpec
from tests.contract.building import option_sets

VARIANTS = pytest.mark.parametrize(
    ("name", "options"),
    [(name, options) for name in distribution_names() for options in option_sets(distribution_spec(name).options)],
    ids=str,
)
NAMES = pytest.mark.parametrize("name", distribution_names())
CASES = {
    "one key": [[3.0]],
    "ties": [[1.0, 1.0, 1.0, 1.0]],
    "far apart": [[1e30, -1e30, 0.0]],
    "masked": [[0.3, -np.inf, 1.7, -np.inf, 0.2]],
    "one left": [[-np.inf, -2.0, -np.inf]],
    "three axes": np.random.default_rng(0).normal(size=(2, 3, 7)).tolist(),
}


@VARIANTS
@pytest.mark.parametrize("energies", CASES.values(), ids=CASES)
def test_weights_are_distributions_and_the_last_step_is_what_weigh_returns(name, options, energies):
    spec, energies = distribution_spec(name), torch.tensor(energies)
    weights = spec.weigh(energies, **options)
    assert weights.shape == energies.shape
    assert (weights >= 0).all()
    assert (weights[energies == -torch.inf] == 0).all()
    torch.testing.assert_close(weights.sum(-1), torch.ones(energies.shape[:-1]))
    steps = spec.steps(energies, **options)
    torch.testing.assert_close(list(steps.values())[-1], weights, atol=1e-6, rtol=1e-6)
    assert [step.name for step in spec.way] == list(steps)
    assert spec.way[-1].is_terms
    totals = [*list(steps.values())[1:], torch.ones(1)]
    for step, array, total in zip(spec.way, steps.values(), totals, strict=True):
        assert array.shape[:-1] == energies.shape[:-1]
        assert array.shape[-1] == (energies.shape[-1] if step.axes == ("S",) else 1)
        assert not torch.isnan(array).any()
        if step.is_terms:
            torch.testing.assert_close(array.sum(-1, keepdim=True), total.expand(*array.shape[:-1], 1))


@VARIANTS
@hypothesis.given(
    energies=hypothesis.extra.numpy.arrays(np.float64, (6,), elements={"min_value": -50, "max_value": 50}),
    shift=hypothesis.strategies.floats(-100, 100),
)
def test_more_energy_never_gets_less_weight_and_a_shift_changes_nothing(name, options, energies, shift):
    spec = distribution_spec(name)
    # Energies on a grid, so that a shift rounds none of them to a tie.
    energies = torch.from_numpy(np.round(energies, 3))
    weights = spec.weigh(energies, **options)
    assert weights.sum().item() == pytest.approx(1)
    order = energies.argsort(descending=True, stable=True)
    assert (weights[order].diff() <= 1e-12).all()
    torch.testing.assert_close(spec.weigh(energies + round(shift), **options), weights, atol=1e-9, rtol=1e-6)


@VARIANTS
def test_a_masked_key_might_as_well_not_be_there(name, options):
    energies = torch.tensor([0.3, -torch.inf, 1.7, 0.2])
    kept = torch.tensor([0, 2, 3])
    weigh = distribution_spec(name).weigh
    torch.testing.assert_close(weigh(energies, **options)[kept], weigh(energies[kept], **options))


@VARIANTS
def test_moving_the_energies_moves_the_weights_along(name, options):
    energies = torch.randn(8, generator=torch.Generator().manual_seed(0))
    order = torch.tensor([5, 2, 7, 0, 1, 6, 3, 4])
    weigh = distribution_spec(name).weigh
    torch.testing.assert_close(weigh(energies[order], **options), weigh(energies, **options)[order])


@NAMES
def test_the_declaration_can_be_read(name):
    spec = distribution_spec(name)
    assert spec.name == name
    told = [text for step in spec.way for text in (step.latex, step.meaning)]
    for text in (spec.title, spec.formula, spec.summary, spec.source, *told):
        assert text.strip() == text != ""


@NAMES
def test_unknown_options_and_values_out_of_range_are_refused(name):
    score, ones = build_score("uniform", query_dim=1, key_dim=1), torch.ones(1, 1, 1)

    def refusal(options):
        with pytest.raises(ValueError) as refused:
            attend(score, ones, ones, distribution=name, distribution_options=options)
        return str(refused.value)

    assert refusal({"colour": 1}).endswith(", got 'colour'.")
    for option in distribution_spec(name).options:
        option.check(option.default)
        assert refusal({option.name: "nonsense"}).startswith(f"{option.name} must be ")


def test_a_file_of_the_wrong_kind_is_refused_naming_it():
    with pytest.raises(DeclarationError, match=r"^SPEC in attention_core/distributions/\w+ must be a ScoreSpec, got Distr"):
        discover(attention_core.distributions, ScoreSpec)
