"""The gate before Streamlit: which messages and files it takes, and from whom.

Of who knows a session's or a file's identifier Streamlit asks nothing more, and its websocket takes
orders from anybody: to clear what every session shares, to write into the project's folder.
"""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from google.protobuf.message import DecodeError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config, runtime
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from anchornet.server.identity import account_in, browser_of
from anchornet.server.networks import host, network
from anchornet.settings import SettingsError
from anchornet.store.database import StoreError
from anchornet.store.network import is_sample

# What is of somebody, by its identifier; how many are here and what that takes is nobody's.
FILES = re.compile(r"/(?:media|_stcore/upload_file)/([^/]*)|/_stcore/metrics$")
# What the sign-in page needs, and what other pages need besides.
FROM_ANYBODY = frozenset({"rerun_script", "app_heartbeat"})
FROM_KNOWN = FROM_ANYBODY | {"stop_script", "file_urls_request", "backend_operation_request"}
LONGEST = 64_000  # bytes of a stranger's message
MOST = 100_000  # identifiers whose owners are remembered
SCRIPT = str(Path(__file__).parent.parent / "ui" / "shell.py").encode()
VIOLATION, NOT_UNDERSTOOD = 1008, 1002


class Gate:
    """Pure ASGI: reading a body here would break uploads."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._owners: dict[str, set[str]] = {}  # of a session or a file, by its identifier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
            return
        file = FILES.search(scope["path"]) if scope["type"] == "http" else None
        if file:
            connection = HTTPConnection(scope)
            owner = await run_in_threadpool(_owner, connection)
            if owner is None:
                await PlainTextResponse("Sign in first.", 403)(scope, receive, send)
                return
            if not _from_our_pages(connection.headers) or not self._owns(owner, file[1] or ""):
                await PlainTextResponse("This is somebody else's.", 403)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _owns(self, owner: str, identifier: str) -> bool:
        """Whether it is theirs, or nobody's: what nobody was given, Streamlit does not have."""
        return owner in self._owners.get(identifier, {owner})

    def _give(self, owner: str, identifier: str) -> None:
        self._owners.setdefault(identifier, set()).add(owner)
        while len(self._owners) > MOST:
            del self._owners[next(iter(self._owners))]

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = HTTPConnection(scope)
        if not _from_our_pages(connection.headers):
            await send({"type": "websocket.close", "code": VIOLATION})
            return
        owner = await run_in_threadpool(_owner, connection)
        session = ""

        async def receive_allowed() -> Message:
            while (message := await receive())["type"] == "websocket.receive":
                sent = BackMsg()
                try:
                    sent.ParseFromString(message.get("bytes") or b"")
                except DecodeError:
                    await send({"type": "websocket.close", "code": NOT_UNDERSTOOD})
                    return {"type": "websocket.disconnect", "code": NOT_UNDERSTOOD}
                if await self._takes(connection, session, sent):
                    return message
            return message

        async def send_cleaned(message: Message) -> None:
            nonlocal session
            data = message.get("bytes") or b""
            if SCRIPT in data:
                session, message["bytes"] = _without_our_machine(data)
                if owner is not None and session:
                    self._give(owner, session)
            elif b"/media/" in data and owner is not None:
                for address in _addresses(ForwardMsg.FromString(data)):
                    self._give(owner, address.rpartition("/")[2])
            await send(message)

        headers = [
            (name, self._own_session(owner, value) if name == b"sec-websocket-protocol" else value)
            for name, value in scope["headers"]
        ]
        await self.app({**scope, "headers": headers}, receive_allowed, send_cleaned)

    def _own_session(self, owner: str | None, protocols: bytes) -> bytes:
        """The list in which Streamlit's page sends, third, the session that it wants back; without
        it, where it isn't theirs."""
        entries = protocols.decode("latin-1").split(",")
        if len(entries) > 2 and owner not in self._owners.get(entries[2].strip(), ()):
            entries = entries[:2]
        return ",".join(entries).encode("latin-1")

    async def _takes(self, connection: HTTPConnection, session: str, sent: BackMsg) -> bool:
        kind = sent.WhichOneof("type") or ""
        if kind in FROM_ANYBODY and sent.ByteSize() <= LONGEST:
            return True
        if kind not in FROM_KNOWN or await run_in_threadpool(_owner, connection) is None:
            return False
        if kind == "backend_operation_request":
            asked = sent.backend_operation_request
            # It makes the file of whoever's button it is.
            buttons = runtime.get_instance().media_file_mgr._deferred_ids_by_session
            return asked.deferred_file.file_id in buttons.get(session, ())
        return True


def _from_our_pages(headers: Headers) -> bool:
    """Whether a page of ours asks, or one of an address that Streamlit's settings name; programs
    that are no browser don't say."""
    origin = headers.get("origin")
    named: list[str] = config.get_option("server.corsAllowedOrigins")
    return origin is None or urlsplit(origin).netloc == headers.get("host") or origin in named


def _owner(connection: HTTPConnection) -> str | None:
    """Who asks which network: somebody's address, or in a sample network, where nobody signs in,
    the browser's token. None: a stranger."""
    try:
        database = network().database
    except (SettingsError, StoreError):
        return None
    cookies = connection.cookies
    if is_sample(database):
        return f"{host()} {browser_of(cookies)}"
    account = account_in(cookies)
    return f"{host()} {account.email}" if account else None


def _without_our_machine(data: bytes) -> tuple[str, bytes]:
    """The session that a message begins, and the message without where and on what we run."""
    message = ForwardMsg.FromString(data)
    if message.WhichOneof("type") != "new_session":
        return "", data
    begins = message.new_session
    begins.main_script_path = ""
    about: Any = begins.initialize.environment_info
    about.streamlit_version = about.python_version = about.server_os = ""
    return begins.initialize.session_id, message.SerializeToString()


def _addresses(message: ForwardMsg) -> list[str]:
    """Those of the files that a message gives: one that was asked for, and pictures."""
    if message.HasField("backend_operation_response"):
        return [message.backend_operation_response.deferred_file.url]
    return [image.url for image in message.delta.new_element.imgs.imgs]
