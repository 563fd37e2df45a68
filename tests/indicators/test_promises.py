"""Promises one by one: how each stands, and what others than the member see of it."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pandas as pd
import pytest

from anchornet.indicators.figures import NETWORK, OWN, PUBLIC, TOGETHER, Request, figures, own_of
from anchornet.indicators.promises import promises, quarter_of
from anchornet.narrative.promises import standing
from anchornet.store.database import Database
from anchornet.store.framework import SAMPLE, load_framework

Send = Callable[..., Any]
JUNE, SEPTEMBER = date(2026, 6, 1), date(2026, 9, 1)
HEADINGS = (
    "source,agreement_ref,organisation_name,measure,promised,starts_on,due_on,received,delivered,"
    "evidenced,published,rating"
)
# On 30 September 2026 are over 181 of the 363 days from 2 April 2026 to 31 March 2027.
COUNCIL = """
    contract,C-1,Late Ltd,volunteering,100,2026-01-01,2026-08-31,,60,60,yes,inadequate
    contract,C-1,Late Ltd,careers_time,100,2026-01-01,2026-08-31,,,,yes,
    contract,C-2,Slow Ltd,volunteering,363,2026-04-02,2027-03-31,,162,0,no,good
    contract,C-2,Slow Ltd,careers_time,363,2026-04-02,2027-03-31,,163,100,no,good
    grant,G-1,Open Trust,volunteering,50,2026-01-01,,,10,,yes,
    grant,G-2,Quiet Trust,volunteering,50,2026-01-01,2027-01-01,,,,yes,
    workspace,W-1,Later CIC,volunteering,50,2026-12-01,2027-12-01,,0,,yes,
    own_pledge,P-1,Sample council,volunteering,50,2026-01-01,2026-06-30,,50,50,yes,
    section_106,S-1,Builder Ltd,infrastructure_contributions,1000,2026-01-01,2027-01-01,800,300,,yes,
    contract,C-3,Hires Ltd,apprenticeships,40,2026-04-02,2027-03-31,,5,5,yes,
    contract,C-4,Hidden Ltd,apprenticeships,40,2026-04-02,2027-03-31,,22,11,no,good
