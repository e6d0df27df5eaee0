"""Top-k softmax: softmax over the k largest energies, 0 for the rest."""

import torch
from torch import Tensor

from attention_core.specs import DistributionSpec, Option, Step

K = Option("k", "Keys kept", 5, "How many keys get weight.", minimum=1, maximum=512)


def weigh(energies: Tensor, k: int = K.default) -> Tensor:
    """Weights (…, S) of energies (…, S): softmax over the k largest, the first of equals; all of them where k exceeds S."""
    return _kept(energies, k).softmax(-1)


def _kept(energies: Tensor, k: int) -> Tensor:
    order = energies.sort(dim=-1, descending=True, stable=True).indices[..., k:]  # (…, S − k): what is dropped
    return energies.scatter(-1, order, -torch.inf)


def steps(energies: Tensor, k: int = K.default) -> dict[str, Tensor]:
    """The energies with all but k struck out (−inf), exponentials below the largest, their sum (…, 1), and the weights."""
    kept = _kept(energies, k)  # (…, S)
    exponentials = (kept - kept.amax(-1, keepdim=True)).exp()
    total = exponentials.sum(-1, keepdim=True)  # (…, 1)
    return {"kept e": kept, "exp": exponentials, "sum": total, "weight": exponentials / total}


SPEC = DistributionSpec(
    name="top_k",
    title="Top k",
    formula=r"a_s = \frac{e^{f_s}}{\sum_{j \in \text{top } k} e^{f_j}} \text{ for the } k \text{ largest, else } 0",
    summary="Softmax over the k largest energies; every other key gets exactly nothing.",
    source="Gupta et al. 2021, https://arxiv.org/abs/2106.06899",
    weigh=weigh,
    steps=steps,
    way=(
        Step("kept e", "e_s", ("S",), "energies of the keys kept; −∞ for the others"),
        Step("exp", r"e^{e_s - \max e}", ("S",), "e to that power", is_terms=True),
        Step("sum", r"\sum_j", (), "the exponentials of the kept keys, added up"),
        Step("weight", "a_s", ("S",), "the exponential over the sum", is_terms=True),
    ),
    options=(K,),
)
