"""Encoded inputs of different lengths as one batch: what is added to the shorter ones changes nothing in their results."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from attention_core.tasks.encoding import Encoding


def full_mask(encoding: Encoding, key_mask: Any) -> Tensor:
    """`own_mask` with a row for every query: (T, S)."""
    return own_mask(encoding, key_mask).expand(len(encoding.query), len(encoding.key))


def own_mask(encoding: Encoding, key_mask: Any) -> Tensor:
    """The encoding's mask (S,) and what the caller takes out besides: (S,), or (T, S) if that was given."""
    if key_mask is None:
        return encoding.key_mask
    keys, rows = len(encoding.key), len(encoding.query if encoding.written is None else encoding.written)
    own = torch.as_tensor(np.asarray(key_mask), device=encoding.key_mask.device)
    if own.dtype != torch.bool or tuple(own.shape) not in ((keys,), (rows, keys))[: 2 if rows else 1]:
        shapes = f"{(keys,)} or {(rows, keys)}" if rows else f"{(keys,)} as long as no words are given"
        raise ValueError(f"key_mask must be boolean of shape {shapes}, got {own.dtype} of shape {tuple(own.shape)}.")
    return encoding.key_mask & own


def padded(tensors: Sequence[Tensor], dtype: torch.dtype) -> Tensor:
    """(B, longest, width) in that type of tensors (length, width), with zeros after the shorter ones."""
    if len(tensors) == 1:
        return tensors[0].to(dtype)[None]  # (1, length, width)
    return torch.nn.utils.rnn.pad_sequence(list(tensors), batch_first=True).to(dtype)  # (B, longest, width)


def padded_masks(masks: Sequence[Tensor]) -> Tensor:
    """(B, T, S) of masks (T, S) of different sizes. A row of padding attends to one key; it is cut off again."""
    if len(masks) == 1:
        return masks[0][None]  # (1, T, S)
    rows, keys = max(len(own) for own in masks), max(own.shape[1] for own in masks)
    batch = torch.zeros(len(masks), rows, keys, dtype=torch.bool, device=masks[0].device)
    for n, own in enumerate(masks):
        batch[n, : own.shape[0], : own.shape[1]] = own
        batch[n, own.shape[0] :, 0] = True
    return batch


def padded_tables(tables: Sequence[Tensor]) -> Tensor:
    """(B, T, S) of tables (T, S) of different sizes, with zeros after them."""
    if len(tables) == 1:
        return tables[0][None]  # (1, T, S)
    rows, keys = (max(own.shape[axis] for own in tables) for axis in (0, 1))
    return torch.stack([F.pad(own, (0, keys - own.shape[1], 0, rows - own.shape[0])) for own in tables])
