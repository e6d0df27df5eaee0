"""A task at an engine: the numbers of this process, and its errors."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from attention_core import InputError, load_task, task_names, task_spec
from attention_core.errors import EngineError
from attention_core.library import engine, example_inputs
from attention_core.serving.client import EngineTask
from attention_core.serving.engine import Engine
from attention_core.tasks.settings import Settings
from attention_core.tasks.task import Task
from tests.engines import answering, served
from tests.results import assert_same

CPU = torch.device("cpu")


class Headless:
    """A task's model that cannot encode: whoever does so asks the engine."""

    def __init__(self, model):
        self._model = model

    def __getattr__(self, name):
        assert name != "encode"
        return getattr(self._model, name)


@pytest.fixture(scope="module")
def engines():
    return {}


@pytest.fixture(scope="module")
def address(engines):
    with served(answering(engines)) as own:
        yield own


@pytest.fixture
def both(engines, address, monkeypatch):
    """Makes the task computed here and the one that asks an engine, by name."""

    def make(name):
        if name not in engines:
            engines[name] = Engine(Task(task_spec(name), CPU))
        here = engines[name].task
        monkeypatch.setenv("ATTENTION_ENGINE_ADDRESS", address)
        return here, EngineTask(replace(here.spec, model=lambda device: Headless(here.model)), CPU)

    return make


@pytest.mark.parametrize("name", task_names())
def test_an_engine_gives_the_numbers_of_this_process(both, name):
    here, there = both(name)
    inputs = example_inputs(here.spec, here.spec.examples[0])
    encoded = there.encode(**inputs)
    settings = Settings(score="additive", temperature=0.5)
    assert_same(there.run_encoded([(encoded, settings)])[0], here.run_encoded([(here.encode(**inputs), settings)])[0])
    assert_same(there.run(**inputs, score="additive", temperature=0.5), here.run(**inputs, score="additive", temperature=0.5))


def test_what_a_page_draws_and_plays_comes_along(both):
    for name in ("speech", "action"):
        here, there = both(name)
        inputs = example_inputs(here.spec, here.spec.examples[0])
        own, back = here.encode(**inputs).signals, there.encode(**inputs).signals
        assert (back.seconds, back.spans) == (own.seconds, own.spans)
        for one, other in zip(back.panels, own.panels, strict=True):
            assert replace(one, values=None) == replace(other, values=None)
            np.testing.assert_array_equal(one.values, other.values)
        assert (back.heard is None) == (own.heard is None)


def picture(mode="RGB", side=40):
    pixels = np.random.default_rng(0).integers(0, 256, (side, side, 3)).astype(np.uint8)  # (Y, X, 3)
    return Image.fromarray(pixels).convert(mode)


INPUTS = [
    ("sentiment", {"text": "A warm film.", "key_mask": [True, True, False, True, True, True]}),
    ("sentiment", {"text": "A warm film.", "key_mask": torch.ones(6, dtype=torch.bool), "parameters": "untrained", "seed": 7}),
    ("sentiment", {"text": ("A", "warm\ud83d", "film"), "distribution": "top_k", "distribution_options": {"k": 2}}),
    ("translation", {"text": ["I", "am", "here"], "target": "Je suis là", "score": "cosine"}),
    ("translation", {"text": "I am here.", "target": None, "beam": 2}),
    ("recommendation", {"films": ("Up (2009)", "Alien (1979)")}),
    ("caption", {"image": picture("LA")}),
    ("caption", {"image": picture("P")}),
]
REFUSED = [
    ("sentiment", {"text": ""}),
    ("sentiment", {"text": 3}),
    ("sentiment", {}),
    ("sentiment", {"text": "A film.", "image": b"none"}),
    ("sentiment", {"text": "A film.", "score": "none"}),
    ("sentiment", {"text": "A film.", "temperature": -1}),
    ("sentiment", {"text": "A film.", "temperature": float("nan")}),
    ("sentiment", {"text": "A film.", "key_mask": [1, 0]}),
    ("sentiment", {"text": "A film.", "seed": np.int64(3), "parameters": "untrained"}),
    ("translation", {"text": "I am here.", "beam": 0}),
    ("recommendation", {"films": ["None such (1900)"]}),
    ("caption", {"image": "no-such-folder/none.jpg"}),
    ("caption", {"image": b""}),
    ("caption", {"image": b"no picture"}),
    ("caption", {"image": bytes(20_000_001)}),
    ("caption", {"image": picture(side=9)}),
    ("caption", {"image": 3}),
    ("action", {"recording": "one line"}),
    ("action", {"recording": "x_acc,\n1,"}),
    ("speech", {"recording": b"no sound"}),
]


