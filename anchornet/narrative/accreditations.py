"""Accredited employers in sentences and rows: the stock, what came and went, renewals, the
members themselves, and the rates. Employers are counted exactly; people come protected."""

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.facts.catalogue import BREAKDOWNS
from anchornet.indicators.accreditations import ACCREDITED
from anchornet.indicators.figures import AreaFigure
from anchornet.indicators.living_wage_rates import Calendar, Rate, last_day
from anchornet.periods import add_months, months_of
from anchornet.returns.declaration import RETURNS
from anchornet.settings import Settings

RETURN = RETURNS["living_wage"]
STATUS = RETURN.field("status").codes or {}
NOT_KNOWN = "Not known"
NOT_LISTED, NOT_SENT = "No line of its own", "No return for the month"


def answer(row: Mapping[Any, Any], whose: str, window: str) -> str:
    """How many there are and how that came: `row` is one of stock.reconcile."""
    period = row["period"]
    if math.isnan(row["closing"]):
        return (
            f"{whose}: nobody has said which employers are accredited in "
            f"{formatting.month(period)}."
        )
    said = (
        f"{whose}: {_employers(row['closing'])} accredited at the end of {formatting.month(period)}"
    )
    before = formatting.month(add_months(months_of(period, window)[0], -1))
    if math.isnan(row["new"]):
        return f"{said}; of {before} nobody has said, so there is nothing to compare."
    change = row["closing"] - row["opening"]
    more = "as many as" if not change else f"{abs(change):,.0f} {'more' if change > 0 else 'fewer'}"
    return f"{said}, {more}{'' if not change else ' than'} at the end of {before}."


def flows(row: Mapping[Any, Any]) -> str:
    """What came and went between two months: `row` as for answer."""
    if math.isnan(row["new"]):
        return "A change needs the lists of both months."
    said = [f"{_count(row['opening'])} before, {_count(row['new'])} new"]
    said.append(f"{_count(row['lapsed']) if row['lapsed'] else 'none'} lapsed")
    if row["not_reported"]:
        said.append(f"{_count(row['not_reported'])} off the lists")
    told = f"{formatting.sentence(formatting.listed(said))} That makes {_count(row['closing'])}."
    if row["listed_later"]:
        were = "was" if row["listed_later"] == 1 else "were"
        told += (
            f" Of the new ones {_count(row['listed_later'])} {were} accredited earlier, "
            "and only the list is new."
        )
    if row["members"] != row["members_before"]:
        told += (
            f" {_count(row['members_before']).capitalize()} members sent a list then and "
            f"{_count(row['members'])} now, so some of this is who sent, and not who is accredited."
        )
    return told


def stock_rows(months: pd.DataFrame) -> list[list[str]]:
    """The table of stock.reconcile, the latest month first."""
    return [
        [
            formatting.month(row["period"], short=True).replace(" ", "\N{NO-BREAK SPACE}"),
            *(_cell(row[name]) for name in COLUMNS),
        ]
        for row in months.sort_values("period", ascending=False).to_dict("records")
    ]


COLUMNS = {
    "opening": "Start",
    "new": "New",
    "lapsed": "Lapsed",
    "not_reported": "Off lists",
    "closing": "End",
}


def parts(frame: pd.DataFrame, field: str) -> list[tuple[str, float, str]]:
    """Accredited employers by a field of the return, for charts ranks: most first, not known last;
    `frame` is of figures by that field."""
    known = frame[frame[field].notna() & (frame["value"] > 0)]
    rows = [
        (BREAKDOWNS[field].values.get(code, NOT_KNOWN), float(value), f"{value:,.0f}")
        for code, value in zip(known[field], known["value"], strict=True)
    ]
    return sorted(rows, key=lambda row: (row[0] == NOT_KNOWN, -row[1], row[0]))


def most(rows: Sequence[tuple[str, float, str]]) -> str:
    """The largest known part in a sentence: rows as `parts` gives them."""
    total = sum(value for _, value, _ in rows)
    known = [row for row in rows if row[0] != NOT_KNOWN]
    if not known:
        return "No employer is accredited of which it is known." if total else "There is none."
    name, value, label = known[0]
    share = formatting.figure(value / total, "share")
    return f"{name} are most: {label} of {total:,.0f} ({share})."


def jobs(row: "pd.Series[Any]", figure: AreaFigure | None, area: str) -> str:
    """The share of jobs covered with what it is over; `row` is protected."""
    if figure is None:
        return (
            f"Nobody has entered yet how many jobs there are in {area}, so the share of jobs "
            "covered is not known; the coordinator can, on Meetings."
        )
    over = f"the {figure.value:,.0f} jobs in {area} ({figure.source}, {figure.year})"
    if formatting.is_gap(row["value"]):
        return f"How many workers are covered is not known, or too few to show, out of {over}."
    return (
        f"Workers covered by accredited employers are {row['value']:.1%} of {over}. "
        "Some of them work outside it, so read it as a scale."
    )


def in_area(frame: pd.DataFrame, name: str, whole: float) -> str:
    """How many of all are in the area that was picked: `frame` is one figure of calculate."""
    value = frame["value"].iloc[0] if len(frame) else math.nan
    if math.isnan(value):
        return ""
    return f"Of them {_count(value)} of {_count(whole)} have their main office in {name}. " + (
        "The rest of this page is of everywhere."
    )


