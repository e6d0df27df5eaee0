"""Softmax: every key gets some weight, the ratio of two weights is exp of the difference of their energies."""

import torch
from torch import Tensor

from attention_core.specs import DistributionSpec, Step


def steps(energies: Tensor) -> dict[str, Tensor]:
    """Energies below the row's largest, their exponentials, the row's sum, and the weights; energies (…, S)."""
    below = energies - energies.amax(-1, keepdim=True)  # (…, S)
    exponentials = below.exp()
    total = exponentials.sum(-1, keepdim=True)  # (…, 1)
    return {"e − max e": below, "exp": exponentials, "sum": total, "weight": exponentials / total}


SPEC = DistributionSpec(
    name="softmax",
    title="Softmax",
    formula=r"a_s = \frac{e^{f_s}}{\sum_j e^{f_j}}",
    summary="Every key gets some weight; at temperature 1 one more unit of energy means 2.72 times the weight.",
    source="Bridle 1990; Bahdanau, Cho and Bengio 2015, equation 6, https://arxiv.org/abs/1409.0473",
    weigh=lambda energies: torch.softmax(energies, -1),
    steps=steps,
    way=(
        Step("e − max e", r"e_s - \max_j e_j", ("S",), "energies below the row's largest"),
        Step("exp", r"e^{e_s - \max e}", ("S",), "e to that power", is_terms=True),
        Step("sum", r"\sum_j", (), "the exponentials of the whole row, added up"),
        Step("weight", "a_s", ("S",), "the exponential over the sum", is_terms=True),
    ),
)
