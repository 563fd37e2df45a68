"""The socket beside the database, `<database>.socket`, by which another process of the same account
asks the app, which holds the file, for what needs the file.

Where a machine or a disk has no such sockets, a file for its owner only stands there instead, with
a port of this machine and a word that lets in. A request, and whatever follows, is a line of JSON.
"""

import json
import os
import secrets
import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

import duckdb

from anchornet.store.database import Database, DatabaseInUse, StoreError

PATIENCE = 120.0  # seconds that either side waits for the other's next line, unless it says more
LONGEST = 1 << 20  # characters of a request

Request = Mapping[str, Any]


class Listener:
    """The app's side: whoever connects is answered in a thread of its own."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._path = _beside(database.path)
        self._word = ""
        self._socket: socket.socket | None = None
        with suppress(OSError):  # a folder that can't be written: nobody is answered
            self._path.unlink(missing_ok=True)
            listening = self._listen()
            self._socket = listening
            threading.Thread(
                target=self._serve, args=[listening], name="command line", daemon=True
            ).start()

    def close(self) -> None:
        if self._socket:
            self._path.unlink(missing_ok=True)
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()

    def answer(self, request: Request, stream: TextIO) -> None:
        """Does what is asked, and writes lines to the stream."""

    def _listen(self) -> socket.socket:
        with suppress(OSError, AttributeError):
            listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            with _near(self._path) as address, _for_the_owner_only():
                listening.bind(address)
            listening.listen(16)
            return listening
        listening = socket.create_server(("127.0.0.1", 0))
        self._word = secrets.token_urlsafe(32)
        with _for_the_owner_only():
            self._path.write_text(f"{listening.getsockname()[1]} {self._word}\n", encoding="ascii")
        return listening

    def _serve(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return  # closed
            threading.Thread(
                target=self._let_in, args=[connection], name="command", daemon=True
            ).start()

    def _let_in(self, connection: socket.socket) -> None:
        connection.settimeout(PATIENCE)
        with (
            suppress(OSError, ValueError, StoreError, duckdb.Error),
            connection,
            connection.makefile("rw", encoding="utf-8") as stream,
        ):
            request = json.loads(stream.readline(LONGEST))
            if not secrets.compare_digest(str(request.get("word", "")), self._word):
                return
            if _is_another(connection):
                send(stream, {"refused": "Run this as the account that runs the app."})
                return
            send(stream, {"refused": ""})
            self.answer(request, stream)


@contextmanager
def ask(database: Path, request: Request, *, patience: float | None = PATIENCE) -> Iterator[TextIO]:
    """A connection to the app that holds the database, which takes the request. Raises
    DatabaseInUse where no app listens or it takes no request of this account."""
    connection, word = _connect(database)
    connection.settimeout(PATIENCE)
    with connection, connection.makefile("rw", encoding="utf-8") as stream:
        try:
            send(stream, {**request, "word": word})
            refused = json.loads(stream.readline() or '{"refused": "The app could not answer."}')
            if refused["refused"]:
                raise DatabaseInUse(refused["refused"])
            connection.settimeout(patience)
            yield stream
        except OSError:
            raise DatabaseInUse("The app stopped in the meantime. Try again.") from None


def send(stream: TextIO, line: Mapping[str, Any]) -> None:
    stream.write(f"{json.dumps(line)}\n")
    stream.flush()


def _connect(database: Path) -> tuple[socket.socket, str]:
    path = _beside(database)
    try:
        if path.is_file():
            port, word = path.read_text(encoding="ascii").split()
            return socket.create_connection(("127.0.0.1", int(port)), PATIENCE), word
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with _near(path) as address:
            connection.connect(address)
    except PermissionError:
        raise DatabaseInUse("Run this as the account that runs the app.") from None
    except (OSError, AttributeError, ValueError):
        raise DatabaseInUse(
            f"Another program holds {database}, and can't be asked to run this. Stop it first."
        ) from None
    if _is_another(connection):
        connection.close()
        raise DatabaseInUse("Run this as the account that runs the app.")
    return connection, ""


def _beside(database: Path) -> Path:
    return database.with_name(f"{database.name}.socket")


def _is_another(connection: socket.socket) -> bool:
    """Whether the other side is known to be another account's."""
    if not hasattr(socket, "SO_PEERCRED") or connection.family == socket.AF_INET:
        return False  # the file's rights, and the word in it, have to do
    size = struct.calcsize("3i")
    sent = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    _, account, _ = struct.unpack("3i", sent)
    return bool(account != os.geteuid())


@contextmanager
def _for_the_owner_only() -> Iterator[None]:
    before = os.umask(0o177)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def _near(path: Path) -> Iterator[str]:
    """The path by a way that is short enough for a socket's address, where there is one."""
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        short = Path(f"/proc/self/fd/{descriptor}")
        yield str((short if short.is_dir() else path.parent) / path.name)
    finally:
        os.close(descriptor)
