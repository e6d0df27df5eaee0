"""A network of its own: ray listens on every address, so it runs only where there is none but loopback."""

import os
import shlex
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def is_alone() -> bool:
    """Whether this process sees no network but loopback."""
    return [name for _, name in socket.if_nameindex()] == ["lo"]


def alone(arguments: list[str], home: Path) -> int:
    """Runs Python with these arguments in a namespace with nothing but loopback, and gives its exit status.

    Args:
        home: A folder for what ray keeps, its token among that.
    """
    command = f"ip link set lo up && exec {shlex.join([sys.executable, *arguments])}"
    network = ["unshare", "--net", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    return subprocess.run(
        [*network, "sh", "-c", command], cwd=ROOT, env={**os.environ, "HOME": str(home)}, check=False
    ).returncode
