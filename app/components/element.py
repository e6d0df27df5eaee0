"""Elements drawn by the app's own code in the browser: how their files are joined and how numbers travel to them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

BROWSER = Path(__file__).parent / "browser"


def element(name: str, html: str, *files: str) -> Any:
    """A Streamlit component made of the named files of `browser/`, joined in order; call it to draw it.

    Args:
        name: The component's name in this app.
        html: Its fixed markup. What a visitor entered never goes in here; it travels as data and is set as text.
        *files: Scripts and style sheets.
    """
    parts = {
        ending: "\n".join((BROWSER / file).read_text("utf-8") for file in files if file.endswith(ending))
        for ending in (".js", ".css")
    }
    return st.components.v2.component(name, html=html, css=parts[".css"], js=parts[".js"])


def pack(header: Mapping[str, Any], arrays: Sequence[np.ndarray], rest: bytes = b"") -> bytes:
    """One buffer: the header's length and the header as JSON, the arrays as float32, then any bytes; field.js unpacks it."""
    content = json.dumps({**header, "sizes": [array.size for array in arrays]}).encode()
    content += b" " * (-len(content) % 4)  # the browser reads float32 only from multiples of four
    numbers = b"".join(np.ascontiguousarray(array, dtype="<f4").tobytes() for array in arrays)
    return len(content).to_bytes(4, "little") + content + numbers + rest
