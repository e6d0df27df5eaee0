"""What can be saved of a view: file names that say what they hold, and nothing computed before a button is pressed."""

import re

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
    assert len({*names}) == 7
    assert all(re.fullmatch(r"[a-z0-9_.@-]+\.(svg|png|pdf|csv|json|npz)", name) for name in names)


def test_every_file_holds_what_its_name_says():
    made = {file.name: file.make() for file in downloads.figure_files("a", str.encode)}
    assert made == {"a.svg": b"svg", "a.png": b"png", "a@2x.png": b"png2", "a.pdf": b"pdf"}
    csv, json, npz = (file.make() for file in downloads.number_files(result()))
    assert csv.startswith("\ufeffrow,column".encode())
    assert json.startswith(b"{")
    assert core.load_result(npz).provenance == result().provenance


def test_provenance_says_how_to_get_the_result_again():
    assert downloads.provenance_of(result(distribution="top_k", distribution_options={"k": 5})) == (
        "Task letters · score function general · trained parameters d99eb8dee338 · distribution top_k, k 5 · temperature 1 · "
        "attention_core 0.1, torch 2"
    )
    assert "untrained parameters, seed 7" in downloads.provenance_of(result(parameters="untrained", seed=7, weights_sha256=None))


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
    assert [button.proto.label for button in page.get("download_button")] == [*downloads.FIGURES, *downloads.NUMBERS, "HTML"]
    assert not page.exception
    assert not page.error


def test_the_lines_follow_the_chosen_score_function(page):
    page.run()
    by_key(page.selectbox, state.TASK).select(PICTURE_TASK).run()
    by_key(page.button_group, state.SCORE).set_value("cosine").run()
    assert f"task = load_task({PICTURE_TASK!r})" in page.code[0].value
    assert "score='cosine'" in page.code[0].value


def test_a_link_can_hide_it(page):
    page.session_state[state.HIDE] = frozenset({"export"})
    page.run()
    assert page.get("download_button") == []
    assert len(page.code) == 0
