"""What the app's process takes of the machine, and whether this client keeps up, sampled while a load runs."""

import asyncio
import contextlib
import os
import time
from statistics import median

import psutil

from tests.benchmarks.load.tally import percentile

SAMPLE_SECONDS, MEGABYTE = 0.5, 2**20
SETTLED_MINUTE = 10


def server_at(address: str) -> psutil.Process:
    """The process of the app that `serving` started at this address."""
    port = f"--server.port={address.rpartition(':')[2]}"
    return next(own for own in psutil.Process().children() if port in own.cmdline())


class Watch:
    """Samples of a process (None: nothing can be read of it), and of how late this client wakes up."""

    def __init__(self, server: psutil.Process | None) -> None:
        self.server, self.client = server, psutil.Process()
        self.sizes: list[tuple[float, int]] = []  # seconds since the start, bytes
        self.late: list[float] = []
        self.began = time.perf_counter()
        self.before = self._processor()
        self._sample()

    async def run(self) -> None:
        """Sample until cancelled."""
        while True:
            start = time.perf_counter()
            await asyncio.sleep(SAMPLE_SECONDS)
            self.late.append(time.perf_counter() - start - SAMPLE_SECONDS)
            self._sample()

    def told(self) -> str:
        """What was found, in two lines."""
        self._sample()
        seconds = time.perf_counter() - self.began
        shares = [(now - then) / seconds for now, then in zip(self._processor(), self.before, strict=True)]
        late = [1000 * each for each in self.late or [0.0]]
        woke = f"woke {percentile(late, 95):.0f} ms late (p95), at most {max(late):.0f} ms"
        if self.server is None:
            return f"memory: unknown, the app was not started here\nprocessor: the client took {shares[1]:.2f} cores and {woke}"
        return f"{told_memory(self.sizes)}\nprocessor: the app took {shares[0]:.2f} cores, the client {shares[1]:.2f} and {woke}"

    def _sample(self) -> None:
        if self.server is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                self.sizes.append((time.perf_counter() - self.began, self.server.memory_info().rss))

    def _processor(self) -> list[float]:
        """Seconds of a core that the app and the client have taken."""
        return [sum(own.cpu_times()[:2]) if own else 0.0 for own in (self.server, self.client)]


def told_memory(sizes: list[tuple[float, int]]) -> str:
    """Resident memory at the start, in the tenth minute (if it came to that) and at the end, from seconds and bytes.

    The tenth minute and the end are medians, of a minute or the last tenth: while photos are encoded it goes up and down.
    """
    last = sizes[-1][0]
    end = median(size for second, size in sizes if second >= last - min(60.0, last / 10))
    settled = [size for second, size in sizes if SETTLED_MINUTE - 1 <= second / 60 < SETTLED_MINUTE]
    told, growth = [f"{_megabytes(sizes[0][1])} at the start"], ""
    if last >= 60 * SETTLED_MINUTE and settled:
        told.append(f"{_megabytes(median(settled))} in minute {SETTLED_MINUTE}")
        growth = f" ({100 * (end / median(settled) - 1):+.1f} % since then)"
    most = max(size for _, size in sizes)
    return "memory: " + ", ".join([*told, f"{_megabytes(end)} at the end{growth}", f"at most {_megabytes(most)}"])


def _megabytes(size: float) -> str:
    return f"{size / MEGABYTE:.0f} MB"


def split_cores(count: int) -> tuple[set[int], set[int]]:
    """The first so many usable cores, for the app, and the others, for this client: all, if none is left."""
    usable = sorted(os.sched_getaffinity(0))
    return set(usable[:count]), set(usable[count:]) or set(usable)
