"""Does a key matter? A result again, with one of its keys taken out."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from attention_core.results import TaskResult
from attention_core.tasks.encoding import Encoding
from attention_core.tasks.settings import Settings
from attention_core.tasks.task import Task


def without(task: Task, encoding: Encoding, settings: Settings, positions: Sequence[int], row: int = 0) -> TaskResult:
    """The result with some positions masked for one query: their weights are 0, and the others share what they had.

    What a task writes stays as it was written with all keys: the probability of that word shows what the positions meant to it.

    Args:
        task, encoding: A task and an input it encoded.
        settings: How the input is attended to; a key_mask in it is replaced.
        positions: The positions to take out, each 0 to S − 1, such as the tokens of one word.
        row: The query, 0 to T − 1. Other queries keep their keys.

    Raises:
        ValueError: no key would be left in the row.

    Source: the "leave one out" of Jain and Wallace 2019, section 4.1, https://arxiv.org/abs/1902.10186. They leave the word
        out of the encoder's input; here the encoder has read it, and only attention is kept from it.
    """
    encoding = task.written(encoding, settings)
    key_mask = np.ones((len(encoding.query), len(encoding.key)), dtype=bool)  # (T, S)
    key_mask[row, list(positions)] = False
    return task.run_encoded([(encoding, replace(settings, key_mask=key_mask))])[0]


def key_groups(result: TaskResult, row: int = 0) -> tuple[tuple[int, ...], ...]:
    """What can be taken out of a row at once, in reading order: a word's positions together, else each position alone.

    Special tokens belong to no word; what key_mask leaves out is in no group, so a word may have an empty one.
    """
    allowed = result.key_mask[row]
    if result.key_words is None:
        return tuple((position,) if allowed[position] else () for position in range(len(allowed)))
    index = result.key_words.index
    return tuple(tuple(np.flatnonzero((index == word) & allowed).tolist()) for word in range(len(result.key_words.labels)))
