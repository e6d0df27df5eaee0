"""The single values of a link: their keys there and in the session, their defaults, and how they are read."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app import heads, state

WHOLE = re.compile(r"-?[0-9]{1,9}")
_HEAD = re.compile(r"rollout|(all|[0-9]{1,3})\.(mean|max)|[0-9]{1,3}\.[0-9]{1,3}")


@dataclass(frozen=True)
class Setting:
    """One of them: its key there, its key in the session, its default, and how it is read (ValueError if it cannot)."""

    name: str
    key: str
    default: Any
    read: Callable[[str], Any]


def written(value: Any) -> str:
    """The value as it stands in a link."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def one_of(allowed: Sequence[Any]) -> Callable[[str], Any]:
    """Reads one of these values."""
    by_text = {written(value): value for value in allowed}

    def read(text: str) -> Any:
        if text not in by_text:
            raise ValueError
        return by_text[text]

    return read


def whole(text: str) -> int:
    """Reads a whole number."""
    if not WHOLE.fullmatch(text):
        raise ValueError
    return int(text)


def seed(text: str) -> int:
    """Reads a seed."""
    number = whole(text)
    if not 0 <= number <= state.LARGEST_SEED:
        raise ValueError
    return number


def transformer_settings(names: Sequence[str], kinds: Mapping[str, Any]) -> tuple[Setting, ...]:
    """Those of the page of transformers: which one, of what kind, how its heads are shown, how it writes."""
    return (
        Setting("model", state.MODEL, names[0], one_of(names)),
        Setting("model.reads", state.READS, next(iter(kinds)), one_of(list(kinds))),
        Setting("model.attention", state.KIND, "cross", one_of(("cross", "encoder", "decoder"))),
        Setting("model.head", state.HEAD, None, _head),
        Setting("model.summary", state.SUMMARY, heads.MEAN, one_of(list(heads.SUMMARIES))),
        Setting("model.scale", state.SCALE, heads.HEAD_SCALE, one_of(list(heads.SCALES))),
        Setting("model.hide_special", state.HIDES_SPECIAL, False, one_of((False, True))),
        Setting("model.temperature", state.WARMTH, 1.0, one_of(state.TEMPERATURES)),
        Setting("model.top_k", state.TOP_K, 0, one_of(range(state.LARGEST_K + 1))),
        Setting("model.top_p", state.TOP_P, state.DEFAULT_TOP_P, one_of(state.TOP_PS)),
        Setting("model.seed", state.DRAW, 0, seed),
        Setting("model.step", state.STEP, 0, one_of(range(state.LARGEST_STEP + 1))),
    )


def _head(text: str) -> str:
    if not _HEAD.fullmatch(text):
        raise ValueError
    return text
