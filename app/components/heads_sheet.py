"""What the heads of a transformer become when they are saved: a figure for print, the numbers, a page with hover, Python."""

import io
import re
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from app import heads
from app.components.downloads import MEDIA, PAGE_NOTE, File, Sheet, figure_files, page_files, table_files
from app.figures import heatmap, printed, standalone
from app.figures.numbers import figure as number
from app.figures.printed_heads import Heads
from attention_core.version import versions

NAME = re.compile(r"[^a-z0-9]+")  # what a file name does not take of a transformer's
MOST_HOVERED = 128  # rows and columns of a page with hover: each cell has its own text there
NOTE = (
    "CSV and JSON hold the heatmap that is shown large, NPZ every layer and head of this input: `weights` "
    f"(layers, heads, queries, keys) in float32. {PAGE_NOTE}"
)
TOO_LARGE = f"Above {MOST_HOVERED} tokens there is no HTML page: each of its cells would have a text of its own."


def heads_sheet(
    name: str,
    read: Any,
    stack: Any,
    chosen: heads.Chosen,
    weights: np.ndarray,
    title: str,
    rows: tuple[int, ...],
    given: Any,
    all_heads: Heads,
    likely: Sequence[tuple[str, float]] = (),
) -> Sheet:
    """All that can be saved of a transformer's attention.

    Args:
        name: The transformer's.
        read: What it made of the input.
        stack: Of it, what is shown.
        chosen, weights: The heatmap that is shown large, (T, S).
        title: The sentence over it.
        rows: Of a picture: the rows whose sum is shown.
        given: What it was given.
        all_heads: Every head, small.
        likely: What may come next, with its probability.
    """
    counted = [str(int(part) + 1) if part.isdigit() else part for part in chosen.name.split(".")]  # as on the page
    kept = NAME.sub("-", name.lower())[:60].strip("-") or "own"
    every = f"attention-{kept}-{stack.kind}"
    stem = "-".join([every, *counted])
    made = ", ".join(f"{package} {version}" for package, version in versions().items())
    source = f"Transformer {name} · {stack.kind} attention · {chosen.title} · {made}"

    def draw(form: str) -> bytes:
        top = float(weights.max())
        if read.picture:
            seen = weights[list(rows)].sum(0)[-len(_boxes(stack)) :]
            panel = printed.Photo(read.picture.jpeg, _boxes(stack), seen, float(seen.max()), f"weight, over {len(seen)} patches")
        else:
            scale = f"weight, over {len(stack.key_labels)} tokens"
            panel = printed.Field(weights, stack.query_labels, stack.key_labels, top, scale)
        return printed.draw(form, title, [(chosen.title, panel)], source)

    def draw_all(form: str) -> bytes:
        return printed.draw(form, f"Every head: rows are layers, {stack.kind} attention", [("", all_heads)], source)

    def draw_likely(form: str) -> bytes:
        labels, chances = zip(*likely, strict=True)
        strip = printed.Strip(labels, np.array(chances), max(chances), "probability")
        return printed.draw(form, "What comes next", [("", strip)], source)

    def page() -> bytes:
        drawn = heatmap.rows_heatmap(weights, stack.query_labels, stack.key_labels, "light", largest=float(weights.max()))
        return standalone.page(title, [(f"{chosen.title}, weights from 0 to {number(weights.max())}", drawn)], [source])

    def packed() -> bytes:
        file = io.BytesIO()
        np.savez_compressed(
            file, allow_pickle=False, weights=stack.weights, layers=np.array(stack.layers),
            queries=np.array(stack.query_labels), keys=np.array(stack.key_labels), transformer=np.array(name),
            kind=np.array(stack.kind),
        )  # fmt: skip
        return file.getvalue()

    is_small = max(weights.shape) <= MOST_HOVERED
    about = {"transformer": name, "kind": stack.kind, "head": chosen.title}
    numbers = tuple(
        File(label, f"{stem}{end}", MEDIA[end], partial(_table, stem, stack, weights, about, end))
        for label, end in (("CSV", ".csv"), ("JSON", ".json"))
    )
    numbers = (*numbers, File("NPZ, all heads", f"{every}-all.npz", MEDIA[".npz"], packed))
    files = {"Figure": figure_files(stem, draw), "All heads": figure_files(f"{every}-all", draw_all)}
    files["Numbers"] = numbers
    if likely:
        columns = {"token": [label for label, _ in likely], "probability": [chance for _, chance in likely]}
        files["What comes next"] = (*figure_files("next", draw_likely), *table_files("next", columns, {"transformer": name})[:2])
    if is_small and not read.picture:
        files["Page"] = page_files(stem, page)
    return Sheet(files, _lines(name, stack, chosen, given), NOTE if is_small or read.picture else f"{NOTE} {TOO_LARGE}")


def _boxes(stack: Any) -> np.ndarray:
    """(patches, 4)."""
    return stack.key_boxes()[-stack.grid[0] * stack.grid[1] :]


def _table(stem: str, stack: Any, weights: np.ndarray, about: dict[str, Any], end: str) -> bytes:
    """One line for each query and key."""
    count, across = weights.shape
    columns = {
        "row": np.repeat(np.arange(1, count + 1), across).tolist(),
        "column": np.tile(np.arange(1, across + 1), count).tolist(),
        "query": [label for label in stack.query_labels for _ in range(across)],
        "key": list(stack.key_labels) * count,
        "weight": weights.ravel().tolist(),
    }
    return next(own for own in table_files(stem, columns, about) if own.name.endswith(end)).make()


def _lines(name: str, stack: Any, chosen: heads.Chosen, given: Any) -> str:
    """Python that gives the same, to be run in the project's folder."""
    if given.ids:
        taken = f"ids={list(given.ids)!r}"
    elif given.image is not None:
        taken = f"image={'assets/examples/' + given.image if isinstance(given.image, str) else 'your-picture.jpg'!r}"
    else:
        taken = f"text={given.text!r}" + (f", target={given.target!r}" if given.target else "")
    shown = {
        True: f"weights[{chosen.layer}, {chosen.head}]",
        False: f"weights{'' if chosen.layer is None else f'[{chosen.layer}]'}",
    }[chosen.is_head]
    last = {
        heads.ROLLOUT: "print(rollout(stack.weights))  # (T, S)",
        heads.MEAN: f"print(stack.{shown}.mean({(0, 1) if chosen.layer is None else 0}))  # (T, S)",
        heads.MAX: f"print(stack.{shown}.max({(0, 1) if chosen.layer is None else 0}))  # (T, S)",
    }.get(chosen.head, f"print(stack.{shown})  # (T, S)")
    return "\n".join(
        [
            f"from attention_core.transformers import open_transformer{', rollout' if chosen.head == heads.ROLLOUT else ''}",
            "",
            f"stack = open_transformer({name!r}).attend({taken})[{stack.kind!r}]",
            *(["stack = stack.without_special()"] if _is_plain(stack) else []),
            last,
            "",
        ]
    )


def _is_plain(stack: Any) -> bool:
    return stack.grid is None and not stack.query_special.any() and not stack.key_special.any()
