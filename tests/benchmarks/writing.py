"""How long a task that writes words takes, once loaded: `python -m tests.benchmarks.writing`."""

import hashlib
import statistics
import time
from functools import partial
from pathlib import Path

import torch
from PIL import Image

from attention_core import load_task, score_names, task_names
from attention_core.library import example_inputs
from attention_core.tasks.settings import Settings

ROUNDS = 5


def main() -> None:
    for name in task_names():
        task = load_task(name, device="cpu")
        if not hasattr(task.model, "write"):
            continue
        inputs = [example_inputs(task.spec, example) for example in task.spec.examples]
        for score in score_names():
            own = Settings(score=score, parameters="trained" if task.is_trained(score) else "untrained")
            given = {"score": score, "parameters": own.parameters}
            encodings = [task.encode(**each) for each in inputs]
            task.run(**inputs[0], **given)
            changed = [unseen(each, f"{score}-{n}") for n in range(ROUNDS) for each in inputs]
            whole = [milliseconds(partial(task.run, **each, **given)) for each in changed]
            again = [milliseconds(partial(task.run_encoded, [(each, own)])) for each in encodings * ROUNDS]
            print(
                f"{name} {score} ({own.parameters}), {torch.get_num_threads()} threads: from input to result "
                f"{statistics.median(whole):.0f} ms, at most {max(whole):.0f}; input encoded {statistics.median(again):.0f} ms",
                flush=True,
            )


def unseen(inputs: dict, name: str) -> dict:
    """The same inputs, but with another first pixel: the features of the last few pictures are kept."""
    changed = dict(inputs)
    for key, value in inputs.items():
        if isinstance(value, Path):
            picture = Image.open(value).convert("RGB")
            picture.putpixel((0, 0), tuple(hashlib.sha256(name.encode()).digest()[:3]))
            changed[key] = picture
    return changed


def milliseconds(call) -> float:
    """Milliseconds that a call takes."""
    start = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - start)


if __name__ == "__main__":
    main()
