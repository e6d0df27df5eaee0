"""Task on a model small enough to reckon with: a text's letters are its keys."""

import dataclasses
import hashlib
import json
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn

from attention_core import InputError, build_score
from attention_core.inputs import TextInput
from attention_core.specs import Metric, Option, TaskSpec
from attention_core.tasks.checkpoints import Checkpoints
from attention_core.tasks.encoding import Encoding, Head
from attention_core.tasks.settings import Settings
from attention_core.tasks.task import Task

WIDTH = 4


class LetterModel:
    def __init__(self, device):
        self.device, self.encoded = device, 0

    def encode(self, inputs):
        self.encoded += len(inputs)
        return [self._encoding(given["text"]) for given in inputs]

    def _encoding(self, text):
        if not text:
            raise InputError("The text must not be empty.")
        key = torch.tensor([[ord(letter) >> bit & 1 for bit in range(WIDTH)] for letter in text]).float()  # (S, 4)
        return Encoding(key.mean(0, keepdim=True), key, key, key[:, 0] >= 0, ("text",), tuple(text))

    def build_head(self, score):
        return Head(build_score(score, query_dim=WIDTH, key_dim=WIDTH), nn.Linear(WIDTH, 1))

    def output(self, head, query, key, context, energies, weights, encoding):
        return {"label": "any", "probabilities": {"any": torch.sigmoid(head.readout(context)).item()}}


SPEC = TaskSpec(
    name="letters",
    title="",
    question="",
    inputs=(TextInput("text", "", ""),),
    examples=(),
    metric=Metric("accuracy", "", ""),
    query_meaning="",
    key_meaning="",
    context_meaning="",
    model=LetterModel,
)


@pytest.fixture
def models(tmp_path):
    """A folder with a trained `general` whose W is the identity."""
    folder = tmp_path / "letters"
    folder.mkdir()
    head = LetterModel(None).build_head("general")
    head.score.W.data = torch.eye(WIDTH)
    content = safetensors.torch.save(head.state_dict())
    (folder / "general.safetensors").write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    (folder / "card.json").write_text(json.dumps({"scores": {"general": {"sha256": sha256}}}))
    return tmp_path


@pytest.fixture
def task(models):
    return Task(SPEC, torch.device("cpu"), Checkpoints("letters", models))


def test_run_hands_back_every_number(task):
    result = task.run(text="abc")
    bits = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [1, 1, 0, 0]], np.float32)
    np.testing.assert_array_equal(result.key, bits)
    np.testing.assert_allclose(result.query, [[2 / 3, 2 / 3, 0, 0]], rtol=1e-6)
    np.testing.assert_allclose(result.energies, [[2 / 3, 2 / 3, 4 / 3]], rtol=1e-6)
    by_hand = np.exp(result.energies) / np.exp(result.energies).sum()
    np.testing.assert_allclose(result.weights, by_hand, rtol=1e-6)
    np.testing.assert_allclose(result.context, by_hand @ bits, rtol=1e-6)
    assert result.key_mask.tolist() == [[True] * 3]
    assert (result.query_labels, result.key_labels) == (("text",), ("a", "b", "c"))
    for array in (result.energies, result.weights, result.query, result.key, result.value, result.context):
        assert array.dtype == np.float32


def test_provenance_tells_where_the_numbers_come_from(task):
    trained = task.run(text="ab", temperature=2.0).provenance
    assert trained["weights_sha256"] == task.card["scores"]["general"]["sha256"]
    assert (trained["task"], trained["score"], trained["parameters"], trained["seed"]) == ("letters", "general", "trained", None)
    assert (trained["distribution"], trained["distribution_options"], trained["temperature"]) == ("softmax", {}, 2.0)
    assert trained["device"] == "cpu"
    assert trained["versions"]["torch"] == torch.__version__
    untrained = task.run(text="ab", parameters="untrained", seed=7).provenance
    assert (untrained["weights_sha256"], untrained["seed"]) == (None, 7)


def test_key_mask_takes_keys_out(task):
    for key_mask in ([True, False, True], [[True, False, True]], np.array([True, False, True])):
        result = task.run(text="abc", key_mask=key_mask)
        assert result.weights[0, 1] == 0
        assert result.weights.sum() == pytest.approx(1)
        assert result.key_mask.tolist() == [[True, False, True]]


