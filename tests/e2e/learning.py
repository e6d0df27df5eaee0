"""What the browser tests do with Watch it learn, in words."""

import re

from tests.e2e import playing


def open_page(page, address, spec) -> None:
    """Open the page through the navigation, choose a task by what it declares, and wait for its button."""
    playing.open_playground(page, address)
    page.get_by_role("link", name="Watch it learn").click()
    page.get_by_role("button", name="Start learning").wait_for(timeout=playing.SECONDS)
    playing.settle(page)
    playing.choose_task(page, spec)


def own_sentences(page, content: bytes, name: str = "own.tsv") -> None:
    """Choose own sentences and upload a file of them."""
    page.get_by_role("radio", name="Your own", exact=True).click()
    playing.settle(page)
    playing.upload(page, name, content, "text/tab-separated-values")


def press(page, label) -> None:
    """Press a button of the main part."""
    page.get_by_role("button", name=label, exact=True).click()


def standing(page) -> str:
    """Where the lesson stands, as the bar says; empty if there is none."""
    bar = page.locator("[data-testid=stProgress]")
    return bar.inner_text().strip() if bar.count() else ""


def wait_for(page, pattern, seconds) -> None:
    """Wait until the bar says something like that."""
    page.locator("[data-testid=stProgress]").filter(has_text=re.compile(pattern)).wait_for(timeout=1000 * seconds)


def is_active(page) -> bool:
    """Whether a lesson is going on."""
    return page.get_by_role("button", name="Stop", exact=True).count() > 0


def step(page) -> int:
    """The step that the main figure shows."""
    return int(playing.figure(page).get_attribute("data-parameters").split()[-1])


def reached(page) -> float:
    """The percentage in the first row of the table of results."""
    row = page.get_by_role("row").filter(has_text="learned here").first
    row.wait_for(timeout=playing.SECONDS)
    return float(re.search(r"([\d.]+)\s%", row.inner_text()).group(1))
