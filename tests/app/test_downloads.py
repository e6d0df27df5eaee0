"""What can be saved of a view: file names that say what they hold, and nothing computed before a button is pressed."""

import io
import json
import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import attention_core as core
from app import state
from app.components import downloads
from app.figures import printed, standalone
from tests.app.test_page import MAIN, PICTURE_TASK, SECONDS, by_key
from tests.unit.test_export import small


def result(**changed):
    made = {
        "task": "letters", "score": "general", "parameters": "trained", "seed": None, "weights_sha256": "d99eb8dee33812",
        "distribution": "softmax", "distribution_options": {}, "temperature": 1.0,
        "versions": {"attention_core": "0.1", "torch": "2"},
    }  # fmt: skip
    return small(provenance={**made, **changed})


def test_files_are_named_after_what_they_hold():
    assert downloads.stem_of(result()) == "letters-general-trained-softmax-t1"
    untrained = result(
        parameters="untrained", seed=7, weights_sha256=None, distribution="top_k", distribution_options={"k": 5}, temperature=0.05
    )
    assert downloads.stem_of(untrained) == "letters-general-untrained-seed7-top_k-k5-t0.05"
    names = [file.name for file in (*downloads.figure_files("a", str.encode), *downloads.number_files(untrained))]
    assert len({*names}) == 8
    assert all(re.fullmatch(r"[a-z0-9_.@-]+\.(svg|png|pdf|csv|json|npz)", name) for name in names)


def test_every_file_holds_what_its_name_says():
    made = {file.name: file.make() for file in downloads.figure_files("a", str.encode)}
    assert made == {"a.svg": b"svg", "a.png": b"png", "a@2x.png": b"png2", "a.pdf": b"pdf"}
    csv, context, json, npz = (file.make() for file in downloads.number_files(result()))
    assert csv.startswith("\ufeffrow,column".encode())
    assert context.startswith("\ufeffrow,query".encode())
    assert json.startswith(b"{")
    assert core.load_result(npz).provenance == result().provenance


def test_provenance_says_how_to_get_the_result_again():
    assert downloads.provenance_of(result(distribution="top_k", distribution_options={"k": 5})) == (
        "Task letters · score function general · trained parameters d99eb8dee338 · distribution top_k, k 5 · temperature 1 · "
        "attention_core 0.1, torch 2"
    )
    assert "untrained parameters, seed 7" in downloads.provenance_of(result(parameters="untrained", seed=7, weights_sha256=None))


def test_the_provenance_of_several_says_what_parameters_each_has():
    untrained = result(score="cosine", parameters="untrained", seed=7, weights_sha256=None)
    assert downloads.provenance_of(result(), untrained) == (
        "Task letters · general: trained parameters d99eb8dee338; cosine: untrained parameters, seed 7 · distribution softmax · "
        "temperature 1 · attention_core 0.1, torch 2"
    )


def test_a_table_is_the_same_in_every_form_and_says_where_it_comes_from():
    columns, about = {"name": ["=a", None], "value": [np.float32(0.1), -np.inf]}, {"task": "any", "versions": {"torch": "2"}}
    csv, json_file, npz = (file.make() for file in downloads.table_files("stem", columns, about))
    assert csv.decode("utf-8-sig").splitlines() == ["name,value,task,versions.torch", "'=a,0.1,any,2", ",-inf,any,2"]
    read = json.loads(json_file, parse_constant=lambda _: pytest.fail("strict JSON has no such number"))
    assert read == {"task": "any", "versions.torch": "2", "name": ["=a", None], "value": [float(np.float32(0.1)), "-Infinity"]}
    with np.load(io.BytesIO(npz)) as arrays:
        assert {name: own.tolist() for name, own in arrays.items()} == {
            "task": ["any"], "versions.torch": ["2"], "name": ["=a", ""], "value": [float(np.float32(0.1)), -np.inf],
        }  # fmt: skip


def test_the_outcome_is_the_label_and_its_probability():
    assert downloads.outcome_of(small(output={"label": "good", "probabilities": {"good": 0.973}})) == "good, 97.3 %"
    assert downloads.outcome_of(small(output={"text": "guten Tag"})) == "guten Tag"


@pytest.fixture
def page():
    return AppTest.from_file(str(MAIN), default_timeout=SECONDS)


def test_a_redraw_makes_no_file(page, monkeypatch):
    def made(*_):
        raise AssertionError("a file was made before its button was pressed")

    monkeypatch.setattr(printed, "draw", made)
    monkeypatch.setattr(standalone, "page", made)
    monkeypatch.setattr(downloads, "NUMBERS", {label: (made, *rest) for label, (_, *rest) in downloads.NUMBERS.items()})
    page.run()
    assert page.get("download_button") == [] and len(page.code) == 0
    page.session_state["save"] = True
    page.run()
    assert [button.proto.label for button in page.get("download_button")] == [*downloads.FIGURES, *downloads.NUMBERS, "HTML"]
    assert not page.exception
    assert not page.error


@pytest.mark.parametrize(
    ("key", "numbers"),
    [
        ("save_comparison", ["CSV", "CSV, context", "JSON", "HTML"]),
        ("save_cell", ["CSV", "JSON", "NPZ"]),
        ("save_matter", ["CSV", "JSON", "NPZ", "CSV", "JSON", "NPZ", "HTML"]),
    ],
)
def test_every_part_of_the_page_can_be_saved_once_it_is_asked_for(page, key, numbers):
    page.session_state[state.CELL] = (0, 3)
    page.session_state["matter_open"] = True
    page.run()
    assert page.get("download_button") == []
    page.session_state[key] = True
    page.run()
    assert [button.proto.label for button in page.get("download_button")] == [*downloads.FIGURES, *numbers]
    assert not page.exception
    assert len(page.code) == 1


def test_a_cell_can_be_saved_only_while_it_is_pinned(page):
    page.session_state["save_cell"] = True
    page.run()
    assert page.get("download_button") == []
    assert not page.exception


def test_the_lines_follow_the_chosen_score_function(page):
    page.session_state["save"] = True
    page.run()
    by_key(page.selectbox, state.TASK).select(PICTURE_TASK).run()
    by_key(page.button_group, state.SCORE).set_value("cosine").run()
    assert f"task = load_task({PICTURE_TASK!r})" in page.code[0].value
    assert "score='cosine'" in page.code[0].value


def test_a_link_can_hide_it(page):
    page.session_state[state.CELL] = (0, 3)
    for key in ("matter_open", "save", "save_cell", "save_matter", "save_comparison"):
        page.session_state[key] = True
    page.session_state[state.HIDE] = frozenset({"export"})
    page.run()
    assert page.get("download_button") == []
    assert len(page.code) == 0
