"""An engine for tests, in a thread: the code that answers in the deployment, over HTTP, without ray."""

import asyncio
import socket
import threading
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from attention_core.serving.engine import respond


@contextmanager
def served(endpoint):
    """The address at which `endpoint(request)` answers what is posted to /TASK/CALL."""
    app = Starlette(routes=[Route("/{task}/{call}", endpoint, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none", timeout_graceful_shutdown=1))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def answering(engines):
    """The endpoint of some engines by the name of their task, each request computed alone."""

    async def endpoint(request):
        engine = engines[request.path_params["task"]]

        async def answer(asked):
            return (await asyncio.to_thread(engine.answer, [asked]))[0]

        return await respond(request, answer)

    return endpoint


def nobody():
    """An address at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return f"http://127.0.0.1:{listening.getsockname()[1]}"
