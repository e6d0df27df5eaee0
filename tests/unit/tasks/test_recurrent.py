"""The gated unit beside torch's own GRU cell."""

import torch

from attention_core.tasks.recurrent import GatedUnit


def unit_and_cell():
    """The unit, told of two parts, and the cell with the same parameters, told of both side by side."""
    torch.manual_seed(0)
    unit, cell = GatedUnit((3, 2), 4).double(), torch.nn.GRUCell(5, 4).double()
    cell.weight_ih.data = torch.cat([unit.inputs[0].weight, unit.inputs[1].weight], 1).data
    cell.weight_hh.data, cell.bias_hh.data = unit.recurrent.weight.data, unit.recurrent.bias.data
    cell.bias_ih.data = unit.inputs[0].bias.data
    return unit, cell


def test_a_step_is_that_of_torchs_cell(random):
    unit, cell = unit_and_cell()
    first, second, state = (torch.randn(6, width, generator=random, dtype=torch.float64) for width in (3, 2, 4))
    found = unit(unit.inputs[0](first), second, state)
    torch.testing.assert_close(found, cell(torch.cat([first, second], 1), state), rtol=1e-12, atol=1e-12)


def test_gradients_are_those_of_differences(random):
    unit, _ = unit_and_cell()
    given = [torch.randn(2, width, generator=random, dtype=torch.float64, requires_grad=True) for width in (3, 2, 4)]
    assert torch.autograd.gradcheck(lambda first, second, state: unit(unit.inputs[0](first), second, state), given)


def test_half_precision_inside_keeps_the_state_in_full(random):
    unit, cell = unit_and_cell()
    unit, cell = unit.float(), cell.float()
    first, second, state = (torch.randn(6, width, generator=random) for width in (3, 2, 4))
    with torch.autocast("cpu", torch.bfloat16):
        found = unit(unit.inputs[0](first), second, state)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, cell(torch.cat([first, second], 1), state), rtol=0, atol=0.02)
