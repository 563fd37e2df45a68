"""When a figure may be judged, with coverage and known shares worked out by hand."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from anchornet import formatting
from anchornet.facts import build
from anchornet.facts.catalogue import CATALOGUE
from anchornet.indicators.figures import NETWORK, OWN, Request, figures
from anchornet.indicators.targets import status
from anchornet.indicators.xmr import of_months
from anchornet.narrative import status as narrative_status
from anchornet.periods import add_months, month_text
from anchornet.store.area_statistics import record_area_fact
from anchornet.store.targets import Target, record_targets

AUGUST, SEPTEMBER = date(2026, 8, 1), date(2026, 9, 1)
MEMBERS = ("council", "hospital", "university")
HIRES = "home_area,pathway,starts"
# Everything that a member can send, so that every indicator has a figure.
EVERYTHING = {
    "living_wage": (
        "employer_name,relationship,status,workers_covered,workers_uplifted",
        "{member} Cafe,self,accredited,40,30",
    ),
    "local_hires": (
        "home_area,pathway,applications,offers,starts,age_band,ethnicity,out_of_work",
        "E01033678,standard,90,50,40,under_25,white,yes",
    ),
    "spend": (
        "supplier_name,supplier_postcode,amount_gbp,paid_on,supplier_size,supplier_type",
        "Sample Ltd,M40 8QA,1000,{month}-14,small,vcse",
    ),
}


def everything(send, member, month):
    for name, (headings, row) in EVERYTHING.items():
        text = row.format(member=member, month=month_text(month))
        send(name, member, text, headings, period=month_text(month))
    headings = "cohort_month,pathway,home_area_group,starters,in_post"
    rows = [f"{month_text(add_months(month, -back))},standard,local,40,30" for back in (3, 6, 12)]
    send("retention", member, "\n".join(rows), headings, period=month_text(month))


def hires(send, member, starts, month, home="E05011366"):
    send(
        "local_hires", member, f"{home},standard,{starts}", HIRES, period=month_text(month)
    )  # fmt: skip


def reasons(network, indicators, period=SEPTEMBER, audience=OWN, **more):
    frame = figures(network, Request(indicators, [period], **more), audience)
    return dict(zip(frame["indicator"], frame["unjudged"], strict=True))


# What is made of the returns of each month.
SENT = [
    name
    for name, it in CATALOGUE.items()
    if it.return_name in {*EVERYTHING, "retention"} and "commitments" not in (it.besides or "")
]


@pytest.mark.parametrize("audience", [OWN, NETWORK], ids=lambda audience: audience.name)
def test_no_indicator_is_judged_from_one_member_of_three(network, send, audience):
    record_area_fact(network, "jobs_in_area", 1000, source="Survey", year=2025, by="x")
    goals = [Target(name, date(2027, 3, 1), 1.0, None, date(2026, 1, 1), 1.0) for name in CATALOGUE]
    record_targets(network, goals, by="x")
    for month in (add_months(AUGUST, -1), AUGUST):
        for member in MEMBERS:
            everything(send, member, month)
    everything(send, "council", SEPTEMBER)
    months = [AUGUST, SEPTEMBER]
    frame = status(network, figures(network, Request(SENT, months), audience))
    before, now = (frame[frame["period"] == month] for month in months)
    assert list(before["unjudged"].dropna()) == []
    assert set(now["unjudged"]) == {"few_members"}
    for _, row in now.iterrows():
        assert (row["status"], row["direction"]) == (None, None), row["indicator"]
        if row["shown"] not in ("–", "*") and "under" not in row["shown"]:
            assert narrative_status.state(row) == "1 of 3 members so far", row["indicator"]
            assert narrative_status.against(row) == ""
            assert "1 of 3 members so far" in narrative_status.cover(row)
            assert "1 of 3 members so far" in narrative_status.sentence(row)
    for name, rows in frame.groupby("indicator"):
        chart = of_months(rows)
        assert chart is None or chart.points[-1] is None, name
    figured = before[before["value"].notna()].set_index("indicator")
    judged = {*before.dropna(subset=["status"])["indicator"]}
    assert judged == {name for name in figured.index if CATALOGUE[name].polarity != "none"}
    assert len(judged) > 15


def test_people_and_pounds_weigh_by_the_twelve_months_before_and_the_rest_as_one_each(
    network, send
):
    # In the year before the council had 70 of 100 starts, the hospital 20, the university 10.
    for back in (1, 2):
        for member, starts in zip(MEMBERS, (70, 20, 10), strict=True):
            hires(send, member, starts, add_months(SEPTEMBER, -back))
    # What was more than twelve months ago doesn't count: the university had 900.
    hires(send, "university", 900, add_months(SEPTEMBER, -13))
    hires(send, "council", 5, SEPTEMBER)
    assert reasons(network, ["starts"]) == {"starts": "few_members"}  # 70%
    hires(send, "university", 5, SEPTEMBER)
    assert reasons(network, ["starts"]) == {"starts": None}  # 80%
    network.settings = replace(network.settings, judged_from_coverage=0.81)
    assert reasons(network, ["starts"]) == {"starts": "few_members"}
    # Two of the three, who had 90%: enough for people, too few for employers.
    network.settings = replace(network.settings, judged_from_coverage=0.8)
    for month in (AUGUST, SEPTEMBER):
        sent = MEMBERS[:2] if month == SEPTEMBER else MEMBERS
        for member, people in zip(sent, (70, 20, 10), strict=False):
            headings, _ = EVERYTHING["living_wage"]
            row = f"{member} Cafe,self,accredited,{people},{people}"
            send("living_wage", member, row, headings, period=month_text(month))
    assert reasons(network, ["workers_covered", "accredited_employers"]) == {
        "workers_covered": None,
        "accredited_employers": "few_members",
    }


def test_a_member_that_never_sent_anything_weighs_as_the_others_do(network, send):
    for month in (AUGUST, SEPTEMBER):
        for member in MEMBERS[:2]:
            hires(send, member, 20, month)
    assert reasons(network, ["starts"]) == {"starts": "few_members"}  # two of three
    hires(send, "university", 1, SEPTEMBER)
    assert reasons(network, ["starts"]) == {"starts": None}


def test_the_first_month_of_all_is_a_beginning(network, send):
    record_targets(
        network, [Target("starts", date(2027, 3, 1), 900, None, date(2026, 1, 1), 900)], by="x"
    )
    for member in MEMBERS:
        hires(send, member, 20, SEPTEMBER)
    assert reasons(network, ["starts"]) == {"starts": "beginning"}
    (row,) = (
        row
        for _, row in status(
            network, figures(network, Request(["starts"], [SEPTEMBER]), OWN)
        ).iterrows()
    )
    assert row["status"] is None
    assert narrative_status.state(row) == "A beginning: its first month"
    for member in MEMBERS:
        hires(send, member, 20, date(2026, 10, 1))
    assert reasons(network, ["starts"], date(2026, 10, 1)) == {"starts": None}
    # Of a member that joins later its own first month is one too.
    assert reasons(network, ["starts"], members=["council"]) == {"starts": "beginning"}


def test_what_follows_on_one_that_has_left_is_no_beginning(network, send):
    hires(send, "university", 20, AUGUST)
    left = {"ends_on": date(2026, 8, 31), "now": datetime(2026, 8, 1)}
    build.add_member(network, "university", "University", "university", **left)
    for member in MEMBERS[:2]:
        hires(send, member, 20, SEPTEMBER)
    assert reasons(network, ["starts"]) == {"starts": None}
    assert reasons(network, ["starts"], members=MEMBERS[:2]) == {"starts": "beginning"}
    by_kind = figures(network, Request(["starts"], [AUGUST, SEPTEMBER], by=["kind"]), OWN)
    begins = by_kind[by_kind["unjudged"] == "beginning"]
    assert {*zip(begins["kind"], begins["period"], strict=True)} == {
        ("university", AUGUST),
        ("council", SEPTEMBER),
        ("nhs", SEPTEMBER),
    }


def test_twelve_months_that_rest_on_three_say_so(network, send):
    for back in range(3):
        for member in MEMBERS:
            hires(send, member, 20, add_months(SEPTEMBER, -back))
    request = Request(["local_start_share"], [SEPTEMBER], "rolling_12")
    (row,) = (row for _, row in status(network, figures(network, request, OWN)).iterrows())
    assert (row["value"], row["months"], row["months_expected"]) == (1, 3, 12)
    assert row["unjudged"] == "few_months"
    assert narrative_status.state(row) == "3 of 12 months so far"
    assert "3 of 12 months" in narrative_status.cover(row)


@pytest.mark.parametrize(("known", "reason"), [(590, "mostly_unknown"), (600, None)])
def test_a_share_of_pounds_is_judged_from_sixty_percent_known(network, spend, known, reason):
    for month in (AUGUST, SEPTEMBER):
        rows = f"Sample Ltd,,M40 8QA,,{known},Food\nNobody Ltd,,,,{1000 - known},Food"
        for member in MEMBERS:
            spend(member, rows, month_text(month))
    for audience in (OWN, NETWORK):
        frame = figures(network, Request(["local_spend_share"], [SEPTEMBER]), audience)
        (row,) = frame.to_dict("records")
        assert (row["value"], row["unjudged"]) == (1, reason)
        assert row["unknown"] == pytest.approx(1 - known / 1000)
        assert f"{100 - known / 10:.0f}% not known" in narrative_status.cover(row)


def test_a_share_of_people_is_judged_from_sixty_percent_known_as_it_is_shown(network, send):
    for month in (AUGUST, SEPTEMBER):
        for member in MEMBERS:
            rows = "E05011366,standard,55\nnot_known,standard,45"
            send("local_hires", member, rows, HIRES, period=month_text(month))
    for audience in (OWN, NETWORK):
        request = Request(["local_start_share", "starts"], [SEPTEMBER])
        share, starts = figures(network, request, audience).to_dict("records")
        assert share["unjudged"] == "mostly_unknown"
        # To others it is made of the two rounded counts, and says nothing that they don't.
        assert share["unknown"] == pytest.approx(1 - share["base"] / starts["value"])
    assert share["base"] % 5 == 0


@pytest.mark.parametrize(
    ("local", "elsewhere", "shown"),
    [(-200, 1000, "-£200 of £800"), (1500, -300, "£1.50k of £1.20k"), (100, -100, "£100 of £0")],
)
def test_with_credit_notes_a_share_is_said_in_pounds(network, spend, local, elsewhere, shown):
    for month in (AUGUST, SEPTEMBER):
        rows = f"Sample Ltd,,M40 8QA,,{local},Food\nOther Ltd,,BR2 0XT,,{elsewhere},Food"
        for member in MEMBERS:
            spend(member, rows, month_text(month))
    frame = figures(network, Request(["local_spend_share"], [SEPTEMBER], members=["council"]), OWN)
    (row,) = frame.to_dict("records")
    assert (row["shown"], row["unjudged"]) == (shown, "in_pounds")
    assert row["value"] != row["value"]


def test_a_sum_of_other_members_is_not_compared(network, send):
    for month, of in ((AUGUST, MEMBERS), (SEPTEMBER, MEMBERS[:2])):
        for member in of:
            hires(send, member, {"university": 5}.get(member, 50), month)
    hires(send, "university", 5, add_months(AUGUST, -1))
    request = Request(["starts", "local_start_share"], [AUGUST, SEPTEMBER])
    frame = status(network, figures(network, request, OWN))
    now = frame[frame["period"] == SEPTEMBER].set_index("indicator")
    assert now.loc["starts", "unjudged"] is None  # 100 of 105
    assert now.loc["starts", "direction"] == "not_comparable"
    assert now.loc["local_start_share", "direction"] == "same"


def test_a_sum_is_compared_with_that_of_those_whose_place_a_member_took(network, send):
    for month in (add_months(AUGUST, -1), AUGUST):
        for member, starts in zip(MEMBERS, (70, 20, 10), strict=True):
            hires(send, member, starts, month)
    for member, days in (
        ("trust", {"starts_on": SEPTEMBER}),
        ("hospital", {"ends_on": date(2026, 8, 31), "successor_id": "trust"}),
        ("university", {"ends_on": date(2026, 8, 31), "successor_id": "trust"}),
    ):
        build.add_member(network, member, member, "nhs", **days, now=datetime(2026, 8, 1))
    hires(send, "council", 70, SEPTEMBER)
    # The trust weighs as the two did on average, 15: 70 of 85 is enough, and not the same members.
    request = Request(["starts"], [AUGUST, SEPTEMBER])
    assert [*status(network, figures(network, request, OWN))["direction"]][-1] == "not_comparable"
    hires(send, "trust", 35, SEPTEMBER)
    frame = status(network, figures(network, request, OWN))
    assert [*frame["unjudged"]] == [None, None]
    assert [*frame["direction"]][-1] == "better"
    # It is no beginning of its own, since the others had sent before.
    assert reasons(network, ["starts"], members=["trust"]) == {"starts": None}


@pytest.mark.parametrize(
    ("in_july", "in_august", "comparable"),
    [
        ("hospital university", "hospital university", [True, True]),
        ("hospital", "university", [False, False]),
        ("university", "university", [True, False]),
        ("university", "hospital university", [False, True]),
        ("hospital", "hospital", [True, False]),
    ],
)
def test_where_only_some_of_those_sent_whose_place_a_member_took_it_is_not_comparable(
    network, send, in_july, in_august, comparable
):
    """The university has taken the hospital's place since September, when it sends for both."""
    july, name = add_months(AUGUST, -1), "Sample hospital"
    days = {"ends_on": date(2026, 8, 31), "successor_id": "university"}
    build.add_member(network, "hospital", name, "nhs", **days, now=datetime(2026, 8, 1))
    sent = ((july, in_july), (AUGUST, in_august), (SEPTEMBER, "university"))
    for month, members in ((add_months(july, -1), "hospital university"), *sent):
        hires(send, "council", 900, month)
        for member in members.split():
            hires(send, member, 10, month)
    frame = status(network, figures(network, Request(["starts"], [july, AUGUST, SEPTEMBER]), OWN))
    assert [*frame["unjudged"]] == [None, None, None]
    assert [direction != "not_comparable" for direction in frame["direction"][1:]] == comparable


