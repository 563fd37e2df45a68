"""The API: programs read figures and send returns, with a token in place of a sign-in.

Who asks is a Person (access.program_of), and everything goes the way that the pages go: figures by
their one door, returns by member_data. A file is written to the disk as it comes and one is checked
at a time, so that memory stays bounded whoever sends how much.
"""

import asyncio
import base64
import binascii
import json
import logging
import math
import secrets
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import IO, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from anchornet import member_data
from anchornet.access import NotAllowed, Person, allowed, program_of
from anchornet.csv_export import csv_bytes
from anchornet.exports import api
from anchornet.exports.api import Given
from anchornet.indicators.figures import NotOffered
from anchornet.intake.submit import NotAccepted
from anchornet.periods import NotDeclared, month_text
from anchornet.returns.columns import MappingError
from anchornet.returns.declaration import RETURNS
from anchornet.returns.findings import Refused
from anchornet.server import metrics
from anchornet.server.allowance import Allowance
from anchornet.server.networks import host, network, run_in
from anchornet.settings import SettingsError
from anchornet.store import audit
from anchornet.store.authentication import place_of
from anchornet.store.database import Database, StoreError, utc_now
from anchornet.store.network import NotPossible
from anchornet.store.submissions import Receipt, signed

log = logging.getLogger("anchornet")
READS_A_MINUTE, SENDS_A_MINUTE, REFUSALS_A_MINUTE = 120, 20, 20
MOST_READERS, MOST_FILES = 4, 4
LONGEST_BODY = 300  # seconds that a file may take to come
RETRY = 5  # seconds


class Problem(Exception):
    """What is answered in place of what was asked for."""

    def __init__(
        self, status: int, code: str, message: str, *, retry: float = 0, **more: Any
    ) -> None:
        self.status, self.retry = status, retry
        self.content = {"error": {"code": code, "message": message}, **more}
        super().__init__(message)

    def response(self) -> Response:
        headers = {"cache-control": "no-store"}
        if self.retry:
            headers["retry-after"] = str(math.ceil(self.retry))
        answer = JSONResponse(self.content, self.status, headers)
        if self.status == 401:
            # The second is what Excel asks for a password by: the token is the password.
            for challenge in ('Bearer realm="anchornet"', 'Basic realm="anchornet"'):
                answer.headers.append("www-authenticate", challenge)
        return answer


class Places:
    """How many requests may be under way at once; further ones are told to come back."""

    def __init__(self, most: int) -> None:
        self.most, self.taken = most, 0

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        if self.taken >= self.most:
            raise Problem(503, "busy", "Much is asked for just now. Try again.", retry=RETRY)
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1


class Limits:
    """What one application allows."""

    def __init__(self) -> None:
        self.reads, self.sends = Allowance(READS_A_MINUTE), Allowance(SENDS_A_MINUTE)
        self.refusals = Allowance(REFUSALS_A_MINUTE)
        self.readers, self.files = Places(4 * MOST_READERS), Places(MOST_FILES)
        self.reading = ThreadPoolExecutor(MOST_READERS, thread_name_prefix="api read")
        self.checking = ThreadPoolExecutor(1, thread_name_prefix="api check")
        self.noted: dict[str, str] = {}  # token -> the day that its use was last kept in the record


def routes() -> list[Route]:
    """Those of one application, with limits of its own."""
    limits = Limits()
    reads: Mapping[str, Callable[[Database, Person, Given], Any]] = {
        "figures": api.figure_rows,
        "definitions": _definitions,
        "returns": api.return_rows,
    }
    return [
        Route(f"{api.PATH}/openapi.json", _endpoint(_openapi, limits)),
        *(
            Route(f"{api.PATH}/{name}", _endpoint(partial(_read, name, read), limits))
            for name, read in reads.items()
        ),
        Route(f"{api.PATH}/returns", _endpoint(partial(_take, "send"), limits), methods=["POST"]),
        Route(f"{api.PATH}/check", _endpoint(partial(_take, "check"), limits), methods=["POST"]),
    ]


Handle = Callable[[Request, Limits], Awaitable[Response]]


