"""The fuzz command: some of its inputs through the real pages, the same ones each time, and that it sees what it looks for."""

import random

import pytest
from streamlit.testing.v1 import AppTest

from app.views import playground
from tests.fuzz import running, visiting, watching
from tests.fuzz.texts import CANARY, PICTURE

GIVEN = {"text": 12, "image": 8, "sound": 12, "recording": 12, "link": 6}


@pytest.mark.parametrize("kind", GIVEN)
def test_no_input_breaks_a_page(kind, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    fuzz = running.Fuzz(1)
    with watching.errors() as found, visiting.no_pause():
        running.give_all(fuzz, {kind: 1}, GIVEN[kind], found)
    assert fuzz.failures == []
    assert fuzz.given[kind] == GIVEN[kind]
    assert watching.left({}, watching.files(tmp_path)) == []


@pytest.mark.parametrize("kind", GIVEN)
def test_an_input_follows_from_seed_kind_and_number(kind):
    first, again, other = (visiting.MAKERS[kind](random.Random(f"0 {kind} {number}")) for number in (3, 3, 4))
    assert first == again
    assert first != other


def shown(script):
    with watching.errors() as found:
        page = AppTest.from_string("import logging\nimport streamlit as st\n" + script).run()
        return [own.split(":")[0] for own in [*watching.problems(page), *found]]


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("st.write('fine')", []),
        ("1 / 0", ["exception", "logged"]),
        ("st.error('ValueError: x')", ["told"]),
        (f"st.error({playground.UNEXPECTED!r})", ["told"]),
        ("logging.getLogger('app').exception('x')", ["logged"]),
        (f"st.html('{CANARY}')", ["markup of a visitor's in Html"]),
        (f"st.markdown('{CANARY}', unsafe_allow_html=True)", ["markup of a visitor's in Markdown"]),
        (f"st.caption('{PICTURE}')", ["Markdown of a visitor's in Markdown"]),
        (f"st.error('{PICTURE}')", ["Markdown of a visitor's in Alert"]),
        (f"st.text('{CANARY}{PICTURE}')", []),
    ],
)
def test_it_sees_what_it_looks_for(script, told):
    assert shown(script) == told


def test_a_failure_is_told_with_the_way_to_see_it_again(capsys, monkeypatch):
    own = running.Fuzz(0)
    monkeypatch.setattr(visiting.Visitor, "give", lambda self, random: ["exception: one"])
    own.visit("text", 40, 42, [])
    assert [each[:2] for each in own.failures] == [("text", 40), ("text", 41)]
    said = capsys.readouterr().out
    assert "python -m tests.fuzz --seed 0 --only text:41" in said
    assert "--only text:40-41" in said


def test_memory_that_grows_and_files_that_stay_are_told(tmp_path):
    assert running.memory([1_000_000_000] * 20) == []
    assert len(running.memory([1_000_000_000, *[1_000_000_000 + running.BOUND + 1] * 20])) == 0  # before the first tenth was over
    assert len(running.memory([1_000_000_000] * 10 + [1_000_000_000 + running.BOUND + 1])) == 1
    before = watching.files(tmp_path)
    (tmp_path / "left").write_text("x")
    assert watching.left(before, watching.files(tmp_path)) == [str(tmp_path / "left")]
