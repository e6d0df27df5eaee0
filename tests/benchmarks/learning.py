"""A lesson in the page, and another visitor meanwhile: `python -m tests.benchmarks.learning [SCORE …]`.

1. Presses Start on a fresh server for each score function (general if none is named) and takes the seconds until the page says
   it is done, and what the page says it reached; beside it what the training command reaches on the same sentences.
2. A second visitor of the Playground changes the score function, the temperature and the text, once while nobody learns and
   once while somebody does (encoding a thousand sentences of their own, then learning from them), in the same Chromium. The
   ratio is of medians.
"""

import itertools
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import torch
from playwright.sync_api import Page

from attention_core import score_spec, task_spec
from attention_core.tasks.sentiment_lesson import TRAINING
from attention_core.training.lesson import teach
from tests.browser import ROOT, START_SECONDS, chromium, serving, visitor, wait_until_drawn
from tests.e2e import learning, playing

TASK = "sentiment"
ROUNDS, WARM_UP = 12, 3
TEMPERATURES = 2  # keys to the right and back
RUN = """(run) => {
  const everywhere = (root) => root.querySelector("[data-testid=attention]") ??
    [...root.querySelectorAll("*")].filter((each) => each.shadowRoot).map((each) => everywhere(each.shadowRoot)).find(Boolean)
  return everywhere(document)?.dataset.run !== run
}"""


def timed(page: Page, change) -> float:
    """Seconds until the main figure is another one."""
    before = playing.read(page).run
    start = time.perf_counter()
    change()
    page.wait_for_function(RUN, arg=before, timeout=playing.SECONDS, polling=20)
    taken = time.perf_counter() - start
    wait_until_drawn(page)
    page.wait_for_timeout(200)
    return taken


def round_of(page: Page, n: int) -> dict[str, float]:
    """One of each change."""
    titles = [score_spec(name).title for name in ("additive", "general")]
    slider = page.get_by_role("slider", name="Temperature")
    box = page.get_by_role("textbox", name=task_spec(TASK).inputs[0].label)

    def type_text() -> None:
        box.fill(f"A sentence that nobody has typed before, number {time.monotonic_ns()}: dull, then wonderful.")
        box.press("Control+Enter")

    return {
        "score function": timed(page, lambda: page.get_by_role("radio", name=titles[n % 2], exact=True).click()),
        "temperature": timed(page, lambda: slider.press("ArrowRight" if n % 4 < TEMPERATURES else "ArrowLeft")),
        "text": timed(page, type_text),
    }


def medians(rounds: list[dict[str, float]]) -> dict[str, float]:
    return {what: statistics.median(own[what] for own in rounds) for what in rounds[0]}


def fresh(browser, score: str, folder: Path) -> tuple[float, float]:
    """Seconds from Start to done on a fresh server, and the share judged rightly that the page tells."""
    with serving(ROOT / "app" / "server.py", folder / "fresh.log") as address:
        page = visitor(browser).new_page()
        learning.open_page(page, address, task_spec(TASK))
        playing.settle(page)
        page.get_by_role("radio", name=score_spec(score).title, exact=True).click()
        playing.settle(page)
        start = time.perf_counter()
        learning.press(page, "Start learning")
        learning.wait_for(page, "Done", START_SECONDS)
        seconds = time.perf_counter() - start
        reached = learning.reached(page)
        page.close()
    return seconds, reached


def second_visitor(browser, folder: Path) -> tuple[dict[str, float], dict[str, float], int]:
    """Median seconds of each change alone and while somebody learns, and the rounds in which they did."""
    with serving(ROOT / "app" / "server.py", folder / "two.log") as address:
        page = visitor(browser).new_page()
        playing.open_playground(page, address)
        playing.choose_task(page, task_spec(TASK))
        learner = visitor(browser).new_page()
        learning.open_page(learner, address, task_spec(TASK))
        learning.own_sentences(learner, TRAINING.read_bytes())
        counted = itertools.count()
        rounds = [round_of(page, next(counted)) for _ in range(WARM_UP + ROUNDS)][WARM_UP:]
        busy = []
        while len(busy) < ROUNDS:
            if not learning.is_active(learner):
                learning.press(learner, "Start learning")
                learning.wait_for(learner, "Encoding|Learning", 30)
            taken = round_of(page, next(counted))
            if learning.is_active(learner):
                busy.append(taken)
    return medians(rounds), medians(busy), len(busy)


def main() -> None:
    torch.set_num_threads(1)  # as the page's lesson has
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
        for score in sys.argv[1:] or ["general"]:
            seconds, reached = fresh(browser, score, Path(folder))
            command = teach(TASK, [score])[score]
            print(
                f"{score}: the page, on a fresh server, {seconds:.0f} s from Start to the result, {reached:.1f} % judged "
                f"rightly; the command {100 * command['right']:.1f} % (learning alone {command['seconds']:.0f} s)",
                flush=True,
            )
        alone, busy, count = second_visitor(browser, Path(folder))
        for what in alone:
            print(
                f"another visitor changes the {what}: {1000 * alone[what]:.0f} ms, {1000 * busy[what]:.0f} ms while somebody "
                f"learns, ratio {busy[what] / alone[what]:.2f} (medians of {count})"
            )


if __name__ == "__main__":
    main()
