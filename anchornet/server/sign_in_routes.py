"""The door for networks without a sign-in provider: a password, or a link that works once; and the
page on which people set their own password, choose which emails they get, have a calendar made and
sign out everywhere.

Plain pages of their own, beside Streamlit: only an answer to a request can set a cookie that no
script reads. The cookie holds a random token; whose it is stands in the database.
"""

import math
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from urllib.parse import urlsplit

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from anchornet import formatting
from anchornet.exports.calendar import MIME, calendar_of
from anchornet.server import script
from anchornet.server.allowance import Allowance
from anchornet.server.documents import document
from anchornet.server.identity import COOKIE, account_in, has_provider
from anchornet.server.networks import network, run_in
from anchornet.store import authentication, calendars, passkeys
from anchornet.store.authentication import SignInRefused
from anchornet.store.database import StoreError, utc_now
from anchornet.store.mail import KINDS, Letter, choices, choose, put_out
from anchornet.store.network import NotPossible
from anchornet.store.people import Account, account

ACCOUNT, CALENDAR, SETUP = "/account", "/calendar", "/setup"
FIRST_FIELDS = ("email", "name", "new", "again")
LONGEST = 4096  # bytes of the form
# Argon2 takes much time and memory on purpose: two at a time, apart from what serves the pages, and
# nobody waits long behind others.
_CHECKING = ThreadPoolExecutor(2, thread_name_prefix="sign-in")
MOST_AT_ONCE, MOST_OF_ONE = 20, 4
_waiting: Counter[str] = Counter()  # by network address
_FORGOTTEN = Allowance(5)


class TooMany(SignInRefused):
    pass


async def _sign_in(request: Request) -> Response:
    if has_provider():
        return RedirectResponse("/", status_code=303)
    if request.method == "GET":
        return _page("Sign in", "password")
    if not ours(request) or not _short(request):
        return _page("Sign in", "password", "Please sign in from this page.", 403)
    form = await request.form()
    email, password = (str(form.get(name, "")) for name in ("email", "password"))
    try:
        token = await in_turn(request, authentication.sign_in, email, password)
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
    if not ours(request):
        return _page("Welcome", "link", "Please sign in from this page.", 403)
    try:
        opened = await in_turn(request, authentication.use_link, token)
    except TooMany as why:
        return _page("Welcome", "link", str(why), 503)
    except SignInRefused as why:
        return _page("This link", "", str(why), 403)
    except StoreError as why:
        return _page("Welcome", "link", str(why), 503)
    # Where they choose a password, so that they need no further link.
    return _let_in(request, opened, ACCOUNT)


async def _first(request: Request) -> Response:
    """The first link of a network without people: whoever holds it becomes its coordinator."""
    provider = has_provider()
    title = "Set up your network"
    if request.method == "GET":
        return _page(
            title,
            "first",
            least=authentication.LEAST,
            provider=provider,
            typed=dict.fromkeys(FIRST_FIELDS, ""),
        )
    if not ours(request) or not _short(request):
        return _page(title, "", "Please use this page's form.", 403)
    form = await request.form()
    typed = {name: str(form.get(name, "")) for name in FIRST_FIELDS}
    email, name, new, again = typed.values()
    try:
        if new != again:
            raise NotPossible("The two passwords differ. Type the same one twice.")
        work = partial(authentication.open_first_account, password=None if provider else new)
        token = await in_turn(request, work, str(request.path_params["token"]), email, name)
    except (NotPossible, SignInRefused, StoreError) as why:
        code = 503 if isinstance(why, TooMany | StoreError) else 403
        again_asked = {"least": authentication.LEAST, "provider": provider, "typed": typed}
        shown = "" if isinstance(why, SignInRefused) and not isinstance(why, TooMany) else "first"
        return _page(title, shown, str(why), code, **again_asked)
    return RedirectResponse("/", status_code=303) if provider else _let_in(request, token, SETUP)


