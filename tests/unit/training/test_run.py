"""A training that several processes share."""

import multiprocessing
import time

import torch

from attention_core.training.run import Run, rounded


def run_in(folder):
    return Run("any", folder, folder, folder / "work", torch.device("cpu"))


def work(folder, queue):
    for name in run_in(folder).claimed(["a", "b", "c"]):
        queue.put((name, "start", time.monotonic()))
        time.sleep(0.3)
        queue.put((name, "end", time.monotonic()))
    queue.put(None)


def test_two_processes_never_work_on_one_name_at_once_and_both_see_every_name(tmp_path):
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    workers = [context.Process(target=work, args=(tmp_path, queue)) for _ in range(2)]
    for worker in workers:
        worker.start()
    events, ended = [], 0
    while ended < 2:
        event = queue.get(timeout=60)
        ended += event is None
        events += [event] if event else []
    for worker in workers:
        worker.join(10)
        assert worker.exitcode == 0
    for name in ("a", "b", "c"):
        own = sorted(((moment, kind) for each, kind, moment in events if each == name))
        assert [kind for _, kind in own] == ["start", "end", "start", "end"]


def test_what_another_one_holds_comes_last(tmp_path):
    first = run_in(tmp_path).claimed(["a", "b"])
    assert next(first) == "a"
    second = run_in(tmp_path).claimed(["a", "b"])
    assert next(second) == "b"
    first.close()  # as if that process had ended
    assert next(second) == "a"
    assert list(second) == []


def test_golden_values_are_rounded_whatever_they_are():
    assert rounded({"a": 0.123456789}) == {"a": 0.1234568}
    assert rounded([0.123456789]) == [0.1234568]
    assert rounded("text") == "text"
