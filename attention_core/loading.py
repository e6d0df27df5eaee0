"""Reads back what `to_json` and `to_npz` wrote, and refuses everything else. Nothing is ever unpickled."""

import contextlib
import io
import json
import math
import os
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from attention_core.errors import InputError
from attention_core.results import TaskResult, Words

T = TypeVar("T")
FORMAT, VERSION = "attention_core result", 1
LARGEST = 64_000_000  # bytes, of the file and of what is packed in it
ABOUT = "about"  # the member of an NPZ file that holds everything that is no array, as JSON
NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}  # JSON has no numbers for these

_TABLES = ("energies", "weights", "query", "key", "value", "context", "key_boxes", "key_spans")
ARRAYS = {**dict.fromkeys(_TABLES, np.float32), "key_mask": np.bool_, "query_word_index": np.int64, "key_word_index": np.int64}
OPTIONAL = ("key_boxes", "key_spans", "query_word_index", "key_word_index")

_OTHER = "The file must be a result saved as JSON or NPZ by attention_core, got something else. Choose another file."
_UNFIT = "The file must hold a whole result, got one whose parts do not fit together. Save it again, or choose another file."


def load_result(source: str | os.PathLike | bytes | Any) -> TaskResult:
    """A result that was saved as JSON or NPZ, equal to the bit (a NaN may have other bits; it stays a NaN).

    Args:
        source: The path of a file, its bytes, or a file opened in binary mode. Which format it is is read from its content.

    Raises:
        InputError: the file is missing, over 64 MB (packed or unpacked), cut short, of another version, or no such result.

    Example:
        >>> from attention_core import load_task, to_npz
        >>> result = load_task("sentiment").run(text="A warm, funny film.")
        >>> load_result(to_npz(result)).key_labels == result.key_labels
        True
    """
    content = _content(source)
    try:
        fields, arrays = _from_npz(content) if content.startswith(b"PK") else _from_json(content)
        version = fields["version"] if fields["format"] == FORMAT else None
    except InputError:
        raise
    except Exception:  # a decoder may raise anything on bytes made to confuse it
        raise InputError(_OTHER) from None
    if version is None:
        raise InputError(_OTHER)
    if version != VERSION:
        got = version if isinstance(version, int) else "another"
        raise InputError(f"The file must be of version {VERSION}, got {got}. Read it with the attention_core that wrote it.")
    return built(lambda: _result(fields, arrays), is_whole, InputError(_UNFIT))


def built(make: Callable[[], T], is_whole: Callable[[T], bool], error: Exception) -> T:
    """What is made of bytes that somebody sent, if it is whole. Raises the error if not, and in place of any that comes up."""
    with contextlib.suppress(Exception):  # bytes made to confuse may raise anything
        made = make()
        if is_whole(made):
            return made
    raise error


def is_whole(result: TaskResult) -> bool:
    """Whether every array has the type and the shape that `TaskResult` says, and every label and note is a text."""
    (rows, keys), (_, query_width), (_, key_width), (_, value_width) = (
        table.shape if table.ndim == 2 else (-1, -1) for table in (result.weights, result.query, result.key, result.value)
    )
    tables = {
        "energies": (rows, keys), "weights": (rows, keys), "key_mask": (rows, keys), "query": (rows, query_width),
        "context": (rows, value_width), "key": (keys, key_width), "value": (keys, value_width),
        "key_boxes": (keys, 4), "key_spans": (keys, 2),
    }  # fmt: skip
    arrays = {name: getattr(result, name) for name in tables}
    texts = [*result.query_labels, *result.key_labels, *result.notes]
    for words in (result.query_words, result.key_words):
        texts += words.labels if words else ()
    return (
        all((array is None and name in OPTIONAL) or _fits(array, ARRAYS[name], tables[name]) for name, array in arrays.items())
        and (len(result.query_labels), len(result.key_labels)) == (rows, keys)
        and all(_are_words(words, count) for words, count in ((result.query_words, rows), (result.key_words, keys)))
        and all(isinstance(text, str) for text in texts)
        and isinstance(result.output, Mapping)
        and isinstance(result.provenance, Mapping)
    )


