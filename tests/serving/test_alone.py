"""Starts `test_engines.py` in a network of its own, and reads what KubeRay is told. Collected only where ray can be imported."""

import pytest
import yaml

from attention_core import task_names
from tests.namespace import ROOT, alone


@pytest.mark.timeout(1800)
def test_engines_in_a_network_of_their_own(tmp_path):
    options = ["--numprocesses=0", "--override-ini=filterwarnings=ignore", "--timeout=600", f"--basetemp={tmp_path / 'inside'}"]
    assert alone(["-m", "pytest", *options, "tests/serving/test_engines.py"], tmp_path) == 0


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # ray's own, of pydantic
def test_the_cluster_is_told_of_every_task_as_ray_wants_it():
    from ray.serve.schema import ServeDeploySchema

    from attention_core.serving.deployment import Arguments, build

    manifest = yaml.safe_load((ROOT / "deploy" / "kubernetes" / "engine" / "rayservice.yaml").read_text("utf-8"))
    schema = ServeDeploySchema.model_validate(yaml.safe_load(manifest["spec"]["serveConfigV2"]))
    assert sorted(own.name for own in schema.applications) == task_names()
    for own in schema.applications:
        assert own.import_path == f"{build.__module__}:{build.__name__}"
        assert own.route_prefix == f"/{own.name}"
        assert Arguments(**own.args).task == own.name
