"""Sound on the Playground: refused with a sentence and nothing lost, uploaded or spoken, in no link; who has a microphone."""

import pytest
from streamlit.testing.v1 import AppTest

import attention_core as core
from app import state
from app.components.inputs import NO_MICROPHONE, SPOKEN, lends_microphone
from app.components.plain import plain
from tests import sounds
from tests.app.test_page import MAIN, SECONDS, shown

TASK = "speech"
KEY = state.input_key(TASK, "recording")


@pytest.fixture
def page():
    visitor = AppTest.from_file(str(MAIN), default_timeout=SECONDS)
    visitor.query_params.update({"v": "1", "task": TASK})
    return visitor.run()


def upload(page, content, name="own.wav"):
    return page.file_uploader[0].upload(name, content, "audio/wav").run()


@pytest.mark.parametrize("kind", sounds.REFUSED)
def test_what_cannot_be_used_is_refused_and_the_last_result_stays(page, kind):
    content, sentence = sounds.REFUSED[kind]
    upload(page, content)
    assert not page.exception
    assert shown(page) == (True, [plain(sentence)])
    upload(page, sounds.written(sounds.voice()))
    assert shown(page) == (True, [])


def test_an_upload_is_shown_to_its_owner_alone_and_travels_in_no_link(page):
    name, content = "<b>mine</b>.wav", sounds.written(sounds.voice(rate=48_000, channels=2), 48_000)
    upload(page, content, name)
    assert shown(page) == (True, [])
    assert page.session_state[KEY] == state.Upload(name, content)
    assert "mine" not in str(dict(page.query_params))
    other = AppTest.from_file(str(MAIN), default_timeout=SECONDS)
    other.query_params.update(dict(page.query_params))
    other.run()
    assert not other.exception
    assert other.session_state[KEY] == core.task_spec(TASK).examples[0].values["recording"]


def test_what_is_spoken_is_the_visitors_own_input(page):
    content = sounds.written(sounds.voice(rate=16_000), 16_000)
    page.audio_input[0].upload(SPOKEN, content, "audio/wav").run()
    assert not page.exception
    assert shown(page) == (True, [])
    assert page.session_state[KEY] == state.Upload(SPOKEN, content)
    assert page.session_state[state.example_key(TASK)] == state.OWN_INPUT


@pytest.mark.parametrize(
    ("url", "lends"),
    [
        ("https://lab.example.org/", True),
        ("http://localhost:8501/?task=speech", True),
        ("http://127.0.0.1:8501", True),
        ("http://[::1]:8501", True),
        ("http://lab.localhost", True),
        (None, True),  # not told: the control itself says what is missing
        ("http://192.168.1.20:8501/", False),
        ("http://lab.example.org", False),
        ("http://localhost.example.org", False),
        ("http://127.example.org", False),
    ],
)
def test_which_pages_are_lent_the_microphone(url, lends):
    assert lends_microphone(url) is lends


def test_a_page_without_a_microphone_says_so_and_offers_the_upload(monkeypatch):
    monkeypatch.setattr("app.components.inputs.lends_microphone", lambda url: False)
    page = AppTest.from_file(str(MAIN), default_timeout=SECONDS)
    page.query_params.update({"v": "1", "task": TASK})
    page.run()
    assert NO_MICROPHONE in [own.value for own in page.caption]
    assert len(page.file_uploader) == 1
    assert not page.get("audio_input")
