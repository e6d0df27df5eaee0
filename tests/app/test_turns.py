"""How much is done at once for all visitors together, and what becomes of work that nobody waits for."""

import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from prometheus_client import REGISTRY

from app import services
from app.services import turns

PATIENCE = 60


@pytest.fixture
def gate():
    """Work that reports when it begins and ends when it may."""
    begun, may_end = threading.Semaphore(0), threading.Event()

    def work(**_):
        begun.release()
        assert may_end.wait(PATIENCE)
        return SimpleNamespace(signals=None)

    yield SimpleNamespace(work=work, begun=begun, may_end=may_end)
    may_end.set()


def test_so_many_files_and_no_more_are_encoded_at_once(gate, monkeypatch):
    sound = SimpleNamespace(name="sound", optional=False, is_file=True, kind="sound", thing="sound")
    task = SimpleNamespace(spec=SimpleNamespace(name="any", inputs=[sound]), encode=gate.work, at_once=2, asks_another=False)
    monkeypatch.setattr(services, "load_task", lambda name: task)
    most = task.at_once
    with ThreadPoolExecutor(most + 2) as visitors:
        given = [visitors.submit(services._encode, "any", {"sound": "a.flac"}, {}) for _ in range(most + 2)]
        for _ in range(most):
            assert gate.begun.acquire(timeout=PATIENCE)
        assert not gate.begun.acquire(timeout=0.3)
        gate.may_end.set()
        assert all(own.result(PATIENCE) for own in given)


class LeftError(BaseException):
    """As Streamlit ends a run: no Exception, so that no page takes it for an error of its own."""


def test_work_that_nobody_waits_for_is_never_begun(gate, monkeypatch):
    blocking = [turns._pool(turns.Task.at_once).submit(gate.work) for _ in range(turns.Task.at_once)]

    class State:
        def __len__(self):
            raise LeftError

    monkeypatch.setattr(turns, "get_script_run_ctx", lambda: object())
    monkeypatch.setattr(turns.st, "session_state", State())
    done = []
    with pytest.raises(LeftError):
        turns.in_turn(lambda: done.append(1))
    gate.may_end.set()
    for own in blocking:
        own.result(PATIENCE)
    turns._pool(turns.Task.at_once).submit(int).result(PATIENCE)  # whatever was queued before this is over
    assert not done


def test_what_work_raises_reaches_whoever_waits():
    def work():
        raise services.InputError("The picture must be one.")

    with pytest.raises(services.InputError, match="must be one"):
        turns.in_turn(work)


def drawing(gate):
    with turns.place():
        gate.work()


def test_so_many_pages_and_no_more_are_drawn_at_once(gate):
    with ThreadPoolExecutor(turns.PLACES + 1) as pages:
        drawn = [pages.submit(drawing, gate) for _ in range(turns.PLACES + 1)]
        for _ in range(turns.PLACES):
            assert gate.begun.acquire(timeout=PATIENCE)
        assert not gate.begun.acquire(timeout=0.3)
        gate.may_end.set()
        for own in drawn:
            own.result(PATIENCE)


def test_who_is_due_first_is_drawn_first(gate, monkeypatch):
    monkeypatch.setattr(turns, "_places", turns.Places(1))  # so that one comes after the other
    drawn, within = [], {"a page": 60.0, "another": 60.0, "a part of one": 30.0, "what comes last, but is due": 0.1}

    def draw(name):
        with turns.place(within[name]):
            drawn.append(name)

    with ThreadPoolExecutor(1 + len(within)) as pages:
        asked = [pages.submit(drawing, gate)]
        assert gate.begun.acquire(timeout=PATIENCE)
        for waiting, name in enumerate(within):
            asked.append(pages.submit(draw, name))
            while len(turns._places.waiting) == waiting:
                assert not gate.begun.acquire(timeout=0.01)
        gate.may_end.set()
        for own in asked:
            own.result(PATIENCE)
    assert drawn == ["what comes last, but is due", "a part of one", "a page", "another"]
    assert turns._places.free == 1


def test_what_a_visitor_waits_is_measured_once(gate, monkeypatch):
    monkeypatch.setattr(turns, "_places", turns.Places(1))

    def told(name):
        return REGISTRY.get_sample_value(f"attention_lab_rerun_seconds_{name}", {"within": "50.0"}) or 0

    def draw():
        with turns.place(50.0), turns.place():  # the second is the first
            pass

    with ThreadPoolExecutor(2) as pages:
        asked = [pages.submit(drawing, gate)]
        assert gate.begun.acquire(timeout=PATIENCE)
        asked.append(pages.submit(draw))
        while not turns._places.waiting:
            assert not gate.begun.acquire(timeout=0.01)
        assert not gate.may_end.wait(0.2)
        gate.may_end.set()
        for own in asked:
            own.result(PATIENCE)
    assert told("count") == 1 and told("sum") >= 0.2


@pytest.mark.parametrize("wait", ["rest", "in_turn"])
def test_whoever_waits_gives_its_place_to_another_and_has_one_again(gate, monkeypatch, wait):
    drawn = []

    def others():
        with ThreadPoolExecutor(turns.PLACES) as pages:  # as many as there are places: they need that of the one that waits
            at_once = threading.Barrier(turns.PLACES, timeout=PATIENCE)

            def draw():
                with turns.place():
                    at_once.wait()
                    drawn.append(1)

            for own in [pages.submit(draw) for _ in range(turns.PLACES)]:
                own.result(PATIENCE)

    monkeypatch.setattr(turns.time, "sleep", lambda seconds: others())
    with turns.place(), turns.place():  # the second is the first
        turns.rest(1) if wait == "rest" else turns.in_turn(others)
        assert len(drawn) == turns.PLACES
        assert turns._places.free == turns.PLACES - 1
    assert turns._places.free == turns.PLACES


def test_nobody_rests_while_another_waits_for_a_place(gate, monkeypatch):
    slept = []
    monkeypatch.setattr(turns.time, "sleep", slept.append)
    with ThreadPoolExecutor(turns.PLACES) as pages:
        with turns.place():
            turns.rest(1)
            assert slept == [1]
            drawn = [pages.submit(drawing, gate) for _ in range(turns.PLACES)]  # one more than there are places left
            for _ in range(turns.PLACES - 1):
                assert gate.begun.acquire(timeout=PATIENCE)
            while not turns._places.waiting:
                assert not gate.begun.acquire(timeout=0.01)  # nobody else draws
            turns.rest(1)
            assert slept == [1]
            gate.may_end.set()
        for own in drawn:
            own.result(PATIENCE)
    assert not turns._places.waiting
