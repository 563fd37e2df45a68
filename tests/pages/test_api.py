"""The API, asked as programs ask it: who gets what, what is taken, and what is refused."""

import base64
import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.testclient import TestClient

from anchornet.access import Person
from anchornet.exports import api
from anchornet.facts.catalogue import BREAKDOWNS, CATALOGUE
from anchornet.indicators.figures import NETWORK, Request, figures, own_of
from anchornet.periods import month_text
from anchornet.returns.declaration import RETURNS
from anchornet.server import api_routes, identity, networks
from anchornet.settings import Settings
from anchornet.store import api_tokens, audit
from anchornet.store.database import Database, utc_now
from anchornet.store.framework import SAMPLE, load_framework
from anchornet.store.network import NotPossible
from anchornet.store.people import record_person, remove_person
from anchornet.store.submissions import history, original
from tests import canaries
from tests.conftest import SEPTEMBER
from tests.pages.conftest import Serve

ADA, RUNS, COMMS = "ada@example.org", "runs@example.org", "comms@example.org"
SPEND = (
    b"supplier_name,supplier_postcode,paid_on,amount_gbp\r\n"
    b"Near Ltd,M2 5DB,2026-09-02,300\r\nFar Ltd,LS1 1UR,2026-09-20,700\r\n"
)
ODD = SPEND + b"Far Ltd,LS1 1UR,2026-09-20,7000000\r\n"
Ask = Callable[..., Any]


@pytest.fixture
def opened(serve: Serve, settings: Settings, network: Database, send: Any) -> Database:
    """A network of three members, of which the council's spend counts, as the app has it open."""
    record_person(network, ADA, "Ada Sample", {("member_contributor", "council")}, by="x")
    record_person(network, RUNS, "Kit Sample", {("coordinator", None)}, by="x")
    send("spend", "council", "Near Ltd,M2 5DB,2026-08-02,300", SPEND.decode().split("\r\n")[0],
         period="2026-08")  # fmt: skip
    network.close()
    serve(settings)
    return networks.network().database


@pytest.fixture
def own(opened: Database) -> str:
    return api_tokens.make_member_token(
        opened, "council", "Finance system", "member_contributor", days=30, by=ADA
    )


def token(database: Database, role: str) -> str:
    return api_tokens.make_token(database, f"A {role}", role, days=30, by=RUNS)


@pytest.fixture
def client() -> TestClient:
    return TestClient(Starlette(routes=api_routes.routes()), raise_server_exceptions=False)


@pytest.fixture
def unlimited(monkeypatch: pytest.MonkeyPatch) -> TestClient:
    for name in ("READS_A_MINUTE", "SENDS_A_MINUTE"):
        monkeypatch.setattr(api_routes, name, 100_000)
    return TestClient(Starlette(routes=api_routes.routes()), raise_server_exceptions=False)


@pytest.fixture
def ask(client: TestClient) -> Ask:
    """ask(token, "get", "figures", …) -> the answer."""

    def ask(secret: str, method: str, path: str, **more: Any) -> Any:
        headers = {"authorization": f"Bearer {secret}", **more.pop("headers", {})}
        return client.request(method, f"{api.PATH}/{path}", headers=headers, **more)

    return ask


# --- who asks ---


def test_without_a_token_that_works_nothing_is_told(
    opened: Database, client: TestClient, ask: Ask, own: str
) -> None:
    for method, path in (("get", "figures"), ("get", "definitions"), ("get", "returns"),
                         ("post", "returns"), ("post", "check")):  # fmt: skip
        for secret in ("", own[:-1], api_tokens.START):
            answer = ask(secret, method, path)
            assert answer.status_code == 401
            assert answer.json()["error"]["code"] == "no_token"
    assert client.get(f"{api.PATH}/figures").headers["www-authenticate"].startswith("Bearer")
    # A cookie of the app is not a token.
    client.cookies.set(identity.COOKIE, own)
    assert client.get(f"{api.PATH}/figures").status_code == 401


def test_excel_sends_the_token_as_a_password_and_only_reads_with_it(
    client: TestClient, own: str
) -> None:
    basic = base64.b64encode(f"anything:{own}".encode()).decode()
    headers = {"authorization": f"Basic {basic}"}
    assert client.get(f"{api.PATH}/definitions", headers=headers).status_code == 200
    sent = {"return": "spend", "period": "2026-09"}
    answer = client.post(f"{api.PATH}/returns", params=sent, content=SPEND, headers=headers)
    assert answer.status_code == 401


