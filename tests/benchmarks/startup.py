"""From the start of the server's process to the first heatmap in the browser: `python -m tests.benchmarks.startup`."""

import tempfile
import time
from pathlib import Path

from tests.benchmarks.redraw import HEATMAP
from tests.browser import ROOT, START_SECONDS, chromium, serving


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        start = time.perf_counter()
        with serving(ROOT / "app" / "server.py", Path(folder) / "app.log") as address:
            listening = time.perf_counter() - start
            page.goto(address)
            page.wait_for_selector(HEATMAP, timeout=START_SECONDS * 1000)
            page.wait_for_selector("[data-testid=attention][data-score]", timeout=START_SECONDS * 1000)
            first = time.perf_counter() - start
            page.reload()
            again = time.perf_counter()
            page.wait_for_selector(HEATMAP, timeout=START_SECONDS * 1000)
            page.wait_for_selector("[data-testid=attention][data-score]", timeout=START_SECONDS * 1000)
            print(
                f"start: the server listens after {listening:.1f} s, the first heatmap stands after {first:.1f} s, "
                f"the next visitor's {time.perf_counter() - again:.1f} s after the page has loaded"
            )


if __name__ == "__main__":
    main()