def test_a_batch_of_every_kind_keeps_its_order(task):
    items = [
        {"text": "abc"},
        {"text": "q", "score": "additive", "parameters": "untrained", "seed": 3},
        {"text": "hello", "key_mask": [True, True, False, True, True]},
        {"text": "zz", "distribution": "top_k", "distribution_options": {"k": 1}},
        {"text": "long " * 9, "temperature": 0.1},
    ] * 5  # more than are encoded together
    for together, item in zip(task.run_batch(items), items, strict=True):
        alone = task.run(**item)
        assert together.key_labels == tuple(item["text"])
        assert together.provenance == alone.provenance
        for name in ("energies", "weights", "query", "key", "value", "context"):
            np.testing.assert_allclose(getattr(together, name), getattr(alone, name), atol=1e-5, err_msg=name)
        assert together.output["probabilities"]["any"] == pytest.approx(alone.output["probabilities"]["any"], abs=1e-5)


def test_an_empty_batch(task):
    assert task.run_batch([]) == []


def test_other_settings_need_no_other_encoding(task):
    from attention_core.tasks.task import Settings

    encoding = task.encode(text="abc")
    results = task.run_encoded([(encoding, Settings(temperature=temperature)) for temperature in (1.0, 0.5)])
    assert task.model.encoded == 1
    np.testing.assert_allclose(results[1].weights, task.run(text="abc", temperature=0.5).weights, rtol=1e-6)


def test_untrained_parameters_are_the_seeds(task):
    def weights(seed):
        return task.run(text="abc", parameters="untrained", seed=seed, score="additive").weights

    first = weights(1)
    state = torch.random.get_rng_state()
    assert not np.array_equal(first, weights(2))
    for seed in range(3, 40):  # more than are kept
        weights(seed)
    np.testing.assert_array_equal(first, weights(1))
    assert torch.equal(state, torch.random.get_rng_state())


def test_seeds_hold_where_many_threads_draw(models):
    class SlowModel(LetterModel):
        def build_head(self, score):
            time.sleep(0.002)  # long enough for another thread to seed the generator anew
            return super().build_head(score)

    spec = dataclasses.replace(SPEC, model=SlowModel)
    tasks = [Task(spec, torch.device("cpu"), Checkpoints("letters", models)) for _ in range(2)]

    def weights(seed):
        return tasks[seed % 2].run(text="abc", parameters="untrained", seed=seed // 2, score="additive").weights.tolist()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(weights, range(64)))
    assert found[0::2] == found[1::2]
    assert len({str(each) for each in found}) == 32


def refusal(error, call):
    with pytest.raises(error) as refused:
        call()
    return str(refused.value)


def test_a_score_function_without_checkpoint_is_refused(task):
    assert not task.is_trained("additive")
    assert refusal(InputError, lambda: task.run(text="a", score="additive")) == (
        "Parameters must be untrained for additive: there are no trained ones for the task letters. "
        "Choose untrained parameters, or another score function."
    )


def test_a_file_that_is_not_the_cards_is_refused(task):
    path = task.checkpoints.folder / "general.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    assert refusal(RuntimeError, lambda: task.run(text="a")) == (
        "general.safetensors must have the sha256 in its card, got another. Restore the file or train again."
    )


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "letters must be given text, got nothing."),
        ({"text": "a", "image": 1}, "letters must be given text, got image and text."),
    ],
)
def test_inputs_are_those_declared(task, given, sentence):
    assert refusal(InputError, lambda: task.run(**given)) == sentence
    assert refusal(InputError, lambda: task.run_batch([given])) == sentence


