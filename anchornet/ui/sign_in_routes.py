"""The door for networks without a sign-in provider: a password, or a link that works once.

Plain pages of their own, beside Streamlit: only an answer to a request can set a cookie that no
script reads. The cookie holds a random token; whose it is stands in the database.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from anchornet.store import authentication
from anchornet.store.authentication import SignInRefused
from anchornet.store.database import StoreError
from anchornet.ui.components import document
from anchornet.ui.session import COOKIE, has_provider, network

LONGEST = 4096  # bytes of the form
# Argon2 takes much time and memory on purpose: two at a time, apart from what serves the pages, and
# nobody waits long behind others.
_CHECKING = ThreadPoolExecutor(2, thread_name_prefix="sign-in")
MOST_AT_ONCE, MOST_OF_ONE = 20, 4
_waiting: Counter[str] = Counter()  # by network address


class TooMany(SignInRefused):
    pass


async def _sign_in(request: Request) -> Response:
    if has_provider():
        return RedirectResponse("/", status_code=303)
    if request.method == "GET":
        return _page("Sign in", "password")
    if not _ours(request) or not _short(request):
        return _page("Sign in", "password", "Please sign in from this page.", 403)
    form = await request.form()
    email, password = (str(form.get(name, "")) for name in ("email", "password"))
    try:
        token = await _in_turn(request, authentication.sign_in, email, password)
    except TooMany as why:
        return _page("Sign in", "password", str(why), 503)
    except SignInRefused as why:
        return _page("Sign in", "password", str(why), 403)
    except StoreError as why:
        return _page("Sign in", "password", str(why), 503)
    return _let_in(request, token)


async def _link(request: Request) -> Response:
    """A link shows a button and is spent by the button: programs that look through e-mails follow
    links, and would spend it."""
    if has_provider():
        return RedirectResponse("/", status_code=303)
    token = str(request.path_params["token"])
    if request.method == "GET":
        return _page("Welcome", "link")
    if not _ours(request):
        return _page("Welcome", "link", "Please sign in from this page.", 403)
    try:
        opened = await _in_turn(request, authentication.use_link, token)
    except TooMany as why:
        return _page("Welcome", "link", str(why), 503)
    except SignInRefused as why:
        return _page("This link", "", str(why), 403)
    except StoreError as why:
        return _page("Welcome", "link", str(why), 503)
    return _let_in(request, opened)


ROUTES = (
    Route("/sign-in", _sign_in, methods=["GET", "POST"]),
    Route("/sign-in/{token}", _link, methods=["GET", "POST"]),
)


async def _in_turn(request: Request, check: Callable[..., str], *words: str) -> str:
    """The token of a new sign-in. Raises SignInRefused, at once where too many wait already."""
    client = request.client.host if request.client else ""
    place = authentication.place_of(client)
    if _waiting[place] >= MOST_OF_ONE or _waiting.total() >= MOST_AT_ONCE:
        raise TooMany("Many people are signing in just now. Try again in a few seconds.")
    _waiting[place] += 1
    try:
        work = partial(check, network().database, *words, client=client)
        return await asyncio.get_running_loop().run_in_executor(_CHECKING, work)
    finally:
        _waiting[place] -= 1
        if not _waiting[place]:
            del _waiting[place]


def _let_in(request: Request, token: str) -> Response:
    after = request.query_params.get("next", "/")
    ours = after.startswith("/") and not after.startswith(("//", "/\\"))
    answer = RedirectResponse(after if ours else "/", status_code=303)
    answer.set_cookie(
        COOKIE,
        token,
        path="/",
        max_age=network().settings.sign_in_hours * 3600,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return answer


def _ours(request: Request) -> bool:
    """Whether a form was sent from a page of ours, and not from another site's. The browser says
    so itself; of one that is too old to, the origin does."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin", "")
    return urlsplit(origin).netloc == request.headers.get("host")


def _short(request: Request) -> bool:
    """Whether what is sent is a form of this page, which has two short fields. A stranger could
    fill the memory otherwise: what is dropped by others is held there."""
    length = request.headers.get("content-length", "")
    kind = request.headers.get("content-type", "").partition(";")[0]
    form = kind == "application/x-www-form-urlencoded"
    return form and length.isdecimal() and int(length) <= LONGEST


def _page(title: str, form: str, problem: str = "", code: int = 200) -> Response:
    """`form` is the one that the page shows: `password`, `link` or none."""
    name = network().settings.network_name
    page = document("sign_in", title=title, network=name, form=form, problem=problem)
    return HTMLResponse(page, status_code=code, headers={"cache-control": "no-store"})
