"""Give the app hostile inputs, many thousands of them, and see that nothing breaks: `python -m tests.fuzz --help`."""

import argparse
import os
import sys
import tempfile
import warnings
from pathlib import Path

KINDS = ("text", "image", "sound", "recording", "link")


def main() -> None:
    own = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    own.add_argument("--inputs", type=int, default=20_000, help="how many in all (default %(default)s)")
    own.add_argument("--seed", type=int, default=0, help="of what is made; seed, kind and number make an input (default 0)")
    own.add_argument("--kind", choices=KINDS, help="this kind only")
    own.add_argument("--only", metavar="KIND:N or KIND:N-M", help="this one, or these in one visit, as a failure names them")
    own.add_argument("--seconds", type=float, default=0, help="stop after so many (default: when all were given)")
    given = own.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory(prefix="fuzz-") as place:
        sys.exit(give(given, Path(place)))


def give(given: argparse.Namespace, place: Path) -> int:
    """Do it with a home and a folder for temporary files in that place, both empty; the exit status."""
    home, temporary = place / "home", place / "temporary"
    for name, folder in (("HOME", home), ("TMPDIR", temporary)):
        folder.mkdir()
        os.environ[name] = str(folder)
    tempfile.tempdir = None  # looked up again: what the libraries below make, they make there
    warnings.simplefilter("ignore")  # Pillow has much to say about damaged files
    from tests.fuzz import running  # only now, after the folders and the number of threads are set

    return running.run(given, [home, temporary])


if __name__ == "__main__":
    main()