def _endpoint(handle: Handle, limits: Limits) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            return await handle(request, limits)
        except Exception as fault:
            return _problem(fault).response()

    return answer


def _problem(fault: Exception) -> Problem:
    words = str(fault)
    match fault:
        case Problem():
            return fault
        case NotAccepted():
            return Problem(422, "not_accepted", words, check=fault.summary)
        case Refused():
            return Problem(422, "not_a_list", words)
        case NotAllowed() | NotOffered():
            return Problem(403, "not_allowed", words)
        case NotPossible() | NotDeclared() | MappingError():
            return Problem(400, "not_possible", words)
        case StoreError() | SettingsError():
            return Problem(503, "not_now", words, retry=60)
        case ClientDisconnect():
            return Problem(400, "gone", "The file did not come whole.")
    reference = secrets.token_hex(4)
    log.error("Reference %s", reference, exc_info=fault)
    metrics.FAILURES.labels("api").inc()
    words = "Something went wrong on our side. Nothing was saved in part."
    return Problem(500, "our_fault", f"{words} Reference {reference}.")


# --- who asks ------------------------------------------------------------------------------------


async def _person(request: Request, limits: Limits, allowance: Allowance) -> Person:
    """Who the token stands for. Raises Problem."""
    secret = _secret(request)
    client = place_of(request.client.host if request.client else "")
    person = None
    if secret:
        person = await run_in_threadpool(_known, secret, limits, client)
    if person is None:
        if wait := limits.refusals.take(client):
            raise Problem(429, "too_many", "Too many attempts.", retry=wait)
        raise Problem(401, "no_token", "Send a token that works: Authorization: Bearer …")
    if wait := allowance.take(f"{host()} {person.email}"):
        raise Problem(429, "too_many", "Too many requests. Try again.", retry=wait)
    return person


def _known(secret: str, limits: Limits, client: str) -> Person | None:
    database = network().database
    person, now = program_of(database, secret), utc_now()
    if person is None:
        return None
    if limits.noted.get(person.email) != (day := f"{now:%Y-%m-%d}"):
        limits.noted[person.email] = day
        about = f"{person.name}, first that day from {client}"
        audit.note(database, person.email, "used the API", about, person.member_id, now)
    return person


