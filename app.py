"""The ASGI application: the shell, its routes and its headers; nothing else."""

import base64
import gc
import hashlib
import re
import signal
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
import uvicorn
from starlette.concurrency import run_in_threadpool
from starlette.formparsers import MultiPartParser
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from anchornet.server import (
    api_routes,
    metrics,
    networks,
    passkey_routes,
    script,
    sign_in_routes,
)
from anchornet.server.gate import Gate
from anchornet.server.static_files import StaticFiles
from anchornet.store import authentication
from anchornet.ui import overview

# A list of people that is dropped stays in memory: from a megabyte on, Starlette would otherwise
# put what is uploaded into a temporary file. Above the largest upload that settings allow.
MultiPartParser.spool_max_size = 1 << 30

# Streamlit binds its socket in a way in which asyncio doesn't know it for TCP, and leaves Nagle's
# algorithm on: each click would wait 40 ms for the browser to acknowledge the first message.
# A connection has what the socket has that accepts it.
for held in gc.get_objects():
    if (
        isinstance(held, socket.socket)
        and held.fileno() != -1
        and held.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    ):
        held.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

STOPPING = 5  # seconds in which what was begun is answered when the app stops

# Streamlit's page holds one inline script; its hash lets the policy refuse every other.
_page = (Path(st.__file__).parent / "static" / "index.html").read_text()
_hashes = " ".join(
    f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
    for script in re.findall(r"<script(?![^>]*src)[^>]*>(.*?)</script>", _page, re.S)
)
HEADERS = {
    "content-security-policy": (
        f"default-src 'self'; script-src 'self' {_hashes} 'wasm-unsafe-eval'; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
        "connect-src 'self' data:; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


class SecurityHeaders:
    """Adds the headers to every answer. Pure ASGI: reading a body here would break uploads."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                ours = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                held = message.get("headers", [])
                if scope["scheme"] == "https":
                    held = [(name, _secure(name, value)) for name, value in held]
                message["headers"] = [*held, *ours]
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _secure(name: bytes, value: bytes) -> bytes:
    """A cookie that the browser sends back over HTTPS only; Streamlit's own don't say so."""
    asks = name == b"set-cookie" and b"; secure" not in value.lower()
    return value + b"; Secure" if asks else value


async def healthz(request: Request) -> JSONResponse:
    return JSONResponse({"ok": True})


async def readyz(request: Request) -> JSONResponse:
    why = await run_in_threadpool(networks.not_ready)
    body = {
        "ready": not why,
        "why": why,
        "backups_fail": await run_in_threadpool(networks.backups_fail),
    }
    return JSONResponse(body, status_code=503 if why else 200)


def begin() -> None:
    """What is done before anybody asks, so that the first doesn't wait for it."""
    authentication.hash_of_nobody()
    networks.begin(overview.prepare)


def stop_in_time() -> None:
    """Has the server wait for no browser longer than STOPPING: one whose lid was closed while it
    loaded a page would keep it from ending. Streamlit has no setting for it."""
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    if isinstance(server, uvicorn.Server):
        server.config.timeout_graceful_shutdown = STOPPING


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    stop_in_time()
    threading.Thread(target=begin, name="begin", daemon=True).start()
    yield
    networks.close_networks()


app = st.App(
    "anchornet/ui/shell.py",
    routes=[
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        *passkey_routes.ROUTES,
        *sign_in_routes.ROUTES,
        *script.ROUTES,
        *api_routes.routes(),
    ],
    middleware=[
        Middleware(metrics.Requests),
        Middleware(SecurityHeaders),
        Middleware(networks.Hosts),
        Middleware(StaticFiles),
        Middleware(Gate),
    ],
    lifespan=lifespan,
)
