"""What the comparison of all score functions becomes when it is saved: one scale for all, every number, a page with hover."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

import attention_core as core
from app.components.downloads import (
    PAGE_NOTE,
    File,
    Sheet,
    figure_files,
    outcome_of,
    page_files,
    provenance_of,
    stem_of,
)
from app.figures import heatmap, printed, standalone
from app.figures.printed_photos import Photos
from app.reading import has_rows, read_field
from app.state import TRAINED

TITLE = "Every score function on this input"
NOTE = (
    "These numbers are for reading, and hold all score functions together. A result that loads back with "
    f"`attention_core.load_result` is saved on its own, under its score function above. {PAGE_NOTE}"
)


def comparison_sheet(scores: Sequence[Any], shown: Any) -> Sheet:
    """All that can be saved of the comparison.

    Args:
        scores: What the score functions declare, in order.
        shown: The input on the page, under every one of them.
    """
    attended = shown.attended
    results = [attended.results[own.name] for own in scores]
    titles = [f"{own.title} (untrained)" if own.name in attended.untrained else own.title for own in scores]
    fields, several = [read_field(own) for own in results], has_rows(results[0])
    weights, keys, boxes = [own.weights if several else own.weights[:1] for own in fields], fields[0].keys, fields[0].boxes
    top, column_title = max(float(own.max()) for own in weights), f"key ({attended.spec.key_name})"
    scale = f"weight, over {len(keys)} {attended.spec.key_name}s, one scale for all"
    picture, source = shown.encoded.picture, " · ".join(filter(None, [provenance_of(*results), shown.credit]))
    title = TITLE if boxes is None or several else f"{TITLE}: “{results[0].query_labels[0]}”"
    said = [f"{name}: {outcome_of(own)}" for name, own in zip(titles, results, strict=True)]

    def panels() -> list[tuple[str, Any]]:
        if not several:
            whole = np.concatenate(weights)
            if boxes is not None:
                return [("", Photos(picture.jpeg, boxes, whole, titles, top, scale))]
            titled = {"row_title": "score function", "column_title": column_title}
            return [("", printed.Field(whole, titles, keys, top, scale, **titled))]
        if boxes is None:
            return [
                (text, printed.Field(own.weights, own.rows, keys, top, scale, column_title=column_title))
                for text, own in zip(said, fields, strict=True)
            ]
        return [
            (text, Photos(picture.jpeg, boxes, own.weights, own.rows, top, scale)) for text, own in zip(said, fields, strict=True)
        ]

    def figures() -> list[tuple[str, Any]]:
        drawn = partial(heatmap.rows_heatmap, columns=keys, kind="light", largest=top, column_title=column_title)
        if boxes is not None:
            return [
                (
                    f"{name}: “{row}”" if several else name,
                    standalone.over_picture(picture.thumb, row_weights, boxes, keys, energies, top, standalone.SMALL_WIDTH),
                )
                for name, own, shares in zip(titles, fields, weights, strict=True)
                for row, row_weights, energies in zip(own.rows, shares, own.energies, strict=False)
            ]
        if several:
            return [(text, drawn(own.weights, own.rows, energies=own.energies)) for text, own in zip(said, fields, strict=True)]
        energies = np.concatenate([own.energies[:1] for own in fields])
        return [("", drawn(np.concatenate(weights), titles, energies=energies, row_title="score function"))]

    named = next((own for own in results if own.provenance["parameters"] == TRAINED), results[0])
    stem = stem_of(replace(named, provenance={**named.provenance, "score": "every-score"}))
    files = {
        "Figure": figure_files(stem, lambda form: printed.draw(form, title, panels(), source)),
        "Numbers": (
            File("CSV", f"{stem}.csv", "text/csv", partial(core.to_csv, *results)),
            File("CSV, context", f"{stem}-context.csv", "text/csv", partial(core.to_context_csv, *results)),
            File("JSON", f"{stem}.json", "application/json", partial(core.together_to_json, results)),
        ),
        "Page": page_files(stem, lambda: standalone.page(title, figures(), [source])),
    }
    return Sheet(
        files, core.comparison_lines({own.name: result for own, result in zip(scores, results, strict=True)}, shown.inputs), NOTE
    )
