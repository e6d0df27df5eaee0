"""What stands in deploy/kubernetes/engine: it fits its schemas, the lab and the code, and nothing runs with rights."""

import kubernetes_validate
import pytest
import yaml

from attention_core import task_names
from attention_core.serving.client import ADDRESS
from tests.browser import ROOT
from tests.test_deploy import OLDEST, manifests

FOLDER = ROOT / "deploy" / "kubernetes" / "engine"
OWN = {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in FOLDER.glob("*.yaml")}
CLUSTER = OWN["rayservice"]["spec"]["rayClusterConfig"]
TEMPLATES = {"head": CLUSTER["headGroupSpec"]["template"], "worker": CLUSTER["workerGroupSpecs"][0]["template"]}
VERSIONS = pytest.mark.parametrize("version", [OLDEST, kubernetes_validate.latest_version().rsplit(".", 1)[0]])


@VERSIONS
@pytest.mark.parametrize("name", TEMPLATES)
def test_its_pods_fit_their_schema(name, version):
    pod = {"apiVersion": "v1", "kind": "Pod", **TEMPLATES[name], "metadata": {"name": name, **TEMPLATES[name]["metadata"]}}
    kubernetes_validate.validate(pod, version, strict=True)


@VERSIONS
def test_its_network_fits_its_schema(version):
    kubernetes_validate.validate(OWN["network"], version, strict=True)


def test_every_manifest_is_listed():
    assert set(OWN) == {*(name.removesuffix(".yaml") for name in OWN["kustomization"]["resources"]), "kustomization"}


def test_they_name_each_other_and_the_lab():
    web, network = manifests()["web.yaml"]["spec"]["template"], OWN["network"]["spec"]
    labels = network["podSelector"]["matchLabels"]
    assert all(template["metadata"]["labels"] == labels for template in TEMPLATES.values())
    assert network["ingress"][0]["from"] == [{"podSelector": {"matchLabels": web["metadata"]["labels"]}}]
    settings, leaving = (yaml.safe_load(own["patch"]) for own in OWN["kustomization"]["patches"])
    assert settings["metadata"]["name"] == manifests()["web.yaml"]["metadata"]["name"]
    (container,) = settings["spec"]["template"]["spec"]["containers"]
    assert container["name"] == web["spec"]["containers"][0]["name"]
    told = {own["name"]: own["value"] for own in container["env"]}
    port = ADDRESS.rsplit(":", 1)[1]
    assert told["ATTENTION_ENGINE_ADDRESS"] == f"http://{OWN['rayservice']['metadata']['name']}-serve-svc:{port}"
    assert leaving[0]["value"][0] == {"to": [{"podSelector": {"matchLabels": labels}}], "ports": [{"port": int(port)}]}
    images = {own["image"] for template in TEMPLATES.values() for own in template["spec"]["containers"]}
    assert images == {own["name"] for own in OWN["kustomization"]["images"]}


def test_it_serves_every_task_with_the_ray_that_is_pinned():
    served = yaml.safe_load(OWN["rayservice"]["spec"]["serveConfigV2"])["applications"]
    assert sorted(own["args"]["task"] for own in served) == task_names()
    assert all(own["route_prefix"] == f"/{own['args']['task']}" for own in served)
    requirements = (ROOT / "deploy" / "engine" / "requirements.txt").read_text("utf-8")
    assert f"\nray[serve]=={CLUSTER['rayVersion']}\n" in requirements


def test_nothing_runs_with_rights():
    web = manifests()["web.yaml"]["spec"]["template"]["spec"]
    for template in TEMPLATES.values():
        assert template["spec"]["securityContext"] == web["securityContext"]
        assert template["spec"]["automountServiceAccountToken"] is False
        for own in template["spec"]["containers"]:
            assert own["securityContext"] == web["containers"][0]["securityContext"]
            assert own["readinessProbe"] and own["livenessProbe"] and own["resources"]["limits"]["memory"]
    own = OWN["network"]["spec"]
    assert own["policyTypes"] == ["Ingress", "Egress"] and all(rule["to"] for rule in own["egress"])
