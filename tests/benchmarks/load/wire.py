"""One connection to a Streamlit server: messages over its WebSocket, uploads over HTTP.

As Streamlit's frontend does, it keeps large messages for the server to refer to, and forgets them after a few runs.
"""

import asyncio
import time
from typing import Any

import requests
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

COOKIE, HEADER, NO_TOKEN = "_streamlit_xsrf", "X-Xsrftoken", "PLACEHOLDER_AUTH_TOKEN"


class LoadError(Exception):
    """Something that a visitor must not meet: its kind, and what exactly."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(kind, detail)
        self.kind, self.detail = kind, detail


class Wire:
    """A connection to the app at `address` (ws://host:port), whose messages must come within `patience` seconds."""

    def __init__(self, address: str, patience: float) -> None:
        self.address, self.host, self.patience = address, address.replace("ws", "http", 1), patience
        self.http, self.socket = requests.Session(), None
        self.kept: dict[str, tuple[ForwardMsg, int]] = {}  # by hash: a message, and the run in which it was used last
        self.runs, self.longest = 0, 2  # runs so far, and for how many a message is kept

    async def open(self) -> None:
        """Fetch the cookie that uploads need, and connect."""
        try:
            await asyncio.to_thread(self.http.get, f"{self.host}/_stcore/health", timeout=self.patience)
            self.socket = await connect(
                f"{self.address}/_stcore/stream",
                subprotocols=["streamlit", self.http.cookies.get(COOKIE, NO_TOKEN)],
                max_size=None,
                open_timeout=self.patience,
                ping_interval=None,  # a browser sends none
                proxy=None,
            )
        except (OSError, TimeoutError, WebSocketException) as error:  # those of requests are OSErrors
            raise LoadError("no connection", f"{type(error).__name__} {error}") from error

    async def close(self) -> None:
        if self.socket is not None:
            await self.socket.close()
        self.http.close()

    async def send(self, request: BackMsg) -> None:
        try:
            await self.socket.send(request.SerializeToString())
        except WebSocketException as error:
            raise LoadError("lost connection", f"{type(error).__name__} {error}") from error

    async def receive(self, began: float) -> ForwardMsg:
        """The next message, or the one kept that it refers to, if it comes in time after `began`."""
        try:
            async with asyncio.timeout(self.patience - (time.perf_counter() - began)):
                message = ForwardMsg.FromString(await self.socket.recv())
        except TimeoutError as error:
            raise LoadError("no answer in time", f"within {self.patience:g} s") from error
        except WebSocketException as error:
            raise LoadError("lost connection", f"{type(error).__name__} {error}") from error
        if message.WhichOneof("type") == "ref_hash":
            if message.ref_hash not in self.kept:
                raise LoadError("unknown reference", message.ref_hash)
            found = self.kept[message.ref_hash][0]
            found.metadata.CopyFrom(message.metadata)
            self.kept[message.ref_hash] = (found, self.runs)
            return found
        if message.metadata.cacheable:
            self.kept[message.hash] = (message, self.runs)
        return message

    def finish(self, fragment: str | None) -> None:
        """A run has ended, of everything or of a fragment: forget messages of it that were not used for a while."""
        self.runs += 1
        for name, (message, run) in list(self.kept.items()):
            if fragment in (None, message.delta.fragment_id) and self.runs - run > self.longest:
                del self.kept[name]

    async def request(self, method: str, url: str, **more: Any) -> None:
        """Ask the server over HTTP, as the frontend does when it puts or deletes a file."""
        headers = {HEADER: self.http.cookies.get(COOKIE, "")}
        try:
            response = await asyncio.to_thread(
                self.http.request, method, self.host + url, headers=headers, timeout=self.patience, **more
            )
        except OSError as error:
            raise LoadError("upload failed", f"{method}: {type(error).__name__} {error}") from error
        if not response.ok:
            raise LoadError("upload failed", f"{method}: {response.status_code} {response.text[:200]}")
