"""What promises come to, worked out by hand for the last day of September 2026."""

import math
from datetime import date, datetime

import pytest

from anchornet.indicators.calculate import calculate
from anchornet.indicators.figures import NETWORK, Request, figures
from anchornet.indicators.revisions import like_for_like
from anchornet.store.framework import SAMPLE, load_framework
from tests.indicators.test_calculate import SEPTEMBER

LONG_AGO = datetime(2020, 1, 1)
AUGUST, OCTOBER = date(2026, 8, 1), date(2026, 10, 1)
HEADINGS = (
    "source,agreement_ref,starts_on,due_on,organisation_name,measure,promised,received,delivered,"
    "evidenced"
)
# Of the first two 364 of 729 days have passed: by now 19.97 and 4.99, of which nine tenths are
# 17.98 and 4.49. The third is not reported on. The contribution and the grant were due and are not
# kept, the workspace was due on the day itself and is. The pledge has not begun.
COUNCIL = """
contract,C-1,2025-10-01,2027-09-30,Sample Builders Ltd,local_jobs,40,,18,10
contract,C-2,2025-10-01,2027-09-30,Other Sample Ltd,apprenticeships,10,,4,4
contract,C-2,2025-10-01,2027-09-30,Other Sample Ltd,volunteering,100,,,
section_106,P-1,2024-01-01,2026-06-30,Wharf Ltd,infrastructure_contributions,250000,100000,40000,
workspace,L-1,2024-01-01,2026-09-30,Sample Mill CIC,affordable_workspace,450,,450,450
grant,G-1,2024-01-01,2026-01-31,Sample Charity,volunteering,20,,,
own_pledge,O-1,2026-10-15,2027-10-14,Sample Council,careers_time,30,,0,
"""
# The first is the council's, too: a joint contract, of which it doesn't know what was delivered.
HOSPITAL = """
contract,c-1,2025-10-01,2027-09-30,SAMPLE BUILDERS LIMITED,local_jobs,40,,,
contract,C-9,2026-01-01,,Sample Fuel Ltd,carbon_saved,12.5,,3,
"""
SHARES = (
    "commitments_on_profile_share",
    "commitments_kept_share",
    "commitments_not_reported_share",
    "commitments_evidenced_share",
)
AMOUNTS = [
    f"commitments_{what}{unit}"
    for what in ("promised", "delivered")
    for unit in ("_people", "_gbp", "")
]


@pytest.fixture
def promised(network, send):
    load_framework(network, SAMPLE.read_bytes(), by="x", now=LONG_AGO)
    send("commitments", "hospital", HOSPITAL, HEADINGS)
    send("commitments", "council", COUNCIL, HEADINGS)
    return network


def test_promises_on_profile_kept_not_reported_and_evidenced(promised):
    frame = calculate(promised, SHARES, [SEPTEMBER])
    assert frame["base"].tolist() == [2, 3, 4, 5]
    assert frame["value"].tolist() == [
        1 / 2,  # the builders' jobs are on profile, the apprenticeships are not
        pytest.approx(1 / 3),  # the workspace, of what was due
        1 / 4,  # the volunteering, of the three contracts of two years and the fuel
        pytest.approx(2 / 5),  # apprenticeships and workspace, of what has anything delivered
    ]
    assert frame["members"].tolist() == [2] * 4


def test_a_members_own_promises_are_all_that_it_lists(promised):
    frame = calculate(promised, SHARES, [SEPTEMBER], members=["hospital"])
    assert frame["base"].tolist() == [0, 0, 2, 1]
    assert frame["value"].tolist()[2] == 1 / 2  # of the joint contract it doesn't know


def test_what_was_received_and_not_spent(promised):
    frame = calculate(promised, ["contributions_unspent"], [SEPTEMBER])
    assert frame["value"].tolist() == [60000.0]