async def _forgotten(request: Request) -> Response:
    """Asks for a link by email. The same is answered to everybody, at once: what it leads to is
    done after."""
    if has_provider() or not network().settings.mail_host:
        return RedirectResponse("/sign-in", status_code=303)
    if request.method == "GET":
        return _page("Forgotten password", "forgotten")
    if not ours(request) or not _short(request):
        return _page("Forgotten password", "forgotten", "Please use this page's form.", 403)
    if wait := _FORGOTTEN.take(authentication.place_of(_client(request))):
        seconds = math.ceil(wait)
        why = f"Too many attempts. Try again in {seconds} {formatting.plural(seconds, 'second')}."
        return _page("Forgotten password", "forgotten", why, 503)
    email = str((await request.form()).get("email", ""))
    answer = _page("Forgotten password", "asked", minutes=network().settings.link_minutes)
    answer.background = BackgroundTask(_send_link, email)
    return answer


def _send_link(email: str) -> None:
    """One a quarter of an hour, whoever asks how often."""
    database, now = network().database, utc_now()
    if reader := account(database, email[:254]):
        about = f"{now:%Y-%m-%d %H}:{now.minute // 15 * 15:02}"
        put_out(database, [Letter("reset", reader.email, about)], now=now)


async def _account(request: Request) -> Response:
    """Somebody's own password, where they are signed in, their emails and their calendar; with a
    provider the first two are its."""
    database, cookie = network().database, request.cookies.get(COOKIE, "")
    reader = await run_in_threadpool(account_in, request.cookies)
    if reader is None:
        to = "/" if has_provider() else f"/sign-in?next={ACCOUNT}"
        return RedirectResponse(to, status_code=303)

    async def page(problem: str = "", code: int = 200, **shown: str) -> Response:
        make = partial(_account_page, reader, cookie, problem, code, **shown)
        return await run_in_threadpool(make)

    if request.method == "GET":
        return await page(done=_DONE.get(request.url.query, ""))
    if not ours(request) or not _short(request):
        return await page("Please use this page's form.", 403)
    form = await request.form()
    try:
        if "mail" in form:
            wanted = [str(kind) for kind in form.getlist("wanted")]
            await run_in_threadpool(choose, database, reader, wanted)
            return RedirectResponse(f"{ACCOUNT}?mail", status_code=303)
        if "calendar" in form:
            token = await run_in_threadpool(calendars.make_address, database, reader.email)
            return await page(calendar=f"{site(request)}{CALENDAR}/{token}.ics")
        if "end_calendar" in form:
            await run_in_threadpool(calendars.end_address, database, reader.email)
            return RedirectResponse(f"{ACCOUNT}?calendar", status_code=303)
        if has_provider():
            return await page("Please use this page's form.", 403)
        if "remove_passkey" in form:
            number = str(form["remove_passkey"])
            await run_in_threadpool(passkeys.remove, database, reader.email, number)
            return RedirectResponse(f"{ACCOUNT}?no_passkey", status_code=303)
        if "everywhere" in form:
            end = authentication.sign_out_everywhere
            await run_in_threadpool(end, database, reader.email, by=reader.email)
            return RedirectResponse("/", status_code=303)
        current, new, again = (str(form.get(name, "")) for name in ("current", "new", "again"))
        if new != again:
            raise NotPossible("The two new passwords differ. Type the same one twice.")
        token = await in_turn(request, authentication.choose_password, cookie, current, new)
    except (NotPossible, SignInRefused, StoreError) as why:
        return await page(str(why), 503 if isinstance(why, TooMany | StoreError) else 403)
    return _let_in(request, token, f"{ACCOUNT}?saved")


# What is said after something was done, by the address that then leads here.
_DONE = {
    "saved": "Your password is saved.",
    "passkey": "Your passkey is added. You can sign in with it from now on.",
    "no_passkey": "The passkey no longer works here. Remove it from your device too.",
    "mail": "Your choice of emails is saved.",
    "calendar": "The address of your calendar no longer works.",
}


