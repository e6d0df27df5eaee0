"""All heads of a transformer at once, and the one that is chosen, large: what the browser is sent of them, and no more."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from app import heads
from app.components.element import element, pack
from app.components.stage import PALETTE_STEPS, overlay_palette
from app.figures.numbers import figure as number
from app.figures.theme import hexes, sequential, theme, tints
from attention_core.transformers import HABITS, SURE, UNSURE, habit

MEANINGS = {
    "previous token": "Each token looks at the one before it.",
    "next token": "Each token looks at the one after it.",
    "first token": "Each token looks at the very first one, often a place to rest.",
    "same token": "Each token looks at itself.",
    "broad": "Each token looks at many at once.",
    UNSURE: f"No habit reaches {SURE:g} of 1 on this input.",
}
ROLLED = (
    "How much of each token reaches each other one after all layers, if attention only mixed them: the layers' mean weights, "
    "half of them the token's own, multiplied (Abnar & Zuidema 2020)."
)
LARGEST_OF_HEADS = "The largest of all these heads in each cell: its rows no longer sum to 1."
RAISED = 2**15  # weights travel as half floats times this: three digits down to 2·10⁻⁹, which map.js divides by it again
CLASS_TOKEN = "class token"

_GRID = element(
    "heads",
    '<section class="heads" data-testid="heads"></section>',
    "heads.css",
    "field.js",
    "strips.js",
    "legend.js",
    "heads.js",
)
_MAP = element(
    "map", '<section class="map" data-testid="map"></section>', "heads.css", "field.js", "strips.js", "legend.js", "map.js",
    "tokens.js", "patches.js",
)  # fmt: skip


def grid(
    stack: Any,
    strengths: np.ndarray | None,
    chosen: heads.Chosen,
    small: np.ndarray,
    how: str,
    scale: str,
    name: str,
    kind: str | None,
) -> bytes:
    """Every head as a small heatmap, for `show_grid`.

    Args:
        stack: What the heads are of.
        strengths: (L, H, 5) of HABITS, or None where there are no habits.
        small: From `heads.small`.
        how, scale: Of `heads.SUMMARIES` and `heads.SCALES`.
        name: Names what is shown, to tell it from another.
        kind: "light" or "dark".
    """
    layers, count = stack.weights.shape[:2]
    summaries = heads.summaries(stack, how)
    shown = [*(heads.Chosen(layer, head) for layer in range(layers) for head in range(count)), *summaries]
    own = [] if strengths is None else [(habit(row), float(row.max())) for row in strengths.reshape(-1, len(HABITS))]
    palette = sequential(kind)
    header = {
        "digest": hashlib.sha256(f"{name} {how} {scale} {kind}".encode() + small.tobytes()).hexdigest(),
        "chosen": chosen.name,
        "layers": layers,
        "heads": count,
        "summary": how,
        "maps": [(each.name, each.title) for each in shown],
        "explained": {each.name: _explained(each) for each in summaries},
        "habits": own,
        "names": HABITS,
        "unsure": UNSURE,
        "sure": number(SURE),
        "meanings": MEANINGS,
        "height": small.shape[1],
        "width": small.shape[2],
        "palette": hexes(palette),
        "gradient": hexes(palette[::15]),
        "scale": f"the largest weight {heads.SCALES[scale]}"
        + (f", {number(stack.weights.max())}" if scale == heads.ALL_SCALE else ""),
    }
    return pack(header, [], small.tobytes())


def large(
    stack: Any,
    weights: np.ndarray,
    chosen: heads.Chosen,
    scale: str,
    name: str,
    notes: Sequence[str],
    kind: str | None,
    *,
    title: str,
    picture: str = "",
    pinned: Sequence[int] = (),
    opens: bool = False,
) -> bytes:
    """One heatmap (T, S) with its tokens, or over a picture, for `show_map`.

    Args:
        stack: What it belongs to.
        weights: (T, S).
        scale: Of `heads.SCALES`.
        name: Names the input: where it stays, pins stay.
        notes: Sentences under it.
        kind: "light" or "dark".
        title: A sentence over it.
        picture: The name of the picture that `stage.source` sent; empty for text.
        pinned: Rows that are pinned from the start.
        opens: Whether a pressed cell shows its arithmetic.
    """
    colours, palette = theme(kind), sequential(kind)
    grounds = tints(np.linspace(0, 1, PALETTE_STEPS), kind)
    top = float(stack.weights.max() if scale == heads.ALL_SCALE else weights.max())
    said = {heads.ROW_SCALE: "the largest weight of each row", heads.ALL_SCALE: f"{number(top)}, the largest weight of all heads"}
    body = _halves(weights)
    header = {
        "input": name,
        "run": hashlib.sha256(f"{name} {chosen.name} {scale} {kind}".encode() + body).hexdigest(),
        "title": title,
        "rows": stack.query_labels,
        "columns": stack.key_labels,
        "rowSpecial": stack.query_special.tolist(),
        "columnSpecial": stack.key_special.tolist(),
        "scaling": scale,
        "top": top,
        "scale": said.get(scale, f"{number(top)}, the largest weight here"),
        "palette": hexes(palette),
        "gradient": hexes(palette[::15]),
        "grounds": [ground for ground, _ in grounds],
        "inks": [ink for _, ink in grounds],
        "line": colours.line,
        "accent": theme("dark").accent if picture else colours.accent,
        "notes": [*notes, _explained(chosen)] if _explained(chosen) else list(notes),
        "pinned": list(pinned),
        "opens": opens,
        "picture": picture,
        "classToken": CLASS_TOKEN,
    }
    if not picture:
        return pack(header, [], body)
    header |= {"grid": stack.grid, "overlay": overlay_palette(kind)}
    return pack(header, [stack.key_boxes()[-stack.grid[0] * stack.grid[1] :]], body)


def show_grid(data: bytes, choose: Callable[[], None]) -> None:
    """Draw what `grid` made; `choose` is called when a heatmap is pressed: `head` of the state."""
    _GRID(key="heads", data=data, on_head_change=choose)


def show_map(data: bytes, pin: Callable[[], None]) -> None:
    """Draw what `large` made; `pin` is called when patches of a picture are pinned: `rows` of the state."""
    _MAP(key="map", data=data, on_rows_change=pin)


def _halves(weights: np.ndarray) -> bytes:
    """The weights as half floats times RAISED; none becomes 1 or 0 that is not."""
    half = (weights * RAISED).astype("<f2")
    half = np.where((weights < 1) & (half >= RAISED), np.nextafter(np.float16(RAISED), np.float16(0)), half)
    return np.where((weights > 0) & (half == 0), np.nextafter(np.float16(0), np.float16(1)), half).astype("<f2").tobytes()


def _explained(chosen: heads.Chosen) -> str:
    if chosen.head == heads.ROLLOUT:
        return ROLLED
    return LARGEST_OF_HEADS if chosen.head == heads.MAX else ""
