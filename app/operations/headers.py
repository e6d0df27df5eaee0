"""What a browser may do with our pages: only what they need, and nothing from another host."""

import base64
import hashlib
import re
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), payment=(), usb=(), microphone=(self), fullscreen=(self)",
}
INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def content_security_policy() -> str:
    """The policy: scripts, styles, pictures, sounds and connections from this server alone.

    Streamlit's page has one script of its own between its tags, which is named by its hash; it writes styles as it draws, and
    hands the scripts of components to the browser as blobs.
    """
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text("utf-8")
    hashes = [base64.b64encode(hashlib.sha256(own.encode()).digest()).decode() for own in INLINE.findall(page)]
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self' blob: " + " ".join(f"'sha256-{own}'" for own in hashes),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "media-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self' data: blob:",
            "worker-src 'self' blob:",
            "manifest-src 'self'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        ]
    )


class Headers:
    """An ASGI middleware that adds HEADERS and the content security policy to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app, self._own = app, {**HEADERS, "Content-Security-Policy": content_security_policy()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._own)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)
