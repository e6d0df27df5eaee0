"""What the server asks of the C library's allocator, where that is glibc."""

import os
import subprocess
import sys

from tests.browser import ROOT

# Fifty threads allocate at the same time, as those that draw pages do; then glibc tells its arenas.
SCRIPT = """
import ctypes, runpy, sys, threading
if sys.argv[1] == "server":
    runpy.run_path("app/server.py")
c = ctypes.CDLL(None)
c.malloc.restype = c.fopen.restype = ctypes.c_void_p
together = threading.Barrier(50)
def allocate():
    together.wait()
    for size in range(1000, 100_000, 1000):
        c.malloc(size)
threads = [threading.Thread(target=allocate) for _ in range(50)]
for thread in threads: thread.start()
for thread in threads: thread.join()
told = ctypes.c_void_p(c.fopen(sys.argv[2].encode(), b"w"))
c.malloc_info(0, told)
c.fclose(told)
"""


def arenas(run, told):
    """How many arenas a process has in which that and then fifty threads ran."""
    command = [sys.executable, "-c", SCRIPT, run, told]
    own = {name: value for name, value in os.environ.items() if name not in ("MALLOC_ARENA_MAX", "GLIBC_TUNABLES")}
    subprocess.run(command, cwd=ROOT, env=own, check=True, capture_output=True, timeout=120)
    return told.read_text().count("<heap nr=")


if "CS_GNU_LIBC_VERSION" in getattr(os, "confstr_names", {}):

    def test_the_server_keeps_its_threads_to_two_arenas(tmp_path):
        assert arenas("server", tmp_path / "server") == 2
        assert arenas("nothing", tmp_path / "nothing") > 2
