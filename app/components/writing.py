"""The main figure of what is written word by word: each word, and what it looked at, as a heatmap or as a map of the picture."""

import numpy as np

from app.components.element import pack
from app.components.stage import PALETTE_STEPS, TALLEST, Caption, overlay_palette, stage_header
from app.figures.numbers import figure as number
from app.figures.numbers import percent
from app.figures.theme import theme, tints
from app.reading import Field

LOW = 0.5  # the probability under which a word is marked


def writing(
    caption: Caption,
    field: Field,
    kind: str | None,
    *,
    picture: str = "",
    chosen: int = 0,
    held: int | None = None,
    choosing: bool = False,
    top: float | None = None,
) -> bytes:
    """Weights (R, K) of written words over the words or places they were written from, for `stage.show`.

    Args:
        field: All rows.
        picture: The name of the picture that `picture_source` sent, where keys are its places.
        chosen: The row that a large picture shows.
        held: The row that is held from the start, or None.
        choosing: Whether a pressed word is told to the page.
        top: The end of the scale, if not the largest weight.
    """
    top = float(field.weights.max()) if top is None else top
    chances = () if field.chances is None else field.chances
    grounds = tints(np.linspace(0, 1, PALETTE_STEPS), kind)
    header = stage_header(caption, field.weights, top, kind)
    header |= {
        "names": ("Writes", "Reads"),
        "rows": list(field.rows),
        "labels": list(field.keys),
        "chances": [percent(own) for own in chances],
        "low": [own < LOW for own in chances],
        "hint": _hint(field, bool(caption.positions)),
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
    if field.boxes is None:
        return pack(header, [field.weights, field.energies])
    header |= {
        "palette": overlay_palette(kind),
        "accent": theme("dark").accent,
        "tallest": TALLEST,
        "columns": len(np.unique(field.boxes[:, 0])),
        "picture": picture,
    }
    return pack(header, [field.weights, field.energies, field.boxes])


def _hint(field: Field, can_pin: bool) -> str:
    """What can be done here."""
    thing, cell = ("word", "cell") if field.boxes is None else ("word or a place", "place")
    hint = f"Point at a {thing} to see what belongs to it; press words to hold up to two."
    if can_pin:
        hint += f" Press a {cell} for its arithmetic."
    if field.chances and min(field.chances) < LOW:
        hint += f" Underlined: written with a probability under {percent(LOW)}."
    return hint
