"""The input of one side in a link, and back: an example's title, the visitor's own as it is, or a mark for what no link holds."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from app import state

LONGEST_TEXT = 1500

_MARK = re.compile(r"own[1-9][0-9]{0,5}")

Mark = Callable[[str, Mapping[str, Any]], str]
Recall = Callable[[str, str], Mapping[str, Any] | None]


def encode_input(kept: Mapping[str, Any], task: Any, side: str, prefix: str, params: dict[str, str], mark: Mark | None) -> str:
    """Add the input of a side to the link; returns a sentence if it does not travel.

    Args:
        kept: Values by the keys that `app.state` keeps them under.
        task: What the task declares.
        side, prefix: The side, and what stands before its keys in the link.
        params: The link so far.
        mark: Gives what stands for an input that does not travel (the task's name, its values); None to leave it out.
    """
    title = kept.get(state.example_key(task.name, side))
    if title is None:
        return ""
    values = {own.name: kept.get(state.input_key(task.name, own.name, side)) for own in task.inputs}
    if any(example.title == title and dict(example.values) == values for example in task.examples):
        if side or title != task.examples[0].title:
            params[f"{prefix}example"] = title
        return ""
    problem = next(filter(None, (_problem(task, own, values[own.name]) for own in task.inputs)), "")
    if not problem:
        params.update({f"{prefix}in.{name}": value for name, value in values.items() if not _is_left_out(task, name, value)})
    elif mark is not None:
        params[f"{prefix}input"] = mark(task.name, values)
    return problem


def decode_input(
    given: dict[str, str], task: Any, side: str, prefix: str, kept: dict[str, Any], recall: Recall
) -> tuple[bool, bool]:
    """Put the input of a side where the page looks for it.

    Args:
        given: What the link says; what belongs to the input is taken out of it.
        task: What the task declares.
        side, prefix: The side, and what stands before its keys in the link.
        kept: Values by the keys that `app.state` keeps them under; the input is added.
        recall: Gives the values that `mark` gave a text for, None where they are not there.

    Returns:
        Whether all of it could be used, and whether it is an input that is not there: an example has its place.
    """
    title, mark = given.pop(f"{prefix}example", None), given.pop(f"{prefix}input", None)
    own = {declared.name: given.pop(f"{prefix}in.{declared.name}", None) for declared in task.inputs}
    said = [title is not None, mark is not None, any(value is not None for value in own.values())]
    example, values, is_missing = None, None, False
    if sum(said) == 1:
        if title is not None:
            example = next((each for each in task.examples if each.title == title), None)
        elif mark is not None:
            is_missing = _MARK.fullmatch(mark) is not None and (values := recall(task.name, mark)) is None
        elif not any(_problem(task, declared, own[declared.name]) for declared in task.inputs):
            values = {name: "" if value is None else value for name, value in own.items()}
    is_right = not any(said) or is_missing or (example or values) is not None
    if values is not None:
        kept[state.own_key(task.name, side)] = dict(values)
        kept[state.example_key(task.name, side)] = state.OWN_INPUT
    elif example := example or (None if side else next(iter(task.examples), None)):
        kept[state.example_key(task.name, side)], values = example.title, example.values
    kept.update({state.input_key(task.name, name, side): value for name, value in (values or {}).items()})
    return is_right, is_missing


def _is_left_out(task: Any, name: str, value: Any) -> bool:
    return not value and next(own for own in task.inputs if own.name == name).optional


def _problem(task: Any, declared: Any, value: Any) -> str:
    """Why a value of an input does not travel in a link, in a sentence; empty if it does."""
    if _is_left_out(task, declared.name, value):
        return ""
    if declared.is_file:
        shipped = {example.values[declared.name] for example in task.examples}
        return "" if isinstance(value, str) and value in shipped else "What you uploaded is not part of the link."
    yours = "text" if declared.kind == "text" else "list"
    if not isinstance(value, str) or "\ufffd" in value or any("\ud800" <= character <= "\udfff" for character in value):
        return f"Your {yours} has characters that no link can hold, so it is not part of the link."
    if len(value) > LONGEST_TEXT:
        return f"Your {yours} is not part of the link: it has {len(value):,} characters, and a link takes {LONGEST_TEXT:,}."
    if not declared.optional and is_blank(value):
        return f"There is no word in your {yours}, so it is not part of the link."
    return ""


def is_blank(text: str) -> bool:
    """Whether nothing in it can be seen, as the tasks judge it: they refuse it."""
    kinds = map(unicodedata.category, text)
    return all(kind[0] in "CMZ" and kind != "Cn" for kind in kinds)
