"""The Playground in a real browser: what it shows is what `attention_core` computes."""

import itertools

import numpy as np
import pytest
from playwright.sync_api import expect

import attention_core as core
from tests.e2e import playing
from tests.examples import task_of

SENTENCE = "The plot is thin, yet every scene with her is unbelievably charming."
TYPED = {"task": playing.TEXT_TASK, "in.text": SENTENCE}


@pytest.fixture(scope="module")
def text_task():
    return task_of(playing.TEXT_TASK)


def word_energies(result):
    """For each word the largest energy of its tokens: what the page calls the word's energy."""
    index = result.key_words.index
    return np.array([result.energies[0][index == word].max() for word in range(len(result.key_words.labels))])


def shown_parameters(task, score, wanted="trained"):
    return wanted if task.is_trained(score) else "untrained"


def test_an_example_is_on_screen_at_the_first_visit(page, app_url):
    playing.open_playground(page, app_url)
    shown = playing.read(page)
    assert shown.weights.sum() == pytest.approx(1, abs=1e-4)
    assert not shown.stale
    assert playing.problem(page) == ""


def test_each_score_function_shows_the_weights_the_core_computes(page, app_url, text_task):
    playing.open_playground(page, app_url)
    playing.choose_task(page, text_task.spec)
    playing.type_in(page, text_task.spec.inputs[0].label, SENTENCE)
    seen = []
    for name in core.score_names():
        playing.choose_score(page, core.score_spec(name))
        shown = playing.read(page)
        own = text_task.run(text=SENTENCE, score=name, parameters=shown_parameters(text_task, name))
        np.testing.assert_allclose(shown.weights, own.by_word().weights[0], atol=1e-4)
        np.testing.assert_allclose(shown.energies, word_energies(own), atol=1e-4, rtol=1e-4)
        assert shown.parameters == own.provenance["parameters"]
        assert own.output["label"] in playing.figure(page).locator(".outcome").inner_text()
        seen.append(shown.weights)
    different = [np.abs(first - second).max() > 1e-6 for first, second in itertools.combinations(seen, 2)]
    assert np.mean(different) > 0.9


def test_words_tell_their_numbers_to_mouse_and_keyboard(page, app_url):
    playing.open_playground(page, app_url, **TYPED)
    words = playing.figure(page).locator(".words button")
    readout = playing.figure(page).locator(".readout")
    words.nth(1).hover()
    assert readout.inner_text().startswith("“plot” weight ")
    words.nth(1).focus()
    page.keyboard.press("ArrowRight")
    assert readout.inner_text().startswith("“is” weight ")
    assert float(words.nth(2).get_attribute("data-weight")) == playing.read(page).weights[2]
    assert " rank " in readout.inner_text()
    assert " energy " in readout.inner_text()


def test_untrained_temperature_and_distribution_reach_the_figure(page, app_url, text_task):
    playing.open_playground(page, app_url, **TYPED)
    playing.choose_score(page, core.score_spec("additive"))
    page.get_by_role("radio", name="Untrained").click()
    playing.settle(page)
    seed = page.get_by_role("spinbutton", name="Seed")
    seed.fill("3")
    seed.press("Enter")
    playing.settle(page)
    slider = page.get_by_role("slider", name="Temperature")
    slider.focus()
    slider.press("ArrowLeft")
    playing.settle(page)
    playing.open_more(page)
    playing.choose(page, "Distribution", core.distribution_spec("top_k").title)
    own = text_task.run(text=SENTENCE, score="additive", parameters="untrained", seed=3, temperature=0.7, distribution="top_k")
    expected = own.by_word().weights[0]
    shown = playing.read_when(page, lambda shown: np.abs(shown.weights - expected).max() < 1e-4)
    np.testing.assert_allclose(shown.weights, own.by_word().weights[0], atol=1e-4)
    assert np.count_nonzero(shown.weights) <= 5


def test_one_click_in_the_comparison_makes_a_score_function_the_main_one(page, app_url):
    playing.open_playground(page, app_url)
    wanted = core.score_spec("cosine")
    page.locator("[data-testid=compare]").get_by_role("button", name=wanted.title).click()
    page.wait_for_selector(f"[data-testid=attention][data-score={wanted.name}]", timeout=playing.SECONDS)
    playing.settle(page)
    assert page.get_by_role("radio", name=wanted.title).is_checked()
    pressed = page.locator("[data-testid=compare] button[aria-pressed=true]")
    assert pressed.all_inner_texts() == [wanted.title]
    playing.choose_score(page, core.score_spec("additive"))
    assert pressed.all_inner_texts() == [core.score_spec("additive").title]


def test_changing_the_task_and_back_keeps_what_was_typed(page, app_url, text_task):
    playing.open_playground(page, app_url)
    playing.choose_task(page, text_task.spec)
    playing.type_in(page, text_task.spec.inputs[0].label, SENTENCE)
    before = playing.read(page)
    playing.choose_task(page, core.task_spec(playing.PICTURE_TASK))
    playing.choose_task(page, text_task.spec)
    expect(page.get_by_role("textbox", name=text_task.spec.inputs[0].label)).to_have_value(SENTENCE)
    assert playing.read(page).run == before.run


def test_weight_zero_is_the_page_itself(new_page, app_url):
    page = new_page(color_scheme="dark")
    playing.open_playground(page, app_url, task=playing.TEXT_TASK, distribution="hard")
    weights = playing.read(page).weights
    assert weights.tolist().count(0) == len(weights) - 1
    for scheme in reversed(playing.SCHEMES):
        playing.turn(page, scheme)
        words = playing.figure(page).locator(".words button")
        grounds = words.evaluate_all("all => all.map(e => getComputedStyle(e).backgroundColor)")
        ground = page.locator("[data-testid=stApp]").evaluate("e => getComputedStyle(e).backgroundColor")
        assert {colour for colour, weight in zip(grounds, weights, strict=True) if weight == 0} == {ground}
        assert grounds[int(weights.argmax())] != ground


def test_the_page_never_scrolls_sideways(page, app_url):
    playing.open_playground(page, app_url)
    for width in (1920, 1280, 768):
        page.set_viewport_size({"width": width, "height": 844})
        page.wait_for_timeout(500)
        assert playing.width_beyond(page.locator("[data-testid=stMain]")) <= 0, width
        if width >= 1280:
            box = playing.figure(page).locator(".legend").bounding_box()
            assert box["y"] + box["height"] < 800, width  # the result needs no scrolling


def test_a_telephone_begins_with_the_controls_folded(new_page, app_url):
    page = new_page(viewport={"width": 390, "height": 844})
    playing.open_playground(page, app_url)
    assert playing.width_beyond(page.locator("[data-testid=stMain]")) <= 0
    controls = page.locator("[data-testid=stSidebar]").bounding_box()
    assert controls["x"] + controls["width"] <= 0  # to the left


def test_the_numbers_of_the_comparison_stay_whole_on_a_phone(new_page, app_url):
    page = new_page(viewport={"width": 390, "height": 844})
    playing.open_playground(page, app_url, task=playing.TEXT_TASK)
    numbers = page.locator(".compare dd")
    numbers.first.wait_for()
    playing.settle(page)
    tall = numbers.evaluate_all("all => all.filter(own => own.offsetHeight > 60).map(own => own.innerText)")  # two lines are 42
    assert numbers.count() == 5 * len(core.score_names())
    assert tall == []
