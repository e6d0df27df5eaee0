"""Lessons that run in the background: one a visitor, a few at a time, and gentle to everybody else.

All lessons together take turns on one core. One ends by itself when its visitor leaves, when its time is up or when it has
waited too long; the page says so by calling `look`. The shipped examples are encoded once and shared; everything else
belongs to one lesson and is dropped at its end, all but the snapshots that its visitor looks back at.
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch

import attention_core as core
from app.reading import Row, read_row
from attention_core import lessons

PLACES, QUEUE = 4, 60  # lessons that hold examples, and lessons in all
LEFT_SECONDS, PAUSE_SECONDS, MOST_SECONDS = 15.0, 600.0, 240.0
KEPT, MEASURED = 100, 10  # snapshots besides the first, and how many of them are measured
REST = 0.25  # of the time a step takes, for others
NICENESS = 5
LARGEST_TEXT = 1_000_000  # bytes

WAITING, PREPARING, LEARNING, COMPARING, PAUSED, DONE, STOPPED = (
    "waiting", "preparing", "learning", "comparing", "paused", "done", "stopped",
)  # fmt: skip
UNEXPECTED = "Something went wrong while it learned, and it is not your fault. Start it again."
FULL = "Too many people are training here at this moment. Try again in a few minutes."
LEFT = "It stopped because nobody was looking at it any more."
TOO_LONG = "It stopped because its time was up."

_places = threading.BoundedSemaphore(PLACES)
_turn = threading.Lock()
_alive: set["Training"] = set()
_shared: dict[str, "Examples"] = {}
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Snapshot:
    """A lesson at one step.

    Args:
        step: How many steps were done.
        loss, metric: Means over the batches since the last snapshot; None before the first step.
        row: The watched input's weights and energies.
        label, share: What the task makes of it, and the probability of that.
        held_out: The metric on the examples set apart; None where it was not measured.
    """

    step: int
    loss: float | None
    metric: float | None
    row: Row
    label: str
    share: float | None
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
    """The examples of one lesson on their way through the encoder; only who has the turn calls `advance`."""

    def __init__(self, task: Any, training: Any, held_out: Any) -> None:
        self.parts = lessons.prepare(task, training, held_out)
        self.share, self.data, self.floor = 0.0, None, None

    def advance(self) -> None:
        part = next(self.parts)
        self.share, self.data = part.done / part.of, part.data


class _OverError(Exception):
    """The lesson is over before its end; the message is for its visitor."""


def read_own(spec: Any, content: bytes | str) -> tuple[Any, Any]:
    """A visitor's own examples: to learn from, and to measure with. Raises InputError."""
    if len(content) > LARGEST_TEXT:
        raise core.InputError(f"The examples must be at most {LARGEST_TEXT:,} bytes, got {len(content):,}. Use fewer.")
    if isinstance(content, bytes):
        try:
            content = content.decode("utf-8")
        except UnicodeDecodeError:
            raise core.InputError("The file must be text in UTF-8, got something else. Save it as UTF-8 text.") from None
    return spec.lesson.read(content)


