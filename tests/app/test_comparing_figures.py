"""Difference maps, lines over the width, bars: what is drawn, and on which scale."""

import numpy as np
import pytest

from app.figures import bars, difference, heatmap, widths
from app.figures.theme import diverging, plotly_scale, theme

A = np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]], dtype=np.float32)
B = np.array([[0.1, 0.6, 0.3], [0.1, 0.1, 0.8]], dtype=np.float32)


def test_a_difference_is_b_less_a_centred_on_zero():
    trace = difference.rows_difference(A, B, ["p", "q"], ["a", "b", "c"], "light").data[0]
    np.testing.assert_array_equal(trace.z, B - A)
    assert trace.zmin == -trace.zmax == pytest.approx(-0.4)
    assert [list(stop) for stop in trace.colorscale] == plotly_scale(diverging("light"))
    assert trace.colorscale[16] == (0.5, theme("light").background)  # 0 is the page itself
    assert trace.text[0][1] == "<b>b</b> · p<br>A 0.300, B 0.600<br>B − A 0.300"


def test_places_of_a_difference_lie_as_in_the_picture():
    boxes = np.array([[0, 0, 0.5, 0.5], [0.5, 0, 1, 0.5], [0, 0.5, 0.5, 1], [0.5, 0.5, 1, 1]])
    first, second = np.float32([0.1, 0.2, 0.3, 0.4]), np.float32([0.4, 0.3, 0.2, 0.1])
    trace = difference.places_difference(first, second, boxes, ["a", "b", "<c>", "d"], "dark").data[0]
    np.testing.assert_array_equal(trace.z, (second - first).reshape(2, 2))
    assert trace.text[1][0].startswith("<b>&lt;c&gt;</b>")


def test_equal_sides_draw():
    trace = difference.rows_difference(A, A, ["p", "q"], ["a", "b", "c"], "light").data[0]
    assert (trace.zmin, trace.zmax) == (-1, 1)
    assert not np.any(trace.z)


def test_a_plain_heatmap_is_untouched_by_it():
    assert heatmap.rows_heatmap(A, ["p", "q"], ["a", "b", "c"], "light", largest=1).data[0].zmin == 0


def test_the_chosen_line_stands_out_and_zero_has_no_place_on_a_log_axis():
    values = {"one": np.array([1.0, 10.0]), "two": np.array([0.0, 0.0])}
    drawn = widths.lines((1, 4), values, {"one": "One", "two": "Two"}, "one", "light", what="spread", is_log=True)
    assert [trace.name for trace in drawn.data] == ["Two", "One"]
    assert drawn.data[1].line.color == theme("light").accent
    assert drawn.data[1].line.width > drawn.data[0].line.width
    assert np.isnan(drawn.data[0].y).all()
    assert list(drawn.data[1].y) == [1, 10]
    assert (drawn.layout.xaxis.type, drawn.layout.yaxis.type) == ("log", "log")
    assert [own.text for own in drawn.layout.annotations] == ["One"]


def test_names_that_would_touch_are_left_out_but_the_chosen_one():
    values = {"a": np.array([0.5]), "b": np.array([0.51]), "c": np.array([1.0])}
    drawn = widths.lines((1,), values, {name: name for name in values}, "b", "light", what="", is_log=False)
    assert [own.text for own in drawn.layout.annotations] == ["b", "c"]


def test_bars_are_the_numbers():
    drawn = bars.bars(np.array([0.7, 0.3]), ["1", "2"], "weight", "light", are_weights=True)
    np.testing.assert_allclose(drawn.data[0].y, [0.7, 0.3])
    assert list(drawn.data[0].text) == ["0.700", "0.300"]
    assert drawn.layout.yaxis.range[0] == 0
    assert bars.bars(np.array([3, -2.0]), ["1", "2"], "energy", "light", are_weights=False).layout.yaxis.range[0] < -2
