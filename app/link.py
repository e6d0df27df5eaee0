"""The state of a view as a query string, and back: readable, versioned, and only what differs from a first visit.

`v=1&task=…&example=…&score=…`: each key stands once. What belongs to the side that is compared has `b.` before its key, an
input of the visitor's own is `in.<name>`, an option of the distribution `opt.<name>`, one of the task `task.<name>`. B is left
out as long as it is what a comparison starts with. Nothing here knows a task, an input or an option by name: what may stand in
a link is read from the declarations.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from app import state
from app.link_input import Mark, Recall, decode_input, encode_input
from app.link_settings import WHOLE, Setting, one_of, seed, transformer_settings, whole, written

VERSION = "1"
LARGEST_ROW = 999_999
THEMES = ("light", "dark")
SIDES, MODEL = {"": "", state.OTHER: "b."}, "model."

_PAIR = re.compile(r"([0-9]{1,6}),([0-9]{1,6})")


@dataclass(frozen=True)
class Declared:
    """What tasks, score functions and distributions declare, each in the order of the page, and what else a link names.

    Args:
        widths: Of the study.
        transformers: Their names.
        readers: By the kind of a transformer what it reads.
    """

    tasks: Sequence[Any]
    scores: Sequence[Any]
    distributions: Sequence[Any]
    widths: Sequence[int]
    transformers: Sequence[str]
    readers: Mapping[str, Any]

    @cached_property
    def singles(self) -> tuple[Setting, ...]:
        """The settings that neither side owns: those of the study of widths, and of the page of transformers."""
        study = Setting("study.seed", state.STUDY_SEED, 0, seed)
        width = Setting("study.width", state.STUDY_WIDTH, state.DEFAULT_WIDTH, one_of(self.widths))
        return study, width, *transformer_settings(self.transformers, self.readers)


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
        is_missing: True if it stands for an input that only another session has, and shows an example instead.
    """

    kept: dict[str, Any] = field(default_factory=dict)
    theme: str | None = None
    is_whole: bool = True
    is_missing: bool = False


def encode(
    kept: Mapping[str, Any],
    declared: Declared,
    theme: str | None = None,
    mark: Mark | None = None,
) -> Link:
    """The link of what is kept in a session.

    Args:
        kept: Values by the keys that `app.state` keeps them under; anything missing or out of range counts as its default.
        declared: What the tasks, score functions and distributions declare.
        theme: "light" or "dark", if the link is to say so.
        mark: Gives what stands for an input that no link holds (the task's name, its values), in the address of this session.
    """
    params, left_out, settings = {}, [], {}

    def take(setting: Setting, side: str) -> Any:
        value = kept.get(setting.key)
        try:
            setting.read(written(value))
        except ValueError:
            return setting.default
        if side or value != setting.default:
            params[SIDES[side] + setting.name] = written(value)
        return value

    task = _named(declared.tasks, take(_task(declared), ""))
    for side, prefix in SIDES.items():
        left_out.append(encode_input(kept, task, side, prefix, params, mark))
        settings[side] = _each_setting(declared, task, side, take)
    start = {**settings[""], "score": state.other_score([spec.name for spec in declared.scores], settings[""]["score"])}
    if settings[state.OTHER] == start and kept.get(state.example_key(task.name, state.OTHER)) is None:
        params = {name: value for name, value in params.items() if not name.startswith(SIDES[state.OTHER])}
    for setting in declared.singles:
        taken = take(setting, "")
        if setting.key == state.READS:
            left_out.append(encode_input(kept, declared.readers[taken], "", MODEL, params, mark))
    if _PAIR.fullmatch(cell := ",".join(map(str, kept.get(state.CELL) or ()))):
        params["cell"] = cell
        if kept.get(state.SIDE) == state.A_AND_B[1]:
            params["side"] = state.A_AND_B[1]
    if type(row := kept.get(state.ROW)) is int and 0 <= row <= LARGEST_ROW:
        params["row"] = str(row)
    if hide := [part for part in state.PARTS if part in kept.get(state.HIDE, ())]:
        params["hide"] = ",".join(hide)
    params = themed(params, theme)
    return Link({"v": VERSION, **params} if params else {}, tuple(dict.fromkeys(filter(None, left_out))))


def themed(params: Mapping[str, str], theme: str | None) -> dict[str, str]:
    """What a link holds, and the theme that it asks for, if it is one."""
    return {**params, "theme": theme} if theme in THEMES else {**params}


def decode(
    params: Mapping[str, Sequence[str]],
    declared: Declared,
    recall: Recall = lambda task, mark: None,
) -> Found:
    """What a link holds; what is wrong in it takes its default. Never raises.

    Args:
        params: Every key of the query string with its values, as the browser gave them.
        declared: What the tasks, score functions and distributions declare.
        recall: Gives the input of a task's name that `mark` gave a text for, None for one that this session does not have.
    """
    given = {name: values[0] for name, values in params.items() if len(values) == 1}
    is_whole = len(given) == len(params)
    if params and given.pop("v", None) != VERSION:
        given, is_whole = {}, False
    kept, is_missing = {}, False

    def take(setting: Setting, side: str) -> Any:
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
        is_right, is_gone = decode_input(given, task, side, prefix, kept, recall)
        is_whole, is_missing = is_whole and is_right, is_missing or is_gone
        _each_setting(declared, task, side, take)
    for setting in declared.singles:
        taken = take(setting, "")
        if setting.key == state.READS:
            is_right, is_gone = decode_input(given, declared.readers[taken], "", MODEL, kept, recall)
            is_whole, is_missing = is_whole and is_right, is_missing or is_gone
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
        is_right = WHOLE.fullmatch(row) is not None and 0 <= int(row) <= LARGEST_ROW
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
    if is_missing:  # they are places of the input that is not there
        kept.pop(state.CELL, None)
        kept.pop(state.ROW, None)
    return Found(kept, theme if theme in THEMES else None, is_whole and not given, is_missing)


def _task(declared: Declared) -> Setting:
    return Setting("task", state.TASK, declared.tasks[0].name, one_of([spec.name for spec in declared.tasks]))


def _each_setting(declared: Declared, task: Any, side: str, take: Callable[[Setting, str], Any]) -> dict[str, Any]:
    """Take every setting of a side: those that depend on others (the seed, a distribution's options) after them."""
    taken = {}

    def own(name: str, key: str, default: Any, read: Callable[[str], Any]) -> Any:
        taken[name] = take(Setting(name, key, default, read), side)
        return taken[name]

    scores, names = [spec.name for spec in declared.scores], [spec.name for spec in declared.distributions]
    kinds = (state.TRAINED, state.UNTRAINED)
    own("score", side + state.SCORE, state.DEFAULT_SCORE, one_of(scores))
    if own("parameters", side + state.PARAMETERS, state.TRAINED, one_of(kinds)) == state.UNTRAINED:
        own("seed", side + state.SEED, 0, seed)
    own("temperature", side + state.TEMPERATURE, 1.0, one_of(state.TEMPERATURES))
    name = own("distribution", side + state.DISTRIBUTION, state.DEFAULT_DISTRIBUTION, one_of(names))
    for prefix, owner in (("opt", _named(declared.distributions, name)), ("task", task)):
        for option in owner.options:
            own(f"{prefix}.{option.name}", state.option_key(owner.name, option.name, side), option.default, _option(option))
    return taken


def _named(specs: Sequence[Any], name: str) -> Any:
    return next(spec for spec in specs if spec.name == name)


def _option(option: Any) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        value = one_of(option.choices)(text) if option.choices is not None else whole(text)
        option.check(value)
        return value

    return read
