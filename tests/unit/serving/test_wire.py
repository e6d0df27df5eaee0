"""What goes over the wire comes back to the bit, and nothing else is taken for it."""

import contextlib
import io
import json
import pickle
import zipfile

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from attention_core import InputError
from attention_core.results import Panel, Signals, Span, Words
from attention_core.serving.wire import LARGEST, WireError, pack, pack_encoding, unpack, unpack_encoding
from attention_core.tasks.encoding import Encoding

CPU = torch.device("cpu")
plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
values = st.recursive(
    plain, lambda own: st.lists(own) | st.lists(own).map(tuple) | st.dictionaries(st.text(), own), max_leaves=12
)


@given(values)
def test_plain_values_come_back_with_their_types(value):
    assert repr(unpack(pack(value))) == repr(value)


@given(arrays.arrays(st.sampled_from(["f4", "f8", "i8", "?", "u1"]), arrays.array_shapes(min_dims=0, min_side=0)))
def test_arrays_come_back_to_the_bit(array):
    back = unpack(pack({"a": array}))["a"]
    assert (back.dtype, back.shape, back.tobytes()) == (array.dtype, array.shape, array.tobytes())


def test_numbers_of_numpy_stay_what_they_are():
    back = unpack(pack([np.int64(3), np.float32(0.1), np.True_]))
    assert [type(own) for own in back] == [np.int64, np.float32, np.bool_]
    assert back == [np.int64(3), np.float32(0.1), np.True_]


def test_half_a_surrogate_pair_and_what_json_has_no_number_for_survive():
    assert unpack(pack("\ud83d")) == "\ud83d"
    assert repr(unpack(pack([float("nan"), float("-inf")]))) == "[nan, -inf]"


def test_a_picture_comes_back_upright_with_its_very_pixels():
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3)).astype(np.uint8)  # (Y, X, 3)
    turned = Image.fromarray(pixels)
    turned.getexif()[274] = 6  # stands on its side: people see it turned by a quarter
    file = io.BytesIO()
    turned.save(file, "PNG", exif=turned.getexif())
    back = unpack(pack(Image.open(file)))
    assert type(back) is Image.Image
    np.testing.assert_array_equal(np.asarray(back), np.rot90(pixels, -1))
    assert not back.getexif()


def test_a_picture_that_cannot_be_used_is_refused_before_it_travels():
    with pytest.raises(InputError) as refused:
        pack(Image.new("RGB", (8, 30)))
    assert str(refused.value) == "The picture must be at least 16 pixels wide and high, got 8 × 30. Choose another file."


@pytest.mark.parametrize("value", [object(), {1: 2}, {1, 2}, np.array([object()])])
def test_what_is_no_plain_value_does_not_travel(value):
    with pytest.raises(TypeError) as refused:
        pack(value)
    assert str(refused.value) == (f"What goes to the engine must be plain data, arrays or a picture, got {type(value).__name__}.")


def encoding(**changed):
    key = torch.arange(6.0).reshape(3, 2)  # (S, Dk)
    wave = np.linspace(-1, 1, 8, dtype=np.float32)
    made = {
        "query": torch.ones(2, 2), "key": key, "value": key, "key_mask": torch.tensor([True, False, True]),
        "query_labels": ("a", "b"), "key_labels": ("x", "y", "z"), "key_boxes": np.ones((3, 4), np.float32),
        "key_spans": np.ones((3, 2), np.float32), "query_words": Words(("a b",), np.array([0, 0])),
        "key_words": Words(("x", "z"), np.array([0, -1, 1])), "notes": ("A note.",), "read": torch.tensor([4, 5, 6]),
        "written": torch.tensor([7, 8]),
        "signals": Signals(2.0, (Panel("Sound", "", ("up",), wave[None].T.copy().T),), (Span("here", 0.5, 1.0),), wave),
    }  # fmt: skip
    return Encoding(**{**made, **changed})


