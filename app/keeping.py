"""The parameters that score functions had at the steps of their lessons: exact, and never more of them than there is room for."""

import copy
import itertools
import weakref
from typing import Any

LESSON_BYTES, ALL_BYTES = 40_000_000, 256_000_000

_numbers = itertools.count()
_all: "weakref.WeakValueDictionary[int, Steps]" = weakref.WeakValueDictionary()  # of every lesson, the oldest first


class Steps:
    """Those of one lesson: at all its steps while there is room, else the newest and some before at equal distances.

    Where all lessons together have no room, the oldest keeps its newest step only, and in the end none. One keeps at a time.
    """

    def __init__(self) -> None:
        self._modules: dict[int, Any] = {}  # never changed, always replaced: pages read it meanwhile
        self._apart = 1
        _all[next(_numbers)] = self

    def keep(self, step: int, module: Any) -> None:
        """Keep a copy of the module as that of the newest step."""
        self._modules = {**self._spread(), step: copy.deepcopy(module).cpu()}
        while self.bytes() > LESSON_BYTES and len(self._modules) > 1:
            self._apart *= 2
            self._modules = {**self._spread(), step: self._modules[step]}
        _make_room()

    def at(self, step: int) -> Any:
        """The module at a step that is kept, None at any other."""
        return self._modules.get(step)

    def steps(self) -> list[int]:
        """The steps that are kept, in order."""
        return sorted(self._modules)

    def bytes(self) -> int:
        """How much they take."""
        return sum(own.numel() * own.element_size() for module in self._modules.values() for own in module.parameters())

    def shrink(self, count: int) -> None:
        """Keep so many of the newest steps only."""
        newest = self.steps()[max(len(self._modules) - count, 0) :]
        self._modules = {step: self._modules[step] for step in newest}

    def _spread(self) -> dict[int, Any]:
        return {step: module for step, module in self._modules.items() if step % self._apart == 0}


def _make_room() -> None:
    for count in (1, 0):
        for number in sorted(_all):
            if sum(own.bytes() for own in list(_all.values())) <= ALL_BYTES:
                return
            if (own := _all.get(number)) is not None:
                own.shrink(count)
