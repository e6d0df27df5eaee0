"""Saving a result: every field is in the file, read here without our own reader."""

import io
import json
import zipfile

import numpy as np
import pytest
from hypothesis import given

from attention_core import InputError, TaskResult, load_result, to_csv, to_json, to_npz, together_to_json
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


def test_several_results_stand_in_one_json_without_what_the_encoder_made():
    results = [small(), small(weights=np.array([[0.5, 0.0, 0.5]], np.float32), output={"label": "bad"})]
    read = json.loads(together_to_json(results), parse_constant=refuse)["results"]
    assert [own["weights"] for own in read] == [[[0.25, -0.0, 0.75]], [[0.5, 0.0, 0.5]]]
    assert [own["output"]["label"] for own in read] == ["good", "bad"]
    assert read[0]["context"] == [[1.0]] and read[0]["provenance"] == small().provenance
    assert not {"query", "key", "value", "format", "version"} & {*read[0]}
    with pytest.raises(InputError):
        load_result(together_to_json(results))


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
