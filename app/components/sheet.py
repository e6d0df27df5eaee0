"""What the results on a page become when they are saved: a figure for print, the numbers, a page with hover, Python."""

from typing import Any

import numpy as np

import attention_core as core
from app.components.downloads import (
    Sheet,
    figure_files,
    number_files,
    outcome_of,
    page_files,
    provenance_of,
    stem_of,
)
from app.figures import difference, heatmap, printed, standalone
from app.figures.printed_photos import Photos
from app.figures.printed_time import Timed
from app.figures.timed import signals_figure
from app.reading import has_rows, is_split, read_field, read_row

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
        return printed.draw(form, title, _panels(result, row, shown), source)

    def page() -> bytes:
        return standalone.page(title, _figures(result, row, shown), [*result.notes, source])

    return Sheet(
        {"Figure": figure_files(stem, draw), "Numbers": number_files(result), "Page": page_files(stem, page)},
        core.python_lines(result, shown.inputs),
    )


def pair_sheet(first: Any, second: Any, is_apart: bool, row: int = 0) -> Sheet:
    """All that can be saved of A against B: both under one scale, and their difference.

    Args:
        first, second: A and B, each with its name, score, result, field, shown.
        is_apart: Whether their cells do not correspond, so that there is no difference.
        row: The row that A shows; B may have fewer.
    """
    sides = (first, second)
    rows = [min(row, len(side.field.rows) - 1) for side in sides]
    title = f"{first.score.title} against {second.score.title}"
    stems = [f"{side.name.lower()}-{stem_of(side.result)}" for side in sides]
    stem = "-against-".join(stem_of(side.result) for side in sides)
    sources = [f"{side.name}: {provenance_of(side.result)} {side.shown.credit}".strip() for side in sides]
    a, b = first.field, second.field
    apart = "The difference, B − A" + (
        f", for “{a.rows[row]}”" if len(a.rows) > 1 and a.boxes is not None and not is_apart else ""
    )
    top = max(float(a.weights.max()), float(b.weights.max()))

    def draw(form: str) -> bytes:
        panels = []
        for side, own in zip(sides, rows, strict=True):
            heading, panel = _panels(side.result, own, side.shown, top)[0]
            panels.append((f"{side.name}: {side.score.title}: {heading}", panel))
        if not is_apart:
            what = "weight of B less weight of A"
            if a.boxes is None:
                values = b.weights - a.weights
                panel = printed.Field(values, a.rows, a.keys, float(np.abs(values).max()), what, True)
            else:
                panel = difference_panel(a.weights[row], b.weights[row], a.boxes, what)
            panels.append((apart, panel))
        return printed.draw(form, title, panels, " · ".join(sources))

    def page() -> bytes:
        figures = []
        for side, own in zip(sides, rows, strict=True):
            figures_of_side = _figures(side.result, own, side.shown, top)
            caption, figure = figures_of_side[0 if side.field.boxes is None else own]
            figures.append((f"{side.name}: {side.score.title}: {caption}", figure))
        if not is_apart:
            drawn = (
                difference.rows_difference(a.weights, b.weights, a.rows, a.keys, "light")
                if a.boxes is None
                else difference.places_difference(a.weights[row], b.weights[row], a.boxes, a.keys, "light")
            )
            figures.append((apart, drawn))
        return standalone.page(title, figures, sources)

    files = {"Figure": figure_files(stem, draw), "Page": page_files(stem, page)}
    for side, own in zip(sides, stems, strict=True):
        files[f"Numbers of {side.name}"] = number_files(side.result, own)
    lines = [f"# {side.name}\n{core.python_lines(side.result, side.shown.inputs)}" for side in sides]
    return Sheet(files, "\n".join(lines))


def difference_panel(first: np.ndarray, second: np.ndarray, boxes: np.ndarray, what: str) -> printed.Field:
    """The weights (S,) of places less those before, on the grid that the boxes (S, 4) make; `what` names the scale."""
    values = (second - first).reshape(-1, len(np.unique(boxes[:, 0])))  # (Y, X)
    rows, columns = ([str(n + 1) for n in range(count)] for count in values.shape)
    return printed.Field(values, rows, columns, float(np.abs(values).max()), what, True, "row of places", "column of places")


def _panels(result: Any, index: int, shown: Any, top: float | None = None) -> list[tuple[str, Any]]:
    """The figure for print: where there are several rows all of them, and then the chosen one, else the only one."""
    field, said = read_field(result), outcome_of(result)
    row, several = read_row(result, index), has_rows(result)
    scale = f"weight, over {len(field.keys)} {shown.attended.spec.key_name}s"
    largest = top or float((field if several else row).weights.max())
    if row.boxes is not None:
        jpeg = shown.encoded.picture.jpeg
        photo = printed.Photo(jpeg, row.boxes, row.weights, largest, scale)
        all_rows = [(said, Photos(jpeg, field.boxes, field.weights, field.rows, largest, scale))] if several else []
        return [*all_rows, (f"“{field.rows[index]}”" if several else said, photo)]
    titled = {"column_title": f"key ({shown.attended.spec.key_name})"}
    table = printed.Field(field.weights, field.rows, field.keys, largest, scale, **titled)
    if (signals := shown.encoded.encoding.signals) is not None:
        drawn = [(own.title, Timed(own.kind, own.names, own.values, signals.seconds, own.unit, table)) for own in signals.panels]
        return [(said, table), *drawn]
    strip = printed.Strip(row.labels, row.weights, largest, scale)
    words = [(said, table), (f"“{field.rows[index]}”", strip)] if several else [(said, strip)]
    if not is_split(result):
        return words
    tokens = printed.Field(
        result.weights,
        result.query_labels,
        result.key_labels,
        float(result.weights.max()),
        f"weight, over {len(result.key_labels)} tokens",
    )
    return [*words, (TOKENS, tokens)]


def _figures(result: Any, index: int, shown: Any, top: float | None = None) -> list[tuple[str, Any]]:
    """The same with hover."""
    field, said = read_field(result), outcome_of(result)
    if field.boxes is not None:
        largest = top or float(field.weights.max())
        return [
            (
                said if not has_rows(result) else f"{said}: “{label}”",
                standalone.over_picture(shown.encoded.picture.jpeg, weights, field.boxes, field.keys, energies, largest),
            )
            for label, weights, energies in zip(field.rows, field.weights, field.energies, strict=True)
        ]
    words = heatmap.rows_heatmap(
        field.weights,
        field.rows if has_rows(result) else [result.query_labels[index]],
        field.keys,
        "light",
        largest=top or float(field.weights.max()),
        energies=field.energies,
        column_title=f"key ({shown.attended.spec.key_name})",
    )
    if (signals := shown.encoded.encoding.signals) is not None:
        heard = ", ".join(panel.title for panel in signals.panels)
        return [(said, words), (f"{heard}, over the same time", signals_figure(signals.panels, signals.seconds, "light"))]
    if not is_split(result):
        return [(said, words)]
    tokens = heatmap.rows_heatmap(
        result.weights,
        result.query_labels,
        result.key_labels,
        "light",
        largest=float(result.weights.max()),
        energies=result.energies,
    )
    return [(said, words), (TOKENS, tokens)]
