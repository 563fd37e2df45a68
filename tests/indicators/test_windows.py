"""Figures over quarters, financial years and twelve months, and of parts, worked out by hand."""

import math
from datetime import date

import pytest

from anchornet.facts import build
from anchornet.facts.catalogue import CATALOGUE
from anchornet.indicators.calculate import calculate
from anchornet.periods import NotDeclared, months_of

JULY, AUGUST, SEPTEMBER = date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1)
HIRES = "home_area,pathway,starts,age_band"
LIVING_WAGE = "employer_name,employer_id,employer_postcode,relationship,status,workers_covered"


def row(network, indicator, period=SEPTEMBER, **options):
    frame = calculate(network, [indicator], [period], **options)
    assert len(frame) == 1
    return frame.iloc[0]


def value(network, indicator, period=SEPTEMBER, **options):
    return row(network, indicator, period, **options)["value"]


def hires(send, member, starts, period, area="E05011366"):
    send("local_hires", member, f"{area},standard,{starts},", HIRES, period=period)


# Which months


@pytest.mark.parametrize(
    ("window", "period", "first", "count"),
    [
        ("month", date(2026, 9, 1), date(2026, 9, 1), 1),
        ("quarter", date(2026, 9, 1), date(2026, 7, 1), 3),
        ("quarter", date(2026, 10, 1), date(2026, 10, 1), 1),
        ("financial_year", date(2026, 4, 1), date(2026, 4, 1), 1),
        ("financial_year", date(2026, 3, 1), date(2025, 4, 1), 12),
        ("financial_year", date(2026, 9, 1), date(2026, 4, 1), 6),
        ("rolling_12", date(2026, 9, 1), date(2025, 10, 1), 12),
    ],
)
def test_a_window_ends_with_its_period(window, period, first, count):
    months = months_of(period, window)
    assert (months[0], months[-1], len(months)) == (first, period, count)


def test_an_unknown_window_is_refused_with_those_there_are(network):
    with pytest.raises(NotDeclared, match=r"no window year\. There are: month, quarter"):
        calculate(network, ["starts"], [SEPTEMBER], window="year")


# Flows


def test_a_flow_adds_its_months_up(network, send):
    for period, starts in (("2026-06", 100), ("2026-07", 1), ("2026-08", 2), ("2026-09", 4)):
        hires(send, "council", starts, period)
    frame = calculate(network, ["starts"], [AUGUST, SEPTEMBER], window="quarter")
    assert [*frame["period"]] == [AUGUST, SEPTEMBER]
    assert [*frame["value"]] == [3, 7]


def test_a_flow_with_a_month_that_nobody_sent_is_a_gap(network, send):
    hires(send, "council", 1, "2026-07")
    hires(send, "council", 4, "2026-09")
    found = row(network, "starts", window="quarter")
    assert math.isnan(found["value"])
    assert (found["members"], found["members_expected"]) == (0, 3)
    send("local_hires", "hospital", period="2026-08")
    assert value(network, "starts", window="quarter") == 5