"""  # noqa: E501


@pytest.fixture
def sent(network: Database, send: Send) -> Database:
    load_framework(network, SAMPLE.read_bytes(), by="a@sample.invalid", now=datetime(2026, 1, 1))
    send("commitments", "council", COUNCIL, HEADINGS)
    return network


def of(frame: pd.DataFrame, organisation: str, measure: str) -> dict[Any, Any]:
    rows = frame[(frame["organisation"] == organisation) & (frame["measure"] == measure)]
    (row,) = rows.to_dict("records")
    return row


def test_each_promise_stands_as_its_dates_and_amounts_say(sent: Database) -> None:
    frame = promises(sent, [SEPTEMBER], OWN)
    stands = {(row.organisation, row.measure): row.state for row in frame.itertuples()}
    assert stands == {
        ("Late Ltd", "volunteering"): "not_kept",
        ("Late Ltd", "careers_time"): "due_unknown",
        # Nine tenths of 181 hours is 162.9.
        ("Slow Ltd", "volunteering"): "behind",
        ("Slow Ltd", "careers_time"): "on_profile",
        ("Open Trust", "volunteering"): "open_ended",
        ("Quiet Trust", "volunteering"): "not_reported",
        ("Later CIC", "volunteering"): "not_started",
        ("Sample council", "volunteering"): "kept",
        # 272 of 365 days: 670.68 of £1,000 should be spent.
        ("Builder Ltd", "infrastructure_contributions"): "behind",
        # Nine tenths of 19.95 is 17.95.
        ("Hires Ltd", "apprenticeships"): "behind",
        ("Hidden Ltd", "apprenticeships"): "on_profile",
    }
    assert of(frame, "Slow Ltd", "volunteering")["promised_by_now"] == pytest.approx(181)
    assert list(frame["state"])[:2] == ["not_kept", "due_unknown"]
    # The furthest behind first: by 75%, 55% and 11%.
    behind = frame[frame["state"] == "behind"]["organisation"]
    assert list(behind) == ["Hires Ltd", "Builder Ltd", "Slow Ltd"]
    proof = {row.organisation: row.proof for row in frame.itertuples() if row.unit == "people"}
    assert proof == {"Hires Ltd": "all", "Hidden Ltd": "part"}


def test_what_was_lowered_to_nothing_is_neither_not_started_nor_due(
    network: Database, send: Send
) -> None:
    load_framework(network, SAMPLE.read_bytes(), by="a@sample.invalid", now=datetime(2026, 1, 1))
    lines = """
        contract,C-1,Over Ltd,volunteering,0,2026-01-01,2026-08-31,,,,yes,
        contract,C-2,Running Ltd,volunteering,0,2026-01-01,2027-08-31,,10,,yes,
        contract,C-3,Later Ltd,volunteering,0,2027-01-01,2027-08-31,,0,,yes,
    """
    send("commitments", "council", lines, HEADINGS)
    frame = promises(network, [SEPTEMBER], OWN)
    assert list(frame["state"]) == ["nothing_promised"] * 3
    assert standing(frame) == "Three with nothing promised."


def test_others_see_names_ratings_and_words_of_published_promises_only(sent: Database) -> None:
    seen = promises(sent, [SEPTEMBER], NETWORK)
    assert len(seen) == 11
    hidden = seen[~seen["published"].astype(bool)]
    assert len(hidden) == 3
    for name in ("organisation", "agreement_ref", "agreement_title", "own_words", "rating"):
        assert list(hidden[name]) == [None] * 3
    assert of(seen, "Late Ltd", "volunteering")["rating"] == "inadequate"
    for audience in (TOGETHER, PUBLIC, own_of("hospital")):
        apart = promises(sent, [SEPTEMBER], audience)
        assert len(apart) == 8
        assert set(apart["published"]) == {True}
    own = promises(sent, [SEPTEMBER], own_of("council"))
    assert len(own) == 11
    assert of(own, "Hidden Ltd", "apprenticeships")["rating"] == "good"


def test_people_are_seen_by_others_as_every_figure_of_them_is(sent: Database) -> None:
    own = of(promises(sent, [SEPTEMBER], own_of("council")), "Hires Ltd", "apprenticeships")
    assert (own["shown_promised"], own["shown_delivered"], own["evidenced"]) == ("40", "5", 5)
    seen = of(promises(sent, [SEPTEMBER], NETWORK), "Hires Ltd", "apprenticeships")
    assert seen["shown_delivered"] == "*"
    assert pd.isna(seen["delivered"])
    assert pd.isna(seen["evidenced"])
    assert seen["promised"] % 5 == 0
    assert abs(seen["promised"] - 40) <= 5
    assert (seen["state"], seen["proof"]) == ("behind", "all")
    # What isn't of people is exact.
    assert of(promises(sent, [SEPTEMBER], NETWORK), "Late Ltd", "volunteering")["delivered"] == 60


def test_one_promise_of_people_is_the_figure_that_the_door_gives_of_it(
    network: Database, send: Send
) -> None:
    load_framework(network, SAMPLE.read_bytes(), by="a@sample.invalid", now=datetime(2026, 1, 1))
    for number in range(12):
        row = f"contract,C-{number},One Ltd,apprenticeships,{9 + number},2026-01-01,2027-01-01,,"
        send("commitments", "council", f"{row}{8 + number},,yes,", HEADINGS)
        (seen,) = promises(network, [SEPTEMBER], NETWORK).to_dict("records")
        for name in ("promised", "delivered"):
            request = Request([f"commitments_{name}_people"], [SEPTEMBER], by=["measure"])
            (figure,) = figures(network, request, NETWORK)["shown"]
            assert seen[f"shown_{name}"] == figure


def test_a_joint_promise_is_one_and_keeps_its_name_from_quarter_to_quarter(
    sent: Database, send: Send
) -> None:
    row = "contract,c- 1,LATE LIMITED,volunteering,100,2026-01-01,2026-08-31,,,,yes,"
    send("commitments", "hospital", row, HEADINGS)
    frame = promises(sent, [SEPTEMBER], OWN)
    assert len(frame) == 11
    assert of(frame, "Late Ltd", "volunteering")["delivered"] == 60  # of who knows it
    row = "contract,C-1,Late Ltd,volunteering,100,2026-01-01,2026-08-31,,20,,yes,"
    send("commitments", "council", row, HEADINGS, period="2026-06", now=datetime(2026, 7, 4))
    both = promises(sent, [JUNE, SEPTEMBER], OWN)
    same = both[both["promise"] == of(frame, "Late Ltd", "volunteering")["promise"]]
    assert list(zip(same["period"], same["state"], strict=True)) == [
        (SEPTEMBER, "not_kept"),
        (JUNE, "behind"),
    ]
    assert "Late" not in "".join(both["promise"])


def test_a_promise_keeps_its_name_when_the_org_id_of_its_organisation_becomes_known(
    sent: Database, send: Send
) -> None:
    def name(as_at: datetime | None = None, quarter: date = SEPTEMBER) -> str:
        frame = promises(sent, [quarter], OWN, as_at=as_at)
        return str(of(frame, "Late Ltd", "volunteering")["promise"])

    first = name()
    before = datetime(2026, 10, 20)
    headings = HEADINGS + ",organisation_id"
    # Another member says it, in another quarter, and then both do in this one.
    row = "contract,C-1,Late Ltd,volunteering,100,2026-01-01,2026-08-31,,20,,yes,,GB-COH-01234567"
    send("commitments", "hospital", row, headings, period="2026-06", now=datetime(2026, 10, 21))
    assert name(quarter=JUNE) == name() == first
    row = "contract,C-1,LATE LIMITED,volunteering,100,2026-01-01,2026-08-31,,,,yes,,GB-COH-1234567"
    send("commitments", "hospital", row, headings, now=datetime(2026, 10, 22))
    assert name() == name(before) == first
    row = row.replace("GB-COH-1234567", "GB-COH-07654321").replace("LATE", "OTHER")
    send("commitments", "university", row, headings, now=datetime(2026, 10, 23))
    assert name() == first
    assert len(set(promises(sent, [SEPTEMBER], OWN)["promise"])) == 12


def test_the_quarter_is_the_last_that_was_sent_by_then(sent: Database) -> None:
    assert quarter_of(sent, date(2026, 11, 1)) == SEPTEMBER
    assert quarter_of(sent, date(2026, 8, 1)) is None
    assert quarter_of(sent, SEPTEMBER, datetime(2026, 9, 30)) is None


def test_a_quarter_without_promises_has_none(network: Database) -> None:
    assert promises(network, [SEPTEMBER], NETWORK).empty