def test_a_token_ends_with_its_day_its_revoking_and_its_makers_role(
    opened: Database, ask: Ask, own: str
) -> None:
    assert ask(own, "get", "returns").status_code == 200
    (held,) = api_tokens.member_tokens(opened, "council")
    late = utc_now() + timedelta(days=31)
    assert api_tokens.holder(opened, own, now=late) is None
    with pytest.raises(NotPossible):  # another member's contributors don't revoke it
        api_tokens.revoke_member_token(opened, "hospital", held.token_id, by=ADA)
    api_tokens.revoke_member_token(opened, "council", held.token_id, by=ADA)
    assert ask(own, "get", "returns").status_code == 401
    second = api_tokens.make_member_token(
        opened, "council", "Another", "member_viewer", days=1, by=ADA
    )
    assert ask(second, "get", "returns").status_code == 200
    remove_person(opened, ADA, by=RUNS)
    assert ask(second, "get", "returns").status_code == 401
    did = [(row["who"], row["did"]) for _, row in audit.trail(opened).iterrows()]
    assert did.count((ADA, "made an API token")) == 2
    assert did.count((ADA, "revoked an API token")) == 1
    assert did.count((held.who, "used the API")) == 1


@pytest.mark.parametrize(
    ("member_id", "role"),
    [(None, "member_contributor"), (None, "technician"), ("council", "coordinator")],
)
def test_a_token_has_a_role_that_its_maker_may_give(
    opened: Database, member_id: str | None, role: str
) -> None:
    make = partial(api_tokens.make_token, opened)
    if member_id:
        make = partial(api_tokens.make_member_token, opened, member_id)
    with pytest.raises(NotPossible, match="role"):
        make("A", role, days=1, by=ADA)


def test_what_opens_the_door_is_not_in_the_database(opened: Database, own: str) -> None:
    assert own not in repr(opened.rows("from api_tokens"))


