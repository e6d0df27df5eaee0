"""Every example in a docstring of the core runs and gives what it says."""

import doctest
import importlib.util
import pkgutil

import pytest

import attention_core

NEEDS_RAY = "attention_core.serving.deployment"  # which is an extra
MODULES = [
    info.name
    for info in pkgutil.walk_packages(attention_core.__path__, "attention_core.")
    if not info.name.endswith("__main__")  # importing it runs it
    and (info.name != NEEDS_RAY or importlib.util.find_spec("ray"))
]
EXAMPLES = [
    test
    for name in MODULES
    for test in doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(name))
    if test.examples
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_example_runs(example):
    report = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    runner.run(example, out=report.append)
    assert not runner.failures, "".join(report)


def test_there_are_examples():
    assert len(EXAMPLES) >= len(attention_core.score_names())
