"""How much is done at once for all visitors together."""

import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

from app import services


def test_two_inputs_at_most_are_encoded_at_once(monkeypatch):
    begun, may_end = threading.Semaphore(0), threading.Event()

    def encode(**_):
        begun.release()
        assert may_end.wait(60)
        return SimpleNamespace(signals=None)

    text = SimpleNamespace(name="text", optional=False, is_file=False, kind="text")
    task = SimpleNamespace(spec=SimpleNamespace(inputs=[text]), encode=encode)
    monkeypatch.setattr(services, "load_task", lambda name: task)
    with ThreadPoolExecutor(4) as threads:
        given = [threads.submit(services._encode, "any", {"text": "a"}) for _ in range(4)]
        try:
            assert begun.acquire(timeout=60)
            assert begun.acquire(timeout=60)
            assert not begun.acquire(timeout=0.3)
        finally:
            may_end.set()
    assert all(own.result() for own in given)
