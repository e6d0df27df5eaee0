"""Things picked by name: the list, what it refuses, and the link that carries them."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import attention_core as core
from app import state
from app.link_input import LONGEST_TEXT
from tests.examples import task_of

MAIN = Path(__file__).resolve().parents[2] / "app" / "main.py"
SECONDS = 200
TASK = next(name for name in core.task_names() if any(own.kind == "choices" for own in core.task_spec(name).inputs))
SPEC = core.task_spec(TASK)
INPUT = SPEC.inputs[0]
PICKS = ["Up (2009)", "Alien (1979)"]


@pytest.fixture
def page():
    own = AppTest.from_file(str(MAIN), default_timeout=SECONDS)
    own.query_params.update({"v": "1", "task": TASK, "score": "location"})
    return own.run()


def picked(page, names):
    return page.multiselect[0].set_value(names).run()


def suggested(page):
    """The films that the page tells of: the context vector's is the first of them."""
    return next(own.value for own in page.caption if own.value.startswith("What attention hands on"))


def test_an_example_is_picked_at_a_first_visit(page):
    assert not page.exception and not page.error
    assert page.multiselect[0].value == SPEC.examples[0].values[INPUT.name].split("\n")
    assert len(page.multiselect[0].options) == len(INPUT.choices()) > 1000


def test_own_picks_are_computed_and_stand_in_the_link(page):
    picked(page, PICKS)
    assert not page.exception and not page.error
    result = task_of(TASK).run(films=PICKS, score="location")
    assert f"for “{result.query_labels[0]}”".replace("(", r"\(").replace(")", r"\)") in suggested(page)
    assert "".join(page.query_params[f"in.{INPUT.name}"]) == "\n".join(PICKS)
    again = AppTest.from_file(str(MAIN), default_timeout=SECONDS)
    again.query_params.update({name: "".join(own) for name, own in page.query_params.items()})
    again.run()
    assert not again.error
    assert again.multiselect[0].value == PICKS
    assert suggested(again) == suggested(page)
    example = next(own for own in again.selectbox if own.key == state.example_key(TASK))
    example.set_value(SPEC.examples[1].title).run()
    assert again.multiselect[0].value == SPEC.examples[1].values[INPUT.name].split("\n")
    example.set_value(state.OWN_INPUT).run()
    assert again.multiselect[0].value == PICKS


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ([], "at least one, got none"),
        ([*PICKS, "<b>No such</b> film"], "in the catalogue, got “"),
        ([*PICKS, "up (2009)"], "once, got “Up"),
        (list(INPUT.choices()[:31]), "at most 30, got 31"),
    ],
)
def test_what_cannot_be_used_is_said_and_the_last_result_stays(page, names, sentence):
    picked(page, PICKS)
    before = suggested(page)
    picked(page, names)
    assert not page.exception
    assert len(page.error) == 1
    assert sentence in page.error[0].value.replace("\\", "")
    assert "<b>" not in page.error[0].value.replace("\\<", "")
    assert suggested(page) == before
    picked(page, PICKS[:1])
    assert not page.error


@pytest.mark.parametrize("names", ["Up (2009)\nUp (2009)", "No such film", "x" * LONGEST_TEXT])
def test_a_link_with_what_cannot_be_used_says_so(names):
    own = AppTest.from_file(str(MAIN), default_timeout=SECONDS)
    own.query_params.update({"v": "1", "task": TASK, f"in.{INPUT.name}": names})
    own.run()
    assert not own.exception
    assert len(own.error) == 1
    picked(own, PICKS)
    assert not own.exception and not own.error


def test_what_is_picked_is_a_list_in_the_lines_of_python(page):
    page.session_state["save"] = True
    picked(page, PICKS)
    assert any(f"films={PICKS!r}" in own.value for own in page.code)


def test_what_a_liked_film_meant_to_a_suggestion_is_its_score_without_it(page):
    picked(page, PICKS)
    page.session_state["matter_open"] = True
    page.session_state[state.ROW] = 1
    page.run()
    assert not page.exception
    result = task_of(TASK).run(films=PICKS, score="location")
    said = [own.value.replace("\\", "") for own in page.markdown]
    score = f"{result.output['row_scores'][1]:#.3g}"
    assert any(f"With all keys the score of “{result.query_labels[1]}” is {score}." in own for own in said)
    assert any("| then its score |" in own for own in said)
    assert not any("written" in own or "probability" in own for own in said)
