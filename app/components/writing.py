"""The main figure of several rows, such as words written one by one: what each looks at, as a heatmap or as maps of a picture."""

from typing import Any

import numpy as np

from app.components.element import pack
from app.components.stage import PALETTE_STEPS, TALLEST, Caption, overlay_palette, stage_header
from app.components.timeline import time_header, time_hint
from app.figures.numbers import figure as number
from app.figures.numbers import percent
from app.figures.theme import theme, tints
from app.reading import Field

LOW = 0.5  # the probability under which a word is marked


def writing(
    caption: Caption,
    field: Field,
    kind: str | None,
    spec: Any,
    *,
    source: str = "",
    chosen: int = 0,
    held: int | None = None,
    choosing: bool = False,
    top: float | None = None,
    signals: Any = None,
) -> bytes:
    """Weights (R, K) of rows over the keys they look at, for `stage.show`: played where they were written one by one.

    Args:
        field: All rows.
        spec: What the task declares.
        source: The name of the picture or sound that `stage.source` sent, where keys are its places or moments.
        chosen: The row that a large picture shows.
        held: The row that is held from the start, or None.
        choosing: Whether a pressed row is told to the page.
        top: The end of the scale, if not the largest weight.
        signals: What is drawn over the same axis, where keys are stretches of time.
    """
    top = float(field.weights.max()) if top is None else top
    chances, names = field.chances or (), (spec.query_name, spec.key_name)
    grounds = tints(np.linspace(0, 1, PALETTE_STEPS), kind)
    header = stage_header(caption, field.weights, top, kind)
    header |= {
        "isWritten": field.chances is not None,
        "names": names,
        "lines": ("Writes", "Reads") if field.chances is not None else [f"{name.capitalize()}s" for name in names],
        "rows": list(field.rows),
        "labels": list(field.keys),
        "told": [percent(own) for own in chances] or [number(own) for own in field.scores or ()],
        "lead": "written with probability" if field.chances is not None else spec.score_name,
        "low": [own < LOW for own in chances] or [False] * len(field.rows),
        "hint": _hint(field, names, bool(caption.positions)) + time_hint(signals, source),
        "weightTexts": [number(own) for own in field.weights.ravel().tolist()],
        "energyTexts": [number(own) for own in field.energies.ravel().tolist()],
        "cells": field.cells.reshape(-1, 2).tolist() if caption.positions else [],
        "grounds": [ground for ground, _ in grounds],
        "inks": [ink for _, ink in grounds],
        "edge": theme(kind).line,
        "top": top,
        "chosen": chosen,
        "held": held,
        "choosing": choosing,
    }
    if signals is not None:
        header |= time_header(signals, source, kind)
        values = [own for panel in signals.panels for own in panel.values]  # (N,) each
        return pack(header, [field.weights, field.energies, field.spans, *values])
    if field.boxes is None:
        return pack(header, [field.weights, field.energies])
    header |= {
        "palette": overlay_palette(kind),
        "accent": theme("dark").accent,
        "tallest": TALLEST,
        "columns": len(np.unique(field.boxes[:, 0])),
        "picture": source,
    }
    return pack(header, [field.weights, field.energies, field.boxes])


def _hint(field: Field, names: tuple[str, str], can_pin: bool) -> str:
    """What can be done here."""
    row, cell = names[0].split()[-1], "cell" if field.boxes is None else names[1]
    things = " or ".join(f"{'an' if name[0] in 'aeiou' else 'a'} {name}" for name in dict.fromkeys((row, names[1])))
    hint = f"Point at {things} to see what belongs to it; press {row}s to hold up to two."
    if can_pin:
        hint += f" Press a {cell} for its arithmetic."
    if field.chances and min(field.chances) < LOW:
        hint += f" Underlined: written with a probability under {percent(LOW)}."
    return hint
