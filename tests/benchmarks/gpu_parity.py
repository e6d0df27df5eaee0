"""Whether a GPU gives the CPU's weights, for every task and score function: `python -m tests.benchmarks.gpu_parity`.

Prints the device that provenance names and the largest difference of a weight. Exit status 1 if one is above 1e-4.
"""

import sys
from collections.abc import Iterator

import numpy as np
import torch

from attention_core import load_task, score_names, task_names
from attention_core.library import example_inputs

TOLERANCE = 1e-4


def differences(device: str = "cuda") -> Iterator[tuple[str, str, str, str, float]]:
    """Task, score function, parameters, the device in the provenance, and the largest difference of a weight from the CPU's."""
    for name in task_names():
        ours, cpu = load_task(name, device=device), load_task(name, device="cpu")
        inputs = example_inputs(ours.spec, ours.spec.examples[0])
        for score in score_names():
            parameters = "trained" if ours.is_trained(score) else "untrained"
            there, here = (task.run(score=score, parameters=parameters, **inputs) for task in (ours, cpu))
            yield name, score, parameters, there.provenance["device"], float(np.abs(there.weights - here.weights).max())


def main() -> None:
    if not torch.cuda.is_available():
        sys.exit("A CUDA device must be there, got none.")
    print(torch.cuda.get_device_name())
    worst = 0.0
    for name, score, parameters, device, difference in differences():
        print(f"{name:12s} {score:16s} {parameters:10s} provenance says {device}, weights differ by at most {difference:.1e}")
        worst = max(worst, difference if device.startswith("cuda") else np.inf)
    print(f"largest difference {worst:.1e}, allowed {TOLERANCE:.0e}")
    sys.exit(worst > TOLERANCE)


if __name__ == "__main__":
    main()
