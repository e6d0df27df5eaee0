"""The lines of Python that give a result, or learn its parameters, again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attention_core.library import EXAMPLES, task_spec
from attention_core.results import TaskResult
from attention_core.specs import TaskSpec
from attention_core.tasks.settings import Settings

OWN_PICTURE, OWN_EXAMPLES = "your-picture.jpg", "your-examples.tsv"


def python_lines(result: TaskResult, inputs: Mapping[str, Any]) -> str:
    """Python that gives this very result, to be run in the project's folder.

    Args:
        result: What `Task.run` returned when it was given no `key_mask`, which a result does not tell from the task's own.
        inputs: What the task was given, by name. A picture that is no file of `assets/examples` is called your-picture.jpg:
            neither its name nor its content goes into the lines.
    """
    given, plain = result.provenance, Settings()
    spec = task_spec(given["task"])
    present = [declared for declared in spec.inputs if not declared.optional or inputs.get(declared.name)]
    arguments = {declared.name: _argument(spec, declared, inputs[declared.name]) for declared in present}
    arguments["score"] = given["score"]
    for name in ("parameters", "seed", "distribution", "distribution_options", "temperature"):
        if given[name] not in (getattr(plain, name), None, {}):
            arguments[name] = given[name]
    arguments |= {option.name: own for option in spec.options if (own := given["options"][option.name]) != option.default}
    own = OWN_PICTURE in arguments.values()
    return "\n".join(
        [
            *([f"# Save your own picture as {OWN_PICTURE} beside this file."] if own else []),
            "from attention_core import load_task",
            "",
            f"task = load_task({given['task']!r})",
            "result = task.run(",
            *(f"    {name}={value!r}," for name, value in arguments.items()),
            ")",
            "print(result.weights, result.output)",
            "",
        ]
    )


def lesson_lines(result: TaskResult, inputs: Mapping[str, Any], is_own: bool) -> str:
    """Python that learns the parameters behind this result again, to be run in the project's folder.

    Args:
        result: What `Task.run_head` returned for a head of a lesson; its provenance tells `steps`.
        inputs: What the task was given, by name.
        is_own: Whether the examples were a visitor's own: the lines then read them from your-examples.tsv.
    """
    task, score, steps = (result.provenance[name] for name in ("task", "score", "steps"))
    spec = task_spec(task)
    arguments = ", ".join(f"{own.name}={_argument(spec, own, inputs[own.name])!r}" for own in spec.inputs)
    given = f"read(Path({OWN_EXAMPLES!r}).read_text('utf-8'))" if is_own else "shipped()"
    learn = (
        ["for step in lessons.learn(task, head, training):", f"    if step.done == {steps}:", "        break"] if steps else []
    )
    return "\n".join(
        [
            *([f"# Save your own examples as {OWN_EXAMPLES} beside this file."] if is_own else []),
            *(["from pathlib import Path", ""] if is_own else []),
            "from attention_core import lessons, load_task",
            "",
            f"task = load_task({task!r})",
            f"*_, ready = lessons.prepare(task, *task.spec.lesson.{given})",
            "training, held_out = ready.data",
            f"head = lessons.fresh_head(task, {score!r})",
            *learn,
            f"result = task.run_head(head, {score!r}, task.encode({arguments}))",
            "print(result.weights, result.output, lessons.measure(task, head, held_out))",
            "",
        ]
    )


def _argument(spec: TaskSpec, declared: Any, value: Any) -> Any:
    if declared.kind == "text":
        return value
    for example in spec.examples:
        file = example.values[declared.name]
        if value == file or (isinstance(value, Path) and value == EXAMPLES / file):
            return f"assets/examples/{file}"
    return OWN_PICTURE
