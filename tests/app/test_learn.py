"""Lessons in the background: start, pause, continue, stop, leave, wait; what is shared, and what is forgotten."""

import time
from dataclasses import replace

import pytest

import attention_core as core
from app import course, lessons, services
from attention_core import lessons as core_lessons
from attention_core.tasks.sentiment_lesson import read
from tests.lessons import TEXT, TEXT_TASK, wait

WATCHED = "A fine but dull film."


@pytest.fixture(scope="module")
def task():
    return services.load_task(TEXT_TASK)


@pytest.fixture
def start(task):
    """`start(score)`: a lesson on twenty sentences, over at the end of the test."""
    started = []

    def begin(score="general", own=TEXT):
        encoding = task.encode(text=WATCHED)
        training = lessons.Training(course.Course(task, score, encoding, read(own), {"text": WATCHED}))
        started.append(training)
        return training

    yield begin
    for training in started:
        training.stop()
        training.join(60)


def looking(training, true):
    """Waits until that is true, as a page that is open."""

    def look():
        training.look()
        return true()

    wait(look)


def test_a_lesson_learns_to_its_end_what_the_command_learns(start, task):
    training = start("additive")
    looking(training, lambda: not training.is_active)
    assert (training.phase, training.problem) == (lessons.DONE, "")
    *_, prepared = core_lessons.prepare(task, *read(TEXT))
    head = core_lessons.fresh_head(task, "additive")
    before = core_lessons.measure(task, head, prepared.data[1])
    losses = [step.loss for step in core_lessons.learn(task, head, prepared.data[0])]
    after = core_lessons.measure(task, head, prepared.data[1])
    assert training.course.result.untrained == before
    assert training.course.result.here == after
    assert training.course.result.shipped == core_lessons.measure(task, task.head("additive"), prepared.data[1])
    every = training.course.snapshots[1].step
    assert [own.step for own in training.course.snapshots] == list(range(0, training.course.steps + 1, every))
    assert len(training.course.snapshots) <= course.KEPT + 1
    assert training.course.snapshots[1].loss == pytest.approx(sum(losses[:every]) / every)
    assert training.course.snapshots[-1].loss == pytest.approx(sum(losses[-every:]) / every)
    last = task.run_head(head, "additive", task.encode(text="A fine but dull film.")).by_word()
    assert training.course.snapshots[-1].row.weights == pytest.approx(last.weights[0], abs=1e-6)
    assert training.course.own is None and training.course.encoding is None  # nothing of it is kept but the snapshots


def test_pause_continue_and_stop(start):
    training = start()
    looking(training, lambda: len(training.course.snapshots) > 2)
    training.pause()
    looking(training, lambda: training.phase == lessons.PAUSED)
    kept = len(training.course.snapshots)
    time.sleep(0.5)
    assert len(training.course.snapshots) == kept
    assert training.is_paused and training.is_active
    training.go_on()
    looking(training, lambda: len(training.course.snapshots) > kept)
    training.stop()
    training.join(30)
    assert (training.phase, training.problem, training.course.result) == (lessons.STOPPED, "", None)
    assert len(training.course.snapshots) < training.course.steps
    assert not training._thread.is_alive()


@pytest.mark.parametrize("paused", [False, True])
def test_it_ends_when_its_visitor_leaves(start, monkeypatch, paused):
    training = start()
    looking(training, lambda: training.course.snapshots)
    if paused:
        training.pause()
        looking(training, lambda: training.phase == lessons.PAUSED)
    monkeypatch.setattr(lessons, "LEFT_SECONDS", 0.3)
    training.join(30)
    assert (training.phase, training.problem) == (lessons.STOPPED, lessons.LEFT)


def test_it_ends_when_its_time_is_up(start, monkeypatch):
    monkeypatch.setattr(lessons, "MOST_SECONDS", 0.01)
    training = start()
    training.join(30)
    assert (training.phase, training.problem) == (lessons.STOPPED, lessons.TOO_LONG)


def test_a_pause_does_not_last_for_ever(start, monkeypatch):
    monkeypatch.setattr(lessons, "PAUSE_SECONDS", 0.2)
    training = start()
    training.pause()
    training.join(30)
    assert (training.phase, training.problem) == (lessons.STOPPED, lessons.TOO_LONG)


def test_a_lesson_without_a_place_waits_and_then_learns(start, monkeypatch):
    monkeypatch.setattr(lessons, "_places", lessons.threading.BoundedSemaphore(1))
    first = start()
    looking(first, lambda: first.course.snapshots)
    second = start()
    first.pause()
    for _ in range(10):
        first.look()
        second.look()
        time.sleep(0.05)
    assert second.phase == lessons.WAITING
    first.stop()
    looking(second, lambda: second.course.snapshots)


def test_it_waits_while_somebodys_page_is_drawn(start, monkeypatch):
    monkeypatch.setattr(lessons, "MOST_PATIENCE", 60.0)
    with lessons.others_first():
        training = start()
        looking(training, lambda: training.phase == lessons.LEARNING)
        time.sleep(0.5)
        assert training.course.snapshots == []
        assert training.seconds == 0
    looking(training, lambda: training.course.snapshots)


def test_a_full_house_says_so(start, monkeypatch):
    monkeypatch.setattr(lessons, "QUEUE", 0)
    with pytest.raises(core.InputError) as refused:
        start()
    assert str(refused.value) == lessons.FULL


def test_what_goes_wrong_is_one_sentence(start, task, monkeypatch):
    def broken(*_):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(course.lessons, "learn", broken)
    training = start()
    training.join(60)
    assert (training.phase, training.problem) == (lessons.STOPPED, lessons.UNEXPECTED)
    monkeypatch.undo()
    again = start()
    looking(again, lambda: len(again.course.snapshots) > 1)


def test_the_shipped_sentences_are_encoded_once_for_all(task, monkeypatch):
    few, encoded = read(TEXT), []
    prepare = task.spec.lesson.prepare

    def counted(model, examples):
        encoded.append(examples)
        return prepare(model, examples)

    lesson = replace(task.spec.lesson, shipped=lambda: few, prepare=counted)
    monkeypatch.setattr(task, "spec", replace(task.spec, lesson=lesson))
    monkeypatch.setattr(course, "_shared", {})
    encoding = task.encode(text="A film.")
    both = [lessons.Training(course.Course(task, score, encoding, None, {"text": "A film."})) for score in ("general", "uniform")]
    for training in both:
        looking(training, lambda training=training: len(training.course.snapshots) > 1)
    for training in both:
        training.stop()
        training.join(30)
    assert encoded == list(few)
