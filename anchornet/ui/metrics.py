"""Figures of the app itself for whoever runs it, as Prometheus reads them: on a port of this
machine only, and nothing of any person."""

import logging
import time
from collections.abc import Iterator
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


class _OfDatabase(Collector):
    """What the database says when it is asked."""

    database: Database | None = None

    def collect(self) -> Iterator[GaugeMetricFamily]:
        database = self.database
        ready = database is not None and database.is_readable()
        yield _gauge("anchornet_database_ready", "Whether the database can be read", ready)
        if database is None or not ready:
            return
        yield _gauge("anchornet_database_bytes", "The database file and its log", _size(database))
        yield _gauge("anchornet_disk_free_bytes", "Left on its disk", database.free_space())
        with suppress(StoreError):
            received = GaugeMetricFamily(
                "anchornet_submissions", "Returns received so far", labels=["return_name"]
            )
            for name, count in count_by_return(database).items():
                received.add_metric([name], count)
            yield received
            mail = GaugeMetricFamily("anchornet_mail", "Mails by their state", labels=["state"])
            for state, count in count_by_state(database).items():
                mail.add_metric([state], count)
            yield mail
            if database.settings.backup_to:
                failing = bool(backup_schedule.problem(database))
                yield _gauge("anchornet_backup_failing", "Whether backups fail", failing)
                if last := backup_schedule.last_made(database):
                    age = (utc_now() - last).total_seconds()
                    yield _gauge("anchornet_backup_age_seconds", "Since the last backup", age)


OF_DATABASE = _OfDatabase()
REGISTRY.register(OF_DATABASE)


def _gauge(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, about, value=float(value))


def _size(database: Database) -> int:
    files: list[Path] = [database.path, database.path.with_name(f"{database.path.name}.wal")]
    return sum(file.stat().st_size for file in files if file.exists())


def serve(port: int) -> None:
    """Answers on a port of this machine."""
    try:
        start_http_server(port, addr="127.0.0.1", registry=REGISTRY)
    except OSError as why:
        log.error("No metrics on port %s: %s", port, why.strerror)