def test_an_optional_input_may_be_left_out_and_options_are_told(models):
    class Model(LetterModel):
        def encode(self, inputs):
            return [self._encoding(given["text"] + given.get("more", "")) for given in inputs]

    spec = dataclasses.replace(
        SPEC,
        inputs=(*SPEC.inputs, TextInput("more", "", "", optional=True)),
        options=(Option("beam", "", 4, "", minimum=1, maximum=8),),
        model=Model,
    )
    task = Task(spec, torch.device("cpu"), Checkpoints("letters", models))
    assert task.run(text="ab").key_labels == task.run(text="ab", more=None).key_labels == ("a", "b")
    assert task.run(text="ab", more="c").key_labels == ("a", "b", "c")
    assert task.run(text="ab").provenance["options"] == {"beam": 4}
    together = task.run_batch([{"text": "ab", "beam": 2}, {"text": "ab"}, {"text": "c", "beam": 2}])
    assert [result.provenance["options"]["beam"] for result in together] == [2, 4, 2]
    assert refusal(InputError, lambda: task.run(more="c")) == "letters must be given text (and more, if you like), got more."
    assert refusal(ValueError, lambda: task.run(text="a", beam=9)) == "beam must be a whole number from 1 to 8, got 9."


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"parameters": "new"}, "parameters must be one of trained, untrained, got 'new'."),
        ({"parameters": "untrained", "seed": -1}, "seed must be a whole number from 0 to 4294967295, got -1."),
        ({"parameters": "untrained", "seed": 1.5}, "seed must be a whole number from 0 to 4294967295, got 1.5."),
        ({"parameters": "untrained", "seed": 2**32}, "seed must be a whole number from 0 to 4294967295, got 4294967296."),
        ({"temperature": 0}, "temperature must be a finite number above 0, got 0."),
        ({"key_mask": [1, 0]}, "key_mask must be boolean of shape (2,) or (1, 2), got torch.int64 of shape (2,)."),
        ({"key_mask": [True]}, "key_mask must be boolean of shape (2,) or (1, 2), got torch.bool of shape (1,)."),
    ],
)
def test_settings_outside_their_range_are_refused(task, given, sentence):
    assert refusal(ValueError, lambda: task.run(text="ab", **given)) == sentence


def test_the_models_own_refusal_comes_through(task):
    assert refusal(InputError, lambda: task.run(text="")) == "The text must not be empty."


def test_a_task_that_was_never_trained_has_an_empty_card(tmp_path):
    assert Task(SPEC, torch.device("cpu"), Checkpoints("letters", tmp_path)).card == {}


def test_the_head_that_all_visitors_share_is_itself_while_it_computes(task):
    """In float64, but never the head's own parameters: another thread computes with them at the same moment."""
    head, seen = task.head("general"), []
    head.score.register_forward_pre_hook(lambda copy, given: seen.append((copy is head.score, copy.W.dtype, head.score.W.dtype)))
    task.run(text="cat")
    assert seen == [(False, torch.float64, torch.float32)]


SETTINGS = [
    {"score": score, "parameters": parameters, "seed": seed, "distribution": distribution, "temperature": temperature}
    for score, parameters, seed in (
        ("general", "trained", 0), ("general", "untrained", 1), ("general", "untrained", 2), ("additive", "untrained", 1),
    )
    for distribution, temperature in (("softmax", 1.0), ("sparsemax", 0.2))
]  # fmt: skip


def test_an_input_used_again_gives_what_a_new_one_gives(task):
    used = task.encode(text="abcd")
    for own in [*SETTINGS, *SETTINGS[::-1]]:
        mask = [True, own["seed"] == 0, True, True]
        again = task.run_encoded([(used, Settings(**own, key_mask=mask))])[0]
        new = task.run(text="abcd", key_mask=mask, **own)
        np.testing.assert_array_equal(again.weights, new.weights)
        np.testing.assert_array_equal(again.energies, new.energies)
        assert again.output == new.output


def test_energies_are_found_once_and_only_for_the_very_keys(task, monkeypatch):
    used, found = task.encode(text="abc"), []
    score = task._scored
    monkeypatch.setattr(task, "_scored", lambda *given: found.append(1) or score(*given))
    results = [task.run_encoded([(used, Settings(temperature=own))])[0] for own in (1.0, 0.5, 2.0)]
    assert len(found) == 1
    assert not np.array_equal(results[0].weights, results[1].weights)
    other = dataclasses.replace(used, key=2 * used.key)
    assert not np.array_equal(task.run_encoded([(other, Settings())])[0].energies, results[0].energies)


def test_results_of_one_input_share_its_arrays_and_nobody_may_change_them(task):
    used = task.encode(text="ab")
    first, second = (task.run_encoded([(used, Settings(parameters=own))])[0] for own in ("trained", "untrained"))
    assert first.key is second.key is first.value
    assert first.query is second.query
    with pytest.raises(ValueError, match="read-only"):
        first.key[0, 0] = 1
