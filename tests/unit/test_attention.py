import math

import pytest
import torch

from attention_core import attend, build_score, distribution_names

QUERY = torch.tensor([[[1.0, 0.0], [0.0, 2.0]]])  # (1, 2, 2)
KEY = torch.tensor([[[0.0, 0.0], [math.log(3.0), 0.0], [0.0, math.log(2.0) / 2]]])  # (1, 3, 2)
VALUE = torch.tensor([[[10.0], [20.0], [30.0]]])  # (1, 3, 1)
DOT = build_score("multiplicative", query_dim=2, key_dim=2)


def refusal(*arguments, **options):
    with pytest.raises(ValueError) as refused:
        attend(*arguments, **options)
    return str(refused.value)


def test_hand_set_numbers():
    result = attend(DOT, QUERY, KEY, VALUE)
    torch.testing.assert_close(result.energies, torch.tensor([[[0, math.log(3.0), 0], [0, 0, math.log(2.0)]]]))
    torch.testing.assert_close(result.weights, torch.tensor([[[0.2, 0.6, 0.2], [0.25, 0.25, 0.5]]]))
    torch.testing.assert_close(result.context, torch.tensor([[[20.0], [22.5]]]))


def test_the_value_is_the_key_if_not_given():
    assert torch.equal(attend(DOT, QUERY, KEY).context, attend(DOT, QUERY, KEY, KEY).context)


def test_temperature_divides_the_energies_and_leaves_them_raw():
    cold, warm = attend(DOT, QUERY, KEY, temperature=0.5), attend(DOT, QUERY, KEY, temperature=2)
    torch.testing.assert_close(cold.weights[0, 0], torch.tensor([1.0, 9, 1]) / 11)
    torch.testing.assert_close(warm.weights[0, 0], torch.tensor([1.0, math.sqrt(3), 1]) / (2 + math.sqrt(3)))
    assert torch.equal(cold.energies, warm.energies)


@pytest.mark.parametrize("distribution", distribution_names())
@pytest.mark.parametrize("temperature", [1e-300, 1e-45, 1e-8, 1e8, 1e38, 1e39, 1e300])
def test_extreme_temperatures_give_distributions(distribution, temperature):
    key_mask = torch.tensor([[True, True, False]])
    weights = attend(DOT, QUERY, KEY, key_mask=key_mask, distribution=distribution, temperature=temperature).weights
    torch.testing.assert_close(weights.sum(-1), torch.ones(1, 2))
    assert not weights[..., 2].any()
    if temperature < 1e-7:
        assert weights[0, 0, 1] == 1
    elif distribution != "hard" and temperature > 1e7:
        torch.testing.assert_close(weights[0, 0, :2], torch.tensor([0.5, 0.5]))


@pytest.mark.parametrize("distribution", distribution_names())
def test_energies_far_apart_do_not_overflow(distribution):
    key = torch.tensor([[[1e38, 0], [-1e38, 0], [3e38, 0]]])
    weights = attend(DOT, QUERY[:, :1], key, distribution=distribution, temperature=0.01).weights
    assert weights.tolist() == [[[0, 0, 1]]]


def test_a_mask_of_the_keys_and_a_mask_of_every_row():
    whole = attend(DOT, QUERY, KEY, key_mask=torch.tensor([[True, False, True]]))
    torch.testing.assert_close(whole.weights, torch.tensor([[[0.5, 0, 0.5], [1 / 3, 0, 2 / 3]]]))
    rows = attend(DOT, QUERY, KEY, key_mask=torch.tensor([[[False, True, False], [True, True, False]]]))
    assert rows.weights.tolist() == [[[0, 1, 0], [0.5, 0.5, 0]]]
    assert torch.equal(whole.energies, rows.energies)


def test_what_a_masked_key_holds_changes_nothing():
    key_mask = torch.tensor([[True, False, True]])
    other = KEY.clone()
    other[0, 1] = 1e30
    for distribution in distribution_names():
        ours, theirs = (attend(DOT, QUERY, key, VALUE, key_mask=key_mask, distribution=distribution) for key in (KEY, other))
        torch.testing.assert_close(ours.weights, theirs.weights)
        torch.testing.assert_close(ours.context, theirs.context)


