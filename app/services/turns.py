"""Long work takes turns: it runs in a few threads of its own, so that a class which gives pictures leaves room for all else."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

LOOK_UP_SECONDS = 0.1

T = TypeVar("T")
_turns = ThreadPoolExecutor(max(1, (os.cpu_count() or 1) // 2), thread_name_prefix="turn")  # a picture takes up to 1 GB


def in_turn(work: Callable[[], T]) -> T:
    """What the work returns or raises, when its turn has come.

    If the visitor leaves or changes something meanwhile, Streamlit ends the run here, and work that has not begun is dropped.
    """
    begun = _turns.submit(work)
    try:
        while get_script_run_ctx() and not wait([begun], LOOK_UP_SECONDS).done:
            len(st.session_state)  # where Streamlit ends a run that nobody waits for any more
        return begun.result()
    finally:
        begun.cancel()
