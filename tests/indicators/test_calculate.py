"""What returns add up to, worked out by hand."""

import math
from datetime import date, datetime
from pathlib import Path

import pytest

from anchornet.facts import build
from anchornet.facts.catalogue import CATALOGUE
from anchornet.indicators.calculate import calculate
from anchornet.indicators.figures import AreaFigure, area_figure
from anchornet.periods import NotDeclared
from anchornet.settings import Settings
from anchornet.store.area_statistics import record_area_fact
from anchornet.store.framework import SAMPLE, load_framework
from anchornet.store.network import DueDates, add_member, set_due_dates
from anchornet.store.submissions import withdraw

AUGUST, SEPTEMBER = date(2026, 8, 1), date(2026, 9, 1)
OCTOBER = datetime(2026, 10, 5, 9)
FILES = Path(__file__).resolve().parent.parent / "files"

LIVING_WAGE = (
    "employer_name,employer_id,employer_postcode,relationship,status,accredited_on,"
    "workers_covered,workers_uplifted"
)
HIRES = "home_area,pathway,starts,age_band"
RETENTION = "cohort_month,pathway,home_area_group,starters,in_post"
# name, org-id, postcode, branch, amount, category
PAYMENTS = """
    Near Ltd,,M40 8QA,,600.10,Food
    Next Door Ltd,,SK4 4JL,,150.00,Food
    Far Ltd,,BR2 0XT,M23 1PW,200.00,Print
    Lost Ltd,,ZZ1 1ZZ,,49.90,Print
"""


def value(network, indicator, period=SEPTEMBER, **options):
    frame = calculate(network, [indicator], [period], **options)
    assert len(frame) == 1
    return frame["value"][0]


def values(network, indicator, *by, period=SEPTEMBER, **options):
    """{breakdown: value}, or {(breakdown, …): value}."""
    frame = calculate(network, [indicator], [period], by=by, **options)
    keys = frame[by[0]] if len(by) == 1 else zip(*(frame[name] for name in by), strict=True)
    return dict(zip(keys, frame["value"], strict=True))


# Coverage


def test_a_month_that_nobody_returned_is_one_row_without_a_value(network):
    frame = calculate(network, ["starts"], [SEPTEMBER], by=["pathway"])
    assert len(frame) == 1
    row = frame.iloc[0]
    assert (row["indicator"], row["period"], row["unit"]) == ("starts", SEPTEMBER, "people")
    assert math.isnan(row["value"])
    assert row["pathway"] != row["pathway"] or row["pathway"] is None
    assert (row["members"], row["members_expected"]) == (0, 3)


def test_a_nil_return_is_nought_and_not_a_gap(network, send):
    send("local_hires", "council")
    frame = calculate(network, ["starts", "local_start_share"], [SEPTEMBER])
    assert frame["value"][0] == 0
    assert frame["base"][1] == 0
    assert math.isnan(frame["value"][1])  # a share of nobody
    assert list(frame["members"]) == [1, 1]


def test_a_figure_says_how_many_of_its_members_have_returned(network, send):
    send("local_hires", "council", "E05011366,standard,12,", HIRES)
    send("local_hires", "hospital", "E05011366,standard,5,", HIRES)
    frame = calculate(network, ["starts"], [AUGUST, SEPTEMBER])
    assert [*frame["value"].fillna(-1)] == [-1, 17]
    assert [*frame["members"]] == [0, 2]
    assert [*frame["members_expected"]] == [3, 3]


def test_each_member_that_has_not_returned_is_a_gap_of_its_own(network, send):
    send("local_hires", "council", "E05011366,standard,12,", HIRES)
    send("local_hires", "hospital")
    found = calculate(network, ["starts"], [SEPTEMBER], by=["member"])
    assert [*found["member"]] == ["council", "hospital", "university"]
    assert [*found["value"].fillna(-1)] == [12, 0, -1]
    assert [*found["members"]] == [1, 1, 0]
    assert [*found["members_expected"]] == [1, 1, 1]


