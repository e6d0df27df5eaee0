"""What is installed is pinned, and every file of it has a hash, in the lists that people edit and in the one that pip checks."""

import re

import pytest

from tests.browser import ROOT
from tests.lock import CPU, HASHES, LISTS, PIP

PINNED = re.compile(r"([A-Za-z0-9][\w.-]*)(?:\[\w+\])?==([\w.+!]+)( ?;[^#\\]+)?")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def entries(text):
    """By name, as packages compare them, its version and its hashes; an assertion fails for any other line."""
    found = {}
    for line in re.sub(r"\s+#.*|^#.*", "", text.replace("\\\n", ""), flags=re.MULTILINE).splitlines():
        if not line.strip():
            continue
        pin, *hashes = re.split(r"\s+(?=--)", line.strip())
        match = PINNED.fullmatch(pin.strip())
        assert match and all(HASH.fullmatch(own) for own in hashes), line
        name = re.sub(r"[-_.]+", "-", match[1]).lower()
        assert name not in found, f"{name} stands there twice"
        found[name] = (match[2], hashes)
    return found


HASHED = entries(HASHES.read_text("utf-8"))


@pytest.mark.parametrize("name", LISTS)
def test_every_pin_has_its_hashes(name):
    pinned = entries((ROOT / name).read_text("utf-8"))
    assert {own: HASHED[own][0] for own in pinned} == {own: version for own, (version, _) in pinned.items()}, "run `make lock`"
    assert len(pinned) >= 3


def test_nothing_may_be_installed_without_a_hash():
    assert [name for name, (_, hashes) in HASHED.items() if not hashes] == []
    for path in ("Makefile", "Dockerfile"):
        text = (ROOT / path).read_text("utf-8").replace("\\\n", "").replace("$(HASHED)", "--require-hashes")
        installs = re.findall(r"\bpip(?: --python \S+)? install ([^&|\n]+)", text)
        assert len(installs) >= 3
        assert [own for own in installs if "--require-hashes" not in own] == [], path


def test_pip_itself_and_the_small_torch_are_among_them():
    assert entries(PIP.read_text("utf-8")) == {"pip": HASHED["pip"]}
    pin, sha256 = CPU.search((ROOT / "deploy" / "torch-cpu.txt").read_text("utf-8")).groups()
    version, hashes = HASHED["torch"]
    assert pin == f"torch=={version}"
    assert f"--hash={sha256}" in hashes
    assert len(hashes) > 1  # those of the public index, too
