"""Bad input, through the real page: a clear sentence, nothing lost, the last good result still there."""

import base64
import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

import attention_core as core
from tests.e2e import playing
from tests.examples import task_of

DAMAGED = "The picture must be a whole file, got one that is cut short or damaged. Save it again, or choose another file."
NO_IMAGE = "The picture must be a JPEG, PNG, GIF, WebP, BMP or TIFF file, got something else. Choose another file."
NO_WORD = "The text must hold at least one word, got none. Type a sentence, or pick an example."


def encoded(picture, kind, **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def photo(mode="RGB", size=(120, 80)):
    """Noise on the left, white on the right: half of it tells which way up it is."""
    noise = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    noise[:, size[0] // 2 :] = 255
    return Image.fromarray(noise).convert(mode)


def bomb():
    """A PNG of 20,000 × 20,000 pixels in a few bytes: its header alone."""
    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def frames():
    return [Image.new("RGB", (60, 60), colour) for colour in ("red", "lime", "blue")]


REFUSED = {
    "a text file": (b"This is no picture.\n" * 20, NO_IMAGE),
    "a web page": (b"<html><script>alert(1)</script></html>", NO_IMAGE),
    "zero bytes": (b"", "The picture must not be empty, got a file of 0 bytes. Choose another file."),
    "a JPEG cut short": (encoded(photo(), "JPEG")[:1500], DAMAGED),
    "a PNG cut short": (encoded(photo(), "PNG")[:3000], DAMAGED),
    "one pixel": (
        encoded(Image.new("RGB", (1, 1)), "PNG"),
        "The picture must be at least 16 pixels wide and high, got 1 × 1. Choose another file.",
    ),
    "400 megapixels": (
        bomb(),
        "The picture must have at most 50 million pixels, got far more. Make it smaller and try again.",
    ),
    "60 megapixels": (
        encoded(Image.new("1", (10_000, 6_000)), "PNG"),
        "The picture must have at most 50 million pixels, got 10000 × 6000 = 60 million. Make it smaller and try again.",
    ),
}
ACCEPTED = {
    "CMYK": encoded(photo("CMYK"), "JPEG"),
    "16-bit": encoded(Image.fromarray((np.arange(80 * 120).reshape(80, 120) * 6).astype(np.uint16)), "PNG"),
    "palette": encoded(photo("P"), "PNG"),
    "alpha": encoded(photo("RGBA"), "PNG"),
    "grey with alpha": encoded(photo("LA"), "PNG"),
    "black and white": encoded(photo("1"), "PNG"),
    "WebP": encoded(photo(), "WEBP"),
    "very wide": encoded(Image.new("RGB", (4000, 20), "red"), "PNG"),
}


@pytest.fixture(scope="module")
def pictures(lasting_page, app_url):
    """The page on the picture task: one for all tests, with the last good picture of the test before."""
    page = lasting_page()
    playing.open_playground(page, app_url, task=playing.PICTURE_TASK)
    return page


@pytest.fixture(scope="module")
def texts(lasting_page, app_url):
    """The page on the text task: one for all tests, with the last good text of the test before."""
    page = lasting_page()
    playing.open_playground(page, app_url, task=playing.TEXT_TASK)
    return page


def box(page):
    return page.get_by_role("textbox", name=core.task_spec(playing.TEXT_TASK).inputs[0].label)


def type_text(page, text):
    playing.type_in(page, core.task_spec(playing.TEXT_TASK).inputs[0].label, text)


def bitmap(page):
    """What the canvas shows, without the heatmap: (Y, X, 4) bytes."""
    playing.figure(page).get_by_label("Opacity").fill("0")
    png = page.evaluate(f"{playing.CANVAS}.toDataURL('image/png')").partition(",")[2]
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGBA"))


def test_pictures_that_are_refused(pictures):
    page = pictures
    before = playing.read(page)
    for name, (content, sentence) in REFUSED.items():
        playing.upload(page, f"{name}.jpg", content)
        assert playing.problem(page) == sentence, name
        shown = playing.read(page)
        np.testing.assert_array_equal(shown.weights, before.weights)
        assert shown.stale, name
        assert sentence in playing.figure(page).locator(".stale").inner_text()
    playing.upload(page, "good.png", encoded(photo(), "PNG"))
    assert playing.problem(page) == ""
    assert not playing.read(page).stale


def test_pictures_of_every_kind_are_accepted(pictures):
    page = pictures
    for name, content in ACCEPTED.items():
        before = playing.read(page).run
        playing.upload(page, f"{name}.bin", content)
        shown = playing.read_when(page, lambda shown, before=before: shown.run != before)
        assert shown.run != before, name
        assert playing.problem(page) == "", name
        assert not shown.stale, name
        assert shown.weights.sum() == pytest.approx(1, abs=1e-3), name


def test_a_file_over_20_megabytes_is_refused_before_it_is_sent(pictures, tmp_path):
    page, large = pictures, tmp_path / "large.jpg"
    before = playing.read(page)
    large.write_bytes(encoded(photo(), "JPEG") + b"\0" * 21_500_000)
    page.locator("input[type=file]").set_input_files(large)  # a file on disk, as a visitor's is
    page.locator("[data-testid=stFileUploader]").get_by_text("must be 20.0MB or smaller").wait_for()
    playing.settle(page)
    assert playing.read(page).run == before.run


def test_the_first_frame_of_an_animation_is_shown(pictures):
    before, (first, *others) = playing.read(pictures), frames()
    playing.upload(pictures, "animated.gif", encoded(first, "GIF", save_all=True, append_images=others))
    shown = playing.read_when(pictures, lambda shown: shown.run != before.run)
    assert playing.problem(pictures) == ""
    assert shown.weights.sum() == pytest.approx(1, abs=1e-3)
    pixels = bitmap(pictures)
    red, green, blue = pixels[5, 5, :3]
    assert red > 200
    assert green < 60
    assert blue < 60


def test_a_turned_photo_stands_upright(pictures):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: show it a quarter turn clockwise
    playing.upload(pictures, "turned.jpg", encoded(photo(), "JPEG", exif=exif, quality=95))
    pixels = bitmap(pictures)
    height, width = pixels.shape[:2]
    assert height > width
    assert pixels[height * 3 // 4 :, :, :3].mean() > 240  # what was white on the right now lies below
    assert pixels[: height // 4, :, :3].mean() < 180


def test_a_file_name_is_never_markup(pictures):
    name = "<img src=x onerror=document.title='hit'> **b** $x$.png"
    playing.upload(pictures, name, encoded(photo(), "PNG"))
    playing.choose_task(pictures, core.task_spec(playing.TEXT_TASK))
    playing.choose_task(pictures, core.task_spec(playing.PICTURE_TASK))
    assert f"Your picture: {name}" in pictures.locator("[data-testid=stSidebar]").inner_text()
    assert pictures.title() != "hit"


def test_blank_text_says_so_and_stays(texts):
    before = playing.read(texts)
    for blank in ("", "   ", "\n\t\n", "\u200b\u200b"):
        type_text(texts, blank)
        assert playing.problem(texts) == NO_WORD, repr(blank)
        assert box(texts).input_value() == blank
        shown = playing.read(texts)
        assert shown.stale
        np.testing.assert_array_equal(shown.weights, before.weights)
    texts.get_by_role("radio", name="Untrained").click()
    playing.settle(texts)
    assert playing.read(texts).stale
    type_text(texts, "A good film.")
    assert playing.problem(texts) == ""
    assert not playing.read(texts).stale


@pytest.mark.parametrize("count", [400, 17_000])
def test_a_long_text_is_cut_and_says_how_many_words_were_used(texts, count):
    text = "gloomy " * count
    type_text(texts, text)
    shown = playing.read(texts)
    assert playing.problem(texts) == ""
    notes = playing.figure(texts).locator(".notes").inner_text()
    assert f"The first {len(shown.weights)} of {count} words were used" in notes
    assert len(box(texts).input_value()) == len(text)


@pytest.mark.parametrize(
    "text",
    [
        "I 😀 loved 👩‍👩‍👧 it 🎬🎬",
        "هذا فيلم جميل جدا",
        "סרט נפלא 😀 but long",
        "bad\x01\x02film\x7f here",
        "<b onmouseover=\"document.title='hit'\">bold</b> <script>document.title='hit'</script>",
        "**not bold** $x^2$ :red[red] [link](http://example.com) `code`",
        "x" * 5000,
        "電影很好看，但是太長了。",
    ],
    ids=["emoji", "Arabic", "Hebrew", "control characters", "HTML", "Markdown", "one long word", "Chinese"],
)
def test_unusual_text_is_shown_as_it_is(texts, text):
    before = playing.read(texts)
    type_text(texts, text)
    shown = playing.read(texts)
    assert playing.problem(texts) == ""
    assert shown.run != before.run
    own = task_of(playing.TEXT_TASK).run(text=text, parameters=shown.parameters)
    labels = [word.inner_text() for word in playing.figure(texts).locator(".words button").all()]
    assert [" ".join(label.split()) for label in labels] == [" ".join(label.split()) for label in own.by_word().key_labels]
    np.testing.assert_allclose(shown.weights, own.by_word().weights[0], atol=1e-4)
    assert texts.title() != "hit"
    assert playing.figure(texts).locator(".words b, .words script, .words a").count() == 0


def test_a_question_for_nothing_says_so(pictures):
    label = core.task_spec(playing.PICTURE_TASK).inputs[1].label
    before = playing.read(pictures)
    playing.type_in(pictures, label, "   ")
    assert playing.problem(pictures) == NO_WORD
    shown = playing.read(pictures)
    assert shown.stale
    np.testing.assert_array_equal(shown.weights, before.weights)
