"""The parameters that score functions had at the steps of their lessons: exact, and never more of them than there is room for."""

import itertools
import weakref
from typing import Any

import attention_core as core

LESSON_BYTES, ALL_BYTES = 40_000_000, 256_000_000

_numbers = itertools.count()
_all: "weakref.WeakValueDictionary[int, Steps]" = weakref.WeakValueDictionary()  # of every lesson, the oldest first


class Steps:
    """Those of one lesson, as far as its watched input reaches them: at all its steps while there is room, else at the newest and
    some before, at equal distances.

    Where all lessons together have no room, the oldest keeps its newest step only, and in the end none. One keeps at a time.
    """

    def __init__(self) -> None:
        self._reach: core.Reach | None = None
        self._parts: dict[int, Any] = {}  # never changed, always replaced: pages read it meanwhile
        self._apart = 1
        _all[next(_numbers)] = self

    def keep(self, step: int, module: Any, result: Any) -> None:
        """Keep the module, which gives the result, as that of the newest step."""
        self._reach = self._reach or core.Reach(module, result)
        self._parts = {**self._spread(), step: self._reach.part(module)}
        while self.bytes() > LESSON_BYTES and len(self._parts) > 1:
            self._apart *= 2
            self._parts = {**self._spread(), step: self._parts[step]}
        _make_room()

    def at(self, step: int) -> Any:
        """The module at a step that is kept, None at any other."""
        part = self._parts.get(step)
        return None if part is None else self._reach.module(part)

    def steps(self) -> list[int]:
        """The steps that are kept, in order."""
        return sorted(self._parts)

    def bytes(self) -> int:
        """How much they take."""
        tensors = [own for part in self._parts.values() for own in part.values()]
        return sum(own.numel() * own.element_size() for own in [*tensors, *(self._reach.spans if tensors else ())])

    def shrink(self, count: int) -> None:
        """Keep so many of the newest steps only."""
        newest = self.steps()[max(len(self._parts) - count, 0) :]
        self._parts = {step: self._parts[step] for step in newest}

    def _spread(self) -> dict[int, Any]:
        return {step: part for step, part in self._parts.items() if step % self._apart == 0}


def _make_room() -> None:
    for count in (1, 0):
        for number in sorted(_all):
            if sum(own.bytes() for own in list(_all.values())) <= ALL_BYTES:
                return
            if (own := _all.get(number)) is not None:
                own.shrink(count)
