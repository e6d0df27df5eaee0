"""The lines of Python that give a result, or learn its parameters, again."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attention_core.cell import Cell
from attention_core.library import EXAMPLES, task_spec
from attention_core.results import TaskResult
from attention_core.specs import TaskSpec
from attention_core.study import WidthStudy
from attention_core.tasks.settings import Settings

OWN_EXAMPLES = "your-examples.tsv"


def python_lines(result: TaskResult, inputs: Mapping[str, Any]) -> str:
    """Python that gives this very result, to be run in the project's folder.

    Args:
        result: What `Task.run` returned when it was given no `key_mask`, which a result does not tell from the task's own.
        inputs: What the task was given, by name. A file that is none of `assets/examples` is called as the input declares,
            such as your-picture.jpg: neither its name nor its content goes into the lines.
    """
    arguments = _arguments(result, inputs)
    return "\n".join(
        [
            *_beside(task_spec(result.provenance["task"]), arguments),
            "from attention_core import load_task",
            "",
            f"task = load_task({result.provenance['task']!r})",
            "result = task.run(",
            *(f"    {name}={value!r}," for name, value in arguments.items()),
            ")",
            "print(result.weights, result.output)",
            "",
        ]
    )


def comparison_lines(results: Mapping[str, TaskResult], inputs: Mapping[str, Any]) -> str:
    """Python that gives these very results, one input under every score function, to be run in the project's folder.

    Args:
        results: By the name of each score function what `Task.run` returned; where there are no trained parameters for one, it
            may have untrained ones.
        inputs: As for `python_lines`.
    """
    kinds = {own.provenance["parameters"] for own in results.values()}
    one = next(own for own in results.values() if len(kinds) == 1 or own.provenance["parameters"] == "untrained")
    told = {name: repr(value) for name, value in _arguments(one, inputs).items()} | {"score": "score"}
    if len(kinds) > 1:
        told["parameters"] = "'trained' if task.is_trained(score) else 'untrained'"
    return "\n".join(
        [
            *_beside(task_spec(one.provenance["task"]), _arguments(one, inputs)),
            "from attention_core import load_task, score_names",
            "",
            f"task = load_task({one.provenance['task']!r})",
            "results = {}",
            "for score in score_names():",
            "    results[score] = task.run(",
            *(f"        {name}={value}," for name, value in told.items()),
            "    )",
            "    print(score, results[score].weights.max(), results[score].output)",
            "",
        ]
    )


def cell_lines(result: TaskResult, inputs: Mapping[str, Any], cell: Cell, moved: Mapping[str, float]) -> str:
    """Python that gives this very cell of a result.

    Args:
        result, inputs: As for `python_lines`.
        cell: What `inspect_cell` returned for it.
        moved: The energy and the temperature that `reweigh` was given, by name.
    """
    given = result.provenance
    own = [given["score"], *([] if given["seed"] is None else ["untrained", given["seed"]])]
    return "\n".join(
        [
            python_lines(result, inputs).replace(
                "import load_task", f"import inspect_cell, load_task{', reweigh' * bool(moved)}", 1
            ),
            f"score = task.head({', '.join(map(repr, own))}).score",
            f"cell = inspect_cell(score, result, row={cell.row}, column={cell.column})",
            *([f"cell = reweigh(cell, {_joined(moved)})"] if moved else []),
            "print(cell.steps, cell.weights[cell.column])",
            "",
        ]
    )


def study_lines(study: WidthStudy) -> str:
    """Python that gives this very study of widths."""
    return "\n".join(
        [
            "from attention_core.study import width_study",
            "",
            f"study = width_study(widths={study.widths}, draws={study.draws}, keys={study.keys}, seed={study.seed})",
            "for score, spread in study.spread.items():",
            "    print(score, spread, study.largest[score])",
            "",
        ]
    )


def ablation_lines(result: TaskResult, inputs: Mapping[str, Any], queries: Sequence[int], keys: Sequence[int]) -> str:
    """Python that gives a result again without each of some keys.

    Args:
        result, inputs: As for `python_lines`; the result with all keys.
        queries: The queries that the keys are taken from, counted from 0, such as the tokens of one word.
        keys: Which of `key_groups` of the first of these queries, counted from 0.
    """
    arguments, spec = _arguments(result, inputs), task_spec(result.provenance["task"])
    given = {own.name: arguments.pop(own.name) for own in spec.inputs if own.name in arguments}
    options = {own.name: arguments.pop(own.name) for own in spec.options if own.name in arguments}
    settings = {**arguments, "options": options} if options else arguments
    return "\n".join(
        [
            *_beside(spec, given),
            "from attention_core import load_task",
            "from attention_core.ablation import key_groups, without",
            "from attention_core.tasks.settings import Settings",
            "",
            f"task = load_task({result.provenance['task']!r})",
            f"settings = Settings({_joined(settings)})",
            f"encoding = task.written(task.encode({_joined(given)}), settings)",
            "result = task.run_encoded([(encoding, settings)])[0]",
            f"keys, queries = {list(keys)}, {list(queries)}",
            "groups = key_groups(result, queries[0])",
            "absent = {key: without(task, encoding, settings, groups[key], queries) for key in keys}",
            "print({key: own.output for key, own in absent.items()})",
            "",
        ]
    )


def _joined(arguments: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in arguments.items())


def _arguments(result: TaskResult, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The keyword arguments of `Task.run` that are not their defaults."""
    given, plain = result.provenance, Settings()
    spec = task_spec(given["task"])
    present = [declared for declared in spec.inputs if not declared.optional or inputs.get(declared.name)]
    arguments = {declared.name: _argument(spec, declared, inputs[declared.name]) for declared in present}
    arguments["score"] = given["score"]
    for name in ("parameters", "seed", "distribution", "distribution_options", "temperature"):
        if given[name] not in (getattr(plain, name), None, {}):
            arguments[name] = given[name]
    return arguments | {option.name: own for option in spec.options if (own := given["options"][option.name]) != option.default}


def _beside(spec: TaskSpec, arguments: Mapping[str, Any]) -> list[str]:
    return [
        f"# Save your own {declared.thing} as {declared.own_file} beside this file."
        for declared in spec.inputs
        if declared.is_file and arguments.get(declared.name) == declared.own_file
    ]


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
    given = f"own.read(Path({OWN_EXAMPLES!r}).read_text('utf-8'))" if is_own else "shipped()"
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
    if declared.kind == "choices":
        return [line for line in value.split("\n") if line.strip()]
    if not declared.is_file:
        return value
    for example in spec.examples:
        file = example.values[declared.name]
        if value == file or (isinstance(value, Path) and value == EXAMPLES / file):
            return f"assets/examples/{file}"
    return declared.own_file
