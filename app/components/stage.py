"""The main figure: what the visitor asked for, its outcome, and every weight, as words or over the picture."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from app.components.element import element, pack
from app.figures.numbers import figure as number
from app.figures.theme import hexes, sequential, theme, tints

PALETTE_STEPS = 64
TALLEST = 430  # pixels of a picture, unless the window is large

_ATTENTION = element(
    "attention", '<section class="stage" data-testid="attention"></section>', "stage.css", "words.css", "picture.css",
    "writing.css", "stage.js", "field.js", "words.js", "picture.js", "player.js", "writing.js", "grid.js", "maps.js",
    "timeline.js", "listening.js", "attention.js",
)  # fmt: skip

_SOURCE = element("attention_source", "", "field.js", "source.js")


@dataclass(frozen=True)
class Caption:
    """What stands around the main figure.

    Args:
        title: A sentence that says what is shown.
        outcome: What the task made of it.
        share: Its probability, or None.
        notes: Sentences under the figure.
        explanation: The answer to "What am I looking at?".
        stale: Empty, or why this is the result of an earlier input.
        score, parameters: What is shown, by name.
        side: "A" or "B" where two are compared, else empty.
        query: Which query, counted from 0.
        positions: For each word or place the key that pressing it pins; empty where nothing can be pinned.
        places: For each key its word or place, −1 for none.
    """

    title: str
    outcome: str
    share: float | None
    text: str
    notes: tuple[str, ...]
    explanation: str
    stale: str
    score: str
    parameters: str
    side: str = ""
    query: int = 0
    positions: tuple[int, ...] = ()
    places: tuple[int, ...] = ()


def words(
    caption: Caption,
    labels: Sequence[str],
    weights: np.ndarray,
    energies: np.ndarray,
    kind: str | None,
    *,
    top: float | None = None,
) -> bytes:
    """Words coloured by weight (W,), energies (W,) in the read-out, for `show`; `top` ends the scale, if not the peak."""
    top = float(weights.max()) if top is None else top
    ranks = rank(weights).tolist()
    cells = [
        {
            "label": label, "weightText": number(weight), "energyText": number(energy), "rank": place,
            "ground": ground, "ink": ink,
        }
        for label, weight, energy, place, (ground, ink) in zip(
            labels, weights, energies, ranks, tints(weights / (top or 1), kind), strict=True
        )
    ]  # fmt: skip
    header = {**stage_header(caption, weights, top, kind), "edge": theme(kind).line, "cells": cells}
    return pack(header, [weights, energies])


def source(own: Any, key: str = "") -> str:
    """Send a picture or a sound to the browser once, for figures to draw or play by its name under any weights.

    Args:
        own: An `attending.Picture` or `Sound`, or None.
        key: Another one for a second input on the same page.

    Returns:
        Its name; empty where there is none.
    """
    if own is None:
        return ""
    _SOURCE(key=f"source{key}", data=pack(*own.parts))
    return own.name


def picture(
    caption: Caption,
    name: str,
    labels: Sequence[str],
    boxes: np.ndarray,
    weights: np.ndarray,
    energies: np.ndarray,
    kind: str | None,
    *,
    top: float | None = None,
) -> bytes:
    """Weights (S,) of places (S, 4) over the picture that `source` sent, or that picture blurred, as in `words`."""
    top = float(weights.max()) if top is None else top
    header = {
        **stage_header(caption, weights, top, kind),
        "top": top,
        "flat": bool(weights.min() == weights.max()),
        "palette": overlay_palette(kind),
        "accent": theme("dark").accent,
        "tallest": TALLEST,
        "columns": len(np.unique(boxes[:, 0])),
        "picture": name,
        "labels": list(labels),
        "weightTexts": [number(weight) for weight in weights],
        "energyTexts": [number(energy) for energy in energies],
        "ranks": rank(weights).tolist(),
    }
    return pack(header, [weights, energies, boxes])


def show(figure: bytes, key: str = "attention", choose: Callable[[], None] | None = None) -> None:
    """Draw what `words`, `picture` or `writing` made; `choose` is called when a row is pressed: `row` of the state."""
    _ATTENTION(key=key, data=figure, **({} if choose is None else {"on_row_change": choose}))


def overlay_palette(kind: str | None) -> list[str]:
    """The palette of weights in as many steps as a browser needs to paint places over a picture."""
    palette = sequential(kind)
    return hexes(palette[np.rint(np.linspace(0, len(palette) - 1, PALETTE_STEPS)).astype(int)])


def rank(weights: np.ndarray) -> np.ndarray:
    """(N,) 1 for the largest weight; equal weights share the better rank."""
    return (weights[None, :] > weights[:, None]).sum(1) + 1


def stage_header(caption: Caption, weights: np.ndarray, top: float, kind: str | None) -> dict[str, Any]:
    """What every figure of the stage is told besides its own."""
    run = hashlib.sha256(np.ascontiguousarray(weights).tobytes() + repr(caption).encode()).hexdigest()
    return {
        **asdict(caption),
        "outcome": {"label": caption.outcome, "share": caption.share, "text": caption.text},
        "gradient": hexes(sequential(kind)[::15]),
        "largest": number(top),
        "extent": f"weight, over {weights.shape[-1]} keys",
        "peak": int(weights.argmax()),
        "run": run,
    }
