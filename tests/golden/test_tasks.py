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
import json, sys
from attention_core.library import example_inputs, load_task
golden = json.load(open(sys.argv[2], encoding="utf-8"))
task = load_task(sys.argv[1], device="cpu")
inputs = example_inputs(task.spec, task.spec.examples[golden["example"]])
found = {score: task.run(score=score, **inputs) for score in golden["values"]}
print(json.dumps({score: {"energies": result.energies.tolist(), "weights": result.weights.tolist(),
                          "output": {name: told for name, told in result.output.items() if name in golden["values"][score]}}
                  for score, result in found.items()}))
"""


@pytest.mark.parametrize("name", task_names())
def test_a_fresh_process_gives_the_golden_values(name):
    path = MODELS / name / "golden.json"
    fresh = subprocess.run(
        [sys.executable, "-c", SCRIPT, name, str(path)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    assert fresh.returncode == 0, fresh.stderr
    golden, found = json.loads(path.read_text("utf-8"))["values"], json.loads(fresh.stdout.splitlines()[-1])
    assert list(golden) == list(found)
    for score, expected in golden.items():
        for array in ("energies", "weights"):
            # Energies grow with the widths: 1e-5 of the largest is what float32 sums keep.
            scale = max(1.0, np.abs(expected[array]).max())
            np.testing.assert_allclose(found[score][array], expected[array], atol=1e-5 * scale, err_msg=f"{name} {score}")
        told = {name: expected[name] for name in expected if name not in ("energies", "weights")}
        assert {"label", "text"} & set(told)
        assert set(found[score]["output"]) == set(told)
        for name, value in told.items():
            assert found[score]["output"][name] == (value if isinstance(value, str) else pytest.approx(value, abs=1e-5)), name
