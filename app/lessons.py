"""Lessons that run in the background: one a visitor, a few at a time, and gentle to everybody else.

All lessons together take turns on one core. One ends by itself when its visitor leaves, when its time is up or when it was
paused too long; a page that is open says so by calling `look`. What a visitor gave is dropped at the end.
"""

import contextlib
import logging
import os
import sys
import threading
import time
from collections.abc import Iterator

import torch

import attention_core as core
from app.course import Course
from app.services import turns

PLACES, QUEUE = 4, 60  # lessons that hold examples, and lessons in all
LEFT_SECONDS, PAUSE_SECONDS, MOST_SECONDS = 15.0, 600.0, 240.0
REST = 0.25  # of the time a piece takes, for others
MOST_PATIENCE = 2.0  # seconds that a piece waits for pages being drawn
NICENESS = 5

WAITING, LEARNING, PAUSED, DONE, STOPPED = "waiting", "learning", "paused", "done", "stopped"
UNEXPECTED = "Something went wrong while it learned, and it is not your fault. Start it again."
FULL = "Too many people are training here at this moment. Try again in a few minutes."
LEFT = "It stopped because nobody was looking at it any more."
TOO_LONG = "It stopped because its time was up."

_places = threading.BoundedSemaphore(PLACES)
_turn = threading.Lock()
_alive: set["Training"] = set()
_drawn: set[object] = set()  # one for each page that is being drawn
log = logging.getLogger(__name__)


@contextlib.contextmanager
def others_first(seconds: float = turns.PAGE_SECONDS) -> Iterator[None]:
    """For the block, no lesson begins a new piece of work: somebody's page is being drawn, as soon as there is a place.

    Args:
        seconds: Within which it should be there.
    """
    own = object()
    _drawn.add(own)
    try:
        with turns.place(seconds):
            yield
    finally:
        _drawn.discard(own)


class _OverError(Exception):
    """The lesson is over before its end; the message is for its visitor."""


class Training:
    """One lesson in a thread of its own, which starts at once.

    Args:
        course: What to do.

    Attributes:
        course: The same, with what came of it so far.
        phase: WAITING for a place, LEARNING (see the course's own phase), PAUSED, DONE, or STOPPED before its end.
        problem: A sentence where it stopped by itself, else empty.
        seconds: What it has taken so far, waiting and pauses left out.

    Raises:
        InputError: too many lessons are there already.
    """

    def __init__(self, course: Course) -> None:
        if len(_alive) >= QUEUE:
            raise core.InputError(FULL)
        self.course, self.phase, self.problem, self.seconds = course, WAITING, "", 0.0
        self._running, self._stopping = threading.Event(), threading.Event()
        self._running.set()
        self._seen = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="lesson", daemon=True)
        _alive.add(self)
        self._thread.start()

    @property
    def is_active(self) -> bool:
        """Whether it is not over."""
        return self.phase not in (DONE, STOPPED)

    @property
    def is_paused(self) -> bool:
        """Whether it does nothing until `go_on`."""
        return self.phase == PAUSED

    def look(self) -> None:
        """Say that its visitor is still there."""
        self._seen = time.monotonic()

    def pause(self) -> None:
        """Rest after the piece it is at."""
        self._running.clear()

    def go_on(self) -> None:
        """Go on after a pause."""
        self._running.set()

    def stop(self) -> None:
        """End it after the piece it is at."""
        self._stopping.set()

    def join(self, seconds: float) -> None:
        """Wait until it is over, or so many seconds."""
        self._thread.join(seconds)

    def _run(self) -> None:
        problem, phase = "", STOPPED
        try:
            _be_gentle()
            while not _places.acquire(timeout=0.2):
                self._check()
            try:
                self._take_turns()
                phase = DONE
            finally:
                _places.release()
        except (_OverError, core.InputError) as error:
            problem = str(error)
        except Exception:  # whatever it is: the visitor reads a sentence, the log has the trace
            log.exception("A lesson of the task %s failed.", self.course.task.spec.name)
            problem = UNEXPECTED
        finally:
            _alive.discard(self)
            self.course.forget()
            self.problem, self.phase = problem, phase

    def _take_turns(self) -> None:
        """One piece of work after the other: never two lessons at once, and a rest after each."""
        self.phase = LEARNING
        work = self.course.work()
        while True:
            self._check()
            self._wait_while_paused()
            with _turn:
                _wait_for_others()
                start = time.monotonic()
                if next(work, work) is work:
                    return
                took = time.monotonic() - start
            self.seconds += took * (1 + REST)
            if self.seconds > MOST_SECONDS:
                raise _OverError(TOO_LONG)
            time.sleep(took * REST)

    def _check(self) -> None:
        if self._stopping.is_set():
            raise _OverError
        if time.monotonic() - self._seen > LEFT_SECONDS:
            raise _OverError(LEFT)

    def _wait_while_paused(self) -> None:
        if self._running.is_set():
            return
        self.phase, since = PAUSED, time.monotonic()
        while not self._running.wait(0.1):
            self._check()
            if time.monotonic() - since > PAUSE_SECONDS:
                raise _OverError(TOO_LONG)
        self.phase = LEARNING


def _wait_for_others() -> None:
    deadline = time.monotonic() + MOST_PATIENCE
    while _drawn and time.monotonic() < deadline:
        time.sleep(0.005)


def _be_gentle() -> None:
    """This thread computes on one core, and gives way where others want it."""
    everybody = torch.get_num_threads()
    torch.set_num_threads(1)
    # The number holds for this thread and for those that start later, which a thread that ends at once puts right again.
    restore = threading.Thread(target=torch.set_num_threads, args=(everybody,))
    restore.start()
    restore.join()
    if sys.platform == "linux":  # elsewhere only a whole process has a priority
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
