"""From a changed score function to the redrawn heatmap, in Chromium: `python -m tests.benchmarks.redraw`.

Clicks from one score function to the next in the Playground and waits, in the page itself, until the main figure names the new
one and the Plotly heatmap has been plotted again. The page sends both figures first and the rest 50 ms later
(FIGURES_FIRST_SECONDS in the view). The same clicks on a bare Streamlit page with one heatmap of that size.
"""

import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Page

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


def times(page: Page) -> list[float]:
    """Milliseconds of each click, going round the buttons of the first row of buttons in the main part of the page."""
    page.wait_for_selector(HEATMAP)
    buttons = page.locator('[data-testid="stMain"] [data-testid="stButtonGroup"]').first.locator("button")
    count, taken = buttons.count(), []
    active = next(n for n in range(count) if buttons.nth(n).get_attribute("aria-checked") == "true")
    for click in range(1, WARM_UP + CLICKS + 1):
        wait_until_drawn(page)
        page.wait_for_timeout(PAUSE_MILLISECONDS)
        milliseconds = buttons.nth((active + click) % count).evaluate(REDRAW)
        if click > WARM_UP:
            taken.append(milliseconds)
    return taken


def opened(browser, address: str) -> Page:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(address)
    wait_until_drawn(page, START_SECONDS * 1000)
    page.wait_for_selector(HEATMAP, timeout=START_SECONDS * 1000)
    return page


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        with serving(ROOT / "app" / "main.py", Path(folder) / "app.log") as address:
            page = opened(browser, address)
            size = page.evaluate(SIZE)
            ours = times(page)
            page.close()
        with serving(Path(__file__).with_name("bare_page.py"), Path(folder) / "bare.log", "--", *map(str, size)) as address:
            bare = times(opened(browser, address))
    ratio = statistics.median(ours) / statistics.median(bare)
    print(
        f"redraw of a {size[0]} × {size[1]} heatmap, median of {CLICKS}: Playground {statistics.median(ours):.0f} ms, "
        f"bare page {statistics.median(bare):.0f} ms, ratio {ratio:.2f} "
        f"(95 % of redraws within {sorted(ours)[int(0.95 * CLICKS)]:.0f} and {sorted(bare)[int(0.95 * CLICKS)]:.0f} ms)"
    )


if __name__ == "__main__":
    main()
