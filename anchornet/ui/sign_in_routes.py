"""The door for networks without a sign-in provider: a password, or a link that works once; and the
page on which people set their own password and sign out everywhere.

Plain pages of their own, beside Streamlit: only an answer to a request can set a cookie that no
script reads. The cookie holds a random token; whose it is stands in the database.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from anchornet import formatting
from anchornet.store import authentication
from anchornet.store.authentication import SignIn, SignInRefused
from anchornet.store.database import StoreError
from anchornet.store.network import NotPossible
from anchornet.ui.components import document
from anchornet.ui.session import COOKIE, has_provider, network

ACCOUNT = "/account"
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
    # Where they choose a password, so that they need no further link.
    return _let_in(request, opened, ACCOUNT)


async def _account(request: Request) -> Response:
    """Somebody's own password, and where they are signed in; with a provider both are its."""
    database, cookie = network().database, request.cookies.get(COOKIE, "")
    held = await run_in_threadpool(authentication.signed_in, database, cookie)
    if has_provider():
        return RedirectResponse("/", status_code=303)
    if held is None:
        return RedirectResponse(f"/sign-in?next={ACCOUNT}", status_code=303)
    if request.method == "GET":
        saved = "saved" in request.query_params
        return await run_in_threadpool(_account_page, held, saved=saved)
    if not _ours(request) or not _short(request):
        return await run_in_threadpool(_account_page, held, "Please use this page's form.", 403)
    form = await request.form()
    try:
        if "everywhere" in form:
            end = authentication.sign_out_everywhere
            await run_in_threadpool(end, database, held.email, by=held.email)
            return RedirectResponse("/", status_code=303)
        current, new, again = (str(form.get(name, "")) for name in ("current", "new", "again"))
        if new != again:
            raise NotPossible("The two new passwords differ. Type the same one twice.")
        token = await _in_turn(request, authentication.choose_password, cookie, current, new)
    except (NotPossible, SignInRefused, StoreError) as why:
        code = 503 if isinstance(why, TooMany | StoreError) else 403
        return await run_in_threadpool(_account_page, held, str(why), code)
    return _let_in(request, token, f"{ACCOUNT}?saved")


def _account_page(
    held: SignIn, problem: str = "", code: int = 200, *, saved: bool = False
) -> Response:
    database = network().database
    rows = [
        (
            formatting.moment(one.made_at),
            formatting.moment(one.ends_at),
            f"with a {one.how}" if one.how else "",
            one.made_at == held.made_at,
        )
        for one in authentication.sign_ins(database, held.email)
    ]
    return _page(
        "Your account",
        "account",
        problem,
        code,
        saved=saved,
        email=held.email,
        current=authentication.needs_password(database, held),
        changes=authentication.has_password(database, held.email),
        least=authentication.LEAST,
        sign_ins=rows,
        links=[
            (formatting.moment(made_at), by)
            for made_at, by in authentication.links_made(database, held.email)
        ],
    )


ROUTES = (
    Route("/sign-in", _sign_in, methods=["GET", "POST"]),
    Route("/sign-in/{token}", _link, methods=["GET", "POST"]),
    Route(ACCOUNT, _account, methods=["GET", "POST"]),
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


def _let_in(request: Request, token: str, after: str = "") -> Response:
    after = after or request.query_params.get("next", "/")
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


def _page(title: str, form: str, problem: str = "", code: int = 200, **values: object) -> Response:
    """`form` is the one that the page shows: `password`, `link`, `account` or none."""
    name = network().settings.network_name
    page = document("sign_in", title=title, network=name, form=form, problem=problem, **values)
    return HTMLResponse(page, status_code=code, headers={"cache-control": "no-store"})
