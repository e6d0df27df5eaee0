"""Who is let in: no page of another origin, and to the measures nobody whom a proxy brought."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose
from streamlit import config

REFUSED = 1008  # violates the policy


class Admission:
    """An ASGI middleware that comes before Streamlit.

    Streamlit refuses a page of another origin itself, but first asks the internet for this machine's address, while all visitors
    wait; and it lets in a page from another port of this machine. Its own measures, at `/_stcore/metrics`, are open as ours are.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._app
        if scope["type"] == "websocket" and not _is_own(Headers(scope=scope)):
            answer = WebSocketClose(REFUSED)
        elif scope["type"] == "http" and _is_measures(scope["path"]) and "x-forwarded-for" in Headers(scope=scope):
            answer = PlainTextResponse("Not Found", 404)
        await answer(scope, receive, send)


def _is_own(headers: Headers) -> bool:
    """Whether the page that connects came from here, or from where the deployer allows; other programs name no origin."""
    origin = headers.get("origin")
    return (
        origin is None
        or urlsplit(origin).netloc == headers.get("host")
        or origin in config.get_option("server.corsAllowedOrigins")
    )


def _is_measures(path: str) -> bool:
    return path.rstrip("/").endswith("/metrics")
