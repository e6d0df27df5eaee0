"""The engine's side, whatever runs it: requests in, answers out, many together where they can be."""

import logging
import threading
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from attention_core.device import choose_device
from attention_core.errors import InputError
from attention_core.export import to_npz
from attention_core.library import example_inputs, task_spec
from attention_core.serving import wire
from attention_core.serving.wire import DONE, FAILED, INPUT, MARK, OTHERS, VALUE, WireError
from attention_core.tasks.task import Task

STATUS = {DONE: 200, INPUT: 422, VALUE: 422, OTHERS: 409, FAILED: 500}
PROVEN = 30.0  # seconds that an answer proves its replica to be well
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """What an engine says to one request: DONE with a result or an encoded input as bytes, or else with a sentence."""

    kind: str
    content: bytes


class Engine:
    """One task, answering what `client.EngineTask` asks.

    Args:
        task: A name of `task_names()`, or the task itself; its slow part is computed here.
    """

    def __init__(self, task: str | Task) -> None:
        self.task = Task(task_spec(task), choose_device()) if isinstance(task, str) else task
        self._weights = wire.weights_of(self.task.checkpoints)
        self._calls: Mapping[str, Callable[[Sequence[Mapping]], list[bytes]]] = {"encode": self._encode, "run": self._run}
        self._proven, self._turn = -PROVEN, threading.Lock()  # who waits in `check` for requests that hang, tells so

    def answer(self, requests: Sequence[tuple[str, bytes]]) -> list[Answer]:
        """One answer a request (its call, "encode" or "run", and its body), in order; what fails, fails alone."""
        answers: dict[int, Answer] = {}
        together: dict[str, list[tuple[int, Mapping[str, Any]]]] = {}
        with self._turn:
            for n, (call, body) in enumerate(requests):
                try:
                    given = self._given(call, body)
                except Exception as error:
                    answers[n] = _refusal(error)
                else:
                    together.setdefault(call, []).append((n, given))
            for call, members in together.items():
                numbers, items = zip(*members, strict=True)
                answers.update(zip(numbers, self._computed(call, items), strict=True))
            if any(answer.kind == DONE for answer in answers.values()):
                self._proven = time.monotonic()
        return [answers[n] for n in range(len(requests))]

    def check(self) -> None:
        """Computes a heatmap, unless something was computed just now. Raises if its rows do not sum to 1."""
        with self._turn:
            if time.monotonic() - self._proven < PROVEN:
                return
            spec = self.task.spec
            weights = self.task.run(**example_inputs(spec, spec.examples[0])).weights
            if not np.allclose(weights.sum(-1), 1, atol=1e-4):
                raise RuntimeError("The rows of a heatmap must sum to 1, and do not.")
            self._proven = time.monotonic()

    def _given(self, call: str, body: bytes) -> Mapping[str, Any]:
        """The keyword arguments of a call. A path is never one: a visitor's text would open this machine's files."""
        request = wire.unpack(body)
        if call not in self._calls or not isinstance(request, Mapping) or not isinstance(request.get("given"), Mapping):
            raise WireError("The request must be made by `client.EngineTask`, got another.")
        if request.get("weights") != self._weights:
            raise OtherWeightsError
        files = {declared.name for declared in self.task.spec.inputs if declared.is_file}
        if any(isinstance(value, str) for name, value in request["given"].items() if name in files):
            raise WireError("A file must come as its bytes, got its path.")
        return request["given"]

    def _computed(self, call: str, items: Sequence[Mapping[str, Any]]) -> list[Answer]:
        try:
            return [Answer(DONE, content) for content in self._calls[call](items)]
        except Exception as error:
            if len(items) == 1:
                return [_refusal(error)]
        return [answer for given in items for answer in self._computed(call, [given])]

    def _encode(self, items: Sequence[Mapping[str, Any]]) -> list[bytes]:
        return [wire.pack_encoding(encoding) for encoding in self.task.encode_batch(items)]

    def _run(self, items: Sequence[Mapping[str, Any]]) -> list[bytes]:
        return [to_npz(result, compressed=False) for result in self.task.run_batch(items)]


class OtherWeightsError(Exception):
    """Whoever asks has other weights than this engine, so that what both compute would not fit together."""


async def respond(request: Request, answer: Callable[[tuple[str, bytes]], Awaitable[Answer]]) -> Response:
    """The response to one request: its call is the last part of its path.

    Args:
        request: At most 256 MB.
        answer: `Engine.answer` for one request, however it is gathered with others.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > wire.LARGEST:
            return Response(status_code=413)
    given = await answer((request.url.path.rsplit("/", 1)[-1], bytes(body)))
    return Response(given.content, STATUS[given.kind], {MARK: given.kind}, "application/octet-stream")


def _refusal(error: Exception) -> Answer:
    if isinstance(error, InputError):
        return Answer(INPUT, str(error).encode("utf-8", "surrogatepass"))
    if isinstance(error, ValueError):
        return Answer(VALUE, str(error).encode("utf-8", "surrogatepass"))
    if isinstance(error, OtherWeightsError):
        return Answer(OTHERS, b"")
    # The type and where it happened; the error's own words may hold what a visitor entered.
    log.error("A request failed: %s\n%s", type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))
    return Answer(FAILED, type(error).__name__.encode())
