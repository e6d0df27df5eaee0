"""The Playground's main job in a container: what it shows is what `attention_core` computes here."""

import numpy as np
import pypdf

import attention_core as core
from tests.browser import ROOT, wait_until_drawn
from tests.e2e import playing

SENTENCE = "The plot is thin, yet every scene with her is unbelievably charming."
PHOTO, THINGS = "cat-and-bird.jpg", ("a cat", "a small green bird")


def test_a_sentence_typed_has_other_weights_under_another_score_function(page, app_url):
    task = core.load_task(playing.TEXT_TASK)
    playing.open_playground(page, app_url)
    playing.choose_task(page, task.spec)
    playing.type_in(page, task.spec.inputs[0].label, SENTENCE)
    seen = []
    for score in ("additive", "scaled_dot"):
        playing.choose_score(page, core.score_spec(score))
        seen.append(playing.read(page).weights)
        np.testing.assert_allclose(seen[-1], task.run(text=SENTENCE, score=score).by_word().weights[0], atol=1e-4)
    assert np.abs(seen[0] - seen[1]).max() > 0.01


def test_things_asked_for_are_found_in_an_uploaded_picture(page, app_url):
    task = core.load_task(playing.PICTURE_TASK)
    content = (ROOT / "assets" / "examples" / PHOTO).read_bytes()
    playing.open_playground(page, app_url, task=playing.PICTURE_TASK, score="general")
    playing.upload(page, PHOTO, content)
    peaks = set()
    for thing in THINGS:
        playing.type_in(page, task.spec.inputs[1].label, thing)
        own = task.run(image=content, text=thing, score="general")
        shown = playing.read_when(page, lambda shown, own=own: np.abs(shown.weights - own.weights[0]).max() < 1e-4)
        np.testing.assert_allclose(shown.weights, own.weights[0], atol=1e-4)
        peaks.add(shown.peak)
    assert len(peaks) == len(THINGS)


def test_a_figure_is_saved_for_print(page, app_url):
    playing.open_playground(page, app_url)
    page.get_by_role("button", name="Save this result", exact=True).click()
    with page.expect_download(timeout=playing.SECONDS) as pressed:
        page.get_by_role("button", name="PDF", exact=True).click()
    assert len(pypdf.PdfReader(pressed.value.path()).pages) == 1


def test_every_page_draws(page, app_url):
    playing.open_playground(page, app_url)
    titles = page.get_by_test_id("stTopNavLink").all_inner_texts()
    assert len(titles) > 1
    for title in titles:
        page.get_by_role("link", name=title, exact=True).click()
        playing.settle(page)
        wait_until_drawn(page, playing.SECONDS)
        assert playing.problem(page) == ""
