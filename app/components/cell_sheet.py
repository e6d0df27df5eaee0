"""What the cell inspector becomes when it is saved: the formula with its numbers, every step, and the row as a table."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import attention_core as core
from app.components import chain
from app.components.downloads import Sheet, figure_files, provenance_of, stem_of, table_files
from app.figures import printed
from app.figures.printed_table import Formula, Table
from app.state import Moved

NOTE = "Under Numbers, each form holds every number between q and k and the weight, with as many digits as it has."
STEPS = "From query and key to the energy; of a vector the components that add most, by their number"
MORE = re.compile(r"\\underbrace\{([^}]*)\}_\{\\text\{([\d,]+) more\}\}")


def cell_sheet(score: Any, distribution: Any, result: Any, shown: Any, title: str, cell: Any, moved: Moved | None) -> Sheet:
    """All that can be saved of a cell.

    Args:
        score, distribution: What the chosen ones declare.
        result: The TaskResult that it is of.
        shown: The input on the page that it belongs to.
        title: The sentence over its arithmetic.
        cell: The cell as it is shown.
        moved: What the sliders say instead, or None.
    """
    given = {} if moved is None else {"energy": moved.energy, "temperature": moved.temperature}
    changed = {name: own for name, own in given.items() if own is not None}
    stem = f"{stem_of(result)}-cell-row{cell.row + 1}-key{cell.column + 1}" + ("-moved" if changed else "")
    told = ", ".join(f"{name} moved to {own:g}" for name, own in changed.items())
    source = " · ".join(filter(None, [told, provenance_of(result), shown.credit]))
    about = {
        "row": cell.row + 1,
        "query": result.query_labels[cell.row],
        "column": cell.column + 1,
        "key": result.key_labels[cell.column],
        **{f"moved {name}": own for name, own in changed.items()},
        **result.provenance,
    }

    def draw(form: str) -> bytes:
        return printed.draw(form, title, _panels(score, distribution, result, cell), source)

    lines = list(_numbers(score, distribution, result, cell))
    columns = dict(zip(("part", "name", "meaning", "position", "label", "value"), zip(*lines, strict=True), strict=True))
    files = {"Figure": figure_files(stem, draw), "Numbers": table_files(stem, columns, about)}
    return Sheet(files, core.cell_lines(result, shown.inputs, cell, changed), NOTE)


def _panels(score: Any, distribution: Any, result: Any, cell: Any) -> list[tuple[str, Any]]:
    places, _ = chain.decimals(cell)
    steps = [
        (strip["name"], strip["meaning"], strip["text"] or ", ".join(f"{n}: {own}" for n, own in strip["named"]))
        for strip in chain.strips(score, cell, places)
    ]
    row = chain.table(distribution, cell, result.key_labels)
    return [
        ("", Formula([_printable(line) for line in chain.formula_lines(score, cell, places)])),
        (
            STEPS,
            Table(("step", "meaning", "numbers"), steps),
        ),
        (
            "From the energies of the row to its weights",
            Table(("key", *(own["name"] for own in row["columns"])), [(own["name"], *own["cells"]) for own in row["rows"]]),
        ),
    ]


def _printable(line: str) -> str:
    """The line as Matplotlib reads it: nothing to align at, no braces under numbers."""
    line = MORE.sub(lambda found: rf"{found[1]}\;({found[2].replace(',', '{,}')}\;\mathrm{{more}})", line)
    return line.replace("&=", "=").replace(r"\lVert", r"\Vert").replace(r"\rVert", r"\Vert")


def _numbers(score: Any, distribution: Any, result: Any, cell: Any) -> Iterator[tuple]:
    """Every number of the cell: its part, name, meaning, position from 1 and the label of the key there, if any, and itself."""
    yield from _each("query", "q", "the query", cell.query)
    yield from _each("key", "k", "the key", cell.key)
    for step in score.way:
        yield from _each("score function", step.name, step.meaning, cell.steps[step.name])
    labels = result.key_labels
    yield from _each("row", "energies", "what the score function gave", cell.energies, labels)
    yield from _each("row", "key_mask", "1 where the key may be attended", cell.key_mask.astype(int), labels)
    yield from _each("row", "tempered", "what the distribution is given: (energy − largest) ÷ temperature", cell.tempered, labels)
    for step in distribution.way:
        own = cell.weights if step is distribution.way[-1] else cell.spread[step.name]
        yield from _each("distribution", step.name, step.meaning, own, labels if own.ndim else ())
    yield from _each("context", "weight × value", "what this key adds to the context vector", cell.part)
    yield from _each("context", "context", "the sum over all keys", cell.context)
    yield from _each("context", "share", "each key's share of the context vector, measured along it", cell.shares, labels)


def _each(part: str, name: str, meaning: str, values: np.ndarray, labels: Sequence[str] = ()) -> Iterator[tuple]:
    if np.ndim(values) == 0:
        yield part, name, meaning, None, None, values[()]
    else:
        for n, value in enumerate(values):
            yield part, name, meaning, n + 1, labels[n] if len(labels) else None, value
