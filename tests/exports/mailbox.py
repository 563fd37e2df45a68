"""A mailbox on this machine, read over IMAP: pymap, another's server, behind encryption."""

import asyncio
import imaplib
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from anchornet.settings import Settings
from tests.exports.mail_server import make_certificates

USER, PASSWORD = "bounces", "another quiet password"


@dataclass(frozen=True)
class Inbox:
    port: int  # of the server itself, without encryption

    def put(self, message: bytes, at: datetime) -> None:
        with self._opened() as server:
            moment = imaplib.Time2Internaldate(time.mktime(at.timetuple()))
            lines = b"\r\n".join(message.splitlines()) + b"\r\n"
            server.append("INBOX", "", moment, lines)

    def flags(self) -> list[bytes]:
        """Of each message, what it is marked as."""
        with self._opened() as server:
            server.select("INBOX", readonly=True)
            return [each for each in server.fetch("1:*", "(FLAGS)")[1] if isinstance(each, bytes)]

    def _opened(self) -> imaplib.IMAP4:
        server = imaplib.IMAP4("127.0.0.1", self.port, timeout=20)
        server.login(USER, PASSWORD)
        return server


@contextmanager
def mailbox(
    folder: Path, settings: Settings, tls: str = "implicit"
) -> Iterator[tuple[Settings, Inbox]]:
    """A mailbox that runs while the block does, and settings that read it."""
    authority = folder / "ca.pem"
    if not authority.exists():
        make_certificates(folder)
    certificate = str(folder / "server.pem")
    port = _free_port()
    ways = ["--cert", certificate, "--key", certificate] if tls == "starttls" else ["--no-tls"]
    command = [
        sys.executable, "-c", "import pymap.main; pymap.main.main()", "--no-service",
        "managesieve", "--host", "127.0.0.1", "--port", str(port), *ways, "dict",
        "--demo-user", USER, "--demo-password", PASSWORD,
    ]  # fmt: skip
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        (folder / "mailbox-password").write_text(f"{PASSWORD}\n")
        reading = replace(
            settings,
            mail_ca_file=str(authority),
            mail_bounces_host="127.0.0.1",
            mail_bounces_port=port,
            mail_bounces_tls=tls,
            mail_bounces_user=USER,
            mail_bounces_password_file=str(folder / "mailbox-password"),
        )
        if tls != "implicit":
            yield reading, Inbox(port)
            return
        with _encrypted(certificate, port) as outside:
            yield replace(reading, mail_bounces_port=outside), Inbox(port)
    finally:
        server.terminate()
        server.wait(60)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_for(port: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise TimeoutError("pymap does not answer")


@contextmanager
def _encrypted(certificate: str, to: int) -> Iterator[int]:
    """A port that is encrypted from the first byte on, as 993 is, before another that isn't."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    loop, port = asyncio.new_event_loop(), _free_port()
    thread = threading.Thread(target=loop.run_forever, daemon=True)

    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", to)
        await asyncio.gather(_pass_on(reader, inner_writer), _pass_on(inner_reader, writer))

    thread.start()
    begun = asyncio.start_server(join, "127.0.0.1", port, ssl=context)
    server = asyncio.run_coroutine_threadsafe(begun, loop).result(10)
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


async def _pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    target.close()
