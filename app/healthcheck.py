"""Whether the app draws its first page: `python app/healthcheck.py`, exit status 0 if it does.

The server answers 200 to any path and calls itself healthy while every page fails. So this opens a session as a browser does,
runs the page once, and wants a heatmap and no exception in what comes back.
"""

import os
import sys

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

SECONDS = 60  # the first session after a start loads the encoders


def problem_of(address: str) -> str | None:
    """One sentence about what is wrong with the app at ws://host:port, or None if it draws a heatmap."""
    request = BackMsg()
    request.rerun_script.query_string = ""
    heatmaps = 0
    try:
        with connect(f"{address}/_stcore/stream", subprotocols=["streamlit"], max_size=None, open_timeout=SECONDS) as session:
            session.send(request.SerializeToString())
            while True:
                message = ForwardMsg.FromString(session.recv(timeout=SECONDS))
                kind = message.WhichOneof("type")
                if kind == "script_finished":
                    break
                if kind != "delta" or message.delta.WhichOneof("type") != "new_element":
                    continue
                element = message.delta.new_element
                if element.WhichOneof("type") == "exception":
                    return "The page must draw, got an exception. The server's log has it."
                heatmaps += element.WhichOneof("type") == "plotly_chart" and b'"heatmap"' in element.SerializeToString()
    except (OSError, TimeoutError, WebSocketException) as error:
        return f"The app must answer at {address}, got {type(error).__name__}."
    if message.script_finished != ForwardMsg.FINISHED_SUCCESSFULLY:
        return f"The page must run to its end, got {ForwardMsg.ScriptFinishedStatus.Name(message.script_finished)}."
    return None if heatmaps else "The page must draw a heatmap, got none."


def main() -> None:
    port = os.environ.get("STREAMLIT_SERVER_PORT", "8501")
    problem = problem_of(sys.argv[1] if len(sys.argv) > 1 else f"ws://127.0.0.1:{port}")
    print(problem or "ok")
    sys.exit(problem is not None)


if __name__ == "__main__":
    main()
