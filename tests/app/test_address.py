"""The address of a page: a link restores it, a change stands in it, a broken link shows the default view and one sentence."""

import random
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

import attention_core as core
from app import address, link, state
from tests.app.test_broken_links import broken_links

MAIN = Path(__file__).resolve().parents[2] / "app" / "main.py"
SECONDS = 200
TEXT_TASK = "sentiment"


def opened(query=""):
    """The page that a link opens, in a session of its own."""
    page = AppTest.from_file(str(MAIN), default_timeout=SECONDS)
    for name, values in parse_qs(query, keep_blank_values=True).items():
        page.query_params[name] = values
    return page.run()


def by_key(widgets, key):
    return next((widget for widget in widgets if widget.key == key), None)


def given(page):
    """The query string of the page's address, each key once."""
    return dict(page.query_params)


def told(page):
    return [own.value for own in page.toast]


def test_a_first_visit_has_a_bare_address():
    page = opened()
    assert given(page) == {}
    assert told(page) == []


@pytest.mark.parametrize(
    "query",
    [
        "v=1&task=sentiment&in.text=Dull,+dull+%3Cb%3Edull%3C/b%3E+%26+%C3%A9&score=cosine",
        "v=1&task=sentiment&example=Praise&parameters=untrained&seed=7&temperature=0.5",
        "v=1&task=sentiment&distribution=top_k&opt.k=3&cell=0,2",
        "v=1&example=A+bicycle&score=additive",
        "v=1&in.image=bathroom.jpg&in.text=the+sink&score=scaled_dot&b.score=uniform&b.temperature=2",
    ],
)
def test_a_link_restores_what_it_says_and_stays_in_the_address(query):
    page = opened(query)
    assert not page.exception
    assert told(page) == []
    assert given(page) == {name: values[0] for name, values in parse_qs(query).items()}
    expected = link.decode(parse_qs(query), address.declared()).kept
    assert {key: page.session_state[key] for key in expected} == expected


def test_a_change_stands_in_the_address():
    page = opened("v=1&task=sentiment")
    by_key(page.button_group, state.SCORE).set_value("cosine").run()
    assert given(page) == {"v": "1", "task": TEXT_TASK, "score": "cosine"}
    by_key(page.text_area, state.input_key(TEXT_TASK, "text")).set_value("Not <i>bad</i>.").run()
    by_key(page.select_slider, state.TEMPERATURE).set_value(2.0).run()
    assert given(page) == {"v": "1", "task": TEXT_TASK, "in.text": "Not <i>bad</i>.", "score": "cosine", "temperature": "2"}
    by_key(page.select_slider, state.TEMPERATURE).set_value(1.0).run()
    by_key(page.button_group, state.SCORE).set_value(state.DEFAULT_SCORE).run()
    by_key(page.selectbox, state.TASK).select(address.declared().tasks[0].name).run()
    assert given(page) == {}


@pytest.mark.parametrize("query", random.Random(1).sample(broken_links(), 25))
def test_a_broken_link_shows_the_default_view_and_one_sentence(query):
    page = opened(query)
    assert not page.exception
    assert told(page) == [address.PROBLEM]
    assert {"attention", "attention_compare"} <= {element.proto.component_name for element in page.get("bidi_component")}
    expected = link.decode({}, address.declared()).kept
    assert {key: page.session_state[key] for key in expected} == expected
    by_key(page.button_group, state.SCORE).set_value("cosine").run()
    assert given(page) == {"v": "1", "score": "cosine"}
    assert told(page) == []


@pytest.mark.parametrize(
    ("query", "right"),
    [
        ("v=1&task=sentiment&cell=0,9999", "v=1&task=sentiment"),
        ("v=1&task=sentiment&cell=1,0&hide=inspector", "v=1&task=sentiment&hide=inspector"),
        ("v=1&cell=0,99999", "v=1"),
        ("v=1&task=sentiment&row=0", "v=1&task=sentiment"),
        ("v=1&task=translation&cell=0,1&row=99", "v=1&task=translation&cell=0,1"),
        ("v=1&task=translation&cell=99,1&row=1", "v=1&task=translation&row=1"),
        ("v=1&task=sentiment&in.text=&cell=0,9999", "v=1&task=sentiment"),
        ("v=1&task=sentiment&in.text=%20%E2%80%8B&score=cosine", "v=1&task=sentiment&score=cosine"),
        ("v=1&in.text=+&in.image=bathroom.jpg", "v=1"),
        ("v=1&task=sentiment&unknown=1&row=99", "v=1&task=sentiment"),
    ],
)
def test_what_the_result_does_not_have_is_said_once_and_has_its_default(query, right):
    page, plain = opened(query), opened(right)
    assert not page.exception
    assert [own.value for own in page.error] == []
    assert told(page) == [address.PROBLEM]
    assert told(plain) == []
    for key in (state.CELL, state.ROW, *link.decode(parse_qs(right), address.declared()).kept):
        assert page.session_state.get(key) == plain.session_state.get(key), key
    assert parse_qs(query, keep_blank_values=True) == {name: [value] for name, value in given(page).items()}
    by_key(page.select_slider, state.TEMPERATURE).set_value(2.0).run()
    by_key(plain.select_slider, state.TEMPERATURE).set_value(2.0).run()
    assert given(page) == given(plain)
    assert told(page) == []