def test_too_many_requests_are_told_when_to_come_back(
    opened: Database, ask: Ask, own: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = token(opened, "comms")
    answers = [ask(own, "get", "definitions?format=csv") for _ in range(api_routes.READS_A_MINUTE)]
    assert {answer.status_code for answer in answers[:60]} == {200}
    while (answer := ask(own, "get", "definitions")).status_code == 200:
        pass
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert ask(second, "get", "definitions").status_code == 200
    wrong = {ask("wrong", "get", "definitions").status_code for _ in range(40)}
    assert wrong == {401, 429}


# --- figures ---


def test_figures_are_those_of_the_door_in_json_and_csv(
    opened: Database, ask: Ask, own: str
) -> None:
    asked = "figures?indicator=spend&indicator=local_spend_share&period=2026-08"
    answer = ask(own, "get", f"{asked}&member=council")
    assert answer.status_code == 200
    expected = figures(
        opened,
        Request(["spend", "local_spend_share"], [SEPTEMBER.replace(month=8)], members=["council"]),
        own_of("council"),
    )
    rows = answer.json()
    assert [row["value"] for row in rows] == [300.0, 1.0]
    assert [row["shown"] for row in rows] == list(expected["shown"])
    assert rows[0]["period"] == "2026-08"
    assert set(rows[0]) == set(api.COLUMNS)
    text = ask(own, "get", f"{asked}&member=council&format=csv")
    assert text.headers["content-type"] == "text/csv; charset=utf-8"
    table = list(csv.DictReader(io.StringIO(text.content.decode("utf-8-sig"))))
    assert [float(row["value"]) for row in table] == [300.0, 1.0]
    assert list(table[0]) == list(api.COLUMNS)


def test_parts_come_with_their_words(opened: Database, ask: Ask) -> None:
    rows = ask(
        token(opened, "delivery_group"), "get", "figures?indicator=spend&period=2026-08&by=member"
    ).json()
    assert [(row["member"], row["member_title"], row["value"]) for row in rows] == [
        ("council", "Sample council", 300.0),
        ("hospital", "Sample hospital", None),
        ("university", "Sample university", None),
    ]


def test_each_is_the_audience_that_they_are_on_the_pages(
    opened: Database, ask: Ask, own: str
) -> None:
    asked = "figures?indicator=spend&period=2026-08&member="
    group, comms = token(opened, "delivery_group"), token(opened, "comms")
    statuses = {
        (name, member_id): ask(secret, "get", f"{asked}{member_id}").status_code
        for name, secret in (("own", own), ("group", group), ("comms", comms))
        for member_id in ("council", "hospital")
    }
    assert statuses == {
        ("own", "council"): 200,
        ("own", "hospital"): 403,
        ("group", "council"): 200,
        ("group", "hospital"): 200,
        ("comms", "council"): 403,
        ("comms", "hospital"): 403,
    }
    assert api.audience_of(Person("", "", frozenset({"coordinator"}))) is NETWORK


def test_nobody_learns_what_only_another_member_knows(
    serve: Serve,
    settings: Settings,
    database: Database,
    unlimited: TestClient,
) -> None:
    """Every breakdown, alone, by member and of one member, for each audience: searched for what
    stands in one member's rows only."""
    canaries.build(database)
    record_person(database, RUNS, "Kit Sample", {("coordinator", None)}, by="x")
    record_person(database, ADA, "Ada Sample", {("member_contributor", "council")}, by="x")
    secrets = {role: token(database, role) for role in ("coordinator", "comms")}
    secrets["member_viewer"] = api_tokens.make_member_token(
        database, "council", "Reader", "member_viewer", days=1, by=ADA
    )
    database.close()
    serve(settings)
    month = f"period={month_text(canaries.LAST)}"
    queries = [f"returns?{month}", "definitions"] + [
        f"figures?indicator={indicator}&{month}&by={by}{rest}"
        for by in BREAKDOWNS
        for rest in ("", "&by=member", "&member=hospital", "&member=council")
        for indicator in ("spend", "accredited_employers")
    ]
    own, answered = set(), 0
    for role, secret in secrets.items():
        for query in queries:
            answer = unlimited.get(
                f"{api.PATH}/{query}", headers={"authorization": f"Bearer {secret}"}
            )
            assert answer.status_code in (200, 400, 403), (query, answer.text)
            answered += answer.status_code == 200
            for canary in canaries.CANARIES:
                kinds = canaries.found(canary, answer.content)
                if role in api_tokens.MEMBER_ROLES and canary.member_id == "council":
                    own |= kinds
                else:
                    assert not kinds, (role, query)
    assert own == {"supplier", "offered", "amount"}  # what is looked for is there to be found
    assert answered > 100


@pytest.mark.parametrize(
    "query",
    ["by=supplier", "by=category&by=ward", "member=council&by=category&where=ring%3Darea"],
)
def test_of_others_nothing_is_shown_in_smaller_parts_than_on_the_pages(
    opened: Database, ask: Ask, query: str
) -> None:
    answer = ask(token(opened, "coordinator"), "get", f"figures?indicator=spend&{query}")
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("indicator=nothing", "is not one of indicator"),
        ("period=2026-13", "period can't be '2026-13'"),
        ("period=2026-09..2020-01", "1 to 60 months"),
        ("period=2010-01..2026-01", "1 to 60 months"),
        ("period=0001-01", "period can't be '0001-01'"),
        ("by=member&by=kind&by=ring", "two breakdowns at most"),
        ("indicator=spend&where=nothing=1", "spend can't be cut by nothing"),
        ("member=nobody", "There is no member nobody"),
        ("as_at=yesterday", "as_at is a day"),
        ("as_at=0001-01-01T00:00:00%2B14:00", "as_at is a day"),
        ("window=month&window=month", "window is given twice"),
        ("periods=2026-09", "There is no parameter 'periods'"),
        ("format=xml", "is not one of format"),
    ],
)
def test_what_cannot_be_asked_is_said_in_a_sentence(
    opened: Database, ask: Ask, query: str, words: str
) -> None:
    answer = ask(token(opened, "coordinator"), "get", f"figures?{query}")
    assert answer.status_code == 400
    assert words in answer.json()["error"]["message"]


# --- returns ---


def test_returns_and_their_receipts_are_for_whom_they_are_on_the_pages(
    opened: Database, ask: Ask, own: str
) -> None:
    path = "returns?period=2026-08"
    mine = ask(own, "get", path).json()
    assert {row["member"] for row in mine} == {"council"}
    receipts = {row["return"]: row["receipt"] for row in mine}
    assert receipts["spend"] == "R000001"
    assert ask(own, "get", f"{path}&member=hospital").status_code == 403
    assert ask(token(opened, "comms"), "get", path).status_code == 403
    group = ask(token(opened, "delivery_group"), "get", path).json()
    assert {row["member"] for row in group} == {"council", "hospital", "university"}
    assert {row["receipt"] for row in group} == {None}
    runs = ask(token(opened, "coordinator"), "get", f"{path}&format=csv").text
    assert "R000001" in runs


