"""A recording in a real browser: from an upload over the figure to one cell's numbers, by pointer and by keyboard."""

import json

import numpy as np
import pytest

from app.figures.numbers import figure as number
from attention_core.library import EXAMPLES
from tests import recordings
from tests.e2e import playing
from tests.examples import task_of

TASK = "action"


@pytest.fixture(scope="module")
def task():
    return task_of(TASK)


@pytest.fixture(scope="module")
def content(task):
    """The last three seconds of an example: nobody's but the visitor's."""
    lines = (EXAMPLES / task.spec.examples[0].values["recording"]).read_text("utf-8").splitlines()
    return "\n".join([lines[0], *lines[-330:]]).encode()


@pytest.fixture(scope="module")
def page(lasting_page, app_url):
    page = lasting_page()
    playing.open_playground(page, app_url, task=TASK)
    return page


def timeline(page):
    return playing.figure(page).locator(".timeline")


def readout(page):
    return playing.figure(page).locator(".readout").inner_text()


def told(result, row, col):
    """What the page says of a cell."""
    weights, energies = result.weights[row], result.energies[row]
    rank = 1 + int((weights > weights[col]).sum())
    return (
        f"“{result.query_labels[row]}” → {result.key_labels[col]} weight {number(weights[col])} · "
        f"energy {number(energies[col])} · rank {rank} of {len(weights)}"
    )


def test_from_an_upload_to_one_cell(page, task, content):
    name = "<img src=x onerror=document.title='hit'>.csv"
    before = playing.read(page)
    playing.upload(page, name, content, "text/csv")
    shown = playing.read_when(page, lambda shown: shown.run != before.run)
    result = task.run(recording=content)
    np.testing.assert_allclose(shown.weights.reshape(result.weights.shape), result.weights, atol=1e-5)
    row, col = 4, int(result.weights[4].argmax())
    field = timeline(page)
    field.focus()
    page.keyboard.press("Home")
    for _ in range(row):
        page.keyboard.press("ArrowDown")
    for _ in range(col):
        page.keyboard.press("ArrowRight")
    assert readout(page) == told(result, row, col)
    page.keyboard.press("Enter")
    page.wait_for_selector(f"[data-testid=inspector][data-key='{col}'][data-row='{row}']", timeout=playing.SECONDS)
    playing.settle(page)
    assert f"weight {number(result.weights[row, col])}" in page.locator(".st-key-cell h2").inner_text()
    page.wait_for_url(lambda url: "input=own" in url)
    assert page.title() != "hit"


def test_pointing_tells_the_window_under_the_pointer(page, task, content):
    result = task.run(recording=content)
    box = timeline(page).bounding_box()
    seen = []
    for share in (0.3, 0.5, 0.7, 0.9):
        timeline(page).hover(position={"x": share * box["width"], "y": 2 * 30 + 10})  # the third lane
        text = readout(page)
        col = next(n for n, label in enumerate(result.key_labels) if f"→ {label} " in text)
        assert text == told(result, 2, col)
        seen.append(col)
    assert sorted(set(seen)) == seen


def test_a_pressed_action_is_the_row_of_the_page(page):
    playing.figure(page).locator(".line.rows button").nth(3).click()
    playing.settle(page)
    page.wait_for_url(lambda url: "row=3" in url)
    assert "for “turn”" in page.get_by_text("What attention hands on").inner_text()


@pytest.mark.parametrize("kind", ["accelerations in g", "missing columns", "a picture", "a single sample"])
def test_bad_recordings_say_why_and_the_last_one_stays(page, kind):
    before = playing.read(page)
    content, sentence = recordings.REFUSED[kind]
    playing.upload(page, f"{kind}.csv", content, "text/csv")
    assert playing.problem(page) == sentence
    shown = playing.read(page)
    assert shown.stale
    np.testing.assert_array_equal(shown.weights, before.weights)


def test_a_file_too_large_is_refused_before_it_is_sent(page):
    page.locator("input[type=file]").set_input_files({"name": "large.csv", "mimeType": "text/csv", "buffer": b"0," * 3_000_000})
    page.get_by_text("File must be 5.0MB or smaller.").wait_for()


def test_on_a_narrow_page_it_fits(new_page, app_url):
    page = new_page(viewport={"width": 390, "height": 844})
    playing.open_playground(page, app_url, task=TASK)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert timeline(page).bounding_box()["width"] <= 370
    canvas = json.loads(timeline(page).locator("canvas").evaluate("own => JSON.stringify([own.clientWidth, own.clientHeight])"))
    assert canvas[0] > 300
    assert playing.serious_findings(page) == []
