"""One input under every score function: each is computed when it is first looked at, so that the chosen one shows at once."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import attention_core as core
from app.operations import measures
from app.state import UNTRAINED, Choices
from attention_core.tasks.settings import Settings


@dataclass(frozen=True)
class Picture:
    """An upright picture for the page: its name, it as JPEG, once large and once small, and its width / height as CSS."""

    name: str
    jpeg: bytes
    thumb: bytes
    shape: str

    @property
    def parts(self) -> tuple[dict[str, Any], list[np.ndarray], bytes]:
        """What `element.pack` sends."""
        return {"name": self.name}, [], self.jpeg


@dataclass(frozen=True)
class Sound:
    """What can be listened to: its name, samples (N,) float32 from −1 to 1, and how long it is."""

    name: str
    samples: np.ndarray
    seconds: float

    @property
    def parts(self) -> tuple[dict[str, Any], list[np.ndarray], bytes]:
        """What `element.pack` sends."""
        return {"name": self.name, "seconds": self.seconds}, [self.samples], b""


@dataclass(frozen=True)
class Encoded:
    """An input after the encoder: the core's encoding, its picture or sound where there is one, and what it took."""

    encoding: Any
    picture: Picture | None
    sound: Sound | None
    seconds: float

    @property
    def source(self) -> Picture | Sound | None:
        """What figures show or play beside their weights."""
        return self.picture or self.sound


@dataclass(frozen=True)
class Attended:
    """One input under every score function.

    Args:
        results: The core's TaskResult by score function.
        untrained: The score functions shown with random parameters because the task has no trained ones.
        device: The device in words.
        run: What this was computed from, as one value to tell it from another.
    """

    results: "Results"
    untrained: frozenset[str]
    device: str
    run: tuple

    @property
    def spec(self) -> Any:
        """What the task declares."""
        return self.results.task.spec


class Results(Mapping):
    """The core's TaskResult by score function, computed at the first look. `seconds`: what those took that are there."""

    def __init__(self, task: Any, choices: Choices, encoded: Encoded, untrained: frozenset[str]) -> None:
        self.task, self.choices, self.encoded, self.untrained = task, choices, encoded, untrained
        self.seconds: dict[str, float] = {}
        self._found: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._found:
            start = time.perf_counter()
            with measures.COMPUTATIONS.labels(self.task.spec.name, name).time():
                self._found[name] = self.task.run_encoded([(self.encoded.encoding, self.settings(name))])[0]
            self.seconds[name] = time.perf_counter() - start
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(core.score_names())

    def __len__(self) -> int:
        return len(core.score_names())

    def settings(self, name: str) -> Settings:
        """How the core is told to attend."""
        choices = self.choices
        return Settings(
            score=name,
            parameters=UNTRAINED if name in self.untrained else choices.parameters,
            seed=choices.seed,
            distribution=choices.distribution,
            distribution_options=dict(choices.options),
            temperature=choices.temperature,
            options=dict(choices.task_options),
        )

    def module(self, name: str) -> Any:
        """The score function with the parameters that gave its result."""
        own = self.settings(name)
        return self.task.head(name, own.parameters, own.seed).score

    def built(self, name: str) -> tuple[dict[str, tuple[int, ...]], dict[str, Any]]:
        """The shape of each parameter of a score function by name, and its own options as built, such as its activation."""
        module = self.module(name)
        shapes = {parameter: tuple(tensor.shape) for parameter, tensor in module.named_parameters()}
        return shapes, {option.name: getattr(module, option.name, None) for option in core.score_spec(name).options}
