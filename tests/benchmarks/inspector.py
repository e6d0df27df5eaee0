"""From pressing a word, a place or a cell to the cell inspector drawn, in Chromium: `python -m tests.benchmarks.inspector`.

Points at one after another in the Playground, presses, and waits, in the page itself, until the inspector has signed itself for
another cell and its formula stands there; it is closed before each press. In turns with it, clicks on a bare Streamlit page
redraw one heatmap of the Playground's size, so that a busy moment of the machine meets both.
"""

import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Page

import attention_core as core
from tests.benchmarks.redraw import PAUSE_MILLISECONDS, SIZE, Clicks, opened
from tests.browser import ROOT, chromium, serving, wait_until_drawn

PRESSES, WARM_UP = 40, 5
# Milliseconds from pressing the n-th cell or word, or the n-th place's middle, until the inspector shows another cell.
OPEN = """([stage, inspector, n]) => new Promise((done, fail) => {
  const field = stage.querySelector(".view:not([hidden]) .field, .timeline:not([hidden])")
  const cells = stage.querySelectorAll(".grid:not([hidden]) td")
  const words = field ? [] : cells.length ? cells : stage.querySelectorAll(".words:not([hidden]) button")
  const target = words.length ? words[n % words.length] : field
  const { left, top, width, height } = target.getBoundingClientRect(), columns = words.length ? 1 : 20
  const at = { clientX: left + ((n % columns) + 0.5) * width / columns, clientY: top + height / 2, bubbles: true }
  const look = () => {
    const drawn = inspector.dataset.key !== undefined && document.querySelector(".st-key-cell .katex")
    if (performance.now() - start > 10000) return fail(new Error("The inspector must open within 10 s."))
    drawn ? done(performance.now() - start) : requestAnimationFrame(look)
  }
  let start
  const press = () => {
    start = performance.now()
    target.dispatchEvent(new MouseEvent("click", at))
    requestAnimationFrame(look)
  }
  for (const kind of ["pointerover", "pointermove"]) target.dispatchEvent(new PointerEvent(kind, at))
  setTimeout(press, 100) // a pointer rests on what it presses
})"""


def opening(page: Page, press: int) -> float:
    """Milliseconds of one press on the Playground; the inspector is closed before."""
    page.bring_to_front()
    inspector = page.locator("[data-testid=inspector]")
    if inspector.get_attribute("data-key") is not None:
        inspector.get_by_role("button", name="Close").evaluate("button => button.click()")
        page.wait_for_selector("[data-testid=inspector]:not([data-key])")
        page.wait_for_selector(".st-key-cell .katex", state="detached")
    wait_until_drawn(page)
    page.wait_for_timeout(PAUSE_MILLISECONDS)
    handles = [page.locator("[data-testid=attention]").element_handle(), inspector.element_handle()]
    return page.evaluate(OPEN, [*handles, press])


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium() as browser,
        serving(ROOT / "app" / "server.py", Path(folder) / "app.log") as address,
    ):
        for name in core.task_names():
            page = opened(browser, address)
            page.get_by_role("combobox", name="Task").click()
            page.get_by_role("option", name=core.task_spec(name).title, exact=True).click()
            page.wait_for_timeout(2000)
            size = page.evaluate(SIZE)
            script = Path(__file__).with_name("bare_page.py")
            with serving(script, Path(folder) / "bare.log", "--", *map(str, size)) as bare_address:
                bare_page = opened(browser, bare_address)
                bare_clicks = Clicks(bare_page)
                turns = [(opening(page, turn), bare_clicks.next()) for turn in range(WARM_UP + PRESSES)][WARM_UP:]
                bare_page.close()
            page.close()
            ours, bare = map(sorted, zip(*turns, strict=True))
            print(
                f"inspector of the task {name}, median of {PRESSES}: opens in {statistics.median(ours):.0f} ms, a bare page "
                f"redraws a {size[0]} × {size[1]} heatmap in {statistics.median(bare):.0f} ms, ratio "
                f"{statistics.median(ours) / statistics.median(bare):.2f} "
                f"(95 % within {ours[int(0.95 * PRESSES)]:.0f} and {bare[int(0.95 * PRESSES)]:.0f} ms)"
            )


if __name__ == "__main__":
    main()
