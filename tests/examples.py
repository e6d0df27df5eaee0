"""Tasks loaded once in a run of tests, and the first example of each encoded once."""

from functools import cache

import torch

import attention_core as core
from attention_core.device import choose_device
from attention_core.library import example_inputs
from attention_core.tasks.encoding import Encoding
from attention_core.tasks.settings import Settings
from attention_core.tasks.task import Task


@cache
def _loaded(name: str, device: torch.device) -> Task:
    return core.load_task(name, device)


def task_of(name: str, device: str | None = None) -> Task:
    """A task, as `load_task` gives it."""
    return _loaded(name, choose_device(device))


@cache
def encoding_of(name: str) -> Encoding:
    """A task's first example, encoded."""
    spec = core.task_spec(name)
    return task_of(name).encode(**example_inputs(spec, spec.examples[0]))


def result_of(name: str, **settings) -> core.TaskResult:
    """What `Task.run` gives of a task's first example under these settings."""
    return task_of(name).run_encoded([(encoding_of(name), Settings(**settings))])[0]
