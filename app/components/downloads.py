"""Everything of a view that can be taken away: files that are made when their button is pressed, and the lines of Python."""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

import attention_core as core
from app.figures.numbers import percent

FIGURES = {
    "SVG": ("svg", ".svg", "image/svg+xml"),
    "PNG": ("png", ".png", "image/png"),
    "PNG, 2×": ("png2", "@2x.png", "image/png"),
    "PDF": ("pdf", ".pdf", "application/pdf"),
}
NUMBERS = {
    "CSV": (core.to_csv, ".csv", "text/csv"),
    "JSON": (core.to_json, ".json", "application/json"),
    "NPZ": (core.to_npz, ".npz", "application/zip"),
}
HEADING_WIDTH = 112  # pixels
PAGE_NOTE = "The HTML page opens without internet and keeps its hover."
NOTE = f"Under Numbers, JSON and NPZ hold every number and load back with `attention_core.load_result`. {PAGE_NOTE}"


@dataclass(frozen=True)
class File:
    """One file to save: its button, its name (never from what a visitor wrote), its media type, and what makes its bytes."""

    label: str
    name: str
    kind: str
    make: Callable[[], bytes]


@dataclass(frozen=True)
class Sheet:
    """What a view hands out.

    Args:
        files: Rows of files under their headings.
        lines: Python that gives the same, if there is any.
        is_result: Whether JSON and NPZ hold whole results, which load back.
    """

    files: Mapping[str, tuple[File, ...]]
    lines: str = ""
    is_result: bool = True


def downloads(sheet: Sheet, key: str = "save") -> None:
    """Draw a button that unfolds the rows; nothing is computed before a file's own button is pressed.

    Args:
        sheet: What there is to save.
        key: Another one for a second sheet on the same page.
    """
    with st.popover("Save this result", key=key):
        for heading, files in sheet.files.items():
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(f"**{heading}**", width=HEADING_WIDTH)
                for n, file in enumerate(files):
                    st.download_button(file.label, file.make, file.name, file.kind, key=f"{key}:{heading}:{n}", on_click="ignore")
        st.caption(NOTE if sheet.is_result else PAGE_NOTE)
        if sheet.lines:
            st.markdown("**Python that gives this result**")
            st.code(sheet.lines, language=None, wrap_lines=True)  # its colours for Python are too pale to read


def figure_files(stem: str, draw: Callable[[str], bytes]) -> tuple[File, ...]:
    """A figure in every form; `draw` takes one of "svg", "png", "png2" and "pdf"."""
    return tuple(File(label, stem + end, kind, partial(draw, form)) for label, (form, end, kind) in FIGURES.items())


def number_files(result: Any, stem: str = "") -> tuple[File, ...]:
    """A TaskResult in every form, named after what it holds if no other stem is given."""
    stem = stem or stem_of(result)
    return tuple(File(label, stem + end, kind, partial(write, result)) for label, (write, end, kind) in NUMBERS.items())


def table_files(stem: str, columns: Mapping[str, Sequence[Any]]) -> tuple[File, ...]:
    """A table in every form: by the title of each column its values, all of one length, None where there is none."""
    names = list(columns)
    makers = {
        "CSV": lambda: "\r\n".join(",".join(map(_cell, line)) for line in [names, *zip(*columns.values(), strict=True)]).encode(),
        "JSON": lambda: json.dumps({name: list(values) for name, values in columns.items()}, indent=1).encode(),
        "NPZ": lambda: _packed(columns),
    }
    return tuple(File(label, stem + NUMBERS[label][1], NUMBERS[label][2], make) for label, make in makers.items())


def _cell(value: Any) -> str:
    return "" if value is None else f'"{value}"' if isinstance(value, str) else repr(value)


def _packed(columns: Mapping[str, Sequence[Any]]) -> bytes:
    file = io.BytesIO()
    arrays = {name: np.array([np.nan if value is None else value for value in values]) for name, values in columns.items()}
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def page_files(stem: str, make: Callable[[], bytes]) -> tuple[File, ...]:
    """One HTML file that opens with no internet."""
    return (File("HTML", f"{stem}.html", "text/html", make),)


def stem_of(result: Any) -> str:
    """The beginning of a file name, such as "sentiment-general-trained-softmax-t1": all of it declared names and numbers."""
    made = result.provenance
    parameters = [made["parameters"], *([] if made["seed"] is None else [f"seed{made['seed']}"])]
    options, own = (_joined(made.get(kind, {})) for kind in ("distribution_options", "options"))
    return "-".join([made["task"], *own, made["score"], *parameters, made["distribution"], *options, f"t{made['temperature']:g}"])


def _joined(options: Mapping[str, Any]) -> list[str]:
    return [f"{name}{value}" for name, value in options.items()]


def provenance_of(result: Any) -> str:
    """Where a result comes from, in one line."""
    made = result.provenance
    parameters = f"untrained parameters, seed {made['seed']}"
    if made["weights_sha256"]:
        parameters = f"trained parameters {made['weights_sha256'][:12]}"
    elif "steps" in made:
        parameters = f"parameters learned in {made['steps']} steps from {made['examples']} examples, seed {made['seed']}"
    options, own = (
        "".join(f", {name} {value}" for name, value in made.get(kind, {}).items()) for kind in ("distribution_options", "options")
    )
    versions = ", ".join(f"{name} {version}" for name, version in made["versions"].items())
    return (
        f"Task {made['task']}{own} · score function {made['score']} · {parameters} · "
        f"distribution {made['distribution']}{options} · temperature {made['temperature']:g} · {versions}"
    )


def outcome_of(result: Any) -> str:
    """What the task made of the input, with its probability where there is one."""
    label = str(result.output.get("label", result.output.get("text", "")))
    share = result.output.get("probabilities", {}).get(label)
    return label if share is None else f"{label}, {percent(share)}"