def test_a_place_that_goes_with_its_input_is_no_fault_of_a_link():
    page = opened("v=1&task=sentiment&in.text=one+two+three+four&cell=0,4")
    assert told(page) == []
    by_key(page.text_area, state.input_key(TEXT_TASK, "text")).set_value("one").run()
    assert told(page) == []
    assert given(page) == {"v": "1", "task": TEXT_TASK, "in.text": "one"}


def test_an_input_that_no_link_holds_has_a_mark_in_the_address_and_none_in_the_link():
    page = opened("v=1&task=sentiment")
    box = state.input_key(TEXT_TASK, "text")
    for text, mark in (("a" * 1501, "own1"), (" ", "own2"), ("a" * 1501, "own1")):
        by_key(page.text_area, box).set_value(text).run()
        assert given(page) == {"v": "1", "task": TEXT_TASK, "input": mark}
    assert link.encode(page.session_state.to_dict(), address.declared()).params == {"v": "1", "task": TEXT_TASK}
    other = opened("v=1&task=sentiment&input=own1&cell=0,2&score=cosine")
    assert told(other) == [address.MISSING]
    assert other.session_state[box] == core.task_spec(TEXT_TASK).examples[0].values["text"]
    assert other.session_state[state.SCORE] == "cosine"
    assert state.CELL not in other.session_state


def test_a_session_keeps_the_newest_of_its_inputs(monkeypatch):
    monkeypatch.setattr(address.st, "session_state", {})
    picture, other = state.Upload("a.png", b"x" * address.MOST_BYTES), state.Upload("b.png", b"y")
    marks = [address._mark("find", {"image": picture, "text": str(n)}) for n in range(3)]
    assert [address._recall("find", mark)["text"] for mark in marks] == ["0", "1", "2"]  # one picture, kept once
    assert address._recall("sentiment", marks[0]) is None
    assert address._mark("find", {"image": picture, "text": "1"}) == marks[1]
    last = address._mark("find", {"image": other, "text": ""})
    assert [address._recall("find", mark) for mark in (*marks, last)] == [None, None, None, {"image": other, "text": ""}]
    marks = [address._mark("sentiment", {"text": str(n)}) for n in range(100)]
    kept = [mark for mark in marks if address._recall("sentiment", mark)]
    assert kept == marks[-address.MOST_MARKED :]


CONTROLS = {
    "task": ("selectbox", state.TASK),
    "input": ("text_area", state.input_key(TEXT_TASK, "text")),
    "example": ("selectbox", state.example_key(TEXT_TASK)),
    "parameters": ("button_group", state.PARAMETERS),
    "temperature": ("select_slider", state.TEMPERATURE),
    "distribution": ("selectbox", state.DISTRIBUTION),
    "score": ("button_group", state.SCORE),
}
LINKED = "v=1&task=sentiment&example=Praise&score=cosine&parameters=untrained&temperature=2&distribution=top_k&opt.k=2"


@pytest.mark.parametrize("part", CONTROLS)
def test_a_hidden_control_is_gone_and_keeps_its_linked_value(part):
    whole, fewer = opened(LINKED), opened(f"{LINKED}&hide={part}")
    kind, key = CONTROLS[part]
    assert by_key(getattr(whole, kind), key) is not None
    assert by_key(getattr(fewer, kind), key) is None
    assert not fewer.exception
    assert fewer.session_state[key] == whole.session_state[key]
    assert given(fewer) == given(whole) | {"hide": part}


@pytest.mark.parametrize(
    ("query", "part", "alt"),
    [
        ("v=1&task=sentiment", "tokens", "for every token"),
        ("v=1&task=translation", "tokens", "for every token"),
        ("v=1", "field", "without the picture"),
    ],
)
def test_a_hidden_figure_is_gone(query, part, alt):
    def figures(page):
        return [own.proto.alt for own in page.get("plotly_chart") if alt in own.proto.alt]

    assert len(figures(opened(query))) == 1
    fewer = opened(f"{query}&hide={part}")
    assert not fewer.exception
    assert figures(fewer) == []
    assert not any(alt in own.value for own in fewer.caption)


def test_hidden_parts_of_the_page_are_gone_until_everything_is_shown():
    page = opened(f"{LINKED}&hide=formula,context,comparison,share")
    assert not any(core.score_spec("cosine").formula in own.value for own in page.markdown)
    assert [own.value for own in page.header] == []
    assert [own.label for own in page.button] == ["Show everything"]
    page.button[0].click().run()
    assert any(core.score_spec("cosine").formula in own.value for own in page.markdown)
    assert len(page.header) == 2
    assert [own.label for own in page.button] == ["Share"]
    assert given(page) == given(opened(LINKED))
