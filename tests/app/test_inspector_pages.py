"""The cell inspector on A against B and on Watch it learn, as pages without a browser."""

import json
import re
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

import attention_core as core
from app import state
from app.components import report
from app.reading import queries_of
from tests.app.test_learn_page import main_figure, press, run_until, visitor  # noqa: F401 a fixture
from tests.app.test_page import PICTURE_TASK, SECONDS, TEXT_TASK, by_key
from tests.app.test_pages import SCRIPT
from tests.examples import task_of

TEXT, OTHER_TEXT = "The plot is thin, yet every scene with her is unbelievably charming.", "A dull film."


@pytest.fixture
def compare():
    """`compare(**kept)`: A against B on the text, with that in the session."""

    def visit(task=TEXT_TASK, **kept):
        page = AppTest.from_string(SCRIPT.format("compare"), default_timeout=SECONDS).run()
        page.session_state[state.TASK] = task
        page.run()
        if task == TEXT_TASK:
            by_key(page.text_area, state.input_key(task, "text")).set_value(TEXT).run()
        for key, value in kept.items():
            page.session_state[key] = value
        return page.run()

    return visit


def title(page):
    return next((own.value.split("\n")[0].replace("\\", "") for own in page.markdown if "gets weight" in own.value), None)


def headers(page, name):
    """What the elements of that name were told."""
    found = [own.proto.bytes for own in page.get("bidi_component") if own.proto.component_name == name]
    return [json.loads(own[4 : 4 + int.from_bytes(own[:4], "little")]) for own in found]


def told(page):
    """What the inspector was told."""
    return headers(page, "attention_inspector")[0]


def weight_of(task, key, **settings):
    return task_of(task).run(text=TEXT, **settings).weights[0, key]


def test_the_cell_of_a_and_the_same_of_b(compare):
    page = compare()
    assert title(page) is None
    assert told(page)["hint"].startswith("Press a word or a cell of the difference map (or go there by keyboard")
    assert not any(own.key == state.SIDE for own in page.button_group)
    page.session_state[state.CELL] = (0, 4)
    page.run()
    for side, score in (("A", "general"), ("B", page.session_state[state.OTHER + state.SCORE])):
        switch = by_key(page.button_group, state.SIDE)
        assert switch.options == [f"{own}: {core.score_spec(name).title}" for own, name in zip("AB", sides(page), strict=True)]
        switch.set_value(side).run()
        assert not page.exception
        assert title(page).startswith(f"## {side}: how the word “thin” gets weight 0")
        assert told(page)["weight"] == pytest.approx(weight_of(TEXT_TASK, 4, score=score), rel=1e-6)


def sides(page):
    return page.session_state[state.SCORE], page.session_state[state.OTHER + state.SCORE]


def test_the_cell_and_its_side_stand_in_the_address(compare):
    page = compare(**{state.CELL: (0, 12)})
    assert (page.query_params["cell"], "side" in page.query_params) == ("0,12", False)
    by_key(page.button_group, state.SIDE).set_value("B").run()
    assert page.query_params["side"] == "B"
    own = AppTest.from_string(SCRIPT.format("compare"), default_timeout=SECONDS)
    for name, value in dict(page.query_params).items():
        own.query_params[name] = value
    own.run()
    assert title(own) == title(page)
    assert title(own).startswith("## B: how")


def test_a_cell_that_only_a_has_is_said_to_be_missing_in_b_and_kept(compare):
    page = compare(**{state.CELL: (0, 12), state.SIDE: "B"})
    page.toggle[0].set_value(False).run()
    by_key(page.text_area, state.OTHER + state.input_key(TEXT_TASK, "text")).set_value(OTHER_TEXT).run()
    assert not page.exception
    assert title(page) is None
    keys = len(task_of(TEXT_TASK).run(text=OTHER_TEXT).key)
    assert (
        told(page)["hint"] == f"B has no such cell: it has {keys} keys, and this is key 13. Switch back, or press another cell."
    )
    by_key(page.button_group, state.SIDE).set_value("A").run()
    assert title(page).startswith("## A: how “un”, a part of “unbelievably”,")
    page.session_state[state.CELL] = (0, 99)
    page.run()
    assert told(page)["hint"].startswith("Press a word (or go there")  # no side has it: forgotten
    assert state.CELL not in page.session_state


def test_a_side_that_cannot_be_computed_leaves_the_other_to_inspect(compare):
    page = compare(**{state.CELL: (0, 12)})
    page.toggle[0].set_value(False).run()
    by_key(page.text_area, state.OTHER + state.input_key(TEXT_TASK, "text")).set_value(" ").run()
    assert not page.exception
    assert title(page).startswith("## A: how “un”, a part of “unbelievably”,")
    assert not any(own.key == state.SIDE for own in page.button_group)


