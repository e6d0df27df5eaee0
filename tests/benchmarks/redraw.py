"""From a changed score function to the redrawn heatmap, in Chromium: `python -m tests.benchmarks.redraw`.

Clicks from one score function to the next in the Playground and waits, in the page itself, until the main figure names the new
one and the Plotly heatmap has been plotted again: of the picture that a first visit shows, then of a text of 400 words. The page
sends both figures first and the rest 50 ms later (FIGURES_FIRST_SECONDS in the view). Each click is followed by one on a bare
Streamlit page with one heatmap of that size, so that both are measured under the same load.
"""

import contextlib
import statistics
import tempfile
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page

from tests.browser import ROOT, START_SECONDS, chromium, serving, wait_until_drawn

CLICKS, WARM_UP, PAUSE_MILLISECONDS = 50, 7, 250
HEATMAP = ".js-plotly-plot:has(.heatmaplayer image)"
SIZE = """() => {
  const plot = document.querySelector(".js-plotly-plot:has(.heatmaplayer image)")
  const z = plot.calcdata[0][0].z
  return [z.length, z[0].length, Math.round(plot._fullLayout.height)]
}"""
# Milliseconds from the click until the heatmap was plotted anew and the main figure (where there is one) has signed itself anew.
REDRAW = """(button) => new Promise((done) => {
  const plot = document.querySelector(".js-plotly-plot:has(.heatmaplayer image)")
  const everywhere = (root) => root.querySelector("[data-testid=attention]") ??
    [...root.querySelectorAll("*")].filter((each) => each.shadowRoot).map((each) => everywhere(each.shadowRoot)).find(Boolean)
  const stage = everywhere(document)
  const before = stage?.dataset.score
  const numbers = (shown) => shown.calcdata[0][0].z.map((row) => [...row].join()).join()
  const old = numbers(plot)
  let plotted = false
  plot.on("plotly_afterplot", () => { plotted = true })
  const look = () => {
    const now = document.querySelector(".js-plotly-plot:has(.heatmaplayer image)")
    const drawn = now && (plotted || now !== plot) && numbers(now) !== old
    if (drawn && (!stage || stage.dataset.score !== before)) return done(performance.now() - start)
    requestAnimationFrame(look)
  }
  const start = performance.now()
  button.click()
  requestAnimationFrame(look)
})"""


class Clicks:
    """A page and its first row of buttons in the main part, pressed one after the other, round and round."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.wait_for_selector(HEATMAP, timeout=START_SECONDS * 1000)
        self.buttons = page.locator('[data-testid="stMain"] [data-testid="stButtonGroup"]').first.locator("button")
        self.count = self.buttons.count()
        self.at = next(n for n in range(self.count) if self.buttons.nth(n).get_attribute("aria-checked") == "true")

    def next(self) -> float:
        """Milliseconds from pressing the next button until its figures are drawn."""
        self.page.bring_to_front()
        wait_until_drawn(self.page)
        self.page.wait_for_timeout(PAUSE_MILLISECONDS)
        self.at = (self.at + 1) % self.count
        return self.buttons.nth(self.at).evaluate(REDRAW)


def opened(browser: Browser, address: str) -> Page:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(address)
    wait_until_drawn(page, START_SECONDS * 1000)
    page.wait_for_selector(HEATMAP, timeout=START_SECONDS * 1000)
    return page


def main() -> None:
    text = " ".join(50 * ["it is so bad we do go on"])
    inputs = {"picture": "", "text of 400 words": "?" + urlencode({"v": 1, "task": "sentiment", "in.text": text})}
    with contextlib.ExitStack() as stack:
        folder, browser = Path(stack.enter_context(tempfile.TemporaryDirectory())), stack.enter_context(chromium())
        address = stack.enter_context(serving(ROOT / "app" / "server.py", folder / "app.log"))
        for name, query in inputs.items():
            _measure(browser, address + query, name, folder / "bare.log")


def _measure(browser: Browser, address: str, name: str, log: Path) -> None:
    with contextlib.ExitStack() as stack:
        page = stack.enter_context(contextlib.closing(opened(browser, address)))
        size = page.evaluate(SIZE)
        script = Path(__file__).with_name("bare_page.py")
        bare = stack.enter_context(serving(script, log, "--", *map(str, size)))
        both = Clicks(page), Clicks(stack.enter_context(contextlib.closing(opened(browser, bare))))
        rounds = [[clicks.next() for clicks in both] for _ in range(WARM_UP + CLICKS)]
    ours, bare_page = (sorted(times) for times in zip(*rounds[WARM_UP:], strict=True))
    ratio = statistics.median(ours) / statistics.median(bare_page)
    print(
        f"{name}: redraw of a {size[0]} × {size[1]} heatmap, median of {CLICKS}: Playground {statistics.median(ours):.0f} ms, "
        f"bare page {statistics.median(bare_page):.0f} ms, ratio {ratio:.2f} "
        f"(95 % of redraws within {ours[int(0.95 * CLICKS)]:.0f} and {bare_page[int(0.95 * CLICKS)]:.0f} ms)",
        flush=True,
    )


if __name__ == "__main__":
    main()
