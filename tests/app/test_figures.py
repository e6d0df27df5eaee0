"""Figures: what is drawn, where, and in which order."""

import itertools
import json

import numpy as np
import plotly.graph_objects as go
import plotly.io
import pytest

from app.figures import heatmap, layout, vector
from app.figures.curves import curves
from app.figures.numbers import figure, percent
from app.figures.theme import theme


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"), (1, "1"), (-1, "−1"), (0.42134, "0.421"), (12.345, "12.3"), (99.96, "100"), (999.9, "1000"), (12345, "12300"),
        (0.001, "0.00100"), (0.00015, "1.50·10⁻⁴"), (1e7, "1.00·10⁷"), (-0.5, "−0.500"), (0.9996, "> 0.999"),
        (-0.9996, "< −0.999"), (1.0004, "1.00"), (float("nan"), "–"),
    ],
)  # fmt: skip
def test_numbers_have_three_significant_digits(value, text):
    assert figure(value) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0 %"), (1, "100 %"), (0.5, "50 %"), (0.9731, "97.3 %"), (0.99999, "> 99.9 %"), (1e-5, "< 0.1 %")]
)
def test_percentages_are_0_or_100_only_when_exact(share, text):
    assert percent(share) == text


def test_rows_are_queries_and_columns_keys_in_reading_order():
    weights = np.array([[0.1, 0.2, 0.7], [0.6, 0.4, 0.0]], dtype=np.float32)
    drawn = heatmap.rows_heatmap(weights, ["first", "second"], ["a", "b", "c"], "light", largest=0.7)
    trace = drawn.data[0]
    np.testing.assert_array_equal(trace.z, weights)
    assert (trace.zmin, trace.zmax) == (0, 0.7)
    assert drawn.layout.yaxis.autorange == "reversed"
    assert [text.strip() for text in drawn.layout.yaxis.ticktext] == ["first", "second"]
    assert list(drawn.layout.xaxis.ticktext) == ["a", "b", "c"]
    assert (drawn.layout.yaxis.title.text, drawn.layout.xaxis.title.text) == ("query", "key")
    assert "weight 0.700" in trace.text[0][2]
    assert "<b>c</b> · first" in trace.text[0][2]


def test_more_columns_make_a_wider_figure():
    widths = [
        heatmap.rows_heatmap(np.ones((1, n)) / n, ["q"], ["k"] * n, "light", largest=1 / n).layout.meta["least_width"]
        for n in (5, 250)
    ]
    assert widths[0] < 400
    assert widths[1] > 250 * 20


def test_labels_are_cut_escaped_and_never_empty():
    assert layout.cut("x" * 50) == "x" * 19 + "…"
    assert layout.cut("<b>") == "&lt;b&gt;"
    assert layout.cut("") == " "
    assert layout.whole("<img src=x>&") == "&lt;img src=x&gt;&amp;"


def test_places_lie_as_in_the_picture():
    boxes = np.array([[0, 0, 0.5, 0.5], [0.5, 0, 1, 0.5], [0, 0.5, 0.5, 1], [0.5, 0.5, 1, 1]])
    weights = np.array([0.1, 0.2, 0.3, 0.4], dtype=np.float32)
    drawn = heatmap.places_heatmap(weights, boxes, ["a", "b", "c", "d"], np.zeros(4), "dark")
    np.testing.assert_array_equal(drawn.data[0].z, weights.reshape(2, 2))
    assert drawn.layout.yaxis.autorange == "reversed"
    assert drawn.data[0].text[1][0].startswith("<b>c</b>")


def test_a_vector_is_centred_on_zero_and_keeps_every_component():
    components = np.linspace(-2, 1, vector.PER_LINE + 5).astype(np.float32)
    trace = vector.vector_block(components, "light").data[0]
    cells = np.asarray(trace.z).ravel()
    assert (trace.zmin, trace.zmax) == (-2, 2)
    np.testing.assert_array_equal(cells[: len(components)], components)
    assert np.isnan(cells[len(components) :]).all()
    assert len(cells) == 2 * vector.PER_LINE
    assert trace.customdata[1][4] == len(components)


@pytest.mark.parametrize("weights", [np.zeros((1, 3)), np.full((1, 1), 1.0)])
def test_degenerate_weights_draw(weights):
    drawn = heatmap.rows_heatmap(weights, ["q"], ["k"] * weights.shape[1], "light", largest=float(weights.max()))
    assert drawn.data[0].zmax > 0


