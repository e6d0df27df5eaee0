"""What stands in deploy/: every manifest fits its schema, they fit each other and the server, and nothing runs with rights."""

import re

import kubernetes_validate
import pytest
import yaml

from tests.browser import ROOT

FOLDER = ROOT / "deploy" / "kubernetes"
KUSTOMIZATION = yaml.safe_load((FOLDER / "kustomization.yaml").read_text("utf-8"))
OLDEST = "1.30"  # the first with a sleep before a container stops


def manifests():
    return {name: yaml.safe_load((FOLDER / name).read_text("utf-8")) for name in KUSTOMIZATION["resources"]}


@pytest.mark.parametrize("version", [OLDEST, kubernetes_validate.latest_version().rsplit(".", 1)[0]])
@pytest.mark.parametrize("name", KUSTOMIZATION["resources"])
def test_a_manifest_fits_its_schema(name, version):
    kubernetes_validate.validate(manifests()[name], version, strict=True)


def test_every_manifest_is_listed():
    assert {path.name for path in FOLDER.glob("*.yaml")} == {*KUSTOMIZATION["resources"], "kustomization.yaml"}


def test_they_name_each_other():
    own = manifests()
    web = own["web.yaml"]["spec"]
    labels = web["template"]["metadata"]["labels"]
    selectors = (
        web["selector"]["matchLabels"],
        own["service.yaml"]["spec"]["selector"],
        own["disruption.yaml"]["spec"]["selector"]["matchLabels"],
        own["network.yaml"]["spec"]["podSelector"]["matchLabels"],
    )
    assert all(selector == labels for selector in selectors)
    container = web["template"]["spec"]["containers"][0]
    port = container["ports"][0]["name"]
    assert own["service.yaml"]["spec"]["ports"][0]["targetPort"] == port
    assert own["network.yaml"]["spec"]["ingress"][0]["ports"] == [{"port": port}]
    assert own["autoscaler.yaml"]["spec"]["scaleTargetRef"]["name"] == own["web.yaml"]["metadata"]["name"]
    backend = own["ingress.yaml"]["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert backend["name"] == own["service.yaml"]["metadata"]["name"]
    assert [image["name"] for image in KUSTOMIZATION["images"]] == [container["image"]]


def test_the_probes_ask_what_the_server_answers():
    paths = set(re.findall(r'Route\("([^"]+)"', (ROOT / "app" / "server.py").read_text("utf-8")))
    container = manifests()["web.yaml"]["spec"]["template"]["spec"]["containers"][0]
    probes = {kind: container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "readiness", "liveness")}
    assert set(probes.values()) <= paths
    assert probes["liveness"] == "/livez"  # a file that is missing is not mended by a restart


def test_nothing_runs_with_rights():
    pod = manifests()["web.yaml"]["spec"]["template"]["spec"]
    container = pod["containers"][0]["securityContext"]
    assert pod["securityContext"]["runAsNonRoot"] and pod["automountServiceAccountToken"] is False
    assert container == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
    }  # fmt: skip
    assert manifests()["network.yaml"]["spec"]["egress"] == []
    services = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text("utf-8"))["services"]
    for own in services.values():
        assert own["read_only"] and own["cap_drop"] == ["ALL"] and own["security_opt"] == ["no-new-privileges:true"]
    user = next(line.split()[1] for line in (ROOT / "Dockerfile").read_text("utf-8").splitlines() if line.startswith("USER"))
    assert user == f"{pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}"


def test_the_container_that_is_looked_at_is_bounded_as_those_of_others():
    script = (ROOT / "deploy" / "container.sh").read_text("utf-8")
    for own in yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text("utf-8"))["services"].values():
        bounds = f"--tmpfs {own['tmpfs'][0]}", f"--memory {own['mem_limit']} ", f"--pids-limit {own['pids_limit']} "
        assert [bound for bound in bounds if bound not in script] == []
