"""How an encoded input is attended to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Settings:
    """How an encoded input is attended to: the keyword arguments of `Task.run` that are not its inputs.

    Args:
        score, parameters, seed, distribution, distribution_options, temperature, key_mask: As in `Task.run`.
        options: What the task declares as options, by name; those that are missing take their default.
    """

    score: str = "general"
    parameters: str = "trained"
    seed: int = 0
    distribution: str = "softmax"
    distribution_options: Mapping[str, Any] | None = None
    temperature: float = 1.0
    options: Mapping[str, Any] | None = None
    key_mask: Any = field(default=None, compare=False)

    @property
    def group(self) -> tuple:
        """Equal for settings that can be computed in one batch."""
        given = (repr(sorted((own or {}).items())) for own in (self.distribution_options, self.options))
        return self.score, self.parameters, self.seed, self.distribution, self.temperature, *given


def parameters_of(score: str, parameters: str, seed: int) -> tuple:
    """What names the parameters of a score function: the seed counts for those that are drawn from it."""
    return score, parameters, seed if parameters == "untrained" else None
