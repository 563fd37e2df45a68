"""Signing in with a passkey, and adding one: what the script of these pages asks for, as JSON."""

import json
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from anchornet.server.identity import COOKIE, has_provider
from anchornet.server.networks import network
from anchornet.server.sign_in_routes import in_turn, keep_signed_in, ours, site, where_to
from anchornet.store import authentication, passkeys
from anchornet.store.authentication import SignInRefused
from anchornet.store.database import StoreError
from anchornet.store.network import NotPossible

LONGEST = 16_384  # bytes of what a browser sends
NOT_FROM_HERE = "Please do this from the page."


async def _ask_to_sign_in(request: Request) -> Response:
    if await _sent(request) is None:
        return _problem(NOT_FROM_HERE)
    return _given(passkeys.ask_to_sign_in(site(request)))


async def _sign_in(request: Request) -> Response:
    sent = await _sent(request)
    if sent is None:
        return _problem(NOT_FROM_HERE)
    try:
        answer = str(sent.get("answer", ""))
        token = await in_turn(request, passkeys.sign_in, answer, site(request))
    except (SignInRefused, StoreError) as why:
        return _problem(str(why))
    response = JSONResponse({"to": where_to(request)})
    keep_signed_in(request, response, token)
    return response


async def _ask_to_add(request: Request) -> Response:
    sent = await _sent(request)
    if sent is None:
        return _problem(NOT_FROM_HERE)
    try:
        cookie, current = request.cookies.get(COOKIE, ""), str(sent.get("current", ""))
        email = await in_turn(request, authentication.confirm, cookie, current)
        ask = passkeys.ask_to_add
        return _given(await run_in_threadpool(ask, network().database, email, site(request)))
    except (SignInRefused, NotPossible, StoreError) as why:
        return _problem(str(why))


async def _add(request: Request) -> Response:
    sent, database = await _sent(request), network().database
    if sent is None:
        return _problem(NOT_FROM_HERE)
    cookie = request.cookies.get(COOKIE, "")
    held = await run_in_threadpool(authentication.signed_in, database, cookie)
    if held is None:
        return _problem("You are no longer signed in.")
    name, answer = (str(sent.get(key, "")) for key in ("name", "answer"))
    try:
        await run_in_threadpool(passkeys.add, database, held.email, name, answer, site(request))
    except (NotPossible, StoreError) as why:
        return _problem(str(why))
    return JSONResponse({})


async def _sent(request: Request) -> dict[str, Any] | None:
    """What the script of our pages sends; None where it was somebody else, too much, or where
    people sign in with a provider."""
    length = request.headers.get("content-length", "")
    short = length.isdecimal() and int(length) <= LONGEST
    kind = request.headers.get("content-type", "")
    if has_provider() or not ours(request) or not short or kind != "application/json":
        return None
    try:
        sent = json.loads(await request.body())
    except ValueError:
        return None
    return sent if isinstance(sent, dict) else None


def _given(options: str) -> Response:
    headers = {"cache-control": "no-store"}
    return Response(options, media_type="application/json", headers=headers)


def _problem(why: str) -> Response:
    return JSONResponse({"problem": why}, 403)


ROUTES = (
    Route("/sign-in/passkey/ask", _ask_to_sign_in, methods=["POST"]),
    Route("/sign-in/passkey", _sign_in, methods=["POST"]),
    Route("/account/passkey/ask", _ask_to_add, methods=["POST"]),
    Route("/account/passkey", _add, methods=["POST"]),
)
