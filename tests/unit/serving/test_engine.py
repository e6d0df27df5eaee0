"""The engine's side: what fails fails alone, no path is opened, and one that hangs does not pass for well."""

import threading

import pytest
import torch

from attention_core import load_task
from attention_core.serving import wire
from attention_core.serving.engine import Engine
from attention_core.serving.wire import DONE, FAILED, INPUT, OTHERS, VALUE

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def engine():
    return Engine(load_task("sentiment", "cpu"))


def asked(engine, **given):
    return wire.pack({"weights": wire.weights_of(engine.task.checkpoints), "given": given})


def test_what_fails_fails_alone(engine):
    good = asked(engine, text="A warm film.")
    requests = [
        ("run", good),
        ("run", asked(engine, text="")),
        ("run", asked(engine, text="A film.", temperature=0)),
        ("encode", good),
        ("run", b"no request"),
        ("run", wire.pack({"weights": "others", "given": {}})),
        ("close", good),
        ("run", asked(engine, text="A film.", distribution_options=3)),
        ("run", good),
    ]
    answers = engine.answer(requests)
    assert [answer.kind for answer in answers] == [DONE, INPUT, VALUE, DONE, FAILED, OTHERS, FAILED, FAILED, DONE]
    assert answers[0].content == answers[-1].content
    assert wire.unpack_encoding(answers[3].content, CPU).key_labels == engine.task.encode(text="A warm film.").key_labels


def test_those_that_come_together_are_computed_together(engine, monkeypatch):
    seen, whole = [], engine.task.model.encode
    monkeypatch.setattr(engine.task.model, "encode", lambda inputs: seen.append(len(inputs)) or whole(inputs))
    engine.answer([("run", asked(engine, text="A film.")), ("run", asked(engine, text="A long film.", score="cosine"))])
    assert seen == [2]


def test_an_error_is_logged_without_its_words(engine, monkeypatch, caplog):
    def fail(inputs):
        raise RuntimeError("my diary")

    monkeypatch.setattr(engine.task.model, "encode", fail)
    (answer,) = engine.answer([("encode", asked(engine, text="my diary"))])
    assert (answer.kind, answer.content) == (FAILED, b"RuntimeError")
    assert "RuntimeError" in caplog.text
    assert "diary" not in caplog.text.replace('RuntimeError("my diary")', "")  # the line of code that raised it


@pytest.mark.parametrize("path", ["assets/examples/digits-five.wav", "none.wav"])
def test_no_path_from_elsewhere_is_opened(path):
    engine = Engine(load_task("speech", "cpu"))
    assert engine.answer([("encode", asked(engine, recording=path))])[0].kind == FAILED


def test_it_is_well_where_it_computes(engine, monkeypatch):
    monkeypatch.setattr(engine, "_proven", -1e9)
    engine.check()
    monkeypatch.setattr(engine.task, "run_batch", lambda items: pytest.fail("It was computed just now."))
    engine.check()


def test_it_is_not_well_where_it_fails_or_hangs(engine, monkeypatch):
    monkeypatch.setattr(engine, "_proven", -1e9)
    engine.answer([("run", b"no request")])  # an answer that proves nothing
    monkeypatch.setattr(engine.task, "run_batch", lambda items: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        engine.check()
    is_over = threading.Event()
    with engine._turn:  # as while a batch is computed
        waiting = threading.Thread(target=lambda: (engine.check(), is_over.set()), daemon=True)
        monkeypatch.setattr(engine, "_proven", 1e12)
        waiting.start()
        assert not is_over.wait(0.1)
    waiting.join()
    assert is_over.is_set()
