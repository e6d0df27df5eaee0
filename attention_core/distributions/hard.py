"""Hard attention: all weight on the largest energy."""

import torch
from torch import Tensor

from attention_core.specs import DistributionSpec, Step


def weigh(energies: Tensor) -> Tensor:
    """Weights (…, S) of energies (…, S): 1 at the largest, the first of equals, else 0."""
    return torch.zeros_like(energies).scatter_(-1, energies.argmax(-1, keepdim=True), 1.0)


def steps(energies: Tensor) -> dict[str, Tensor]:
    """The row's largest energy (…, 1), and the weights."""
    return {"max e": energies.amax(-1, keepdim=True), "weight": weigh(energies)}


SPEC = DistributionSpec(
    name="hard",
    title="Hard",
    formula=r"a_s = 1 \text{ if } s = \arg\max_j f_j, \text{ else } 0",
    summary="All weight on the one key with the largest energy (the first, if several are equal).",
    source="The arg-max form of hard attention, Xu et al. 2015, section 4.1, https://arxiv.org/abs/1502.03044 (they sample)",
    weigh=weigh,
    steps=steps,
    way=(
        Step("max e", r"\max_j e_j", (), "the row's largest energy"),
        Step("weight", "a_s", ("S",), "1 for the first key that has it, 0 for all others", is_terms=True),
    ),
)
