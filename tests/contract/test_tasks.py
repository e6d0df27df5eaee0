"""What every task promises, whichever there are."""

import re

import numpy as np
import pytest
from PIL import Image

from attention_core import InputError, distribution_names, score_names, score_spec, task_names, task_spec
from attention_core.library import example_inputs
from attention_core.tasks.checkpoints import MODELS, Checkpoints
from attention_core.tasks.task import Settings
from tests import recordings, sounds
from tests.examples import task_of

PROVENANCE = {
    "task",
    "score",
    "parameters",
    "seed",
    "weights_sha256",
    "distribution",
    "distribution_options",
    "temperature",
    "options",
    "versions",
    "device",
}
SCORES = pytest.mark.parametrize("score", score_names())
ARRAYS = ("energies", "weights", "query", "key", "value", "context")


@pytest.fixture(scope="module", params=task_names())
def task(request):
    return task_of(request.param, device="cpu")


@pytest.fixture(scope="module")
def inputs(task):
    """Two different inputs that the task takes, made from what it declares."""
    gradient = np.linspace(0, 255, 120 * 90 * 3).reshape(90, 120, 3).astype(np.uint8)
    made = {
        "text": ["A small cat on a chair.", "An unbelievably long and rather dull evening."],
        "file": [recordings.text(seconds=3).encode(), recordings.text(seconds=2.3, seed=1).encode()],
        "sound": [sounds.written(sounds.voice(1.4)), sounds.written(sounds.voice(1.1, seed=1))],
        "image": [Image.fromarray(gradient), Image.fromarray(gradient[::-1, ::-1].copy())],
    }
    asked = [declared for declared in task.spec.inputs if not declared.optional]
    for declared in asked:
        if declared.kind == "choices":
            made["choices"] = [declared.choices()[:3], declared.choices()[40:60]]
    return [{declared.name: made[declared.kind][n] for declared in asked} for n in range(2)]


@pytest.fixture(scope="module")
def encodings(task, inputs):
    return [task.encode(**given) for given in inputs]


def run(task, encoding, **settings):
    return task.run_encoded([(encoding, Settings(**settings))])[0]