def test_gradients_reach_query_key_and_value():
    tensors = [tensor.double().requires_grad_() for tensor in (QUERY, KEY, VALUE)]
    assert torch.autograd.gradcheck(lambda *given: attend(DOT, *given, temperature=0.7).context, tensors)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_types_are_computed_in_float32(dtype):
    query, key = torch.full((1, 1, 64), 40.0, dtype=dtype), torch.full((1, 2, 64), 40.0, dtype=dtype)
    key[0, 1] -= 0.25
    score = build_score("multiplicative", query_dim=64, key_dim=64)
    result = attend(score, query, key)
    expected = torch.softmax((query.float() @ key.float().transpose(1, 2)), -1)
    assert result.weights.dtype == dtype
    assert torch.equal(result.weights, expected.to(dtype))
    assert torch.isfinite(result.energies).all()  # 102,400 is more than a float16 holds


def test_a_score_function_of_half_parameters_is_computed_in_float32():
    score = build_score("general", query_dim=8, key_dim=8)
    query, key = torch.randn(1, 2, 8).half(), torch.randn(1, 3, 8).half()
    score.half()
    expected = query.float() @ score.W.float() @ key.float().transpose(1, 2)
    assert torch.equal(attend(score, query, key).energies, expected.half())
    assert score.W.dtype == torch.float16


def test_a_plain_function_is_a_score_function():
    result = attend(lambda query, key: -torch.cdist(query, key), QUERY, KEY)
    assert result.weights.shape == (1, 2, 3)


def test_the_result_is_frozen():
    with pytest.raises(AttributeError):
        attend(DOT, QUERY, KEY).weights = None


@pytest.mark.parametrize(
    ("tensors", "sentence"),
    [
        ((QUERY[0], KEY), "query must have three axes (batch, position, width), got shape (2, 2)."),
        ((QUERY, KEY[0]), "key must have three axes (batch, position, width), got shape (3, 2)."),
        ((QUERY, KEY, VALUE[0]), "value must have three axes (batch, position, width), got shape (3, 1)."),
        ((QUERY.long(), KEY), "query must be floating point, got torch.int64."),
        ((QUERY, KEY.double()), "key must have the type of query (torch.float32), got torch.float64."),
        ((QUERY, KEY.expand(2, 3, 2)), "key must have the batch size of query (1), got 2."),
        ((QUERY, KEY, VALUE[:, :2]), "value must have one row a key (3), got 2."),
        (
            (QUERY * torch.nan, KEY),
            "energies must be finite, got NaN or infinity. Check that query, key and parameters are finite.",
        ),
        (
            (QUERY, KEY * torch.inf),
            "energies must be finite, got NaN or infinity. Check that query, key and parameters are finite.",
        ),
    ],
)
def test_tensors_that_do_not_fit_are_refused(tensors, sentence):
    assert refusal(DOT, *tensors) == sentence


@pytest.mark.parametrize("temperature", [0, -1, math.inf, math.nan, "1", True, None])
def test_temperature_is_a_number_above_0(temperature):
    assert refusal(DOT, QUERY, KEY, temperature=temperature) == (
        f"temperature must be a finite number above 0, got {temperature!r}."
    )


@pytest.mark.parametrize(
    ("key_mask", "sentence"),
    [
        (torch.ones(1, 3), "key_mask must be boolean, True where a key may be attended, got torch.float32."),
        (torch.ones(3, dtype=torch.bool), "key_mask must have shape (1, 3) or (1, 2, 3), got (3,)."),
        (torch.ones(1, 3, 2, dtype=torch.bool), "key_mask must have shape (1, 3) or (1, 2, 3), got (1, 3, 2)."),
        (
            torch.tensor([[[True, True, True], [False, False, False]]]),
            "key_mask must leave at least one key in every row, got none in row 1 of item 0. Drop that row, or unmask a key.",
        ),
    ],
)
def test_masks_that_do_not_fit_are_refused(key_mask, sentence):
    assert refusal(DOT, QUERY, KEY, key_mask=key_mask) == sentence


def test_options_that_a_distribution_has_not_are_refused():
    assert refusal(DOT, QUERY, KEY, distribution_options={"k": 2}) == (
        "distribution softmax must be given options it has (none), got 'k'."
    )
    assert refusal(DOT, QUERY, KEY, distribution="top_k", distribution_options={"n": 2}) == (
        "distribution top_k must be given options it has (k), got 'n'."
    )


def test_an_unknown_distribution_is_refused():
    assert refusal(DOT, QUERY, KEY, distribution="max") == (
        f"distribution must be one of {', '.join(distribution_names())}, got 'max'."
    )
