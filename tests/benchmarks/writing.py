"""How long a task that writes words takes, once loaded: `python -m tests.benchmarks.writing`."""

import statistics
import time

import torch

from attention_core import load_task, score_names, task_names
from attention_core.library import example_inputs
from attention_core.tasks.settings import Settings
from attention_core.tasks.task import Task

ROUNDS = 5


def main() -> None:
    for name in task_names():
        task = load_task(name, device="cpu")
        if hasattr(task.model, "write"):
            for score in score_names():
                print(f"{name} {score} {measured(task, score)}", flush=True)


def measured(task: Task, score: str) -> str:
    """How long a result takes from the input, and from an input that is encoded already."""
    own = Settings(score=score, parameters="trained" if task.is_trained(score) else "untrained")
    inputs = [example_inputs(task.spec, example) for example in task.spec.examples]
    encodings = [task.encode(**given) for given in inputs]
    task.run_encoded([(encodings[0], own)])
    encoded = [milliseconds(lambda given=given: task.encode(**given)) for given in inputs * ROUNDS]
    again = [milliseconds(lambda given=given: task.run_encoded([(given, own)])) for given in encodings * ROUNDS]
    both = [sum(pair) for pair in zip(encoded, again, strict=True)]
    return (
        f"({own.parameters}), {torch.get_num_threads()} threads: from input to result {statistics.median(both):.0f} ms, at most "
        f"{max(both):.0f}; with the input encoded {statistics.median(again):.0f} ms"
    )


def milliseconds(call) -> float:
    """Milliseconds that a call takes."""
    start = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - start)


if __name__ == "__main__":
    main()