def test_a_financial_year_runs_from_april_to_the_period(network, send):
    for month in range(3, 10):
        hires(send, "council", 10**month // 1000, f"2026-{month:02}")
    assert value(network, "starts", window="financial_year") == 1_111_110
    assert value(network, "starts", date(2026, 4, 1), window="financial_year") == 10
    # From April 2025, of which nothing is known.
    assert math.isnan(value(network, "starts", date(2026, 3, 1), window="financial_year"))


def test_twelve_months_are_the_period_and_the_eleven_before(network, send):
    for month in range(1, 13):
        hires(send, "council", 1, f"2025-{month:02}")
    hires(send, "council", 8, "2026-01")
    assert value(network, "starts", date(2025, 12, 1), window="rolling_12") == 12
    assert value(network, "starts", date(2026, 1, 1), window="rolling_12") == 19
    assert math.isnan(value(network, "starts", date(2025, 11, 1), window="rolling_12"))


def test_a_month_that_does_not_say_an_age_is_a_gap_of_its_quarter_too(network, send):
    for period, band in (("2026-07", "under_25"), ("2026-08", ""), ("2026-09", "under_25")):
        send("local_hires", "council", f"E05011366,standard,6,{band}", HIRES, period=period)
    frame = calculate(network, ["starts", "under_25_starts"], [SEPTEMBER], window="quarter")
    assert frame["value"][0] == 18
    assert math.isnan(frame["value"][1])


def test_a_part_that_is_not_in_every_month_is_added_up_all_the_same(network, send):
    for period, pathway, starts in (
        ("2026-07", "standard", 5),
        ("2026-08", "redeployment", 7),
        ("2026-09", "standard", 11),
    ):
        send("local_hires", "council", f"E05011366,{pathway},{starts},", HIRES, period=period)
    frame = calculate(network, ["starts"], [SEPTEMBER], by=["pathway"], window="quarter")
    assert dict(zip(frame["pathway"], frame["value"], strict=True)) == {
        "redeployment": 7,
        "standard": 16,
    }


def test_each_member_has_windows_of_its_own(network, send):
    for period in ("2026-07", "2026-08", "2026-09"):
        hires(send, "council", 2, period)
    hires(send, "hospital", 9, "2026-08")
    frame = calculate(network, ["starts"], [SEPTEMBER], by=["member"], window="quarter")
    assert [*frame["member"]] == ["council", "hospital", "university"]
    assert [*frame["value"].fillna(-1)] == [6, -1, -1]
    assert [*frame["members"]] == [1, 0, 0]


# Coverage


def test_a_window_counts_the_members_that_sent_every_month_they_owed(network, send):
    build.add_member(network, "college", "Sample college", "college", starts_on=SEPTEMBER)
    for period in ("2026-07", "2026-08", "2026-09"):
        hires(send, "council", 2, period)
    hires(send, "hospital", 2, "2026-07")
    hires(send, "college", 2, "2026-09")
    found = row(network, "starts", window="quarter")
    assert found["value"] == 10
    # The council all three months, the college the one it owed; the hospital one of three.
    assert (found["members"], found["members_expected"]) == (2, 4)


def test_returns_received_over_a_quarter_are_over_all_that_were_due(network, send):
    for period in ("2026-07", "2026-08", "2026-09"):
        send("local_hires", "council", period=period)
    send("spend", "council", period="2026-08")
    send("spend", "hospital", period="2026-08")
    found = row(network, "returns_received", window="quarter")
    assert (found["value"], found["base"]) == (pytest.approx(5 / 36), 36)
    assert (found["members"], found["members_expected"]) == (1, 3)


# Rates


def test_a_rate_sums_what_is_above_and_below_the_line(network, send):
    send("local_hires", "council", "E05011366,standard,1,\noutside,standard,1,", HIRES,
         period="2026-07")  # fmt: skip
    send("local_hires", "council", "E05011366,standard,8,", HIRES, period="2026-09")
    found = row(network, "local_start_share", window="quarter")
    # August is missing: the rate is over the months there are.
    assert (found["value"], found["base"]) == (pytest.approx(9 / 10), 10)
    assert (found["members"], found["members_expected"]) == (0, 3)


def test_retention_over_a_quarter_is_of_the_three_cohorts_that_came_of_age_in_it(network, send):
    headings = "cohort_month,pathway,home_area_group,starters,in_post"
    for period, rows in (
        ("2026-07", "2026-04,standard,local,10,5\n2026-06,standard,local,99,99"),
        ("2026-08", "2026-05,standard,local,20,15\n2026-04,standard,local,10,1"),
        ("2026-09", "2026-06,standard,local,30,30"),
    ):
        send("retention", "council", rows, headings, period=period)
    found = row(network, "retention_13_weeks", window="quarter")
    assert (found["value"], found["base"]) == (pytest.approx(50 / 60), 60)


# Stocks


def test_a_stock_is_that_of_the_last_month(network, send):
    for period, covered in (("2026-07", 40), ("2026-08", 50), ("2026-09", 60)):
        row_ = f"Sample Joinery Ltd,GB-COH-1,M40 8QA,supplier,accredited,{covered}"
        send("living_wage", "council", row_, LIVING_WAGE, period=period)
    for window in ("quarter", "financial_year", "rolling_12"):
        frame = calculate(
            network, ["accredited_employers", "workers_covered"], [SEPTEMBER], window=window
        )
        assert [*frame["value"]] == [1, 60]
        assert [*frame["members"]] == [1, 1]


# Spend


def test_members_are_netted_in_the_months_that_they_were_members(network, spend):
    build.add_member(
        network, "college", "Sample college", "college", org_id="GB-UKPRN-1", starts_on=SEPTEMBER
    )
    for period in ("2026-07", "2026-08", "2026-09"):
        spend("council", "Sample college,GB-UKPRN-1,,,300,Care\nNear Ltd,,,,100,Food", period)
    assert value(network, "spend", window="quarter") == 900
    assert value(network, "spend", window="quarter", members=["council"]) == 1200


def test_a_supplier_paid_in_each_month_is_one_supplier_of_the_quarter(network, spend):
    spend("council", "Near Ltd,,,,100,A\nFar Ltd,,,,100,A", "2026-07")
    spend("council", "NEAR LIMITED,,,,100,A", "2026-08")
    spend("council", "Near Ltd,,,,100,B\nLost Ltd,,,,100,A", "2026-09")
    frame = calculate(network, ["spend", "active_suppliers"], [AUGUST, SEPTEMBER], window="quarter")
    assert [*frame["value"].fillna(-1)] == [300, 500, 2, 3]
    parts = calculate(network, ["active_suppliers"], [SEPTEMBER], by=["ring"], window="quarter")
    assert [*parts["value"]] == [3]


# Parts only


def test_where_keeps_only_those_values_of_a_breakdown(network, spend, send):
    spend(
        "council",
        "Near Ltd,,M40 8QA,,60,Food\nNext Ltd,,SK4 4JL,,30,Food\nFar Ltd,,BR2 0XT,,10,Print",
    )
    assert value(network, "spend", where={"authority": ["E08000003"]}) == 60
    assert value(network, "spend", where={"ring": ["area", "wider_area"]}) == 90
    assert value(network, "spend", where={"ring": ["area"], "category": ["Print"]}) == 0
    assert value(network, "local_spend_share", where={"category": ["Food"]}) == pytest.approx(2 / 3)
    cut = calculate(network, ["spend"], [SEPTEMBER], by=["category"], where={"ring": ["elsewhere"]})
    assert [*cut["category"]] == ["Print"]


def test_where_of_nothing_is_nought_and_a_gap_stays_a_gap(network, send):
    hires(send, "council", 3, "2026-09")
    assert value(network, "starts", where={"pathway": ["redeployment"]}) == 0
    assert math.isnan(value(network, "starts", AUGUST, where={"pathway": ["standard"]}))


def test_where_names_the_sender_too(network, send, spend):
    hires(send, "council", 3, "2026-09")
    hires(send, "hospital", 4, "2026-09")
    assert value(network, "starts", where={"kind": ["nhs"]}) == 4
    assert value(network, "starts", where={"member": ["council"]}) == 3
    assert value(network, "starts", members=["hospital"], where={"member": ["council"]}) != 3
    spend("council", "Sample hospital,GB-NHS-X1,M40 8QA,,300,Care")
    assert value(network, "spend", where={"member": ["council"]}) == 300
    found = row(network, "starts", where={"kind": ["nhs"]})
    assert (found["members"], found["members_expected"]) == (1, 1)


def test_where_keeps_an_employer_that_counts_once_by_what_counts_of_it(network, send):
    send("living_wage", "council", "Sample Joinery Ltd,GB-COH-1,,partner,lapsed,9", LIVING_WAGE)
    send("living_wage", "hospital", "Sample Joinery Ltd,GB-COH-1,,self,accredited,9", LIVING_WAGE)
    assert value(network, "accredited_employers", where={"relationship": ["self"]}) == 1
    assert value(network, "accredited_employers", where={"relationship": ["partner"]}) == 0


def test_where_of_what_the_facts_lack_is_refused(network):
    with pytest.raises(NotDeclared, match="starts can't be cut by category"):
        calculate(network, ["starts"], [SEPTEMBER], where={"category": ["Food"]})


def test_each_part_alone_is_what_it_is_among_the_others(network, spend, send):
    for period in ("2026-07", "2026-08", "2026-09"):
        spend("council", "Near Ltd,,M40 8QA,,60,Food\nFar Ltd,,BR2 0XT,M40 8QA,10,Print", period)
        hires(send, "council", 3, period)
    for window in ("month", "quarter"):
        for name in ("spend", "active_suppliers", "local_or_branch_spend_share", "starts"):
            for breakdown in CATALOGUE[name].breakdowns:
                frame = calculate(network, [name], [SEPTEMBER], by=[breakdown], window=window)
                frame = frame[frame["value"].notna()]
                for part, among in zip(frame[breakdown], frame["value"], strict=True):
                    alone = value(network, name, window=window, where={breakdown: [part]})
                    assert alone == pytest.approx(among), (window, name, breakdown, part)
