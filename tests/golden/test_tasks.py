"""`Task.run` in a process of its own gives what training wrote beside the weights."""

import json
import subprocess
import sys

import numpy as np
import pytest

from attention_core import task_names
from attention_core.tasks.checkpoints import MODELS

ROOT = MODELS.parents[1]
SCRIPT = """
import json, pathlib, sys
from attention_core.library import example_inputs, load_task
told = {}
for name in sys.argv[2:]:
    golden = json.loads((pathlib.Path(sys.argv[1]) / name / "golden.json").read_text("utf-8"))
    task = load_task(name, device="cpu")
    inputs = example_inputs(task.spec, task.spec.examples[golden["example"]])
    found = {score: task.run(score=score, **inputs) for score in golden["values"]}
    told[name] = {score: {"energies": result.energies.tolist(), "weights": result.weights.tolist(),
                          "output": {own: value for own, value in result.output.items() if own in golden["values"][score]}}
                  for score, result in found.items()}
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def fresh():
    """What a process of its own finds: for each task and score function the result of the example."""
    command = [sys.executable, "-c", SCRIPT, str(MODELS), *task_names()]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", task_names())
def test_a_fresh_process_gives_the_golden_values(name, fresh):
    golden, found = json.loads((MODELS / name / "golden.json").read_text("utf-8"))["values"], fresh[name]
    assert list(golden) == list(found)
    for score, expected in golden.items():
        for array in ("energies", "weights"):
            # Energies grow with the widths: 1e-5 of the largest is what float32 sums keep.
            scale = max(1.0, np.abs(expected[array]).max())
            np.testing.assert_allclose(found[score][array], expected[array], atol=1e-5 * scale, err_msg=f"{name} {score}")
        told = {own: expected[own] for own in expected if own not in ("energies", "weights")}
        assert {"label", "text"} & set(told)
        assert set(found[score]["output"]) == set(told)
        for own, value in told.items():
            assert found[score]["output"][own] == (value if isinstance(value, str) else pytest.approx(value, abs=1e-5)), own
