"""Results and other numbers as CSV, for a spreadsheet and for pandas: each line says where it comes from."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attention_core.export import check
from attention_core.results import TaskResult

_PLACES = {"key_boxes": ("x0", "y0", "x1", "y1"), "key_spans": ("start", "end")}
_FORMULA_STARTS = tuple("=+-@\t\r\n'＝＋－＠")


def to_csv(result: TaskResult, *more: TaskResult) -> bytes:
    """The weights as a table for a spreadsheet, UTF-8 with a mark at its start: one line for each query and key.

    The columns are row and column (counted from 1), query and key (their labels), energy and weight (as many digits as float32
    has), allowed, x0, y0, x1, y1 where keys are places or start and end where they are stretches of time, and what provenance
    holds (see `flat`), the same in every line of a result. A spreadsheet would compute a label that starts like a formula: one
    that starts with = + - @ (narrow or wide), a tab, a line break or ' is written with one more ' before it.

    Args:
        more: Further results, whose lines follow.
    """
    results = (result, *more)
    present = [name for name in _PLACES if any(getattr(own, name) is not None for own in results)]
    columns = [
        "row",
        "column",
        "query",
        "key",
        "energy",
        "weight",
        "allowed",
        *(part for name in present for part in _PLACES[name]),
    ]

    def lines() -> Iterable[list[Any]]:
        for own, origin in _with_origins(results):
            tables = [getattr(own, name) for name in present]
            for row, query in enumerate(own.query_labels):
                for key, label in enumerate(own.key_labels):
                    allowed = "yes" if own.key_mask[row, key] else "no"
                    numbers = [own.energies[row, key], own.weights[row, key]]
                    places = [part for table in tables for part in table[key]]
                    yield [row + 1, key + 1, query, label, *numbers, allowed, *places, *origin]

    return _written([*columns, *_origin_names(results)], lines())


def to_context_csv(result: TaskResult, *more: TaskResult) -> bytes:
    """The context vectors as a table, as `to_csv`: one line for each query.

    The columns are row, query, what provenance holds, and c1, c2 … for the components of the context vector.
    """
    results = (result, *more)
    width = max(own.context.shape[-1] for own in results)
    columns = ["row", "query", *_origin_names(results), *(f"c{n + 1}" for n in range(width))]

    def lines() -> Iterable[list[Any]]:
        for own, origin in _with_origins(results):
            for row, query in enumerate(own.query_labels):
                yield [row + 1, query, *origin, *own.context[row]]

    return _written(columns, lines())


def columns_to_csv(columns: Mapping[str, Sequence[Any]]) -> bytes:
    """A table by the title of each column its values, all of one length, None where there is none; text as in `to_csv`."""
    return _written(list(columns), zip(*columns.values(), strict=True))


def flat(provenance: Mapping[str, Any]) -> dict[str, Any]:
    """Provenance with one name for each value: what stands in a mapping is called as in "versions.torch"."""
    found = {}
    for name, value in provenance.items():
        found |= {f"{name}.{part}": own for part, own in value.items()} if isinstance(value, Mapping) else {name: value}
    return found


def _origin_names(results: Sequence[TaskResult]) -> list[str]:
    return list(dict.fromkeys(name for own in results for name in flat(own.provenance)))


def _with_origins(results: Sequence[TaskResult]) -> Iterable[tuple[TaskResult, list[Any]]]:
    names = _origin_names(results)
    for own in results:
        check(own)
        origin = flat(own.provenance)
        yield own, [origin.get(name) for name in names]


def _written(columns: Sequence[str], lines: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow([_cell(name) for name in columns])
    table.writerows([_cell(value) for value in line] for line in lines)
    return text.getvalue().encode("utf-8-sig", "replace")


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA_STARTS) else value
    return "" if value is None else str(value)
