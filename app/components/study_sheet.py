"""What the study of widths becomes when it is saved."""

from collections.abc import Mapping
from typing import Any

import attention_core as core
from app.components.downloads import PAGE_NOTE, Sheet, figure_files, page_files, table_files
from app.figures import printed, standalone, widths
from app.figures.printed_lines import Lines
from attention_core.version import versions


def study_sheet(study: Any, titles: Mapping[str, str], chosen: str) -> Sheet:
    """All that can be saved of the study of widths: `study` as services gives it, titles by name, and the one that stands out."""
    stem = f"width-study-seed{study.seed}"
    title = "What the width of queries and keys does to energies and weights"
    source = (
        f"Untrained parameters, queries and keys drawn from a normal distribution with deviation 1, seed {study.seed}; "
        f"{study.draws} queries over {study.keys} keys each."
    )
    parts = (
        ("Spread of energies", "spread of energies", study.spread, True),
        ("Largest weight", "largest weight", study.largest, False),
    )

    def draw(form: str) -> bytes:
        panels = [
            (
                heading,
                Lines(
                    study.widths, {titles[name]: own for name, own in values.items()}, "width of query and key", what,
                    titles[chosen], log_x=True, log_y=is_log,
                ),
            )
            for heading, what, values, is_log in parts
        ]  # fmt: skip
        return printed.draw(form, title, panels, source)

    def page() -> bytes:
        figures = [
            (heading, widths.lines(study.widths, values, titles, chosen, "light", what=what, is_log=is_log))
            for heading, what, values, is_log in parts
        ]
        return standalone.page(title, figures, [source])

    names = [name for name in study.spread for _ in study.widths]
    columns = {
        "score function": names,
        "width": [int(width) for _ in study.spread for width in study.widths],
        "spread": [float(value) for own in study.spread.values() for value in own],
        "largest weight": [float(value) for name in study.spread for value in study.largest[name]],
    }
    about = {"seed": study.seed, "queries": study.draws, "keys": study.keys, "versions": versions()}
    files = {"Figure": figure_files(stem, draw), "Numbers": table_files(stem, columns, about), "Page": page_files(stem, page)}
    return Sheet(files, core.study_lines(study), PAGE_NOTE)