def test_pounds_have_no_better_or_worse(network, spend):
    record_targets(
        network, [Target("spend", date(2027, 3, 1), 900, None, date(2026, 1, 1), 900)], by="x"
    )
    for month, amount in ((add_months(AUGUST, -1), 5), (AUGUST, 100), (SEPTEMBER, 500)):
        for member in MEMBERS:
            spend(member, f"Sample Ltd,,M40 8QA,,{amount},Food", month_text(month))
    frame = status(network, figures(network, Request(["spend"], [AUGUST, SEPTEMBER]), OWN))
    row = frame.iloc[-1]
    assert (row["status"], row["direction"], row["gap"]) == (None, "higher", 600)
    assert narrative_status.travel(row) == "Higher than Aug 26"
    assert "on_track" not in narrative_status.state(row)


@pytest.mark.parametrize(
    ("name", "before", "now", "direction", "words"),
    [
        ("local_spend_share", 440, 440, "same", "About the same as Aug 26"),
        ("local_spend_share", 440, 444, "same", "About the same as Aug 26"),  # 44% both
        ("local_spend_share", 444, 446, "better", "Better than Aug 26"),  # 44% and 45%
        ("local_spend_share", 446, 444, "worse", "Worse than Aug 26"),
        ("spend", 415_300, 415_400, "same", "About the same as Aug 26"),  # £416k both
        ("spend", 415_400, 415_600, "higher", "Higher than Aug 26"),  # £416k and £417k
    ],
)
def test_a_change_that_rounding_hides_is_about_the_same(
    network, spend, name, before, now, direction, words
):
    for month, local in ((add_months(AUGUST, -1), 1), (AUGUST, before), (SEPTEMBER, now)):
        elsewhere = 1000 - local if local < 1000 else 1000
        rows = f"Sample Ltd,,M40 8QA,,{local},Food\nOther Ltd,,BR2 0XT,,{elsewhere},Food"
        spend("council", rows, month_text(month))
    request = Request([name], [AUGUST, SEPTEMBER], members=["council"])
    row = status(network, figures(network, request, OWN)).iloc[-1]
    assert (row["direction"], narrative_status.travel(row)) == (direction, words)


def test_where_nobody_is_asked_yet_no_members_are_counted(network):
    frame = status(network, figures(network, Request(["commitments_kept_share"], [SEPTEMBER]), OWN))
    (row,) = (row for _, row in frame.iterrows())
    assert (row["members"], row["members_expected"]) == (0, 0)  # asked for from December on
    assert formatting.coverage(row) == "nobody was asked"
    assert narrative_status.lacking(row) == "Nobody was asked"
