"""What every score function promises, whichever there are."""

import inspect

import pytest
import torch

import attention_core.scores
from attention_core import attend, build_score, distribution_names, score_names, score_spec
from attention_core.discovery import DeclarationError, discover
from attention_core.specs import DistributionSpec, ScoreSpec
from tests.contract.building import build_any, pair_for, variants

VARIANTS = pytest.mark.parametrize(("name", "options"), variants(score_names()), ids=str)
NAMES = pytest.mark.parametrize("name", score_names())
KNOWN_WIDTHS = {"Dq", "Dk"}


@VARIANTS
@pytest.mark.parametrize(("batch", "rows", "keys"), [(1, 1, 1), (3, 1, 1), (2, 5, 1), (1, 1, 9)])
def test_energies_have_the_shape_of_rows_and_keys_and_are_finite(name, options, batch, rows, keys):
    module = build_any(name, **options)
    keys = min(keys, getattr(module, "max_positions", keys))
    energies = module(*pair_for(module, batch, rows, keys))
    assert energies.shape == (batch, rows, keys)
    assert energies.dtype == torch.float32
    assert torch.isfinite(energies).all()


@VARIANTS
def test_the_last_step_is_what_forward_returns(name, options):
    module = build_any(name, **options).double()
    query, key = pair_for(module, keys=min(4, getattr(module, "max_positions", 4)), dtype=torch.float64)
    found = score_spec(name).steps(module, query, key)
    last = list(found.values())[-1]
    torch.testing.assert_close(last, module(query, key), atol=1e-12, rtol=1e-12)
    assert all(isinstance(step, str) and torch.isfinite(array).all() for step, array in found.items())


@VARIANTS
def test_every_step_has_its_declared_axes_and_terms_add_up_to_the_next(name, options):
    module = build_any(name, **options).double()
    keys = min(4, getattr(module, "max_positions", 4))
    query, key = pair_for(module, keys=keys, dtype=torch.float64)
    spec = score_spec(name)
    found = spec.steps(module, query, key)
    assert [step.name for step in spec.way] == list(found)
    sizes = {"T": query.shape[1], "S": keys, "Dq": module.query_dim, "Dk": module.key_dim}
    if module.query_dim == module.key_dim:
        sizes["D"] = module.key_dim
    for step, following in zip(spec.way, [*spec.way[1:], None], strict=True):
        array = found[step.name]
        assert len(array.shape) == 1 + len(step.axes), step
        assert array.shape[0] == len(query)
        for axis, size in zip(step.axes, array.shape[1:], strict=True):
            assert sizes.setdefault(axis, size) == size, step
        if step.is_terms:
            torch.testing.assert_close(array.sum(-1), found[following.name], atol=1e-12, rtol=1e-12)
            assert following.axes == step.axes[:-1] == ("T", "S")
        if step.made:
            assert not {axis for part in step.of for axis in _step(spec, part).axes} - {"T", "S"}
            assert step.made.format(*step.of).count(step.of[0]) >= 1
    assert spec.way[-1].axes == ("T", "S")


def _step(spec, name):
    return next(step for step in spec.way if step.name == name)


@NAMES
def test_an_energy_depends_on_what_the_declaration_says_it_reads(name):
    module, spec = build_any(name), score_spec(name)
    query, key = pair_for(module)
    energies = module(query, key)
    moved = {"query": module(query + 1, key), "key": module(query, key.flip(-1))}
    assert spec.reads == tuple(side for side in moved if not torch.equal(moved[side], energies))


@NAMES
@pytest.mark.parametrize("distribution", distribution_names())
def test_weights_are_distributions_and_masked_ones_exactly_0(name, distribution):
    module = build_any(name)
    query, key = pair_for(module, batch=3, rows=4, keys=6)
    key_mask = torch.rand(3, 4, 6, generator=torch.Generator().manual_seed(1)) > 0.5
    key_mask[..., 2] = True
    result = attend(module, query, key, key_mask=key_mask, distribution=distribution)
    torch.testing.assert_close(result.weights.sum(-1), torch.ones(3, 4))
    assert (result.weights >= 0).all()
    assert (result.weights[~key_mask] == 0).all()
    torch.testing.assert_close(result.context, result.weights @ key)


@NAMES
def test_moving_the_keys_moves_the_energies_along_unless_the_function_is_blind_to_them(name):
    module = build_any(name)
    query, key = pair_for(module, keys=6)
    order = torch.tensor([3, 0, 5, 1, 4, 2])
    before, after = module(query, key), module(query, key[:, order])
    blind = torch.equal(before, module(query, torch.randn_like(key)))
    torch.testing.assert_close(after, before if blind else before[..., order])


@NAMES
def test_a_row_depends_on_its_own_query_and_item_alone(name):
    module = build_any(name)
    query, key = pair_for(module, batch=3, rows=4)
    whole = module(query, key)
    torch.testing.assert_close(module(query[:, 2:3], key), whole[:, 2:3])
    torch.testing.assert_close(module(query[1:2], key[1:2]), whole[1:2])


@NAMES
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_every_floating_type_comes_back_as_it_came(name, dtype):
    module = build_any(name).to(dtype)
    query, key = pair_for(module, dtype=dtype)
    assert module(query, key).dtype == dtype
    result = attend(module, query, key)
    for tensor in (result.energies, result.weights, result.context):
        assert tensor.dtype == dtype
        assert torch.isfinite(tensor).all()


