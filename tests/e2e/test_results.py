"""The page of results in a real browser: a number leads to the view that it was measured with, and axe finds nothing serious."""

import numpy as np

import attention_core as core
from app.figures.numbers import figure as number
from tests.e2e import playing
from tests.examples import task_of

ENOUGH = "[class*=st-key-dots_] .js-plotly-plot >> nth=1"


def open_results(page, address):
    """From the first page, as a visitor comes."""
    playing.open_playground(page, address)
    page.get_by_role("link", name="Results").click()
    page.wait_for_selector(ENOUGH, timeout=playing.SECONDS)
    playing.settle(page)


def test_a_number_leads_to_its_view(page, app_url):
    task = task_of(playing.TEXT_TASK)
    open_results(page, app_url)
    row = page.locator("tr", has_text=task.spec.title)
    column = row.locator("xpath=ancestor::table").locator("th").all_inner_texts().index(core.score_spec("additive").title)
    link = row.locator("td").nth(column).get_by_role("link")
    assert link.inner_text() == number(task.card["scores"]["additive"]["metrics"][task.spec.metric.key])
    with page.context.expect_page() as opened:
        link.click()
    view = opened.value
    view.wait_for_selector("[data-testid=attention][data-score=additive]", timeout=playing.SECONDS)
    playing.settle(view)
    shown, example = playing.read(view), dict(task.spec.examples[0].values)
    assert (shown.score, shown.parameters) == ("additive", "trained")
    np.testing.assert_allclose(shown.weights, task.run(score="additive", **example).by_word().weights[0], atol=1e-5)


def test_axe_finds_nothing_serious_and_it_never_scrolls_sideways(page, app_url):
    open_results(page, app_url)
    for scheme in playing.SCHEMES:
        playing.turn(page, scheme)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 844})
            page.wait_for_timeout(500)
            assert playing.serious_findings(page) == [], (width, scheme)
            assert playing.width_beyond(page.locator("html")) <= 0
