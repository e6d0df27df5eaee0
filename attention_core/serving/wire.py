"""What goes between a process and its engine, as bytes: JSON and plain arrays in one NPZ file. Nothing is ever pickled."""

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from attention_core.encoders.picture import MOST_PIXELS, open_picture
from attention_core.loading import built, read_arrays
from attention_core.results import Panel, Signals, Span, Words
from attention_core.tasks.checkpoints import Checkpoints
from attention_core.tasks.encoding import Encoding

LARGEST = 256_000_000  # bytes: a picture of 50 million pixels has 150 million, and noise cannot be made smaller
ABOUT = "about"
MARK = "attention-engine"  # a header that no proxy sets: what kind of answer it is
DONE, INPUT, VALUE, OTHERS, FAILED = "done", "input", "value", "others", "failed"  # the kinds
TENSORS = ("query", "key", "value", "key_mask", "read", "written")


class WireError(Exception):
    """The bytes are not what they should be."""


def weights_of(checkpoints: Checkpoints) -> str:
    """A digest of the card, which names every file of weights with its sha256."""
    return hashlib.sha256(json.dumps(checkpoints.card, sort_keys=True).encode()).hexdigest()


def pack(value: Any) -> bytes:
    """A value as bytes that `unpack` gives it back from, to the bit.

    Args:
        value: None, a truth value, a number, a text, bytes, a NumPy array or number, a PIL picture (it comes back upright, as
            `open_picture` makes it), or lists, tuples and mappings of these. An array that stands there twice is sent once.

    Raises:
        InputError: a picture cannot be used.
        TypeError: it is something else.
    """
    arrays: dict[int, tuple[int, np.ndarray]] = {}  # by identity; each is kept here, so that no other one gets its identity
    about = json.dumps(_told(value, arrays))
    file = io.BytesIO()
    kept = {str(n): array for n, array in arrays.values()}
    np.savez(file, allow_pickle=False, **{ABOUT: np.frombuffer(about.encode(), np.uint8)}, **kept)
    return file.getvalue()


def unpack(content: bytes) -> Any:
    """The value of bytes that `pack` made, at most 256 MB. Raises WireError for any others."""
    try:
        arrays = read_arrays(content, LARGEST)
        return _read(json.loads(arrays.pop(ABOUT).tobytes()), arrays)
    except Exception:  # a decoder may raise anything on bytes made to confuse it
        raise WireError("The bytes must be those that `pack` makes, got others.") from None


def pack_encoding(encoding: Encoding) -> bytes:
    """An encoded input as bytes."""
    arrays: dict[int, np.ndarray] = {}  # by the tensor's identity: what is key and value at once is sent once

    def plain(value: Any) -> Any:
        if isinstance(value, Tensor):
            return arrays.setdefault(id(value), value.cpu().numpy())
        if is_dataclass(value):
            return {own.name: plain(getattr(value, own.name)) for own in fields(value) if own.init}
        return tuple(map(plain, value)) if isinstance(value, tuple) else value

    return pack(plain(encoding))


def unpack_encoding(content: bytes, device: torch.device) -> Encoding:
    """The encoded input of bytes that `pack_encoding` made, its tensors on that device. Raises WireError for any others."""
    given = unpack(content)
    unfit = WireError("The bytes must hold a whole encoded input, got one whose parts do not fit together.")
    return built(lambda: _encoding(given, device), _is_whole, unfit)


def _told(value: Any, arrays: dict[int, tuple[int, np.ndarray]]) -> Any:
    """The value as JSON; what JSON has no word for as {its kind: its content or the number of its array}."""

    def number(array: np.ndarray) -> int:
        return arrays.setdefault(id(array), (len(arrays), array))[0]

    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, list):
        return [_told(own, arrays) for own in value]
    if isinstance(value, tuple):
        return {"tuple": [_told(own, arrays) for own in value]}
    if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
        return {"mapping": {name: _told(own, arrays) for name, own in value.items()}}
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        return {"array": number(value)}
    if isinstance(value, np.generic) and not value.dtype.hasobject:
        return {"number": number(np.asarray(value))}
    if isinstance(value, bytes | bytearray | memoryview):
        return {"bytes": number(np.frombuffer(value, np.uint8))}
    if isinstance(value, Image.Image):
        file = io.BytesIO()
        open_picture(value).save(file, "PNG", compress_level=1)
        return {"picture": number(np.frombuffer(file.getvalue(), np.uint8))}
    raise TypeError(f"What goes to the engine must be plain data, arrays or a picture, got {type(value).__name__}.")


