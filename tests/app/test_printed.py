"""Figures for print: the words are text, the cells have the palette's colours, and no text makes them fail."""

import base64
import io
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

import numpy as np
import pypdf
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from app.figures import paper, printed
from app.figures.printed_table import Formula, Table
from app.figures.theme import LIGHT
from tests.browser import ROOT

WORDS = ["A", "price", "of", "$5$", "漢字", "مرحبا", "😀", "<b>&", "dull"]
WEIGHTS = np.array([0, 0.02, 0.08, 0.1, 0.2, 0.1, 0.1, 0.1, 0.3], np.float32)
SVG = "{http://www.w3.org/2000/svg}"


def words_figure(form, words=WORDS, weights=WEIGHTS):
    largest = float(weights.max())
    panels = [
        ("positive, 97.3 %", printed.Strip(words, weights, largest, f"weight, over {len(words)} words")),
        ("", printed.Field(np.stack([weights, weights[::-1]]), ["first", "second"], words, largest, "weight of tokens")),
    ]
    return printed.draw(form, "Which words decide?", panels, "Task any · score function any")


def texts(svg):
    return [element.text for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def images(svg):
    """The pixels of every image in the file, in order."""
    found = ElementTree.fromstring(svg).iter(f"{SVG}image")
    sources = [element.get("{http://www.w3.org/1999/xlink}href") for element in found]
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(own.split(",")[1]))).convert("RGB")) for own in sources]


def rgb(colour):
    return [int(colour[start : start + 2], 16) for start in (1, 3, 5)]


def test_the_words_of_an_svg_are_text():
    found = texts(words_figure("svg"))
    for word in WORDS:
        assert found.count(word) == 2, word  # in the strip and under the table
    assert {"Which words decide?", "positive, 97.3 %", "first", "second", "query", "key", "0", "0.300"} <= set(found)
    assert {"weight, over 9 words", "weight of tokens", "Task any · score function any"} <= set(found)


def test_the_words_of_a_pdf_are_text():
    content = pypdf.PdfReader(io.BytesIO(words_figure("pdf"))).pages[0].extract_text()
    for word in ("price", "$5$", "<b>&", "dull", "漢字", "Which words decide?", "weight of tokens"):
        assert word in content, word


def test_an_svg_asks_no_one_for_anything():
    for element in ElementTree.fromstring(words_figure("svg")).iter():
        for name, value in element.attrib.items():
            if name.endswith("href"):
                assert value.startswith(("data:", "#"))


def test_the_png_with_twice_the_pixels_has_twice_the_pixels():
    once, twice = (Image.open(io.BytesIO(words_figure(form))) for form in ("png", "png2"))
    assert once.width == paper.WIDTH
    assert twice.size == (2 * once.width, 2 * once.height)