def test_pictures_and_written_words_open_too(compare):
    page = compare(PICTURE_TASK, **{state.CELL: (0, 131), state.SIDE: "B"})
    assert title(page).startswith("## B: how the place at row 7, column 12 gets weight")
    page = compare("translation", **{state.CELL: (1, 2), state.SIDE: "B"})
    assert not page.exception
    assert re.match("## B: how the word “.*” gets weight .* for “.*”", title(page))


def test_a_pressed_written_word_takes_the_cell_along_to_its_row_and_side(monkeypatch):
    result = task_of("translation").run(text="I am a student.")
    kept = {"side_B": SimpleNamespace(row=2), state.CELL: (0, 99), state.SIDE: "A"}  # a cell that only A has
    monkeypatch.setattr(report.st, "session_state", kept)
    report.hold(result, "side_B", "B")
    assert (kept[state.ROW], kept[state.CELL], kept[state.SIDE]) == (2, (int(queries_of(result)[2][0]), 99), "B")
    del kept[state.CELL]
    report.hold(result, "side_B", "B")
    assert state.CELL not in kept


def test_a_link_that_hides_the_inspector_hides_it_here(compare):
    page = compare(**{state.CELL: (0, 12), state.HIDE: frozenset({"inspector"})})
    assert headers(page, "attention_inspector") == []
    assert all(own["positions"] == [] for own in headers(page, "attention"))
    assert title(page) is None


def test_a_lesson_is_inspected_before_it_starts_while_it_rests_and_when_it_is_over(visitor):  # noqa: F811
    page = visitor()
    page.session_state[state.LESSON_CELL] = (0, 3)
    page.run()
    assert title(page).startswith("## How the word")
    assert "cell" not in page.query_params
    press(page, "Start learning")
    run_until(page, lambda lesson: len(lesson.course.snapshots) > 3)
    assert headers(page, "attention_inspector") == []
    assert headers(page, "attention")[0]["positions"] == []
    press(page, "Pause")
    run_until(page, lambda lesson: lesson.is_paused)
    check_step(page)
    page.slider[0].set_value(0).run()
    assert main_figure(page) == ["step 0"]
    check_step(page)
    press(page, "Stop")
    run_until(page, lambda lesson: not lesson.is_active)
    page.slider[0].set_value(page.slider[0].max).run()
    check_step(page)
    assert not page.exception
    page.session_state[state.HIDE] = frozenset({"inspector"})
    page.run()
    assert headers(page, "attention_inspector") == []


def check_step(page):
    """The inspector shows the step that the figure shows, with that figure's weight."""
    step = int(main_figure(page)[0].split()[-1])
    snapshot = next(own for own in page.session_state[state.LESSON].course.snapshots if own.step == step)
    assert title(page).startswith(f"## Step {step}: how the word")
    assert told(page)["weight"] == pytest.approx(snapshot.result.weights[0, 3], rel=1e-5)


def test_a_step_whose_parameters_are_gone_is_said_to_be(visitor, monkeypatch):  # noqa: F811
    page = visitor()
    page.session_state[state.LESSON_CELL] = (0, 3)
    press(page, "Start learning")
    run_until(page, lambda lesson: len(lesson.course.snapshots) > 3)
    press(page, "Stop")
    run_until(page, lambda lesson: not lesson.is_active)
    course = page.session_state[state.LESSON].course
    course._kept.shrink(0)
    page.run()
    step = course.snapshots[-1].step
    assert title(page) is None
    assert told(page)["hint"] == (
        f"The parameters of step {step} are not kept: there is room for those of some steps only. "
        "Take the slider to step 0 to see the arithmetic there."
    )


def test_the_cell_of_the_side_that_is_shown_can_be_saved(compare):
    page = compare(**{state.CELL: (0, 3), state.SIDE: "B", "save_cell": True})
    score = page.session_state[state.OTHER + state.SCORE]
    assert [button.proto.label for button in page.get("download_button")][-3:] == ["CSV", "JSON", "NPZ"]
    assert len(page.code) == 1
    assert f"score={score!r}" in page.code[0].value
    page.session_state[state.SIDE] = "A"
    page.run()
    assert f"score={page.session_state[state.SCORE]!r}" in page.code[0].value
    page.session_state[state.HIDE] = frozenset({"export"})
    page.run()
    assert page.get("download_button") == []
