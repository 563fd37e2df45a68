"""The door: what each audience sees of people, and what it may ask."""

import hashlib
import inspect
import math
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

import pandas as pd
import pytest

from anchornet.facts.catalogue import CATALOGUE, FACTS
from anchornet.indicators import (
    accreditations,
    cohorts,
    evidence,
    figures,
    leakage,
    lots,
    offers,
    promises,
    revisions,
    since_meeting,
    supplier_places,
    targets,
    xmr,
)
from anchornet.indicators.figures import (
    NETWORK,
    OWN,
    PUBLIC,
    TOGETHER,
    Audience,
    NotOffered,
    Request,
    own_of,
)
from anchornet.store.database import Database
from anchornet.store.framework import framework

SEPTEMBER, AUGUST = date(2026, 9, 1), date(2026, 8, 1)
NOW, JULY_MEETING = datetime(2026, 11, 22, 12), datetime(2026, 7, 15, 9)
PEOPLE = [name for name, it in CATALOGUE.items() if it.people]
HIRES = [name for name in PEOPLE if CATALOGUE[name].facts == ("local_hires",)]
OTHERS = (NETWORK, PUBLIC, TOGETHER, own_of("police"))
SEEN = re.compile(r"–|\*|0|\d?\d?[\d,]*[05]|\d+%|under 25 people")


def ask(sample: Database, names: list[str], audience: Audience, **more: Any) -> pd.DataFrame:
    return figures.figures(sample, Request(names, [SEPTEMBER], **more), audience)


# Who sees what


def test_whoever_holds_the_file_sees_people_as_they_are(sample: Database) -> None:
    frame = ask(sample, ["starts", "spend"], OWN)
    with sample.cursor() as cursor:
        (sent,) = cursor.execute(
            "select sum(starts) from local_hires_current where period = '2026-09-01'"
        ).fetchone() or (0,)
    assert frame["value"][0] == sent
    assert frame["shown"][0] == f"{sent:,}"
    assert not {"value_key", "base_key", "rest_key"} & {*frame.columns}


def test_a_members_own_people_see_theirs_exactly_and_of_others_what_is_of_several(
    sample: Database,
) -> None:
    own = own_of("police")
    theirs = {"members": ["police"]}
    assert ask(sample, HIRES, own, **theirs)["value"].equals(
        ask(sample, HIRES, OWN, **theirs)["value"]
    )
    where = {"where": {"member": ["police"]}, "by": ["ward"]}
    assert ask(sample, ["starts"], own, **where)["value"].equals(
        ask(sample, ["starts"], OWN, **where)["value"]
    )
    for more in ({}, {"members": ["police", "fire", "college"]}, {"by": ["pathway"]}):
        assert list(ask(sample, HIRES, own, **more)["shown"]) == list(
            ask(sample, HIRES, NETWORK, **more)["shown"]
        )


def test_the_same_question_gets_the_same_answer_on_any_day(sample: Database) -> None:
    first = ask(sample, PEOPLE, NETWORK, by=["member"], as_at=NOW)
    assert first.equals(ask(sample, PEOPLE, NETWORK, by=["member"], as_at=NOW))
    alone = ask(sample, PEOPLE, NETWORK, members=["police"], as_at=NOW)
    mine = first[first["member"] == "police"]
    assert list(alone["shown"]) == list(mine["shown"])


def test_nothing_else_is_hidden(sample: Database) -> None:
    """A member's months, its shares, wards over a year and two crossed breakdowns: each count of
    ten and more is shown, and each share of enough people in its part and its rest."""
    asked: list[dict[str, Any]] = [
        {"by": ["member"]},
        {"by": ["member", "pathway"]},
        {"by": ["pathway", "age_band"]},
        {"by": ["pathway"], "members": ["city-council"]},
        {"by": ["ward"], "window": "rolling_12"},
    ]
    compared = 0
    for more in asked:
        names = ["starts", "local_starts", "local_start_share"]
        frame, exact = (ask(sample, names, it, **more) for it in (NETWORK, OWN))
        part = (exact["value"] * exact["base"]).fillna(exact["value"])
        rest = exact["base"] - part
        enough = (part >= 10) & ~(rest < 10) & ~(exact["base"] < 27)
        assert frame["value"][enough].notna().all(), more
        compared += int(enough.sum())
    assert compared > 120


