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
from attention_core.export import NOT_FINITE_NAMES
from attention_core.tables import columns_to_csv, flat

FIGURES = {
    "SVG": ("svg", ".svg", "image/svg+xml"),
    "PNG": ("png", ".png", "image/png"),
    "PNG, 2×": ("png2", "@2x.png", "image/png"),
    "PDF": ("pdf", ".pdf", "application/pdf"),
}
NUMBERS = {
    "CSV": (core.to_csv, ".csv", "text/csv"),
    "CSV, context": (core.to_context_csv, "-context.csv", "text/csv"),
    "JSON": (core.to_json, ".json", "application/json"),
    "NPZ": (core.to_npz, ".npz", "application/zip"),
}
HEADING_WIDTH = 112  # pixels
PAGE_NOTE = "The HTML page opens without internet and keeps its hover."
NOTE = f"Under Numbers, JSON and NPZ hold every number and load back with `attention_core.load_result`. {PAGE_NOTE}"
MEDIA = {".csv": "text/csv", ".json": "application/json", ".npz": "application/zip"}


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
        lines: Python that gives the same.
        note: What to know about the files. By default that JSON and NPZ hold whole results, which load back.
    """

    files: Mapping[str, tuple[File, ...]]
    lines: str
    note: str = NOTE


@st.fragment
def downloads(make: Callable[[], Sheet], key: str = "save", label: str = "Save this result") -> None:
    """Draw a button that unfolds the rows; nothing is made or sent before that, and no file before its own button is pressed.

    Args:
        make: What there is to save, asked for when it is unfolded.
        key: Another one for a second sheet on the same page.
        label: What the button says.
    """
    place = st.popover(label, key=key, on_change="rerun")
    if not place.open:
        return
    sheet = make()
    with place:
        for heading, files in sheet.files.items():
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(f"**{heading}**", width=HEADING_WIDTH)
                for n, file in enumerate(files):
                    st.download_button(file.label, file.make, file.name, file.kind, key=f"{key}:{heading}:{n}", on_click="ignore")
        st.caption(sheet.note)
        st.markdown("**Python that gives this result**")
        st.code(sheet.lines, language=None, wrap_lines=True)  # its colours for Python are too pale to read


def figure_files(stem: str, draw: Callable[[str], bytes]) -> tuple[File, ...]:
    """A figure in every form; `draw` takes one of "svg", "png", "png2" and "pdf"."""
    return tuple(File(label, stem + end, kind, partial(draw, form)) for label, (form, end, kind) in FIGURES.items())


def number_files(result: Any, stem: str = "") -> tuple[File, ...]:
    """A TaskResult in every form, named after what it holds if no other stem is given."""
    stem = stem or stem_of(result)
    return tuple(File(label, stem + end, kind, partial(write, result)) for label, (write, end, kind) in NUMBERS.items())


def table_files(stem: str, columns: Mapping[str, Sequence[Any]], about: Mapping[str, Any] | None = None) -> tuple[File, ...]:
    """A table in every form: by the title of each column its values, all of one length, None where there is none.

    `about` holds what is the same for all of it, such as where it comes from: in the CSV it stands in each line.
    """
    about = flat(about or {})
    count = len(next(iter(columns.values())))
    makers = {
        ".csv": lambda: columns_to_csv({**columns, **{name: [value] * count for name, value in about.items()}}),
        ".json": lambda: json.dumps({**about, **{name: [*map(_told, own)] for name, own in columns.items()}}, indent=1).encode(),
        ".npz": lambda: _packed({**{name: [value] for name, value in about.items()}, **columns}),
    }
    return tuple(File(end[1:].upper(), stem + end, MEDIA[end], make) for end, make in makers.items())


def _told(value: Any) -> Any:
    """The value as JSON has it; where it has no such number, its name."""
    value = value.item() if isinstance(value, np.generic) else value
    return NOT_FINITE_NAMES.get(repr(value), value) if isinstance(value, float) else value


def _packed(columns: Mapping[str, Sequence[Any]]) -> bytes:
    """The columns as arrays; where there is no value, "" among texts and NaN among numbers."""
    file, arrays = io.BytesIO(), {}
    for name, values in columns.items():
        gap = "" if any(isinstance(value, str) for value in values) else np.nan
        arrays[name] = np.array([gap if value is None else value for value in values])
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


def provenance_of(result: Any, *more: Any) -> str:
    """Where a result comes from, in one line; or several, of which only the score function and its parameters differ."""
    made = result.provenance
    options, own = (
        "".join(f", {name} {value}" for name, value in made.get(kind, {}).items()) for kind in ("distribution_options", "options")
    )
    scores = f"score function {made['score']} · {_parameters(made)}"
    if more:
        scores = "; ".join(f"{each.provenance['score']}: {_parameters(each.provenance)}" for each in (result, *more))
    versions = ", ".join(f"{name} {version}" for name, version in made["versions"].items())
    return (
        f"Task {made['task']}{own} · {scores} · "
        f"distribution {made['distribution']}{options} · temperature {made['temperature']:g} · {versions}"
    )


def _parameters(made: Mapping[str, Any]) -> str:
    if made["weights_sha256"]:
        return f"trained parameters {made['weights_sha256'][:12]}"
    if "steps" in made:
        return f"parameters learned in {made['steps']} steps from {made['examples']} examples, seed {made['seed']}"
    return f"untrained parameters, seed {made['seed']}"


def outcome_of(result: Any) -> str:
    """What the task made of the input, with its probability where there is one."""
    label = str(result.output.get("label", result.output.get("text", "")))
    share = result.output.get("probabilities", {}).get(label)
    return label if share is None else f"{label}, {percent(share)}"
