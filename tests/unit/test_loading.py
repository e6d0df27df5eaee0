"""Loading a result back: equal to the bit, and one sentence for every other file."""

import contextlib
import io
import json
import pickle
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attention_core import InputError, load_result, to_json, to_npz
from attention_core.loading import LARGEST
from tests.results import assert_same, task_results
from tests.unit.test_export import small

WRITERS = {"json": to_json, "npz": to_npz}
OTHER = "The file must be a result saved as JSON or NPZ by attention_core, got something else. Choose another file."
UNFIT = "The file must hold a whole result, got one whose parts do not fit together. Save it again, or choose another file."
LARGE = "The file must hold at most 64 MB, got more. Choose another file."


@pytest.mark.parametrize("kind", WRITERS)
@given(result=task_results())
def test_a_result_comes_back_equal_to_the_bit(kind, result):
    assert_same(load_result(WRITERS[kind](result)), result)


@pytest.mark.parametrize("kind", WRITERS)
def test_it_reads_a_path_bytes_and_an_open_file(kind, tmp_path):
    path = tmp_path / "of any name"
    path.write_bytes(WRITERS[kind](small()))
    with path.open("rb") as file:
        for source in (path, str(path), path.read_bytes(), memoryview(path.read_bytes()), file):
            assert_same(load_result(source), small())


@pytest.mark.parametrize("kind", WRITERS)
def test_not_a_number_stays_that(kind):
    weights = np.array([[np.nan, 1.0, -np.nan]], np.float32)
    assert np.isnan(load_result(WRITERS[kind](small(weights=weights))).weights).tolist() == [[True, False, True]]


def test_half_a_surrogate_pair_in_a_label_survives():
    result = small(key_labels=("\ud83d", "b", "\\ud83d"))
    assert_same(load_result(to_json(result)), result)
    assert_same(load_result(to_npz(result)), result)


def refusal(source):
    with pytest.raises(InputError) as raised:
        load_result(source)
    return str(raised.value)


def changed_json(**fields):
    return json.dumps({**json.loads(to_json(small())), **fields}).encode()


def packed(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return file.getvalue()


def saved(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def changed_npz(**arrays):
    with np.load(io.BytesIO(to_npz(small()))) as read:
        return packed(**{name: saved(array) for name, array in {**read, **arrays}.items()})


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff\xd8 a picture", id="a picture"),
        pytest.param(b"[1, 2]", id="other JSON"),
        pytest.param(b'{"format": "attention_core result"}', id="no version"),
        pytest.param(b'{"a": 1}', id="another object"),
        pytest.param(b"[" * 100_000, id="deep JSON"),
        pytest.param(to_json(small())[:-20], id="cut JSON"),
        pytest.param(to_npz(small())[:-20], id="cut NPZ"),
        pytest.param(to_npz(small())[:200], id="head of an NPZ"),
        pytest.param(packed(about=saved(np.array("{}"))), id="empty NPZ"),
        pytest.param(packed(about=b"no array"), id="no array"),
    ],
)
def test_another_file_is_refused(content):
    assert refusal(content) == OTHER


def test_pickled_objects_are_never_read():
    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("unpickled",))

    content = pickle.dumps(np.array([Bomb()], dtype=object))
    content += bytes(-len(content) % 8)  # as long as its header will say
    header = io.BytesIO()
    shape = (len(content) // 8,)
    np.lib.format.write_array_header_1_0(header, {"descr": "|O", "fortran_order": False, "shape": shape})
    bomb = header.getvalue() + content
    assert refusal(packed(about=bomb)) == OTHER
    assert refusal(packed(about=saved(np.array("{}")), energies=bomb)) == OTHER


def test_a_header_that_claims_more_than_there_is_makes_no_room_for_it():
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (10**12,)})
    assert refusal(packed(about=saved(np.array("{}")), energies=header.getvalue() + b"1234")) == OTHER


def test_too_much_is_refused_packed_and_unpacked(tmp_path):
    bomb = packed(energies=bytes(LARGEST + 1))
    assert len(bomb) < LARGEST / 100
    assert refusal(bomb) == LARGE
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    assert refusal(path) == LARGE


def test_another_version_is_named():
    sentence = "The file must be of version 1, got 2. Read it with the attention_core that wrote it."
    assert refusal(changed_json(version=2)) == sentence
    assert refusal(changed_json(version="<b>")) == sentence.replace("2", "another", 1)


@pytest.mark.parametrize(
    "fields",
    [
        {"weights": [[0.5, 0.5]]},
        {"weights": [[0.5, "x", 0.5]]},
        {"weights": [[0.5, None, 0.5]]},
        {"weights": [[0.5, True, 0.5]]},
        {"weights": [[0.5, 1e39, 0.5]]},
        {"weights": [[0.1, 0.2], [0.3]]},
        {"weights": "abc"},
        {"weights": None},
        {"key_mask": [[1, 0, 1]]},
        {"key_labels": ["a", "b"]},
        {"key_labels": ["a", "b", 3]},
        {"key_boxes": [[0, 0, 1, 1]]},
        {"key_words": ["one"], "key_word_index": [0, 1, 0]},
        {"key_words": ["one"], "key_word_index": None},
        {"output": ["found"]},
        {"notes": [1]},
    ],
    ids=str,
)
def test_parts_that_do_not_fit_are_refused(fields):
    assert refusal(changed_json(**fields)) in (UNFIT, OTHER)


@pytest.mark.parametrize(
    "arrays",
    [
        {"weights": np.zeros((1, 2), np.float32)},
        {"weights": np.zeros((1, 3))},
        {"weights": np.zeros(3, np.float32)},
        {"weights": np.zeros((0, 3), np.float32)},
        {"key_word_index": np.zeros(2, np.int64)},
        {"key_boxes": np.zeros((3, 2), np.float32)},
    ],
    ids=str,
)
def test_arrays_that_do_not_fit_are_refused(arrays):
    assert refusal(changed_npz(**arrays)) == UNFIT


def test_a_missing_file_is_named_without_its_folder(tmp_path):
    assert refusal(tmp_path / "gone.json") == "The file must exist, got 'gone.json'. Check its name."
    assert refusal(io.StringIO("{}")) == "The file must be opened in binary mode, got text. Open it with mode 'rb'."


@pytest.mark.parametrize("kind", WRITERS)
@given(place=st.integers(0, 10**6), byte=st.integers(0, 255), cut=st.booleans())
def test_a_damaged_file_never_raises_anything_else(kind, place, byte, cut):
    content = bytearray(WRITERS[kind](small()))
    place %= len(content)
    content[place:] = b"" if cut else bytes([byte]) + content[place + 1 :]
    with contextlib.suppress(InputError):
        load_result(bytes(content))
