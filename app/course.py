"""What a lesson does, piece by piece: encode the examples, learn from them, look at one input meanwhile, compare."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import attention_core as core
from app.keeping import Steps
from app.reading import Row, read_row
from attention_core import lessons

PREPARING, LEARNING, COMPARING = "preparing", "learning", "comparing"
KEPT, MEASURED = 100, 10  # snapshots besides the first, and how many of them are measured
LARGEST_TEXT = 1_000_000  # bytes

_shared: dict[str, "Examples"] = {}


@dataclass(frozen=True)
class Snapshot:
    """A lesson at one step.

    Args:
        step: How many steps were done.
        loss, metric: Means over the batches since the last snapshot; None before the first step.
        result: The watched input's TaskResult; query, key and value are the same arrays in all snapshots.
        row: Its weights and energies.
        held_out: The metric on the examples set apart; None where it was not measured.
    """

    step: int
    loss: float | None
    metric: float | None
    result: Any
    row: Row
    held_out: float | None


@dataclass(frozen=True)
class Result:
    """The metric on the examples set apart: of what was learned here, before it was, of the floor learned in the same way, and
    of the shipped parameters (None where there are none)."""

    here: float
    untrained: float
    floor: float
    shipped: float | None


class Examples:
    """The examples of one lesson on their way through the encoder; never call `advance` from two threads at once."""

    def __init__(self, task: Any, training: Any, held_out: Any) -> None:
        self.parts = lessons.prepare(task, training, held_out)
        self.share, self.data, self.floor = 0.0, None, None

    def advance(self) -> None:
        part = next(self.parts)
        self.share, self.data = part.done / part.of, part.data


def read_own(spec: Any, content: bytes | str) -> tuple[Any, Any]:
    """A visitor's own examples: to learn from, and to measure with. Raises InputError."""
    if len(content) > LARGEST_TEXT:
        raise core.InputError(f"The examples must be at most {LARGEST_TEXT:,} bytes, got {len(content):,}. Use fewer.")
    if isinstance(content, bytes):
        try:
            content = content.decode("utf-8")
        except UnicodeDecodeError:
            raise core.InputError("The file must be text in UTF-8, got something else. Save it as UTF-8 text.") from None
    return spec.lesson.own.read(content)


def told(spec: Any, result: Any) -> Any:
    """A TaskResult without what the readout makes of it, if lessons of the task do not teach the readout."""
    if spec.lesson.teaches_readout:
        return result
    return replace(result, output={name: own for name, own in result.output.items() if name not in ("label", "probabilities")})


class Course:
    """The pieces of one lesson, and what came of them so far.

    Args:
        task: The loaded task.
        score: The score function whose parameters are learned.
        encoding: The encoded input that is watched.
        own: (examples to learn from, examples to measure with) of the visitor, or None for the shipped ones, which are
            encoded once for all visitors.
        given: The watched input by name, for the lines of Python that learn the same.
        picture: The watched picture, for the page to draw; None where a text is watched.

    Attributes:
        name: Tells it from every other course.
        phase: PREPARING, LEARNING or COMPARING.
        share: How much of this phase is done, 0 to 1.
        steps: How many steps there will be.
        counts: How many examples there are to learn from, and to measure with.
        snapshots: At most KEPT + 1, from before the first step on.
        result: At the end.
    """

    def __init__(
        self,
        task: Any,
        score: str,
        encoding: Any,
        own: tuple[Any, Any] | None,
        given: Mapping[str, Any],
        picture: Any = None,
    ) -> None:
        self.name, self._kept = uuid4().hex, Steps()
        self.task, self.score, self.encoding, self.own = task, score, encoding, own
        self.given, self.picture, self.is_own = given, picture, own is not None
        self.steps, self.counts = task.spec.lesson.recipe.steps, tuple(map(len, own or task.spec.lesson.shipped()))
        self.phase, self.share = PREPARING, 0.0
        self.snapshots: list[Snapshot] = []
        self.result: Result | None = None

    def work(self) -> Iterator[None]:
        """All there is to do, a piece an iteration. Raises InputError."""
        head = lessons.fresh_head(self.task, self.score)
        self._keep(head, 0, [], None)
        examples = yield from self._prepared()
        training, held_out = examples.data
        self.snapshots[0] = replace(self.snapshots[0], held_out=lessons.measure(self.task, head, held_out))
        self.phase, self.share = LEARNING, 0.0
        every, batches = -(-self.steps // KEPT), []
        for step in lessons.learn(self.task, head, training):
            batches.append((step.loss, step.metric))
            self.share = step.done / step.of
            if step.done % every == 0 or step.done == step.of:
                is_measured = (step.done // every) % (KEPT // MEASURED) == 0 or step.done == step.of
                self._keep(head, step.done, batches, lessons.measure(self.task, head, held_out) if is_measured else None)
                batches = []
            yield
        yield from self._compare(examples)

    def forget(self) -> None:
        """Drop what the visitor gave; snapshots and result stay."""
        self.own = self.encoding = None

    def score_at(self, step: int) -> Any:
        """The score function with its parameters at one of `kept_steps`; None at any other."""
        return self._kept.at(step) if step else lessons.fresh_head(self.task, self.score).score

    def kept_steps(self) -> list[int]:
        """The steps at which the score function's parameters are there: the first, which are drawn again, and those kept."""
        return sorted({0, *self._kept.steps()})

    def _prepared(self) -> Iterator[None]:
        name = self.task.spec.name
        if self.own:
            examples = Examples(self.task, *self.own)
        else:
            examples = _shared.setdefault(name, Examples(self.task, *self.task.spec.lesson.shipped()))
        try:
            while examples.data is None:
                examples.advance()
                self.share = examples.share
                yield
        except Exception:  # whatever it is, and passed on: what others would share is not half made
            if _shared.get(name) is examples:
                del _shared[name]
            raise
        return examples

    def _keep(self, head: Any, step: int, batches: list[tuple[float, float]], held_out: float | None) -> None:
        result = told(self.task.spec, self.task.run_head(head, self.score, self.encoding))
        first = self.snapshots[0].result if self.snapshots else result
        fitted = {"seed": self.task.spec.lesson.recipe.seed, "steps": step, "examples": self.counts[0]}
        result = replace(result, query=first.query, key=first.key, value=first.value, provenance={**result.provenance, **fitted})
        loss, metric = (sum(column) / len(batches) for column in zip(*batches, strict=True)) if batches else (None, None)
        if step:
            self._kept.keep(step, head.score, first)
        self.snapshots.append(Snapshot(step, loss, metric, result, read_row(result), held_out))

    def _compare(self, examples: Examples) -> Iterator[None]:
        """The floor learns from the same examples; then everything is measured on those set apart."""
        self.phase, self.share = COMPARING, 0.0
        training, held_out = examples.data
        if examples.floor is None:
            head = lessons.fresh_head(self.task, next(name for name in core.score_names() if core.score_spec(name).is_floor))
            for step in lessons.learn(self.task, head, training):
                self.share = step.done / step.of
                yield
            examples.floor = lessons.measure(self.task, head, held_out)
        trained = self.task.is_trained(self.score)
        shipped = lessons.measure(self.task, self.task.head(self.score), held_out) if trained else None
        self.result = Result(self.snapshots[-1].held_out, self.snapshots[0].held_out, examples.floor, shipped)