def test_a_member_that_left_is_expected_no_more_and_still_counted_where_it_sent(network, send):
    add_member(network, "university", "Sample university", "university", ends_on=date(2026, 8, 15))
    send("local_hires", "university", "E05011366,standard,12,", HIRES, period="2026-08")
    frame = calculate(network, ["starts"], [AUGUST, SEPTEMBER])
    assert [*frame["members_expected"]] == [3, 2]
    assert frame["value"][0] == 12


def test_a_group_that_has_something_in_one_month_is_nought_in_the_other(network, send):
    send("local_hires", "council", "E05011366,standard,12,", HIRES, period="2026-08")
    send("local_hires", "council", "E05011366,redeployment,3,", HIRES)
    frame = calculate(network, ["starts"], [AUGUST, SEPTEMBER, date(2026, 10, 1)], by=["pathway"])
    found = frame[["period", "pathway", "value"]].astype(object)
    assert found.where(found.notna(), None).values.tolist() == [
        [AUGUST, "redeployment", 0],
        [AUGUST, "standard", 12],
        [SEPTEMBER, "redeployment", 3],
        [SEPTEMBER, "standard", 0],
        [date(2026, 10, 1), None, None],
    ]


def test_figures_stand_in_the_order_asked_then_by_month(network):
    frame = calculate(network, ["spend", "starts", "returns_received"], [SEPTEMBER, AUGUST])
    assert [*zip(frame["indicator"], frame["period"], strict=True)] == [
        ("spend", AUGUST),
        ("spend", SEPTEMBER),
        ("starts", AUGUST),
        ("starts", SEPTEMBER),
        ("returns_received", AUGUST),
        ("returns_received", SEPTEMBER),
    ]


# The living wage


def test_an_employer_reported_by_two_members_counts_once(network, send):
    send(
        "living_wage",
        "council",
        """
        Sample Joinery Ltd,GB-COH-1,M40 8QA,supplier,accredited,2025-01-01,40,4
        Sample Bakery Ltd,,M23 1PW,supplier,accredited_with_milestones,2025-01-01,10,2
        Sample Cafe,,M23 1PW,tenant,in_progress,,,
        """,
        LIVING_WAGE,
    )
    send(
        "living_wage",
        "hospital",
        """
        SAMPLE JOINERY LIMITED,GB-COH-1,,supplier,accredited,2025-01-01,40,4
        The Sample Bakery Limited,,M23 1PW,supplier,accredited_with_milestones,2025-01-01,10,2
        Sample Bakery Ltd,,SK4 4JL,supplier,accredited,2025-01-01,7,1
        """,
        LIVING_WAGE,
        now=datetime(2026, 10, 6),
    )
    # Joinery, the bakery in Wythenshawe and the one in Stockport.
    assert value(network, "accredited_employers") == 3
    assert value(network, "workers_covered") == 40 + 10 + 7
    assert value(network, "workers_uplifted") == 4 + 2 + 1
    assert values(network, "accredited_employers", "member") == {
        "council": 2,
        "hospital": 3,
        "university": pytest.approx(math.nan, nan_ok=True),
    }


def test_a_report_without_the_org_id_is_of_the_employer_with_the_same_name_and_postcode(
    network, send
):
    send(
        "living_wage",
        "council",
        "Sample Joinery Ltd,GB-COH-1,M40 8QA,supplier,accredited,2025-01-01,40,4",
        LIVING_WAGE,
    )
    send(
        "living_wage",
        "hospital",
        "Sample Joinery Ltd,,M40 8QA,supplier,accredited,2025-01-01,40,4",
        LIVING_WAGE,
    )
    assert value(network, "accredited_employers") == 1
    assert value(network, "workers_covered") == 40


def test_what_an_employer_says_of_itself_goes_before_what_others_say_of_it_later(network, send):
    send(
        "living_wage",
        "hospital",
        "Sample Hospital,GB-NHS-X1,M40 8QA,self,accredited,2025-01-01,900,60",
        LIVING_WAGE,
    )
    send(
        "living_wage",
        "council",
        "Sample Hospital,GB-NHS-X1,M40 8QA,partner,lapsed,2025-01-01,500,10",
        LIVING_WAGE,
        now=datetime(2026, 10, 9),
    )
    assert value(network, "accredited_employers") == 1
    assert value(network, "workers_uplifted") == 60
    assert values(network, "workers_uplifted", "relationship") == {"self": 60}
    assert value(network, "accredited_employers", members=["council"]) == 0


