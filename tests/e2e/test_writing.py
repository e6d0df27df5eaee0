"""Words written one by one, in a real browser: stepped through, held, pinned; what the page shows is what the core computes."""

import json
from pathlib import Path

import numpy as np
import pytest

import attention_core as core
from tests.e2e import playing
from tests.examples import task_of

TASK, SCORE = "translation", "additive"
SENTENCE = "The little dog is in the garden."
PHOTO = Path(__file__).resolve().parents[2] / "assets" / "examples" / "cat-on-couch.jpg"
OF_PICTURES = [
    name for name in core.task_names()
    if core.task_spec(name).options and any(own.kind == "image" for own in core.task_spec(name).inputs)
]  # fmt: skip


@pytest.fixture(scope="module")
def task():
    return task_of(TASK)


def words(page):
    return playing.figure(page).locator(".line.rows button")


def chosen(page, app_url, task):
    page.goto(f"{app_url}/?v=1&task={task.spec.name}&score={SCORE}")
    page.wait_for_selector("[data-testid=attention][data-rows]", timeout=playing.SECONDS)
    playing.settle(page)


def number(text):
    return float(text.replace("−", "-").replace("·10⁻", "e-").translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")))


def test_a_sentence_is_stepped_through_and_read_off_the_page(page, app_url, task):
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    chosen(page, app_url, task)
    playing.type_in(page, task.spec.inputs[0].label, SENTENCE)
    own = task.run(text=SENTENCE, score=SCORE)
    words_of = own.by_word()
    shown = playing.read_when(page, lambda shown: shown.weights.size == words_of.weights.size)
    np.testing.assert_allclose(shown.weights.reshape(words_of.weights.shape), words_of.weights, atol=1e-5)

    figure = playing.figure(page)
    rows, columns = figure.locator("tbody th"), figure.locator("thead th")
    assert own.output["text"] in figure.locator(".outcome").inner_text()
    assert rows.all_inner_texts() == list(words_of.query_labels)
    assert columns.all_inner_texts()[1:] == list(words_of.key_labels)

    playing.settle(page)
    assert sent  # the page does talk to the server
    sent.clear()
    page.get_by_role("button", name="From the start").click()
    assert words(page).locator("visible=true").count() == 0
    for step in range(1, 3):
        page.get_by_role("button", name="One word on").click()
        assert words(page).locator("visible=true").all_inner_texts() == list(words_of.query_labels[:step])
        assert rows.locator("visible=true").count() == step
    playing.figure(page).get_by_role("slider", name="Words written").press("ArrowLeft")
    assert rows.locator("visible=true").count() == 1
    playing.figure(page).get_by_role("combobox", name="Pace").select_option("Fast pace")
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function(f"() => {GRID}.querySelectorAll('tr.later').length === 0")
    assert rows.locator("visible=true").count() == len(words_of.query_labels)
    assert sent == []  # all of it in the browser

    row, column = 1, int(words_of.weights[1].argmax())
    cell = figure.locator("tbody tr").nth(row).locator("td").nth(column)
    cell.hover()
    readout = figure.locator(".readout").inner_text()
    assert readout.startswith(f"“{words_of.query_labels[row]}” → “{words_of.key_labels[column]}” weight ")
    assert number(readout.split("weight ")[1].split(" ")[0]) == pytest.approx(words_of.weights[row, column], rel=5e-3)
    assert float(cell.get_attribute("data-weight")) == pytest.approx(words_of.weights[row, column], abs=1e-6)


GRID = "[...document.querySelectorAll('*')].map(host => host.shadowRoot?.querySelector('.grid')).find(Boolean)"


def test_words_are_held_and_a_cell_is_pinned(page, app_url, task):
    chosen(page, app_url, task)
    figure, source = playing.figure(page), playing.figure(page).locator(".line.keys li")
    grounds = "all => all.map(one => getComputedStyle(one).backgroundColor)"
    plain = figure.locator(".line.keys button").evaluate_all(grounds)
    words(page).nth(1).click()
    playing.settle(page)
    page.mouse.move(2, 2)
    assert figure.locator(".line.keys button").evaluate_all(grounds) != plain
    labels = json.loads(figure.get_attribute("data-rows"))
    assert f"for “{labels[1]}”" in page.locator("[data-testid=stMain]").inner_text()  # the context vector follows
    page.wait_for_url(lambda url: "row=1" in url)
    words(page).nth(0).click()
    page.mouse.move(2, 2)
    assert figure.locator(".line.rows [aria-pressed=true]").count() == 2
    assert source.first.locator("small").count() == 2  # its weight in both rows
    page.keyboard.press("Escape")
    assert figure.locator(".line.rows [aria-pressed=true]").count() == 0
    figure.locator("tbody tr").nth(1).locator("td").nth(0).click()
    page.wait_for_selector("[data-testid=inspector][data-row='1']", timeout=playing.SECONDS)
    playing.settle(page)
    assert figure.locator("td.pinned").count() == 1
    weights = playing.read(page).weights
    assert page.locator(".st-key-cell h2").inner_text().endswith(f"for “{labels[1]}”")
    assert weights.sum() == pytest.approx(len(labels), abs=1e-4)


def test_without_motion_everything_is_there_and_a_phone_scrolls_in_boxes_only(new_page, app_url, task):
    page = new_page(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    chosen(page, app_url, task)
    figure = playing.figure(page)
    assert figure.get_by_role("button", name="Play", exact=True).count() == 0
    assert figure.locator("tbody tr.later").count() == 0
    figure.get_by_role("button", name="One word back").click()
    assert figure.locator("tbody tr.later").count() == 1
    assert page.locator("[data-testid=stMain]").evaluate("own => own.scrollWidth - own.clientWidth") <= 0


@pytest.mark.parametrize(
    "name",
    OF_PICTURES or [pytest.param("", marks=pytest.mark.skip(reason="no task writes about pictures yet; ends with captions"))],
)
def test_a_photo_gets_as_many_maps_as_words(page, app_url, name):
    own = task_of(name)
    chosen(page, app_url, own)
    before = playing.read(page).run
    playing.upload(page, "photo.jpg", PHOTO.read_bytes())
    result = own.run(image=PHOTO, score=SCORE)
    shown = playing.read_when(page, lambda shown: shown.run != before or shown.weights.size == result.by_word().weights.size)
    expected = result.by_word()
    np.testing.assert_allclose(shown.weights.reshape(expected.weights.shape), expected.weights, atol=1e-4)
    maps = playing.figure(page).locator(".maps li")
    assert maps.count() == len(expected.query_labels) == len(words(page).all_inner_texts())
    assert [text.split()[0] for text in maps.all_inner_texts()] == list(expected.query_labels)
    painted = maps.locator("canvas").evaluate_all("all => all.map(one => one.toDataURL().length)")
    assert min(painted) > 1000
    maps.nth(1).locator("button").click()
    playing.settle(page)
    assert f"for “{expected.query_labels[1]}”" in page.locator("[data-testid=stMain]").inner_text()


def test_stepping_ends_on_the_last_word_and_what_is_held_can_be_released(page, app_url, task):
    chosen(page, app_url, task)
    figure = playing.figure(page)
    source, labels = figure.locator(".line.keys button"), json.loads(figure.get_attribute("data-rows"))
    slider = figure.get_by_role("slider", name="Words written")
    slider.press("Home")
    for _ in labels:
        slider.press("ArrowRight")
    assert figure.locator(".line.rows button.current").all_inner_texts() == labels[-1:]
    slider.press("Home")
    slider.press("ArrowRight")
    words(page).first.focus()
    words(page).first.press("End")  # the last word is not there yet
    assert words(page).first.evaluate("own => own.getRootNode().activeElement === own")
    source.nth(0).click()
    source.nth(3).click()
    assert figure.locator(".line.keys [aria-pressed=true]").count() == 2
    page.keyboard.press("Escape")
    slider.press("End")
    for held in (True, False):
        words(page).nth(1).click()
        playing.settle(page)
        page.wait_for_url(lambda url, held=held: ("row=1" in url) is held)
    playing.type_in(page, task.spec.inputs[0].label, "مرحبا بالعالم")
    playing.read_when(page, lambda shown: "مرحبا" in figure.get_attribute("data-columns"))
    assert figure.locator(".line.keys .words").evaluate("own => getComputedStyle(own).direction") == "rtl"
