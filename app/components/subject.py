"""What the inspector can look into: a result of the page, and how one of its cells is taken apart."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from app import services, state
from app.components.cell_sheet import cell_sheet
from app.components.downloads import Sheet
from app.reading import has_rows


@dataclass(frozen=True)
class Subject:
    """A result whose cells can be inspected.

    Args:
        score, distribution: What its score function and its distribution declare.
        result: The TaskResult.
        name: What it was computed from, as values to tell it from another.
        inspect: Takes a query and a key, returns that cell; None where it is `closed`.
        side: "A" or "B" where two are compared, else empty.
        head: What stands before the title of a cell, empty where there is but this result.
        closed: Says in a sentence why no cell of it can be taken apart; empty if every one can.
        save: What can be saved of a cell, given the sentence over it, the cell, and what the sliders say or None.
    """

    score: Any
    distribution: Any
    result: Any
    name: tuple
    inspect: Callable[[int, int], Any]
    side: str = ""
    head: str = ""
    closed: Callable[[], str] = str  # which gives an empty one
    save: Callable[..., Sheet] | None = None


def attended_subject(score: Any, distribution: Any, shown: Any, side: str = "") -> Subject:
    """The result of that score function on an input on the page."""
    attended, result = shown.attended, shown.attended.results[score.name]
    name, inspect = (attended.run, score.name), partial(services.inspect_cell, attended, score.name)
    save = partial(cell_sheet, score, distribution, result, shown) if state.shows("export") else None
    return Subject(score, distribution, result, name, inspect, side, side, save=save)


def learned_subject(score: Any, course: Any, snapshot: Any) -> Subject:
    """What a lesson's watched input looked like at a step."""
    chosen = snapshot.result.provenance["distribution"]
    distribution = next(own for own in services.distribution_specs() if own.name == chosen)
    name, inspect = (course.name, snapshot.step), partial(services.inspect_step, course, snapshot)
    closed = partial(_why_closed, course, snapshot.step)
    return Subject(score, distribution, snapshot.result, name, inspect, head=f"Step {snapshot.step}", closed=closed)


def _why_closed(course: Any, step: int) -> str:
    kept = course.kept_steps()
    if step in kept:
        return ""
    near = [max(own for own in kept if own < step), *[own for own in kept if own > step][:1]]
    return (
        f"The parameters of step {step} are not kept: there is room for those of some steps only. "
        f"Take the slider to step {' or '.join(map(str, near))} to see the arithmetic there."
    )


def pressed(spec: Any, result: Any, beside: str = "") -> str:
    """What a visitor presses to inspect a cell of a result of a task: in its figure, or in another one beside it."""
    if result.key_boxes is None and has_rows(result):
        return "cell of a heatmap"
    return spec.key_name + (" of the picture" if result.key_boxes is not None else "") + (f" or {beside}" if beside else "")