def test_of_two_members_reports_the_one_recorded_later_counts(network, send):
    for member, uplifted, moment in (
        ("council", 5, datetime(2026, 10, 9)),
        ("hospital", 8, datetime(2026, 10, 2)),
    ):
        send(
            "living_wage",
            member,
            f"Sample Joinery Ltd,GB-COH-1,,supplier,accredited,2025-01-01,40,{uplifted}",
            LIVING_WAGE,
            now=moment,
        )
    assert value(network, "workers_uplifted") == 8


def test_workers_that_nobody_counted_are_a_gap_and_not_nought(network, send):
    send(
        "living_wage",
        "council",
        "Sample Joinery Ltd,GB-COH-1,,supplier,accredited,2025-01-01,,",
        LIVING_WAGE,
    )
    assert value(network, "accredited_employers") == 1
    assert math.isnan(value(network, "workers_covered"))
    assert math.isnan(value(network, "workers_uplifted"))


def test_nobody_is_covered_where_nobody_is_accredited(network, send):
    send("living_wage", "council", "Sample Joinery Ltd,GB-COH-1,,supplier,lapsed,,9,", LIVING_WAGE)
    assert value(network, "workers_covered") == 0


def test_jobs_covered_are_over_the_jobs_that_the_coordinator_entered(network, send):
    row = "Sample Joinery Ltd,GB-COH-1,M40 8QA,supplier,accredited,2025-01-01,80,4"
    send("living_wage", "council", row, LIVING_WAGE)
    unknown = calculate(network, ["share_of_jobs_covered"], [SEPTEMBER])
    assert unknown[["value", "base"]].isna().all(axis=None)
    assert area_figure(network, "share_of_jobs_covered") is None
    for jobs, year, now in ((400, 2024, datetime(2026, 10, 6)), (320, 2025, datetime(2026, 10, 9))):
        record_area_fact(
            network, "jobs_in_area", jobs, source="Sample survey", year=year, by="x", now=now
        )
    frame = calculate(network, ["share_of_jobs_covered"], [AUGUST, SEPTEMBER])
    assert [*frame["value"].fillna(-1)] == [-1, 80 / 320]
    assert frame["base"][1] == 320
    assert area_figure(network, "share_of_jobs_covered") == AreaFigure(320, "Sample survey", 2025)
    then = datetime(2026, 10, 8)
    assert value(network, "share_of_jobs_covered", as_at=then) == 80 / 400
    assert area_figure(network, "share_of_jobs_covered", then).year == 2024
    send("living_wage", "hospital")
    assert values(network, "share_of_jobs_covered", "member")["hospital"] == 0
    assert area_figure(network, "starts") is None


def test_members_accredited_are_over_the_members_that_say(network, send):
    headings = "employer_name,employer_id,relationship,status,accredited_on"
    send(
        "living_wage",
        "council",
        "Sample council,GB-LAE-X1,self,accredited_with_milestones,2025-01-01\n"
        "Sample hospital,GB-NHS-X1,partner,accredited,2025-01-01\n"
        "Sample Joinery Ltd,,supplier,accredited,2025-01-01",
        headings,
    )
    assert value(network, "members_accredited") == 1
    send("living_wage", "hospital", "Sample hospital,GB-NHS-X1,self,in_progress,", headings)
    frame = calculate(network, ["members_accredited"], [AUGUST, SEPTEMBER])
    assert [*frame["value"].fillna(-1)] == [-1, 1 / 2]
    assert frame["base"][1] == 2
    send("living_wage", "university")
    assert value(network, "members_accredited") == 1 / 3
    assert values(network, "members_accredited", "member") == {
        "council": 1,
        "hospital": 0,
        "university": 0,
    }


