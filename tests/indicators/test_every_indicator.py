"""Each indicator of the catalogue, worked out again by pandas from the rows that were sent."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path

import pandas as pd
import pytest

from anchornet import settings as settings_
from anchornet.facts import build
from anchornet.facts.catalogue import CATALOGUE
from anchornet.indicators.calculate import calculate
from anchornet.intake import submit as submit_return
from anchornet.places.standards import load_standards
from anchornet.returns.declaration import RETURNS
from anchornet.store.area_statistics import record_area_fact
from anchornet.store.database import Database
from anchornet.store.framework import SAMPLE, load_framework
from anchornet.store.needs import Need, record_event, record_need
from anchornet.store.submissions import withdraw
from tests.indicators import town
from tests.indicators.town import ACCREDITED, AUGUST, JOBS, JULY, MAY, MEMBERS, MONTHS, SEPTEMBER

LONG_AGO = datetime(2020, 1, 1)
WHEN = {"now": datetime.max, "at the meeting": datetime(2026, 10, 12, 12)}
EVERYTHING = town.town() + town.promises()
BREAKDOWNS = sorted({name for it in CATALOGUE.values() for name in it.breakdowns})


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12))


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path: Path = tmp_path_factory.mktemp("town") / "network.duckdb"
    database = build.open_network(
        replace(settings_.load(environment={}), database=path, area=("E08000003",)), create=True
    )
    for member, (kind, org_id, starts_on) in MEMBERS.items():
        build.add_member(
            database, member, f"Sample {member}", kind, org_id=org_id, starts_on=starts_on,
            now=LONG_AGO,
        )  # fmt: skip
    build.load_organisations(database, town.DIRECTORY.encode(), by="x", now=LONG_AGO)
    record_area_fact(
        database, "jobs_in_area", JOBS, source="Sample survey", year=2020, by="x", now=LONG_AGO
    )
    load_framework(database, SAMPLE.read_bytes(), by="x", now=LONG_AGO)
    for number, (asked, introduced, confirmed, review) in enumerate(town.NEEDS, 1):
        need = Need("Sample Club", "good_work", "goods", f"A thing {number}", review)
        record_need(database, need, by="x", now=_noon(asked))
        for state, day in (
            ("introduced", introduced), ("agreed", confirmed and introduced),
            ("delivered", confirmed), ("confirmed", confirmed),
        ):  # fmt: skip
            if day:
                record_event(
                    database, number, state, by="x", words="A firm", promise="p", now=_noon(day)
                )
    load_standards(database, town.HOLDERS.encode(), by="x", now=LONG_AGO)
    for it in sorted(EVERYTHING, key=lambda it: it.accepted_at):
        common = {"member_id": it.member, "by": "x", "now": it.accepted_at, "period": it.period}
        if not it.rows:
            receipt = submit_return.send_nil(database, RETURNS[it.return_name], **common)
        else:
            (receipt,) = submit_return.submit(
                database,
                RETURNS[it.return_name],
                "\n".join(it.csv).encode(),
                "town.csv",
                accept_warnings="The town is meant to be like this.",
                **common,
            )
        if it.withdrawn_at:
            withdraw(database, receipt.receipt, by="x", reason="Wrong.", now=it.withdrawn_at)
    yield database
    database.close()


@pytest.fixture(scope="module")
def known() -> dict[str, town.Known]:
    return {
        name: town.Known(EVERYTHING, moment, min(moment, datetime(2027, 1, 1)).date())
        for name, moment in WHEN.items()
    }


# What each indicator is, in plain Python over rows. None: nobody said, which is a gap.


def total(values) -> float | None:
    given = [it for it in values if it is not None]
    return math.fsum(given) if given else None


def among(rows: pd.DataFrame, name: str, wanted) -> pd.DataFrame:
    """The rows with one of those values in a column."""
    return rows[rows[name].map(lambda it: it in wanted).astype(bool)]


def column(name: str) -> Callable[[pd.DataFrame], float | None]:
    return lambda rows: total(rows[name])


def only(name: str, **values) -> Callable[[pd.DataFrame], float | None]:
    """The sum of a column where other columns have one of these values."""

    def value(rows: pd.DataFrame) -> float | None:
        for other, wanted in values.items():
            rows = among(rows, other, wanted)
        return total(rows[name])

    return value


def starts_if(name: str, wanted: set, unknown: set) -> Callable[[pd.DataFrame], float | None]:
    """Starts with such a value, out of those of which it is known at all."""

    def value(rows: pd.DataFrame) -> float | None:
        pairs = list(zip(rows[name], rows["starts"], strict=True))
        return total(
            None if it in unknown else starts if it in wanted else 0 for it, starts in pairs
        )

    return value


def without(name: str) -> Callable[[pd.DataFrame], float]:
    return lambda rows: total(among(rows, name, [None])["starts"]) or 0


def different(**values) -> Callable[[pd.DataFrame], float]:
    def value(rows: pd.DataFrame) -> float:
        for other, wanted in values.items():
            rows = among(rows, other, wanted)
        return len({*rows["key"]} - {""})

    return value


def covered(rows: pd.DataFrame) -> float | None:
    rows = rows[rows["status"].isin(ACCREDITED)]
    return total(rows["workers_covered"]) if len(rows) else 0


def followed(value: Callable[[pd.DataFrame], float | None]):
    return lambda rows: value(rows[rows["months_followed"] < 12])


def left(rows: pd.DataFrame) -> float | None:
    return total(rows["starters"] - rows["in_post"])


def left_unfollowed(rows: pd.DataFrame) -> float | None:
    if rows.empty:
        return None
    return left(among(rows, "leavers_moved_on_to_work", [None])) or 0


def how_many(holds: Callable[[dict], bool]) -> Callable[[pd.DataFrame], int]:
    return lambda rows: sum(bool(holds(row)) for row in rows.to_dict("records"))


def of_one_measure(name: str, *units: str) -> Callable[[pd.DataFrame], float | None]:
    def value(rows: pd.DataFrame) -> float | None:
        rows = among(rows, "unit", units)
        rows = rows[rows[name].map(lambda it: it is not None).astype(bool)]
        return total(rows[name]) if rows["measure"].nunique() == 1 else None

    return value


def waited(rows: pd.DataFrame) -> pd.Series:
    return among(rows, "what", ["introduced"])["days"].astype(float)


def of_one_standard(rows: pd.DataFrame) -> pd.DataFrame:
    return rows if rows["standard"].nunique() == 1 else rows[rows["standard"] == "any"]


def unspent(rows: pd.DataFrame) -> float | None:
    return total(
        row["received"] - row["delivered"]
        for row in rows.to_dict("records")
        if row["unit"] == "gbp" and None not in (row["received"], row["delivered"])
    )


OTHER_UNITS = ("hours", "weeks", "homes", "m2", "tonnes", "yes")


@dataclass(frozen=True)
class By:
    """How an indicator is worked out of the rows of a source; a rate has a base."""

    source: str
    value: Callable[[pd.DataFrame], float | None]
    base: Callable[[pd.DataFrame], float | None] | str | None = None
    stock: bool = False
    distinct: bool = False
    between_members: bool = False
    by_standard: bool = False


UNKNOWN = {None, "not_known"}
KNOWN_RINGS = {"area", "wider_area", "elsewhere"}
ANY_RING = [*KNOWN_RINGS]
DECILES = range(1, 11)
KNOWN_SIZES = {"micro", "small", "medium", "large"}
KNOWN_TYPES = {"private", "vcse", "public", "individual"}
OWN = {"relationship": ["self"], "status": ACCREDITED}

BY_HAND = {
    "accredited_employers": By(
        "living_wage", lambda rows: sum(rows["status"].isin(ACCREDITED)), stock=True
    ),
    "workers_uplifted": By("living_wage", column("workers_uplifted"), stock=True),
    "workers_covered": By("living_wage", covered, stock=True),
    "share_of_jobs_covered": By(
        "living_wage", lambda rows: covered(among(rows, "ring", ["area"])), "jobs", stock=True
    ),
    "members_accredited": By(
        "living_wage",
        lambda rows: len({
            row["member"] for row in rows.to_dict("records")
            if row["relationship"] == "self" and row["status"] in ACCREDITED
        }),
        "members",
        stock=True,
    ),
    "applications": By("local_hires", column("applications")),
    "offers": By("local_hires", column("offers")),
    "starts": By("local_hires", column("starts")),
    "starts_fte": By("local_hires", column("starts_fte")),
    "starts_without_applications": By("local_hires", without("applications")),
    "starts_without_offers": By("local_hires", without("offers")),
    "local_starts": By("local_hires", starts_if("ring", {"area"}, {"unknown"})),
    "local_start_share": By(
        "local_hires", only("starts", ring=["area"]), only("starts", ring=ANY_RING)
    ),
    "priority_neighbourhood_starts": By("local_hires", starts_if("imd_decile", {1, 2}, {None})),
    "under_25_starts": By("local_hires", starts_if("age_band", {"under_25"}, UNKNOWN)),
    "global_majority_starts": By(
        "local_hires", starts_if("ethnicity", {"global_majority"}, UNKNOWN)
    ),
    "out_of_work_starts": By("local_hires", starts_if("out_of_work", {"yes"}, UNKNOWN)),
    "priority_neighbourhood_start_share": By(
        "local_hires", only("starts", imd_decile=[1, 2]), only("starts", imd_decile=DECILES)
    ),
    "under_25_start_share": By(
        "local_hires",
        only("starts", age_band=["under_25"]),
        only("starts", age_band=["under_25", "25_49", "50_plus"]),
    ),
    "global_majority_start_share": By(
        "local_hires",
        only("starts", ethnicity=["global_majority"]),
        only("starts", ethnicity=["global_majority", "white"]),
    ),
    "out_of_work_start_share": By(
        "local_hires",
        only("starts", out_of_work=["yes"]),
        only("starts", out_of_work=["yes", "no"]),
    ),
    **{
        f"retention_{weeks}_weeks": By(
            "retention",
            only("in_post", months_followed=[months]),
            only("starters", months_followed=[months]),
        )
        for weeks, months in ((13, 3), (26, 6), (52, 12))
    },
    "in_post_share": By("retention", column("in_post"), column("starters")),
    "starters_followed": By("retention", followed(column("starters")), stock=True),
    "leavers": By("retention", followed(left), stock=True),
    "leavers_to_work": By("retention", followed(column("leavers_moved_on_to_work")), stock=True),
    "leavers_not_followed": By("retention", followed(left_unfollowed), stock=True),
    "spend": By("spend", column("amount")),
    "spend_between_members": By("spend", column("amount"), between_members=True),
    "local_spend_share": By(
        "spend", only("amount", ring=["area"]), only("amount", ring=ANY_RING)
    ),
    "local_or_branch_spend_share": By(
        "spend", only("amount", nearest_ring=["area"]), only("amount", nearest_ring=ANY_RING)
    ),
    "wider_area_spend_share": By(
        "spend", only("amount", ring=["area", "wider_area"]), only("amount", ring=ANY_RING)
    ),
    "unknown_address_spend_share": By(
        "spend", only("amount", ring=["unknown"]), column("amount")
    ),
    "sme_spend_share": By(
        "spend",
        only("amount", supplier_size=["micro", "small", "medium"]),
        only("amount", supplier_size=KNOWN_SIZES),
    ),
    "vcse_spend_share": By(
        "spend", only("amount", supplier_type=["vcse"]), only("amount", supplier_type=KNOWN_TYPES)
    ),
    "priority_neighbourhood_spend_share": By(
        "spend", only("amount", imd_decile=[1, 2]), only("amount", imd_decile=DECILES)
    ),
    "living_wage_supplier_spend_share": By(
        "spend",
        only("amount", accredited=[True]),
        only("amount", month_says=[True]),
    ),
    "committed_supplier_spend_share": By(
        "spend", only("amount", committed=[True]), only("amount", quarter_says=[True])
    ),
    "standard_supplier_spend_share": By(
        "spend",
        lambda rows: total(among(of_one_standard(rows), "held", [True])["amount"]),
        lambda rows: total(of_one_standard(rows)["amount"]),
        by_standard=True,
    ),
    "commitments_on_profile_share": By(
        "commitments",
        how_many(
            lambda row: row["by_now"] is not None
            and row["delivered"] is not None
            and row["delivered"] >= 0.9 * row["by_now"]
        ),
        how_many(lambda row: row["by_now"] is not None and row["delivered"] is not None),
        stock=True,
    ),
    "commitments_kept_share": By(
        "commitments",
        how_many(lambda row: row["was_due"] and (row["delivered"] or 0) >= row["promised"]),
        how_many(lambda row: row["was_due"]),
        stock=True,
    ),
    "commitments_not_reported_share": By(
        "commitments",
        how_many(lambda row: row["running"] and row["delivered"] is None),
        how_many(lambda row: row["running"]),
        stock=True,
    ),
    "commitments_evidenced_share": By(
        "commitments",
        how_many(
            lambda row: row["delivered"]
            and row["evidenced"] is not None
            and row["evidenced"] >= row["delivered"]
        ),
        how_many(lambda row: row["delivered"]),
        stock=True,
    ),
    "contributions_unspent": By("commitments", unspent, stock=True),
    **{
        f"commitments_{what}{suffix}": By("commitments", of_one_measure(what, *units), stock=True)
        for what in ("promised", "delivered")
        for suffix, units in (("_people", ["people"]), ("_gbp", ["gbp"]), ("", OTHER_UNITS))
    },
    "active_suppliers": By("spend", different(), distinct=True),
    "local_suppliers": By("spend", different(ring=["area"]), distinct=True),
    "local_or_branch_suppliers": By("spend", different(nearest_ring=["area"]), distinct=True),
    "needs_met_share": By(
        "needs",
        lambda rows: len(among(rows, "what", ["met"])),
        lambda rows: len(among(rows, "what", ["met", "lapsed"])),
    ),
    "days_to_introduction": By(
        "needs",
        lambda rows: waited(rows).median() * len(waited(rows)) if len(waited(rows)) else 0,
        lambda rows: len(waited(rows)),
        distinct=True,
    ),
    "returns_received": By(
        "returns",
        lambda rows: sum(rows["sent"].astype(bool) & rows["due"].astype(bool)),
        lambda rows: sum(rows["due"]),
    ),
    "returns_on_time": By(
        "returns",
        lambda rows: sum(rows["on_time"].astype(bool) & rows["due"].astype(bool)),
        lambda rows: sum(rows["due"]),
    ),
}  # fmt: skip


def rows_of(it: By, known: town.Known, by: str | None) -> pd.DataFrame:
    if it.source == "living_wage":
        sender = [by] if by in ("member", "kind") else []
        return town.each_once(known.living_wage, sender)
    if it.source == "commitments":
        sender = [by] if by in ("member", "kind") else []
        return town.each_promise_once(known.commitments, sender)
    frame = getattr(known, it.source)
    if it.between_members:
        return frame[frame["netted"].astype(bool)]
    if it.by_standard:
        frame = known.spend_by_standard
    if it.source == "spend" and by != "member":
        frame = frame[~frame["netted"].astype(bool)]
    return frame


def text(value: object) -> str:
    return "not_known" if value is None else str(value)


def months_of(period, window) -> list:
    first = {
        "month": period,
        "quarter": period.replace(month=(period.month - 1) // 3 * 3 + 1),
        "financial_year": period.replace(month=4),
    }[window]
    return [month for month in MONTHS if first <= month <= period]


def expected(it: By, known: town.Known, period, window, by, part) -> tuple[float, float]:
    """The value and the base, both nan where there are none."""
    rows = rows_of(it, known, by)
    if by is not None:
        rows = rows[rows[by].map(text) == part]
    theirs = [
        member
        for member, (kind, _, _) in MEMBERS.items()
        if by not in ("member", "kind") or part == {"member": member, "kind": kind}[by]
    ]
    months = [period] if it.stock else months_of(period, window)
    of_month = {month: rows[rows["period"] == month] for month in months}
    sent = {
        month: bool({*theirs} & known.senders(it.source, month))
        if it.source not in ("returns", "needs")
        else it.source == "needs" or bool(of_month[month]["due"].any())
        for month in months
    }
    if isinstance(it.base, str):
        members = len({*theirs} & known.senders(it.source, period))
        base = JOBS if it.base == "jobs" else members
        here = of_month[period]
        value = it.value(here) if len(here) else 0
        return (math.nan, math.nan) if not sent[period] else (gap(value) / base, base)
    if it.base is not None:
        if not any(sent.values()):
            return math.nan, math.nan
        if it.distinct:
            of_month = {period: pd.concat([of_month[month] for month in months])}
            months = [period]
        above, below = (
            total(part(of_month[month]) for month in months if sent[month]) or 0
            for part in (it.value, it.base)
        )
        return (above / below if below else math.nan), below
    if not all(sent.values()):
        return math.nan, math.nan
    if it.distinct:
        return it.value(pd.concat(list(of_month.values()))), math.nan
    values = [gap(it.value(here)) if len(here) else 0 for here in of_month.values()]
    return sum(values), math.nan


def gap(value: float | None) -> float:
    return math.nan if value is None else value


def test_each_indicator_of_the_catalogue_is_worked_out_here():
    assert {*BY_HAND} == {*CATALOGUE}


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("window", ["month", "quarter", "financial_year"])
def test_the_networks_figures_are_those_of_pandas(network, known, window, when):
    as_at = None if when == "now" else WHEN[when]
    periods = [MAY, JULY, AUGUST, SEPTEMBER]
    frame = calculate(network, [*CATALOGUE], periods, window=window, as_at=as_at)
    assert len(frame) == len(periods) * len(CATALOGUE)
    for row in frame.to_dict("records"):
        it = BY_HAND[row["indicator"]]
        value, base = expected(it, known[when], row["period"], window, None, None)
        said = (row["indicator"], row["period"])
        assert row["value"] == pytest.approx(value, nan_ok=True), said
        assert row["base"] == pytest.approx(base, nan_ok=True), said
    # The town has figures and gaps, of each kind of window.
    assert 0.5 < frame["value"].notna().mean() < 1


def members_of(it: By, months: set[date]) -> set[str]:
    """Those who owed its return for one of the months, or sent it though nobody was asked yet."""
    if it.source not in RETURNS or RETURNS[it.source].since is None:
        return {*MEMBERS}
    return {
        sent.member
        for sent in EVERYTHING
        if sent.return_name == it.source and sent.period in months
    }


@pytest.mark.parametrize("window", ["month", "quarter"])
@pytest.mark.parametrize("by", BREAKDOWNS)
def test_the_parts_of_figures_are_those_of_pandas(network, known, by, window):
    names = [name for name, it in CATALOGUE.items() if by in it.breakdowns]
    frame = calculate(network, names, [AUGUST, SEPTEMBER], by=[by], window=window)
    for name in names:
        it = BY_HAND[name]
        found = frame[(frame["indicator"] == name) & frame[by].notna()]
        months = {
            month
            for period in (AUGUST, SEPTEMBER)
            for month in ([period] if it.stock else months_of(period, window))
        }
        rows = rows_of(it, known["now"], by)
        parts = {text(value) for value in rows.loc[rows["period"].isin(months), by]}
        if by == "member":
            parts = members_of(it, months)
        elif by == "kind":
            parts = {kind for kind, _, _ in MEMBERS.values()}
        assert {*found[by]} == parts, name
        for row in found.to_dict("records"):
            value, base = expected(it, known["now"], row["period"], window, by, row[by])
            said = (name, row["period"], row[by])
            assert row["value"] == pytest.approx(value, nan_ok=True), said
            assert row["base"] == pytest.approx(base, nan_ok=True), said
