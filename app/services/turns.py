"""Who computes when: a few pages are drawn at a time, and long work runs in a few threads of its own.

All threads of a process share one interpreter. Two at a time get through more than twenty that take it from each other at
every step, and those that wait for their turn cost nothing.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from typing import TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from attention_core.tasks.task import Task

PLACES = 2
LOOK_UP_SECONDS = 0.1

T = TypeVar("T")
_places = threading.BoundedSemaphore(PLACES)
_waiting: set[object] = set()  # something of everybody who waits for a place
_mine = threading.local()  # has_place: whether this thread has one


@cache
def _pool(at_once: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(at_once, thread_name_prefix="turn")


@contextlib.contextmanager
def place() -> Iterator[None]:
    """One of the few places for the block, as soon as there is one; a thread that has one keeps it."""
    if getattr(_mine, "has_place", False):
        yield
        return
    _take()
    try:
        yield
    finally:
        _leave()


def _take() -> None:
    own = object()
    _waiting.add(own)
    try:
        _places.acquire()
    finally:
        _waiting.discard(own)
    _mine.has_place = True


def _leave() -> None:
    _mine.has_place = False
    _places.release()


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
    if not _waiting:
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
