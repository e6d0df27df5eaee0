"""A lesson at work: a task's parameters fitted on a few examples, the same way for a page and for a command."""

from collections.abc import Iterator
from typing import Any

from attention_core.learning import Prepared, Step, draw, fit
from attention_core.tasks.encoding import Head
from attention_core.tasks.task import Task


def prepare(task: Task, training: Any, held_out: Any) -> Iterator[Prepared]:
    """Encodes the examples of a lesson, a part an iteration.

    Args:
        task: One whose SPEC declares a lesson.
        training, held_out: What `shipped` or `own.read` gave: examples to learn from, and to measure with.

    Yields:
        A Prepared after each part; the data of the last one are (training, held out), each for `learn` or `measure`.

    Raises:
        InputError: the examples cannot be used.
    """
    done, of, data = 0, len(training) + len(held_out), []
    for examples in (training, held_out):
        for part in task.spec.lesson.prepare(task.model, examples):
            if part.data is None:
                yield Prepared(done + part.done, of)
        data.append(part.data)
        done += len(examples)
    yield Prepared(of, of, tuple(data))


def fresh_head(task: Task, score: str) -> Head:
    """The parameters that a lesson starts from, drawn from its recipe's seed."""
    return draw(lambda: task.model.build_head(score), task.spec.lesson.recipe.seed).to(task.device).eval()


def learn(task: Task, head: Head, training: Any) -> Iterator[Step]:
    """Fits a head in place on prepared examples, one step an iteration (see `learning.fit`).

    Args:
        task: One whose SPEC declares a lesson.
        head: What `fresh_head` gave.
        training: What `prepare` gave to learn from.
    """
    lesson = task.spec.lesson
    head.readout.requires_grad_(lesson.teaches_readout)
    return fit(head, len(training), lesson.objective(training, task.device, lesson.recipe.seed), lesson.recipe)


def measure(task: Task, head: Head, held_out: Any) -> float:
    """What the task counts as right, 0 to 1, on prepared examples that the head did not learn from."""
    return task.spec.lesson.measure(head, held_out, task.device)
