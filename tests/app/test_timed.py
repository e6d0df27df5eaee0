"""Signals over time, to point at and for print: where they lie, in which order, in ink alone."""

import numpy as np
import pytest

from app.figures import printed
from app.figures.printed_time import HEIGHT, Timed
from app.figures.theme import LIGHT
from app.figures.timed import signals_figure
from attention_core.results import Panel
from tests.app.test_printed import images, rgb, texts

SWING = Panel("Sound", "", ("highest", "lowest"), np.array([[0.0, 1, 0.5, 0], [0, -1, -0.2, 0]], np.float32), "swing")
IMAGE = Panel("Spectrogram", "Hz", ("60", "3,800"), np.array([[0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]], np.float32), "image")
LINES = Panel("Turn rate", "rad/s", ("x", "y"), np.array([[1.0, 2, 3, 4], [-4, 0, 0, 0]], np.float32))
TABLE = printed.Field(np.full((2, 8), 0.125), ["first", "second"], [str(n) for n in range(8)], 0.125, "weight")


def timed(panel):
    return Timed(panel.kind, panel.names, panel.values, 2.0, panel.unit, TABLE)


def test_every_sample_lies_in_the_middle_of_its_stretch():
    drawn = signals_figure([SWING, IMAGE, LINES], 2.0, "light")
    highest, lowest, image, x, y = drawn.data
    for trace in drawn.data:
        np.testing.assert_allclose(trace.x, [0.25, 0.75, 1.25, 1.75])
    np.testing.assert_array_equal(np.stack([highest.y, lowest.y]), SWING.values)
    assert lowest.fill == "tonexty"
    np.testing.assert_array_equal(image.z, IMAGE.values)
    np.testing.assert_array_equal(np.stack([x.y, y.y]), LINES.values)
    assert len({x.line.color, y.line.color}) == 2
    assert tuple(drawn.layout.xaxis.range) == (0, 2)
    assert [own.yaxis for own in (highest, image, x)] == ["y", "y2", "y3"]
    tops = [drawn.layout[name].domain[1] for name in ("yaxis", "yaxis2", "yaxis3")]
    assert tops == sorted(tops, reverse=True)
    assert drawn.layout.yaxis2.title.text == "Spectrogram, Hz"


def test_an_image_is_printed_with_its_first_row_lowest_from_paper_to_ink():
    pixels = image(IMAGE)
    assert pixels[-1, 2].tolist() == rgb(LIGHT.ink)
    assert pixels[-2, 1].tolist() == rgb(LIGHT.ink)
    assert pixels[0, 0].tolist() == rgb(LIGHT.background)


def image(panel):
    """The pixels of a panel, one a value of the image, of a swing as high as it is drawn."""
    found = images(printed.draw("svg", "t", [("", timed(panel))], "p"))
    return found[0]


def test_a_swing_is_printed_between_its_lowest_and_its_highest():
    pixels = image(SWING)
    inked = (pixels == rgb(LIGHT.ink)).all(-1)  # (Y, X)
    heights = np.linspace(1, -1, len(pixels))
    for column, (high, low) in enumerate(SWING.values.T):
        own = heights[inked[:, column]]
        assert own.max() == pytest.approx(high, abs=0.02)
        assert own.min() == pytest.approx(low, abs=0.02)


def test_lines_are_named_and_ends_told():
    found = texts(printed.draw("svg", "t", [("Turn rate", timed(LINES))], "p"))
    assert {"Turn rate", "x", "y", "rad/s", "4.00", "−4.00", "0 s", "2.00 s"} <= set(found)
    assert {"60", "3,800", "Hz"} <= set(texts(printed.draw("svg", "t", [("", timed(IMAGE))], "p")))


def test_it_is_as_wide_as_the_cells_above_it():
    with printed.Paper() as paper:
        left, width = TABLE.place(paper)
        put = []
        paper.image = lambda pixels, x, y, wide, high: put.append((x, wide, high))
        TABLE.put(paper)
        timed(IMAGE).put(paper)
    (x, wide, _), (own_x, own_wide, own_high) = put
    assert (x, wide) == (own_x, own_wide) == (pytest.approx(left), pytest.approx(width))
    assert own_high == HEIGHT