def due(frame: pd.DataFrame, today: date, days: int) -> str:
    """How many renewals are near: `frame` is stock.renewals."""
    by_state = frame.groupby("state")["employers"].sum().to_dict()
    near, late = by_state.get("due", 0), by_state.get("overdue", 0)
    until = formatting.day(today + timedelta(days))
    said = (
        f"{_count(near).capitalize()} {'is' if near == 1 else 'are'} due for renewal "
        f"in the next {days} days, to {until}"
        if near
        else f"None is due for renewal in the next {days} days, to {until}"
    )
    if late:
        said += f"; {_count(late)} {'has' if late == 1 else 'have'} a renewal date that is past"
    unknown = by_state.get("not_known", 0)
    if unknown:
        said += f"; for {_count(unknown)} no date was given"
    return f"{said}."


def renewal_rows(frame: pd.DataFrame) -> list[list[str]]:
    """Counts of renewals: those past, and each month that is near."""
    rows = []
    for row in frame.to_dict("records"):
        if row["state"] in ("overdue", "due"):
            name = "Date is past" if row["month"] is None else formatting.month(row["month"])
            rows.append([name, f"{row['employers']:,}"])
    return rows


def own_rows(frame: pd.DataFrame, today: date) -> list[list[str]]:
    """A member's own employers whose renewal is near: `frame` is stock.own_renewals."""
    relationships = RETURN.field("relationship").codes or {}
    return [
        [
            row["employer_name"],
            relationships.get(row["relationship"], row["relationship"]),
            f"{_day(row['renewal_due_on'])}, {formatting.due(row['renewal_due_on'], today)}",
        ]
        for row in frame.to_dict("records")
    ]


def member_rows(frame: pd.DataFrame, today: date) -> list[list[str]]:
    """Each member's own status and what comes next for it: `frame` is stock.members_status."""
    rows = []
    for row in frame.to_dict("records"):
        status = STATUS.get(row["status"] or "", NOT_LISTED if row["has_sent"] else NOT_SENT)
        accredited = row["status"] in ACCREDITED and row["accredited_on"]
        since = _day(row["accredited_on"]) if accredited else "–"
        rows.append([row["member"], status, since, _next(row, today)])
    return rows


def _next(row: Mapping[Any, Any], today: date) -> str:
    """The next thing that a member has to do or wait for."""
    due_on = row["renewal_due_on"]
    renewal = ""
    if due_on:
        renewal = f"renewal {'was due' if due_on < today else 'by'} {_day(due_on)}"
    steps = {
        "accredited": renewal,
        "accredited_with_milestones": "contractor milestones" + (renewal and f", {renewal}"),
        "in_progress": "accreditation",
        "lapsed": "accreditation again",
    }
    said = steps.get(row["status"] or "", "")
    return said[:1].upper() + said[1:] if said else "–"


def members(frame: pd.DataFrame) -> str:
    """How many members are accredited themselves: `frame` as for member_rows."""
    said = int(frame["status"].isin(ACCREDITED).sum())
    sent = int(frame["has_sent"].sum())
    told = f"{_count(said).capitalize()} of the {_count(sent)} members that sent a list"
    told += f" {'is' if said == 1 else 'are'} accredited themselves"
    rest = len(frame) - sent
    return f"{told}; {_count(rest)} sent none." if rest else f"{told}."


def complies(found: Calendar | None, rates: Sequence[Rate], on: date, london: bool | None) -> str:
    """Which rate complies on a day, and until when an earlier one does."""
    if found is None:
        return "The table of rates has none for this day."
    said = f"On {formatting.day(on)} {_pounds(found.due, london)} an hour complies"
    if found.announced and found.announced.announced_on and found.announced.from_day:
        until = last_day(rates, found.due)
        said += (f", and does until {formatting.day(until)}. " if until else ". ") + (
            f"{_pounds(found.announced, london)} was announced on "
            f"{formatting.day(found.announced.announced_on)} and must be paid from "
            f"{formatting.day(found.announced.from_day)}"
        )
    said += "."
    newest = rates[-1].announced_on
    if newest and (on - newest).days > 365:
        said += (
            f" The table ends with the rates announced on {formatting.day(newest)}: the "
            f"coordinator "
            "adds later ones on the page Meetings."
        )
    return said


def rate_rows(rates: Sequence[Rate], found: Calendar | None, count: int = 4) -> list[list[str]]:
    """The latest rates, the newest first, with the days between which each complies."""
    rows = []
    for rate in reversed(rates[-count:]):
        until = last_day(rates, rate)
        mark = "complies now" if found and rate == found.due else ""
        if found and rate == found.announced:
            mark = "announced, may be paid"
        rows.append(
            [
                f"£{rate.uk}",
                f"£{rate.london}",
                _day(rate.from_day) if rate.from_day else "–",
                _day(until) if until else "–",
                mark,
            ]
        )
    return rows


RATE_COLUMNS = ("UK, an hour", "London, an hour", "To be paid from", "Complies until", "")


def source(frame: pd.DataFrame, settings: Settings) -> str:
    """What stands under the chart: which lists it is made of. `frame` is stock.reconcile."""
    sent = int(frame["members"].iloc[-1]) if len(frame) else 0
    lists = f"{RETURN.title} returns of {sent:,} member{'' if sent == 1 else 's'}"
    return f"Employers, each once. {lists}, {formatting.month(frame['period'].max())}."


def _pounds(rate: Rate, london: bool | None) -> str:
    if london is None:
        return f"£{rate.uk} (£{rate.london} in London)"
    return f"£{rate.london if london else rate.uk}"


def _employers(number: float) -> str:
    return f"{_count(number)} {'employer is' if number == 1 else 'employers are'}"


def _count(number: float) -> str:
    return formatting.count(int(number))


def _day(when: date) -> str:
    """A day in a narrow column: `10 Nov 2025`."""
    return f"{when.day} {when:%b %Y}"


def _cell(number: float) -> str:
    return "–" if math.isnan(number) else f"{number:,.0f}"
