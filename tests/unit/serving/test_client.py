"""Who asks an engine: again where none answers, and a sentence where none comes."""

import asyncio
import threading

import pytest
from starlette.responses import Response

from attention_core.errors import EngineError
from attention_core.serving import client
from attention_core.serving.client import Client
from attention_core.serving.wire import MARK
from tests.engines import nobody, served


class Script:
    """An endpoint that answers the first requests as it is told, and all further ones well. Each is a status or an exception."""

    def __init__(self, *first):
        self.first, self.asked, self.over = list(first), 0, threading.Event()

    async def answer(self, request):
        await request.body()
        self.asked += 1
        own = self.first.pop(0) if self.first else 200
        if own == "never":
            while not self.over.is_set():
                await asyncio.sleep(0.02)
        if isinstance(own, int):
            return Response(b"well", own, {MARK: "done"} if own == 200 else {})
        return Response(*own)


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    own = Clock()
    monkeypatch.setattr(client, "time", own)
    return own


@pytest.mark.parametrize("status", [404, 408, 500, 502, 503, 504, 200])
def test_it_asks_again_where_no_engine_answers(clock, status):
    script = Script((b"of a proxy", status), (b"of a proxy", status))
    with served(script.answer) as address:
        assert Client("find", address).ask("run", b"") == b"well"
    assert script.asked == 3


def test_it_asks_again_where_an_answer_does_not_come():
    script = Script("never")
    with served(script.answer) as address:
        assert Client("find", address, patience=0.2).ask("run", b"") == b"well"
        script.over.set()
    assert script.asked >= 2


def test_it_waits_longer_for_one_that_is_slow(monkeypatch):
    waited, script = [], Script("never", "never", (b"of a proxy", 503))
    whole = Client._try
    monkeypatch.setattr(Client, "_try", lambda *given: waited.append(given[-1]) or whole(*given))
    with served(script.answer) as address:
        assert Client("find", address, patience=0.2).ask("run", b"") == b"well"
        script.over.set()
    assert waited[:3] == [0.2, 0.4, 0.8]


def test_an_engine_that_stays_away_is_told_in_time_and_asked_again_later(clock):
    script = Script(*[(b"", 503)] * 1000)
    with served(script.answer) as address:
        own = Client("find", address)
        with pytest.raises(EngineError) as told:
            own.ask("run", b"")
        assert str(told.value) == "The engine of the task find must answer, got HTTP 503. Try again in a moment."
        assert 50 < clock.now <= client.SECONDS
        assert 30 < script.asked < 100
        asked, clock.now = script.asked, 0.0
        with pytest.raises(EngineError):
            own.ask("run", b"")
        assert (script.asked, clock.now) == (asked + 1, 0.0)  # nobody waits for what was not there a moment ago
        script.first.clear()
        assert own.ask("run", b"") == b"well"
        script.first += [(b"", 503)]
        assert own.ask("run", b"") == b"well"  # asked again, as before


def test_an_address_at_which_nothing_listens_is_told(clock):
    with pytest.raises(EngineError) as told:
        Client("find", nobody()).ask("run", b"")
    assert str(told.value) == "The engine of the task find must answer, got no connection. Try again in a moment."
    assert clock.now <= client.SECONDS


def test_what_an_engine_cannot_compute_is_told_at_once():
    script = Script((b"MemoryError", 500, {MARK: "failed"}))
    with served(script.answer) as address, pytest.raises(EngineError) as told:
        Client("find", address).ask("run", b"")
    assert str(told.value) == "The engine of the task find must compute this, got MemoryError in it. Its log says more."
    assert script.asked == 1
