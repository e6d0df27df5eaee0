"""Transformers in a real browser: a long text, heads, pins, patches, words written one by one, and what is saved."""

import csv
import io
import json
import re

import numpy as np
import pytest
from PIL import Image, ImageOps

from app.components.model_inputs import TITLES
from app.reads import LONG_TEXT
from attention_core.transformers import next_energies, open_transformer, rollout, sampling
from tests.browser import ROOT
from tests.e2e import playing

HALF = 1e-3  # half floats hold three digits
STORY = "Once upon a time there was a little girl who"


@pytest.fixture(scope="module")
def page(lasting_page, app_url):
    """A page for all tests of this file, open at the transformers."""
    opened = lasting_page()
    playing.open_playground(opened, app_url)
    opened.get_by_role("link", name="Transformers", exact=True).click()
    drawn(opened)
    return opened


def drawn(page):
    """Wait until the page has drawn its heads and does nothing more."""
    page.wait_for_selector("[data-testid=map][data-run]", timeout=playing.SECONDS)
    playing.settle(page)


def heads(page):
    return page.get_by_test_id("heads")


def large(page):
    return page.get_by_test_id("map")


def choose_model(page, name):
    playing.choose(page, "Transformer", TITLES.get(name, name))
    drawn(page)


def open_head(page, layer, head):
    """Press a small heatmap, both counted from 1, and wait for the large one."""
    heads(page).get_by_role("button", name=re.compile(rf"^Layer {layer}, head {head}(:|$)")).click()
    large(page).get_by_role("heading", name=f"Layer {layer}, head {head}:").wait_for(timeout=playing.SECONDS)
    playing.settle(page)


def line(page, title):
    """The tokens of a line, "Queries" or "Keys"."""
    return large(page).locator(".line").filter(has_text=title).get_by_role("listitem")


def pin(page, title, place):
    line(page, title).nth(place).get_by_role("button").click()
    page.mouse.move(0, 0)  # off the tokens: what is pinned shows, not what is pointed at


def shown_weights(page, title):
    """The number behind the colour of each token of a line."""
    return np.array(line(page, title).locator("button").evaluate_all("all => all.map(own => Number(own.dataset.weight))"))


def test_four_hundred_words_are_read_and_a_head_opens(page):
    text = " ".join(LONG_TEXT.split()[:400])
    playing.type_in(page, "Your text", text)
    drawn(page)
    stack = open_transformer("minilm").attend(text=text)["encoder"]
    layers, count, length = stack.weights.shape[:3]
    assert heads(page).locator(".small").count() == layers * count + layers + 2  # the heads, a mean a layer, of all, and rollout
    open_head(page, 2, 9)
    assert line(page, "Queries").count() == line(page, "Keys").count() == length
    assert "zoom in" in large(page).inner_text()
    pin(page, "Queries", 40)
    np.testing.assert_allclose(shown_weights(page, "Keys"), stack.weights[1, 8, 40], atol=HALF)
    large(page).get_by_role("button", name="Zoom in").click()
    large(page).get_by_role("button", name="Zoom in").click()
    assert "zoom in" not in large(page).inner_text()


def test_a_text_that_is_too_long_is_cut_and_the_page_says_so(page):
    playing.type_in(page, "Your text", LONG_TEXT + " " + LONG_TEXT)
    drawn(page)
    assert line(page, "Queries").count() == 512
    assert "its first 512 tokens" in large(page).inner_text()


def test_pinned_tokens_are_summed(page):
    text = "The animal didn't cross the street because it was too tired."
    playing.type_in(page, "Your text", text)
    drawn(page)
    stack = open_transformer("minilm").attend(text=text)["encoder"]
    open_head(page, 3, 4)
    first, second = (stack.query_labels.index(token) for token in ("it", "tired"))
    pin(page, "Queries", first)
    pin(page, "Queries", second)
    np.testing.assert_allclose(shown_weights(page, "Keys"), stack.weights[2, 3, [first, second]].sum(0), atol=2 * HALF)
    assert "sum of 2" in large(page).locator(".readout").inner_text()
    pin(page, "Queries", first)
    np.testing.assert_allclose(shown_weights(page, "Keys"), stack.weights[2, 3, second], atol=HALF)
    large(page).get_by_role("button", name="Clear pins").click()
    pin(page, "Keys", first)
    np.testing.assert_allclose(shown_weights(page, "Queries"), stack.weights[2, 3, :, first], atol=HALF)