class Training:
    """One lesson. Starts at once, in a thread of its own.

    Args:
        task: The loaded task.
        score: The score function whose parameters are learned.
        encoding: The encoded input that is watched.
        own: (examples to learn from, examples to measure with) of the visitor, or None for the shipped ones.

    Attributes:
        phase: Where it stands: WAITING, PREPARING, LEARNING, COMPARING, PAUSED, DONE or STOPPED.
        share: How much of this phase is done, 0 to 1.
        problem: A sentence if it ended before its end, else empty.
        snapshots: At most KEPT + 1, from before the first step on.
        result: When it is DONE.
        seconds: What it has taken so far, waiting and pauses left out.

    Raises:
        InputError: too many lessons run already.
    """

    def __init__(self, task: Any, score: str, encoding: Any, own: tuple[Any, Any] | None = None) -> None:
        if len(_alive) >= QUEUE:
            raise core.InputError(FULL)
        self.task, self.score, self.encoding, self.own = task, score, encoding, own
        self.steps, self.counts = task.spec.lesson.recipe.steps, tuple(map(len, own or task.spec.lesson.shipped()))
        self.phase, self.share, self.problem, self.seconds = WAITING, 0.0, "", 0.0
        self.snapshots: list[Snapshot] = []
        self.result: Result | None = None
        self._running, self._stopping = threading.Event(), threading.Event()
        self._running.set()
        self._seen = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="lesson", daemon=True)
        _alive.add(self)
        self._thread.start()

    @property
    def is_active(self) -> bool:
        """Whether it is not over."""
        return self.phase not in (DONE, STOPPED)

    @property
    def is_paused(self) -> bool:
        return self.is_active and not self._running.is_set()

    def look(self) -> None:
        """Say that its visitor is still there."""
        self._seen = time.monotonic()

    def pause(self) -> None:
        self._running.clear()

    def go_on(self) -> None:
        self._running.set()

    def stop(self) -> None:
        self._stopping.set()

    def join(self, seconds: float) -> None:
        """Wait until it is over, or so many seconds."""
        self._thread.join(seconds)

    def _run(self) -> None:
        problem, phase = "", STOPPED
        try:
            _be_gentle()
            while not _places.acquire(timeout=0.2):
                self._check()
            try:
                self._take_turns(self._work())
                phase = DONE
            finally:
                _places.release()
        except (_OverError, core.InputError) as error:
            problem = str(error)
        except Exception:
            log.exception("A lesson of the task %s failed.", self.task.spec.name)
            problem = UNEXPECTED
        finally:
            _alive.discard(self)
            self.own = self.encoding = None
            self.problem, self.phase = problem, phase

    def _take_turns(self, work: Iterator[None]) -> None:
        """One piece of work after the other: never two lessons at once, and a rest after each."""
        while True:
            self._check()
            self._wait_while_paused()
            with _turn:
                start = time.monotonic()
                if next(work, work) is work:
                    return
                took = time.monotonic() - start
            self.seconds += took * (1 + REST)
            if self.seconds > MOST_SECONDS:
                raise _OverError(TOO_LONG)
            time.sleep(took * REST)

    def _check(self) -> None:
        if self._stopping.is_set():
            raise _OverError
        if time.monotonic() - self._seen > LEFT_SECONDS:
            raise _OverError(LEFT)

    def _wait_while_paused(self) -> None:
        if self._running.is_set():
            return
        phase, self.phase = self.phase, PAUSED
        since = time.monotonic()
        while not self._running.wait(0.1):
            self._check()
            if time.monotonic() - since > PAUSE_SECONDS:
                raise _OverError(TOO_LONG)
        self.phase = phase

    def _work(self) -> Iterator[None]:
        """All there is to do, a piece an iteration."""
        self.phase = PREPARING
        examples = yield from self._prepared()
        training, held_out = examples.data
        head = lessons.fresh_head(self.task, self.score)
        self._keep(head, 0, [], lessons.measure(self.task, head, held_out))
        self.phase, self.share = LEARNING, 0.0
        every, batches = -(-self.steps // KEPT), []
        for step in lessons.learn(self.task, head, training):
            batches.append((step.loss, step.metric))
            self.share = step.done / step.of
            if step.done % every == 0 or step.done == step.of:
                kept = step.done // every
                is_measured = kept % (KEPT // MEASURED) == 0 or step.done == step.of
                self._keep(head, step.done, batches, lessons.measure(self.task, head, held_out) if is_measured else None)
                batches = []
            yield
        yield from self._compare(examples)

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
        except Exception:
            if _shared.get(name) is examples:
                del _shared[name]
            raise
        return examples

    def _keep(self, head: Any, step: int, batches: list[tuple[float, float]], held_out: float | None) -> None:
        result = self.task.run_head(head, self.score, self.encoding)
        loss, metric = (sum(column) / len(batches) for column in zip(*batches, strict=True)) if batches else (None, None)
        label = str(result.output.get("label", ""))
        share = result.output.get("probabilities", {}).get(label)
        self.snapshots.append(Snapshot(step, loss, metric, read_row(result), label, share, held_out))

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


def _be_gentle() -> None:
    """This thread computes on one core, and only when nobody else wants it."""
    everybody = torch.get_num_threads()
    torch.set_num_threads(1)
    # The number holds for this thread and for those that start later, which a thread that ends at once puts right again.
    restore = threading.Thread(target=torch.set_num_threads, args=(everybody,))
    restore.start()
    restore.join()
    if sys.platform == "linux":  # elsewhere only a whole process has a priority
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
