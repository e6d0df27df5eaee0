"""What all tests share."""

import importlib.util
import os

# Two workers and their browsers share the cores: threads that wait for each other inside torch would take most of the time.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import hypothesis
import pytest
import torch

# The same examples in every run, and no time limit on one: a busy machine is no bug.
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=60)
hypothesis.settings.load_profile("repeatable")

# What needs a GPU, a container that runs somewhere (deploy/container.sh starts one and gives its address), or ray.
collect_ignore = ([] if torch.cuda.is_available() else ["gpu"]) + ([] if "CONTAINER_ADDRESS" in os.environ else ["container"])
collect_ignore += [] if importlib.util.find_spec("ray") else ["serving"]


@pytest.fixture
def random():
    """Torch's generator for this test alone, seeded with 0."""
    return torch.Generator().manual_seed(0)