def test_a_cell_opens_its_arithmetic_and_special_tokens_can_be_left_out(page):
    box = large(page).locator("canvas").bounding_box()
    page.mouse.click(box["x"] + box["width"] - 5, box["y"] + box["height"] - 8)  # the last query and the last key
    cell = page.get_by_test_id("inspector")
    page.wait_for_function("own => own.dataset.weight !== undefined", arg=cell.element_handle(), timeout=playing.SECONDS)
    stack = open_transformer("minilm").attend(text="The animal didn't cross the street because it was too tired.")["encoder"]
    assert float(cell.get_attribute("data-weight")) == pytest.approx(float(stack.weights[2, 3, -1, -1]), abs=1e-5)
    page.get_by_text("Hide special tokens").click()
    playing.settle(page)
    drawn(page)
    plain = stack.without_special()
    assert line(page, "Keys").count() == len(plain.key_labels)
    assert "sums to 1 again" in large(page).inner_text()
    pin(page, "Queries", 0)
    np.testing.assert_allclose(shown_weights(page, "Keys"), plain.weights[2, 3, 0], atol=HALF)
    page.get_by_text("Hide special tokens").click()
    playing.settle(page)


def test_heads_are_summed_up_and_followed_through_all_layers(page):
    text = "She sat down on the bank of the river."
    playing.type_in(page, "Your text", text)
    drawn(page)
    stack = open_transformer("minilm").attend(text=text)["encoder"]
    for name, wanted in (("Rollout", rollout(stack.weights)), ("Mean over the heads of all layers", stack.weights.mean((0, 1)))):
        heads(page).get_by_role("button", name=re.compile(f"^{name}")).click()
        large(page).get_by_role("heading", name=name).wait_for(timeout=playing.SECONDS)
        playing.settle(page)
        if large(page).get_by_role("button", name="Clear pins").is_enabled():
            large(page).get_by_role("button", name="Clear pins").click()
        pin(page, "Queries", 3)
        np.testing.assert_allclose(shown_weights(page, "Keys"), wanted[3], atol=HALF)
    heads(page).get_by_role("button", name="By habit").click()
    assert "previous token (1)" in heads(page).inner_text()
    heads(page).get_by_role("button", name="By layer").click()


