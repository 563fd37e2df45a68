"""The networks that this process has open: one, or several at host names of their own."""

import asyncio
import gc
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from functools import cache
from typing import NoReturn, TypeVar

import streamlit as st
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from anchornet import settings as settings_file
from anchornet.cli.app_commands import Listener
from anchornet.exports import approved_figures
from anchornet.exports.mail.worker import Worker
from anchornet.facts.build import open_network
from anchornet.server import logs, metrics
from anchornet.settings import Settings, SettingsError
from anchornet.store import audit, backup_schedule
from anchornet.store.backup_schedule import Schedule
from anchornet.store.database import NEARLY_FULL, Database, StoreError

Result = TypeVar("Result")

COLLECT_EVERY = 60  # seconds
OF_MACHINE = ("/healthz", "/readyz")  # asked at any host: they are for whoever runs the machine
# The host that a request names; a page run, which has a thread of its own, asks Streamlit.
_host: ContextVar[str] = ContextVar("host", default="")


@dataclass(frozen=True)
class Network:
    """What the process opened once."""

    database: Database
    commands: Listener
    mail: Worker | None
    backups: Schedule | None

    @property
    def settings(self) -> Settings:
        return self.database.settings


# In no cache of Streamlit's: whoever empties one would close the database under its readers.
_opened: dict[str, Network] = {}
_opening: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


@cache
def hosts() -> tuple[str, ...]:
    """Those of several networks; none where this process has one, which answers at any."""
    return settings_file.hosts()


def host() -> str:
    """The name of the network that is asked; empty where there is only one. Raises SettingsError
    where none has it."""
    if not hosts():
        return ""
    name = _name(_host.get() or st.context.headers.get("host") or "")
    if name not in hosts():
        raise SettingsError("There is no network at this address.")
    return name


@contextmanager
def asking(address: str) -> Iterator[None]:
    """While the block lasts, the network at this host is the one that is asked."""
    token = _host.set(address)
    try:
        yield
    finally:
        _host.reset(token)


async def run_in(pool: ThreadPoolExecutor, work: Callable[[], Result]) -> Result:
    """Does the work in a thread of the pool, for the network that is asked."""
    context = copy_context()
    return await asyncio.get_running_loop().run_in_executor(pool, context.run, work)


def _name(address: str) -> str:
    """A host's name without its port."""
    return address.partition(":")[0].lower()


def _is_somewhere(address: str) -> bool:
    """Whether a network is there; where the settings can't be read, its pages say so."""
    with suppress(SettingsError):
        return not hosts() or _name(address) in hosts()
    return True


def network() -> Network:
    """The network that is asked: its database, opened at the first request, and again where it
    stopped. SettingsError or StoreError."""
    return _network(host())


def _network(name: str) -> Network:
    with _opening[name]:
        opened = _opened.get(name)
        if opened and opened.database.stopped:
            del _opened[name]
            _close(opened)
            opened = None
        if opened is None:
            database = open_network(settings_file.load(host=name))
            mail = Worker(database) if database.settings.mail_host else None
            backups = Schedule(database) if database.settings.backup_to else None
            opened = _opened[name] = Network(database, Listener(database), mail, backups)
            metrics.OF_DATABASES.databases[name] = database
            audit.forget(database)
            approved_figures.keep_earlier(database)
            _collect_garbage()
        return opened


def close_networks() -> None:
    """Closes each database once nobody reads or writes; the next request opens it again."""
    for name in [*_opened]:
        with _opening[name]:
            if opened := _opened.pop(name, None):
                _close(opened)


def _close(opened: Network) -> None:
    opened.commands.close()
    if opened.backups:
        opened.backups.close()
    if opened.mail:
        opened.mail.close()
    opened.database.close()


def begin(prepare: Callable[[Database], None]) -> None:
    """Opens the networks before anybody asks for them, and has the first page of each prepared."""
    with suppress(SettingsError):  # which the first request says
        of_machine = settings_file.load()
        if of_machine.log_format == "json":
            logs.as_json()
        if of_machine.metrics_port:
            metrics.serve(of_machine.metrics_port)
        for name in hosts() or ("",):
            with suppress(SettingsError, StoreError):
                prepare(_network(name).database)


def not_ready() -> str:
    """Why not all can be done now, in words that say nothing of the machine; empty when it can."""
    try:
        databases = _databases()
        readable = all(database.is_readable() for database in databases)
    except (SettingsError, StoreError):
        readable = False
    if not readable:
        return "The database can't be read."
    return NEARLY_FULL if any(database.is_nearly_full() for database in databases) else ""


def backups_fail() -> bool:
    """Whether the backups that the app makes by itself are not as they should be."""
    try:
        return any(backup_schedule.problem(database) for database in _databases())
    except (SettingsError, StoreError):
        return False


def _databases() -> list[Database]:
    """Of the network that is asked, or of each where none is."""
    name = _name(_host.get())
    names = (name,) if name in hosts() else hosts() or ("",)
    return [_network(each).database for each in names]


class Hosts:
    """Lets a request ask the network of its host name only. Pure ASGI: reading a body here would
    break uploads."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        address = Headers(scope=scope).get("host", "")
        if not _is_somewhere(address) and scope["path"] not in OF_MACHINE:
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
            else:
                answer = PlainTextResponse("There is no network at this address.", 404)
                await answer(scope, receive, send)
            return
        with asking(address):
            await self.app(scope, receive, send)


@cache
def _collect_garbage() -> threading.Thread:
    # In place of a full collection after every page run, which would cost more than the page.
    def collect() -> NoReturn:
        # What the process loaded stays: to look through it would stop every page for half a second.
        gc.freeze()
        while True:
            time.sleep(COLLECT_EVERY)
            gc.collect()

    thread = threading.Thread(target=collect, name="collect garbage", daemon=True)
    thread.start()
    return thread
