"""Sparsemax: the point of the simplex nearest to the energies; weak keys get exactly 0."""

import entmax
from torch import Tensor

from attention_core.specs import DistributionSpec, Step


def weigh(energies: Tensor) -> Tensor:
    """Weights (…, S) of energies (…, S): max(e − τ, 0), with τ such that they sum to 1."""
    return entmax.sparsemax(energies - energies.amax(-1, keepdim=True), dim=-1)


def steps(energies: Tensor) -> dict[str, Tensor]:
    """Energies below the row's largest, the threshold τ (…, 1), and what is left above it."""
    below = energies - energies.amax(-1, keepdim=True)  # (…, S)
    weights = weigh(energies)
    threshold = -weights.amax(-1, keepdim=True)  # (…, 1): the largest energy is 0 here, its weight 0 − τ
    return {"e − max e": below, "τ": threshold, "weight": weights}


SPEC = DistributionSpec(
    name="sparsemax",
    title="Sparsemax",
    formula=r"a_s = \max(f_s - \tau, 0), \quad \tau \text{ such that } \textstyle\sum_s a_s = 1",
    summary="Like softmax, but keys that are too weak get exactly nothing.",
    source="Martins and Astudillo 2016, https://arxiv.org/abs/1602.02068, computed by the entmax package",
    weigh=weigh,
    steps=steps,
    way=(
        Step("e − max e", r"e_s - \max_j e_j", ("S",), "energies below the row's largest"),
        Step("τ", r"\tau", (), "the threshold at which what is left sums to 1"),
        Step("weight", "a_s", ("S",), "what is left above the threshold, or nothing", is_terms=True),
    ),
)
