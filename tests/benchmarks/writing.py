"""How long a task that makes its own queries takes, such as words it writes: `python -m tests.benchmarks.writing`."""

import hashlib
import statistics
import time

import torch
from PIL import Image

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
    unseen = [changed(task, given, f"{score} {n}") for n in range(ROUNDS) for given in inputs]
    encoded = [milliseconds(lambda given=given: task.encode(**given)) for given in unseen]
    again = [milliseconds(lambda given=given: task.run_encoded([(given, own)])) for given in encodings * ROUNDS]
    both = [sum(pair) for pair in zip(encoded, again, strict=True)]
    return (
        f"({own.parameters}), {torch.get_num_threads()} threads: from input to result {statistics.median(both):.0f} ms, at most "
        f"{max(both):.0f}; with the input encoded {statistics.median(again):.0f} ms"
    )


def changed(task: Task, inputs: dict, name: str) -> dict:
    """The same inputs, but pictures with another first pixel: what the encoder makes of the last few is kept."""
    new = dict(inputs)
    for declared in task.spec.inputs:
        if declared.kind == "image":
            new[declared.name] = Image.open(inputs[declared.name]).convert("RGB")
            new[declared.name].putpixel((0, 0), tuple(hashlib.sha256(name.encode()).digest()[:3]))
    return new


def milliseconds(call) -> float:
    """Milliseconds that a call takes."""
    start = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - start)


if __name__ == "__main__":
    main()