def test_cells_lie_in_reading_order_in_the_colours_of_the_palette():
    cells = images(words_figure("svg"))[1]  # the first is the legend of the words
    size = cells.shape[1] // len(WORDS)
    middles = cells[size // 2 :: size, size // 2 :: size]
    assert middles.shape == (2, len(WORDS), 3)
    assert middles[0, 0].tolist() == rgb(LIGHT.background)
    assert middles[0, -1].tolist() == rgb(LIGHT.sequential[-1])
    np.testing.assert_array_equal(middles[1], middles[0, ::-1])
    assert (np.diff(middles[0, [0, 1, 2, 4, 8]].astype(int).sum(1)) < 0).all()  # the more weight, the darker


def test_signed_values_are_centred_on_zero():
    values = np.array([[-2.0, 0.0, 1.0]])
    field = printed.Field(values, ["B less A"], ["a", "b", "c"], 2.0, "difference", signed=True)
    svg = printed.draw("svg", "What differs?", [("", field)], "")
    cells = images(svg)[0]
    size = cells.shape[1] // 3
    assert cells[0, size // 2].tolist() == rgb(LIGHT.diverging[0])
    assert cells[0, size + size // 2].tolist() == rgb(LIGHT.background)
    assert "−2.00" in texts(svg)


def table_figure(form):
    table = Table(("step", "meaning"), [("$x$", "what each unit reads " * 12), ("energy", "4.59")])
    return printed.draw(
        form, "How", [("", Formula([r"f(q, k) = \frac{q^\top k}{\sqrt{D}} = " + "1 + " * 80 + "0.5"])), ("", table)], ""
    )


def test_a_table_and_a_formula_are_text_and_no_wider_than_the_sheet():
    content = table_figure("svg")
    found = " ".join("".join(own.itertext()) for own in ElementTree.fromstring(content).iter(f"{SVG}text"))
    assert {"step", "meaning", "$x$", "energy", "4.59"} <= {*texts(content)}
    assert found.count("what each unit reads") > 3
    assert sum(text is not None and text.startswith("what") for text in texts(content)) > 1  # in several lines
    assert "energy" in pypdf.PdfReader(io.BytesIO(table_figure("pdf"))).pages[0].extract_text()
    pixels = np.asarray(Image.open(io.BytesIO(table_figure("png"))).convert("L"))
    assert pixels[:, : -paper.MARGIN + 2].min() < 128
    assert pixels[:, -paper.MARGIN + 2 :].min() > 200


@pytest.mark.parametrize("form", paper.FORMS)
def test_the_same_figure_gives_the_same_bytes(form):
    assert words_figure(form) == words_figure(form)


def test_several_visitors_save_at_once():
    forms = [*paper.FORMS] * 3
    alone = {form: words_figure(form) for form in paper.FORMS}
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(words_figure, forms))
    assert together == [alone[form] for form in forms]


def test_512_tokens_are_one_image_with_labels_that_can_be_read():
    names = [f"token{n}" for n in range(512)]
    field = printed.Field(np.eye(512, dtype=np.float32), names, names, 1.0, "weight")
    svg = printed.draw("svg", "All of them", [("", field)], "")
    assert len(images(svg)) == 2  # the cells and the legend
    assert len(svg) < 1_000_000
    shown = [text for text in texts(svg) if text.startswith("token")]
    assert shown.count("token0") == 2
    assert 40 < len(shown) < 200


@pytest.mark.parametrize("form", ["svg", "pdf", "png"])
@settings(max_examples=8)
@example(words=["\ud800", "\x00\n", "\uffff", "\u202e", "👩‍👩‍👧"])
@given(words=st.lists(st.text(st.characters(), max_size=30), min_size=1, max_size=4))
def test_any_text_can_be_printed(form, words):
    content = words_figure(form, words, np.ones(len(words), np.float32) / len(words))
    if form == "svg":
        assert len(texts(content)) > 0


def test_a_long_title_is_broken_into_lines_and_a_long_word_cut():
    svg = printed.draw("svg", "why " * 60 + "x" * 500, [("", printed.Strip(["y" * 500], np.ones(1), 1.0, "weight"))], "")
    lines = [text for text in texts(svg) if text.startswith("why")]
    assert len(lines) > 2
    assert " ".join(lines).count("why") == 60
    assert any(text.startswith("yyy") and text.endswith("…") for text in texts(svg))


def picture():
    return Image.fromarray(np.random.default_rng(0).integers(0, 255, (6, 10, 3), dtype=np.uint8))


BOXES = np.array([[0, 0, 0.5, 0.5], [0.5, 0, 1, 0.5], [0, 0.5, 0.5, 1], [0.5, 0.5, 1, 1]], np.float32)


def test_colours_lie_over_a_picture_as_on_the_page():
    """Each pixel anew, from what drawHeat in field.js does: opacity · min(1, 0.15 + 1.1 share) of the palette's colour."""
    weights = np.array([0, 0.1, 0.4, 0.5], np.float32)
    painted = printed.over_heat(picture(), BOXES, weights, 0.5)
    anchors = {1.0: rgb(LIGHT.sequential[-1]), 0.2: rgb(LIGHT.sequential[1]), 0.8: rgb(LIGHT.sequential[4])}
    for y in range(6):
        for x in range(10):
            below = np.asarray(picture())[y, x].astype(float)
            share = float(weights[2 * (y >= 3) + (x >= 5)] / 0.5)
            opacity = 0.75 * min(1, 0.15 + 1.1 * share) if share else 0
            colour = next((own for place, own in anchors.items() if abs(place - share) < 1e-6), below)
            np.testing.assert_allclose(painted[y, x], below + opacity * (np.array(colour) - below), atol=1)


@pytest.mark.parametrize("form", paper.FORMS)
def test_a_picture_prints_in_every_form(form):
    file = io.BytesIO()
    picture().save(file, "PNG")
    photo = printed.Photo(file.getvalue(), BOXES, np.array([0, 0.1, 0.4, 0.5]), 0.5, "weight, over 4 places")
    content = printed.draw(form, "Where “a cat” looks", [("found", photo)], "Photo by someone")
    if form == "svg":
        assert {"Where “a cat” looks", "weight, over 4 places", "Photo by someone"} <= set(texts(content))
        assert images(content)[0].shape == (6, 10, 3)
    elif form == "pdf":
        assert "Where “a cat” looks" in pypdf.PdfReader(io.BytesIO(content)).pages[0].extract_text()
    else:
        Image.open(io.BytesIO(content)).load()


def test_the_app_starts_without_matplotlib():
    code = "import sys, app.components.sheet; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT).returncode == 0
