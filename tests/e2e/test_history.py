"""The browser's history: every change is one step, and what was entered is there again after going back."""

import io

import pytest
from PIL import Image

import attention_core as core
from app.address import MISSING
from tests.e2e import playing
from tests.examples import task_of

SENTENCE = "The plot is thin but the acting is superb."
COUNTED = (
    "window.steps = 0; const push = history.pushState;"
    "history.pushState = function (...given) { window.steps += 1; return push.apply(this, given) }"
)


@pytest.fixture(scope="module")
def task():
    return task_of(playing.TEXT_TASK)


def controls(page, spec):
    """What the controls say, as the visitor reads them."""
    return {
        "text": page.get_by_role("textbox", name=spec.inputs[0].label).input_value(),
        "temperature": page.get_by_role("slider", name="Temperature").get_attribute("aria-valuetext"),
        "chosen": page.locator("[role=radio][aria-checked=true]").all_inner_texts(),
    }


def test_back_and_forward_step_through_the_changes(page, app_url, task):
    playing.open_playground(page, app_url)
    playing.choose_task(page, task.spec)
    steps = []

    def note():
        page.wait_for_timeout(300)
        playing.settle(page)
        steps.append((page.url, playing.read(page).weights.tolist(), controls(page, task.spec)))

    note()
    playing.choose_score(page, core.score_spec("cosine"))
    note()
    playing.type_in(page, task.spec.inputs[0].label, SENTENCE)
    note()
    slider = page.get_by_role("slider", name="Temperature")
    slider.focus()
    slider.press("ArrowLeft")
    note()
    assert len({url for url, _, _ in steps}) == 4
    expected = list(steps)
    for _ in range(3):
        page.go_back()
        note()
    assert steps[4:] == expected[2::-1]
    for _ in range(3):
        page.go_forward()
        note()
    assert steps[7:] == expected[1:]


def test_what_is_chosen_after_going_back_counts(page, app_url, task):
    playing.open_playground(page, app_url + "?v=1&task=sentiment")
    playing.choose_score(page, core.score_spec("cosine"))
    page.go_back()
    page.wait_for_selector("[data-testid=attention][data-score=general]", timeout=playing.SECONDS)
    playing.settle(page)
    playing.choose_score(page, core.score_spec("additive"))
    page.wait_for_url(lambda url: "score=additive" in url)
    page.go_back()
    page.wait_for_selector("[data-testid=attention][data-score=general]", timeout=playing.SECONDS)


def test_a_dragged_slider_is_one_step(page, app_url):
    page.add_init_script(COUNTED)
    playing.open_playground(page, app_url)
    playing.settle(page)
    box = page.get_by_role("slider", name="Temperature").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(20):
        page.mouse.move(x - 4 * step, y)
        page.wait_for_timeout(50)
    page.mouse.up()
    page.wait_for_timeout(500)
    playing.settle(page)
    page.wait_for_url(lambda url: "temperature=" in url)
    assert page.evaluate("window.steps") == 1


def test_a_against_b_is_one_step_there_and_one_back(page, app_url):
    page.add_init_script(COUNTED)
    playing.open_playground(page, app_url, task=playing.TEXT_TASK)
    playing.choose_score(page, core.score_spec("cosine"))
    before, url = page.evaluate("window.steps"), page.url
    page.get_by_role("link", name="A against B").click()
    page.wait_for_selector("[data-testid=attention] >> nth=1", timeout=playing.SECONDS)
    playing.settle(page)
    assert page.evaluate("window.steps") == before + 1
    assert page.url == url.replace("/?", "/compare?")
    shown = page.locator("[data-testid=attention]").evaluate_all("all => all.map(own => own.dataset.score)")
    page.go_back()
    page.locator("[data-testid=attention] >> nth=1").wait_for(state="detached")
    playing.settle(page)
    assert (page.url, playing.read(page).score) == (url, "cosine")
    page.go_forward()
    page.wait_for_selector("[data-testid=attention] >> nth=1", timeout=playing.SECONDS)
    playing.settle(page)
    assert page.locator("[data-testid=attention]").evaluate_all("all => all.map(own => own.dataset.score)") == shown
    page.get_by_role("radio", name="Untrained").click()
    playing.settle(page)
    page.wait_for_url(lambda url: "b.parameters=untrained" in url)


def wait_for(page, weights):
    """Wait until the main figure shows these weights."""
    assert playing.read_when(page, lambda shown: shown.weights.tolist() == weights).weights.tolist() == weights


@pytest.mark.parametrize("kind", ["text", "picture"])
def test_what_no_link_holds_is_there_again_after_going_back(new_page, app_url, kind):
    page, other = new_page(), new_page()
    playing.open_playground(page, app_url, task=playing.TEXT_TASK if kind == "text" else playing.PICTURE_TASK)
    playing.settle(page)
    example = playing.read(page).weights.tolist()
    if kind == "text":
        playing.type_in(page, core.task_spec(playing.TEXT_TASK).inputs[0].label, f"{SENTENCE} " * 40)
    else:
        content = io.BytesIO()
        Image.linear_gradient("L").save(content, "PNG")
        playing.upload(page, "own.png", content.getvalue(), "image/png")
    own = playing.read_when(page, lambda shown: shown.weights.tolist() != example).weights.tolist()
    assert own != example
    page.wait_for_url(lambda url: "input=own1" in url)
    url = page.url
    playing.choose_score(page, core.score_spec("cosine"))
    page.go_back()
    page.wait_for_selector("[data-testid=attention][data-score=general]", timeout=playing.SECONDS)
    playing.settle(page)
    assert (playing.read(page).weights.tolist(), page.url) == (own, url)
    page.go_back()
    wait_for(page, example)
    playing.settle(page)
    page.go_forward()
    wait_for(page, own)
    playing.settle(page)
    assert page.locator("[data-testid=stToast]").count() == 0
    playing.open_playground(other, url)
    wait_for(other, example)
    assert other.locator("[data-testid=stToast]").all_inner_texts() == [MISSING]
