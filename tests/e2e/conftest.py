"""The real app in a real browser: one server and one Chromium for the whole run, a fresh page a test or a module.

The first page of a test is opened in a browser that was here before (scripts compiled, nothing else kept), any further one in
a browser that was not.
"""

import contextlib
import socket
import tomllib
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error as BrowserError

from tests.browser import ROOT, SIZE, START_SECONDS, chromium, serving, visitor, wait_until_drawn

OF_A_PAGE = {"viewport", "color_scheme", "reduced_motion"}  # options that a page of an open browser can take
KEPT_BY_A_SITE = "cookies,file_systems,indexeddb,local_storage,service_workers,cache_storage"
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
def app_url(known, internet, tmp_path_factory):
    """The address of the app, after its first page has drawn once (the encoders are loaded then). That page stays open."""
    log = tmp_path_factory.mktemp("server") / "streamlit.log"
    proxy = f"http://127.0.0.1:{internet.getsockname()[1]}"
    hosts = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["server"]["allowedHosts"]
    names = [f"--server.allowedHosts={host}" for host in (*hosts, SCHOOL)]
    with serving(ROOT / "app" / "server.py", log, *names, http_proxy=proxy, https_proxy=proxy) as address:
        page = known.new_page()
        try:
            page.goto(address, timeout=START_SECONDS * 1000)  # a browser that starts, too
            wait_until_drawn(page, START_SECONDS * 1000)
        except (BrowserError, AssertionError) as error:
            raise RuntimeError(f"The first page must draw, got {error}\n--- server log ---\n{log.read_text()}") from error
        yield address


@pytest.fixture(scope="session")
def known(browser):
    """A browser context that was here before. Its pages share one process and the scripts compiled there."""
    with contextlib.closing(visitor(browser)) as context:
        yield context


@pytest.fixture
def page_errors():
    """What went wrong on the pages of this test. Clear it in a test that provokes an error on purpose."""
    return []


@contextlib.contextmanager
def watched(browser, page_errors, known=None):
    """What `new_page` is, for the block. The first page is one of the known context, where one is given."""
    contexts = []

    def note_request(request):
        note_address(request.url)

    def note_address(url):
        if urlsplit(url).hostname not in OWN_HOSTS:
            page_errors.append(f"left the machine: {url}")

    def note_message(message):
        if message.type == "error":
            page_errors.append(f"console: {message.text} ({message.location.get('url', '')})")

    def context_for(options):
        if known and known not in contexts and options.keys() <= OF_A_PAGE:
            return known
        return visitor(browser, **options)

    def open_page(**options):
        context = context_for(options)
        contexts.append(context)
        context.on("request", note_request)
        page = context.new_page()
        page.on("websocket", lambda web_socket: note_address(web_socket.url))
        page.on("console", note_message)
        page.on("pageerror", lambda error: page_errors.append(f"page error: {error}"))
        if context is known:
            page.set_viewport_size(options.pop("viewport", SIZE))
            page.emulate_media(**options)
        return page

    yield open_page
    for context in contexts:
        if context is known:
            context.remove_listener("request", note_request)
            _leave(context)
        else:
            context.close()
    assert not page_errors, "\n".join(page_errors)


def _leave(known):
    """Close all pages but the one that stays; a site finds nothing that it kept in the browser."""
    for page in known.pages[1:]:
        address = urlsplit(page.url)
        if address.hostname:
            session, origin = known.new_cdp_session(page), f"{address.scheme}://{address.netloc}"
            session.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": KEPT_BY_A_SITE})
        page.close()


@pytest.fixture
def new_page(browser, known, page_errors):
    """`new_page(**options)`: a page (viewport, color_scheme, reduced_motion, …), 1280×800 if not told.

    The test fails at its end if a request left the machine, or on an error in a page or its console.
    """
    with watched(browser, page_errors, known) as open_page:
        yield open_page


@pytest.fixture(scope="module")
def lasting_page(browser):
    """As `new_page`, but the page stays open for all tests of the module, and its errors fail the last of them."""
    with watched(browser, []) as open_page:
        yield open_page


@pytest.fixture
def page(new_page):
    """A page of 1280×800, watched as `new_page` says."""
    return new_page()