# What may be asked


@pytest.mark.parametrize(
    ("names", "more", "offered"),
    [
        (["starts"], {}, True),
        (["starts"], {"by": ["pathway", "age_band"]}, True),
        (["starts"], {"by": ["pathway", "age_band", "ethnicity"]}, False),
        (["starts"], {"by": ["pathway"], "members": ["police"]}, True),
        (["starts"], {"by": ["pathway", "ring"], "members": ["police"]}, False),
        (["starts"], {"by": ["pathway", "ring"], "members": []}, False),
        (["starts"], {"by": ["member", "pathway"]}, True),
        (["starts"], {"by": ["kind", "pathway"], "members": ["police"]}, False),
        (["starts"], {"by": ["pathway"], "where": {"ring": ["area"], "age_band": ["x"]}}, False),
        (["starts"], {"by": ["home_area"]}, False),
        (["starts"], {"where": {"home_area": ["E01033678"]}, "window": "rolling_12"}, False),
        (["starts"], {"by": ["ward"]}, False),
        (["starts"], {"by": ["ward"], "window": "quarter"}, False),
        (["starts"], {"by": ["ward"], "window": "rolling_12"}, True),
        (["starts"], {"by": ["imd_decile"], "window": "rolling_12"}, True),
        (["starts"], {"by": ["ward"], "window": "rolling_12", "members": ["police"]}, False),
        (["starts"], {"by": ["ward", "pathway"], "window": "rolling_12"}, False),
        (["workers_covered"], {"by": ["ward"]}, False),
        (["in_post_share"], {"by": ["pathway", "months_followed"], "members": ["police"]}, False),
        (["in_post_share"], {"by": ["pathway", "months_followed"], "members": ["police"],
                             "window": "rolling_12"}, True),
        (["in_post_share"], {"by": ["cohort_month"], "members": ["police"]}, True),
        (["leavers"], {"by": ["cohort_month"]}, False),
        (["leavers"], {"by": ["pathway"]}, True),
        (["leavers", "spend"], {"by": ["member", "pathway"]}, False),
        (["starters_followed"], {"by": ["pathway"], "members": ["police"]}, False),
        (["spend", "accredited_employers"], {"by": ["ward", "member", "ring"]}, True),
    ],
)  # fmt: skip
def test_what_may_be_asked_is_bounded(names: list[str], more: Any, offered: bool) -> None:
    request = Request(names, [SEPTEMBER], **more)
    assert figures.is_offered(request, NETWORK) == offered
    of_one = "members" in more or "member" in more.get("by", ())
    for audience in (PUBLIC, TOGETHER, own_of("council")):
        assert figures.is_offered(request, audience) == (offered and not of_one)
    assert figures.is_offered(request, OWN)


def test_what_may_not_be_asked_is_refused_in_a_sentence(sample: Database) -> None:
    for more, why in (
        ({"by": ["home_area"]}, "small area"),
        ({"by": ["ward"]}, "over twelve months"),
        ({"by": ["pathway", "ring"], "members": ["fire"]}, "two things at once at most, and this"),
    ):
        with pytest.raises(NotOffered, match=why):
            ask(sample, ["starts"], NETWORK, **more)
        assert len(ask(sample, ["starts"], OWN, **more))
    own = {"by": ["home_area"], "members": ["police"]}
    assert len(ask(sample, ["starts"], own_of("police"), **own))


# The walk


