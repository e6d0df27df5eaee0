"""What one result on the page becomes when it is saved: a figure for print, the numbers, a page with hover, Python."""

from typing import Any

import attention_core as core
from app.components.downloads import Sheet, figure_files, number_files, outcome_of, page_files, provenance_of, stem_of
from app.figures import heatmap, printed, standalone
from app.reading import Row, read_row

TOKENS = "Every token, as the encoder splits the text; each row sums to 1"


def result_sheet(title: str, result: Any, shown: Any, row: int = 0) -> Sheet:
    """All that can be saved of a result.

    Args:
        title: The sentence over its figure.
        result: The TaskResult.
        shown: The input on the page that it belongs to.
        row: The row that its main figure shows.
    """
    stem, source = stem_of(result), " · ".join(filter(None, [provenance_of(result), shown.credit]))

    def draw(form: str) -> bytes:
        return printed.draw(form, title, _panels(result, read_row(result, row), shown), source)

    def page() -> bytes:
        return standalone.page(title, _figures(result, read_row(result, row), shown, row), [*result.notes, source])

    return Sheet(
        {"Figure": figure_files(stem, draw), "Numbers": number_files(result), "Page": page_files(stem, page)},
        core.python_lines(result, shown.inputs),
    )


def _panels(result: Any, row: Row, shown: Any) -> list[tuple[str, Any]]:
    largest, count = float(row.weights.max()), len(row.labels)
    if row.boxes is not None:
        scale = f"weight, over {count} places"
        return [(outcome_of(result), printed.Photo(shown.encoded.picture.jpeg, row.boxes, row.weights, largest, scale))]
    words = printed.Strip(row.labels, row.weights, largest, f"weight, over {count} words")
    tokens = printed.Field(
        result.weights,
        result.query_labels,
        result.key_labels,
        float(result.weights.max()),
        f"weight, over {len(result.key_labels)} tokens",
    )
    return [(outcome_of(result), words), (TOKENS, tokens)]


def _figures(result: Any, row: Row, shown: Any, index: int) -> list[tuple[str, Any]]:
    if row.boxes is not None:
        figure = standalone.over_picture(shown.encoded.picture.jpeg, row.weights, row.boxes, row.labels, row.energies)
        return [(outcome_of(result), figure)]
    words = heatmap.rows_heatmap(
        row.weights[None],
        [result.query_labels[index]],
        row.labels,
        "light",
        largest=float(row.weights.max()),
        energies=row.energies[None],
        column_title="key (word)",
    )
    tokens = heatmap.rows_heatmap(
        result.weights,
        result.query_labels,
        result.key_labels,
        "light",
        largest=float(result.weights.max()),
        energies=result.energies,
    )
    return [(outcome_of(result), words), (TOKENS, tokens)]