def _fits(array: np.ndarray, kind: type, shape: tuple[int, ...]) -> bool:
    return array.dtype == kind and array.shape == shape and array.size > 0


def _are_words(words: Words | None, positions: int) -> bool:
    return words is None or (
        _fits(words.index, np.int64, (positions,)) and words.index.min() >= -1 and words.index.max() < len(words.labels)
    )


def _content(source: Any) -> bytes:
    if isinstance(source, bytes | bytearray | memoryview):
        content = bytes(source)
    elif isinstance(source, str | os.PathLike):
        path = Path(source)
        if not path.is_file():
            raise InputError(f"The file must exist, got {path.name!r}. Check its name.")
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    else:
        content = source.read(LARGEST + 1)
    if not isinstance(content, bytes):
        raise InputError("The file must be opened in binary mode, got text. Open it with mode 'rb'.")
    if len(content) > LARGEST:
        raise _too_large()
    return content


def _too_large(largest: int = LARGEST) -> InputError:
    return InputError(f"The file must hold at most {largest // 10**6} MB, got more. Choose another file.")


def _from_npz(content: bytes) -> tuple[dict, dict]:
    arrays = read_arrays(content)
    return json.loads(str(arrays.pop(ABOUT))), arrays


def read_arrays(content: bytes, largest: int = LARGEST) -> dict[str, np.ndarray]:
    """The arrays of an NPZ file by name, at most `largest` bytes unpacked. Bytes made to confuse it may raise anything."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        members = packed.infolist()
        if sum(member.file_size for member in members) > largest:  # zipfile reads no more of a member than it says here
            raise _too_large(largest)
        return {member.filename.removesuffix(".npy"): _array(packed.read(member)) for member in members}


def _array(member: bytes) -> np.ndarray:
    """The array of one member; its header is compared with its length first, since NumPy would make room for what it claims."""
    file = io.BytesIO(member)
    if np.lib.format.read_magic(file) != (1, 0):
        raise InputError(_OTHER)
    shape, _, kind = np.lib.format.read_array_header_1_0(file)
    if math.prod(shape) * kind.itemsize != len(member) - file.tell():
        raise InputError(_OTHER)
    file.seek(0)
    return np.load(file, allow_pickle=False)


def _from_json(content: bytes) -> tuple[dict, dict]:
    fields = json.loads(content.decode("utf-8"))
    return fields, {name: _read_numbers(fields[name], kind) for name, kind in ARRAYS.items() if fields.get(name) is not None}


def _read_numbers(given: list, kind: type) -> np.ndarray:
    """Rows of numbers (one row where the kind is int64) as an array. Raises for anything that is not one of our numbers."""
    allowed = {np.float32: {float, int}, np.bool_: {bool}, np.int64: {int}}[kind]
    rows = [given] if kind is np.int64 else given
    rows = [[NOT_FINITE[each] if type(each) is str else each for each in row] for row in rows]
    if not all({type(each) for each in row} <= allowed for row in rows):
        raise ValueError("numbers expected")
    with np.errstate(over="raise"):
        table = np.array(rows, dtype=kind)
    return table[0] if kind is np.int64 else table


def _result(fields: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> TaskResult:
    def words(axis: str) -> Words | None:
        labels = fields[f"{axis}_words"]
        return None if labels is None else Words(tuple(labels), arrays[f"{axis}_word_index"])

    return TaskResult(
        **{name: arrays[name] for name in ARRAYS if name not in OPTIONAL},
        key_boxes=arrays.get("key_boxes"),
        key_spans=arrays.get("key_spans"),
        query_words=words("query"),
        key_words=words("key"),
        query_labels=tuple(fields["query_labels"]),
        key_labels=tuple(fields["key_labels"]),
        output=fields["output"],
        provenance=fields["provenance"],
        notes=tuple(fields["notes"]),
    )
