"""What the browser tests do with the Playground, in words: choose, type, upload, and read what it shows."""

import itertools
import json
from dataclasses import dataclass
from urllib.parse import urlencode

import numpy as np
from axe_playwright_python.sync_playwright import Axe

SECONDS = 120_000  # milliseconds: encoding a picture may wait for other work on a small machine
PICTURE_TASK, TEXT_TASK, WRITING_TASK = "find", "sentiment", "translation"
SCHEMES = ("light", "dark")
CALLS = itertools.count()

CANVAS = "[...document.querySelectorAll('*')].map(host => host.shadowRoot?.querySelector('.field canvas')).find(Boolean)"


@dataclass(frozen=True)
class Shown:
    """What the main figure shows: numbers in full precision, names, and whether it belongs to an earlier input."""

    score: str
    parameters: str
    weights: np.ndarray
    energies: np.ndarray
    peak: int
    stale: bool
    run: str


def figure(page):
    """The main figure."""
    return page.locator("[data-testid=attention]")


def read(page) -> Shown:
    """What the main figure shows now."""
    own = figure(page).evaluate("element => ({ ...element.dataset })")
    return Shown(
        score=own["score"],
        parameters=own["parameters"],
        weights=np.array(json.loads(own["weights"])),
        energies=np.array(json.loads(own["energies"])),
        peak=int(own["peak"]),
        stale=own["stale"] == "true",
        run=own["run"],
    )


def read_when(page, true, patience=60) -> Shown:
    """What the main figure shows once that is true of it, or after so many seconds."""
    for _ in range(4 * patience):
        if true(shown := read(page)):
            return shown
        page.wait_for_timeout(250)
    return shown


def open_playground(page, address, **chosen) -> None:
    """Open the page, with what is chosen in the link, and wait for its first figure."""
    page.goto(f"{address}?{urlencode({'v': 1, **chosen})}" if chosen else address)
    page.wait_for_selector("[data-testid=attention][data-score]", timeout=SECONDS)


def settle(page) -> None:
    """Wait until, for a quarter of a second, no script has run and the server has left nothing unanswered."""
    page.wait_for_function(
        """call => {
            const state = document.querySelector("[data-testid=stApp]")?.dataset.testScriptState, now = performance.now()
            const busy = state !== "notRunning" || window.wire.said < window.wire.sent
            if (busy || window.still?.call !== call) window.still = { call, since: now }
            return now - window.still.since >= 250
        }""",
        arg=next(CALLS),
        polling=20,
        timeout=SECONDS,
    )


def choose(page, label, option) -> None:
    """Choose from a list in the column of controls."""
    box = page.get_by_role("combobox", name=label)
    box.scroll_into_view_if_needed()
    page.wait_for_timeout(200)  # a list that is opened while its column still scrolls closes again
    box.click()
    page.get_by_role("option", name=option, exact=True).click()
    settle(page)


def open_more(page) -> None:
    """Unfold the rest of the controls."""
    page.get_by_text("More", exact=True).click()
    page.wait_for_timeout(600)  # it unfolds


def choose_task(page, spec) -> None:
    """Choose a task, by what it declares."""
    choose(page, "Task", spec.title)


def choose_score(page, spec) -> None:
    """Choose a score function, by what it declares, and wait for the figure to show it."""
    page.get_by_role("radio", name=spec.title, exact=True).click()
    page.wait_for_selector(f"[data-testid=attention][data-score={spec.name}]", timeout=SECONDS)
    settle(page)


def type_in(page, label, text) -> None:
    """Type a text and leave the box, as a visitor does."""
    box = page.get_by_role("textbox", name=label)
    box.fill(text)
    box.press("Control+Enter")
    box.blur()
    settle(page)


def upload(page, name, content, kind="image/jpeg") -> None:
    """Upload a file and wait for what it changes."""
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": kind, "buffer": content})
    page.wait_for_function(
        """name => [...document.querySelectorAll("[data-testid=stFileChipName]")].some(own => own.title === name)
            && !document.querySelector("[data-testid=stFileChipIconSpinner]")""",
        arg=name,
        timeout=SECONDS,
    )
    settle(page)


def problem(page) -> str:
    """The sentence beside the input, empty if there is none."""
    alert = page.locator("[data-testid=stSidebar] [data-testid=stAlert]")
    return alert.inner_text().strip() if alert.count() else ""


def turn(page, scheme) -> None:
    """Let the browser prefer light or dark colours from here on, and wait for the page to have them."""
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(
        "scheme => getComputedStyle(document.querySelector('[data-testid=stApp]')).colorScheme === scheme", arg=scheme
    )
    settle(page)


def serious_findings(page) -> list:
    """What axe finds serious or critical on the page: rule and element."""
    found = Axe().run(page).response["violations"]
    return [(own["id"], node["html"]) for own in found if own["impact"] in ("serious", "critical") for node in own["nodes"]]


def width_beyond(locator) -> int:
    """By how many pixels it scrolls sideways."""
    return locator.evaluate("own => own.scrollWidth - own.clientWidth")
