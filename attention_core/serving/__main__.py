"""Engines on this machine: `python -m attention_core.serving [TASK ...]`, of all tasks if none is named."""

import argparse
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anybody
os.environ.setdefault("RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S", "60")  # after 5 a busy machine's would be killed as it starts

import ray
from ray import serve

from attention_core.library import task_names, task_spec
from attention_core.serving.deployment import Arguments, build

STORE = 200_000_000  # bytes that replicas and proxy share


@contextmanager
def running(host: str = "127.0.0.1", port: int = 8000, cpus: int = 16) -> Iterator[None]:
    """Ray with Serve and no application yet, on this machine, until the end; `cpus` is what replicas may ask for together."""
    ray.init(num_cpus=cpus, include_dashboard=False, object_store_memory=STORE, log_to_driver=False)
    try:
        serve.start(http_options={"host": host, "port": port})
        yield
    finally:
        serve.shutdown()
        ray.shutdown()


def serve_task(task: str, **arguments: Any) -> None:
    """Starts the engine of a task, or changes it, and waits until it is well. `arguments`: as in `Arguments`."""
    serve.run(build(Arguments(task=task, **arguments)), name=task, route_prefix=f"/{task}")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tasks", nargs="*", metavar="TASK", help="all of them if none is given")
    parser.add_argument("--replicas", type=int, default=1, help="of each task (1)")
    parser.add_argument("--gpus", type=float, default=0.0, help="of a replica: 0.25 puts four on one GPU (0)")
    parser.add_argument("--host", default="127.0.0.1", help="where it listens; ray itself listens on every address")
    parser.add_argument("--port", type=int, default=8000)
    own = parser.parse_args(arguments)
    tasks = [task_spec(name).name for name in own.tasks] or task_names()
    over = threading.Event()
    with running(own.host, own.port, cpus=len(tasks) * own.replicas + 2):
        for number in (signal.SIGINT, signal.SIGTERM):  # ray has set its own by now
            signal.signal(number, lambda *_: over.set())
        for task in tasks:
            serve_task(task, min_replicas=own.replicas, max_replicas=own.replicas, num_gpus=own.gpus)
            print(f"{task}: http://{own.host}:{own.port}/{task}", flush=True)
        over.wait()


if __name__ == "__main__":
    main()
