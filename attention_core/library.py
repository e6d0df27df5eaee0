"""The tasks by name, and where their slow part is computed."""

import os
from functools import cache
from pathlib import Path

import torch

import attention_core.tasks
from attention_core.device import choose_device
from attention_core.discovery import discover
from attention_core.registry import named
from attention_core.serving.client import EngineTask, engine_address
from attention_core.specs import Example, TaskSpec
from attention_core.tasks.task import Task

EXAMPLES = Path(__file__).resolve().parents[1] / "assets" / "examples"
ENGINES = {"local": Task, "ray": EngineTask}


@cache
def _tasks() -> dict[str, TaskSpec]:
    return discover(attention_core.tasks, TaskSpec)


def task_names() -> list[str]:
    """The names of all tasks, sorted."""
    return list(_tasks())


def task_spec(name: str) -> TaskSpec:
    """What a task declares about itself. Raises ValueError for a name that is not in `task_names()`."""
    return named("task", _tasks(), name)


def engine() -> str:
    """Where tasks encode: "local", in this process, or "ray", at the engine of ATTENTION_ENGINE_ADDRESS.

    Raises:
        ValueError: ATTENTION_ENGINE is another, or the address is none.
    """
    name = os.environ.get("ATTENTION_ENGINE", "").strip().lower() or "local"
    if name not in ENGINES:
        raise ValueError(f"ATTENTION_ENGINE must be one of {', '.join(ENGINES)}, got {name!r}. Unset it for local.")
    if ENGINES[name] is EngineTask:
        engine_address()
    return name


def load_task(name: str, device: str | torch.device | None = None) -> Task:
    """A task with its encoder loaded, ready to run. Where the engine is another process, that one encodes.

    Args:
        name: A name of `task_names()`.
        device: A torch device or its name; chosen if not given (see `attention_core.device`).

    Raises:
        ValueError: no such task, no such device, or no such engine.

    Example:
        >>> result = load_task("sentiment").run(text="A warm, funny film.", score="additive")
        >>> result.output["label"]
        'positive'
    """
    return ENGINES[engine()](task_spec(name), choose_device(device))


def example_inputs(spec: TaskSpec, example: Example) -> dict[str, str | Path]:
    """An example as `Task.run` takes it: texts as they are, of what is a file its path, no empty optional text."""
    files = {declared.name for declared in spec.inputs if declared.is_file}
    left_out = {declared.name for declared in spec.inputs if declared.optional and not example.values[declared.name]}
    given = {name: value for name, value in example.values.items() if name not in left_out}
    return {name: EXAMPLES / value if name in files else value for name, value in given.items()}
