"""The lab as a server: `streamlit run app/server.py`. Its pages are main.py; around them, whether it is well and what it does."""

import contextlib
import ctypes
import logging
import os
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # Streamlit puts only this file's folder on the path
    sys.path.insert(0, str(ROOT))

# Threads of torch that wait for one another keep no core from those that draw pages. It is read when torch is loaded, below.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")  # large tensors in large pages, where Linux has them: a photo has many
# glibc would give the threads that draw pages up to eight arenas a core to allocate from, each of which keeps what was freed.
if sys.platform == "linux":
    M_ARENA_MAX = -8  # malloc.h
    with contextlib.suppress(AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)

import streamlit as st  # noqa: E402
from starlette.middleware import Middleware  # noqa: E402
from starlette.routing import Route  # noqa: E402

from app.operations import log, measures  # noqa: E402

log.use()  # what is imported below logs as it is imported

from app import services  # noqa: E402
from app.operations.admission import Admission  # noqa: E402
from app.operations.headers import Headers  # noqa: E402
from app.operations.readiness import Readiness, livez  # noqa: E402
from attention_core.device import choose_device, describe_device  # noqa: E402
from attention_core.library import engine  # noqa: E402
from attention_core.weights import weight_files  # noqa: E402

PAUSE = 5.0  # seconds; what a first heatmap needs may come later, such as an engine
readiness = Readiness(weight_files, services.first_heatmap, (services.InputError,))


def _warm_up() -> None:
    while not readiness.warm_up():
        log.event("not ready", logging.ERROR, problems=readiness.problems())
        time.sleep(PAUSE)
    problems = readiness.problems()
    log.event("not ready" if problems else "ready", logging.ERROR if problems else logging.INFO, problems=problems)


@asynccontextmanager
async def _lifespan(_: Any) -> AsyncIterator[None]:
    log.use()  # Streamlit and uvicorn have set up theirs meanwhile
    log.event("started", device=describe_device(choose_device()), engine=engine())
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
    yield
    log.event("stopped")


app = st.App(
    "main.py",
    lifespan=_lifespan,
    routes=[Route("/livez", livez), Route("/readyz", readiness.readyz), Route("/metrics", measures.metrics)],
    middleware=[Middleware(Headers), Middleware(Admission)],
)