def test_every_figure_of_people_is_rounded_to_everybody_else(
    sample: Database, record_property: Callable[[str, object], None]
) -> None:
    """Every indicator, whole and by each breakdown and pair of them, in each window, of all and of
    one member, as everybody but the sender may see it."""
    tried = refused = 0
    for facts in ("living_wage", "local_hires", "retention"):
        names = [name for name in PEOPLE if CATALOGUE[name].facts == (facts,)]
        breakdowns = ["member", "kind", *FACTS[facts].breakdowns]
        alone = [name for name in names if CATALOGUE[name].over is None]
        for window in ("month", "rolling_12"):
            for place, one in enumerate([None, *breakdowns]):
                for other in [None, *breakdowns[place:]] if window == "month" else [None]:
                    by = [it for it in (one, other) if it]
                    request = Request(alone if by else names, [SEPTEMBER], window, by=by)
                    if not figures.is_offered(request, NETWORK):
                        refused += 1
                        continue
                    frame = figures.figures(sample, request, NETWORK)
                    assert all(map(SEEN.fullmatch, frame["shown"])), (by, set(frame["shown"]))
                    counts = frame.loc[frame["unit"] == "people", "value"].dropna()
                    assert (counts % 5 == 0).all()
                    tried += len(frame)
    record_property("tried", f"{tried:,} figures of people seen, {refused} questions refused")
    assert tried > 5000
    assert refused > 10


def promised_people(database: Database, audience: Audience) -> pd.DataFrame:
    """What is seen of the promises of people that aren't the audience's own."""
    frame = promises.promises(database, [SEPTEMBER], audience)
    frame = frame[(frame["unit"] == "people") & ~frame["is_own"]]
    return pd.concat(
        frame.rename(columns={name: "value", f"shown_{name}": "shown"})[["value", "shown"]].assign(
            indicator=f"commitments_{name}_people"
        )
        for name in ("promised", "delivered")
    )


def courses(database: Database, audience: Audience) -> pd.DataFrame:
    every = evidence.courses(database, PEOPLE, SEPTEMBER, audience)
    return pd.DataFrame([point for course in every.values() for point in course.points])


def promised_of_measures(database: Database, audience: Audience) -> pd.DataFrame:
    plan = framework(database)
    assert plan is not None
    measures = [(measure.id, measure.unit) for measure in plan.measures if measure.unit == "people"]
    lines = evidence.promised(database, SEPTEMBER, measures, audience)
    assert lines
    assert {(line.by_now, line.evidenced) for line in lines} == {(None, None)}
    told = [(line.promised, line.delivered) for line in lines]
    frame = pd.DataFrame(told, columns=["shown_promised", "shown_delivered"])
    return frame.assign(indicator="commitments_promised_people")


def revised_people(database: Database, audience: Audience) -> pd.DataFrame:
    """Since a meeting that saw figures which a correction changed afterwards."""
    frame = since_meeting.since(database, PEOPLE, JULY_MEETING, NOW, audience).revised
    assert len(frame)
    return frame


