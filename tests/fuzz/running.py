"""The run: inputs of all kinds in turn, what they took, and in the end what is left in memory and on disk."""

import gc
import time
from collections import Counter
from functools import cache
from random import Random

from streamlit.components.v2.component_manager import BidiComponentManager

from tests.fuzz.visiting import INPUTS_A_VISITOR, Visitor, no_pause, places
from tests.fuzz.watching import ROOT, errors, files, left, resident

SHARES = {"text": 0.35, "link": 0.25, "sound": 0.15, "recording": 0.13, "image": 0.12}  # of all inputs; pictures cost most
EVERY = 100  # inputs between two looks at the memory
BOUND = 300_000_000  # bytes, see `run`


@cache
def installed():
    """The components that are installed, looked up once."""
    found = BidiComponentManager()
    found.discover_and_register_components(start_file_watching=False)
    return found


class Fuzz:
    """What was given so far, and what came of it."""

    def __init__(self, seed):
        self.seed, self.given, self.failures, self.sizes = seed, Counter(), [], []
        self.seconds, self.worked = Counter(), Counter()  # on the clock, and of the processor
        self.elements = installed()

    def visit(self, kind, first, last, found):
        """One visitor gives the inputs from `first` up to `last`; `found` is what `errors` finds meanwhile."""
        visit = first // INPUTS_A_VISITOR[kind]
        visitor = None
        for index in range(first, last):
            start, work = time.perf_counter(), time.process_time()
            try:
                visitor = visitor or Visitor(kind, Random(f"{self.seed} {kind} visit {visit}"), self.elements)
                wrong = visitor.give(Random(f"{self.seed} {kind} {index}"))
            except Exception as error:  # also what only the test's own browser raises: no input may get there
                wrong = [f"raised: {type(error).__name__}: {error}"]
            self.seconds[kind] += time.perf_counter() - start
            self.worked[kind] += time.process_time() - work
            self.given[kind] += 1
            if wrong + found:
                self.failures.append((kind, index, first, [*dict.fromkeys(wrong + found)]))
                report(self.seed, *self.failures[-1])
                found.clear()
                visitor = None  # the next input meets a page that works
            if sum(self.given.values()) % EVERY == 0:
                gc.collect()
                self.sizes.append(resident())

    def warm_up(self):
        """Open every place once and save a result, so that what all visitors share is there before anything is measured."""
        for kind in ("text", "image", "sound", "recording"):
            visitors = [Visitor(kind, Random(0), self.elements, place) for place in places(kind)]
        visitors[0].save()


def report(seed, kind, index, first, wrong):
    """How to see it again, and what it was."""
    print(f"\nFAILED  python -m tests.fuzz --seed {seed} --only {kind}:{index}", flush=True)
    if index > first:
        print(f"        with all that the visitor gave before: --only {kind}:{first}-{index}")
    for line in wrong[:4]:
        print("        " + line.replace("\n", "\n        ")[-1800:])


def give_all(fuzz, shares, inputs, found, deadline=float("inf")):
    """So many inputs, a visitor's at a time, always of the kind that is furthest behind its share."""
    done, start = 0, time.monotonic()
    while done < inputs and time.monotonic() < deadline:
        kind = min(shares, key=lambda own: fuzz.given[own] / shares[own])
        first = fuzz.given[kind]
        last = first + min(INPUTS_A_VISITOR[kind], inputs - done)
        fuzz.visit(kind, first, last, found)
        done += last - first
        seconds = time.monotonic() - start
        print(
            f"\r{done:,} of {inputs:,}  {seconds:,.0f} s  {1000 * seconds / done:.0f} ms each  {resident() / 1e6:,.0f} MB  "
            f"{len(fuzz.failures)} failed ", end="", flush=True,
        )  # fmt: skip
    print()


def run(given, folders):
    """Do what the command says; returns its exit status.

    Memory: everything that all visitors share is loaded first. At the end the process may hold BOUND more than after the first
    tenth of the inputs: the app keeps the encodings of its examples, 4 inputs and 12 results of a visitor, 32 sets of parameters
    a task, what transformers read last; all of that together grows into less than this, and then no more. A picture of 50 million
    pixels, kept from one input in a thousand, would be past it in no time.
    """
    fuzz, before = Fuzz(given.seed), files(ROOT, *folders)
    with errors() as found, no_pause():
        if given.only:
            kind, _, numbers = given.only.partition(":")
            first, _, last = numbers.partition("-")
            fuzz.visit(kind, int(first), int(last or first) + 1, found)
        else:
            fuzz.warm_up()
            before = files(ROOT, *folders)
            deadline = time.monotonic() + (given.seconds or float("inf"))
            give_all(fuzz, {given.kind: 1} if given.kind else SHARES, given.inputs, found, deadline)
    problems = [f"{len(fuzz.failures)} inputs failed"] if fuzz.failures else []
    for kind, count in fuzz.given.items():
        each, work = (1000 * own[kind] / count for own in (fuzz.seconds, fuzz.worked))
        print(f"{kind:10} {count:6,} inputs  {fuzz.seconds[kind]:7,.0f} s  {each:4.0f} ms each, of which {work:4.0f} at work")
    problems += memory(fuzz.sizes) + [f"a file is left: {path}" for path in left(before, files(ROOT, *folders))]
    print("\n".join(problems) or "Nothing went wrong.")
    return 1 if problems else 0


def memory(sizes):
    """Says how large the process was; returns a line if it has grown by more than BOUND since the first tenth."""
    if len(sizes) < 2:
        return []
    early, late = sizes[(len(sizes) - 1) // 10], sizes[-1]
    print(
        f"memory     {early / 1e6:,.0f} MB after the first tenth, {max(sizes) / 1e6:,.0f} at most, {late / 1e6:,.0f} at the end"
    )
    grown = late - early
    return [f"the memory must grow by at most {BOUND / 1e6:,.0f} MB, got {grown / 1e6:,.0f}"] if grown > BOUND else []
