"""The parts of a lesson: its figures hold what was kept, its files are read or refused."""

import numpy as np
import pytest

import attention_core as core
from app import course
from app.figures import heatmap
from app.figures.curves import curves


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


def test_the_curves_hold_what_was_measured():
    drawn = curves([3, 6], [2.0, 1.0], [0.5, 0.75], [(0, 0.5), (6, 0.7)], 30, 6, "dark")
    loss, metric, apart = drawn.data
    assert (list(loss.x), list(loss.y)) == ([3, 6], [2.0, 1.0])
    assert list(metric.y) == [0.5, 0.75]
    assert (list(apart.x), list(apart.y)) == ([0, 6], [0.5, 0.7])
    assert drawn.layout.xaxis.range == (0, 30)
    assert drawn.layout.yaxis.range == (0, 2.0)
    assert drawn.layout.yaxis2.range == (0, 1)
    assert drawn.layout.shapes[0].x0 == 6


def test_a_file_of_another_kind_is_refused():
    with pytest.raises(core.InputError) as refused:
        course.read_own(core.task_spec("sentiment"), b"\xff\xfe\x00")
    assert str(refused.value) == "The file must be text in UTF-8, got something else. Save it as UTF-8 text."
    with pytest.raises(core.InputError) as refused:
        course.read_own(core.task_spec("sentiment"), b"x" * 1_000_001)
    assert str(refused.value) == "The examples must be at most 1,000,000 bytes, got 1,000,001. Use fewer."
