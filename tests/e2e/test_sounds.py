"""Sound in a real browser: uploaded or spoken, from there to one cell; listening; a page that is lent no microphone."""

import numpy as np
import pytest

import attention_core as core
from app.components.inputs import NO_MICROPHONE
from app.figures.numbers import figure as number
from attention_core.library import EXAMPLES
from tests import sounds
from tests.browser import another
from tests.e2e import playing
from tests.e2e.conftest import OWN_HOSTS, SCHOOL, watched
from tests.examples import task_of

TASK, SCORE = "speech", "additive"


@pytest.fixture(scope="module")
def task():
    return task_of(TASK)


@pytest.fixture(scope="module")
def content(task):
    """The last two and a half seconds of an example: nobody's but the visitor's."""
    sound = task.encode(recording=EXAMPLES / task.spec.examples[0].values["recording"]).signals.heard
    return sounds.written(sound[-20_000:, None], form="FLAC")


@pytest.fixture(scope="module")
def page(lasting_page, app_url):
    page = lasting_page()
    playing.open_playground(page, app_url, task=TASK, score=SCORE)
    return page


def timeline(page):
    return playing.figure(page).locator(".timeline")


def listening(page):
    """Where in the recording playing began, in seconds, or None."""
    return playing.figure(page).get_attribute("data-listening")


def listening_from_now_on(page):
    """Every such moment from now on, kept by the page itself: a short sound is over before anyone can ask."""
    return playing.figure(page).evaluate_handle("""figure => {
      const heard = []
      const tell = () => figure.dataset.listening && heard.push(Number(figure.dataset.listening))
      new MutationObserver(tell).observe(figure, { attributes: true, attributeFilter: ["data-listening"] })
      return heard
    }""")


def test_from_an_upload_to_one_cell(page, task, content):
    name = "<img src=x onerror=document.title='hit'>.flac"
    before = playing.read(page)
    playing.upload(page, name, content, "audio/flac")
    shown = playing.read_when(page, lambda shown: shown.run != before.run)
    result = task.run(recording=content, score=SCORE)
    words = result.by_word()
    np.testing.assert_allclose(shown.weights.reshape(words.weights.shape), words.weights, atol=1e-5)
    assert playing.figure(page).locator(".outcome strong").inner_text() == result.output["text"]
    row, col = len(words.weights) - 1, int(words.weights[-1].argmax())
    timeline(page).focus()
    page.keyboard.press("Home")
    for _ in range(row):
        page.keyboard.press("ArrowDown")
    for _ in range(col):
        page.keyboard.press("ArrowRight")
    weights, energies = result.weights[row], result.energies[row]
    assert playing.figure(page).locator(".readout").inner_text() == (
        f"“{words.query_labels[row]}” → {result.key_labels[col]} weight {number(weights[col])} · "
        f"energy {number(energies[col])} · rank 1 of {len(weights)}"
    )
    page.keyboard.press("Enter")
    page.wait_for_selector(f"[data-testid=inspector][data-key='{col}'][data-row='{row}']", timeout=playing.SECONDS)
    playing.settle(page)
    assert f"weight {number(weights[col])}" in page.locator(".st-key-cell h2").inner_text()
    assert page.title() != "hit"


def test_digits_appear_one_by_one_each_with_its_lane(page):
    bar = playing.figure(page).get_by_role("group", name="Write the digits one by one")
    bar.get_by_role("button", name="From the start").click()
    rows = playing.figure(page).locator(".line.rows li")
    assert rows.evaluate_all("all => all.every(own => getComputedStyle(own).visibility === 'hidden')")
    bar.get_by_role("button", name="One digit on").click()
    seen = rows.evaluate_all("all => all.map(own => getComputedStyle(own).visibility)")
    assert seen[0] == "visible"
    assert set(seen[1:]) <= {"hidden"}
    bar.get_by_role("slider").press("End")


