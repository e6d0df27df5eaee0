"""How far a fit is, kept in the work folder so that one that was stopped goes on where it was."""

import time
from pathlib import Path
from typing import Any

import torch

KEEP_EVERY = 100  # steps


class Progress:
    """Counts steps and seconds, and keeps the state of what is fitted.

    Args:
        folder: Where the state is kept; with a state there, the parts get it, and counting goes on from it.
        parts: By name, what has a `state_dict`: models, optimizers, schedules.

    Attributes:
        done: The steps done.
    """

    def __init__(self, folder: Path, **parts: Any) -> None:
        self._path, self._parts = folder / "state.pt", parts
        self.done, self._before, self._start = 0, 0.0, time.monotonic()
        if self._path.exists():
            state = torch.load(self._path, weights_only=True)
            for name, part in parts.items():
                part.load_state_dict(state[name])
            self.done, self._before = state["done"], state["seconds"]

    @property
    def seconds(self) -> float:
        """Spent so far, by earlier runs, too."""
        return self._before + time.monotonic() - self._start

    def step(self) -> None:
        """Counts one more step; every so often the state is kept."""
        self.done += 1
        if self.done % KEEP_EVERY == 0:
            state = {name: part.state_dict() for name, part in self._parts.items()}
            self._path.parent.mkdir(parents=True, exist_ok=True)
            torch.save({**state, "done": self.done, "seconds": self.seconds}, self._path.with_suffix(".new"))
            self._path.with_suffix(".new").rename(self._path)
