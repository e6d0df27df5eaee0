"""A training that several processes share."""

import subprocess
import sys
from pathlib import Path

import torch

from attention_core.training.run import Run, rounded

ROOT = Path(__file__).resolve().parents[3]


def run_in(folder):
    return Run("any", folder, folder, folder / "work", torch.device("cpu"))


WORK = """
import pathlib, sys, time, torch
from attention_core.training.run import Run
folder = pathlib.Path(sys.argv[1])
for name in Run("any", folder, folder, folder / "work", torch.device("cpu")).claimed(["a", "b", "c"]):
    print(name, "start", time.monotonic())
    time.sleep(0.3)
    print(name, "end", time.monotonic())
"""


def test_two_processes_never_work_on_one_name_at_once_and_both_see_every_name(tmp_path):
    command = [sys.executable, "-c", WORK, str(tmp_path)]
    workers = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    lines = [line.split() for worker in workers for line in worker.communicate(timeout=120)[0].splitlines()]
    assert [worker.returncode for worker in workers] == [0, 0]
    for name in ("a", "b", "c"):
        own = sorted((float(moment), kind) for each, kind, moment in lines if each == name)
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
