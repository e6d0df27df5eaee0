"""The page that opens with no internet: what it says is escaped, and what it draws is what was given."""

import io
import re

import numpy as np
from PIL import Image

from app.figures import heatmap, standalone

EVIL = "</script><script>document.title='taken'</script>"
BOXES = np.array([[0, 0, 0.5, 0.5], [0.5, 0, 1, 0.5], [0, 0.5, 0.5, 1], [0.5, 0.5, 1, 1]])


def table():
    return heatmap.rows_heatmap(np.array([[0.25, 0.75]]), [EVIL], [EVIL, "b"], "light", largest=0.75)


def test_what_a_visitor_wrote_never_becomes_markup():
    text = standalone.page(EVIL, [(EVIL, table()), ("again", table())], [EVIL]).decode()
    assert "<script>document" not in text
    assert text.count("&lt;script&gt;document") >= 4


def test_plotly_is_inside_once_and_nothing_is_allowed_to_load():
    text = standalone.page("Title", [("one", table()), ("two", table())], []).decode()
    assert not re.search(r"<(script|link|img)[^>]*(src|href)=", text)
    assert text.count("Content-Security-Policy") == 1
    assert "default-src 'none'" in text
    assert len(text) < 6_000_000


def test_the_scale_is_named():
    assert "</span> 0.750</p>" in standalone.page("Title", [("one", table())], []).decode()


def test_a_picture_lies_under_its_weights():
    file = io.BytesIO()
    Image.new("RGB", (400, 200)).save(file, "JPEG")
    weights = np.array([0, 0.1, 0.2, 0.7], np.float32)
    figure = standalone.over_picture(file.getvalue(), weights, BOXES, ["a", "b", "c", "d"], np.zeros(4))
    np.testing.assert_array_equal(figure.data[0].z, weights.reshape(2, 2))
    under = figure.layout.images[0]
    assert under.source.startswith("data:image/jpeg;base64,")
    assert (under.x, under.y, under.sizex, under.sizey, under.layer) == (-0.5, -0.5, 2, 2, "below")
    small = standalone.over_picture(file.getvalue(), weights, BOXES, [*"abcd"], np.zeros(4), width=standalone.SMALL_WIDTH)
    text = standalone.page("Title", [("large", figure), ("small", small)], []).decode()
    assert '<div class="small"><p>small</p>' in text
    assert '<div class="small"><p>large</p>' not in text
    assert (figure.layout.width - 2) / (figure.layout.height - 2) == 2
    assert figure.data[0].colorscale[0][1].endswith(",0.000)")
    assert figure.data[0].colorscale[-1][1].endswith(",0.750)")
    assert figure.data[0].text[1][0].startswith("<b>c</b>")
