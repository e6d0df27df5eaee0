"""On a machine with CUDA: the GPU gives the CPU's weights. Other machines do not collect this folder."""

import pytest
import torch

from attention_core import attend, build_score, distribution_names, score_names
from tests.benchmarks.gpu_parity import TOLERANCE, differences


def test_tasks_give_the_cpus_weights():
    for name, score, _, device, difference in differences():
        assert device.startswith("cuda"), (name, score)
        assert difference <= TOLERANCE, (name, score)


@pytest.mark.parametrize("score", score_names())
@pytest.mark.parametrize("distribution", distribution_names())
def test_attend_gives_the_cpus_weights(score, distribution):
    torch.manual_seed(0)
    module = build_score(score, query_dim=32, key_dim=32)
    query, key = torch.randn(2, 40, 32), torch.randn(2, 50, 32)
    here = attend(module, query, key, distribution=distribution)
    there = attend(module.cuda(), query.cuda(), key.cuda(), distribution=distribution)
    torch.testing.assert_close(there.weights.cpu(), here.weights, atol=1e-4, rtol=0)
