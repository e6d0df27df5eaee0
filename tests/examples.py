"""The first example of each task, loaded and encoded once in a run of tests."""

from functools import cache

import attention_core as core
from attention_core.library import example_inputs
from attention_core.tasks.encoding import Encoding
from attention_core.tasks.settings import Settings
from attention_core.tasks.task import Task


@cache
def task_of(name: str) -> Task:
    """A task."""
    return core.load_task(name)


@cache
def encoding_of(name: str) -> Encoding:
    """A task's first example, encoded."""
    spec = core.task_spec(name)
    return task_of(name).encode(**example_inputs(spec, spec.examples[0]))


def result_of(name: str, **settings) -> core.TaskResult:
    """What `Task.run` gives of a task's first example under these settings."""
    return task_of(name).run_encoded([(encoding_of(name), Settings(**settings))])[0]
