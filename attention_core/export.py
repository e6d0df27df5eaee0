"""A result as a file: JSON and NPZ with everything in it, which `load_result` reads back."""

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from attention_core.loading import ABOUT, FORMAT, NOT_FINITE, VERSION, is_whole
from attention_core.results import TaskResult

NOT_FINITE_NAMES = {repr(number): name for name, number in NOT_FINITE.items()}
_ENCODED = ("query", "key", "value")


def to_json(result: TaskResult) -> bytes:
    """The whole result as JSON in UTF-8: a line for each row of numbers, in the fewest digits that read back as the same float32.

    What JSON has no number for stands as "NaN", "Infinity" or "-Infinity". Raises ValueError as `to_npz` does.
    """
    return _encoded(_text(_fields(result), _arrays(result)) + "\n")


def together_to_json(results: Sequence[TaskResult]) -> bytes:
    """Several results on one input as one JSON text, written as `to_json` does: a list of them, without query, key and value.

    What the encoder made of the input would make it too large to load back: `load_result` takes each result's own file.
    """
    texts = []
    for own in results:
        fields, arrays = _fields(own), _arrays(own)
        fields = {name: value for name, value in fields.items() if name not in ("format", "version")}
        texts.append(_text(fields, {name: array for name, array in arrays.items() if name not in _ENCODED}))
    return _encoded('{"results": [\n' + ",\n".join(texts) + "\n]}\n")


def to_npz(result: TaskResult, compressed: bool = True) -> bytes:
    """The whole result as an NPZ file: one array a field, and `about`, a JSON text, with everything else.

    Args:
        result: As `Task.run` gives it.
        compressed: False for a file that is larger, and written in a fraction of the time.

    Raises:
        ValueError: an array has not the type or shape that TaskResult says, or output, provenance or a label holds
            something that JSON would change.
    """
    file, save = io.BytesIO(), np.savez_compressed if compressed else np.savez
    save(file, allow_pickle=False, **{ABOUT: np.array(json.dumps(_fields(result)))}, **_arrays(result))
    return file.getvalue()


def check(result: TaskResult) -> None:
    """Raises ValueError where an array has not the type or shape that TaskResult says."""
    if not is_whole(result):
        raise ValueError("result must have the types and shapes of TaskResult, got others. Make it with Task.run.")


def _fields(result: TaskResult) -> dict[str, Any]:
    """Everything that is no array."""
    check(result)
    fields = {
        "format": FORMAT,
        "version": VERSION,
        "provenance": dict(result.provenance),
        "output": dict(result.output),
        "query_labels": list(result.query_labels),
        "key_labels": list(result.key_labels),
        "query_words": result.query_words and list(result.query_words.labels),
        "key_words": result.key_words and list(result.key_words.labels),
        "notes": list(result.notes),
    }
    try:
        kept = json.loads(json.dumps(fields, allow_nan=False)) == fields
    except (TypeError, ValueError):
        kept = False
    if not kept:
        raise ValueError(
            "output, provenance and labels must hold what JSON keeps (text, finite numbers, lists), got something else."
        )
    return fields


def _arrays(result: TaskResult) -> dict[str, np.ndarray]:
    names = ("energies", "weights", "context", "query", "key", "value", "key_mask", "key_boxes", "key_spans")
    arrays = {name: getattr(result, name) for name in names}
    arrays |= {
        "query_word_index": result.query_words and result.query_words.index,
        "key_word_index": result.key_words and result.key_words.index,
    }
    return {name: array for name, array in arrays.items() if array is not None}


def _text(fields: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> str:
    lines = {name: json.dumps(value, ensure_ascii=False) for name, value in fields.items()}
    lines |= {name: _rows(array) for name, array in arrays.items()}
    return "{\n" + ",\n".join(f"{json.dumps(name)}: {line}" for name, line in lines.items()) + "\n}"


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")  # half a surrogate pair becomes its JSON escape, which is spelled the same


def _rows(array: np.ndarray) -> str:
    if array.ndim == 1:
        return json.dumps(array.tolist())
    return "[\n" + ",\n".join(_row(row) for row in array) + "\n]"


def _row(numbers: np.ndarray) -> str:
    if numbers.dtype != np.float32:
        return json.dumps(numbers.tolist())
    shortest = [float(text) for text in numbers.astype("U").tolist()]  # NumPy writes the fewest digits that give the float32 back
    if np.isfinite(numbers).all():
        return json.dumps(shortest)
    return json.dumps([NOT_FINITE_NAMES.get(repr(number), number) for number in shortest])