@pytest.mark.parametrize(("name", "given"), INPUTS)
def test_all_that_a_task_takes_travels(both, name, given):
    here, there = both(name)
    assert_same(there.run(**given), here.run(**given))


@pytest.mark.parametrize(("name", "given"), REFUSED)
def test_an_error_comes_back_as_it_is_here(both, name, given):
    here, there = both(name)
    with pytest.raises(ValueError) as own:
        here.run(**given)
    with pytest.raises(ValueError) as back:
        there.run(**given)
    assert (type(back.value), str(back.value)) == (type(own.value), str(own.value))


def test_a_file_that_is_too_large_is_refused_before_it_travels(both, tmp_path):
    path = tmp_path / "large.wav"
    with path.open("wb") as file:
        file.truncate(12_100_000)
    here, there = both("speech")
    for task in (here, there):
        with pytest.raises(InputError) as refused:
            task.encode(recording=path)
        assert str(refused.value) == "The recording must be at most 12 MB, got 12.1 MB. Cut out a part and try again."


def test_what_cannot_travel_is_refused(both):
    with pytest.raises(InputError) as refused:
        both("sentiment")[1].run(text=object())
    assert str(refused.value) == (
        "What goes to the engine must be plain data, arrays or a picture, got object. Give it as one of these."
    )


def test_a_batch_comes_back_in_order(both):
    here, there = both("sentiment")
    items = [{"text": f"It was {word}.", "score": score} for word in ("good", "bad", "long") for score in ("general", "cosine")]
    for one, other in zip(there.run_batch(items), (here.run(**given) for given in items), strict=True):
        assert_same(one, other)
    with pytest.raises(InputError):
        there.run_batch([*items, {"text": ""}])


def test_an_engine_with_other_weights_is_not_believed(both, monkeypatch):
    there = both("sentiment")[1]
    monkeypatch.setitem(there.checkpoints.card, "seed", "another")
    with pytest.raises(EngineError) as refused:
        there.encode(text="A film.")
    assert str(refused.value) == (
        "The engine of the task sentiment must have the weights that are here, got others. Both must be of one version."
    )


def test_an_answer_of_other_bytes_is_told(both, monkeypatch):
    there = both("sentiment")[1]
    monkeypatch.setattr(there._client, "ask", lambda call, body: b"something else")
    for ask in (there.run, there.encode):
        with pytest.raises(EngineError) as told:
            ask(text="A film.")
        assert str(told.value) == (
            "The engine of the task sentiment must answer as it is asked, got something else. Both must be of one version."
        )


def test_the_engine_is_chosen_by_the_environment(monkeypatch):
    monkeypatch.delenv("ATTENTION_ENGINE", raising=False)
    assert (engine(), type(load_task("recommendation"))) == ("local", Task)
    monkeypatch.setenv("ATTENTION_ENGINE", " Ray ")
    assert (engine(), type(load_task("recommendation"))) == ("ray", EngineTask)
    monkeypatch.setenv("ATTENTION_ENGINE", "spark")
    with pytest.raises(ValueError) as refused:
        load_task("recommendation")
    assert str(refused.value) == "ATTENTION_ENGINE must be one of local, ray, got 'spark'. Unset it for local."


@pytest.mark.parametrize("address", ["engine:8000", "ftp://engine", "http://", "http://me:word@engine", "http://e/?a=1"])
def test_an_address_that_is_none_is_refused_at_the_start(monkeypatch, address):
    monkeypatch.setenv("ATTENTION_ENGINE", "ray")
    monkeypatch.setenv("ATTENTION_ENGINE_ADDRESS", address)
    with pytest.raises(ValueError) as refused:
        engine()
    assert str(refused.value) == (f"ATTENTION_ENGINE_ADDRESS must be like http://127.0.0.1:8000, got {address!r}. Correct it.")


def test_neither_engine_needs_ray_here():
    code = "import sys; sys.modules['ray'] = None; import attention_core.serving.client, attention_core.serving.engine"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
