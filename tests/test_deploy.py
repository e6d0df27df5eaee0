"""What stands in deploy/: manifests fit their schema, each other and the server, nothing has rights, every threat is tested."""

import re
import tomllib

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


def test_what_a_visitor_may_take_is_bounded():
    told = manifests()["ingress.yaml"]["metadata"]["annotations"]
    bounds = {name.rsplit("/", 1)[1]: value for name, value in told.items()}
    largest = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["server"]["maxUploadSize"]
    assert bounds["proxy-body-size"] == f"{largest + 1}m"
    assert 0 < int(bounds["limit-connections"]) < 1000
    assert 0 < int(bounds["limit-rps"]) < 1000
    limits = manifests()["web.yaml"]["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]
    assert {"cpu", "memory"} <= limits.keys()
    services = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text("utf-8"))["services"]
    for own in services.values():
        assert own["mem_limit"] and own["pids_limit"]
        assert all(port.startswith("${LAB_ADDRESS:-127.0.0.1}:") for port in own["ports"])


def test_visitors_come_over_tls():
    ingress = manifests()["ingress.yaml"]
    assert {rule["host"] for rule in ingress["spec"]["rules"]} == {
        host for own in ingress["spec"]["tls"] for host in own["hosts"]
    }
    assert ingress["metadata"]["annotations"]["nginx.ingress.kubernetes.io/session-cookie-secure"] == "true"


def test_every_threat_names_tests_that_are_there():
    lines = [line for line in (ROOT / "deploy" / "SECURITY.md").read_text("utf-8").splitlines() if line.startswith("|")]
    assert len(lines) > 20
    missing = []
    for line in lines[2:]:  # the first two are the head of the table
        tests = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", line.rsplit("|", 2)[1])
        assert tests, line
        for path, test in tests:
            source = (ROOT / path).read_text("utf-8") if (ROOT / path).exists() else ""
            missing += [] if re.search(rf"^def {test}\(", source, re.MULTILINE) else [f"{path}::{test}"]
    assert not missing


def test_the_container_that_is_looked_at_is_bounded_as_those_of_others():
    script = (ROOT / "deploy" / "container.sh").read_text("utf-8")
    for own in yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text("utf-8"))["services"].values():
        bounds = f"--tmpfs {own['tmpfs'][0]}", f"--memory {own['mem_limit']} ", f"--pids-limit {own['pids_limit']} "
        assert [bound for bound in bounds if bound not in script] == []
