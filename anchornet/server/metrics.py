"""Figures of the app itself for whoever runs it, as Prometheus reads them: on a port of this
machine only, and nothing of any person."""

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from anchornet.store import backup_schedule
from anchornet.store.database import Database, StoreError, utc_now
from anchornet.store.mail import count_by_state
from anchornet.store.submissions import count_by_return

log = logging.getLogger("anchornet")
REGISTRY: Final = CollectorRegistry()
REQUESTS = Counter(
    "anchornet_requests", "Requests by kind and status", ["kind", "status"], registry=REGISTRY
)
REQUEST_SECONDS = Histogram(
    "anchornet_request_seconds", "How long they took", ["kind"], registry=REGISTRY
)
PAGE_SECONDS = Histogram(
    "anchornet_page_run_seconds", "Runs of pages, and how long they took", ["page"],
    registry=REGISTRY,
)  # fmt: skip
FAILURES = Counter(
    "anchornet_failures", "Faults of ours, which the log explains", ["where"], registry=REGISTRY
)
KINDS = {"api", "sign-in", "media", "_stcore", "healthz", "readyz", "static", "calendar"}


@contextmanager
def page_run(page: str) -> Iterator[None]:
    began = time.perf_counter()
    try:
        yield
    finally:
        PAGE_SECONDS.labels(page).observe(time.perf_counter() - began)


class Requests:
    """Counts requests. Pure ASGI: reading a body here would break uploads."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, kind = time.perf_counter(), _kind(scope["path"])

        async def send_and_count(message: Message) -> None:
            if message["type"] == "http.response.start":
                REQUESTS.labels(kind, message["status"]).inc()
            await send(message)

        try:
            await self.app(scope, receive, send_and_count)
        finally:
            REQUEST_SECONDS.labels(kind).observe(time.perf_counter() - began)


def _kind(path: str) -> str:
    """The first part of an address, which says nothing of who asks for what."""
    first = path.strip("/").partition("/")[0]
    return first if first in KINDS else "page"


class _OfDatabases(Collector):
    """What the databases say when they are asked; with several networks, each at its host."""

    def __init__(self) -> None:
        self.databases: dict[str, Database] = {}

    def collect(self) -> Iterator[GaugeMetricFamily]:
        families: dict[str, GaugeMetricFamily] = {}
        databases: Mapping[str, Database | None] = self.databases or {"": None}
        for host, database in databases.items():
            of_network = {"network": host} if host else {}
            for name, about, labels, value in _gauges(database):
                labels = of_network | labels
                family = families.setdefault(
                    name, GaugeMetricFamily(name, about, labels=list(labels))
                )
                family.add_metric(list(labels.values()), value)
        yield from families.values()


OF_DATABASES = _OfDatabases()
REGISTRY.register(OF_DATABASES)


def _gauges(database: Database | None) -> Iterator[tuple[str, str, dict[str, str], float]]:
    """Of a database: name, what it says, labels, value."""
    ready = database is not None and database.is_readable()
    yield "anchornet_database_ready", "Whether the database can be read", {}, float(ready)
    if database is None or not ready:
        return
    yield "anchornet_database_bytes", "The database file and its log", {}, _size(database)
    yield "anchornet_disk_free_bytes", "Left on its disk", {}, database.free_space()
    with suppress(StoreError):
        for name, count in count_by_return(database).items():
            about = "Returns received so far"
            yield "anchornet_submissions", about, {"return_name": name}, count
        for state, count in count_by_state(database).items():
            yield "anchornet_mail", "Mails by their state", {"state": state}, count
        if database.settings.backup_to:
            failing = bool(backup_schedule.problem(database))
            yield "anchornet_backup_failing", "Whether backups fail", {}, float(failing)
            if last := backup_schedule.last_made(database):
                age = (utc_now() - last).total_seconds()
                yield "anchornet_backup_age_seconds", "Since the last backup", {}, age


def _size(database: Database) -> int:
    files: list[Path] = [database.path, database.path.with_name(f"{database.path.name}.wal")]
    return sum(file.stat().st_size for file in files if file.exists())


def serve(port: int) -> None:
    """Answers on a port of this machine."""
    try:
        start_http_server(port, addr="127.0.0.1", registry=REGISTRY)
    except OSError as why:
        log.error("No metrics on port %s: %s", port, why.strerror)