def test_a_finance_system_sends_the_month_and_again_without_harm(
    opened: Database, ask: Ask, own: str
) -> None:
    sent = {"return": "spend", "period": "2026-09", "file_name": "C:\\out\\september.csv"}
    sent["accept_warnings"] = "Checked by finance."
    first = ask(own, "post", "returns", params=sent, content=SPEND)
    assert first.status_code == 201
    (submission,) = first.json()["submissions"]
    assert (submission["receipt"], submission["rows"]) == ("R000002", 2)
    assert submission["totals"] == {"amount_gbp": 1000.0}
    again = ask(own, "post", "returns", params=sent, content=SPEND)
    assert again.status_code == 200
    assert again.json()["submissions"] == [submission | {"already": True}]
    row = history(opened, "council", "spend", SEPTEMBER).iloc[0]
    (held,) = api_tokens.member_tokens(opened, "council")
    assert row["submitted_by"] == f"Finance system (API) <{held.who}>"
    assert (row["file_name"], row["on_behalf"]) == ("september.csv", False)
    assert original(opened, "R000002") == ("september.csv", SPEND)


def test_a_quarter_of_promises_goes_in_and_comes_out(opened: Database, ask: Ask, own: str) -> None:
    load_framework(opened, SAMPLE.read_bytes(), by=RUNS)
    promises = (
        b"source,agreement_ref,organisation_name,measure,promised,starts_on,due_on,delivered\n"
        # Of 100 hours within the year three quarters should be there by the end of September.
        b"contract,C-1,Near Ltd,volunteering,100,2026-01-01,2026-12-31,90\n"
        b"contract,C-2,Near Ltd,careers_time,100,2026-01-01,2026-12-31,10\n"
    )
    sent = {"return": "commitments", "period": "2026-09"}
    assert ask(own, "post", "returns", params=sent, content=promises).status_code == 201
    asked = {"period": "2026-09", "member": "council"}
    share = {"indicator": "commitments_on_profile_share", **asked}
    (row,) = ask(own, "get", "figures", params=share).json()
    assert (row["value"], row["shown"]) == (0.5, "50%")
    amounts = {"indicator": "commitments_delivered", "by": "measure", **asked}
    rows = ask(own, "get", "figures", params=amounts).json()
    assert {row["measure"]: row["value"] for row in rows} == {
        "volunteering": 90,
        "careers_time": 10,
    }


def test_what_is_not_accepted_lists_every_finding_and_keeps_nothing(
    opened: Database, ask: Ask, own: str
) -> None:
    wrong = SPEND.replace(b"2026-09-02", b"31/09/2026")
    sent = {"return": "spend", "period": "2026-09"}
    answer = ask(own, "post", "returns", params=sent, content=wrong)
    assert answer.status_code == 422
    check = answer.json()["check"]
    assert check["errors"] >= 1
    assert any(one["line"] == 2 and one["severity"] == "error" for one in check["findings"])
    looked = ask(own, "post", "check", params=sent, content=wrong)
    assert looked.status_code == 200
    assert looked.json()["findings"] == check["findings"]
    assert ask(own, "post", "check", params=sent, content=b"%PDF-1.7").status_code == 422
    assert len(history(opened)) == 1


def test_who_sends_for_whom_is_as_on_the_pages(opened: Database, ask: Ask, own: str) -> None:
    sent = {"return": "spend", "period": "2026-09", "nil": "true"}
    assert ask(own, "post", "returns", params=sent | {"member": "hospital"}).status_code == 403
    viewer = api_tokens.make_member_token(
        opened, "council", "Reader", "member_viewer", days=1, by=ADA
    )
    for secret in (viewer, token(opened, "comms"), token(opened, "delivery_group")):
        for path in ("returns", "check"):
            asked = sent if path == "returns" else {"return": "spend"}
            assert ask(secret, "post", path, params=asked, content=SPEND).status_code == 403
    runs = token(opened, "coordinator")
    assert ask(runs, "post", "returns", params=sent).status_code == 400
    answer = ask(runs, "post", "returns", params=sent | {"member": "hospital"})
    assert answer.status_code == 201
    row = history(opened, "hospital").iloc[0]
    assert (row["nil"], row["on_behalf"]) == (True, True)


