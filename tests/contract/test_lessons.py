"""What every lesson promises, whichever tasks declare one."""

import pytest
import torch

from attention_core import lessons, score_names, score_spec, task_names, task_spec
from tests.examples import task_of

TASKS = [name for name in task_names() if task_spec(name).lesson]
SOME, FEW, STEPS = 32, 32, 4


@pytest.fixture(scope="module", params=TASKS)
def task(request):
    return task_of(request.param, device="cpu")


@pytest.fixture(scope="module")
def parts(task):
    """The first of the shipped examples on their way through the encoder."""
    training, held_out = task.spec.lesson.shipped()
    return list(lessons.prepare(task, training[:SOME], held_out[:FEW]))


def learned(task, score, training):
    head = lessons.fresh_head(task, score)
    steps = [step for step, _ in zip(lessons.learn(task, head, training), range(STEPS), strict=False)]
    return head, [(step.loss, step.metric) for step in steps]


def test_a_task_without_a_lesson_says_why():
    for name in task_names():
        assert task_spec(name).lesson or task_spec(name).why_no_lesson.endswith("."), name


@pytest.mark.parametrize("name", TASKS)
def test_the_declaration_can_be_read(name):
    spec = task_spec(name)
    lesson = spec.lesson
    for text in (lesson.examples, lesson.credit, lesson.compared, lesson.right, lesson.counted):
        assert text.strip() == text != ""
    assert set(lesson.watched) <= {example.title for example in spec.examples}
    training, held_out = map(len, lesson.shipped())
    assert training >= SOME
    assert held_out >= FEW


def test_tells_how_far_it_is(parts):
    done = [part.done for part in parts]
    assert done == sorted(set(done))
    assert {part.of for part in parts} == {SOME + FEW}
    assert [part.data is None for part in parts] == [True] * (len(parts) - 1) + [False]
    assert list(map(len, parts[-1].data)) == [SOME, FEW]


@pytest.mark.parametrize("score", score_names())
def test_learns_what_the_score_function_names(task, parts, score):
    training, held_out = parts[-1].data
    before, lesson = lessons.fresh_head(task, score), task.spec.lesson
    first, second = learned(task, score, training), learned(task, score, training)
    assert first[1] == second[1]
    learns = any(symbol.parameter for symbol in score_spec(score).symbols)
    assert len(first[1]) == (STEPS if learns or lesson.teaches_readout else 0)
    assert all(0 <= metric <= 1 for _, metric in first[1])
    for name, old in before.named_parameters():
        changed = not torch.equal(old, first[0].get_parameter(name))
        assert changed is (lesson.teaches_readout if name.startswith("readout") else learns), name
    assert lessons.measure(task, first[0], held_out) == lessons.measure(task, second[0], held_out)
    assert 0 <= lessons.measure(task, first[0], held_out) <= 1
