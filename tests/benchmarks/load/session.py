"""One visitor's page, which says and keeps what Streamlit's frontend would.

Like that, it learns the controls from what the server sends, sends the state of all of them with every rerun, reruns only the
fragment that a control stands in, follows the address, and puts a file where the server tells it to. It does not fetch the
frontend's own files, draw, or rerun a fragment by itself at an interval.
"""

import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.state.common import user_key_from_element_id

from tests.benchmarks.load.widgets import names, untouched
from tests.benchmarks.load.wire import LoadError, Wire

FIGURE = "attention"  # the key of the main figure
DONE_IN_PART = ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY


@dataclass
class Answer:
    """What came back for one rerun: when, which elements, and what the main figure was packed from (see `element.pack`)."""

    began: float
    ended: float = 0.0
    kinds: list[str] = field(default_factory=list)
    heatmaps: list[str] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    packed: bytes = b""

    @property
    def seconds(self) -> float:
        return self.ended - self.began

    @property
    def figure(self) -> tuple[dict[str, Any], bytes]:
        """What the main figure says, and its weights as they travelled; ({}, b"") without one."""
        if not self.packed:
            return {}, b""
        start = 4 + int.from_bytes(self.packed[:4], "little")
        header = json.loads(self.packed[4:start])
        return header, self.packed[start : start + 4 * header["sizes"][0]]


