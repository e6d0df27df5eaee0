"""A gated recurrent unit whose gates are one step for autograd: several times as fast to train on a CPU as the plain one."""

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable


class GatedUnit(nn.Module):
    """One step of a GRU, h' = (1 − z) ⊙ n + z ⊙ h, in the parametrisation of `torch.nn.GRUCell`.

    r, z = σ(W x + U h + b), n = tanh(Wₙ x + bₙ + r ⊙ (Uₙ h + cₙ)); x may come in parts, each with its own W.

    Args:
        widths: The widths of the parts of x.
        width: D, the width of h.

    Source: Cho et al. 2014, section 2.3, https://arxiv.org/abs/1406.1078; the reset gate after the product, as in cuDNN.

    Example:
        >>> unit = GatedUnit((2, 3), 4)
        >>> unit(unit.inputs[0](torch.ones(1, 2)), torch.ones(1, 3), torch.zeros(1, 4)).shape
        torch.Size([1, 4])
    """

    def __init__(self, widths: tuple[int, ...], width: int) -> None:
        super().__init__()
        self.inputs = nn.ModuleList(nn.Linear(own, 3 * width, bias=n == 0) for n, own in enumerate(widths))
        self.recurrent = nn.Linear(width, 3 * width)
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -(width**-0.5), width**-0.5)

    def forward(self, first: Tensor, *others_and_state: Tensor) -> Tensor:
        """h' (B, D) of W x of the first part, already reckoned (B, 3D), the other parts of x, and h (B, D)."""
        *others, state = others_and_state
        from_input = first
        for linear, other in zip(self.inputs[1:], others, strict=True):
            from_input = from_input + linear(other)  # (B, 3D)
        return _Gates.apply(from_input, self.recurrent(state), state)  # (B, D)


class _Gates(torch.autograd.Function):
    @staticmethod
    def forward(ctx, from_input: Tensor, from_state: Tensor, state: Tensor) -> Tensor:
        width = state.shape[1]
        x, u = from_input.to(state.dtype), from_state.to(state.dtype)  # (B, 3D) each
        gates = torch.sigmoid(x[:, : 2 * width] + u[:, : 2 * width])  # (B, 2D)
        reset, keep, told = gates[:, :width], gates[:, width:], u[:, 2 * width :]  # (B, D) each
        # tanh(a) = 2 σ(2a) − 1, which torch reckons ten times as fast on a CPU
        new = torch.addcmul(x[:, 2 * width :], reset, told).mul_(2).sigmoid_().mul_(2).sub_(1)  # (B, D)
        ctx.save_for_backward(gates, new, told, state)
        ctx.dtypes = from_input.dtype, from_state.dtype
        return torch.lerp(new, state, keep)  # (B, D)

    @staticmethod
    @once_differentiable
    def backward(ctx, upstream: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        gates, new, told, state = ctx.saved_tensors
        width = state.shape[1]
        reset, keep = gates[:, :width], gates[:, width:]
        to_state = upstream * keep  # (B, D)
        to_new = (upstream - to_state) * torch.addcmul(torch.ones((), dtype=new.dtype), new, new, value=-1)  # (B, D)
        to_input = torch.cat([to_new * told, upstream * (state - new), to_new], 1)  # (B, 3D), the gates' before their bend
        to_input[:, : 2 * width] *= torch.addcmul(gates, gates, gates, value=-1)
        to_recurrent = to_input.clone()
        to_recurrent[:, 2 * width :] *= reset
        return to_input.to(ctx.dtypes[0]), to_recurrent.to(ctx.dtypes[1]), to_state
