"""What whoever runs the lab is told: readiness, log lines, measures."""

import asyncio
import hashlib
import io
import json
import logging

import numpy as np
import pytest
from prometheus_client import REGISTRY

from app.operations import admission, log
from app.operations.readiness import NOT_YET, Readiness
from attention_core import InputError, weights
from attention_core.tasks.checkpoints import MODELS


def even():
    return np.full((2, 4), 0.25)


@pytest.fixture
def model(tmp_path):
    (tmp_path / "find").mkdir()
    path = tmp_path / "find" / "general.safetensors"
    path.write_bytes(b"weights")
    return path


@pytest.fixture
def readiness(model):
    ready = Readiness(lambda: {model: hashlib.sha256(b"weights").hexdigest(), model.parent: None}, even)
    ready.warm_up()
    return ready


def test_it_is_ready_once_a_heatmap_is_computed_and_every_file_is_as_it_must_be(model, readiness):
    assert Readiness(dict, even).problems() == [NOT_YET]
    assert readiness.problems() == []
    model.write_bytes(b"others!")
    assert readiness.problems() == ["find/general.safetensors must have the sha256 in its card, and has another."]
    model.unlink()
    assert readiness.problems() == ["find/general.safetensors is missing."]
    model.write_bytes(b"weights")
    assert readiness.problems() == []


def test_a_file_is_read_again_only_when_it_changed(model, readiness, monkeypatch):
    assert readiness.problems() == []
    monkeypatch.setattr(type(model), "read_bytes", lambda path: pytest.fail("It was read again."))
    assert readiness.problems() == []


@pytest.mark.parametrize(
    ("heatmap", "problem"),
    [
        (lambda: np.ones((2, 4)), "The rows of the first heatmap must sum to 1, and do not."),
        (lambda: np.full((1, 2), np.nan), "The rows of the first heatmap must sum to 1, and do not."),
        (lambda: np.ones((0, 0)), "The rows of the first heatmap must sum to 1, and do not."),
        (lambda: {}["secret"], "The first heatmap could not be computed: KeyError."),
    ],
)
def test_a_heatmap_that_is_none_is_a_problem(heatmap, problem):
    ready = Readiness(dict, heatmap)
    ready.warm_up()
    assert ready.problems() == [problem]
    answer = ready.readyz(None)
    assert answer.status_code == 503
    assert json.loads(answer.body) == {"ready": False, "problems": [problem]}


def test_an_engine_that_comes_later_is_waited_for():
    answers = [InputError("The engine must answer."), even()]

    def heatmap():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    ready = Readiness(dict, heatmap, (InputError,))
    assert not ready.warm_up()
    assert ready.problems() == ["The first heatmap could not be computed: InputError. The engine must answer."]
    assert ready.warm_up()
    assert ready.problems() == []


def test_every_file_of_weights_that_comes_along_is_watched():
    found = weights.weight_files()
    assert {path for path, sha256 in found.items() if sha256 and MODELS in path.parents} >= set(MODELS.rglob("*.safetensors"))
    for path, sha256 in found.items():
        assert path.exists()
        if sha256:
            assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def test_a_task_without_a_card_is_missed(tmp_path):
    assert tmp_path / "sentiment" / "card.json" in weights.weight_files(tmp_path)


def lines(record):
    return json.loads(log.Line().format(record))


def test_a_line_never_holds_what_a_visitor_entered():
    record = logging.LogRecord("streamlit", logging.WARNING, "a.py", 1, "Cannot read %s\nat all", ("my diary",), None)
    assert {"level": "warning", "logger": "streamlit", "event": "Cannot read %s\nat all"}.items() <= lines(record).items()
    assert "\n" not in log.Line().format(record)
    try:
        int("my diary")
    except ValueError as error:
        record = logging.LogRecord("x", logging.ERROR, "a.py", 1, "a page failed", (), (ValueError, error, error.__traceback__))
    told = lines(record)
    assert told["error"] == "ValueError" and told["at"][0].startswith(f"{__file__}:")
    assert "diary" not in json.dumps(told)


def test_an_event_says_what_it_is_told(caplog):
    with caplog.at_level(logging.INFO):
        log.event("ready", problems=[])
    told = lines(caplog.records[-1])
    assert (told["event"], told["problems"], told["level"]) == ("ready", [], "info")


def test_an_error_is_counted_wherever_it_is_logged():
    def count():
        return REGISTRY.get_sample_value("attention_lab_errors_total", {"type": "ZeroDivisionError"}) or 0

    before, written = count(), io.StringIO()
    handler, logger = log.Counted(written), logging.Logger("app.views.playground")
    handler.setFormatter(log.Line())
    logger.addHandler(handler)
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        logger.exception("The page could not compute an input of the task %s.", "find")
        logger.warning("Not so bad.", exc_info=True)
    logger.error("Without a type.")
    assert count() == before + 1
    assert [json.loads(line).get("error") for line in written.getvalue().splitlines()] == ["ZeroDivisionError"] * 2 + [None]


@pytest.mark.parametrize(
    ("origin", "is_let_in"),
    [
        (None, True),
        ("http://lab:8501", True),
        ("https://lab.example.org", True),
        ("http://lab:8502", False),
        ("https://elsewhere.example", False),
        ("null", False),
        ("", False),
    ],
)
def test_a_page_of_this_or_of_an_allowed_origin_is_let_in(origin, is_let_in, monkeypatch):
    monkeypatch.setattr(admission.config, "get_option", {"server.corsAllowedOrigins": ["https://lab.example.org"]}.get)
    reached, sent = [], []

    async def app(scope, receive, send):
        reached.append(scope)

    async def send(message):
        sent.append(message)

    headers = {"host": "lab:8501"} | ({} if origin is None else {"origin": origin})
    scope = {"type": "websocket", "headers": [(name.encode(), value.encode()) for name, value in headers.items()]}
    asyncio.run(admission.Admission(app)(scope, None, send))
    assert (reached, [own["type"] for own in sent]) == (([scope], []) if is_let_in else ([], ["websocket.close"]))
