"""A task whose slow part an engine computes, asked over HTTP: whoever runs it knows no difference."""

import logging
import os
import random
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
import urllib3

from attention_core.encoders.handed_in import content_of
from attention_core.errors import EngineError, InputError
from attention_core.loading import load_result
from attention_core.results import TaskResult
from attention_core.serving import wire
from attention_core.serving.wire import DONE, INPUT, MARK, OTHERS, VALUE
from attention_core.specs import TaskSpec
from attention_core.tasks.checkpoints import Checkpoints
from attention_core.tasks.encoding import Encoding
from attention_core.tasks.task import ENCODED_TOGETHER, Task

ADDRESS = "http://127.0.0.1:8000"  # where Ray Serve listens if not told otherwise
SECONDS = 60.0  # that a request may take, tries and pauses together
PATIENCE, CONNECTING = 20.0, 10.0  # seconds for the first try's answer, and to be connected and take the request
LATE = b"no answer in time"
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0  # seconds between tries
SAME = "Both must be of one version"
AT_ONCE = 8  # inputs a process has at the engine, so that there are some to compute together
log = logging.getLogger(__name__)
_connections = urllib3.PoolManager(maxsize=4 * ENCODED_TOGETHER)


def engine_address() -> str:
    """Where the engine answers: ATTENTION_ENGINE_ADDRESS, such as http://engine:8000. Raises ValueError for another."""
    given = os.environ.get("ATTENTION_ENGINE_ADDRESS", "").strip() or ADDRESS
    try:
        url = urllib3.util.parse_url(given)
        fits = url.scheme in ("http", "https") and url.host and not (url.auth or url.query or url.fragment)
    except urllib3.exceptions.LocationParseError:
        fits = False
    if not fits:
        raise ValueError(f"ATTENTION_ENGINE_ADDRESS must be like {ADDRESS}, got {given!r}. Correct it.")
    return given.rstrip("/")


