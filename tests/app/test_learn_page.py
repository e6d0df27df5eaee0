"""Watch it learn as a page, without a browser: start, pause, continue, look back; one lesson a visitor; texts and pictures."""

import re
import time
from dataclasses import replace
from unittest.mock import patch

import pytest
from streamlit.testing.v1 import AppTest

import attention_core as core
from app import course, lessons, services, state
from app.views.learn import PAGE
from tests.lessons import PICTURE_TASK, TEXT, TEXT_TASK, wait


def draw_page():
    from app import address
    from app.views.learn import PAGE

    address.restore([])
    PAGE.render()


@pytest.fixture
def visitor():
    """`visitor(text)`: a new visitor's page, on their own examples. What they start is over when the test is."""
    pages = []

    def visit(text=TEXT):
        page = AppTest.from_function(draw_page, default_timeout=200)
        page.session_state[state.TASK] = TEXT_TASK
        page.session_state[state.LESSON_SOURCE] = state.OWN
        page.session_state[state.LESSON_TEXT] = text
        pages.append(page)
        return page.run()

    yield visit
    for page in pages:
        if state.LESSON in page.session_state:
            page.session_state[state.LESSON].stop()
            page.session_state[state.LESSON].join(60)


def press(page, label):
    next(own for own in page.button if own.label == label).click()
    return page.run()


def main_figure(page):
    """Which parameters the main figure shows, none if there is no such figure."""
    drawn = [own.proto for own in page.get("bidi_component") if own.proto.component_name == "attention"]
    return [re.search(rb'"parameters": ?"([^"]*)"', own.bytes)[1].decode() for own in drawn]


def labels(page):
    return [own.label for own in page.button]


def run_until(page, true):
    """Runs the page again and again, as a browser does, until that is true of its lesson."""
    wait(lambda: (page.run() and true(page.session_state[state.LESSON])) or time.sleep(0.5))
    return page.run()


def test_a_visitor_starts_pauses_goes_on_and_looks_back(visitor, monkeypatch):
    task = services.load_task(TEXT_TASK)
    lesson = task.spec.lesson
    monkeypatch.setattr(task, "spec", replace(task.spec, lesson=replace(lesson, recipe=replace(lesson.recipe, steps=100))))
    page = visitor()
    assert not page.exception
    assert labels(page) == ["Start learning"]
    assert main_figure(page) == ["step 0"]
    press(page, "Start learning")
    assert not page.exception
    assert "Stop" in labels(page) and "Start learning" not in labels(page)
    run_until(page, lambda lesson: len(lesson.course.snapshots) > 3)
    press(page, "Pause")
    run_until(page, lambda lesson: lesson.phase == lessons.PAUSED)
    assert labels(page) == ["Continue", "Stop"]
    slider = page.slider[0]
    assert slider.value == page.session_state[state.LESSON].course.snapshots[-1].step
    slider.set_value(slider.step).run()
    assert page.slider[0].value == page.session_state[state.LESSON].course.snapshots[1].step
    assert not page.exception
    press(page, "Continue")
    run_until(page, lambda lesson: not lesson.is_active)
    assert not page.exception
    assert labels(page) == ["Start learning"]
    table = next(own.value for own in page.markdown if "set apart" in own.value)
    assert "General, learned here" in table
    assert page.session_state[state.LESSON].phase == lessons.DONE
    assert page.session_state[state.LESSON].course.snapshots[-1].step == 100
    assert [own.value for own in page.error] == []


def test_the_controls_of_a_lesson_can_be_hidden_one_by_one(visitor):
    page = press(visitor(), "Start learning")
    assert left_out(page) == ""
    run_until(page, lambda lesson: len(lesson.course.snapshots) > 3)
    press(page, "Pause")
    run_until(page, lambda lesson: lesson.phase == lessons.PAUSED)
    assert "not part of the link" in left_out(page)
    newest = main_figure(page)
    page.slider[0].set_value(page.slider[0].step).run()
    assert main_figure(page) != newest
    page.session_state[state.HIDE] = frozenset({"source", "lesson", "steps"})
    page.run()
    assert not page.exception
    assert [labels(page), list(page.slider), main_figure(page)] == [[], [], newest]
    assert state.LESSON_SOURCE not in [own.key for own in page.button_group]


