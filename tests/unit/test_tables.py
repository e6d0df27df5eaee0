"""Tables as CSV: a spreadsheet and pandas can open them, labels stand in place, and each line says where it comes from."""

import csv
import io

import numpy as np
import pandas
import pytest
from hypothesis import given

from attention_core import to_context_csv, to_csv
from attention_core.tables import columns_to_csv
from tests.results import task_results
from tests.unit.test_export import small

ORIGIN = ["task", "seed", "versions.python"]  # of `small`


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
    assert head == ["row", "column", "query", "key", "energy", "weight", "allowed", *ORIGIN]
    assert lines[1] == ["1", "2", "first", "b", "2.0", "0.0", "no", "any", "", "3"]
    assert lines[5] == ["2", "3", "second", "c", "6.0", "0.7", "yes", "any", "", "3"]
    assert [line[2:4] for line in lines] == [[query, key] for query in ("first", "second") for key in "abc"]
    assert [np.float32(line[5]) for line in lines] == result.weights.ravel().tolist()


def test_csv_tells_where_places_lie():
    head, first, *_ = table(small(key_boxes=np.array([[0, 0.05, 0.5, 1]] * 3, np.float32)))
    assert head[-7:-3] == ["x0", "y0", "x1", "y1"]
    assert first[-7:-3] == ["0.0", "0.05", "0.5", "1.0"]
    assert table(small(key_spans=np.array([[0, 0.25]] * 3, np.float32)))[1][-5:-3] == ["0.0", "0.25"]


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


def two():
    """Two results of one input, of which one has a seed."""
    made = [{"task": "any", "score": name, "seed": seed, "options": {"beam": 4}} for name, seed in (("general", None), ("=a", 7))]
    value = np.ones((3, 2), np.float32)
    return [small(provenance=own, value=value, context=np.full((1, 2), n + 0.1, np.float32)) for n, own in enumerate(made)]


def test_several_results_follow_each_other_and_each_line_says_which_it_is_of():
    read = pandas.read_csv(io.BytesIO(to_csv(*two())))
    assert read["score"].tolist() == ["general"] * 3 + ["'=a"] * 3
    assert read["seed"].isna().tolist() == [True] * 3 + [False] * 3
    assert read["options.beam"].tolist() == [4] * 6
    np.testing.assert_array_equal(read["weight"].astype(np.float32), [0.25, -0.0, 0.75] * 2)


def test_the_context_has_a_line_for_each_query_and_says_where_it_comes_from():
    read = pandas.read_csv(io.BytesIO(to_context_csv(*two())))
    assert list(read) == ["row", "query", "task", "score", "seed", "options.beam", "c1", "c2"]
    assert read["query"].tolist() == ["the “sentence”"] * 2
    np.testing.assert_array_equal(read[["c1", "c2"]].astype(np.float32), np.array([[0.1] * 2, [1.1] * 2], np.float32))


@given(task_results())
def test_every_number_of_the_context_is_there(result):
    _, *lines = csv.reader(io.StringIO(to_context_csv(result).decode("utf-8-sig"), newline=""))
    width = result.context.shape[1]
    assert np.array([[np.float32(own) for own in line[-width:]] for line in lines]).tobytes() == result.context.tobytes()


def test_a_table_of_columns_keeps_text_and_gaps():
    content = columns_to_csv({"name": ["=a", 'b, "c"'], "value": [0.1, None]})
    assert content.decode("utf-8-sig") == 'name,value\r\n\'=a,0.1\r\n"b, ""c""",\r\n'
