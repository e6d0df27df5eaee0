"""A visitor of a running app who uses no browser: speaks Streamlit's own protocol, with uploads, and keeps all that is sent."""

import urllib.request
from http.cookies import SimpleCookie

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import FileUploaderState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import connect

SECONDS = 120
COOKIE = "_streamlit_xsrf"
BORDER = "a-visitor-without-a-browser"


class Visitor:
    """One session at http://host:port; use it in a `with` block.

    Attributes:
        widgets: By the key that the app gave a control, its proto in what was sent last.
        sent: Everything that the app sent since the last call, as bytes.
    """

    def __init__(self, address):
        self.address, self.session, self.page, self.query = address, "", "", ""
        self.widgets, self.states, self.sent = {}, {}, b""

    def __enter__(self):
        with urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=SECONDS) as answer:
            self.token = SimpleCookie(answer.headers["Set-Cookie"])[COOKIE].value
        self.connection = connect(
            self.address.replace("http://", "ws://") + "/_stcore/stream", subprotocols=["streamlit"], max_size=None,
            open_timeout=SECONDS, additional_headers={"Cookie": f"{COOKIE}={self.token}"},
        )  # fmt: skip
        self.socket = self.connection.__enter__()
        return self

    def __exit__(self, *error):
        self.connection.__exit__(*error)

    def run(self, query=None):
        """Let the app draw the page with what the controls now hold, by a link at first; returns the elements that came."""
        message = BackMsg()
        message.rerun_script.query_string = self.query if query is None else query
        message.rerun_script.page_script_hash = self.page
        message.rerun_script.widget_states.widgets.extend(self.states.values())
        self._say(message)
        self.sent, elements = b"", []
        while True:
            content = self.socket.recv(timeout=SECONDS)
            self.sent += content
            message = ForwardMsg.FromString(content)
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.session = message.new_session.initialize.session_id
            if kind == "navigation":
                self.page = message.navigation.page_script_hash
            if kind == "page_info_changed":
                self.query = message.page_info_changed.query_string
            if kind == "script_finished":
                assert message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
                return elements
            if kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                own = message.delta.new_element
                elements.append(getattr(own, own.WhichOneof("type")))
                if identity := getattr(elements[-1], "id", ""):
                    self.widgets[identity.rpartition("-")[2]] = elements[-1]

    def type(self, key, text):
        """Put a text into the box of that key; `run` sends it."""
        self._hold(key, string_value=text)

    def upload(self, key, name, content):
        """Send a file to the uploader of that key; `run` tells the app of it."""
        message = BackMsg()
        message.file_urls_request.request_id, message.file_urls_request.session_id = "one", self.session
        message.file_urls_request.file_names.append(name)
        self._say(message)
        while (answer := ForwardMsg.FromString(self.socket.recv(timeout=SECONDS))).WhichOneof("type") != "file_urls_response":
            pass
        place = answer.file_urls_response.file_urls[0]
        head = f'--{BORDER}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        sent = urllib.request.Request(
            self.address + place.upload_url, head.encode() + content + f"\r\n--{BORDER}--\r\n".encode(), method="PUT",
            headers={
                "Content-Type": f"multipart/form-data; boundary={BORDER}", "X-Xsrftoken": self.token,
                "Cookie": f"{COOKIE}={self.token}",
            },
        )  # fmt: skip
        urllib.request.urlopen(sent, timeout=SECONDS).close()
        held = FileUploaderState()
        held.uploaded_file_info.add(name=name, size=len(content), file_id=place.file_id, file_urls=place)
        self._hold(key, file_uploader_state_value=held)

    def _hold(self, key, **value):
        self.states[key] = WidgetState(id=self.widgets[key].id, **value)

    def _say(self, message):
        self.socket.send(message.SerializeToString())
