"""The content of any file that a person may hand in, refused by its size before it is read."""

import os
from pathlib import Path
from typing import Any

from attention_core.errors import InputError

SMALLER, SHORTER = "Save it smaller and try again.", "Cut out a part and try again."


def content_of(source: Any, thing: str, takes: str, largest: int, remedy: str) -> bytes:
    """The bytes of a file.

    Args:
        source: Its path, or its bytes.
        thing: What it is called: "recording".
        takes: What it may be given as: "a path or bytes".
        largest: The most bytes it may have.
        remedy: What to do about more, as a sentence.

    Raises:
        InputError: it is something else, missing, empty or too large. The sentence never holds a folder's name.

    Example:
        >>> content_of(b"sound", "recording", "a path or bytes", 1_000_000, SHORTER)
        b'sound'
    """
    path = None
    if isinstance(source, bytes | bytearray | memoryview):
        size = len(source)
    elif isinstance(source, str | os.PathLike):
        path = Path(source)
        if not os.path.isfile(source):
            raise InputError(f"The {thing} must be a file that exists, got {path.name!r}. Check its name.")
        size = path.stat().st_size
    else:
        raise InputError(f"The {thing} must be {takes}, got {type(source).__name__}. Choose another file.")
    if size == 0:
        raise InputError(f"The {thing} must not be empty, got a file of 0 bytes. Choose another file.")
    if size > largest:
        raise InputError(f"The {thing} must be at most {largest // 10**6} MB, got {size / 1e6:.1f} MB. {remedy}")
    return bytes(source) if path is None else path.read_bytes()