class Session:
    """A page of the app at `address` (ws://host:port), whose answers must come within `patience` seconds."""

    def __init__(self, address: str, patience: float) -> None:
        self.wire = Wire(address, patience)
        self.query = self.page = self.main = self.id = ""
        self.pages: dict[str, str] = {}  # by title
        self.controls: dict[str, Any] = {}  # by the key that the app gave
        self.states: dict[str, WidgetState] = {}  # by the server's name, as are the next two
        self.fragments: dict[str, str] = {}
        self.scripts: dict[str, str] = {}

    async def open(self, query: str) -> Answer:
        """Connect, and draw the page at that address."""
        began = time.perf_counter()
        self.query = query
        await self.wire.open()
        return await self._rerun(began)

    async def close(self) -> None:
        await self.wire.close()

    async def choose(self, key: str, option: str) -> Answer:
        """Choose from a row of buttons or on a scale."""
        own = self._state(key)
        own.string_array_value.data[:] = [option]
        return await self._rerun(time.perf_counter(), self.fragments[own.id])

    async def type(self, key: str, text: str) -> Answer:
        """Type a text and leave the box."""
        own = self._state(key)
        own.string_value = text
        return await self._rerun(time.perf_counter(), self.fragments[own.id])

    async def go(self, title: str) -> Answer:
        """Go to another page: only controls that are on every page come along, and the address is empty at first."""
        self.query, self.page = "", self.pages[title]
        self.states = {own: state for own, state in self.states.items() if self.scripts[own] == self.main}
        return await self._rerun(time.perf_counter())

    async def upload(self, key: str, name: str, content: bytes, kind: str) -> Answer:
        """Give a file, in place of the last one."""
        own, began = self._state(key), time.perf_counter()
        request = BackMsg()
        request.file_urls_request.request_id, request.file_urls_request.session_id = str(uuid.uuid4()), self.id
        request.file_urls_request.file_names.append(name)
        await self.wire.send(request)
        while (message := await self.wire.receive(began)).WhichOneof("type") != "file_urls_response":
            pass
        if not message.file_urls_response.file_urls:
            raise LoadError("upload failed", message.file_urls_response.error_msg)
        urls = message.file_urls_response.file_urls[0]
        for old in own.file_uploader_state_value.uploaded_file_info:
            await self.wire.request("DELETE", old.file_urls.delete_url)
        await self.wire.request("PUT", urls.upload_url, files={"file": (name, content, kind)})
        own.file_uploader_state_value.Clear()
        own.file_uploader_state_value.uploaded_file_info.add(name=name, size=len(content), file_id=urls.file_id, file_urls=urls)
        return await self._rerun(began, self.fragments[own.id])

    def options(self, key: str) -> list[str]:
        """What there is to choose from."""
        return names(self._control(key))

    def chosen(self, key: str) -> list[str]:
        """What is chosen there."""
        return list(self._state(key).string_array_value.data)

    def find(self, start: str) -> str:
        """The key of the first control on the page whose key starts so."""
        return next((key for key in self.controls if key.startswith(start)), start)

    def _control(self, key: str) -> Any:
        if key not in self.controls:
            raise LoadError("missing control", f"{key} is not on the page")
        return self.controls[key]

    def _state(self, key: str) -> WidgetState:
        own = self._control(key)
        if own.id not in self.states:
            raise LoadError("missing control", f"{key} has no state")
        return self.states[own.id]

    async def _rerun(self, began: float, fragment: str = "") -> Answer:
        request = BackMsg()
        own = request.rerun_script
        own.query_string, own.page_script_hash, own.fragment_id = self.query, self.page, fragment
        own.widget_states.widgets.extend(self.states.values())
        own.cached_message_hashes.extend(self.wire.kept)
        own.context_info.timezone, own.context_info.locale, own.context_info.color_scheme = "UTC", "en-GB", "light"
        own.context_info.url = f"{self.wire.host}/"
        await self.wire.send(request)
        answer, drawn = Answer(began), set()
        while True:
            message = await self.wire.receive(began)
            kind = message.WhichOneof("type")
            if kind == "new_session":
                drawn.clear()
                self.id, self.main = message.new_session.initialize.session_id or self.id, message.new_session.main_script_hash
                self.wire.longest = message.new_session.config.max_cached_message_age
            elif kind == "navigation":
                self.page = message.navigation.page_script_hash
                self.pages = {each.page_name: each.page_script_hash for each in message.navigation.app_pages}
            elif kind == "page_info_changed":
                self.query = message.page_info_changed.query_string
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                self._draw(message, answer, drawn)
            elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                answer.ended = time.perf_counter()
                self._end(message.script_finished, fragment, drawn, answer)
                return answer

    def _draw(self, message: ForwardMsg, answer: Answer, drawn: set[str]) -> None:
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        own = getattr(element, kind)
        answer.kinds.append(kind)
        if kind == "exception":
            answer.problems.append(("exception", f"{own.type}: {own.message}"[:200]))
        elif kind == "alert" and own.format == own.ERROR:
            answer.problems.append(("error shown", own.body[:200]))
        elif kind == "plotly_chart" and '"heatmap"' in own.spec:
            answer.heatmaps.append(own.spec)
        if not getattr(own, "id", ""):
            return
        key = user_key_from_element_id(own.id) or own.id
        if kind == "bidi_component" and key == FIGURE:
            answer.packed = own.bytes
        drawn.add(own.id)
        self.controls[key] = own
        self.fragments[own.id], self.scripts[own.id] = message.delta.fragment_id, message.metadata.active_script_hash
        if (own.id not in self.states or getattr(own, "set_value", False)) and (state := untouched(kind, own)):
            self.states[own.id] = state

    def _end(self, status: int, fragment: str, drawn: set[str], answer: Answer) -> None:
        """Forget what the run did not draw again, and say so if it did not come to its end."""
        if status not in (ForwardMsg.FINISHED_SUCCESSFULLY, DONE_IN_PART):
            answer.problems.append(("script not finished", ForwardMsg.ScriptFinishedStatus.Name(status)))
        of_run = fragment if status == DONE_IN_PART else None
        gone = {own for own, of in self.fragments.items() if own not in drawn and of_run in (None, of)}
        for own in gone:
            self.states.pop(own, None)
            del self.fragments[own], self.scripts[own]
        self.controls = {key: own for key, own in self.controls.items() if own.id not in gone}
        self.wire.finish(of_run)
