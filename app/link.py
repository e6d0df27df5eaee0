"""The state of a view as a query string, and back: readable, versioned, and only what differs from a first visit.

`v=1&task=…&example=…&score=…`: each key stands once. What belongs to the side that is compared has `b.` before its key, an
input of the visitor's own is `in.<name>`, an option of the distribution `opt.<name>`, one of the task `task.<name>`. Nothing
here knows a task, an input or an option by name: what may stand in a link is read from the declarations.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app import state

VERSION = "1"
LONGEST_TEXT, LARGEST_ROW = 1500, 999_999
THEMES = ("light", "dark")
SIDES = {"": "", state.OTHER: "b."}

_WHOLE = re.compile(r"-?[0-9]{1,9}")
_PAIR = re.compile(r"([0-9]{1,6}),([0-9]{1,6})")


@dataclass(frozen=True)
class Declared:
    """What the tasks, the score functions and the distributions declare, each in the order of the page."""

    tasks: Sequence[Any]
    scores: Sequence[Any]
    distributions: Sequence[Any]


@dataclass(frozen=True)
class Link:
    """What goes into a link, and a sentence on each thing that does not."""

    params: dict[str, str]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """What a link holds.

    Args:
        kept: Values by the keys that `app.state` keeps them under. The visitor's own side is complete; the compared side holds
            only what the link names.
        theme: "light", "dark", or None for what the visitor's device prefers.
        is_whole: False if something in the link could not be used and has its default instead.
    """

    kept: dict[str, Any] = field(default_factory=dict)
    theme: str | None = None
    is_whole: bool = True


@dataclass(frozen=True)
class _Setting:
    """One value of a link: its key there, its key in the session, its default, and how it is read (ValueError if it cannot)."""

    name: str
    key: str
    default: Any
    read: Callable[[str], Any]


def encode(kept: Mapping[str, Any], declared: Declared, theme: str | None = None) -> Link:
    """The link of what is kept in a session.

    Args:
        kept: Values by the keys that `app.state` keeps them under; anything missing or out of range counts as its default.
        declared: What the tasks, score functions and distributions declare.
        theme: "light" or "dark", if the link is to say so.
    """
    params, left_out = {}, []

    def take(setting: _Setting, side: str) -> Any:
        value = kept.get(setting.key)
        try:
            setting.read(_written(value))
        except ValueError:
            return setting.default
        if side or value != setting.default:
            params[SIDES[side] + setting.name] = _written(value)
        return value

    task = _named(declared.tasks, take(_task(declared), ""))
    for side, prefix in SIDES.items():
        left_out.append(_encode_input(kept, task, side, prefix, params))
        _each_setting(declared, task, side, take)
    if _PAIR.fullmatch(cell := ",".join(map(str, kept.get(state.CELL) or ()))):
        params["cell"] = cell
        if kept.get(state.SIDE) == state.A_AND_B[1]:
            params["side"] = state.A_AND_B[1]
    if type(row := kept.get(state.ROW)) is int and 0 <= row <= LARGEST_ROW:
        params["row"] = str(row)
    if hide := [part for part in state.PARTS if part in kept.get(state.HIDE, ())]:
        params["hide"] = ",".join(hide)
    if theme in THEMES:
        params["theme"] = theme
    return Link({"v": VERSION, **params} if params else {}, tuple(dict.fromkeys(filter(None, left_out))))


def decode(params: Mapping[str, Sequence[str]], declared: Declared) -> Found:
    """What a link holds; what is wrong in it takes its default. Never raises.

    Args:
        params: Every key of the query string with its values, as the browser gave them.
        declared: What the tasks, score functions and distributions declare.
    """
    given = {name: values[0] for name, values in params.items() if len(values) == 1}
    is_whole = len(given) == len(params)
    if params and given.pop("v", None) != VERSION:
        given, is_whole = {}, False
    kept = {}

    def take(setting: _Setting, side: str) -> Any:
        nonlocal is_whole
        value, text = setting.default, given.pop(SIDES[side] + setting.name, None)
        if text is not None:
            try:
                value = setting.read(text)
            except ValueError:
                is_whole, text = False, None
        if not side or text is not None:
            kept[setting.key] = value
        return value

    task = _named(declared.tasks, take(_task(declared), ""))
    for side, prefix in SIDES.items():
        is_whole &= _decode_input(given, task, side, prefix, kept)
        _each_setting(declared, task, side, take)
    if (cell := given.pop("cell", None)) is not None:
        match = _PAIR.fullmatch(cell)
        is_whole &= match is not None
        if match:
            kept[state.CELL] = (int(match[1]), int(match[2]))
    if (side := given.pop("side", None)) is not None:
        is_right = side == state.A_AND_B[1] and state.CELL in kept
        is_whole &= is_right
        if is_right:
            kept[state.SIDE] = side
    if (row := given.pop("row", None)) is not None:
        is_right = _WHOLE.fullmatch(row) is not None and 0 <= int(row) <= LARGEST_ROW
        is_whole &= is_right
        if is_right:
            kept[state.ROW] = int(row)
    if (hide := given.pop("hide", None)) is not None:
        parts = frozenset(hide.split(",")) & frozenset(state.PARTS)
        is_whole &= len(parts) == len(hide.split(","))
        if parts:
            kept[state.HIDE] = parts
    theme = given.pop("theme", None)
    is_whole &= theme in (None, *THEMES)
    return Found(kept, theme if theme in THEMES else None, is_whole and not given)


def _task(declared: Declared) -> _Setting:
    return _Setting("task", state.TASK, declared.tasks[0].name, _one_of([spec.name for spec in declared.tasks]))


def _each_setting(declared: Declared, task: Any, side: str, take: Callable[[_Setting, str], Any]) -> None:
    """Take every setting of a side: those that depend on others (the seed, a distribution's options) after them."""
    scores, names = [spec.name for spec in declared.scores], [spec.name for spec in declared.distributions]
    kinds = (state.TRAINED, state.UNTRAINED)
    take(_Setting("score", side + state.SCORE, state.DEFAULT_SCORE, _one_of(scores)), side)
    if take(_Setting("parameters", side + state.PARAMETERS, state.TRAINED, _one_of(kinds)), side) == state.UNTRAINED:
        take(_Setting("seed", side + state.SEED, 0, _seed), side)
    take(_Setting("temperature", side + state.TEMPERATURE, 1.0, _one_of(state.TEMPERATURES)), side)
    name = take(_Setting("distribution", side + state.DISTRIBUTION, state.DEFAULT_DISTRIBUTION, _one_of(names)), side)
    for prefix, owner in (("opt", _named(declared.distributions, name)), ("task", task)):
        for option in owner.options:
            key = state.option_key(owner.name, option.name, side)
            take(_Setting(f"{prefix}.{option.name}", key, option.default, _option(option)), side)


def _encode_input(kept: Mapping[str, Any], task: Any, side: str, prefix: str, params: dict[str, str]) -> str:
    """Add the input of a side to the link; returns a sentence if it does not travel."""
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
    return problem


def _decode_input(given: dict[str, str], task: Any, side: str, prefix: str, kept: dict[str, Any]) -> bool:
    """Put the input of a side where the page looks for it; returns whether all of it could be used."""
    title = given.pop(f"{prefix}example", None)
    own = {declared.name: given.pop(f"{prefix}in.{declared.name}", None) for declared in task.inputs}
    is_right = True
    if any(value is not None for value in own.values()):
        if title is None and not any(_problem(task, declared, own[declared.name]) for declared in task.inputs):
            own = {name: "" if value is None else value for name, value in own.items()}
            kept[state.own_key(task.name, side)] = own
            kept[state.example_key(task.name, side)] = state.OWN_INPUT
            kept.update({state.input_key(task.name, name, side): value for name, value in own.items()})
            return True
        title, is_right = None, False
    example = next((example for example in task.examples if example.title == title), None)
    is_right &= title is None or example is not None
    if example is None and not side:
        example = next(iter(task.examples), None)
    if example is not None:
        kept[state.example_key(task.name, side)] = example.title
        kept.update({state.input_key(task.name, name, side): value for name, value in example.values.items()})
    return is_right


def _is_left_out(task: Any, name: str, value: Any) -> bool:
    return not value and next(own for own in task.inputs if own.name == name).optional


def _problem(task: Any, declared: Any, value: Any) -> str:
    """Why a value of an input does not travel in a link, in a sentence; empty if it does."""
    if _is_left_out(task, declared.name, value):
        return ""
    if declared.kind != "text":
        shipped = {example.values[declared.name] for example in task.examples}
        return "" if isinstance(value, str) and value in shipped else "What you uploaded is not part of the link."
    if not isinstance(value, str) or "\ufffd" in value or any("\ud800" <= character <= "\udfff" for character in value):
        return "Your text has characters that no link can hold, so it is not part of the link."
    if len(value) > LONGEST_TEXT:
        return f"Your text is not part of the link: it has {len(value):,} characters, and a link takes {LONGEST_TEXT:,}."
    return ""


def _named(specs: Sequence[Any], name: str) -> Any:
    return next(spec for spec in specs if spec.name == name)


def _written(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _one_of(allowed: Sequence[Any]) -> Callable[[str], Any]:
    by_text = {_written(value): value for value in allowed}

    def read(text: str) -> Any:
        if text not in by_text:
            raise ValueError
        return by_text[text]

    return read


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError
    return int(text)


def _seed(text: str) -> int:
    seed = _whole(text)
    if not 0 <= seed <= state.LARGEST_SEED:
        raise ValueError
    return seed


def _option(option: Any) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        value = _one_of(option.choices)(text) if option.choices is not None else _whole(text)
        option.check(value)
        return value

    return read