def test_amounts_are_of_one_measure_and_never_added_across_measures(promised):
    whole = calculate(promised, AMOUNTS, [SEPTEMBER]).set_index("indicator")["value"]
    # People of two measures, and hours with tonnes and square metres, have no figure together.
    assert whole.isna().to_dict() == {
        name: name not in ("commitments_promised_gbp", "commitments_delivered_gbp")
        for name in AMOUNTS
    }
    assert whole["commitments_delivered_gbp"] == 40000
    frame = calculate(promised, AMOUNTS, [SEPTEMBER], by=["measure"]).dropna(subset="value")
    found = dict(
        zip(zip(frame["indicator"], frame["measure"], strict=True), frame["value"], strict=True)
    )
    assert found == {
        ("commitments_promised_people", "local_jobs"): 40,  # once, though two list it
        ("commitments_promised_people", "apprenticeships"): 10,
        ("commitments_delivered_people", "local_jobs"): 18,
        ("commitments_delivered_people", "apprenticeships"): 4,
        ("commitments_promised_gbp", "infrastructure_contributions"): 250000,
        ("commitments_delivered_gbp", "infrastructure_contributions"): 40000,
        ("commitments_promised", "volunteering"): 120,
        ("commitments_promised", "affordable_workspace"): 450,
        ("commitments_promised", "careers_time"): 30,
        ("commitments_promised", "carbon_saved"): 12.5,
        ("commitments_delivered", "affordable_workspace"): 450,
        ("commitments_delivered", "careers_time"): 0,
        ("commitments_delivered", "carbon_saved"): 3,
    }
    one = calculate(promised, AMOUNTS, [SEPTEMBER], where={"measure": ["volunteering"]})
    assert one.set_index("indicator")["value"]["commitments_promised"] == 120


def test_people_promised_are_noised_and_rounded_for_others(promised):
    asked = Request(["commitments_promised_people"], [SEPTEMBER], by=["measure"])
    frame = figures(promised, asked, NETWORK)
    shown = frame.set_index("measure")["shown"]
    assert shown["local_jobs"] in ("35", "40", "45")
    assert shown["apprenticeships"] in ("10", "*")


def test_a_month_between_two_quarters_has_no_figure(promised):
    frame = calculate(promised, SHARES, [AUGUST, OCTOBER])
    assert frame["value"].isna().all()
    assert frame["members_expected"].tolist() == [0] * 8
    quarter = calculate(promised, SHARES, [SEPTEMBER], window="quarter")
    assert quarter["base"].tolist() == [2, 3, 4, 5]


def test_a_promise_that_was_lowered_is_as_at_then_what_it_was(promised, send):
    before, after = datetime(2026, 11, 1), datetime(2026, 11, 5)
    lowered = COUNCIL.replace("local_jobs,40,,18,10", "local_jobs,20,,18,10")
    send("commitments", "council", lowered, HEADINGS, now=after)
    found = [
        calculate(
            promised, ["commitments_promised_people"], [SEPTEMBER], as_at=moment,
            where={"measure": ["local_jobs"]},
        )["value"][0]
        for moment in (before, after)
    ]  # fmt: skip
    assert found == [40, 20]


def test_spend_with_organisations_that_have_a_running_promise(promised, spend):
    spend("council", "Sample Builders Limited,,,,600,\nWharf Ltd,,,,300,\nNo One Ltd,,,,100,")
    frame = calculate(promised, ["committed_supplier_spend_share"], [AUGUST, SEPTEMBER])
    # The wharf's contribution was due in June; in August nobody had listed any promise.
    assert frame["value"].tolist()[1] == pytest.approx(0.6)
    assert math.isnan(frame["value"][0])


def test_like_for_like_a_quarter_is_held_against_a_quarter(promised, send):
    send("commitments", "council", COUNCIL, HEADINGS, period="2026-06", now=datetime(2026, 7, 9))
    asked = (["commitments_kept_share"], SEPTEMBER, date(2026, 6, 1), NETWORK)
    [row] = like_for_like(promised, *asked).to_dict("records")
    # On the last day of June the workspace was not due yet: none of two was kept.
    assert (row["value"], row["value_before"]) == (pytest.approx(1 / 3), 0)
    assert (row["members"], row["members_left_out"]) == (1, 1)
