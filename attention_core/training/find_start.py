"""Where the training of `find` starts: with the dot product, said in each score function's own parameters.

The lifted query lives in the keys' space, so that qᵀk already points; what each function learns from practice pictures
is what to change about it.
"""

import torch
from torch import Tensor

from attention_core.tasks.encoding import Head

BEND = 0.6585  # where tanh″ is largest in size: the product of two small arguments shows best there
# Standard deviations of W₁k and W₂q, a unit. Smaller ones come nearer to the product, with a larger v, whose rounding shows.
KEY_SPREAD, QUERY_SPREAD = 0.05, 0.4


def start(head: Head, queries: Tensor, keys: Tensor) -> Head:
    """The head with its score function set near f(q, k) = qᵀk, where its parameters can say so.

    Args:
        head: Drawn at random; changed in place. Only `W` (Dk × Dq) and `v, W1, W2, b` are set.
        queries: (N, D), such as will be asked.
        keys: (M, D), such as will be met.
    """
    parameters = dict(head.score.named_parameters())
    if set(parameters) == {"W"} and parameters["W"].shape[0] == parameters["W"].shape[1]:
        parameters["W"].data = torch.eye(len(parameters["W"]), device=parameters["W"].device)  # (D, D)
    elif set(parameters) == {"v", "W1", "W2", "b"}:
        for name, value in additive_product(queries, keys, len(parameters["v"])).items():
            parameters[name].data = value.to(parameters[name])
    return head


def additive_product(queries: Tensor, keys: Tensor, width: int) -> dict[str, Tensor]:
    """Parameters with which vᵀ tanh(W₁k + W₂q + b) is nearly qᵀk, up to a part that is the same for all keys.

    Let x and y be a key and a query along one direction. For small x, tanh(x + y − β) ≈ tanh(y − β) + x (1 − tanh²(y − β)).
    The first term is the same for all keys; the second's factor is, around y = 0, a constant plus 2t(1 − t²) y, t = tanh β.
    So each of A − 1 units gives x·y for one direction plus a multiple of x, and the last unit, which looks at no query,
    takes all those multiples of x away. The directions are the A − 1 first of the singular value decomposition of qᵀk
    over the given queries and keys. Every second unit looks at −y, so that the x² terms cancel.
    """
    q, k = queries.double(), (keys - keys.mean(0)).double()
    q_root, q_inverse = _roots(q.T @ q / len(q))  # (D, D) each
    k_root, k_inverse = _roots(k.T @ k / len(k))  # (D, D) each
    left, strengths, right = torch.linalg.svd(q_root @ k_root)
    units = width - 1
    from_query = (q_inverse @ left[:, :units] * strengths[:units]).T  # (A − 1, D)
    from_key = (k_inverse @ right[:units].T).T  # (A − 1, D)
    key_scale = KEY_SPREAD / (k @ from_key.T).std(0)  # (A − 1,)
    query_scale = QUERY_SPREAD / (q @ from_query.T).std(0)  # (A − 1,)
    sign = torch.ones(units, dtype=q.dtype, device=q.device)  # (A − 1,)
    sign[1::2] = -1
    t = torch.tanh(torch.tensor(BEND, dtype=q.dtype))
    W1 = from_key * key_scale[:, None]  # (A − 1, D)
    W2 = from_query * (query_scale * sign)[:, None]  # (A − 1, D)
    v = sign / (2 * t * (1 - t**2) * key_scale * query_scale)  # (A − 1,)
    rest = (1 - t**2) * v @ W1  # (D,): what the units add up to at y = 0
    rest_scale = KEY_SPREAD / (k @ rest).std()
    return {
        "v": torch.cat([v, -1 / rest_scale[None]]),
        "W1": torch.cat([W1, (rest * rest_scale)[None]]),
        "W2": torch.cat([W2, torch.zeros_like(W2[:1])]),
        "b": torch.cat([torch.full_like(v, -BEND), torch.zeros_like(v[:1])]),
    }


def _roots(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """The square root of a covariance, and that root's inverse, with eigenvalues kept from 0."""
    values, vectors = torch.linalg.eigh(matrix)
    values = values.clamp_min(values.max() * 1e-5)
    return (vectors * values.sqrt()) @ vectors.T, (vectors / values.sqrt()) @ vectors.T
