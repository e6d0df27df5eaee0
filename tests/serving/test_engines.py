"""Engines under ray, two replicas a task: the numbers of this process, and nothing lost where one is killed or stands still."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import psutil
import pytest
import torch
from ray import serve

from attention_core import score_names, task_names, task_spec
from attention_core.library import example_inputs
from attention_core.serving.__main__ import running, serve_task
from attention_core.serving.client import EngineTask
from attention_core.tasks.task import Task
from tests.unit.serving.test_engine_task import Headless

CPU = torch.device("cpu")
CLIENTS = 8
WAITING = 500.0  # seconds: what is lost is lost however long one waits, and a busy machine is no bug


@pytest.fixture(scope="module", autouse=True)
def ray_is_running():
    with running():
        yield


@pytest.fixture
def engine():
    """Starts two replicas of a task; gives it computed here, and asked there."""
    started = []

    def start(name, **arguments):
        started.append(name)
        serve_task(name, min_replicas=2, max_replicas=2, **arguments)
        here = Task(task_spec(name), CPU)
        there = EngineTask(replace(here.spec, model=lambda device: Headless(here.model)), CPU)
        there._client.seconds = WAITING
        return here, there

    yield start
    for name in started:
        serve.delete(name)


def replicas(name, but=None):
    """The two processes that serve a task, once there are two (pytest's timeout ends the wait); without that of the id `but`."""
    while True:
        titles = {own.pid: " ".join(own.info["cmdline"] or ()) for own in psutil.process_iter(["cmdline"])}
        found = sorted(pid for pid, title in titles.items() if f"ServeReplica:{name}" in title and pid != but)
        if len(found) == 2:
            return found
        time.sleep(0.2)


def busy(pids):
    """The seconds that each of some processes has computed for."""
    return np.array([sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids])


def assert_close(one, other):
    for name in ("energies", "weights", "context"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-5, rtol=1e-5, err_msg=name)
    np.testing.assert_allclose(one.weights, other.weights, atol=1e-5, rtol=0)
    assert (one.query_labels, one.key_labels, one.notes) == (other.query_labels, other.key_labels, other.notes)
    assert one.output.get("label") == other.output.get("label") and one.output.get("text") == other.output.get("text")


@pytest.mark.parametrize("name", task_names())
def test_two_replicas_give_the_numbers_of_this_process(engine, name):
    here, there = engine(name)
    own = replicas(name)
    before = busy(own)
    inputs = [example_inputs(here.spec, example) for example in here.spec.examples[:2]]
    items = [{**given, "score": score} for given in inputs for score in score_names()]
    for one, other in zip(there.run_batch(items), here.run_batch(items), strict=True):
        assert_close(one, other)
        assert one.provenance == other.provenance
    for given in inputs:
        one, other = there.encode(**given), here.encode(**given)
        torch.testing.assert_close(one.key, other.key, atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(one.query, other.query, atol=1e-5, rtol=1e-5)
        assert one.notes == other.notes
    with pytest.raises(ValueError):
        there.run(**inputs[0], temperature=0)
    assert (busy(own) > before).all()  # both were at it


class Load:
    """Many who ask at once, each for texts of their own, until all are answered."""

    def __init__(self, task, each):
        self.texts = [f"{first} {second}." for first in "abcdefgh" for second in range(each)]
        self.done, self._task = threading.Semaphore(0), task

    def _ask(self, text):
        result = self._task.run(text=text, score="additive")
        self.done.release()
        return result

    def run(self, disturb):
        """The results, in order; `disturb` is called when a quarter is there."""
        with ThreadPoolExecutor(CLIENTS) as pool:
            results = [pool.submit(self._ask, text) for text in self.texts]
            for _ in range(len(self.texts) // 4):
                self.done.acquire()
            disturb()
            return [result.result() for result in results]


def test_a_replica_that_is_killed_under_load_loses_nothing(engine):
    here, there = engine("sentiment")
    load, (killed, _) = Load(there, each=60), replicas("sentiment")
    results = load.run(lambda: os.kill(killed, signal.SIGKILL))
    for one, text in zip(results, load.texts, strict=True):
        assert_close(one, here.run(text=text, score="additive"))
    assert replicas("sentiment", but=killed)  # another one has taken its place


def test_a_replica_that_stands_still_loses_nothing(engine):
    here, there = engine("sentiment")
    there._client.patience = 3.0
    load, (stopped, _) = Load(there, each=20), replicas("sentiment")
    try:
        results = load.run(lambda: os.kill(stopped, signal.SIGSTOP))
    finally:
        if psutil.pid_exists(stopped):
            os.kill(stopped, signal.SIGKILL)
    for one, text in zip(results, load.texts, strict=True):
        assert_close(one, here.run(text=text, score="additive"))