# Local hires


def test_starts_are_cut_by_the_role_group_that_members_write(network, send):
    send(
        "local_hires",
        "council",
        "E05011366,standard,Facilities,6\nE05011366,redeployment,Facilities,3\noutside,standard,,2",
        "home_area,pathway,role_group,starts",
    )
    assert values(network, "starts", "role_group") == {"Facilities": 9, "not_known": 2}


def test_a_local_start_is_from_inside_the_area_over_those_whose_home_is_known(network, send):
    send(
        "local_hires",
        "council",
        """
        E05011366,standard,6,under_25
        E01005073,pre_employment,3,25_49
        E01005860,standard,4,50_plus
        outside,standard,7,not_known
        not_known,standard,100,
        """,
        HIRES,
    )
    frame = calculate(network, ["starts", "local_start_share"], [SEPTEMBER])
    assert frame["value"][0] == 120
    # Manchester 6 + 3; with Stockport 4 and outside 7.
    assert frame["base"][1] == 20
    assert frame["value"][1] == pytest.approx(9 / 20)
    assert values(network, "starts", "ring") == {
        "area": 9,
        "wider_area": 4,
        "elsewhere": 7,
        "unknown": 100,
    }
    assert values(network, "local_starts", "ward")["E05011352"] == 3
    assert values(network, "starts", "imd_decile") == {"5": 3, "10": 4, "not_known": 113}
    assert value(network, "under_25_starts") == 6
    assert value(network, "priority_neighbourhood_starts") == 0


def test_a_small_area_that_we_do_not_know_is_outside_a_boundary_that_we_know_whole(network, send):
    send(
        "local_hires",
        "council",
        "E01012488,standard,4,\nE05011366,standard,4,\nE05999999,standard,9,",
        HIRES,
    )
    assert values(network, "starts", "ring") == {"area": 4, "elsewhere": 4, "unknown": 9}


def test_an_age_that_nobody_gave_is_a_gap_and_not_nought(network, send):
    send("local_hires", "council", "E05011366,standard,12,\noutside,standard,3,not_known", HIRES)
    assert math.isnan(value(network, "under_25_starts"))


def test_shares_of_starts_are_over_those_of_whom_it_is_known(network, send):
    send(
        "local_hires",
        "council",
        """
        E01033678,standard,6,under_25,global_majority,yes
        E01005073,standard,4,25_49,white,no
        E05011366,standard,9,,not_known,
        outside,standard,10,50_plus,white,not_known
        """,
        f"{HIRES},ethnicity,out_of_work",
    )
    assert value(network, "under_25_start_share") == pytest.approx(6 / 20)
    assert value(network, "global_majority_start_share") == pytest.approx(6 / 20)
    assert value(network, "out_of_work_start_share") == pytest.approx(6 / 10)
    # One small area of decile 1 and one of decile 5; a ward has none.
    assert value(network, "priority_neighbourhood_start_share") == pytest.approx(6 / 10)


def test_starts_say_for_how_many_of_them_nobody_counted_applications_or_offers(network, send):
    send(
        "local_hires",
        "council",
        "outside,standard,6,30,8\noutside,standard,4,,5\noutside,apprenticeship,3,,",
        "home_area,pathway,starts,applications,offers",
    )
    assert value(network, "applications") == 30
    assert value(network, "starts_without_applications") == 7
    assert values(network, "starts_without_offers", "pathway") == {
        "standard": 0,
        "apprenticeship": 3,
    }


# Retention


def test_leavers_are_of_the_last_twelve_months_and_say_what_became_of_them(network, send):
    send(
        "retention",
        "council",
        """
        2026-03,standard,local,20,15,2
        2026-08,standard,local,10,9,
        2025-09,standard,local,10,4,0
        2025-08,standard,local,99,1,98
        """,
        f"{RETENTION},leavers_moved_on_to_work",
    )
    assert value(network, "starters_followed") == 30
    assert value(network, "leavers") == 6
    assert value(network, "leavers_to_work") == 2
    assert value(network, "leavers_not_followed") == 1
    assert values(network, "in_post_share", "months_followed") == {
        "1": pytest.approx(9 / 10),
        "6": pytest.approx(15 / 20),
        "12": pytest.approx(4 / 10),
        "13": pytest.approx(1 / 99),
    }


