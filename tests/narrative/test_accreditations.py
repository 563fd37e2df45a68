"""What is said of accredited employers, over frames made by hand."""

import math
from datetime import date
from decimal import Decimal

import pandas as pd
import pytest

from anchornet.charts import flows
from anchornet.indicators.figures import AreaFigure
from anchornet.indicators.living_wage_rates import Rate, calendar
from anchornet.narrative import accreditations

JULY, AUGUST, SEPTEMBER = date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1)
GAP = math.nan


def stock(period=SEPTEMBER, opening=10.0, new=3.0, later=0.0, lapsed=1.0, off=0.0, sent=(4, 4)):
    return {
        "period": period,
        "opening": opening,
        "new": new,
        "listed_later": later,
        "lapsed": lapsed,
        "not_reported": off,
        "closing": opening + new - lapsed - off,
        "members_before": sent[0],
        "members": sent[1],
        "same_members": sent[0] == sent[1],
    }


@pytest.mark.parametrize(
    ("row", "window", "said"),
    [
        (stock(), "month",
         "The network: twelve employers are accredited at the end of September 2026, "
         "two more than at the end of August 2026."),
        (stock(new=1.0), "quarter",
         "The network: ten employers are accredited at the end of September 2026, "
         "as many as at the end of June 2026."),
        (stock(opening=2.0, new=0.0), "month",
         "The network: one employer is accredited at the end of September 2026, "
         "one fewer than at the end of August 2026."),
        (stock() | {"new": GAP, "opening": GAP}, "month",
         "The network: twelve employers are accredited at the end of September 2026; "
         "of August 2026 nobody has said, so there is nothing to compare."),
        (stock() | {"same_members": False}, "month",
         "The network: twelve employers are accredited at the end of September 2026; "
         "other members sent lists for August 2026, so the two are not compared."),
        (stock() | {"closing": GAP}, "month",
         "The network: nobody has said which employers are accredited in September 2026."),
    ],
)  # fmt: skip
def test_the_answer_says_how_many_and_against_when(row, window, said):
    assert accreditations.answer(row, "The network", window) == said


def test_what_came_and_went_adds_up_and_says_what_is_only_the_list():
    assert accreditations.flows(stock(lapsed=0.0)) == (
        "Ten before, three new and none lapsed. That makes 13."
    )
    assert accreditations.flows(stock(later=1.0, off=2.0, sent=(4, 3))) == (
        "Ten before, three new, one lapsed and two off the lists. That makes ten. "
        "Of the new ones one gives an earlier date of accreditation. "
        "Four members sent a list then and three now, so some of this is who sent, "
        "and not who is accredited."
    )
    assert accreditations.flows(stock(lapsed=0.0) | {"same_members": False}).endswith(
        "13. Other members sent a list then than now, so some of this is who sent, and not who is "
        "accredited."
    )
    assert accreditations.flows(stock() | {"new": GAP}) == (
        "A change needs the lists of both months."
    )


def test_the_chart_has_what_came_above_the_line_and_what_went_below():
    gap = stock(JULY) | dict.fromkeys(("opening", "new", "lapsed", "not_reported"), GAP)
    made = flows.flows_chart(pd.DataFrame([gap, stock(AUGUST), stock(off=2.0)]))
    assert made.alt == (
        "Columns by month: Aug 26 3 new, 1 lapsed, 0 off the lists; "
        "Sep 26 3 new, 1 lapsed, 2 off the lists."
    )
    september = made.data[made.data["month"] == "Sep 26"]
    assert [*september["value"]] == [3, -1, -2]
    assert [*september["above"]] == ["+3", "", ""]
    assert [*september["below"]] == ["", "−3", ""]
    assert made.data[made.data["month"] == "Jul 26"]["value"].isna().all()
    months = pd.DataFrame([gap, stock()])
    assert accreditations.stock_rows(months) == [
        ["Sep\N{NO-BREAK SPACE}26", "10", "3", "1", "0", "12"],
        ["Jul\N{NO-BREAK SPACE}26", "–", "–", "–", "–", "12"],
    ]


def test_parts_stand_by_number_with_the_unknown_last():
    frame = pd.DataFrame(
        {"sector": ["not_known", "third", "private", "public"], "value": [9.0, 2.0, 5.0, 0.0]}
    )
    rows = accreditations.parts(frame, "sector")
    assert rows == [
        ("Private companies", 5, "5"),
        ("Charities and social enterprises", 2, "2"),
        ("Not known", 9, "9"),
    ]
    assert (
        accreditations.most(rows) == "Private companies are most where it is known: 5 of 16 (31%)."
    )
    alike = [("Public bodies", 1.0, "1"), ("Private companies", 1.0, "1"), ("Not known", 1.0, "1")]
    assert accreditations.most(alike) == (
        "Public bodies and Private companies are most where it is known: 1 each of 3 (33% each)."
    )
    assert accreditations.most(rows[:2]) == "Private companies are most: 5 of 7 (71%)."
    assert accreditations.most([]) == "There is none."


