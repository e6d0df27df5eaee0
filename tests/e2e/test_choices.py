"""Films picked by typing, in a real browser: from the list to the heatmap to one number, which is the core's."""

import numpy as np
import pytest

import attention_core as core
from tests.e2e import playing
from tests.examples import task_of

TASK = next(name for name in core.task_names() if any(own.kind == "choices" for own in core.task_spec(name).inputs))
SPEC, SCORE = core.task_spec(TASK), "general"
LABEL = SPEC.inputs[0].label
PICKS = ["The Shining (1980)", "Up (2009)", "Finding Nemo (2003)"]
SOON = 2.0  # seconds from a key to the list that fits it


def pick(page, title):
    box = page.get_by_role("combobox", name=LABEL)
    box.fill(title[:9])
    option = page.get_by_role("option", name=title, exact=True)
    option.wait_for(timeout=1000 * SOON)
    option.click()
    playing.settle(page)


def number(text):
    return float(text.replace("−", "-"))


def test_films_are_picked_and_a_cell_holds_the_number_of_the_core(page, app_url):
    playing.open_playground(page, app_url, task=TASK, score=SCORE)
    page.get_by_role("button", name="Clear all").click()
    playing.settle(page)
    assert "at least one, got none" in playing.problem(page)
    for title in PICKS:
        pick(page, title)
    assert playing.problem(page) == ""
    own = task_of(TASK).run(films=PICKS, score=SCORE)
    shown = playing.read_when(page, lambda shown: shown.weights.size == own.weights.size and not shown.stale)
    np.testing.assert_allclose(shown.weights.reshape(own.weights.shape), own.weights, atol=1e-5)

    figure = playing.figure(page)
    assert figure.locator("tbody th").all_inner_texts() == list(own.query_labels)
    assert figure.locator("thead th").all_inner_texts()[1:] == PICKS[::-1]
    assert figure.locator(".player").is_hidden()
    assert "written" not in figure.inner_text()
    suggestions = figure.locator(".line.rows button")
    assert suggestions.all_inner_texts() == list(own.query_labels)
    assert "current" in suggestions.nth(0).get_attribute("class")  # the first is chosen before anything is pressed
    liked = figure.locator(".line.keys li small")
    assert [number(text) for text in liked.all_inner_texts()] == pytest.approx(own.weights[0].tolist(), rel=6e-3)

    suggestions.nth(2).click()
    page.mouse.move(0, 0)
    playing.settle(page)
    page.wait_for_url(lambda url: "row=2" in url)
    assert [number(text) for text in liked.all_inner_texts()] == pytest.approx(own.weights[2].tolist(), rel=6e-3)
    assert page.get_by_text("What attention hands on for").inner_text().count(own.query_labels[2]) == 1

    cell = figure.locator("tbody tr").nth(2).locator("td").nth(1)
    assert float(cell.get_attribute("data-weight")) == pytest.approx(own.weights[2, 1], abs=1e-6)
    cell.hover()
    readout = figure.locator(".readout").inner_text()
    assert readout.startswith(f"“{own.query_labels[2]}” → “{PICKS[1]}” weight ")
    assert number(readout.split("weight ")[1].split(" ")[0]) == pytest.approx(own.weights[2, 1], rel=6e-3)


def test_a_film_that_is_not_there_is_said_and_nothing_is_lost(page, app_url):
    playing.open_playground(page, app_url, task=TASK, score=SCORE)
    before = playing.read(page)
    box = page.get_by_role("combobox", name=LABEL)
    box.fill("<b>No such</b> film")
    box.press("Enter")
    playing.settle(page)
    assert "in the catalogue, got “<b>No such</b> film”" in playing.problem(page)
    shown = playing.read_when(page, lambda shown: shown.stale)
    assert shown.stale
    np.testing.assert_array_equal(shown.weights, before.weights)
