"""Additive energies in blocks against the plain broadcast."""

import functools

import pytest
import torch

from attention_core import blockwise
from attention_core.blockwise import ACTIVATIONS, additive_energies

SIZES = [(1, 1, 1, 1), (1, 7, 5, 3), (3, 5, 9, 4), (2, 13, 1, 6)]  # B, T, S, A
WHOLE, SMALL, ROW = 1 << 20, 60, 1  # one block; several rows or items a block; one row a block


def broadcast(from_query, from_key, v, activation):
    return ACTIVATIONS[activation].apply(from_query[:, :, None] + from_key[:, None]) @ v


def tensors(size, dtype=torch.float64):
    batch, rows, keys, width = size
    generator = torch.Generator().manual_seed(sum(size))
    shapes = (batch, rows, width), (batch, keys, width), (width,)
    return [torch.randn(shape, generator=generator, dtype=dtype).requires_grad_() for shape in shapes]


@pytest.fixture(params=[WHOLE, SMALL, ROW])
def block_elements(request, monkeypatch):
    monkeypatch.setattr(blockwise, "BLOCK_ELEMENTS", request.param)


@pytest.mark.usefixtures("block_elements")
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_energies_and_gradients_equal_the_broadcasts(activation, size):
    inputs = tensors(size)
    upstream = torch.randn(size[:3], dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    ours = additive_energies(*inputs, activation)
    theirs = broadcast(*inputs, activation)
    torch.testing.assert_close(ours, theirs, atol=1e-12, rtol=1e-12)
    for mine, peer in zip(
        torch.autograd.grad(ours, inputs, upstream), torch.autograd.grad(theirs, inputs, upstream), strict=True
    ):
        torch.testing.assert_close(mine, peer, atol=1e-11, rtol=1e-11)


@pytest.mark.usefixtures("block_elements")
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradcheck_in_float64(activation):
    assert torch.autograd.gradcheck(functools.partial(additive_energies, activation=activation), tensors((2, 3, 4, 5)))


def test_gradient_of_only_some_inputs():
    from_query, from_key, v = tensors((2, 3, 4, 5))
    expected = torch.autograd.grad(broadcast(from_query, from_key, v, "tanh").sum(), from_key)[0]
    found = torch.autograd.grad(additive_energies(from_query.detach(), from_key, v.detach(), "tanh").sum(), from_key)[0]
    torch.testing.assert_close(found, expected)


def test_gradient_that_comes_expanded_and_strided():
    inputs = tensors((2, 3, 4, 5))
    for upstream in (
        torch.ones((), dtype=torch.float64).expand(2, 3, 4),
        torch.ones(2, 4, 3, dtype=torch.float64).transpose(1, 2),
    ):
        ours = torch.autograd.grad(additive_energies(*inputs, "gelu"), inputs, upstream)
        theirs = torch.autograd.grad(broadcast(*inputs, "gelu"), inputs, upstream)
        for mine, peer in zip(ours, theirs, strict=True):
            torch.testing.assert_close(mine, peer)


def test_a_second_derivative_is_refused():
    inputs = tensors((1, 2, 3, 4))
    first = torch.autograd.grad((additive_energies(*inputs, "tanh") ** 2).sum(), inputs, create_graph=True)
    with pytest.raises(RuntimeError, match="differentiate twice"):
        first[0].sum().backward()


def test_inputs_are_not_written_over():
    inputs = tensors((2, 3, 4, 5))
    before = [tensor.detach().clone() for tensor in inputs]
    additive_energies(*inputs, "relu").sum().backward()
    for tensor, kept in zip(inputs, before, strict=True):
        assert torch.equal(tensor.detach(), kept)


def test_no_block_is_larger_than_allowed(monkeypatch):
    monkeypatch.setattr(blockwise, "BLOCK_ELEMENTS", 100)
    for batch, rows, row_elements in [(5, 7, 30), (4, 3, 101), (1, 50, 1), (64, 1, 2)]:
        seen = torch.zeros(batch, rows)
        for items, block in blockwise._blocks(batch, rows, row_elements):
            seen[items, block] += 1
            assert seen[items, block].numel() * row_elements <= max(100, row_elements)
        assert (seen == 1).all()
