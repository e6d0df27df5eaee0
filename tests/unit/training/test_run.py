"""A training that several processes share."""

import multiprocessing
import time

import pytest
import torch

from attention_core.training.run import Run, rounded


def run_in(folder):
    return Run("any", folder, folder, folder / "work", torch.device("cpu"))


def work(folder, told):
    for name in run_in(folder).claimed(["a", "b", "c"]):
        told.put((name, "start", time.monotonic()))
        time.sleep(0.3)
        told.put((name, "end", time.monotonic()))


@pytest.mark.filterwarnings(
    "ignore:.*fork:DeprecationWarning"
)  # they do nothing but claim and wait, which threads do not disturb
def test_two_processes_never_work_on_one_name_at_once_and_both_see_every_name(tmp_path):
    forking = multiprocessing.get_context("fork")  # each begins as this one is: nothing is imported again
    told = forking.SimpleQueue()
    workers = [forking.Process(target=work, args=(tmp_path, told)) for _ in range(2)]
    for worker in workers:
        worker.start()
    lines = [told.get() for _ in range(12)]
    for worker in workers:
        worker.join(20)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert told.empty()
    for name in ("a", "b", "c"):
        own = sorted((moment, kind) for each, kind, moment in lines if each == name)
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
