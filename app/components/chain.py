"""A cell's arithmetic as text and numbers for the page: each line shown adds up to the next."""

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from app.figures.numbers import adding_up, fixed

NAMED = 3  # components and terms told by number; the rest is one sum
TOP_KEYS = 5
FEWEST, MOST = 4, 8  # decimals
TELLING = 1e-5  # the least weight that decides how many


def decimals(cell: Any) -> tuple[int, int]:
    """How many decimals the numbers up to the energies need, and those after the temperature.

    The latter tell the weight by four digits. Dividing by a small temperature makes rounding errors larger, so what is divided
    has more decimals.
    """
    weight = float(cell.weights[cell.column])
    telling = weight if weight >= TELLING else float(cell.weights.max())
    after = min(max(3 - math.floor(math.log10(telling)), FEWEST), MOST)
    return after + max(0, math.ceil(-math.log10(cell.temperature))), after


def formula(score: Any, cell: Any, places: int) -> str:
    """The score function as LaTeX with this cell's own numbers, as `formula_lines`, its lines aligned at their equals signs."""
    return r"\begin{aligned}" + r" \\ ".join(formula_lines(score, cell, places)) + r"\end{aligned}"


def formula_lines(score: Any, cell: Any, places: int) -> list[str]:
    """What the score function says, its terms and their sum, what is made of the sum: LaTeX with an & where lines align.

    Args:
        score: What the score function declares.
        places: Decimals.
    """
    singles = _singles(score, cell, places)
    left, right = score.formula.split("=", 1)
    lines = [rf"{left} &= {right}"]
    for step, following in zip(score.way, score.way[1:], strict=False):
        if step.is_terms:
            terms, total = cell.steps[step.name], float(cell.steps[following.name])
            told = _sum(terms_told(terms, total, places), len(terms))
            lines.append(rf"{following.latex} &= {told} = {_tex(singles[following.name])}")
    energy = score.way[-1]
    if energy.made:
        made = energy.made.format(*(_bracketed(_tex(singles[name])) for name in energy.of))
        lines.append(rf"{energy.latex} &= {made} = {_tex(singles[energy.name])}")
    return lines


def strips(score: Any, cell: Any, places: int) -> list[dict[str, Any]]:
    """Query, key and every step in order: name, meaning, the largest components by number, and `values` where it is a vector.

    Components are named by the terms: the units or components that add most to the energy. A vector of another axis names its
    own largest.
    """
    terms = next((step for step in score.way if step.is_terms), None)
    axis = terms.axes[-1] if terms else None
    leading = largest(cell.steps[terms.name]) if terms else []
    both, singles = ("Dq", "Dk") if axis == "D" else (axis,), _singles(score, cell, places)
    shown = []
    for name, side, values, width in (("q", "query", cell.query, "Dq"), ("k", "key", cell.key, "Dk")):
        meaning = f"the {side}" if side in score.reads else f"the {side}: never looked at"
        shown.append(vector(name, meaning, values, places, leading if width in both else ()))
    for step, following in zip(score.way, [*score.way[1:], None], strict=True):
        values = cell.steps[step.name]
        if values.ndim:
            shown.append(vector(step.name, step.meaning, values, places, leading if step.axes[-1] == axis else ()))
        else:
            shown.append({"name": step.name, "meaning": step.meaning, "text": singles[step.name], "values": None})
        if step.is_terms:  # told as in the formula
            told = terms_told(values, float(cell.steps[following.name]), places)
            shown[-1]["named"] = [[n + 1, text] for n, text in zip(leading, told, strict=False)]
    return shown


