"""The real app in a real browser: one server and one Chromium for the whole run, a fresh page a test or a module."""

import contextlib
import socket
import tomllib
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error as BrowserError

from tests.browser import ROOT, START_SECONDS, WAIT_MILLISECONDS, chromium, serving, wait_until_drawn

SCHOOL = "lab.school.test"  # stands for this machine in a browser that is told so; the server is told, too
OWN_HOSTS = {"127.0.0.1", "localhost", None}  # None: data: and blob: addresses, which leave no machine


@pytest.fixture(scope="session")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def internet():
    """What stands in its place: a listener that the server has as its proxy, where whoever asks the internet would come."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


@pytest.fixture(scope="session")
def app_url(browser, internet, tmp_path_factory):
    """The address of the app, after its first page has drawn once (the encoders are loaded then)."""
    log = tmp_path_factory.mktemp("server") / "streamlit.log"
    proxy = f"http://127.0.0.1:{internet.getsockname()[1]}"
    hosts = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["server"]["allowedHosts"]
    names = [f"--server.allowedHosts={host}" for host in (*hosts, SCHOOL)]
    with serving(ROOT / "app" / "server.py", log, *names, http_proxy=proxy, https_proxy=proxy) as address:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        try:
            page.goto(address)
            wait_until_drawn(page, START_SECONDS * 1000)
        except (BrowserError, AssertionError) as error:
            raise RuntimeError(f"The first page must draw, got {error}\n--- server log ---\n{log.read_text()}") from error
        page.close()
        yield address


@pytest.fixture
def page_errors():
    """What went wrong on the pages of this test. Clear it in a test that provokes an error on purpose."""
    return []


@contextlib.contextmanager
def watched(browser, page_errors):
    """What `new_page` is, for the block."""
    contexts = []

    def note_address(url):
        if urlsplit(url).hostname not in OWN_HOSTS:
            page_errors.append(f"left the machine: {url}")

    def note_message(message):
        if message.type == "error":
            page_errors.append(f"console: {message.text} ({message.location.get('url', '')})")

    def open_page(**options):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        context.set_default_timeout(WAIT_MILLISECONDS)
        contexts.append(context)
        context.on("request", lambda request: note_address(request.url))
        opened = context.new_page()
        opened.on("websocket", lambda web_socket: note_address(web_socket.url))
        opened.on("console", note_message)
        opened.on("pageerror", lambda error: page_errors.append(f"page error: {error}"))
        return opened

    yield open_page
    for context in contexts:
        context.close()
    assert not page_errors, "\n".join(page_errors)


@pytest.fixture
def new_page(browser, page_errors):
    """`new_page(**options)`: a page in a context of its own (viewport, color_scheme, reduced_motion, …), 1280×800 if not told.

    The test fails at its end if a request left the machine, or on an error in a page or its console.
    """
    with watched(browser, page_errors) as open_page:
        yield open_page


@pytest.fixture(scope="module")
def lasting_page(browser):
    """As `new_page`, but the page stays open for all tests of the module, and its errors fail the last of them."""
    with watched(browser, []) as open_page:
        yield open_page


@pytest.fixture
def page(new_page):
    """A page of 1280×800 in a fresh context, watched as `new_page` says."""
    return new_page()