def test_an_encoded_input_comes_back_to_the_bit():
    own = encoding()
    back = unpack_encoding(pack_encoding(own), CPU)
    for name in ("query", "key", "value", "key_mask", "read", "written"):
        assert torch.equal(getattr(back, name), getattr(own, name)), name
        assert getattr(back, name).dtype == getattr(own, name).dtype, name
    for name in ("query_labels", "key_labels", "notes"):
        assert getattr(back, name) == getattr(own, name), name
    np.testing.assert_array_equal(back.key_boxes, own.key_boxes)
    np.testing.assert_array_equal(back.key_spans, own.key_spans)
    assert back.key_words.labels == ("x", "z") and back.key_words.index.tolist() == [0, -1, 1]
    assert back.query_words.labels == ("a b",) and back.query_words.index.tolist() == [0, 0]
    assert (back.signals.seconds, back.signals.spans) == (2.0, (Span("here", 0.5, 1.0),))
    assert (back.signals.panels[0].title, back.signals.panels[0].names) == ("Sound", ("up",))
    np.testing.assert_array_equal(back.signals.panels[0].values, own.signals.panels[0].values)
    np.testing.assert_array_equal(back.signals.heard, own.signals.heard)


def test_keys_that_are_the_values_travel_once():
    wide = torch.zeros(3, 10_000)
    assert len(pack_encoding(encoding(key=wide, value=wide))) < 1.5 * wide.nbytes
    back = unpack_encoding(pack_encoding(encoding(key=wide, value=wide)), CPU)
    assert back.key is back.value


@pytest.mark.parametrize(
    "changed",
    [
        {"key_mask": torch.ones(3)},
        {"key_mask": torch.ones(2, dtype=torch.bool)},
        {"key": torch.ones(4, 2)},
        {"value": torch.ones(2, 2)},
        {"query": torch.ones(2, 2, dtype=torch.float64)},
        {"query_labels": ("a",)},
        {"key_labels": ("x", "y", 3)},
        {"key_boxes": np.ones((3, 5), np.float32)},
        {"key_words": Words(("x",), np.array([0, 1, 0]))},
        {"key_words": Words(("x",), np.array([0, -2, 0]))},
        {"written": torch.tensor([1])},
        {"read": torch.ones(2, 2)},
        {"notes": (b"no text",)},
        {"signals": Signals(2.0, (Panel("Sound", "", (), np.ones(3)),))},
    ],
    ids=lambda changed: "-".join(changed),
)
def test_an_encoded_input_whose_parts_do_not_fit_is_refused(changed):
    content = pack_encoding(encoding(**changed))
    with pytest.raises(WireError):
        unpack_encoding(content, CPU)


def packed(about, **members):
    file = io.BytesIO()
    np.savez(file, about=np.frombuffer(about, np.uint8), **members)
    return file.getvalue()


def bomb():
    """A small file that says that it holds more than may be unpacked."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("0.npy", "w", force_zip64=True) as member:
        for _ in range(LARGEST // 2**24 + 1):
            member.write(bytes(2**24))
    return file.getvalue()


def object_array():
    file = io.BytesIO()
    np.savez(file, about=np.frombuffer(b'{"array": 0}', np.uint8), **{"0": np.array([print], dtype=object)})
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"PK\x03\x04" + bytes(50), id="a head alone"),
        pytest.param(pickle.dumps([1]), id="a pickle"),
        pytest.param(pack([1, "a", np.ones(3)])[:-20], id="cut short"),
        pytest.param(packed(b'{"array": 0}'), id="an array that is not there"),
        pytest.param(packed(b'{"other": 0}'), id="an unknown kind"),
        pytest.param(packed(b'{"tuple": [], "array": 0}'), id="two kinds"),
        pytest.param(packed(b'{"picture": 0}', **{"0": np.zeros(9, np.uint8)}), id="no picture"),
        pytest.param(packed(b"[" * 100_000), id="far too deep"),
        pytest.param(packed(json.dumps([1]).encode()[:-1]), id="half a text"),
        pytest.param(object_array(), id="an object"),
    ],
)
def test_other_bytes_are_refused(content):
    with pytest.raises(WireError):
        unpack(content)


def test_what_unpacks_to_too_much_is_refused_unread(monkeypatch):
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda *_: pytest.fail("It was read."))
    with pytest.raises(WireError):
        unpack(bomb())


@given(st.binary(max_size=40), st.integers(0, 300))
def test_damaged_bytes_are_refused_or_harmless(damage, place):
    whole = pack({"a": np.arange(5), "b": ["text", 1.5]})
    with contextlib.suppress(WireError):
        unpack(whole[:place] + damage + whole[place + len(damage) :])
