"""Figures that are nearly one member's: in small networks, and of few members together."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from anchornet import settings as settings_
from anchornet.facts.build import add_member, open_network
from anchornet.indicators.disclosure import KEPT
from anchornet.indicators.few_members import TOO_FEW_MEMBERS, kinds_offered
from anchornet.indicators.figures import (
    AUDIENCES,
    NETWORK,
    PUBLIC,
    TOGETHER,
    Audience,
    NotOffered,
    Request,
    figures,
    own_of,
)
from anchornet.intake.submit import submit
from anchornet.returns.declaration import RETURNS
from anchornet.store import submissions
from anchornet.store.database import Database
from anchornet.store.meetings import record_meeting

AUGUST, SEPTEMBER = date(2026, 8, 1), date(2026, 9, 1)
MEETING = datetime(2026, 10, 20, 9)
Found = Callable[..., Database]


@pytest.fixture
def found(tmp_path: Path) -> Found:
    """found(council=3, nhs=1) -> a network of so many of each kind, `council0` and so on, each of
    which had 20 starts and spent 100 pounds in each of two months."""
    opened = []

    def found(start: date | None = None, **kinds: int) -> Database:
        settings = replace(settings_.load(environment={}), database=tmp_path / "few.duckdb")
        database = open_network(settings, create=True)
        opened.append(database)
        ids = [(f"{kind}{number}", kind) for kind in kinds for number in range(kinds[kind])]
        for member, kind in ids:
            last = start if (member, kind) == ids[-1] else None
            add_member(database, member, member, kind, starts_on=last, now=datetime(2020, 1, 1))
        for month in (AUGUST, SEPTEMBER):
            for member, _ in ids:
                if (member, start) == (ids[-1][0], SEPTEMBER) and month < SEPTEMBER:
                    continue
                for name, text in (
                    ("local_hires", "home_area,pathway,starts\nE05011366,standard,20"),
                    ("spend", f"supplier_name,paid_on,amount_gbp\nSample Ltd,{month},100.00"),
                ):
                    submit(
                        database, RETURNS[name], text.encode(), f"{name}.csv", period=month,
                        member_id=member, by="someone@sample.example.org",
                        now=datetime(2026, 10, 1), accept_warnings="It is made up.",
                    )  # fmt: skip
        return database

    yield found
    for database in opened:
        database.close()


def shown(database: Database, audience: Audience, **request: object) -> dict[str, list[str]]:
    request = {"periods": [AUGUST, SEPTEMBER], **request}
    frame = figures(database, Request(["starts", "spend"], **request), audience)
    return frame.groupby("indicator")["shown"].apply(list).to_dict()


@pytest.mark.parametrize("audience", [NETWORK, PUBLIC, TOGETHER, own_of("council1")])
def test_of_three_members_people_are_for_the_members_they_come_from(
    found: Found, audience: Audience
) -> None:
    database = found(council=3)
    assert shown(database, audience) == {"starts": [KEPT, KEPT], "spend": ["£300", "£300"]}
    own = shown(database, own_of("council1"), members=["council1"])
    assert own == {"starts": ["20", "20"], "spend": ["£100", "£100"]}


def test_people_are_shown_from_the_month_of_the_fourth_member_on(found: Found) -> None:
    database = found(start=SEPTEMBER, council=4)
    month = shown(database, NETWORK)
    assert month["starts"][0] == KEPT
    assert month["starts"][1] in ("75", "80", "85")  # 80, and at most three more or fewer
    year = Request(["local_start_share"], [SEPTEMBER], "rolling_12")
    assert list(figures(database, year, NETWORK)["shown"]) == [KEPT]  # August is in it


@pytest.mark.parametrize(
    ("kinds", "offered"),
    [
        ({"council": 4, "nhs": 2}, set()),  # the councils' would leave the other two
        ({"council": 3, "nhs": 3}, {"council", "nhs"}),
        ({"council": 3, "nhs": 1}, set()),
        ({"council": 4}, {"council"}),
        # Both large kinds taken from the network would leave the university's.
        ({"council": 4, "nhs": 3, "university": 1}, {"council"}),
        ({"council": 4, "nhs": 3, "university": 2, "college": 1}, {"council", "nhs"}),
    ],
)
def test_a_kind_of_few_members_or_that_leaves_few_is_not_offered(
    database: Database, kinds: dict[str, int], offered: set[str]
) -> None:
    for kind, number in kinds.items():
        for each in range(number):
            add_member(database, f"{kind}{each}", kind, kind, now=datetime(2020, 1, 1))
    assert kinds_offered(database, [AUGUST, SEPTEMBER]) == offered


def test_a_kind_is_offered_where_it_always_had_enough_members(database: Database) -> None:
    for number in range(3):
        start = SEPTEMBER if number == 2 else None
        add_member(
            database, f"c{number}", "C", "council", starts_on=start, now=datetime(2020, 1, 1)
        )  # fmt: skip
    assert kinds_offered(database, [SEPTEMBER]) == {"council"}
    assert kinds_offered(database, [AUGUST, SEPTEMBER]) == set()


def test_of_three_members_two_that_sent_are_not_shown_together(found: Found) -> None:
    database = found(council=3, nhs=3)
    request = Request(["spend"], [SEPTEMBER], members=["nhs0", "nhs1", "nhs2"])
    assert list(figures(database, request, TOGETHER)["shown"]) == ["£300"]
    submissions.withdraw(
        database, submissions.history(database, "nhs1", "spend", SEPTEMBER)["receipt"][0],
        by="n", reason="It was the wrong file.",
    )  # fmt: skip
    for audience in (TOGETHER, PUBLIC):
        frame = figures(database, request, audience)
        assert list(frame["shown"]) == [TOO_FEW_MEMBERS]
        assert frame["value"].isna().all()
    assert list(figures(database, request, NETWORK)["shown"]) == ["£200"]


def test_no_member_is_shown_to_those_who_see_members_together(found: Found) -> None:
    database = found(council=6)
    for audience in (TOGETHER, PUBLIC, own_of("council1")):
        for request in (
            Request(["spend"], [SEPTEMBER], by=["member"]),
            Request(["spend"], [SEPTEMBER], members=["council0"]),
            Request(["spend"], [SEPTEMBER], where={"member": ["council0"]}),
            Request(["spend"], [SEPTEMBER], members=["council0", "council1"]),
        ):
            with pytest.raises(NotOffered):
                figures(database, request, audience)


def test_before_and_after_somebody_sent_is_not_told_apart(found: Found) -> None:
    database = found(council=4)
    record_meeting(database, "Delivery group", MEETING, "carol@example.org")
    receipt = submissions.history(database, "council3", "spend", SEPTEMBER)["receipt"][0]
    submissions.withdraw(
        database, receipt, by="n", reason="It was the wrong file.", now=datetime(2026, 10, 21)
    )
    earlier = Request(["spend"], [SEPTEMBER], as_at=datetime(2026, 10, 19, 23, 59))
    for audience in (TOGETHER, own_of("council1")):
        with pytest.raises(NotOffered, match="a meeting saw"):
            figures(database, earlier, audience)
        assert list(figures(database, replace(earlier, as_at=MEETING), audience)["shown"]) == [
            "£400"
        ]
    assert list(figures(database, earlier, NETWORK)["shown"]) == ["£400"]
    now = replace(earlier, as_at=datetime(2026, 10, 22))
    assert list(figures(database, now, TOGETHER)["shown"]) == ["£300"]  # nothing changed since
    own = replace(earlier, members=["council1"])
    assert list(figures(database, own, own_of("council1"))["shown"]) == ["£100"]


@pytest.mark.parametrize("audience", [*AUDIENCES.values(), TOGETHER, own_of("council1")])
def test_what_is_left_without_a_selection_is_never_one_or_two_members(
    found: Found, audience: Audience
) -> None:
    database = found(council=3, nhs=3, university=1)
    trusts, councils = (
        tuple(f"{kind}{number}" for number in range(3)) for kind in ("nhs", "council")
    )

    def spend(members: tuple[str, ...]) -> str:
        (shown,) = figures(database, Request(["spend"], [SEPTEMBER], members=members), audience)[
            "shown"
        ]
        return str(shown)

    assert spend(trusts) == "£300"
    if audience.sees_members:
        assert (spend(councils), spend((*trusts, *councils[:2]))) == ("£300", "£500")
    else:
        # Without the trusts, the councils and both together the university would stand alone.
        with pytest.raises(NotOffered, match="the rest of the network"):
            spend(councils)
        assert spend((*trusts, *councils[:2])) == TOO_FEW_MEMBERS
    for member in councils[:2]:
        receipt = submissions.history(database, member, "spend", SEPTEMBER)["receipt"][0]
        submissions.withdraw(database, receipt, by="n", reason="It was the wrong file.")
    assert spend(trusts) == ("£300" if audience.sees_members else TOO_FEW_MEMBERS)