@SCORES
@pytest.mark.parametrize("parameters", ["trained", "untrained"])
def test_every_number_is_there_and_fits(task, encodings, score, parameters):
    result = run(task, encodings[0], score=score, parameters=parameters)
    rows, keys = result.weights.shape
    assert result.energies.shape == result.key_mask.shape == (rows, keys)
    assert result.query.shape[0] == result.context.shape[0] == len(result.query_labels) == rows
    assert result.key.shape[0] == result.value.shape[0] == len(result.key_labels) == keys
    assert result.context.shape[1] == result.value.shape[1]
    for name in ARRAYS:
        array = getattr(result, name)
        assert isinstance(array, np.ndarray), name
        assert array.dtype == np.float32, name
        assert np.isfinite(array).all(), name
    np.testing.assert_allclose(result.weights.sum(1), 1, rtol=1e-5)
    assert not result.weights[~result.key_mask].any()
    np.testing.assert_allclose(result.context, result.weights @ result.value, atol=1e-4)
    if result.key_boxes is not None:
        assert result.key_boxes.shape == (keys, 4)
        assert (result.key_boxes[:, :2] < result.key_boxes[:, 2:]).all()
        assert result.key_boxes.min() >= 0
        assert result.key_boxes.max() <= 1
    if result.key_spans is not None:
        assert result.key_spans.shape == (keys, 2)
    assert {"label", "text"} & set(result.output)
    if "row_scores" in result.output:
        assert len(result.output["row_scores"]) == rows
        assert np.isfinite(result.output["row_scores"]).all()
    if "probabilities" in result.output:
        assert sum(result.output["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert all(isinstance(note, str) for note in result.notes)


@SCORES
def test_rows_and_columns_of_whole_words_fit_and_sum_to_1(task, encodings, score):
    result = run(task, encodings[1], score=score, parameters="untrained")
    merged = result.by_word()
    assert merged.weights.shape == (len(merged.query_labels), len(merged.key_labels))
    np.testing.assert_allclose(merged.weights.sum(1), 1, rtol=1e-5)
    for words, length in ((result.query_words, len(result.query_labels)), (result.key_words, len(result.key_labels))):
        if words is not None:
            assert len(words.index) == length
            assert set(range(len(words.labels))) <= set(np.asarray(words.index).tolist())


def assert_same(together, alone):
    for name in ARRAYS:
        np.testing.assert_allclose(getattr(together, name), getattr(alone, name), atol=1e-5, rtol=1e-5, err_msg=name)
    np.testing.assert_allclose(together.weights, alone.weights, atol=1e-5, rtol=0)
    assert together.key_labels == alone.key_labels
    assert together.provenance == alone.provenance
    for label, probability in alone.output.get("probabilities", {}).items():
        assert together.output["probabilities"][label] == pytest.approx(probability, abs=1e-5)


def test_a_batch_gives_the_numbers_of_one_by_one(task, inputs):
    items = [{**given, "parameters": "untrained", "score": "additive", "seed": 3} for given in inputs]
    for together, item in zip(task.run_batch(items), items, strict=True):
        assert_same(together, task.run(**item))


@SCORES
def test_encoded_inputs_together_give_the_numbers_of_one_by_one(task, encodings, score):
    parameters = "trained" if task.is_trained(score) else "untrained"
    settings = Settings(score=score, parameters=parameters)
    for together, encoding in zip(task.run_encoded([(each, settings) for each in encodings]), encodings, strict=True):
        assert_same(together, task.run_encoded([(encoding, settings)])[0])


@SCORES
def test_untrained_parameters_are_the_seeds(task, encodings, score):
    def numbers(seed):
        result = run(task, encodings[0], score=score, parameters="untrained", seed=seed)
        return result.energies, result.output.get("probabilities"), result.key

    (first, p_first, key), (same, p_same, _), (other, p_other, other_key) = numbers(1), numbers(1), numbers(2)
    np.testing.assert_array_equal(first, same)
    assert p_first == p_same
    if np.array_equal(key, other_key):  # else the encoder is drawn anew too
        learns = any(symbol.parameter for symbol in score_spec(score).symbols)
        assert np.array_equal(first, other) is not learns
    assert p_first is None or p_first != p_other  # the readout is drawn anew too


@SCORES
def test_a_missing_checkpoint_is_said_to_be_missing(task, encodings, score, tmp_path, monkeypatch):
    monkeypatch.setattr(task, "checkpoints", Checkpoints(task.spec.name, tmp_path))
    with pytest.raises(InputError) as refused:
        run(task, encodings[0], score=score, parameters="trained")
    assert str(refused.value) == (
        f"Parameters must be untrained for {score}: there are no trained ones for the task {task.spec.name}. "
        "Choose untrained parameters, or another score function."
    )
    run(task, encodings[0], score=score, parameters="untrained")


@pytest.mark.parametrize("distribution", distribution_names())
def test_every_distribution_and_the_provenance_of_a_result(task, encodings, distribution):
    result = run(task, encodings[0], parameters="untrained", distribution=distribution, temperature=0.5, seed=9)
    np.testing.assert_allclose(result.weights.sum(1), 1, rtol=1e-5)
    provenance = result.provenance
    assert set(provenance) == PROVENANCE
    assert provenance["task"] == task.spec.name
    assert (provenance["distribution"], provenance["temperature"], provenance["seed"]) == (distribution, 0.5, 9)
    assert provenance["device"] == "cpu"
    assert {"attention_core", "torch", "python"} <= set(provenance["versions"])


def test_every_score_function_is_trained_and_carded(task):
    card = task.card
    assert list(card["scores"]) == score_names()
    for name, entry in card["scores"].items():
        assert task.is_trained(name)
        assert re.fullmatch(r"[0-9a-f]{64}", entry["sha256"])
        assert 0 <= entry["untrained"][task.spec.metric.key] <= entry["metrics"][task.spec.metric.key] + 0.05
        assert entry["metrics"][task.spec.metric.key] <= 100
        assert task.head(name)
    assert score_spec(card["floor"]).is_floor
    assert card["data"]
    assert card["versions"]["torch"]


def test_the_files_of_all_tasks_stay_small(task):
    files = [path for name in task_names() for path in (MODELS / name).rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 75_000_000


def test_the_examples_run(task):
    assert task.spec.examples, f"{task.spec.name} must have an example: it is shown at the first visit"
    for example in task.spec.examples:
        assert set(example.values) == {declared.name for declared in task.spec.inputs}
        result = task.run(parameters="untrained", **example_inputs(task.spec, example))
        assert np.isfinite(result.weights).all()


@pytest.mark.parametrize("end", ["minimum", "maximum"])
def test_every_option_is_taken_and_told(task, encodings, end):
    for option in task.spec.options:
        value = getattr(option, end)
        result = run(task, encodings[0], parameters="untrained", options={option.name: value})
        assert result.provenance["options"] == {**{own.name: own.default for own in task.spec.options}, option.name: value}
        with pytest.raises(ValueError) as refused:
            run(task, encodings[0], parameters="untrained", options={option.name: option.maximum + 1})
        assert str(refused.value) == (
            f"{option.name} must be a whole number from {option.minimum} to {option.maximum}, got {option.maximum + 1}."
        )


@SCORES
def test_what_was_written_is_written_again(task, encodings, score):
    settings = Settings(score=score, parameters="untrained", temperature=0.5)
    first = task.run_encoded([(encodings[1], settings)])[0]
    again = task.run_encoded([(task.written(encodings[1], settings), settings)])[0]
    assert again.query_labels == first.query_labels
    assert again.output == first.output
    np.testing.assert_array_equal(again.weights, first.weights)


@pytest.mark.parametrize("name", task_names())
def test_the_declaration_can_be_read(name):
    spec = task_spec(name)
    assert spec.name == name
    meanings = (spec.title, spec.question, spec.query_meaning, spec.key_meaning, spec.context_meaning, spec.metric.meaning)
    for text in (*meanings, spec.query_name, spec.key_name, spec.score_name):
        assert text.strip() == text != ""
    assert len({declared.name for declared in spec.inputs}) == len(spec.inputs)