def left_out(page):
    """What the page says that no link carries of it."""
    with patch("streamlit.session_state", page.session_state.to_dict()):
        return PAGE.left_out()


def test_one_lesson_a_visitor_and_none_of_anothers(visitor):
    first, other = visitor(), visitor()
    press(first, "Start learning")
    assert "Stop" in labels(first)
    assert "Start learning" not in labels(first)
    assert state.LESSON not in other.session_state
    press(other.run(), "Start learning")
    mine, theirs = (page.session_state[state.LESSON] for page in (first, other))
    assert mine is not theirs
    press(first, "Stop")
    run_until(first, lambda lesson: not lesson.is_active)
    run_until(other, lambda lesson: lesson.course.snapshots)
    assert mine.phase == lessons.STOPPED
    assert theirs.is_active


def test_examples_that_do_not_work_are_said_to(visitor):
    page = press(visitor("no tab\n" * 20), "Start learning")
    assert [own.value for own in page.error] == [
        r"Line 1 must be a text, a tab and a label, got no tab\. Put one before the label\."
    ]
    assert state.LESSON not in page.session_state
    page = press(visitor("<b>x</b>\t*<i>*\n" * 20), "Start learning")
    assert r"“\*\<i\>\*”" in page.error[0].value


def test_a_score_function_without_parameters_is_said_to_have_none(visitor):
    page = visitor()
    for score in core.score_names():
        learns = any(symbol.parameter for symbol in core.score_spec(score).symbols)
        next(own for own in page.button_group if own.key == state.SCORE).set_value(score).run()
        assert any("has no parameters" in own.value for own in page.caption) is not learns, score


@pytest.fixture
def pictures(visitor, monkeypatch):
    """A visitor's page on the task of pictures, whose lesson has but a few photos and steps."""
    spec = core.task_spec(PICTURE_TASK)
    few = tuple(part[:32] for part in spec.lesson.shipped())
    lesson = replace(spec.lesson, shipped=lambda: few, recipe=replace(spec.lesson.recipe, steps=8))
    short = replace(spec, lesson=lesson)
    monkeypatch.setattr(services, "task_specs", lambda: [short])
    monkeypatch.setattr(services.load_task(PICTURE_TASK), "spec", short)
    monkeypatch.setattr(course, "_shared", {})
    page = visitor()
    page.session_state[state.TASK] = PICTURE_TASK
    return page.run()


def test_a_picture_is_watched_from_before_the_start_to_the_result(pictures):
    page, spec = pictures, core.task_spec(PICTURE_TASK)
    assert not page.exception
    assert [own.value for own in page.error] == []
    shown = next(own for own in page.selectbox if own.key == state.example_key(PICTURE_TASK))
    assert shown.options == list(spec.lesson.watched)
    assert shown.value == spec.lesson.watched[0]
    assert main_figure(page) == ["step 0"]
    assert not any(own.label == "Your own" for own in page.button_group)
    press(page, "Start learning")
    run_until(page, lambda lesson: not lesson.is_active)
    assert not page.exception
    assert page.session_state[state.LESSON].phase == lessons.DONE
    assert main_figure(page) == ["step 8"]
    table = next(own.value for own in page.markdown if "set apart" in own.value)
    assert f"on 32 photos set apart | {spec.lesson.right} |" in table
    before, after = (own.result.weights for own in page.session_state[state.LESSON].course.snapshots[::8])
    assert after.max() > 1.5 * before.max()
    assert any(spec.lesson.counted in own.value for own in page.caption)


def test_where_nothing_would_be_learned_nothing_starts(pictures):
    page = pictures
    for score in core.score_names():
        next(own for own in page.button_group if own.key == state.SCORE).set_value(score).run()
        learns = any(symbol.parameter for symbol in core.score_spec(score).symbols)
        assert page.button[0].disabled is not learns
        assert any("nothing to learn" in own.value for own in page.caption) is not learns
    assert main_figure(page) == ["step 0"]