def test_retention_at_26_weeks_is_of_the_cohort_of_six_months_before(network, send):
    send(
        "retention",
        "council",
        """
        2026-03,standard,local,20,15
        2026-03,pre_employment,outside,10,9
        2026-04,standard,local,50,50
        2026-06,standard,local,40,10
        2025-09,standard,local,8,2
        """,
        RETENTION,
    )
    send("retention", "hospital", "2026-03,standard,local,30,30", RETENTION)
    frame = calculate(network, ["retention_26_weeks"], [SEPTEMBER])
    assert frame["base"][0] == 60
    assert frame["value"][0] == pytest.approx(54 / 60)
    assert value(network, "retention_13_weeks") == pytest.approx(10 / 40)
    assert value(network, "retention_52_weeks") == pytest.approx(2 / 8)
    assert values(network, "retention_26_weeks", "home_area_group") == {
        "local": pytest.approx(45 / 50),
        "outside": pytest.approx(9 / 10),
    }


def test_a_cohort_that_has_not_reached_the_window_is_left_out(network, send):
    send("retention", "council", "2026-08,standard,local,20,15", RETENTION)
    frame = calculate(network, ["retention_26_weeks"], [SEPTEMBER])
    assert math.isnan(frame["value"][0])
    assert (frame["base"][0], frame["members"][0]) == (0, 1)


# Returns


def test_a_return_is_on_time_when_the_first_that_stands_came_by_its_due_date(network, send):
    # Due on 20 October unless the month says otherwise.
    row = "E05011366,standard,12,"
    send("local_hires", "council", row, HIRES, now=datetime(2026, 10, 20, 23))
    send("local_hires", "council", "E05011366,standard,13,", HIRES, now=datetime(2026, 10, 30))
    send("spend", "council", now=datetime(2026, 10, 21))
    mistaken = send("retention", "council", now=datetime(2026, 10, 2))
    withdraw(network, mistaken.receipt, by="x", reason="Not ours.", now=datetime(2026, 10, 25))
    asked = {"as_at": datetime(2026, 10, 20, 23, 30)}
    assert math.isnan(value(network, "returns_on_time", **asked))  # not due yet
    assert value(network, "returns_on_time", as_at=datetime(2026, 10, 21)) == 2 / 12
    found = calculate(network, ["returns_on_time"], [SEPTEMBER], as_at=datetime(2026, 11, 1))
    assert (found["value"][0], found["base"][0]) == (1 / 12, 12)
    dates = DueDates(date(2026, 10, 22), date(2026, 12, 1), date(2026, 12, 1))
    set_due_dates(network, SEPTEMBER, dates, by="x", now=datetime(2026, 10, 31))
    assert value(network, "returns_on_time", as_at=datetime(2026, 11, 1)) == 2 / 12
    # What was stated before the dates were set stays as it was.
    assert value(network, "returns_on_time", as_at=datetime(2026, 10, 30)) == 1 / 12
    assert value(network, "returns_received", as_at=datetime(2026, 10, 21)) == 3 / 12
    assert math.isnan(value(network, "returns_received", **asked))  # not 2 of 12: nothing is due
    assert values(network, "returns_on_time", "return_name", as_at=datetime(2026, 11, 1)) == {
        "living_wage": 0,
        "local_hires": pytest.approx(1 / 3),
        "retention": 0,
        "spend": pytest.approx(1 / 3),
    }


def test_returns_received_are_over_four_returns_of_each_member(network, send):
    send("local_hires", "council")
    send("spend", "council")
    send("retention", "hospital")
    frame = calculate(network, ["returns_received"], [SEPTEMBER])
    assert (frame["value"][0], frame["base"][0]) == (3 / 12, 12)
    assert (frame["members"][0], frame["members_expected"][0]) == (2, 3)
    assert values(network, "returns_received", "return_name") == {
        "living_wage": 0,
        "local_hires": pytest.approx(1 / 3),
        "retention": pytest.approx(1 / 3),
        "spend": pytest.approx(1 / 3),
    }
    assert values(network, "returns_received", "member")["university"] == 0


