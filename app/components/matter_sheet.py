"""What "Does it matter?" becomes when it is saved: the row with all keys and without one, and what became of each."""

from typing import Any

import numpy as np

import attention_core as core
from app.components.downloads import PAGE_NOTE, Sheet, figure_files, page_files, provenance_of, stem_of, table_files
from app.components.sheet import difference_panel
from app.figures import difference, heatmap, printed, standalone
from app.reading import Removed, outcome, queries_of, read_field, read_row, share


def matter_sheet(result: Any, number_of_row: int, found: tuple[Removed, ...], other: Removed, shown: Any) -> Sheet:
    """All that can be saved of what taking a key out changes.

    Args:
        result: The TaskResult with all keys.
        number_of_row: The row that keys are taken out of.
        found: The row without its top key, and without each of the others.
        other: The one of these that the page shows.
        shown: The input on the page that it belongs to.
    """
    spec = shown.attended.spec
    row, field, top = read_row(result, number_of_row), read_field(result), found[0]
    stem = f"{stem_of(result)}-without-a-key" + (f"-row{number_of_row + 1}" if len(field.rows) > 1 else "")
    source = " · ".join(filter(None, [provenance_of(result), shown.credit]))
    title = "What changes when a key is taken out"
    title += f" of the row “{field.rows[number_of_row]}”" if len(field.rows) > 1 else ""
    names = [f"without “{row.labels[own.key]}”" for own in (top, other)]
    weights = np.stack([row.weights, top.weights, other.weights])
    largest = float(weights.max())

    def draw(form: str) -> bytes:
        if row.boxes is None:
            panel = printed.Field(
                weights,
                ["all keys", *names],
                row.labels,
                largest,
                f"weight, over {len(row.labels)} {spec.key_name}s",
                row_title="",
            )
            panels = [("", panel)]
        else:
            what = "weight without it less weight with all keys"
            panels = [
                (name, difference_panel(row.weights, own.weights, row.boxes, what))
                for name, own in zip(names, (top, other), strict=True)
            ]
        return printed.draw(form, title, panels, source)

    def page() -> bytes:
        if row.boxes is None:
            rows = ["all keys", *names]
            figures = [("", heatmap.rows_heatmap(weights, rows, row.labels, "light", largest=largest, row_title=""))]
        else:
            figures = [
                (
                    f"A: all keys, B: {name}",
                    difference.places_difference(row.weights, own.weights, row.boxes, row.labels, "light"),
                )
                for name, own in zip(names, (top, other), strict=True)
            ]
        return standalone.page(title, figures, [source])

    before = share(result, outcome(result), number_of_row)
    out = [row.labels[own.key] for own in found]
    columns = {
        "taken out": out,
        "key": [own.key + 1 for own in found],
        "its weight": [row.weights[own.key] for own in found],
        "weights moved": [own.moved for own in found],
        "then says": [own.outcome or None for own in found],
        spec.score_name: [own.share for own in found],
        f"{spec.score_name} with all keys": [before] * len(found),
    }
    every = [(None, None, row.weights), *((text, own.key + 1, own.weights) for text, own in zip(out, found, strict=True))]
    spread = {
        "taken out": [text for text, _, own in every for _ in own],
        "key taken out": [key for _, key, own in every for _ in own],
        "key": [n + 1 for _, _, own in every for n in range(len(own))],
        "label": [label for _ in every for label in row.labels],
        "weight": [weight for _, _, own in every for weight in own],
    }
    about = {"row": field.rows[number_of_row], "says with all keys": outcome(result), **result.provenance}
    files = {
        "Figure": figure_files(stem, draw),
        "Table": table_files(stem, columns, about),
        "Weights": table_files(f"{stem}-weights", spread, about),
        "Page": page_files(stem, page),
    }
    queries = queries_of(result)[number_of_row].tolist()
    return Sheet(files, core.ablation_lines(result, shown.inputs, queries, [own.key for own in found]), PAGE_NOTE)
