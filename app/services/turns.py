"""Who computes when: a few pages are drawn at a time, and long work runs in a few threads of its own.

All threads of a process share one interpreter. Two at a time get through more than twenty that take it from each other at
every step, and those that wait for their turn cost nothing.
"""

import contextlib
import heapq
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from typing import TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app.operations.measures import RERUNS
from attention_core.tasks.task import Task

PLACES = 2
# Within which it should be there: a part of a page; a page, such as all that follows a new input; all that follows the same
# input at another temperature, which may wait where not everybody can be served in time.
PART_SECONDS, PAGE_SECONDS, AGAIN_SECONDS = 0.4, 1.0, 3.0
LOOK_UP_SECONDS = 0.1

T = TypeVar("T")


class Places:
    """So many may work at once. Of those who wait, who is due first goes first: little work, or what has waited for long.

    Args:
        count: How many.
    """

    def __init__(self, count: int) -> None:
        self.free = count
        # A heap of when each is due, in which order they came, and what tells each that it is its turn.
        self.waiting: list[tuple[float, int, threading.Event]] = []
        self._lock, self._numbers = threading.Lock(), itertools.count()

    def take(self, due: float) -> None:
        """Wait for a place that is due at that time, in seconds of `time.monotonic`."""
        with self._lock:
            if self.free:
                self.free -= 1
                return
            turn = threading.Event()
            heapq.heappush(self.waiting, (due, next(self._numbers), turn))
        turn.wait()

    def leave(self) -> None:
        """Hand one's place to who is due first."""
        with self._lock:
            if self.waiting:
                heapq.heappop(self.waiting)[-1].set()
            else:
                self.free += 1


_places = Places(PLACES)
_mine = threading.local()  # due: when the work of this thread should be done; has_place: whether it has one


@cache
def _pool(at_once: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(at_once, thread_name_prefix="turn")


@contextlib.contextmanager
def place(seconds: float = PAGE_SECONDS) -> Iterator[None]:
    """One of the few places for the block, as soon as there is one; a thread that has one keeps it.

    Args:
        seconds: Within which the work should be done.
    """
    if getattr(_mine, "has_place", False):
        yield
        return
    _mine.due = time.monotonic() + seconds
    with RERUNS.labels(seconds).time():
        _take()
        try:
            yield
        finally:
            _leave()


def _take() -> None:
    _places.take(_mine.due)
    _mine.has_place = True


def _leave() -> None:
    _mine.has_place = False
    _places.leave()


@contextlib.contextmanager
def _aside() -> Iterator[None]:
    """Gives this thread's place to another one for the block."""
    if not getattr(_mine, "has_place", False):
        yield
        return
    _leave()
    try:
        yield
    finally:
        _take()


def rest(seconds: float) -> None:
    """Wait, and let others draw meanwhile; where some wait for a place already there is no time for it."""
    if not _places.waiting:
        with _aside():
            time.sleep(seconds)


def in_turn(work: Callable[[], T], at_once: int = Task.at_once) -> T:
    """What the work returns or raises, when its turn has come: so many are at it at once.

    If the visitor leaves or changes something meanwhile, Streamlit ends the run here, and work that has not begun is dropped.
    """
    begun = _pool(at_once).submit(work)
    try:
        with _aside():
            while get_script_run_ctx() and not wait([begun], LOOK_UP_SECONDS).done:
                len(st.session_state)  # where Streamlit ends a run that nobody waits for any more
            return begun.result()
    finally:
        begun.cancel()
