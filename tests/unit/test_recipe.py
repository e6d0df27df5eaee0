"""The lines of Python that give a result: run here, they give that very result."""

import functools
import io
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import attention_core as core
from attention_core import lessons
from attention_core.library import example_inputs
from attention_core.study import width_study
from tests.results import assert_same

ROOT = Path(__file__).resolve().parents[2]
PICTURE_TASK, TEXT_TASK = "find", "sentiment"
load_task = functools.cache(core.load_task)


@pytest.fixture
def run(monkeypatch):
    """`run(lines, folder, name)`: what the lines call so when they are run there, each task loaded once for all tests."""
    monkeypatch.setattr(core, "load_task", load_task)

    def run_lines(lines, folder=ROOT, name="result"):
        monkeypatch.chdir(folder)
        names = {}
        exec(compile(lines, "lines", "exec"), names)
        return names[name]

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


@pytest.mark.parametrize("task", core.task_names())
@pytest.mark.parametrize("chosen", [{}, {"parameters": "untrained", "seed": 3, "distribution": "sparsemax", "temperature": 0.5}])
def test_the_lines_of_the_comparison_give_every_result(task, chosen, run):
    spec = core.task_spec(task)
    inputs = example_inputs(spec, spec.examples[0])
    results = {score: load_task(task).run(**inputs, score=score, **chosen) for score in core.score_names()}
    found = run(core.comparison_lines(results, inputs), name="results")
    assert list(found) == core.score_names()
    for score, result in results.items():
        assert_same(found[score], result)


def test_the_lines_of_the_comparison_draw_what_was_never_trained(run, monkeypatch):
    task = load_task(TEXT_TASK)
    monkeypatch.setattr(task, "is_trained", lambda score: score != "general")
    kinds = {name: {"parameters": "untrained", "seed": 5} if name == "general" else {} for name in core.score_names()}
    results = {name: task.run(text="A fine film.", score=name, **own) for name, own in kinds.items()}
    found = run(core.comparison_lines(results, {"text": "A fine film."}), name="results")
    for name, result in results.items():
        assert_same(found[name], result)


@pytest.mark.parametrize("moved", [{}, {"energy": 2.5}, {"energy": -1 / 3, "temperature": 0.3}])
def test_the_lines_of_a_cell_give_its_very_numbers(run, moved):
    text, chosen = "import load_task, twice.", {"score": "additive", "parameters": "untrained", "seed": 2}
    task = load_task(TEXT_TASK)
    result = task.run(text=text, **chosen)
    cell = core.inspect_cell(task.head(*chosen.values()).score, result, 0, 3)
    cell = core.reweigh(cell, **moved) if moved else cell
    found = run(core.cell_lines(result, {"text": text}, cell, moved), name="cell")
    for field in ("energies", "weights", "context", "shares"):
        assert getattr(found, field).tobytes() == getattr(cell, field).tobytes()
    assert {name: own.tobytes() for name, own in found.steps.items()} == {n: own.tobytes() for n, own in cell.steps.items()}


@pytest.mark.parametrize("task", core.task_names())
def test_the_lines_without_a_key_give_the_result_under_that_mask(task, run):
    spec = core.task_spec(task)
    inputs = example_inputs(spec, spec.examples[0])
    result = load_task(task).run(**inputs)
    keys, last = [2, 1], len(result.query) - 1
    found = run(core.ablation_lines(result, inputs, [last], keys), name="absent")
    assert list(found) == keys
    index = np.arange(len(result.key)) if result.key_words is None else result.key_words.index
    for key, own in found.items():
        kept = np.exp(result.energies[last].astype(np.float64)) * result.key_mask[last] * (index != key)
        np.testing.assert_allclose(own.weights[last], kept / kept.sum(), atol=1e-6)


def test_the_lines_without_a_key_keep_every_setting(run):
    text, task = {"text": "I am a student."}, load_task("translation")
    chosen = {"parameters": "untrained", "seed": 4, "temperature": 0.5, "beam": 2}
    result = task.run(**text, **chosen)
    assert_same(run(core.ablation_lines(result, text, [0], [1])), result)


def test_the_lines_of_the_study_give_its_numbers(run):
    study = width_study(widths=(1, 8), draws=3, keys=4, seed=9)
    found = run(core.study_lines(study), name="study")
    for name in core.score_names():
        assert found.spread[name].tobytes() == study.spread[name].tobytes()
        assert found.largest[name].tobytes() == study.largest[name].tobytes()
