"""What strangers and odd files try on the real server: nothing runs, leaks or gets too large."""

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from anchornet import settings as settings_
from anchornet.facts.build import add_member, open_network
from anchornet.intake.submit import submit
from anchornet.periods import month_text
from anchornet.returns.declaration import RETURNS
from anchornet.store import authentication
from anchornet.store.people import record_person
from tests.canaries import LAST

Watch = Callable[..., Any]
ADA, BEA, CODE = "ada@example.org", "bea@example.org", "three quiet words"
LONG = "Endless" * 1430  # 10,010 characters
ODD = {
    "html": "<img src=x onerror=window.hit=1><script>window.hit=2</script> Ltd",
    "formula": "=cmd|' /C calc'!A0",
    "bell": "Bell\x07\x1b[31m Ltd",
    "right to left": "Sample \u202egnp.exe Ltd",
    "long": LONG,
    "markdown": "![x](https://elsewhere.example/x.png) **Ltd**",
}


@pytest.fixture(scope="module")
def odd(serve: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where a council is served that paid suppliers with odd names; files are small there, and no
    proxy of this machine is believed."""
    path: Path = tmp_path_factory.mktemp("odd") / "network.duckdb"
    database = open_network(replace(settings_.load(environment={}), database=path), create=True)
    add_member(database, "council", "Sample Council", "council")
    record_person(database, ADA, "Ada Sample", {("member_contributor", "council")}, by=ADA)
    record_person(database, BEA, "Bea Sample", {("coordinator", None)}, by=ADA)
    for email in (ADA, BEA):
        authentication.set_password(database, email, CODE, by=ADA)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["supplier_name", "paid_on", "amount_gbp", "category"])
    for place, name in enumerate(ODD.values()):
        writer.writerow([name, f"{month_text(LAST)}-02", 9000 - place, "Repairs"])
    writer.writerow(["Sample Twin Ltd", f"{month_text(LAST)}-02", 900_000, "Repairs"])
    submit(
        database,
        RETURNS["spend"],
        text.getvalue().encode(),
        "<b>odd</b>.csv",
        member_id="council",
        by=ADA,
        period=LAST,
        accept_warnings="It is a test.",
    )
    database.close()
    given = {"ANCHORNET_MAX_UPLOAD_MB": "1", "ANCHORNET_PROXY": "10.9.8.7"}
    return serve(copy_of=path, environment=given)


def signed_in(watch: Watch, address: str, email: str = ADA) -> Any:
    watched = watch(address)
    answer = watched.page.request.post(
        f"{address}/sign-in",
        form={"email": email, "password": CODE},
        headers={"origin": address, "x-forwarded-proto": "https"},
        max_redirects=0,
    )
    assert answer.status == 303
    # Whoever is not the proxy says "https" in vain.
    assert "secure" not in answer.headers["set-cookie"].lower()
    return watched


def test_odd_names_of_suppliers_are_shown_as_text_and_break_no_page(watch: Watch, odd: str) -> None:
    watched = signed_in(watch, odd)
    page, arrived = watched.page, bytearray()
    page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda it: arrived.extend(it)),
    )
    for path in ("organisations", "spend?members=council", "my_returns"):
        watched.open(path)
        expect(page.locator(".an-foot")).to_be_attached()
        page.wait_for_selector("[data-test-script-state=notRunning]", state="attached")
        assert page.evaluate("window.hit") is None
        # Nothing is pushed off the side of the page.
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert page.locator("img[src*=elsewhere], img[src=x]").count() == 0
        assert page.locator("[data-testid=stException]").count() == 0
    # They were there to be shown: four as they are, and two without what can't be seen.
    for name in ("html", "formula", "long", "markdown"):
        assert ODD[name].encode() in arrived, name
    expect(page.get_by_text("<b>odd</b>.csv", exact=False)).to_have_count(0)
    assert watched.strangers == []
    assert [it for it in watched.complaints if "404" not in it] == []


def test_a_file_that_is_too_large_is_refused_by_the_server(watch: Watch, odd: str) -> None:
    watched = signed_in(watch, odd)
    page, sessions = watched.page, []

    def framed(payload: str | bytes) -> None:
        told = ForwardMsg.FromString(payload if isinstance(payload, bytes) else payload.encode())
        if told.HasField("new_session"):
            sessions.append(told.new_session.initialize.session_id)

    page.on("websocket", lambda socket: socket.on("framereceived", framed))
    watched.open("submit")
    expect(page.locator("h1.an-answer")).to_be_visible()
    token = next(it["value"] for it in page.context.cookies() if it["name"] == "_streamlit_xsrf")

    def put(size: int, **headers: str) -> int:
        return page.request.put(
            f"{odd}/_stcore/upload_file/{sessions[-1]}/1",
            multipart={"f": {"name": "f.csv", "mimeType": "text/csv", "buffer": b"x" * size}},
            headers={"x-xsrftoken": token, **headers},
        ).status

    assert put(100_000) == 204
    assert put(1_200_000) == 413
    assert put(100, **{"x-xsrftoken": "of another site"}) == 403


def test_the_form_takes_a_short_form_only(watch: Watch, odd: str) -> None:
    ask = watch(odd).page.request
    origin = {"origin": odd}
    right = {"email": ADA, "password": CODE}
    several = ask.post(f"{odd}/sign-in", multipart=right, headers=origin, max_redirects=0)
    large = ask.post(
        f"{odd}/sign-in", form={**right, "more": "x" * 5000}, headers=origin, max_redirects=0
    )
    text = ask.post(f"{odd}/sign-in", data="email=a", headers=origin, max_redirects=0)
    assert (several.status, large.status, text.status) == (403, 403, 403)
    for answer in (several, large, text):
        assert "set-cookie" not in answer.headers
    short = ask.post(f"{odd}/sign-in", form=right, headers=origin, max_redirects=0)
    assert short.status == 303


def test_every_kind_of_answer_has_the_headers(watch: Watch, odd: str) -> None:
    ask = watch(odd).page.request
    found = {}
    for path in (
        "", "overview", "healthz", "sign-in", "sign-in/none", "media/none.csv", "nothing/there",
        "_stcore/health", "_stcore/host-config", "_stcore/upload_file/a/b", "static/none.js",
        "component/none", "oauth2callback", "auth/login",
    ):  # fmt: skip
        for method in ("GET", "POST", "PUT"):
            answer = ask.fetch(f"{odd}/{path}", method=method, max_redirects=0)
            assert "default-src 'self'" in answer.headers.get("content-security-policy", ""), path
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert not re.search('traceback|File "', answer.text(), re.I), path
            found[answer.status] = found.get(answer.status, 0) + 1
    assert found.keys() >= {200, 403, 404, 405}


TWINS = b"""name,org_id,postcode
Sample Twin Limited,GB-COH-00000001,M2 5DB
Sample Twin Ltd,GB-COH-00000002,BR2 0XT
"""


def test_what_a_register_offers_moves_the_local_share_and_is_undone(watch: Watch, odd: str) -> None:
    watched = signed_in(watch, odd, BEA)
    page = watched.page

    def local_share() -> str:
        watched.open("spend")
        sentence = page.locator(".an-answer")
        expect(sentence).to_contain_text(" spent £")
        return sentence.inner_text()

    def press(name: str, within: str) -> None:
        page.locator(within).get_by_role("button", name=name, exact=True).first.click()

    assert "none of it with a known address" in local_share()
    watched.open("organisations")
    page.get_by_text("Look names up in a register").click()
    # A list that is opened while the part around it still unfolds may close again.
    listed = page.get_by_role("option", name="A list")
    for _ in range(10):
        if not listed.is_visible():
            page.get_by_role("combobox", name="Register").click()
            page.wait_for_timeout(1000)
    listed.click()
    file = {"name": "bodies.csv", "mimeType": "text/csv", "buffer": TWINS}
    page.locator("input[type=file]").first.set_input_files([file])
    page.get_by_role("button", name="Look names up").click()
    expect(page.get_by_text("Names to decide: 1.")).to_be_visible()
    press("Refuse", "[class*=st-key-offer_SAMPLETWIN]")
    expect(page.get_by_text("Refused: Sample Twin Limited for Sample Twin Ltd.")).to_be_visible()
    expect(page.get_by_text("GB-COH-00000001: the same name")).to_have_count(0)
    page.get_by_role("button", name="Undo", exact=True).first.click()
    expect(page.get_by_text("As it was before: Sample Twin Limited")).to_be_visible()
    press("Accept", "[class*=st-key-offer_SAMPLETWIN]")
    expect(page.get_by_text("Accepted: Sample Twin Limited for Sample Twin Ltd.")).to_be_visible()
    assert "none of it with" not in local_share()
    watched.open("organisations")
    page.get_by_role("button", name="Undo", exact=True).last.click()
    page.get_by_role("button", name="Undo what was added last").press("Enter")
    expect(page.get_by_text("Organisations taken out: 1")).to_be_visible()
    assert "none of it with a known address" in local_share()
    assert watched.strangers == []


# Last, as nobody may sign in from this machine for a moment after it.
def test_who_is_not_the_proxy_cannot_say_to_come_from_elsewhere(watch: Watch, odd: str) -> None:
    ask = watch(odd).page.request
    pages = [
        ask.post(
            f"{odd}/sign-in",
            form={"email": "eve@example.org", "password": "wrong, wrong, wrong"},
            headers={"origin": odd, "x-forwarded-for": f"198.51.100.{number}"},
        ).text()
        for number in range(6)
    ]
    assert "Too many attempts. Try again in 1 second." in pages[-1]