class Client:
    """Asks until there is an answer: again after a pause where nothing, or no engine, answers, or one for too long.

    Asking twice does no harm, as a request changes nothing. After a request that had no answer in all its time, the next ones
    are tried once only, until there is an answer again: whoever waits behind each other would wait for all of them.

    Args:
        task: Whose engine it is.
        address: Where it answers.
        seconds: How long a request may take.
        patience: How long a try may take; after one that took longer twice as long, since all may be slow.
    """

    def __init__(self, task: str, address: str, seconds: float = SECONDS, patience: float = PATIENCE) -> None:
        self.task, self.url, self.seconds, self.patience = task, f"{address}/{task}", seconds, patience
        self._is_down = False

    def ask(self, call: str, body: bytes) -> bytes:
        """What the engine makes of it.

        Raises:
            InputError, ValueError: what the call raises there.
            EngineError: there was no answer, or none that can be used.
        """
        end, pause, patience = time.monotonic() + self.seconds, FIRST_PAUSE, self.patience
        while True:
            kind, content = self._try(call, body, end, patience)
            if kind is not None:
                break
            if content == LATE:
                patience *= 2
            own_pause = pause * random.uniform(0.5, 1)  # so that those who failed together do not come again together
            if self._is_down or time.monotonic() + own_pause >= end:
                self._is_down = True
                raise self.error("answer", content.decode(), "Try again in a moment")
            time.sleep(own_pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        self._is_down = False
        if kind == DONE:
            return content
        sentence = content.decode("utf-8", "surrogatepass")
        if kind in (INPUT, VALUE):
            raise {INPUT: InputError, VALUE: ValueError}[kind](sentence)
        if kind == OTHERS:
            raise self.error("have the weights that are here", "others", SAME)
        raise self.error("compute this", f"{sentence[:40]} in it", "Its log says more")

    def error(self, what: str, got: str, remedy: str) -> EngineError:
        """What to raise, logged."""
        error = EngineError(f"The engine of the task {self.task} must {what}, got {got}. {remedy}.")
        told = {"address": self.url, "got": got}
        log.error("An engine gave no answer that can be used.", exc_info=error, extra={"told": told})
        return error

    def _try(self, call: str, body: bytes, end: float, patience: float) -> tuple[str | None, bytes]:
        """What an answer is and its content; None and what was got instead where no engine answered."""
        left = max(end - time.monotonic(), 0.01)
        timeout = urllib3.Timeout(connect=min(CONNECTING, left), read=min(patience, left))
        try:
            response = _connections.request(
                "POST", f"{self.url}/{call}", body=body, retries=False, redirect=False, preload_content=False, timeout=timeout
            )
            try:
                kind = response.headers.get(MARK)
                if kind is None:
                    return None, f"HTTP {response.status}".encode()
                content = bytearray()
                for chunk in response.stream(2**18, decode_content=False):
                    content += chunk
                    if len(content) > wire.LARGEST:
                        raise self.error("answer as it is asked", "too much", SAME)
                    if time.monotonic() > end:
                        return None, LATE
                return kind, bytes(content)
            finally:
                response.close()  # the connection, too, unless all was read
        except urllib3.exceptions.ReadTimeoutError:
            return None, LATE
        except urllib3.exceptions.HTTPError:
            return None, b"no connection"


class EngineTask(Task):
    """A task that asks an engine to encode and to run; what is made of an encoded input, and every head, is computed here."""

    at_once, asks_another = AT_ONCE, True

    def __init__(self, spec: TaskSpec, device: torch.device, checkpoints: Checkpoints | None = None) -> None:
        super().__init__(spec, device, checkpoints)
        self._client = Client(spec.name, engine_address())

    def encode_batch(self, items: Sequence[Mapping[str, Any]]) -> list[Encoding]:
        """Many calls of `encode` together. Raises EngineError besides."""
        return _each(self._encoded, [self._checked(inputs) for inputs in items])

    def run_batch(self, items: Sequence[Mapping[str, Any]]) -> list[TaskResult]:
        """Many calls of `run` together, each computed by the engine as a whole. Raises EngineError besides."""
        for given in items:
            self._checked(self._sorted(given)[0])
        return _each(self._run, items)

    def _encoded(self, inputs: Mapping[str, Any]) -> Encoding:
        content = self._ask("encode", inputs)
        try:
            return wire.unpack_encoding(content, self.device)
        except wire.WireError:
            raise self._client.error("answer as it is asked", "something else", SAME) from None

    def _run(self, given: Mapping[str, Any]) -> TaskResult:
        content = self._ask("run", given)
        try:
            return load_result(content)
        except InputError:
            raise self._client.error("answer as it is asked", "something else", SAME) from None

    def _ask(self, call: str, given: Mapping[str, Any]) -> bytes:
        sent = {name: self._sent(name, value) for name, value in given.items()}
        try:
            body = wire.pack({"weights": wire.weights_of(self.checkpoints), "given": sent})
        except TypeError as error:
            raise InputError(f"{error} Give it as one of these.") from None
        return self._client.ask(call, body)

    def _sent(self, name: str, value: Any) -> Any:
        """The value as it travels: of a path the file's content, of a mask an array."""
        if name == "key_mask" and value is not None:
            return np.asarray(value)
        declared = next((own for own in self.spec.inputs if own.name == name and own.is_file), None)
        if declared is None or not isinstance(value, str | os.PathLike):
            return value
        if declared.kind == "file" and isinstance(value, str) and "\n" in value:  # its text
            return value.encode("utf-8", "surrogatepass")
        return content_of(value, declared.thing, "a path or bytes", declared.megabytes * 10**6, declared.remedy)


def _each(call: Any, items: Sequence[Any]) -> list[Any]:
    """The call's answers, several asked at a time; after an error the rest is not asked."""
    if len(items) < 2:
        return [call(given) for given in items]
    with ThreadPoolExecutor(min(len(items), ENCODED_TOGETHER)) as pool:
        return list(pool.map(call, items))