def _account_page(
    reader: Account, cookie: str, problem: str = "", code: int = 200, *, done: str = "",
    calendar: str = "",
) -> Response:  # fmt: skip
    database = network().database
    held = None if has_provider() else authentication.signed_in(database, cookie)
    rows = [
        (
            formatting.moment(one.made_at),
            formatting.moment(one.ends_at),
            f"with a {one.how}" if one.how else "",
            bool(held and one.made_at == held.made_at),
        )
        for one in authentication.sign_ins(database, reader.email)
    ]
    wanted = choices(database, reader) if database.settings.mail_host else {}
    return _page(
        "Your account",
        "account",
        problem,
        code,
        done=done,
        email=reader.email,
        own=held is not None,
        current=bool(held and authentication.needs_password(database, held)),
        changes=authentication.has_password(database, reader.email),
        least=authentication.LEAST,
        sign_ins=rows,
        links=[
            (formatting.moment(made_at), by)
            for made_at, by in authentication.links_made(database, reader.email)
        ],
        passkeys=[
            (
                one.credential_id,
                one.name,
                formatting.moment(one.made_at),
                formatting.moment(one.used_at) if one.used_at else "not yet",
            )
            for one in passkeys.passkeys(database, reader.email)
        ],
        mails=[(kind, KINDS[kind][0], is_wanted) for kind, is_wanted in wanted.items()],
        calendar=calendar,
        has_calendar=calendars.has_address(database, reader.email),
    )


async def _calendar(request: Request) -> Response:
    """For calendar programs, which can't sign in: whoever has the address has the calendar."""
    made = await run_in_threadpool(_calendar_of, str(request.path_params["token"]))
    if made is None:
        return Response("There is no such calendar.", 404)
    return Response(made, media_type=MIME, headers={"cache-control": "no-store"})


def _calendar_of(token: str) -> bytes | None:
    database = network().database
    email = calendars.holder(database, token)
    reader = account(database, email) if email else None
    return calendar_of(database, reader) if reader else None


ROUTES = (
    Route("/sign-in", _sign_in, methods=["GET", "POST"]),
    Route("/sign-in/forgotten", _forgotten, methods=["GET", "POST"]),
    Route("/sign-in/{token}", _link, methods=["GET", "POST"]),
    Route(f"{CALENDAR}/{{token}}.ics", _calendar),
    Route("/first/{token}", _first, methods=["GET", "POST"]),
    Route(ACCOUNT, _account, methods=["GET", "POST"]),
)


async def in_turn(request: Request, check: Callable[..., str], *words: str) -> str:
    """The token of a new sign-in. Raises SignInRefused, at once where too many wait already."""
    client = _client(request)
    place = authentication.place_of(client)
    if _waiting[place] >= MOST_OF_ONE or _waiting.total() >= MOST_AT_ONCE:
        raise TooMany("Many people are signing in just now. Try again in a few seconds.")
    _waiting[place] += 1
    try:
        work = partial(check, network().database, *words, client=client)
        return await run_in(_CHECKING, work)
    finally:
        _waiting[place] -= 1
        if not _waiting[place]:
            del _waiting[place]


def _let_in(request: Request, token: str, after: str = "") -> Response:
    answer = RedirectResponse(after or where_to(request), status_code=303)
    keep_signed_in(request, answer, token)
    return answer


def where_to(request: Request) -> str:
    """The page of ours that somebody wanted when they were asked to sign in."""
    after = request.query_params.get("next", "/")
    own = after.startswith("/") and not after.startswith(("//", "/\\"))
    return after if own else "/"


def keep_signed_in(request: Request, answer: Response, token: str) -> None:
    answer.set_cookie(
        COOKIE,
        token,
        path="/",
        max_age=network().settings.sign_in_hours * 3600,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def _client(request: Request) -> str:
    return request.client.host if request.client else ""


def site(request: Request) -> str:
    """Where people open the app."""
    return network().settings.address or f"{request.url.scheme}://{request.url.netloc}"


def ours(request: Request) -> bool:
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
    """`form` is what stands on the page: one of those in sign_in.html, or none."""
    settings = network().settings
    page = document(
        "sign_in", title=title, network=settings.network_name, form=form, problem=problem,
        sends=bool(settings.mail_host), script=script.PASSKEYS, **values,
    )  # fmt: skip
    return HTMLResponse(page, status_code=code, headers={"cache-control": "no-store"})
