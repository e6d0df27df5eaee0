"""Saving a result: every field is in the file, read here without our own reader, and the CSV is one a spreadsheet can open."""

import csv
import io
import json
import zipfile

import numpy as np
import pytest
from hypothesis import given

from attention_core import TaskResult, to_csv, to_json, to_npz
from attention_core.results import Words
from tests.results import task_results


def small(**changed):
    """A result of one query over three keys."""
    fields = {
        "energies": np.array([[0.1, -np.inf, 3.4e38]], np.float32),
        "weights": np.array([[0.25, -0.0, 0.75]], np.float32),
        "query": np.array([[1e-45, 2.0]], np.float32),
        "key": np.arange(6, dtype=np.float32).reshape(3, 2),
        "value": np.ones((3, 1), np.float32),
        "context": np.ones((1, 1), np.float32),
        "key_mask": np.array([[True, False, True]]),
        "query_labels": ("the “sentence”",),
        "key_labels": ("=1+1", "a, “b”\n漢", "'so"),
        "output": {"label": "good", "probabilities": {"good": 0.5}},
        "provenance": {"task": "any", "seed": None, "versions": {"python": "3"}},
        "key_words": Words(("one",), np.array([-1, 0, 0])),
        "notes": ("A note.",),
    }
    return TaskResult(**{**fields, **changed})


def refuse(constant):
    raise AssertionError(f"strict JSON has no {constant}")


def test_json_is_strict_and_readable_and_holds_every_field():
    content = to_json(small()).decode("utf-8")
    read = json.loads(content, parse_constant=refuse)
    assert (read["format"], read["version"]) == ("attention_core result", 1)
    assert '"energies": [\n[0.1, "-Infinity", 3.4e+38]\n]' in content
    assert '"weights": [\n[0.25, -0.0, 0.75]\n]' in content
    assert read["key_mask"] == [[True, False, True]]
    assert read["key_labels"] == ["=1+1", "a, “b”\n漢", "'so"]
    assert "漢" in content
    assert (read["output"], read["provenance"]) == (small().output, small().provenance)
    assert (read["key_words"], read["key_word_index"], read["query_words"]) == (["one"], [-1, 0, 0], None)
    assert read["notes"] == ["A note."]
    assert (read["query"], read["key"]) == ([[1e-45, 2.0]], [[0, 1], [2, 3], [4, 5]])


@given(task_results())
def test_json_numbers_are_those_of_the_arrays(result):
    read = json.loads(to_json(result), parse_constant=refuse, parse_float=str)
    for name in ("energies", "weights", "query", "key", "value", "context"):
        rows = [[np.float32(each.replace("Infinity", "inf")) for each in row] for row in read[name]]
        assert np.array(rows, np.float32).tobytes() == getattr(result, name).tobytes()


def test_npz_opens_with_plain_numpy():
    result = small(key_boxes=np.full((3, 4), 0.5, np.float32))
    with np.load(io.BytesIO(to_npz(result)), allow_pickle=False) as read:
        for name in ("energies", "weights", "query", "key", "value", "context", "key_mask", "key_boxes"):
            np.testing.assert_array_equal(read[name], getattr(result, name))
            assert read[name].dtype == getattr(result, name).dtype
        np.testing.assert_array_equal(read["key_word_index"], [-1, 0, 0])
        about = json.loads(str(read["about"]))
        assert "key_spans" not in read
    assert about["key_labels"] == list(result.key_labels)
    assert about["provenance"] == result.provenance


def test_npz_is_packed():
    content = to_npz(small(key=np.zeros((3, 10_000), np.float32)))
    assert len(content) < 20_000
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None


def table(result):
    content = to_csv(result)
    assert content.startswith(b"\xef\xbb\xbf")  # without it, a spreadsheet takes UTF-8 for something else
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_csv_has_the_labels_in_place():
    result = small(
        energies=np.array([[1, 2, 3], [4, 5, 6]], np.float32),
        weights=np.array([[0.1, 0, 0.9], [0.3, 0, 0.7]], np.float32),
        key_mask=np.array([[True, False, True]] * 2),
        query=np.ones((2, 2), np.float32),
        context=np.ones((2, 1), np.float32),
        query_labels=("first", "second"),
        key_labels=("a", "b", "c"),
    )
    head, *lines = table(result)
    assert head == ["row", "column", "query", "key", "energy", "weight", "allowed"]
    assert lines[1] == ["1", "2", "first", "b", "2.0", "0.0", "no"]
    assert lines[5] == ["2", "3", "second", "c", "6.0", "0.7", "yes"]
    assert [line[2:4] for line in lines] == [[query, key] for query in ("first", "second") for key in "abc"]
    assert [np.float32(line[5]) for line in lines] == result.weights.ravel().tolist()


def test_csv_tells_where_places_lie():
    head, first, *_ = table(small(key_boxes=np.array([[0, 0.05, 0.5, 1]] * 3, np.float32)))
    assert head[-4:] == ["x0", "y0", "x1", "y1"]
    assert first[-4:] == ["0.0", "0.05", "0.5", "1.0"]
    assert table(small(key_spans=np.array([[0, 0.25]] * 3, np.float32)))[1][-2:] == ["0.0", "0.25"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "'", "＝", "＋", "－", "＠"])
def test_a_label_that_a_spreadsheet_would_compute_gets_one_quote_before_it(start):
    label = f"{start}cmd|' /C calc'!A0"
    lines = table(small(query_labels=(label,), key_labels=("fine", label, "a=b")))
    assert lines[2][2:4] == [f"'{label}", f"'{label}"]
    assert [lines[1][3], lines[3][3]] == ["fine", "a=b"]


@given(task_results())
def test_csv_keeps_every_label_behind_that_quote(result):
    _, *lines = table(result)
    keys = [
        line[3].removeprefix("'") if line[3].startswith("''") or line[3][1:2] in tuple("=+-@\t\r\n＝＋－＠") else line[3]
        for line in lines
    ]
    assert keys == list(result.key_labels) * len(result.query_labels)
    assert not any(line[column].startswith(tuple("=+-@\t\r\n＝＋－＠")) for line in lines for column in (2, 3))


@pytest.mark.parametrize("write", [to_json, to_npz, to_csv])
def test_a_result_of_other_shapes_is_refused(write):
    with pytest.raises(ValueError) as raised:
        write(small(weights=np.zeros((1, 3))))
    assert str(raised.value) == "result must have the types and shapes of TaskResult, got others. Make it with Task.run."


@pytest.mark.parametrize("output", [{"p": float("nan")}, {"a": (1, 2)}, {1: 2}, {"array": np.ones(2)}, {"pair": "\ud83d\ude00"}])
@pytest.mark.parametrize("write", [to_json, to_npz])
def test_what_json_would_change_is_refused(write, output):
    with pytest.raises(ValueError) as raised:
        write(small(output=output))
    assert str(raised.value) == (
        "output, provenance and labels must hold what JSON keeps (text, finite numbers, lists), got something else."
    )