def test_every_kept_step_stands_in_the_heatmap_of_the_steps():
    weights = np.array([[0.5, 0.5], [0.1, 0.9]], dtype=np.float32)
    drawn = heatmap.growth_heatmap(weights, [0, 3], 30, 3, ["good", "<b>bad"], "light")
    trace = drawn.data[0]
    np.testing.assert_array_equal(trace.z, weights)
    assert list(trace.y) == [0, 3]
    assert trace.zmax == pytest.approx(0.9)
    assert drawn.layout.yaxis.range == (30, 0)  # the first step on top, and room for those to come
    assert list(drawn.layout.xaxis.ticktext) == ["good", "&lt;b&gt;bad"]
    assert trace.text[1][1] == "<b>&lt;b&gt;bad</b> · step 3<br>weight 0.900"
    assert (drawn.layout.shapes[0].y0, drawn.layout.shapes[0].y1) == (3, 3)


def test_every_doubling_of_the_steps_has_its_field_and_those_to_come_their_room():
    boxes = np.array([[x / 3, y / 2, (x + 1) / 3, (y + 1) / 2] for y in range(2) for x in range(3)], dtype=np.float32)
    weights = np.arange(24, dtype=np.float32).reshape(4, 6) / 100  # at steps 0, 2, 4 and 6
    drawn = heatmap.growth_fields(weights, [0, 2, 4, 6], 20, boxes, "light")
    assert heatmap.doublings(2, 20) == [0, 2, 4, 8, 16, 20]
    assert [note.text for note in drawn.layout.annotations] == [f"step {n}" for n in (0, 2, 4, 8, 16, 20)]
    assert len(drawn.data) == 3
    for n, trace in enumerate(drawn.data):
        np.testing.assert_array_equal(trace.z, weights[n].reshape(2, 3))
        assert (trace.zmin, trace.zmax) == (0, pytest.approx(0.23))
    assert drawn.data[1].text[1][2] == "step 2<br>weight 0.110"
    corners = [(shape.x0, shape.x1, shape.y0, shape.y1) for shape in drawn.layout.shapes]
    assert corners[0] == (-0.5, 2.5, -0.5, 1.5)
    for (_, right, _, _), (left, *_) in itertools.pairwise(corners[:4]):
        assert right < left
    assert corners[4][0] == corners[0][0] and corners[4][2] > corners[0][3]  # a second line, under the first
    assert (drawn.data[1].x[0], drawn.data[1].x[-1]) == (corners[1][0] + 0.5, corners[1][1] - 0.5)


def test_the_curves_hold_what_was_measured():
    drawn = curves([3, 6], [2.0, 1.0], [0.5, 0.75], [(0, 0.5), (6, 0.7)], 30, 6, "dark", "found")
    loss, metric, apart = drawn.data
    assert (list(loss.x), list(loss.y)) == ([3, 6], [2.0, 1.0])
    assert list(metric.y) == [0.5, 0.75]
    assert (list(apart.x), list(apart.y)) == ([0, 6], [0.5, 0.7])
    assert drawn.layout.xaxis.range == (0, 30)
    assert drawn.layout.yaxis.range == (0, 2.0)
    assert drawn.layout.yaxis2.range == (0, 1)
    assert drawn.layout.yaxis2.title.text == "found"
    assert drawn.layout.shapes[0].x0 == 6


def test_a_figure_that_plotly_does_not_know_is_seen_here():
    with pytest.raises(ValueError, match="Invalid property"):
        layout.drawn({"type": "heatmap", "zz": [[0]]}, {}).to_dict()


@pytest.mark.parametrize("kind", ["float32", "float64", "int8", "int32", "int64", "uint8", "object"])
def test_a_page_is_told_what_plotly_makes_of_the_figure(kind):
    values = np.array([[1, 2, 3], [4, 5, 600]]).clip(0, 600 if kind not in ("int8", "uint8") else 100).astype(kind)
    traces = [
        {"type": "heatmap", "z": values, "text": [["a", "b", "c"], ["d", "e", "f"]], "y": values[:, 0]},
        {"type": "scatter", "x": [1, 2], "y": [np.float32(3), 4]},
    ]
    own = layout.layout(theme("dark"), height=90)
    drawn = layout.drawn(traces, own)
    whole = go.Figure(traces, own)
    told = json.loads(plotly.io.to_json(drawn, validate=False))
    asked = layout.drawn(traces, own)
    assert asked.data[0].type == "heatmap"
    asked.update_traces({"zmax": 7}, selector={"type": "heatmap"})
    whole_told = json.loads(whole.to_json())
    if kind == "int64":  # Plotly makes them as small as they fit, we leave them as numbers
        whole_told["data"][0] |= {"z": values.tolist(), "y": values[:, 0].tolist()}
    assert told == whole_told
    assert json.loads(plotly.io.to_json(asked, validate=False))["data"][0] == {**told["data"][0], "zmax": 7}
