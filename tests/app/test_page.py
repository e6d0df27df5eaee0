"""The Playground as a page: it draws at the first visit, after every control, and on any input."""

import io
from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

import attention_core as core
from app import state

MAIN = Path(__file__).resolve().parents[2] / "app" / "main.py"
SECONDS = 200
TEXT_TASK, PICTURE_TASK = "sentiment", "find"


def png(size=(40, 30), colour="red"):
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def page():
    """The page after a first visit."""
    return AppTest.from_file(str(MAIN), default_timeout=SECONDS).run()


@pytest.fixture
def text_page(page):
    """The page on the text task."""
    return by_key(page.selectbox, state.TASK).select(TEXT_TASK).run()


def by_key(widgets, key):
    return next(widget for widget in widgets if widget.key == key)


def shown(page):
    """How many elements of our own the page drew, and the problems it tells."""
    return len(page.get("bidi_component")), [error.value for error in page.error]


def text_box(page):
    return by_key(page.text_area, state.input_key(TEXT_TASK, "text"))


def test_the_first_visit_shows_an_example(page):
    assert not page.exception
    assert shown(page) == (3, [])


@pytest.mark.parametrize("task", core.task_names())
def test_every_example_of_every_task_draws(page, task):
    by_key(page.selectbox, state.TASK).select(task).run()
    for example in core.task_spec(task).examples:
        by_key(page.selectbox, state.example_key(task)).select(example.title).run()
        assert not page.exception
        assert shown(page) == (3, [])


def test_every_score_function_and_distribution_draws(text_page):
    for score in core.score_names():
        by_key(text_page.button_group, state.SCORE).set_value(score).run()
        assert shown(text_page) == (3, []), score
        assert any(core.score_spec(score).formula in own.value for own in text_page.markdown)
    for distribution in core.distribution_names():
        by_key(text_page.selectbox, state.DISTRIBUTION).select(distribution).run()
        assert not text_page.exception
        assert shown(text_page) == (3, []), distribution
        for option in core.distribution_spec(distribution).options:
            by_key(text_page.number_input, state.option_key(distribution, option.name)).set_value(2).run()
            assert shown(text_page) == (3, [])


def test_the_seed_appears_with_untrained_parameters_only(text_page):
    assert [own for own in text_page.number_input if own.key == state.SEED] == []
    by_key(text_page.button_group, state.PARAMETERS).set_value(state.UNTRAINED).run()
    by_key(text_page.number_input, state.SEED).set_value(7).run()
    assert shown(text_page) == (3, [])


@pytest.mark.parametrize("temperature", [state.TEMPERATURES[0], state.TEMPERATURES[-1]])
def test_extreme_temperatures_draw(text_page, temperature):
    by_key(text_page.select_slider, state.TEMPERATURE).set_value(temperature).run()
    assert shown(text_page) == (3, [])


def test_neither_score_function_nor_temperature_nor_distribution_encodes_again(text_page, monkeypatch):
    encoded = []
    model = type(core.task_spec(TEXT_TASK).model.encode and core.load_task(TEXT_TASK).model)
    original = model.encode
    monkeypatch.setattr(model, "encode", lambda self, inputs: encoded.append(inputs) or original(self, inputs))
    text_box(text_page).set_value("A film nobody has seen before.").run()
    assert len(encoded) == 1
    by_key(text_page.button_group, state.SCORE).set_value("cosine").run()
    by_key(text_page.select_slider, state.TEMPERATURE).set_value(0.5).run()
    by_key(text_page.selectbox, state.DISTRIBUTION).select("sparsemax").run()
    assert len(encoded) == 1


def test_a_changed_score_function_computes_nothing(text_page, monkeypatch):
    from attention_core.tasks.task import Task

    runs = []
    original = Task.run_encoded
    monkeypatch.setattr(Task, "run_encoded", lambda self, items: runs.append(items) or original(self, items))
    text_box(text_page).set_value("Another film nobody has seen.").run()
    before = len(runs)
    assert before > 0
    for score in core.score_names():
        by_key(text_page.button_group, state.SCORE).set_value(score).run()
    assert len(runs) == before


def test_bad_input_keeps_the_text_and_the_last_result(text_page):
    text_box(text_page).set_value("   ").run()
    assert shown(text_page) == (3, [r"The text must hold at least one word, got none\. Type a sentence, or pick an example\."])
    assert text_box(text_page).value == "   "
    text_box(text_page).set_value("Good again.").run()
    assert shown(text_page) == (3, [])


def test_an_unexpected_error_gives_one_sentence_and_no_trace(text_page, monkeypatch):
    from attention_core.tasks.task import Task

    def broken(self, items):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(Task, "run_encoded", broken)
    text_box(text_page).set_value("Something new.").run()
    assert not text_page.exception
    assert len(text_page.error) == 1
    assert "not your fault" in text_page.error[0].value
    assert "secret" not in " ".join(own.value for own in [*text_page.error, *text_page.markdown, *text_page.info])


def test_your_own_text_comes_back_after_an_example(text_page):
    text_box(text_page).set_value("My own words.").run()
    examples = by_key(text_page.selectbox, state.example_key(TEXT_TASK))
    assert examples.value == state.OWN_INPUT
    examples.select(core.task_spec(TEXT_TASK).examples[1].title).run()
    assert text_box(text_page).value == core.task_spec(TEXT_TASK).examples[1].values["text"]
    by_key(text_page.selectbox, state.example_key(TEXT_TASK)).select("Your own").run()
    assert text_box(text_page).value == "My own words."


def test_an_upload_replaces_the_picture(page):
    by_key(page.selectbox, state.TASK).select(PICTURE_TASK).run()
    page.file_uploader[0].upload("red.png", png(), "image/png").run()
    assert not page.exception
    kept = page.session_state[state.input_key(PICTURE_TASK, "image")]
    assert kept == state.Upload("red.png", png())
    assert shown(page) == (3, [])


def test_what_one_visitor_enters_stays_theirs(text_page):
    text_box(text_page).set_value("A secret of the first visitor.").run()
    other = AppTest.from_file(str(MAIN), default_timeout=SECONDS).run()
    by_key(other.selectbox, state.TASK).select(TEXT_TASK).run()
    texts = [own.value for own in [*other.text_area, *other.markdown, *other.caption]]
    assert not any("secret" in text for text in texts)
