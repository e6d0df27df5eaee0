"""Text that a visitor wrote, made safe to stand in Streamlit's Markdown."""

import re

_MEANINGFUL = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|$:~&^=\"'])")


def plain(text: str) -> str:
    """The text with every character that Markdown, LaTeX or HTML would act on escaped, on one line."""
    return _MEANINGFUL.sub(r"\\\1", " ".join(str(text).split()))
