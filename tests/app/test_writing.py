"""Words written one by one: how their rows are read, what the figure is given, and the page around it."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import attention_core as core
from app import reading, state
from app.components import stage
from app.components.writing import LOW, writing
from attention_core.results import TaskResult, Words
from tests.examples import task_of

MAIN = Path(__file__).resolve().parents[2] / "app" / "main.py"
SECONDS = 200
TASK = "translation"
WEIGHTS = np.float32([[0.5, 0.3, 0.1, 0.1], [0.1, 0.1, 0.6, 0.2], [0.2, 0.4, 0.2, 0.2], [0.0, 0.0, 0.0, 1.0]])


def written(**changes):
    """Two words of one and two tokens and an end, over two words of two tokens and one, and an end."""
    zeros = np.zeros((4, 2), np.float32)
    fields = {
        "energies": np.arange(16, dtype=np.float32).reshape(4, 4), "weights": WEIGHTS, "query": zeros, "key": zeros,
        "value": zeros, "context": zeros, "key_mask": np.ones((4, 4), bool), "query_labels": ("le", "cha", "t", "end"),
        "key_labels": ("th", "e", "cat", "end"), "output": {"text": "le chat", "word_probabilities": [0.9, 0.3]},
        "provenance": {}, "query_words": Words(("le", "chat"), np.array([0, 1, 1, -1])),
        "key_words": Words(("the", "cat"), np.array([0, 0, 1, -1])),
    }  # fmt: skip
    return TaskResult(**{**fields, **changes})


def test_rows_and_keys_become_words():
    field = reading.read_field(written())
    assert (field.rows, field.keys, field.chances) == (("le", "chat"), ("the", "cat"), (0.9, 0.3))
    # "le": 0.8 and 0.1 of 0.9. "chat": the mean of 0.2 and 0.6, of 0.6 and 0.2, of 0.8.
    np.testing.assert_allclose(field.weights, [[0.8 / 0.9, 0.1 / 0.9], [0.5, 0.5]], atol=1e-6)
    np.testing.assert_array_equal(field.energies, [[1, 2], [9, 10]])
    assert field.cells.tolist() == [[[0, 0], [0, 2]], [[2, 1], [1, 2]]]  # of a word's tokens the pair of largest weight


def test_a_row_is_one_of_the_field():
    row = reading.read_row(written(), 1)
    np.testing.assert_allclose(row.weights, [0.5, 0.5], atol=1e-6)
    assert reading.read_field(written()).left_out == pytest.approx(0.5 / 3)  # 0.1, 0.2 and 0.2
    assert (row.query, row.positions.tolist(), row.places.tolist()) == (1, [1, 2], [0, 0, 1, -1])
    assert [reading.row_of(written(), query) for query in range(4)] == [0, 1, 1, None]
    assert reading.share(written(), "anything", 1) == 0.3


def test_what_a_key_meant_to_a_word_is_its_probability_without_it():
    after = written(output={"text": "le chat", "word_probabilities": [0.9, 0.1]}, weights=WEIGHTS[::-1])
    assert reading.removed(written(), after, 0, 1).share == 0.1
    assert reading.removed(written(), after, 0, 1).outcome == ""  # the words stay as they were written


def unpacked(content):
    length = int.from_bytes(content[:4], "little")
    header = json.loads(content[4 : 4 + length])
    return header, np.frombuffer(content[4 + length :], "<f4")


@pytest.mark.parametrize("boxes", [None, np.float32([[0, 0, 0.5, 1], [0.5, 0, 1, 1]])])
def test_the_figure_is_given_every_number_and_marks_what_is_unsure(boxes):
    field = reading.read_field(written())
    field = reading.Field(**{**vars(field), "boxes": boxes})
    caption = stage.Caption("t", "le chat", None, "", (), "", "", "s", "trained", positions=(0,), places=(0, 1))
    header, numbers = unpacked(writing(caption, field, "light", core.task_spec(TASK), source="p", held=1, chosen=1))
    assert (header["rows"], header["labels"], header["held"]) == (["le", "chat"], ["the", "cat"], 1)
    assert header["low"] == [False, True] and LOW == 0.5
    assert (header["isWritten"], header["told"], header["lines"]) == (True, ["90 %", "30 %"], ["Writes", "Reads"])
    assert header["weightTexts"] == ["0.889", "0.111", "0.500", "0.500"]
    assert header["cells"] == [[0, 0], [0, 2], [2, 1], [1, 2]]
    np.testing.assert_array_equal(numbers[:4], field.weights.ravel())
    np.testing.assert_array_equal(numbers[4:8], field.energies.ravel())
    assert len(numbers) == (8 if boxes is None else 16)
    assert header["largest"] == "0.889"


def at_once(**changes):
    """Two films suggested at once, over three that were picked."""
    weights = np.float32([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]])
    fields = {
        "energies": weights, "weights": weights, "query_labels": ("Alien", "Heat"), "key_labels": ("a", "b", "c"),
        "output": {"label": "Alien", "row_scores": [4.25, 3.5]}, "query_words": None, "key_words": None,
    }  # fmt: skip
    return written(**fields, **changes)


def test_rows_that_are_there_at_once_can_be_chosen_but_are_not_written():
    assert reading.has_rows(at_once()) and not reading.is_written(at_once())
    assert reading.has_rows(written()) and reading.is_written(written())
    field, spec = reading.read_field(at_once()), SimpleNamespace(query_name="film", key_name="pick", score_name="score")
    caption = stage.Caption("t", "Alien", None, "", (), "", "", "s", "trained", positions=(0,), places=(0, 1, 2))
    header, _ = unpacked(writing(caption, field, "light", spec))
    assert (header["isWritten"], header["lines"], header["names"]) == (False, ["Films", "Picks"], ["film", "pick"])
    assert (header["told"], header["lead"], header["low"]) == (["4.25", "3.50"], "score", [False, False])
    assert header["hint"].startswith("Point at a film or a pick to see what belongs to it; press films to hold up to two.")
    assert (header["chosen"], header["held"]) == (0, None)


def test_what_a_key_meant_to_a_row_is_its_own_score_without_it():
    after = at_once()
    after = replace(after, output={"label": "Heat", "row_scores": [1.0, 2.0]}, weights=after.weights[::-1])
    own = reading.removed(at_once(), after, 0, 1)
    assert (own.share, own.outcome) == (2.0, "")  # not another suggestion: the rows stay


def by_key(widgets, key):
    return next(widget for widget in widgets if widget.key == key)


@pytest.fixture
def page():
    own = AppTest.from_file(str(MAIN), default_timeout=SECONDS)
    own.query_params.update({"v": "1", "task": TASK, "score": "additive"})
    return own.run()


def said(page):
    return [own.value for own in [*page.markdown, *page.caption, *page.info]]


def entered(page, name, value):
    return by_key(page.text_input, state.input_key(TASK, name)).set_value(value).run()


def test_the_page_follows_the_word_that_is_held(page):
    assert not page.exception and not page.error
    words = task_of(TASK).run(text=core.task_spec(TASK).examples[0].values["text"], score="additive").by_word()
    assert any(f"for “{words.query_labels[0]}”" in own for own in said(page))
    page.session_state[state.ROW] = 1
    page.session_state["matter_open"] = True
    page.run()
    assert not page.exception
    assert any(f"for “{words.query_labels[1]}”" in own for own in said(page))
    assert any(own.startswith(f"With all keys “{words.query_labels[1]}” is written with probability") for own in said(page))
    assert "".join(page.query_params["row"]) == "1"


@pytest.mark.parametrize("row", [-1, 999, True, "1", 0.0])
def test_a_row_that_is_not_there_is_the_first(page, row):
    page.session_state[state.ROW] = row
    page.run()
    assert not page.exception and not page.error


def test_a_given_translation_is_the_one_that_is_shown(page):
    entered(page, "target", "Elle chante bien.")
    assert not page.error
    assert any("for “Elle”" in own for own in said(page))
    assert "".join(page.query_params["in.target"]) == "Elle chante bien."
    entered(page, "target", "   ")
    assert not page.error
    assert not any("for “Elle”" in own for own in said(page))


def test_an_option_of_the_task_reaches_the_core_and_the_link(page):
    option = core.task_spec(TASK).options[0]
    page.session_state["save"] = True  # its Python is shown
    by_key(page.number_input, state.option_key(TASK, option.name)).set_value(option.minimum).run()
    assert not page.exception
    assert "".join(page.query_params[f"task.{option.name}"]) == str(option.minimum)
    assert any(f"{option.name}={option.minimum}" in own.value for own in page.code)


def test_a_changed_temperature_writes_again_but_never_encodes_again(page, monkeypatch):
    encoded, ran = [], []
    task = core.tasks.task.Task
    encode, run = type(task_of(TASK).model).encode, task.run_encoded
    monkeypatch.setattr(type(task_of(TASK).model), "encode", lambda self, inputs: encoded.append(inputs) or encode(self, inputs))
    monkeypatch.setattr(task, "run_encoded", lambda self, items: ran.append(items[0][1].score) or run(self, items))
    page.session_state[state.HIDE] = frozenset({"comparison"})
    entered(page, "text", "We saw her yesterday.")
    assert (len(encoded), ran) == (1, ["additive"])  # the others are not computed before anyone looks at them
    by_key(page.select_slider, state.TEMPERATURE).set_value(0.5).run()
    assert (len(encoded), ran) == (1, ["additive"] * 2)
    del page.session_state[state.HIDE]
    page.run()
    assert sorted(ran) == sorted([*core.score_names(), "additive"])


def test_bad_input_is_told_in_one_sentence_and_the_last_result_stays(page):
    entered(page, "text", "")
    assert len(page.error) == 1 and "at least one word" in page.error[0].value
    assert any(element.proto.component_name == "attention" for element in page.get("bidi_component"))
    entered(page, "text", "Zxqv 漢字 <b>blorp</b> " + "very " * 200)
    assert not page.error and not page.exception