def test_heads_are_reached_by_keyboard_and_nothing_serious_is_found(page):
    open_head(page, 1, 1)
    heads(page).get_by_role("button", name=re.compile("^Layer 1, head 1:")).focus()
    for key in ("ArrowRight", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    large(page).get_by_role("heading", name="Layer 2, head 2:").wait_for(timeout=playing.SECONDS)
    playing.settle(page)
    assert playing.serious_findings(page) == []


def test_what_a_visitor_wrote_stays_text(page):
    playing.type_in(page, "Your text", "<img src=x onerror=alert(1)> **bold** $x$")
    drawn(page)
    assert page.locator("img[src=x]").count() == 0
    assert "onerror" in "".join(line(page, "Queries").all_inner_texts()).replace(" ", "").replace("##", "")
    playing.type_in(page, "Your text", "   ")
    assert "must hold at least one word" in playing.problem(page)


def test_figures_and_numbers_are_saved(page, tmp_path):
    playing.type_in(page, "Your text", "A cat sat.")
    drawn(page)
    open_head(page, 1, 3)
    page.get_by_role("button", name="Save this result", exact=True).click()
    saved = {}
    for label in ("SVG", "PNG", "PDF", "CSV", "JSON", "NPZ, all heads", "HTML"):
        with page.expect_download(timeout=playing.SECONDS) as pressed:
            page.get_by_role("button", name=label, exact=True).first.click()
        path = tmp_path / pressed.value.suggested_filename
        pressed.value.save_as(path)
        saved[label] = path.read_bytes()
    stack = open_transformer("minilm").attend(text="A cat sat.")["encoder"]
    with np.load(io.BytesIO(saved["NPZ, all heads"])) as arrays:
        np.testing.assert_allclose(arrays["weights"], stack.weights, atol=1e-6)
    rows = list(csv.DictReader(io.StringIO(saved["CSV"].decode("utf-8-sig"))))
    np.testing.assert_allclose([float(own["weight"]) for own in rows], stack.weights[0, 2].ravel(), atol=1e-6)
    assert json.loads(saved["JSON"])["transformer"] == "minilm"
    assert b"sat" in saved["SVG"]
    assert saved["PDF"].startswith(b"%PDF")
    assert saved["HTML"].startswith(b"<!doctype html>")
    assert Image.open(io.BytesIO(saved["PNG"])).width == 760
    page.keyboard.press("Escape")


def test_ten_words_are_written_and_the_third_is_gone_back_to(page):
    choose_model(page, "gpt")
    playing.type_in(page, "The beginning", STORY)
    drawn(page)
    before = line(page, "Queries").count()
    page.get_by_role("button", name="Write 10 words").click()
    steps = page.get_by_test_id("stButtonGroup").filter(has_text="Beginning").get_by_role("radio")
    page.wait_for_function(
        "count => document.querySelectorAll('[data-testid=stButtonGroup] [role=radio]').length >= count", arg=11
    )
    playing.settle(page)
    labels = [own.partition(" ")[2] for own in steps.all_inner_texts()]  # each has its number before it
    assert len(labels) == 11
    steps.nth(3).click()
    playing.settle(page)
    page.wait_for_url(lambda url: "model.step=3" in url)
    model = open_transformer("gpt")
    shown = [own.strip() for own in line(page, "Queries").all_inner_texts()]
    assert "".join(shown[before:]) == "".join(labels[1:4])
    stack = model.attend(ids=model.token_ids(STORY + " " + " ".join(labels[1:4]), model.most_tokens))["decoder"]
    assert len(stack.query_labels) == len(shown)
    title = large(page).get_by_role("heading").inner_text()
    layer, head = (int(own) - 1 for own in re.findall(r"\d+", title)[:2])
    np.testing.assert_allclose(shown_weights(page, "Keys"), stack.weights[layer, head, -1], atol=HALF)  # of the third word


def test_what_comes_next_follows_the_temperature(page):
    model = open_transformer("gpt")
    page.get_by_role("button", name="From the beginning").click()
    playing.settle(page)
    chances = sampling(next_energies(model, model.token_ids(STORY, model.most_tokens)), top_p=0.9)
    told = page.get_by_role("figure", name="The most probable next tokens").get_attribute("aria-label")
    best = int(chances.argmax())
    assert f"{model.tokens([best])[0].strip()} {chances[best]:.0%}" in told


def test_a_patch_of_a_photo_is_pressed(page):
    choose_model(page, "vit")
    file = io.BytesIO()
    ImageOps.mirror(Image.open(ROOT / "assets" / "examples" / "sunflower.jpg")).save(file, "PNG")
    playing.upload(page, "flower.png", file.getvalue(), "image/png")
    page.wait_for_selector("[data-testid=map][data-peak]", timeout=playing.SECONDS)
    playing.settle(page)
    open_head(page, 2, 1)
    stack = open_transformer("vit").attend(image=file.getvalue())["vision"]
    rows, columns = stack.grid
    weights = stack.weights[1, 0]
    np.testing.assert_allclose(json.loads(large(page).get_attribute("data-weights")), weights[0, 1:], atol=HALF)
    box = large(page).locator("canvas").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 2.5 / columns, box["y"] + box["height"] * 1.5 / rows)
    playing.settle(page)
    pressed = 1 + columns + 2
    assert large(page).get_attribute("data-rows") == str(pressed)
    np.testing.assert_allclose(json.loads(large(page).get_attribute("data-weights")), weights[pressed, 1:], atol=HALF)
    playing.upload(page, "words.txt", b"no picture", "text/plain")
    assert "must be a JPEG" in playing.problem(page)
