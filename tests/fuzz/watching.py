"""What must not happen while inputs are given: an exception, markup of a visitor's, memory that grows, a file that stays."""

import contextlib
import logging
import os
import re
import sys
import threading
from pathlib import Path

from streamlit import config

from app.views import learn, playground
from tests.fuzz.texts import CANARY, PICTURE

ROOT = Path(__file__).resolve().parents[2]
TOLD = {playground.UNEXPECTED, learn.UNEXPECTED}  # sentences that hide an exception: one was logged
TRACE = re.compile(r"Traceback|File \".*\", line|\b[A-Z][A-Za-z]+(Error|Exception)\b|<class |object at 0x|site-packages")
PAGE = 4096  # bytes
PASSED_OVER = {"__pycache__", ".git", ".venv", ".pytest_cache", ".ruff_cache", ".training", ".hypothesis", "shared"}


@contextlib.contextmanager
def errors():
    """What is logged as an error, or ends a thread, in the block: a list that grows."""
    found = []

    class Keep(logging.Handler):
        def emit(self, record):
            if record.levelno >= logging.ERROR:
                trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
                found.append(f"logged: {record.getMessage()[:300]}\n{trace}".strip())

    keep, before = Keep(), (threading.excepthook, sys.unraisablehook)
    threading.excepthook = lambda own: found.append(f"a thread ended: {own.exc_type.__name__}: {own.exc_value}")
    sys.unraisablehook = lambda own: found.append(f"not raised: {own.exc_value!r}")
    config.get_config_options()  # reading the settings sets every level anew
    # Each of Streamlit's loggers prints by itself and passes nothing on.
    loggers = [logging.getLogger(name) for name in logging.root.manager.loggerDict if name.startswith("streamlit")]
    levels = [own.level for own in loggers]
    for own in loggers:
        own.setLevel(logging.ERROR)  # it warns of each page that is opened without a server
    for own in (logging.root, *loggers):
        own.addHandler(keep)
    try:
        yield found
    finally:
        for own in (logging.root, *loggers):
            own.removeHandler(keep)
        for own, level in zip(loggers, levels, strict=True):
            own.setLevel(level)
        threading.excepthook, sys.unraisablehook = before


def problems(page):
    """What is wrong with what a page shows, a line each."""
    found = [f"exception: {own.message} {' | '.join(own.stack_trace[-3:])}" for own in page.exception]
    for own in (*page.error, *page.warning, *page.info, *page.toast):
        if own.value in TOLD or TRACE.search(own.value):
            found.append(f"told: {own.value[:300]}")
    for own in page._tree:
        proto = getattr(own, "proto", None)
        body, kind = str(getattr(proto, "body", "")), type(proto).__name__
        markup = kind == "Html" or getattr(proto, "allow_html", False) or kind == "BidiComponent"
        if markup and CANARY in (body or getattr(proto, "html_content", "")):
            found.append(f"markup of a visitor's in {kind}: {body[:200]}")
        if kind in ("Markdown", "Alert", "Heading", "Toast") and PICTURE in body:
            found.append(f"Markdown of a visitor's in {kind}: {body[:200]}")
    return found


def resident():
    """Bytes of memory that this process holds now, on Linux; elsewhere the most that it ever held."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def files(*folders):
    """Every file in the folders with its size and time."""
    found = {}
    for folder in folders:
        for at, inner, names in os.walk(folder):
            inner[:] = [name for name in inner if name not in PASSED_OVER]
            for name in (*names, *inner):
                path = Path(at, name)
                with contextlib.suppress(FileNotFoundError):
                    own = path.lstat()
                    found[str(path)] = (own.st_size, own.st_mtime_ns) if name in names else None
    return found


def left(before, after):
    """The files that are there now and were not, or are others."""
    return sorted(path for path, own in after.items() if path not in before or before[path] != own)