def test_the_share_of_jobs_names_its_source_and_year():
    row = pd.Series({"value": 0.184})
    figure = AreaFigure(412_000.0, "Sample survey", 2024)
    rings = pd.DataFrame(
        {"ring": ["area", "wider_area", "elsewhere", "unknown"], "value": [100, 20, 1, 4]}
    )
    assert accreditations.jobs(row, figure, "Manchester", rings) == (
        "Workers covered by accredited employers in Manchester are 18.4% of the 412,000 jobs in "
        "Manchester (Sample survey, 2024). Some of them work outside it, so read it as a scale. "
        "Of the accredited employers 21 have their main office elsewhere and for four no postcode "
        "says where it is: their workers are left out."
    )
    assert accreditations.jobs(row, figure, "Manchester", rings[:1]).endswith("as a scale.")
    assert accreditations.jobs(row * 6, figure, "Manchester", rings[:1]).startswith(
        "Accredited employers in Manchester cover more workers than the 412,000 jobs in Manchester "
        "(Sample survey, 2024), so this is not a share of them. "
    )
    assert "too few to show" in accreditations.jobs(
        pd.Series({"value": GAP}), figure, "Manchester", rings
    )
    kept = pd.Series({"value": GAP, "shown": "for members only"})
    assert accreditations.jobs(kept, figure, "Manchester", rings) == (
        "How many workers are covered is for members only out of the 412,000 jobs in Manchester "
        "(Sample survey, 2024)."
    )
    assert accreditations.jobs(row, None, "Manchester", rings).startswith(
        "Nobody has entered yet how many jobs there are in Manchester"
    )


def test_what_a_month_lacks_is_said_and_nothing_where_it_lacks_nothing():
    assert accreditations.lacks(2, 14) == (
        "Two members that sent lists before have not sent this month's: 14 employers that only "
        "theirs had as accredited are not in these figures."
    )
    assert accreditations.lacks(1, 1) == (
        "One member that sent lists before has not sent this month's: one employer that only "
        "theirs had as accredited is not in these figures."
    )
    assert accreditations.lacks(1, 0) == ""


def test_renewals_are_counted_by_month():
    frame = pd.DataFrame(
        [("overdue", None, 1), ("due", date(2026, 11, 1), 2), ("later", None, 40),
         ("not_known", None, 3)],
        columns=["state", "month", "employers"],
    )  # fmt: skip
    today = date(2026, 10, 5)
    assert accreditations.due(frame, today, 90) == (
        "Two are due for renewal in the next 90 days, to 3 January 2027; "
        "one has a renewal date that is past; for three no date was given."
    )
    assert accreditations.due(frame[:0], today, 90) == (
        "None is due for renewal in the next 90 days, to 3 January 2027."
    )
    assert accreditations.renewal_rows(frame) == [["Date is past", "1"], ["November 2026", "2"]]


def test_each_member_has_its_status_and_what_comes_next():
    day = date(2025, 5, 1)
    frame = pd.DataFrame(
        [
            ("A", True, "accredited", day, date(2026, 10, 1)),
            ("B", True, "accredited_with_milestones", day, date(2027, 5, 1)),
            ("C", True, "in_progress", None, None),
            ("D", True, None, None, None),
            ("E", False, None, None, None),
        ],
        columns=["member", "has_sent", "status", "accredited_on", "renewal_due_on"],
    )
    assert accreditations.member_rows(frame, date(2026, 10, 5)) == [
        ["A", "Accredited", "1 May 2025", "Renewal was due 1 Oct 2026"],
        ["B", "Accredited, contractor milestones outstanding", "1 May 2025",
         "Contractor milestones, renewal by 1 May 2027"],
        ["C", "Working towards accreditation", "–", "Accreditation"],
        ["D", "No line of its own", "–", "–"],
        ["E", "No return for the month", "–", "–"],
    ]  # fmt: skip
    assert accreditations.members(frame) == (
        "Two of four members that sent a list are themselves accredited; one sent none."
    )
    for some, words in (
        ("AE", "The one member that sent a list is accredited itself; one sent none."),
        ("C", "The one member that sent a list is not accredited itself."),
        ("CD", "Neither of two members that sent a list is itself accredited."),
        ("AB", "Both members that sent a list are themselves accredited."),
    ):
        assert accreditations.members(frame[frame["member"].isin([*some])]) == words
    nobody = frame[frame["member"] == "E"]
    assert accreditations.members(nobody) == "No member has sent a list for the month."


RATES = (
    Rate("2024-25", date(2024, 10, 23), date(2025, 5, 1), Decimal("12.60"), Decimal("13.85")),
    Rate("2025-26", date(2025, 10, 22), date(2026, 5, 1), Decimal("13.45"), Decimal("14.80")),
)


def test_the_earlier_rate_is_said_to_comply_until_the_next_must_be_paid():
    def said(on, london=False):
        return accreditations.complies(calendar(RATES, on), RATES, on, london)

    assert said(date(2026, 1, 15)) == (
        "On 15 January 2026 £12.60 an hour complies, and does until 30 April 2026. "
        "£13.45 was announced on 22 October 2025 and must be paid from 1 May 2026."
    )
    assert said(date(2026, 6, 1), london=True) == "On 1 June 2026 £14.80 an hour complies."
    assert "£13.45 (£14.80 in London)" in said(date(2026, 6, 1), london=None)
    assert "The table ends with the rates announced on 22 October 2025" in said(date(2026, 11, 1))
    assert said(date(2020, 1, 1)) == "There is no rate for this day."
    rows = accreditations.rate_rows(RATES, calendar(RATES, date(2026, 1, 15)))
    assert rows == [
        ["£13.45", "£14.80", "1 May 2026", "–", "announced, may be paid"],
        ["£12.60", "£13.85", "1 May 2025", "30 Apr 2026", "complies now"],
    ]