@pytest.mark.parametrize(
    ("params", "content", "status"),
    [
        ({"return": "spend"}, SPEND, 400),
        ({"return": "payroll", "period": "2026-09"}, SPEND, 400),
        ({"return": "spend", "period": "2099-09"}, b"supplier_name,amount_gbp\nA,1\n", 422),
        ({"return": "spend", "period": "2026-09"}, b"", 400),
        ({"return": "spend", "period": "2026-09", "nil": "true"}, SPEND, 400),
        ({"return": "spend", "period": "2026-09", "mapping": "nothing"}, SPEND, 400),
        ({"return": "spend", "period": "each", "nil": "true"}, b"", 400),
    ],
)
def test_what_cannot_be_sent_is_refused(
    opened: Database, ask: Ask, own: str, params: dict[str, str], content: bytes, status: int
) -> None:
    answer = ask(own, "post", "returns", params=params, content=content)
    assert answer.status_code == status
    assert answer.json()["error"]["message"].endswith((".", "…"))
    assert len(history(opened)) == 1


def test_a_file_that_is_too_large_is_refused_whether_or_not_it_says_so(
    opened: Database, ask: Ask, own: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened, "settings", replace(opened.settings, max_upload_mb=1))
    sent = {"return": "spend", "period": "2026-09"}
    large = SPEND + b"x" * 1_000_000
    assert ask(own, "post", "returns", params=sent, content=large).status_code == 413
    parts = iter([SPEND] + [b"x" * 100_000] * 11)  # in parts, without a length
    assert ask(own, "post", "returns", params=sent, content=parts).status_code == 413


# --- what is described ---


def test_the_description_names_what_is_declared(opened: Database, client: TestClient) -> None:
    answer = client.get(f"{api.PATH}/openapi.json")
    assert answer.status_code == 200
    document = answer.json()
    assert set(document["paths"]) == {"/figures", "/definitions", "/returns", "/check"}
    parameters = document["paths"]["/figures"]["get"]["parameters"]
    (indicator,) = [one for one in parameters if one["name"] == "indicator"]
    assert indicator["schema"]["items"]["enum"] == list(CATALOGUE)
    (return_,) = [one for one in document["paths"]["/check"]["post"]["parameters"]
                  if one["name"] == "return"]  # fmt: skip
    assert return_["schema"]["enum"] == list(RETURNS)


TEXTS = st.text(max_size=20)


@tries(
    max_examples=60, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(data=st.data())
def test_whatever_is_asked_the_answer_is_one_that_is_described(
    opened: Database, unlimited: TestClient, data: st.DataObject
) -> None:
    """Each operation of the document with parameters as declared, and with others."""
    client = unlimited
    if "secret" not in client.headers:
        client.headers["secret"] = token(opened, "coordinator")
    document = api.openapi(opened.settings)
    path, method = data.draw(
        st.sampled_from([(path, method) for path, of in document["paths"].items() for method in of])
    )
    operation = document["paths"][path][method]
    pairs: list[tuple[str, str]] = []
    for parameter in operation["parameters"]:
        schema = parameter["schema"].get("items", parameter["schema"])
        if not parameter["required"] and data.draw(st.booleans()):
            continue
        values = st.from_regex(schema["pattern"]) if "pattern" in schema else TEXTS
        if "enum" in schema:
            values = st.sampled_from(schema["enum"])
        pairs.append((parameter["name"], data.draw(st.one_of(values, TEXTS))))
    answer = client.request(
        method,
        f"{api.PATH}{path}",
        params=pairs,  # type: ignore[arg-type]
        content=data.draw(st.sampled_from([SPEND, ODD, b"", b"\x00", b"a,b\n1,2\n"]))
        if method == "post"
        else None,
        headers={"authorization": f"Bearer {client.headers['secret']}"},
    )
    assert str(answer.status_code) in operation["responses"], answer.text
    described = operation["responses"][str(answer.status_code)]["content"]
    assert answer.headers["content-type"].partition(";")[0] in described
    if answer.headers["content-type"] == "application/json":
        json.loads(answer.text)
