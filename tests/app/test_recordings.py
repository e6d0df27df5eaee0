"""Recordings on the Playground: refused with a sentence and nothing lost, shown to nobody else, in no link."""

import pytest
from streamlit.testing.v1 import AppTest

import attention_core as core
from app import state
from app.components.plain import plain
from tests import recordings
from tests.app.test_page import MAIN, SECONDS, shown
from tests.examples import task_of

TASK = "action"
KEY = state.input_key(TASK, "recording")


@pytest.fixture
def page():
    visitor = AppTest.from_file(str(MAIN), default_timeout=SECONDS)
    visitor.query_params.update({"v": "1", "task": TASK})
    return visitor.run()


def upload(page, content, name="own.csv"):
    return page.file_uploader[0].upload(name, content, "text/csv").run()


@pytest.mark.parametrize("kind", recordings.REFUSED)
def test_what_cannot_be_used_is_refused_and_the_last_result_stays(page, kind):
    content, sentence = recordings.REFUSED[kind]
    upload(page, content)
    assert not page.exception
    assert shown(page) == (True, [plain(sentence)])
    upload(page, recordings.text().encode())
    assert shown(page) == (True, [])


def test_an_upload_is_shown_to_its_owner_alone_and_travels_in_no_link(page):
    name, content = "<b>mine</b>.csv", recordings.text(labels=["my secret"] * 400).encode()
    upload(page, content, name)
    assert shown(page) == (True, [])
    assert page.session_state[KEY] == state.Upload(name, content)
    address = str(dict(page.query_params))
    assert "mine" not in address
    assert "secret" not in address
    other = AppTest.from_file(str(MAIN), default_timeout=SECONDS)
    other.query_params.update(dict(page.query_params))
    other.run()
    assert not other.exception
    assert other.session_state[KEY] == core.task_spec(TASK).examples[0].values["recording"]


def test_the_lines_of_python_never_tell_the_name_of_a_file():
    inputs = {"recording": state.Upload("x'); import os.csv", recordings.text().encode())}
    result = task_of(TASK).run(recording=inputs["recording"].content)
    lines = core.python_lines(result, inputs)
    assert lines.startswith("# Save your own recording as your-recording.csv beside this file.\n")
    assert "    recording='your-recording.csv',\n" in lines
    assert "import os" not in lines