@NAMES
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("distribution", distribution_names())
def test_half_types_give_the_weights_of_float32_rounded_once(name, dtype, distribution):
    module = build_any(name)
    query, key = pair_for(module, dtype=dtype)
    half = attend(module, query, key, distribution=distribution).weights
    full = attend(module, query.float(), key.float(), distribution=distribution).weights
    assert torch.equal(half, full.to(dtype))


@NAMES
def test_gradients_reach_every_parameter_and_are_finite(name):
    module = build_any(name)
    query, key = (tensor.requires_grad_() for tensor in pair_for(module))
    (attend(module, query, key).context ** 2).sum().backward()
    for parameter in module.parameters():
        assert parameter.grad is not None
        assert torch.isfinite(parameter.grad).all()


@VARIANTS
def test_symbols_name_every_parameter_with_its_shape(name, options):
    module = build_any(name, **options)
    spec = score_spec(name)
    parameters = dict(module.named_parameters())
    assert [symbol.parameter for symbol in spec.symbols if symbol.parameter] == list(
        dict.fromkeys(symbol.parameter for symbol in spec.symbols if symbol.parameter)
    )
    assert {symbol.parameter for symbol in spec.symbols if symbol.parameter} == set(parameters)
    sizes = {"Dq": module.query_dim, "Dk": module.key_dim}
    declared = [getattr(module, option.name) for option in spec.options]
    for symbol in spec.symbols:
        if not symbol.parameter:
            assert set(symbol.shape) <= KNOWN_WIDTHS
            continue
        assert len(symbol.shape) == parameters[symbol.parameter].dim(), symbol
        for letter, size in zip(symbol.shape, parameters[symbol.parameter].shape, strict=True):
            assert sizes.setdefault(letter, size) == size, symbol
    assert {size for letter, size in sizes.items() if letter not in KNOWN_WIDTHS} <= set(declared)


@NAMES
def test_parameters_are_the_seeds(name):
    def built(seed):
        torch.manual_seed(seed)
        return list(build_any_seeded(name).parameters())

    def build_any_seeded(name):
        return build_score(name, query_dim=6, key_dim=6)

    for one, same in zip(built(1), built(1), strict=True):
        assert torch.equal(one, same)
    if built(1):
        assert any(not torch.equal(one, other) for one, other in zip(built(1), built(2), strict=True))


@VARIANTS
def test_options_are_kept_on_the_module_under_their_names(name, options):
    module = build_any(name, **options)
    for option in score_spec(name).options:
        assert getattr(module, option.name) == options.get(option.name, option.default)
        option.check(option.default)


@NAMES
def test_unknown_options_and_values_out_of_range_are_refused(name):
    with pytest.raises(ValueError, match=rf"^score {name} must be given options it has \(.*\), got 'colour'\.$"):
        build_score(name, query_dim=4, key_dim=4, colour=1)
    for option in score_spec(name).options:
        with pytest.raises(ValueError, match=rf"^{option.name} must be "):
            build_score(name, query_dim=4, key_dim=4, **{option.name: "nonsense"})


@NAMES
def test_tensors_that_do_not_fit_are_refused(name):
    module = build_any(name)
    query, key = pair_for(module)
    for bad in [(query[0], key), (query, key[0]), (query[..., :-1], key), (query, key[..., :-1]), (query[:1], key)]:
        with pytest.raises(ValueError, match=r"^(query|key) must .*\.$"):
            module(*bad)


@NAMES
def test_the_declaration_can_be_read(name):
    spec = score_spec(name)
    assert spec.name == name
    assert "http" in spec.source
    assert spec.when.endswith(".")
    assert 80 <= len(spec.when) <= 450, "two or three short sentences"
    told = [each.meaning for each in (*spec.symbols, *spec.way)]
    for text in (spec.title, spec.formula, spec.summary, spec.source, spec.when, *told, *(step.latex for step in spec.way)):
        assert text.strip() == text != ""
    assert [symbol.latex for symbol in spec.symbols]
    for word in ("Source:", "Example:", ">>> ", "Args:"):
        assert word in inspect.getdoc(spec.build), f"the docstring of {spec.build.__name__} must have {word}"


def test_there_is_one_floor():
    assert sum(score_spec(name).is_floor for name in score_names()) == 1


def test_a_file_of_the_wrong_kind_is_refused_naming_it():
    with pytest.raises(DeclarationError, match=r"^SPEC in attention_core/scores/\w+ must be a DistributionSpec, got "):
        discover(attention_core.scores, DistributionSpec)


@pytest.mark.parametrize("name", score_names())
def test_a_second_file_of_the_same_name_is_refused_naming_both(name, tmp_path, monkeypatch):
    (tmp_path / f"zz_{name}_again.py").write_text(f"from attention_core.scores.{name} import SPEC\n")
    monkeypatch.setattr(attention_core.scores, "__path__", [*attention_core.scores.__path__, str(tmp_path)])
    with pytest.raises(DeclarationError) as refused:
        discover(attention_core.scores, ScoreSpec)
    assert str(refused.value) == (
        f"SPEC.name in attention_core/scores/zz_{name}_again must be new, got {name!r}. "
        f"It stands in attention_core/scores/{name}."
    )