# As at


def test_a_figure_can_be_stated_as_the_last_meeting_saw_it(network, spend):
    spend("council", "Near Ltd,,M40 8QA,,100,A", now=datetime(2026, 10, 1))
    corrected = spend("council", "Near Ltd,,M40 8QA,,300,A", now=datetime(2026, 10, 20))
    assert math.isnan(value(network, "spend", as_at=datetime(2026, 9, 30)))
    assert value(network, "spend", as_at=datetime(2026, 10, 1)) == 100
    assert value(network, "spend", as_at=datetime(2026, 10, 19)) == 100
    assert value(network, "spend") == 300
    withdraw(network, corrected.receipt, by="x", reason="Sent by mistake.")
    assert value(network, "spend") == 100


def test_the_directory_of_then_places_the_figures_of_then(network, spend):
    spend("council", "Near Ltd,,,,100,A", now=datetime(2026, 10, 1))
    build.load_organisations(
        network, b"name,postcode\nNear Ltd,M40 8QA\n", by="x", now=datetime(2026, 10, 9)
    )
    assert math.isnan(value(network, "local_spend_share", as_at=datetime(2026, 10, 8)))
    assert value(network, "local_spend_share", as_at=datetime(2026, 10, 9)) == 1
    assert value(network, "local_spend_share") == 1


def test_another_boundary_gives_other_rings_of_what_was_added_up_before(
    network, spend, settings: Settings
):
    spend("council", PAYMENTS)
    before = values(network, "spend", "ring")["area"]
    build.change_settings(network, {"area": ["E08000007"]}, by="x")
    assert values(network, "spend", "ring")["area"] == 150.00 != before
    network.close()
    again = build.open_network(settings)
    assert values(again, "spend", "ring")["area"] == 150.00
    again.close()


# The catalogue


def test_every_indicator_can_be_cut_by_each_of_its_breakdowns(network, send, spend):
    send(
        "living_wage",
        "council",
        "Sample Joinery Ltd,GB-COH-1,M40 8QA,supplier,accredited,2025-01-01,40,4",
        LIVING_WAGE,
    )
    send("local_hires", "council", "E05011366,standard,12,under_25", HIRES)
    send("retention", "council", "2026-03,standard,local,20,15", RETENTION)
    spend("council", PAYMENTS)
    load_framework(network, SAMPLE.read_bytes(), by="x")
    send(
        "commitments",
        "council",
        "contract,C-1,2025-10-01,2027-09-30,Near Ltd,local_jobs,40,18",
        "source,agreement_ref,starts_on,due_on,organisation_name,measure,promised,delivered",
    )
    for breakdown in {name for it in CATALOGUE.values() for name in it.breakdowns}:
        names = [name for name, it in CATALOGUE.items() if breakdown in it.breakdowns]
        found = calculate(network, names, [SEPTEMBER], by=[breakdown])
        assert {*found.loc[found[breakdown].notna(), "indicator"]} == {*names}


def test_every_indicator_says_what_it_is(network):
    for indicator in CATALOGUE.values():
        assert indicator.title, indicator.name
        assert indicator.definition.endswith("."), indicator.name


def test_an_unknown_indicator_is_refused_with_those_there_are(network):
    with pytest.raises(NotDeclared, match=r"There is no indicator spent\. There are: accredited"):
        calculate(network, ["spent"], [SEPTEMBER])


def test_a_breakdown_that_does_not_apply_is_refused_with_those_that_do(network):
    with pytest.raises(NotDeclared, match=r"starts can't be cut by category\. It can by: member"):
        calculate(network, ["spend", "starts"], [SEPTEMBER], by=["category"])
    with pytest.raises(NotDeclared, match="can't be cut by ward and category at once"):
        calculate(network, ["spend"], [SEPTEMBER], by=["ward", "category"])
