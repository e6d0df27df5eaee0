"""Pictures in a real browser: uploads, the peak the page shows, and how often it is right."""

import json
from pathlib import Path

import numpy as np
import pytest

import attention_core as core
from tests.e2e import playing
from tests.examples import task_of

POINTING = Path(__file__).resolve().parents[3] / "shared" / "data" / "pointing"
PHOTOS, TOLERANCE = 10, 15  # TOLERANCE: pixels a peak may lie outside a box, as in the pointing game

needs_photos = pytest.mark.skipif(
    not POINTING.is_dir(), reason="The pointing photographs are not part of the project; this ends where they lie beside it."
)


@pytest.fixture(scope="module")
def picture_task():
    return task_of(playing.PICTURE_TASK)


def photos_with_two_categories():
    """The first ten photographs with two categories or more: bytes, size, and the boxes of the first two by name."""
    data = json.loads((POINTING / "instances.json").read_text())
    names = {category["id"]: category["name"] for category in data["categories"]}
    boxes = {}
    for own in data["annotations"]:
        boxes.setdefault(own["image_id"], {}).setdefault(names[own["category_id"]], []).append(own["bbox"])
    images = [image for image in sorted(data["images"], key=lambda image: image["id"]) if len(boxes.get(image["id"], {})) >= 2]
    for image in images[:PHOTOS]:
        content = (POINTING / "images" / image["file_name"]).read_bytes()
        yield content, image, dict(sorted(boxes[image["id"]].items())[:2])


def hits(box, image, wanted):
    """Whether the centre of a peak's box lies in one of the wanted boxes, or at most 15 pixels outside."""
    x, y = (box[0] + box[2]) / 2 * image["width"], (box[1] + box[3]) / 2 * image["height"]
    return any(
        left - TOLERANCE <= x <= left + width + TOLERANCE and top - TOLERANCE <= y <= top + height + TOLERANCE
        for left, top, width, height in wanted
    )


@needs_photos
@pytest.mark.timeout(900)  # forty encodings of large pictures: half by the page, half by the test
def test_the_peak_is_where_the_core_puts_it_and_as_often_right_as_the_card_says(page, app_url, picture_task):
    score = "general"
    label = picture_task.spec.inputs[1].label
    playing.open_playground(page, app_url, task=playing.PICTURE_TASK, score=score)
    right = []
    for number, (content, image, categories) in enumerate(photos_with_two_categories()):
        playing.upload(page, f"photo {number}.jpg", content)
        for category, wanted in categories.items():
            playing.type_in(page, label, category)
            own = picture_task.run(image=content, text=category, score=score)
            shown = playing.read_when(page, lambda shown, own=own: np.abs(shown.weights - own.weights[0]).max() < 1e-4)
            np.testing.assert_allclose(shown.weights, own.weights[0], atol=1e-4)
            assert shown.peak == own.output["peak"]
            assert not shown.stale
            right.append(hits(own.key_boxes[shown.peak], image, wanted))
    assert len(right) == 2 * PHOTOS
    assert np.mean(right) >= picture_task.card["scores"][score]["metrics"][picture_task.spec.metric.key]


def test_the_picture_tells_the_numbers_of_a_place(page, app_url):
    playing.open_playground(page, app_url, task=playing.PICTURE_TASK)
    field, readout = playing.figure(page).locator(".field"), playing.figure(page).locator(".readout")
    box = field.bounding_box()
    field.hover(position={"x": 4, "y": 4})
    assert readout.inner_text().startswith("row 1, column 1 weight ")
    field.focus()
    page.mouse.move(box["x"] + 4, box["y"] + 4)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert readout.inner_text().startswith("row 2, column 2 weight ")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert readout.inner_text().startswith("row 2, column 1 weight ")


def test_opacity_and_focus_repaint_without_a_rerun(page, app_url):
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    playing.open_playground(page, app_url, task=playing.PICTURE_TASK)
    stage = playing.figure(page)
    paint = f"() => {playing.CANVAS}.toDataURL()"
    assert sent  # the page does talk to the server
    sent.clear()
    first = page.evaluate(paint)
    stage.get_by_label("Opacity").fill("0.1")
    second = page.evaluate(paint)
    stage.get_by_role("button", name="Focus").click()
    third = page.evaluate(paint)
    assert len({first, second, third}) == 3
    assert sent == []


def test_an_upload_outlives_a_change_of_task(page, app_url, picture_task):
    playing.open_playground(page, app_url, task=playing.PICTURE_TASK)
    before = playing.read(page)
    example = picture_task.spec.examples[-1]
    folder = Path(__file__).resolve().parents[2] / "assets" / "examples"
    playing.upload(page, "my own <b>photo</b>.jpg", (folder / example.values["image"]).read_bytes())
    uploaded = playing.read(page)
    assert uploaded.run != before.run
    playing.choose_task(page, core.task_spec(playing.TEXT_TASK))
    playing.choose_task(page, picture_task.spec)
    assert playing.read(page).run == uploaded.run
    assert "Your picture: my own <b>photo</b>.jpg" in page.locator("[data-testid=stSidebar]").inner_text()
