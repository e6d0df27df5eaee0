"""A module in another precision leaves the module that everybody shares as it is."""

import torch

from attention_core import attend, build_score
from attention_core.precision import with_parameters


def test_the_copy_is_changed_and_the_module_is_not(random):
    score = build_score("additive", query_dim=3, key_dim=5, width=7)
    before = {name: (id(own), own.dtype, own.clone()) for name, own in score.named_parameters()}
    query, key = torch.randn(1, 2, 3, generator=random).double(), torch.randn(1, 4, 5, generator=random).double()
    wide = with_parameters(score, torch.Tensor.double)
    assert {own.dtype for own in wide.parameters()} <= {torch.float64} and wide(query, key).dtype == torch.float64
    torch.testing.assert_close(wide(query, key).float(), score(query.float(), key.float()), atol=1e-5, rtol=1e-5)
    for name, own in score.named_parameters():
        identity, dtype, values = before[name]
        assert (id(own), own.dtype) == (identity, dtype) and torch.equal(own, values)


def test_gradients_reach_the_modules_own_parameters(random):
    score = build_score("general", query_dim=3, key_dim=5).half()
    query, key = (torch.randn(1, 4, width, generator=random).half() for width in (3, 5))
    attend(score, query, key, key).context[..., 0].sum().backward()
    half = score.W.grad.clone()
    again = build_score("general", query_dim=3, key_dim=5)
    again.load_state_dict(score.state_dict())
    attend(again, query.float(), key.float(), key.float()).context[..., 0].sum().backward()
    assert half.dtype == torch.float16
    torch.testing.assert_close(half.float(), again.W.grad, atol=2e-3, rtol=2e-2)


def test_the_module_is_itself_while_its_copy_computes():
    """Another thread may be at the same line: a module that is another for a moment would be so for both."""
    score, seen = build_score("general", query_dim=2, key_dim=2).half(), []
    score.register_forward_pre_hook(lambda copy, given: seen.append((copy is score, score.W.dtype)))
    attend(score, torch.ones(1, 1, 2), torch.ones(1, 1, 2))
    assert seen == [(False, torch.float16)]
