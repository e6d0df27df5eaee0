"""What a head is in the habit of doing, measured on one input."""

import numpy as np

HABITS = ("previous token", "next token", "first token", "same token", "broad")
UNSURE = "unsure"
SURE = 0.5  # a habit below this is no habit


def habits(weights: np.ndarray, is_causal: bool) -> np.ndarray:
    """How strong each habit is in each head.

    The first four are the mean weight that a row puts on the token before it, after it, on the first one and on itself, over
    the rows where that is another token than its own (itself: where there is another). Broad is the mean of a row's entropy over
    the largest it could have, with 0 up to half of that and 1 for an even row.

    Args:
        weights: (…, T, T), of tokens over themselves.
        is_causal: Whether a row sees only the tokens up to its own.

    Returns:
        (…, 5) in 0..1, in the order of HABITS; all 0 for a single token.
    """
    length = weights.shape[-1]
    if length < 2:
        return np.zeros((*weights.shape[:-2], len(HABITS)))
    diagonal = {by: np.diagonal(weights, by, -2, -1) for by in (-1, 0, 1)}  # (…, T − |by|)
    next_token = np.zeros(weights.shape[:-2]) if is_causal else diagonal[1].mean(-1)
    same = diagonal[0][..., int(is_causal) :].mean(-1)
    seen = np.arange(1, length + 1) if is_causal else np.full(length, length)
    surprise = -np.log(weights, out=np.zeros_like(weights), where=weights > 0)
    entropy = (weights * surprise).sum(-1)[..., seen > 1] / np.log(seen[seen > 1])  # (…, rows)
    broad = (2 * entropy.mean(-1) - 1).clip(0, 1)
    return np.stack([diagonal[-1].mean(-1), next_token, weights[..., 1:, 0].mean(-1), same, broad], -1)


def habit(strengths: np.ndarray) -> str:
    """The strongest of them (5,), or "unsure" if none reaches SURE."""
    return HABITS[int(strengths.argmax())] if strengths.max() >= SURE else UNSURE
