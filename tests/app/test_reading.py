"""From a result to what a page shows, and what is said in Markdown."""

import weakref

import numpy as np
import pytest

from app.components.element import pack
from app.components.plain import plain
from app.components.stage import rank
from app.reading import entropy_bits, read_field, read_row
from attention_core.results import TaskResult, Words


def result(**changes):
    fields = {
        "energies": np.array([[9.0, 1.0, 3.0, 2.0]], dtype=np.float32),
        "weights": np.array([[0.2, 0.1, 0.3, 0.4]], dtype=np.float32),
        "query": np.zeros((1, 2)), "key": np.zeros((4, 2)), "value": np.zeros((4, 2)), "context": np.zeros((1, 2)),
        "key_mask": np.ones((1, 4), dtype=bool), "query_labels": ("q",), "key_labels": ("[CLS]", "un", "##real", "film"),
        "output": {}, "provenance": {},
    }  # fmt: skip
    return TaskResult(**{**fields, **changes})


def test_tokens_become_words_and_what_is_left_out_is_told():
    row = read_row(result(key_words=Words(("unreal", "film"), np.array([-1, 0, 0, 1]))))
    assert row.labels == ("unreal", "film")
    np.testing.assert_allclose(row.weights, [0.5, 0.5], atol=1e-6)
    np.testing.assert_array_equal(row.energies, [3.0, 2.0])
    assert read_field(result(key_words=Words(("unreal", "film"), np.array([-1, 0, 0, 1])))).left_out == pytest.approx(0.2)


def test_a_result_is_read_once_and_an_equal_one_for_itself():
    own, equal = result(), result()
    assert read_field(own) is read_field(own)
    assert read_field(own) is not read_field(equal)


def test_what_was_read_goes_with_its_result():
    gone = weakref.ref(read_field(result()))
    assert gone() is None


def test_places_stay_as_they_are():
    boxes = np.zeros((4, 4), dtype=np.float32)
    row = read_row(result(key_boxes=boxes))
    assert row.boxes is boxes
    assert read_field(result(key_boxes=boxes)).left_out == 0
    np.testing.assert_array_equal(row.weights, result().weights[0])


@pytest.mark.parametrize(
    ("weights", "bits"), [([1, 0, 0, 0], 0), ([0.25] * 4, 2), ([0.5, 0.5, 0, 0], 1), ([0.5, 0.25, 0.25], 1.5)]
)
def test_entropy(weights, bits):
    assert entropy_bits(np.array(weights)) == pytest.approx(bits)


def test_equal_weights_share_a_rank():
    assert rank(np.array([0.2, 0.5, 0.2, 0.1])).tolist() == [2, 1, 2, 4]


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "**bold** _it_ `code`", "$x^2$ [a](http://b)", "# head\n\n- item", ":red[x] ~~y~~ a|b"]
)
def test_what_a_visitor_wrote_is_no_markdown(text):
    escaped = plain(text)
    assert "\n" not in escaped
    for character in "<>*_`$[]#:~|":
        assert escaped.count(character) == escaped.count("\\" + character)


def test_numbers_travel_whole():
    arrays = [np.array([0.1, 0.2], dtype=np.float32), np.array([[1.5]], dtype=np.float32)]
    content = pack({"label": "é"}, arrays, b"rest")
    length = int.from_bytes(content[:4], "little")
    assert length % 4 == 0
    assert b'"sizes": [2, 1]' in content[4 : 4 + length]
    np.testing.assert_array_equal(np.frombuffer(content[4 + length : -4], "<f4"), np.float32([0.1, 0.2, 1.5]))
    assert content.endswith(b"rest")


def test_an_upload_shows_no_bytes():
    from app.state import Upload

    assert "secret" not in repr(Upload("a.jpg", b"secret"))
