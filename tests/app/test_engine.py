"""A page whose slow part an engine computes: as without one, and a sentence where it stays away."""

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import attention_core as core
from app import services, state
from app.components.plain import plain
from attention_core.serving.engine import Engine
from tests.app.test_page import MAIN, SECONDS, TEXT_TASK, shown, text_box
from tests.engines import answering, served


@pytest.fixture
def engine(monkeypatch):
    """An engine that the app is configured for, until it is stopped; the app forgets what it computed before and after."""
    own = Engine(core.load_task(TEXT_TASK, "cpu"))
    with served(answering({TEXT_TASK: own})) as address:
        monkeypatch.setenv("ATTENTION_ENGINE", "ray")
        monkeypatch.setenv("ATTENTION_ENGINE_ADDRESS", address)
        st.cache_resource.clear()
        yield own
    st.cache_resource.clear()


def test_a_page_shows_what_an_engine_encodes_and_says_where_it_does_not(engine, monkeypatch):
    asked, answer = [], engine.answer
    monkeypatch.setattr(engine, "answer", lambda requests: asked.extend(call for call, _ in requests) or answer(requests))
    page = AppTest.from_file(str(MAIN), default_timeout=SECONDS)
    page.query_params.update({"v": "1", "task": TEXT_TASK})
    page.run()
    assert not page.exception
    assert shown(page) == (True, [])
    assert page.session_state[state.TASK] == TEXT_TASK
    assert asked == ["encode"]  # all else is computed here
    client = services.load_task(TEXT_TASK)._client
    monkeypatch.setattr(client, "_is_down", True)  # as after a minute without an answer: asked once only
    monkeypatch.setattr(client, "url", client.url + "/none")
    text_box(page).set_value("Another text, and nobody to encode it.").run()
    sentence = "The engine of the task sentiment must answer, got HTTP 404. Try again in a moment."
    assert shown(page) == (True, [plain(sentence)])  # and below it still what was there before
    monkeypatch.setattr(client, "url", client.url.removesuffix("/none"))
    page.run()
    assert shown(page) == (True, [])
