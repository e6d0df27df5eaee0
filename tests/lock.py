"""`make lock`: the sha256 of every file that an install may fetch, for every platform, into deploy/hashes.txt and deploy/pip.txt.

The lists that people edit stay readable: pip takes versions and hashes from deploy/hashes.txt as constraints. That file also pins
what only some installs bring along, such as the parts of CUDA that torch asks for where it is built for them.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LISTS = ("requirements.txt", "deploy/engine/requirements.txt", "tests/requirements.txt", "tests/tools.txt")
HASHES, PIP = ROOT / "deploy" / "hashes.txt", ROOT / "deploy" / "pip.txt"
CPU = re.compile(r"^(torch==[\d.]+)\+cpu --hash=(sha256:[0-9a-f]{64})$", re.MULTILINE)


def main() -> None:
    asked = ["pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-annotate", "--quiet"]
    uv = Path(sys.executable).with_name("uv")
    told = ["--custom-compile-command", "make lock"]
    text = subprocess.run([uv, *asked, *told, *LISTS], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    pin, sha256 = CPU.search((ROOT / "deploy" / "torch-cpu.txt").read_text("utf-8")).groups()
    if f"\n{pin} \\\n" not in text:
        sys.exit(
            f"deploy/torch-cpu.txt must have the version of torch in requirements.txt, got {pin}. Correct it, and its sha256."
        )
    text = text.replace(f"\n{pin} \\\n", f"\n{pin} \\\n    --hash={sha256} \\\n")
    HASHES.write_text(text, "utf-8")
    PIP.write_text(re.search(r"^pip==(?:.*\\\n)+.*\n", text, re.MULTILINE)[0], "utf-8")


if __name__ == "__main__":
    main()
