"""The lines of Python that give a result: run here, they give that very result."""

import functools
import io
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PIL import Image

import attention_core as core
from attention_core import lessons
from attention_core.library import example_inputs
from tests.results import assert_same

ROOT = Path(__file__).resolve().parents[2]
PICTURE_TASK, TEXT_TASK = "find", "sentiment"
load_task = functools.cache(core.load_task)


@pytest.fixture
def run(monkeypatch):
    """`run(lines, folder)`: what the lines give when they are run there, each task loaded once for all tests."""
    monkeypatch.setattr(core, "load_task", load_task)

    def run_lines(lines, folder=ROOT):
        monkeypatch.chdir(folder)
        names = {}
        exec(compile(lines, "lines", "exec"), names)
        return names["result"]

    return run_lines


@pytest.mark.parametrize(
    ("task", "number"), [(task, n) for task in core.task_names() for n in range(len(core.task_spec(task).examples))]
)
def test_the_lines_of_every_example_give_its_result(task, number, run):
    spec = core.task_spec(task)
    example = spec.examples[number]
    result = load_task(task).run(**example_inputs(spec, example))
    lines = core.python_lines(result, example.values)
    assert lines == core.python_lines(result, example_inputs(spec, example))
    assert "temperature" not in lines
    assert_same(run(lines), result)


def test_everything_that_is_not_the_default_stands_in_the_lines(run):
    text = "\"Quotes\", 'both',\n  漢字, $x$ and \\n; a #comment."
    chosen = {"score": "additive", "parameters": "untrained", "seed": 7, "temperature": 0.7}
    result = load_task(TEXT_TASK).run(text=text, distribution="top_k", distribution_options={"k": 3}, **chosen)
    lines = core.python_lines(result, {"text": text})
    assert "seed=7" in lines
    assert_same(run(lines), result)


@dataclass
class Upload:
    name: str
    content: bytes


def test_an_optional_input_and_an_option_stand_in_the_lines_where_they_are_given(run):
    inputs = {"text": "I am.", "target": ["Je", "suis"]}
    task = next(name for name in core.task_names() if any(own.optional for own in core.task_spec(name).inputs))
    result = load_task(task).run(**inputs, parameters="untrained", beam=2)
    lines = core.python_lines(result, inputs)
    assert "    target=['Je', 'suis'],\n" in lines
    assert "    beam=2,\n" in lines
    assert_same(run(lines), result)


def test_the_name_of_your_own_picture_never_stands_in_the_lines(run, tmp_path):
    file = io.BytesIO()
    Image.linear_gradient("L").save(file, "PNG")
    result = load_task(PICTURE_TASK).run(image=file.getvalue(), text="a cat")
    own = Upload('x")\nimport os.jpg', file.getvalue())
    lines = core.python_lines(result, {"image": own, "text": "a cat"})
    assert lines.startswith("# Save your own picture as your-picture.jpg beside this file.\n")
    assert "import os" not in lines
    (tmp_path / "your-picture.jpg").write_bytes(file.getvalue())
    assert_same(run(lines, tmp_path), result)


def test_a_path_outside_the_examples_is_a_picture_of_your_own(run, tmp_path):
    spec = core.task_spec(PICTURE_TASK)
    values = spec.examples[0].values
    result = load_task(PICTURE_TASK).run(**example_inputs(spec, spec.examples[0]))
    lines = core.python_lines(result, {**values, "image": tmp_path / values["image"]})
    assert "your-picture.jpg" in lines
    assert str(tmp_path) not in lines


@pytest.mark.parametrize("steps", [0, 2])
def test_the_lines_of_a_lesson_learn_the_same_parameters(run, tmp_path, steps):
    sentences = "\n".join([f"A fine film, number {n}.\tpositive\nA dull film, number {n}.\tnegative" for n in range(10)])
    (tmp_path / "your-examples.tsv").write_text(sentences, encoding="utf-8")
    task = load_task(TEXT_TASK)
    *_, ready = lessons.prepare(task, *task.spec.lesson.own.read(sentences))
    head = lessons.fresh_head(task, "general")
    for step in lessons.learn(task, head, ready.data[0]) if steps else ():
        if step.done == steps:
            break
    result = task.run_head(head, "general", task.encode(text='It\'s "fine".'))
    told = replace(result, provenance={**result.provenance, "steps": steps})
    assert_same(run(core.lesson_lines(told, {"text": 'It\'s "fine".'}, True), tmp_path), result)
    assert "shipped()" in core.lesson_lines(told, {"text": "x"}, False)
