"""What a lesson becomes when it is saved: the watched input at a step, all steps so far, and the curves."""

from typing import Any

import numpy as np

import attention_core as core
from app.components.downloads import Sheet, figure_files, number_files, outcome_of, page_files, provenance_of, table_files
from app.components.inputs import credit
from app.figures import heatmap, printed, standalone
from app.figures.curves import curves
from app.figures.printed_lines import Lines

EVERY_STEP, EVERY_DOUBLING = "Every kept step, the first on top", "A field for each doubling of the steps, one scale for all"


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
    title = f"{score.title} after {shown.step} steps"
    source = " · ".join(filter(None, [provenance_of(shown.result), credit(course.task.spec, course.given)]))
    weights, steps = np.stack([own.row.weights for own in kept]), [own.step for own in kept]
    top, labels, right = float(weights.max()), shown.row.labels, course.task.spec.lesson.right
    boxes, picture = shown.row.boxes, course.picture

    def watched_panels() -> list[tuple[str, Any]]:
        if boxes is not None:
            scale = f"weight, over {len(labels)} places"
            both = [kept[0], shown] if shown.step else [shown]
            return [(f"After {own.step} steps", printed.Photo(picture.jpeg, boxes, own.row.weights, top, scale)) for own in both]
        largest = float(shown.row.weights.max())
        every = printed.Field(
            weights, [str(step) for step in steps], labels, top, "weight, one scale for all steps", row_title="step"
        )
        return [
            (outcome_of(shown.result), printed.Strip(labels, shown.row.weights, largest, f"weight, over {len(labels)} words")),
            (EVERY_STEP, every),
        ]

    def draw(form: str) -> bytes:
        panels = watched_panels()
        if len(learned) > 1:
            at = [own.step for own in learned]
            panels.append(
                ("Loss of what it learns from", Lines(at, {"loss": np.array([own.loss for own in learned])}, "step", "loss"))
            )
        if len(apart) > 1:
            at, values = [own.step for own in apart], np.array([own.held_out for own in apart])
            panels.append((f"{right.capitalize()}, of those set apart", Lines(at, {"set apart": values}, "step", "share")))
        return printed.draw(form, title, panels, source)

    def page() -> bytes:
        if boxes is None:
            figures = [(EVERY_STEP, heatmap.growth_heatmap(weights, steps, course.steps, shown.step, labels, "light"))]
        else:
            over = standalone.over_picture(picture.jpeg, shown.row.weights, boxes, labels, shown.row.energies)
            figures = [("", over), (EVERY_DOUBLING, heatmap.growth_fields(weights, steps, course.steps, boxes, "light"))]
        fit = curves(
            [own.step for own in learned], [own.loss for own in learned], [own.metric for own in learned],
            [(own.step, own.held_out) for own in apart], course.steps, shown.step, "light", right,
        )  # fmt: skip
        return standalone.page(title, [*figures, (f"Loss, and share {right}", fit)], [source])

    columns = {
        "step": steps,
        "loss": [own.loss for own in kept],
        right: [own.metric for own in kept],
        f"set apart {right}": [own.held_out for own in kept],
    }
    files = {
        "Figure": figure_files(stem, draw),
        "Numbers": number_files(shown.result, stem),
        "Curves": table_files(f"{stem}-curves", columns, shown.result.provenance),
        "Page": page_files(stem, page),
    }
    return Sheet(files, core.lesson_lines(shown.result, course.given, course.is_own))
