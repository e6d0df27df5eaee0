"""A result as a file: JSON and NPZ with everything in it, which `load_result` reads back, and CSV for a spreadsheet."""

import csv
import io
import json
from typing import Any

import numpy as np

from attention_core.loading import ABOUT, FORMAT, NOT_FINITE, VERSION, is_whole
from attention_core.results import TaskResult

_NAMES = {repr(number): name for name, number in NOT_FINITE.items()}
_FORMULA_STARTS = tuple("=+-@\t\r\n'＝＋－＠")


def to_json(result: TaskResult) -> bytes:
    """The whole result as JSON in UTF-8: a line for each row of numbers, in the fewest digits that read back as the same float32.

    What JSON has no number for stands as "NaN", "Infinity" or "-Infinity". Raises ValueError as `to_npz` does.
    """
    fields = _fields(result)
    lines = {name: json.dumps(value, ensure_ascii=False) for name, value in fields.items()}
    lines |= {name: _rows(array) for name, array in _arrays(result).items()}
    text = "{\n" + ",\n".join(f"{json.dumps(name)}: {line}" for name, line in lines.items()) + "\n}\n"
    return text.encode("utf-8", "backslashreplace")  # half a surrogate pair becomes its JSON escape, which is spelled the same


def to_npz(result: TaskResult) -> bytes:
    """The whole result as a compressed NPZ file: one array a field, and `about`, a JSON text, with everything else.

    Raises:
        ValueError: an array has not the type or shape that TaskResult says, or output, provenance or a label holds
            something that JSON would change.
    """
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **{ABOUT: np.array(json.dumps(_fields(result)))}, **_arrays(result))
    return file.getvalue()


def to_csv(result: TaskResult) -> bytes:
    """The weights as a table for a spreadsheet, UTF-8 with a mark at its start: one line for each query and key.

    The columns are row and column (counted from 1), query and key (their labels), energy and weight (as many digits as float32
    has), allowed, and x0, y0, x1, y1 where keys are places or start and end where they are stretches of time. A spreadsheet
    would compute a label that starts like a formula: one that starts with = + - @ (narrow or wide), a tab, a line break or '
    is written with one more ' before it.
    """
    _check(result)
    extra = {"key_boxes": ("x0", "y0", "x1", "y1"), "key_spans": ("start", "end")}
    present = [name for name in extra if getattr(result, name) is not None]
    text = io.StringIO(newline="")
    table = csv.writer(text)
    columns = [column for name in present for column in extra[name]]
    table.writerow(["row", "column", "query", "key", "energy", "weight", "allowed", *columns])
    queries, keys = map(_harmless, result.query_labels), [*map(_harmless, result.key_labels)]
    for row, query in enumerate(queries):
        for key, label in enumerate(keys):
            numbers = [
                str(result.energies[row, key]),
                str(result.weights[row, key]),
                "yes" if result.key_mask[row, key] else "no",
            ]
            place = [str(number) for name in present for number in getattr(result, name)[key]]
            table.writerow([row + 1, key + 1, query, label, *numbers, *place])
    return text.getvalue().encode("utf-8-sig", "replace")


def _harmless(label: str) -> str:
    return f"'{label}" if label.startswith(_FORMULA_STARTS) else label


def _check(result: TaskResult) -> None:
    if not is_whole(result):
        raise ValueError("result must have the types and shapes of TaskResult, got others. Make it with Task.run.")


def _fields(result: TaskResult) -> dict[str, Any]:
    """Everything that is no array."""
    _check(result)
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
    return json.dumps([_NAMES.get(repr(number), number) for number in shortest])