def _read(told: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    if isinstance(told, list):
        return [_read(own, arrays) for own in told]
    if not isinstance(told, dict):
        return told
    ((kind, content),) = told.items()
    if kind == "tuple":
        return tuple(_read(own, arrays) for own in content)
    if kind == "mapping":
        return {name: _read(own, arrays) for name, own in content.items()}
    array = arrays[str(content)]
    if kind == "picture":
        picture = Image.open(io.BytesIO(array.tobytes()), formats=["PNG"])
        if picture.width * picture.height > MOST_PIXELS:
            raise ValueError("fewer pixels expected")
        return picture.copy()
    return {"array": lambda: array, "number": lambda: array[()], "bytes": array.tobytes}[kind]()


def _encoding(given: Mapping[str, Any], device: torch.device) -> Encoding:
    tensors: dict[int, Tensor] = {}

    def tensor(array: np.ndarray | None) -> Tensor | None:
        return None if array is None else tensors.setdefault(id(array), torch.from_numpy(array).to(device))

    def words(own: Mapping[str, Any] | None) -> Words | None:
        return own and Words(**own)

    signals = given["signals"]
    if signals is not None:
        panels = tuple(Panel(**own) for own in signals["panels"])
        signals = Signals(**{**signals, "panels": panels, "spans": tuple(Span(**own) for own in signals["spans"])})
    made = {"query_words": words(given["query_words"]), "key_words": words(given["key_words"]), "signals": signals}
    return Encoding(**{**given, **{name: tensor(given[name]) for name in TENSORS}, **made})


def _is_whole(encoding: Encoding) -> bool:
    """Whether every array has the type and the shape that `Encoding` says, and every label and note is a text."""
    rows = len(encoding.query if encoding.written is None else encoding.written)
    keys = len(encoding.key)
    query, key, value, read, signals = encoding.query, encoding.key, encoding.value, encoding.read, encoding.signals
    tables = [
        *((array, torch.float32, (len(array), array.shape[-1])) for array in (query, key, value)),
        (encoding.key_mask, torch.bool, (keys,)),
        (encoding.written, torch.int64, (rows,)),
        (
            read,
            None if read is None else {1: torch.int64, 2: torch.float32}[read.ndim],
            read is not None and (keys, *read.shape[1:]),
        ),
        (encoding.key_boxes, np.float32, (keys, 4)),
        (encoding.key_spans, np.float32, (keys, 2)),
        (encoding.query_words and encoding.query_words.index, np.int64, (rows,)),
        (encoding.key_words and encoding.key_words.index, np.int64, (keys,)),
    ]
    labels = [*encoding.query_labels, *encoding.key_labels, *encoding.notes]
    for words in (encoding.query_words, encoding.key_words):
        labels += words.labels if words else ()
    for panel in signals.panels if signals else ():
        tables.append((panel.values, np.float32, (len(panel.values), panel.values.shape[-1])))
        labels += [panel.title, panel.unit, panel.kind, *panel.names]
    if signals and signals.heard is not None:
        tables.append((signals.heard, np.float32, (len(signals.heard),)))
    return (
        (len(encoding.query_labels), len(encoding.key_labels), len(value)) == (rows, keys, keys)
        and all(array is None or (array.dtype == kind and tuple(array.shape) == shape) for array, kind, shape in tables)
        and all(words is None or _are_words(words) for words in (encoding.query_words, encoding.key_words))
        and all(isinstance(text, str) for text in labels)
    )


def _are_words(words: Words) -> bool:
    return bool(np.all((words.index >= -1) & (words.index < len(words.labels))))
