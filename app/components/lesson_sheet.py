"""What a lesson becomes when it is saved: the watched input at a step, all steps so far, and the curves."""

from typing import Any

import numpy as np

import attention_core as core
from app.components.downloads import Sheet, figure_files, number_files, outcome_of, page_files, provenance_of, table_files
from app.figures import heatmap, printed, standalone
from app.figures.curves import curves
from app.figures.printed_lines import Lines


def lesson_sheet(course: Any, score: Any, shown: Any) -> Sheet:
    """All that can be saved of a lesson.

    Args:
        course: The lesson, with its snapshots.
        score: What its score function declares.
        shown: The snapshot that the page shows.
    """
    kept = list(course.snapshots)
    learned = [own for own in kept if own.loss is not None]
    apart = [own for own in kept if own.held_out is not None]
    stem = f"{course.task.spec.name}-{score.name}-lesson-step{shown.step}"
    title, source = f"{score.title} after {shown.step} steps", provenance_of(shown.result)
    weights, steps = np.stack([own.row.weights for own in kept]), [own.step for own in kept]
    top, words = float(weights.max()), shown.row.labels

    def draw(form: str) -> bytes:
        largest = float(shown.row.weights.max())
        panels: list[tuple[str, Any]] = [
            (outcome_of(shown.result), printed.Strip(words, shown.row.weights, largest, f"weight, over {len(words)} words")),
            (
                "Every kept step, the first on top",
                printed.Field(
                    weights, [str(step) for step in steps], words, top, "weight, one scale for all steps", row_title="step"
                ),
            ),
        ]
        if len(learned) > 1:
            at = [own.step for own in learned]
            panels.append(
                ("Loss of what it learns from", Lines(at, {"loss": np.array([own.loss for own in learned])}, "step", "loss"))
            )
        if len(apart) > 1:
            at, values = [own.step for own in apart], np.array([own.held_out for own in apart])
            panels.append(("Judged rightly, of those set apart", Lines(at, {"set apart": values}, "step", "share")))
        return printed.draw(form, title, panels, source)

    def page() -> bytes:
        growth = heatmap.growth_heatmap(weights, steps, course.steps, shown.step, words, "light")
        fit = curves(
            [own.step for own in learned], [own.loss for own in learned], [own.metric for own in learned],
            [(own.step, own.held_out) for own in apart], course.steps, shown.step, "light",
        )  # fmt: skip
        return standalone.page(
            title, [("Every kept step, the first on top", growth), ("Loss, and share judged rightly", fit)], [source]
        )

    columns = {
        "step": steps,
        "loss": [own.loss for own in kept],
        "judged rightly": [own.metric for own in kept],
        "set apart judged rightly": [own.held_out for own in kept],
    }
    files = {
        "Figure": figure_files(stem, draw),
        "Numbers": number_files(shown.result, stem),
        "Curves": table_files(f"{stem}-curves", columns),
        "Page": page_files(stem, page),
    }
    return Sheet(files, core.lesson_lines(shown.result, course.given, course.is_own))