# Every function of the package that is told who it is for, and how it is asked.
TOLD: dict[str, Callable[[Database, Audience], Any]] = {
    "figures.figures": lambda db, who: ask(db, PEOPLE, who),
    "figures.is_offered": lambda db, who: None,
    "cohorts.maturity": lambda db, who: cohorts.maturity(db, SEPTEMBER, who),
    "cohorts.by_pathway": lambda db, who: cohorts.by_pathway(db, SEPTEMBER, who),
    "cohorts.by_cohort": lambda db, who: cohorts.by_cohort(db, SEPTEMBER, who),
    "revisions.like_for_like": lambda db, who: revisions.like_for_like(
        db, PEOPLE, SEPTEMBER, AUGUST, who
    ),
    "revisions.same_members": lambda db, who: revisions.same_members(
        db, PEOPLE, [AUGUST, SEPTEMBER], who
    ),
    "evidence.courses": courses,
    "evidence.latest": lambda db, who: pd.DataFrame(
        [*evidence.latest(db, PEOPLE, SEPTEMBER, who).values()]
    ),
    "evidence.promised": promised_of_measures,
    # Of promises, and not of people.
    "evidence.counts_by_outcome": lambda db, who: None,
    "since_meeting.since": revised_people,
    "since_meeting.members_off_track": lambda db, who: pd.DataFrame(
        [
            {"indicator": it.indicator, "value": it.value}
            for it in since_meeting.members_off_track(
                db, SEPTEMBER, who if who.sees_members else NETWORK
            )
            if CATALOGUE[it.indicator].people
        ]
    ),
    "promises.promises": lambda db, who: promised_people(db, who),
    # Pounds, and none of them of people.
    "leakage.leakage": lambda db, who: None,
    "leakage.concentration": lambda db, who: None,
    "leakage.paid_to_members": lambda db, who: None,
    # A month, and no figure.
    "since_meeting.month_seen": lambda db, who: pd.DataFrame(
        {"indicator": [], "month": [since_meeting.month_seen(db, NOW, who)][:0]}
    ),
}
# What gives figures and is not told: none of it is of people, or it is given them.
UNTOLD = {
    "figures.area_figure",
    "promises.quarter_of",
    "revisions.revisions",
    "supplier_places.coverage",
    "supplier_places.perhaps_no_suppliers",
    "supplier_places.register_decisions",
    "supplier_places.register_offers",
    "supplier_places.suppliers_placed",
    "supplier_places.suppliers_to_place",
    "accreditations.conflicts",
    "accreditations.lacking",
    "lots.lots",
    "offers.offers_now",
    "accreditations.members_status",
    "accreditations.own_renewals",
    "accreditations.reconcile",
    "accreditations.renewals",
    "targets.status",
}
MODULES = (
    leakage,
    lots,
    offers,
    promises,
    revisions,
    cohorts,
    figures,
    since_meeting,
    supplier_places,
    accreditations,
    targets,
    xmr,
    evidence,
)


def asking() -> Iterator[tuple[str, bool]]:
    """Every public function of the package that asks a database, and whether it is told who for."""
    for module in MODULES:
        for name, function in inspect.getmembers(module, inspect.isfunction):
            takes = inspect.signature(function).parameters
            ours = function.__module__ == module.__name__ and not name.startswith("_")
            if ours and {"database", "audience"} & {*takes}:
                yield f"{module.__name__.rpartition('.')[2]}.{name}", "audience" in takes


def test_every_function_is_told_whom_it_is_for_or_gives_nothing_of_people() -> None:
    found = dict(asking())
    assert {name for name, told in found.items() if told} == {*TOLD}
    assert {name for name, told in found.items() if not told} == UNTOLD
    for module in (leakage, supplier_places, accreditations):
        source = inspect.getsource(module)
        assert not [name for name in PEOPLE if re.search(rf'[\[(,] *"{name}"', source)]


@pytest.mark.parametrize("name", TOLD)
def test_every_function_gives_others_what_is_rounded(sample: Database, name: str) -> None:
    for audience in OTHERS:
        frame = TOLD[name](sample, audience)
        if frame is None:
            continue
        for column in [it for it in frame.columns if it.startswith("shown")]:
            assert all(map(SEEN.fullmatch, frame[column])), (name, set(frame[column]))
        units = [CATALOGUE[it].unit for it in frame["indicator"]]
        for column in [it for it in frame.columns if it.startswith("value")]:
            for value, unit, indicator in zip(
                frame[column], units, frame["indicator"], strict=True
            ):
                if not math.isnan(value) and CATALOGUE[indicator].over is None:
                    step = 0.01 if unit == "share" else 5
                    assert math.isclose(value, step * round(value / step)), (name, indicator)


def test_what_the_walk_looks_for_is_there_without_the_rule(sample: Database) -> None:
    frame = ask(sample, HIRES, OWN, by=["pathway"])
    assert not all(map(SEEN.fullmatch, frame["shown"]))


def test_the_same_table_is_the_same_to_the_byte(sample: Database) -> None:
    def made() -> str:
        frame = ask(sample, PEOPLE, NETWORK, by=["member"], as_at=NOW)
        return hashlib.sha256(frame.to_csv().encode()).hexdigest()

    assert made() == made()
