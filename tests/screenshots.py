"""The picture of the README, taken from the running app: `make screenshots`."""

import tempfile
from pathlib import Path

from tests.browser import ROOT, START_SECONDS, chromium, serving, wait_until_drawn

PICTURE = ROOT / "assets" / "screenshot-light.png"


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium() as browser,
        serving(ROOT / "app" / "server.py", Path(folder) / "log") as address,
    ):
        page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light", reduced_motion="reduce")
        page.goto(address)
        wait_until_drawn(page, START_SECONDS * 1000)
        page.wait_for_selector("[data-testid=attention][data-score]", timeout=START_SECONDS * 1000)
        page.wait_for_selector(".js-plotly-plot .heatmaplayer image", state="attached")
        page.wait_for_timeout(1000)  # fonts and the last of the layout
        page.screenshot(path=PICTURE)
    print(f"wrote {PICTURE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
