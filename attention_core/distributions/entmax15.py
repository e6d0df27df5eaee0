"""1.5-entmax: between softmax and sparsemax; smooth, and still exactly 0 for weak keys."""

import entmax
from torch import Tensor

from attention_core.specs import DistributionSpec, Step


def weigh(energies: Tensor) -> Tensor:
    """Weights (…, S) of energies (…, S): max(e/2 − τ, 0)², with τ such that they sum to 1."""
    below = energies - energies.amax(-1, keepdim=True)  # (…, S)
    # A key 2 below the largest has weight 0 already, and -inf would make the package's variance NaN.
    return entmax.entmax15(below.clamp_min(-4), dim=-1)


def steps(energies: Tensor) -> dict[str, Tensor]:
    """Half the energies below the row's largest, the threshold τ (…, 1), and the square of what is left above it."""
    halved = (energies - energies.amax(-1, keepdim=True)) / 2  # (…, S)
    weights = weigh(energies)
    threshold = -weights.amax(-1, keepdim=True).sqrt()  # (…, 1): the largest is 0 here, its weight (0 − τ)²
    return {"(e − max e) / 2": halved, "τ": threshold, "weight": weights}


SPEC = DistributionSpec(
    name="entmax15",
    title="1.5-entmax",
    formula=r"a_s = \max\left(\tfrac{f_s}{2} - \tau, 0\right)^2, \quad \tau \text{ such that } \textstyle\sum_s a_s = 1",
    summary="Halfway between softmax and sparsemax: smooth near the top, exactly nothing far below it.",
    source="Peters, Niculae and Martins 2019, https://arxiv.org/abs/1905.05702, computed by the entmax package",
    weigh=weigh,
    steps=steps,
    way=(
        Step("(e − max e) / 2", r"(e_s - \max_j e_j) / 2", ("S",), "half of what energies lie below the row's largest"),
        Step("τ", r"\tau", (), "the threshold at which the squares sum to 1"),
        Step("weight", "a_s", ("S",), "the square of what is left above the threshold, or nothing", is_terms=True),
    ),
)
