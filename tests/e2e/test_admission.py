"""What the server refuses before it looks at it: other origins, other names, uploads without a token, too much at once."""

import base64
import contextlib
import http.client
import time
from urllib.parse import urlsplit

import pytest
import requests
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.benchmarks.load.wire import COOKIE, HEADER
from tests.browser import serving
from tests.e2e.playing import SECONDS, TEXT_TASK

PATIENCE = SECONDS / 1000
LARGEST = 20 * 1024 * 1024  # bytes of an upload


def handshake(app_url, origin, host=None):
    """The status that a page of that origin gets when it opens the WebSocket: 101 if it is let in."""
    asked = urlsplit(app_url).netloc
    with contextlib.closing(http.client.HTTPConnection(asked, timeout=PATIENCE)) as connection:
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
        key = {"Sec-WebSocket-Key": base64.b64encode(bytes(16)).decode()}
        connection.request("GET", "/_stcore/stream", headers={"Host": host or asked, "Origin": origin, **upgrade, **key})
        return connection.getresponse().status


def test_a_page_of_another_origin_is_kept_out_and_nobody_is_asked_about_it(app_url, internet):
    assert handshake(app_url, app_url) == 101
    for origin in ("https://elsewhere.example", "null", "http://localhost:1"):
        assert handshake(app_url, origin) == 403, origin
    with pytest.raises(BlockingIOError):
        internet.accept()


def test_a_name_that_was_made_to_lead_here_is_kept_out(app_url):
    port = urlsplit(app_url).port
    for host, status in ((f"localhost:{port}", 101), (f"elsewhere.example:{port}", 403)):
        assert handshake(app_url, f"http://{host}", host) == status


def ask(connection, query):
    """Ask for the page at that address; what the server says of its session."""
    request = BackMsg()
    request.rerun_script.query_string = query
    connection.send(request.SerializeToString())
    while (message := ForwardMsg.FromString(connection.recv(PATIENCE))).WhichOneof("type") != "new_session":
        pass
    return message.new_session


@contextlib.contextmanager
def visit(app_url):
    """A connection on which a page was asked for, and what the server says of its session."""
    address = app_url.replace("http", "ws", 1) + "/_stcore/stream"
    with connect(address, subprotocols=["streamlit"], max_size=None, close_timeout=0, proxy=None) as connection:
        yield connection, ask(connection, f"v=1&task={TEXT_TASK}")


def test_an_upload_needs_the_token_and_has_at_most_20_megabytes(app_url):
    with visit(app_url) as (_, told), requests.Session() as browser:
        browser.get(f"{app_url}/_stcore/health", timeout=PATIENCE)
        token = browser.cookies[COOKIE]
        address = f"{app_url}/_stcore/upload_file/{told.initialize.session_id}/1"

        def put(token=""):
            return browser.put(address, files={"file": b"x"}, headers={HEADER: token}, timeout=PATIENCE).status_code

        assert put(token) == 204
        assert put() == put("2|1|1|1") == 403
        browser.cookies.clear()
        assert put(token) == 403
        with contextlib.closing(http.client.HTTPConnection(urlsplit(app_url).netloc, timeout=PATIENCE)) as connection:
            connection.putrequest("PUT", urlsplit(address).path)
            for name, value in ((HEADER, token), ("Cookie", f"{COOKIE}={token}"), ("Content-Length", LARGEST + 1)):
                connection.putheader(name, value)
            connection.endheaders()
            assert connection.getresponse().status == 413  # not a byte of it was sent


def test_a_message_over_20_megabytes_ends_the_connection(app_url):
    with visit(app_url) as (connection, _):
        ask(connection, "x" * 15_000_000)
        with pytest.raises(ConnectionClosed):
            ask(connection, "x" * 20_000_000)


def test_nothing_is_told_to_the_maker_of_streamlit_and_no_other_site_steers_the_page(app_url):
    with visit(app_url) as (_, told):
        assert told.config.gather_usage_stats is False
    assert requests.get(f"{app_url}/_stcore/host-config", timeout=PATIENCE).json()["allowedOrigins"] == []
    answer = requests.post(f"{app_url}/_stcore/agent/interact", json={}, timeout=PATIENCE)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_available")


def test_measures_are_not_for_visitors_whom_a_proxy_brings(app_url):
    for path in ("/metrics", "/_stcore/metrics"):
        assert requests.get(app_url + path, timeout=PATIENCE).status_code == 200
        for more in ("", "/", "?x"):
            answer = requests.get(app_url + path + more, headers={"X-Forwarded-For": "192.0.2.1"}, timeout=PATIENCE)
            assert answer.status_code == 404
            assert "attention_lab" not in answer.text
            assert "Content-Security-Policy" in answer.headers


def test_a_server_for_others_starts_without_asking_anybody(internet, tmp_path):
    script, log = tmp_path / "page.py", tmp_path / "log"
    script.write_text("import streamlit")
    proxy, deadline = f"http://127.0.0.1:{internet.getsockname()[1]}", time.monotonic() + PATIENCE
    with serving(script, log, "--server.address=0.0.0.0", http_proxy=proxy, https_proxy=proxy):
        while "URL: http" not in log.read_text() and time.monotonic() < deadline:
            time.sleep(0.05)
    assert "URL: http" in log.read_text()
    with pytest.raises(BlockingIOError):
        internet.accept()
