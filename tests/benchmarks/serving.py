"""How many inputs two replicas encode in a second, alone and together: `python -m tests.benchmarks.serving [TASK ...]`.

Needs ray (`deploy/engine/requirements.txt`). It starts itself again in a network of its own, since ray listens on every address.
Both engines are there all the time and are asked in turn, so that a busy machine slows both.
"""

import os
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from attention_core import task_spec
from attention_core.library import example_inputs
from attention_core.serving.client import ADDRESS, Client, EngineTask
from tests.benchmarks.writing import changed
from tests.namespace import alone, is_alone

TASK, REPLICAS, CLIENTS, ROUNDS, EACH = "find", 2, 16, 3, 16
SIZES = {"one by one": 1, "up to eight together": 8}
WAITING = 3600.0  # seconds for an answer, so that a machine busy with other things ends no round
LEAST = 1.05  # a smaller gain may be chance


def main() -> None:
    if not is_alone():
        with tempfile.TemporaryDirectory() as home:
            sys.exit(alone(["-m", "tests.benchmarks.serving", *sys.argv[1:]], Path(home)))
    from ray import serve

    from attention_core.serving.__main__ import running
    from attention_core.serving.deployment import Arguments, build

    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    with running():
        for name in sys.argv[1:] or [TASK]:
            asked = {}
            for title, size in SIZES.items():
                own = Arguments(task=name, max_batch_size=size, min_replicas=REPLICAS, max_replicas=REPLICAS)
                serve.run(build(own), name=f"{name}-{size}", route_prefix=f"/{name}-{size}")
                asked[title] = EngineTask(task_spec(name), "cpu")
                asked[title]._client = Client(f"{name}-{size}", ADDRESS, WAITING, WAITING)
            print(told(name, asked), flush=True)
            for size in SIZES.values():
                serve.delete(f"{name}-{size}")


def told(name: str, asked: dict[str, EngineTask]) -> str:
    """Both throughputs, medians over rounds, and whether it helps to encode together."""
    found = {title: [] for title in asked}
    for n in range(-1, ROUNDS):  # the first warms up
        for title, task in asked.items():
            found[title].append(throughput(task, f"{title} {n}"))
    one, together = (statistics.median(own[1:]) for own in found.values())
    rates = ", ".join(
        f"{title} {statistics.median(own[1:]):.2f} ({min(own[1:]):.2f} to {max(own[1:]):.2f})" for title, own in found.items()
    )
    verdict = (
        f"helps: {together / one:.2f} times as many"
        if together > LEAST * one
        else f"does not help here: {together / one:.2f} times as many"
    )
    return f"{name}, {REPLICAS} replicas of 1 thread, {CLIENTS} clients, inputs a second: {rates}. Encoding together {verdict}."


def throughput(task: EngineTask, name: str) -> float:
    """Inputs encoded in a second, none of which was there before."""
    example = example_inputs(task.spec, task.spec.examples[0])
    inputs = [changed(task, example, f"{name} {n}") for n in range(EACH)]
    start = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(lambda given: task.encode(**given), inputs))
    return EACH / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
