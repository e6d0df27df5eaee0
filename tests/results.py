"""Results of any content, for the tests of what saves and shows them, and how two are compared to the bit."""

from dataclasses import fields

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from attention_core.results import TaskResult, Words

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FLOATS = st.floats(width=32, allow_nan=False)


@st.composite
def task_results(draw, numbers=FLOATS) -> TaskResult:
    """TaskResults with any numbers, labels and nesting, whose shapes fit together."""
    rows, keys, query_width, key_width, value_width = (draw(st.integers(1, 4)) for _ in range(5))

    def table(*shape):
        return draw(arrays(np.float32, shape, elements=numbers))

    def labels(count):
        return tuple(draw(st.lists(st.text(max_size=8), min_size=count, max_size=count)))

    def words(positions):
        names = tuple(draw(st.lists(st.text(max_size=8), max_size=4)))
        return Words(names, draw(arrays(np.int64, positions, elements=st.integers(-1, len(names) - 1))))

    return TaskResult(
        energies=table(rows, keys),
        weights=table(rows, keys),
        query=table(rows, query_width),
        key=table(keys, key_width),
        value=table(keys, value_width),
        context=table(rows, value_width),
        key_mask=draw(arrays(np.bool_, (rows, keys))),
        query_labels=labels(rows),
        key_labels=labels(keys),
        output=draw(st.dictionaries(st.text(max_size=8), JSON, max_size=3)),
        provenance=draw(st.dictionaries(st.text(max_size=8), JSON, max_size=3)),
        key_boxes=table(keys, 4) if draw(st.booleans()) else None,
        key_spans=table(keys, 2) if draw(st.booleans()) else None,
        query_words=words(rows) if draw(st.booleans()) else None,
        key_words=words(keys) if draw(st.booleans()) else None,
        notes=tuple(draw(st.lists(st.text(max_size=8), max_size=2))),
    )


def assert_same(first: TaskResult, second: TaskResult) -> None:
    """Every field is equal: arrays in type, shape and every bit, so that -0.0 is not 0.0."""
    for field in fields(TaskResult):
        one, other = getattr(first, field.name), getattr(second, field.name)
        if isinstance(one, Words) and isinstance(other, Words):
            assert one.labels == other.labels, field.name
            one, other = one.index, other.index
        if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
            assert (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes()), field.name
        else:
            assert one == other and type(one) is type(other), field.name