def _secret(request: Request) -> str:
    """The token: a bearer's, or the password of a basic sign-in, which is all that Excel can do.
    The latter a browser sends by itself once it has it, so for what changes nothing only."""
    kind, _, rest = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return rest.strip()[:200]
    if kind.lower() == "basic" and request.method in ("GET", "HEAD"):
        try:
            return base64.b64decode(rest[:1000], validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


# --- what is read --------------------------------------------------------------------------------


async def _openapi(request: Request, limits: Limits) -> Response:
    del limits
    document = await run_in_threadpool(lambda: api.openapi(network().settings))
    return JSONResponse(document)


def _definitions(database: Database, person: Person, given: Given) -> Any:
    del person
    return api.definition_rows() if given.one("format") == "csv" else api.definitions(database)


async def _read(
    name: str,
    read: Callable[[Database, Person, Given], Any],
    request: Request,
    limits: Limits,
) -> Response:
    person = await _person(request, limits, limits.reads)
    given = Given(name, request.query_params.multi_items())

    def make() -> Response:
        database = network().database
        content = read(database, person, given)
        headers = {"cache-control": "no-store"}
        if given.one("format") == "csv":
            headers["content-disposition"] = f'attachment; filename="{name}.csv"'
            return Response(csv_bytes(content), headers=headers, media_type="text/csv")
        rows = content if isinstance(content, dict) else api.records(content)
        text = json.dumps(rows, ensure_ascii=False, allow_nan=False, default=float)
        return Response(text, headers=headers, media_type="application/json")

    async with limits.readers.one():
        return await run_in(limits.reading, make)


# --- what is sent --------------------------------------------------------------------------------


async def _take(what: str, request: Request, limits: Limits) -> Response:
    person = await _person(request, limits, limits.sends)
    given = Given(what, request.query_params.multi_items())
    member_id, on_behalf = _sends_for(person, given.one("member"))
    settings = network().settings
    async with limits.files.one():
        with tempfile.TemporaryFile() as file:
            size = await _receive(request, file, settings.max_upload_mb * 1_000_000)
            nil = given.one("nil") == "true"
            if nil == bool(size):
                words = "A nil return has no file." if nil else "Send the file as the body."
                raise NotPossible(words)
            work = partial(_send if what == "send" else _check, person, given, member_id, file)
            if what == "send":
                work = partial(work, on_behalf=on_behalf)
            return await run_in(limits.checking, work)


def _sends_for(person: Person, member_id: str | None) -> tuple[str, bool]:
    """For which member, and whether on its behalf. Raises NotAllowed and NotPossible."""
    member_id = member_id or person.member_id
    if allowed(person, "send_return", member_id) and member_id:
        return member_id, False
    if not allowed(person, "send_on_behalf"):
        raise NotAllowed("Returns are sent with a token of one of the member's contributors.")
    if not member_id:
        raise NotPossible("Say for which member it is: member=ID.")
    return member_id, True


async def _receive(request: Request, file: IO[bytes], most: int) -> int:
    """Writes the body to the file as it comes; its size. Raises Problem."""
    too_large = Problem(
        413, "too_large", f"The file is larger than {most // 1_000_000} MB. Send it in parts."
    )
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > most:
        raise too_large
    size = 0
    try:
        async with asyncio.timeout(LONGEST_BODY):
            async for chunk in request.stream():
                size += len(chunk)
                if size > most:
                    raise too_large
                file.write(chunk)
    except TimeoutError:
        raise Problem(408, "too_slow", "The file did not come in time. Try again.") from None
    return size


def _file_name(given: Given) -> str:
    plain = "".join(letter for letter in given.one("file_name") or "" if letter.isprintable())
    return plain.replace("\\", "/").rpartition("/")[2].strip()[:200] or f"{given.one('return')}"


def _whole(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def _check(person: Person, given: Given, member_id: str, file: IO[bytes]) -> Response:
    summary = member_data.check(
        network().database,
        person,
        RETURNS[given.one("return") or ""],
        _whole(file),
        _file_name(given),
        member_id=member_id,
        period=given.month("period"),
        mapping=given.one("mapping"),
    )
    return _json(200, summary)


def _send(
    person: Person, given: Given, member_id: str, file: IO[bytes], *, on_behalf: bool
) -> Response:
    database, return_ = network().database, RETURNS[given.one("return") or ""]
    each = given.one("period") == "each"
    period = None if each else given.month("period")
    by = signed(person.name, person.email)
    if given.one("nil") == "true":
        if period is None:
            raise NotPossible("Say which month there is nothing to report for.")
        receipts = [
            member_data.submit_nil(
                database,
                person,
                return_,
                member_id=member_id,
                period=period,
                by=by,
                on_behalf=on_behalf,
            )
        ]
    else:
        receipts = member_data.submit(
            database,
            person,
            return_,
            _whole(file),
            _file_name(given),
            member_id=member_id,
            by=by,
            period=period,
            each=each,
            mapping=given.one("mapping"),
            accept_warnings=given.one("accept_warnings"),
            on_behalf=on_behalf,
        )
    status = 200 if all(receipt.already for receipt in receipts) else 201
    return _json(status, {"submissions": [_receipt(receipt) for receipt in receipts]})


def _receipt(receipt: Receipt) -> dict[str, Any]:
    return {
        "receipt": receipt.receipt,
        "member": receipt.member_id,
        "return": receipt.return_name,
        "period": month_text(receipt.period),
        "rows": receipt.rows,
        "totals": {name: float(total) for name, total in receipt.totals.items()},
        "accepted_at": f"{receipt.accepted_at.isoformat()}Z",
        "already": receipt.already,
        "sha256": receipt.sha256,
    }


def _json(status: int, content: Any) -> Response:
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, default=float)
    headers = {"cache-control": "no-store"}
    return Response(text, status, headers, media_type="application/json")
