"""Additive energies in blocks beside the plain broadcast: `python -m tests.benchmarks.additive`.

Time: both in turns in one process, the median of each. Peak memory: each in a process of its own, above what it held just
before the call, less the output. With gradients: forward and backward together.
"""

import argparse
import gc
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from attention_core.blockwise import ACTIVATIONS, additive_energies

WIDTH = 256
TURNS = {512: 9, 2048: 3}
ROOM = {512: 2e9, 2048: 14e9}  # bytes that the broadcast needs free, backward included


def broadcast(from_query: Tensor, from_key: Tensor, v: Tensor, activation: str) -> Tensor:
    """The formula as one writes it down."""
    return ACTIVATIONS[activation].apply(from_query[:, :, None, :] + from_key[:, None, :, :]) @ v


WAYS: dict[str, Callable[..., Tensor]] = {"blocks": additive_energies, "broadcast": broadcast}


def inputs(length: int, gradients: bool) -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    shapes = (1, length, WIDTH), (1, length, WIDTH), (WIDTH,)
    return [torch.randn(shape, generator=generator).requires_grad_(gradients) for shape in shapes]


def call(way: str, given: list[Tensor], activation: str, gradients: bool) -> None:
    energies = WAYS[way](*given, activation)
    if gradients:
        torch.autograd.grad(energies.sum(), given)


def seconds(length: int, activation: str, gradients: bool, ways: list[str]) -> dict[str, float]:
    """The median time of each way, measured in turns."""
    given, taken = inputs(length, gradients), {way: [] for way in ways}
    for turn in range(TURNS[length] + 1):
        for way in ways:
            gc.collect()
            start = time.perf_counter()
            call(way, given, activation, gradients)
            if turn:  # the first warms up
                taken[way].append(time.perf_counter() - start)
    return {way: statistics.median(each) for way, each in taken.items()}


def peak(way: str, length: int, activation: str, gradients: bool) -> float:
    """Bytes at the peak of one call, above what was held before it and the output, in a fresh process."""
    command = [sys.executable, "-m", __spec__.name, "--peak-of", way, str(length), activation, str(int(gradients))]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def own_peak(way: str, length: int, activation: str, gradients: bool) -> float:
    call(way, inputs(8, gradients), activation, gradients)  # libraries load their buffers
    given = inputs(length, gradients)
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    before = _status("VmRSS")
    call(way, given, activation, gradients)
    return _status("VmHWM") - before - 4 * length * length


def _status(name: str) -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return 1024.0 * int(line.split()[1])
    raise LookupError(name)


def free_bytes() -> float:
    return 1024.0 * int(Path("/proc/meminfo").read_text().split("MemAvailable:")[1].split()[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peak-of", nargs=4, help=argparse.SUPPRESS)
    parser.add_argument("--activation", default="tanh", choices=ACTIVATIONS)
    given = parser.parse_args()
    if given.peak_of:
        way, length, activation, gradients = given.peak_of
        print(own_peak(way, int(length), activation, gradients == "1"))
        return
    print(f"additive, A = {WIDTH}, {given.activation}, {torch.get_num_threads()} threads of {os.cpu_count()} cores")
    for length in TURNS:
        for gradients in (False, True):
            ways = [way for way in WAYS if way != "broadcast" or free_bytes() > ROOM[length]]
            times = seconds(length, given.activation, gradients, ways)
            peaks = {way: peak(way, length, given.activation, gradients) / 1e6 for way in ways}
            what = f"T = S = {length:4d}, {'forward and backward' if gradients else 'forward'}"
            text = ", ".join(f"{way} {times[way]:.3f} s and {peaks[way]:.0f} MB" for way in ways)
            ratio = f"; time {times['blocks'] / times['broadcast']:.2f} of the broadcast's" if len(ways) == 2 else ""
            ratio += f", memory {peaks['blocks'] / peaks['broadcast']:.3f}" if len(ways) == 2 else "; no room for the broadcast"
            print(f"{what}: {text}{ratio}", flush=True)


if __name__ == "__main__":
    main()
