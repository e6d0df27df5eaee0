"""Watch it learn, in the real page: a short lesson on own sentences, from Start to the result."""

import numpy as np
import pytest

from attention_core import task_spec
from tests.e2e import learning, playing

GOOD, BAD = "a wonderful, warm and funny film", "a dull, stupid and far too long film"
OWN = "\n".join(
    f"{text}, said viewer {n}\t{label}" for n in range(30) for text, label in ((GOOD, "positive"), (BAD, "negative"))
).encode()


@pytest.fixture
def lesson(page, app_url):
    """The page, with own sentences chosen."""
    learning.open_page(page, app_url, task_spec(playing.TEXT_TASK))
    learning.own_sentences(page, OWN)
    return page


def test_a_lesson_from_start_to_result(lesson):
    page = lesson
    learning.press(page, "Start learning")
    learning.wait_for(page, r"Learning: step [1-9]", 120)
    learning.press(page, "Pause")
    learning.wait_for(page, "Paused", 60)
    playing.settle(page)
    paused_at, text = learning.step(page), learning.standing(page)
    page.wait_for_timeout(2000)  # ten steps and more, if it went on
    assert learning.standing(page) == text
    assert learning.step(page) == paused_at > 0
    sharp = playing.read(page).weights
    check_inspected(page, 2)
    slider = page.get_by_role("slider", name="Back to step")
    slider.focus()
    slider.press("Home")
    playing.settle(page)
    assert learning.step(page) == 0
    flat = playing.read(page).weights
    assert flat.sum() == pytest.approx(1, abs=1e-3)
    assert not np.array_equal(flat, sharp)
    check_inspected(page, 2)
    learning.press(page, "Continue")
    learning.wait_for(page, "Done", 120)
    playing.settle(page)
    assert learning.step(page) == 300
    assert playing.read(page).weights.max() > flat.max()
    check_inspected(page, 5)
    assert learning.reached(page) == 100
    rows = page.locator("[data-testid=stMarkdownContainer] tr").all_inner_texts()
    assert len(rows) == 5
    assert any("shipped" in row for row in rows)
    assert page.get_by_role("button", name="Start learning").count() == 1
    slider = page.get_by_role("slider", name="Back to step")
    slider.focus()
    for _ in range(3):
        slider.press("ArrowLeft")
    playing.settle(page)
    assert learning.step(page) == 291
    check_inspected(page, 3)


def check_inspected(page, word):
    """Press a word: the inspector shows the weight of the step that the figure shows, and a table that adds up to it."""
    playing.figure(page).locator(".words button").nth(word).click()
    page.wait_for_selector(f"[data-testid=inspector][data-key='{word + 1}']", timeout=playing.SECONDS)
    playing.settle(page)
    inspector = page.locator("[data-testid=inspector]")
    assert float(inspector.get_attribute("data-weight")) == pytest.approx(playing.read(page).weights[word], rel=1e-5)
    assert page.locator(".st-key-cell h2").inner_text().startswith(f"Step {learning.step(page)}: how the word")
    column = [title.split("\n")[0] for title in inspector.locator("thead th").all_inner_texts()].index("weight")
    weights = [float(row.locator("th, td").nth(column).inner_text()) for row in inspector.locator("tbody tr").all()]
    assert sum(weights[:-1]) == pytest.approx(weights[-1], abs=1e-9)
    assert weights[0] == pytest.approx(playing.read(page).weights[word], abs=1e-4)


def test_stop_ends_it_and_leaves_what_there_is(lesson):
    page = lesson
    learning.press(page, "Start learning")
    learning.wait_for(page, r"Learning: step [1-9]", 120)
    learning.press(page, "Stop")
    learning.wait_for(page, "Stopped at step", 60)
    playing.settle(page)
    assert not learning.is_active(page)
    assert 0 < learning.step(page) < 300
    page.get_by_role("button", name="Share", exact=True).click()
    page.locator(".share .notes p").filter(has_text="trained here are not part of the link").wait_for()


def test_a_picture_is_watched_before_the_start_and_while_photos_are_encoded(page, app_url):
    spec = task_spec(playing.PICTURE_TASK)
    learning.open_page(page, app_url, spec)
    page.wait_for_selector("[data-testid=attention][data-score=general]", timeout=playing.SECONDS)
    before = playing.read(page)
    assert before.parameters == "step 0"
    assert before.weights.shape == (400,)
    assert page.evaluate(f"{playing.CANVAS}.width") > 100
    learning.press(page, "Start learning")
    learning.wait_for(page, rf"Encoding the {spec.lesson.examples}: [1-9]|Learning", 60)
    learning.press(page, "Stop")
    learning.wait_for(page, "Stopped at step", 60)
    playing.settle(page)
    np.testing.assert_allclose(playing.read(page).weights, before.weights, atol=1e-5)
    playing.choose(page, "Example", spec.lesson.watched[1])
    page.get_by_role("radio", name="Multiplicative", exact=True).click()
    playing.settle(page)
    assert page.get_by_role("button", name="Start learning").is_disabled()


def test_a_bad_file_gives_its_sentence(page, app_url):
    learning.open_page(page, app_url, task_spec(playing.TEXT_TASK))
    learning.own_sentences(page, OWN.replace(b"\tpositive", b" positive", 1))
    learning.press(page, "Start learning")
    alert = page.locator("[data-testid=stMain] [data-testid=stAlert]").filter(has_text="Line 1")
    alert.wait_for(timeout=playing.SECONDS)
    assert alert.inner_text().strip() == "Line 1 must be a text, a tab and a label, got no tab. Put one before the label."
    assert not learning.is_active(page)
