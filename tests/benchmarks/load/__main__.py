"""Many visitors at once, by Streamlit's own WebSocket protocol: `python -m tests.benchmarks.load --help`.

Starts the app and lets visitors in who each change the score function or the temperature about every second and type a new
sentence every ten; some of them give a new photo every ten seconds as well. Or, with --idle, they go slowly from page to page.
One visitor goes ahead and is not counted: the first visit after a start loads the encoders.

The loop is closed: a visitor waits for an answer before thinking about the next change, so a slow app is asked less. Every answer
counts in full, however late, and one that does not come in time is an error. A change takes from its sending (a photo: from
asking where to put it) to the message that the script has finished. Each answer must hold what was asked for, such as other
weights under another score function. The client shares the machine with the app: what it takes is told, too.

Everything is drawn from the seed; sentences and photos (JPEGs of one to two megapixels) are new each time. The exit status is 1
if anything went wrong.
"""

import argparse
import asyncio
import contextlib
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.benchmarks.load.session import Session
from tests.benchmarks.load.tally import Tally
from tests.benchmarks.load.visitors import visitors_of
from tests.benchmarks.load.watch import Watch, server_at, split_cores
from tests.benchmarks.load.wire import LoadError
from tests.browser import ROOT, START_SECONDS, serving
from tests.e2e.playing import PICTURE_TASK, TEXT_TASK

LOG_LETTERS = 6000


def options(arguments: list[str]) -> argparse.Namespace:
    """The command's options."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.load", description=__doc__.splitlines()[0])
    parser.add_argument("--visitors", type=int, default=40, help="how many at once")
    parser.add_argument("--uploading", type=int, default=10, help="how many of them give photos")
    parser.add_argument("--idle", action="store_true", help="they go slowly from page to page instead")
    parser.add_argument("--seconds", type=float, default=120, help="for how long")
    parser.add_argument(
        "--think", type=float, default=1, help="seconds between an answer and the next change, half or half as much more"
    )
    parser.add_argument("--sentence", type=float, default=10, help="seconds between sentences")
    parser.add_argument("--photo", type=float, default=10, help="seconds between photos")
    parser.add_argument("--reading", type=float, default=10, help="seconds on a page with --idle")
    parser.add_argument("--arriving", type=float, default=5, help="seconds within which all arrive")
    parser.add_argument("--staying", type=float, default=0, help="seconds after which one leaves and another comes; 0: never")
    parser.add_argument("--patience", type=float, default=60, help="seconds after which an answer is an error")
    parser.add_argument("--cores", type=int, default=0, help="how many cores the app may use, the client has the others; 0: all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--address", default="", help="ws://host:port of an app that runs; its memory cannot be read")
    parser.add_argument("--log", type=Path, help="where the app's own log goes; it is shown after errors if it goes nowhere")
    return parser.parse_args(arguments)


async def warm_up(plan: argparse.Namespace) -> None:
    """Open what the visitors will open, so that it is loaded."""
    for task in (TEXT_TASK, PICTURE_TASK):
        ahead = Session(plan.address, START_SECONDS)
        await ahead.open(f"v=1&task={task}")
        for title in list(ahead.pages) if plan.idle else ():
            await ahead.go(title)
        await ahead.close()


async def load(plan: argparse.Namespace, tally: Tally, watch: Watch) -> None:
    """Let the visitors in, and wait until all have left."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(plan.visitors + 4))  # none waits for another's upload
    watching = asyncio.create_task(watch.run())
    await asyncio.gather(*(own.stay(plan.seconds) for own in visitors_of(plan, tally, TEXT_TASK, PICTURE_TASK)))
    watching.cancel()


@contextlib.contextmanager
def started(cores: int, log: Path):
    """The address of an app started for the block, which may use so many cores (0: all) while this client has the others."""
    own, others = split_cores(cores) if cores else (set(), set())
    if cores:
        os.sched_setaffinity(0, own)  # for the app, which takes it over
    with serving(ROOT / "app" / "server.py", log) as address:
        if cores:
            os.sched_setaffinity(0, others)
        yield address.replace("http", "ws", 1)


def main() -> None:
    plan, tally = options(sys.argv[1:]), Tally()
    is_ours, busy = not plan.address, os.getloadavg()[0]
    with contextlib.ExitStack() as stack:
        log = plan.log or Path(stack.enter_context(tempfile.TemporaryDirectory())) / "app.log"
        if is_ours:
            plan.address = stack.enter_context(started(plan.cores, log))
        try:
            asyncio.run(warm_up(plan))
        except LoadError as error:
            sys.exit(f"The app must answer at {plan.address}, got {error.kind}: {error.detail}.")
        watch = Watch(server_at(plan.address) if is_ours else None)
        asyncio.run(load(plan, tally, watch))
        what = "going from page to page" if plan.idle else f"{min(plan.uploading, plan.visitors)} of them giving photos"
        own = f", {plan.cores} of them for the app" if is_ours and plan.cores else ""
        print(f"{plan.visitors} visitors for {plan.seconds:g} s, {what}, seed {plan.seed}")
        print(f"machine: {os.cpu_count()} cores{own}; the app computes on {tally.device}; load before: {busy:.1f}")
        print(tally.table(), tally.told(), watch.told(), sep="\n")
        if tally.errors and is_ours and not plan.log:
            print(f"the app's log, its last lines:\n{log.read_text('utf-8', 'replace')[-LOG_LETTERS:]}")
    sys.exit(bool(tally.errors))


if __name__ == "__main__":
    main()