def test_it_can_be_heard_whole_from_a_cell_and_from_any_moment(page, task, content):
    result = task.run(recording=content, score=SCORE)
    group = playing.figure(page).get_by_role("group", name="Listen to the recording")
    group.get_by_role("button", name="Listen", exact=True).click()
    assert listening(page) == "0.00"
    group.get_by_role("button", name="Stop", exact=True).click()
    assert listening(page) is None
    playing.figure(page).locator(".line.rows button").first.click()
    playing.settle(page)
    heard = listening_from_now_on(page)
    start = result.key_spans[result.by_word().weights[0].argmax(), 0]
    group.get_by_role("button", name=f"Hear where “{result.query_labels[0]}” looks most: {start:.2f} s").click()
    assert heard.json_value() == pytest.approx([max(0, start - 0.25)], abs=0.006)
    box, seconds = timeline(page).bounding_box(), float(result.key_spans[-1, 1])
    timeline(page).click(position={"x": box["width"] - 2, "y": box["height"] - 60})  # the end of the spectrogram
    assert heard.json_value()[1:] == pytest.approx([seconds], abs=0.05)
    timeline(page).focus()
    page.keyboard.press("Home")
    page.keyboard.press("l")
    assert listening(page) == "0.00"


@pytest.mark.parametrize("kind", ["silence", "two hours", "a damaged file", "what a browser records"])
def test_bad_recordings_say_why_and_the_last_one_stays(page, kind):
    before = playing.read(page)
    content, sentence = sounds.REFUSED[kind]
    playing.upload(page, f"{kind}.wav", content, "audio/wav")
    assert playing.problem(page) == sentence
    shown = playing.read(page)
    assert shown.stale
    np.testing.assert_array_equal(shown.weights, before.weights)


def test_a_file_too_large_is_refused_before_it_is_sent(page):
    page.locator("input[type=file]").set_input_files({"name": "large.wav", "mimeType": "audio/wav", "buffer": bytes(12_600_000)})
    page.get_by_text("File must be 12.0MB or smaller.").wait_for()


def test_a_voice_at_the_microphone_is_heard(browser, app_url, page_errors):
    spoken = EXAMPLES / core.task_spec(TASK).examples[0].values["recording"]
    flags = (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={spoken}",
    )
    with another(browser, *flags) as own, watched(own, page_errors) as open_page:
        page = open_page()
        playing.open_playground(page, app_url, task=TASK, score=SCORE)
        before = playing.read(page)
        page.get_by_role("button", name="Record", exact=True).click()
        page.wait_for_timeout(4500)
        page.get_by_role("button", name="Stop recording").click()
        shown = playing.read_when(page, lambda shown: shown.run != before.run)
        keys = playing.figure(page).get_attribute("data-columns")
        assert keys.count("–") > 90  # four seconds
        assert not shown.stale
        page.wait_for_url(lambda url: "input=own" in url)
        said = playing.figure(page).locator(".outcome strong").inner_text()
        assert said != "", "it wrote nothing"
        assert page.get_by_text("Your recording: your-voice.wav").count() == 1


def test_without_a_secure_context_the_page_says_so_and_offers_the_upload(browser, app_url, page_errors, content, monkeypatch):
    monkeypatch.setattr("tests.e2e.conftest.OWN_HOSTS", OWN_HOSTS | {SCHOOL})
    with another(browser, f"--host-resolver-rules=MAP {SCHOOL} 127.0.0.1") as own, watched(own, page_errors) as open_page:
        page = open_page()
        playing.open_playground(page, app_url.replace("127.0.0.1", SCHOOL), task=TASK, score=SCORE)
        assert page.evaluate("window.isSecureContext") is False
        assert page.get_by_text(NO_MICROPHONE).count() == 1
        assert page.get_by_role("button", name="Record", exact=True).count() == 0
        before = playing.read(page)
        playing.upload(page, "own.flac", content, "audio/flac")
        shown = playing.read_when(page, lambda shown: shown.run != before.run)
        assert not shown.stale


def test_on_a_narrow_page_it_fits(new_page, app_url):
    page = new_page(viewport={"width": 390, "height": 844})
    playing.open_playground(page, app_url, task=TASK)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert timeline(page).bounding_box()["width"] <= 370
    assert playing.serious_findings(page) == []