def table(distribution: Any, cell: Any, labels: Sequence[str]) -> dict[str, Any]:
    """The row as a table: this key, the largest others, one line for the rest, and the sums where there are any.

    Args:
        distribution: What the distribution declares.
        labels: S names of the keys.
    """
    places, after = decimals(cell)
    order = sorted(range(len(labels)), key=lambda s: (s != cell.column, -cell.weights[s], -cell.tempered[s], s))
    listed, rest = order[: TOP_KEYS + 1], order[TOP_KEYS + 1 :]
    names, masks = [labels[s] for s in listed], ["kept" if cell.key_mask[s] else "masked" for s in listed]
    if rest:
        closed = int((~cell.key_mask[rest]).sum())
        names.append(f"{len(rest)} other key" + ("s" if len(rest) > 1 else ""))
        masks.append(f"{closed} masked" if closed else "kept")
    below = "energy − largest" if cell.temperature == 1 else f"(energy − largest) ÷ {cell.temperature:g}"
    columns = [
        ("energy", "what the score function gave", [fixed(cell.energies[s], places) for s in listed]),
        ("mask", "whether the key may be attended", masks),
        (below, "what the distribution is given", [fixed(cell.tempered[s], after) for s in listed]),
    ]
    for step, following in zip(distribution.way, [*distribution.way[1:], None], strict=True):
        values = cell.spread[step.name]
        if values.ndim == 0:
            columns.append((step.name, step.meaning, [fixed(values, after)] * len(listed)))
        elif step.is_terms:
            total = float(cell.spread[following.name]) if following else 1.0
            columns.append((step.name, step.meaning, _column(values, total, listed, rest, after)))
        elif not np.array_equal(values, cell.tempered):
            columns.append((step.name, step.meaning, [fixed(values[s], after) for s in listed]))
    meaning = "how much of the context vector comes from this key, measured along it"
    columns.append(("share of context", meaning, _column(cell.shares, float(cell.shares.any()), listed, rest, after)))
    names.append(f"all {len(labels)} keys")
    rows = [{"name": name, "cells": [own[n] if n < len(own) else "" for _, _, own in columns]} for n, name in enumerate(names)]
    return {"columns": [{"name": name, "meaning": meaning} for name, meaning, _ in columns], "rows": rows, "rest": bool(rest)}


def largest(values: np.ndarray) -> list[int]:
    """The components of largest size, largest first."""
    return np.argsort(-np.abs(values), kind="stable")[:NAMED].tolist()


def terms_told(terms: np.ndarray, total: float, places: int) -> list[str]:
    """The largest terms and, if there are more, the sum of all others, so that what is shown adds up to the total."""
    parts = [float(terms[n]) for n in largest(terms)]
    rest = [total - sum(parts)] if len(terms) > NAMED else []
    return adding_up([*parts, *rest], total, places)


def vector(name: str, meaning: str, values: np.ndarray, places: int, leading: Sequence[int] = ()) -> dict[str, Any]:
    """A strip: these components are told by number, counted from 1, or the largest if none are given."""
    named = [[n + 1, fixed(values[n], places)] for n in leading or largest(values)]
    return {"name": name, "meaning": meaning, "text": "", "values": values, "named": named}


def _singles(score: Any, cell: Any, places: int) -> dict[str, str]:
    """Every step that is one number, by name. Where the energy is a sum of some, the last of these is told as what is left."""
    told = {step.name: fixed(cell.steps[step.name], places) for step in score.way if not cell.steps[step.name].ndim}
    energy = score.way[-1]
    if "+" in energy.made:
        first, rest = energy.of[:-1], energy.of[-1]
        left = _read(told[energy.name]) - sum(_read(told[name]) for name in first)
        told[rest] = f"{left:.{places}f}".replace("-", "−")
    return told


def _column(values: np.ndarray, total: float, listed: list[int], rest: list[int], places: int) -> list[str]:
    parts = [float(values[s]) for s in listed] + ([float(values[rest].sum())] if rest else [])
    return [*adding_up(parts, total, places), fixed(total, places)]


def _sum(told: list[str], count: int) -> str:
    signs, sizes = ["-" if own.startswith("−") else "+" for own in told], [own.lstrip("−") for own in told]
    if count > NAMED:
        sizes[-1] = rf"\underbrace{{{sizes[-1]}}}_{{\text{{{count - NAMED:,} more}}}}"
    return " ".join(f"{sign} {size}" for sign, size in zip(signs, sizes, strict=True)).removeprefix("+ ")


def _read(text: str) -> Decimal:
    return Decimal(text.replace("−", "-"))


def _tex(text: str) -> str:
    return text.replace("−", "-").replace("∞", r"\infty")


def _bracketed(text: str) -> str:
    return f"({text})" if text.startswith("-") else text
