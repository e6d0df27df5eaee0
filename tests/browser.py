"""A Streamlit app served on the loopback, and Chromium to look at it: for the browser tests and the benchmarks."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--process-per-site",  # scripts are compiled once for all pages of a context
    "--disable-quic",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",  # as where there is no internet
]
START_SECONDS = 180
WAIT_MILLISECONDS = 30_000
SIZE = {"width": 1280, "height": 800}
# Runs in every page before its own scripts: when it last sent the server something, and when the server last said something.
WIRE = """
window.wire = { sent: 0, said: 0 };
window.WebSocket = class extends WebSocket {
    constructor(...given) {
        super(...given);
        this.addEventListener("message", () => { window.wire.said = performance.now() });
    }
    send(data) {
        window.wire.sent = performance.now();
        super.send(data);
    }
};
"""


def chromium_path() -> str:
    """Where Chromium stands on this machine."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    raise FileNotFoundError("Chromium must be installed for the browser tests, got none. Run `make test`, which installs it.")


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextlib.contextmanager
def serving(script: Path, log: Path, *arguments: str, **environment: str):
    """The address of a Streamlit app started for the block, with more in its environment; its output goes to the log."""
    port = free_port()
    command = [
        sys.executable, "-m", "streamlit", "run", str(script), "--server.address=127.0.0.1", f"--server.port={port}",
        "--server.headless=true", *arguments,
    ]  # fmt: skip
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **environment}, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while True:
            if server.poll() is not None:
                raise RuntimeError(f"The app must keep running, got exit status {server.returncode}:\n{log.read_text()}")
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            if time.monotonic() > deadline:
                raise TimeoutError(f"The app must listen within {START_SECONDS} s, got:\n{log.read_text()}")
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        with contextlib.suppress(ProcessLookupError):  # a test may have ended it
            os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def wait_until_drawn(page: Page, timeout: float = WAIT_MILLISECONDS) -> None:
    """Return when the script has run to its end and drawn something; raise if it ended in an exception."""
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=timeout, state="attached")
    page.wait_for_selector('[data-testid="stMain"] [data-testid="stVerticalBlock"] >> nth=0', timeout=timeout, state="attached")
    if page.locator('[data-testid="stException"]').count():
        raise AssertionError("The page must draw, got: " + page.locator('[data-testid="stException"]').first.inner_text())


@contextlib.contextmanager
def chromium():
    """Chromium without a window, for the block."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_FLAGS)
        yield running
        running.close()


def visitor(browser: Browser, **options) -> BrowserContext:
    """What the pages of one visitor share, of 1280×800 if not told."""
    context = browser.new_context(**{"viewport": SIZE, **options})
    context.set_default_timeout(WAIT_MILLISECONDS)
    context.add_init_script(WIRE)
    return context


@contextlib.contextmanager
def another(browser: Browser, *flags: str):
    """Another Chromium beside one that runs, started with more flags, for the block."""
    running = browser.browser_type.launch(executable_path=chromium_path(), args=[*CHROMIUM_FLAGS, *flags])
    yield running
    running.close()
