"""Accredited employers in sentences and rows: the stock, what came and went, renewals, the
members themselves, and the rates. Employers are counted exactly; people come protected."""

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.facts.catalogue import BREAKDOWNS
from anchornet.formatting import counted, plural
from anchornet.indicators.accreditations import ACCREDITED, DIFFERING
from anchornet.indicators.disclosure import KEPT
from anchornet.indicators.figures import AreaFigure
from anchornet.indicators.living_wage_rates import Calendar, Rate, last_day
from anchornet.periods import add_months, months_of
from anchornet.returns.declaration import RETURNS

RETURN = RETURNS["living_wage"]
STATUS = RETURN.field("status").codes or {}
NOT_KNOWN = "Not known"
NOT_LISTED, NOT_SENT = "No line of its own", "No return for the month"


COLUMNS = {
    "opening": "Start",
    "new": "New",
    "lapsed": "Lapsed",
    "not_reported": "Off lists",
    "closing": "End",
}


def answer(row: Mapping[Any, Any], whose: str, window: str) -> str:
    """How many there are and how that came: `row` is one of accreditations.reconcile."""
    month = formatting.month(row["period"])
    if math.isnan(row["closing"]):
        return f"{whose}: nobody has said which employers are accredited in {month}."
    employers = counted(row["closing"], "employer is", "employers are")
    text = f"{whose}: {employers} accredited at the end of {month}"
    before = formatting.month(add_months(months_of(row["period"], window)[0], -1))
    if math.isnan(row["new"]):
        return f"{text}; of {before} nobody has said, so there is nothing to compare."
    if not row["same_members"]:
        return f"{text}; other members sent lists for {before}, so the two are not compared."
    change = row["closing"] - row["opening"]
    compared = f"{_count(abs(change))} {'more' if change > 0 else 'fewer'} than"
    return f"{text}, {compared if change else 'as many as'} at the end of {before}."


def flows(row: Mapping[Any, Any]) -> str:
    """What came and went between two months: `row` as for answer."""
    if math.isnan(row["new"]):
        return "A change needs the lists of both months."
    parts = [f"{_count(row['opening'])} before", f"{_count(row['new'])} new"]
    parts.append(f"{_count(row['lapsed']) if row['lapsed'] else 'none'} lapsed")
    if row["not_reported"]:
        parts.append(f"{_count(row['not_reported'])} off the lists")
    text = formatting.sentence(formatting.listed(parts))
    text += f" That makes {_count(row['closing'])}."
    if row["listed_later"]:
        text += (
            f" Of the new ones {counted(row['listed_later'], 'gives', 'give')} an earlier date of "
            "accreditation."
        )
    if row["same_members"]:
        return text
    who = "Other members sent a list then than now"
    if row["members"] != row["members_before"]:
        many = formatting.capital(counted(row["members_before"], "member"))
        who = f"{many} sent a list then and {_count(row['members'])} now"
    return f"{text} {who}, so some of this is who sent, and not who is accredited."


def stock_rows(months: pd.DataFrame) -> list[list[str]]:
    """The table of accreditations.reconcile, the latest month first."""
    return [
        [
            formatting.month(row["period"], short=True).replace(" ", "\N{NO-BREAK SPACE}"),
            *("–" if math.isnan(row[name]) else f"{row[name]:,.0f}" for name in COLUMNS),
        ]
        for row in months.sort_values("period", ascending=False).to_dict("records")
    ]


def parts(frame: pd.DataFrame, field: str) -> list[tuple[str, float, str]]:
    """Accredited employers by a field of the return, for breakdowns.ranks: most first, not known
    last; `frame` is of figures by that field."""
    accredited = frame[frame[field].notna() & (frame["value"] > 0)]
    rows = [
        (BREAKDOWNS[field].values.get(code, NOT_KNOWN), float(value), f"{value:,.0f}")
        for code, value in zip(accredited[field], accredited["value"], strict=True)
    ]
    return sorted(rows, key=lambda row: (row[0] == NOT_KNOWN, -row[1], row[0]))


def most(rows: Sequence[tuple[str, float, str]]) -> str:
    """The largest known part in a sentence: rows as `parts` gives them."""
    total = sum(value for _, value, _ in rows)
    named = [row for row in rows if row[0] != NOT_KNOWN]
    if not named:
        return "It is not known for any accredited employer." if total else "There is none."
    _, value, label = named[0]
    share = formatting.figure(value / total, "share")
    names = [name for name, other, _ in named if other == value]
    each = " each" if len(names) > 1 else ""
    caveat = " where it is known" if len(named) < len(rows) else ""
    shares = f"{label}{each} of {total:,.0f} ({share}{each})"
    return f"{formatting.listed(names)} are most{caveat}: {shares}."


def jobs(row: "pd.Series[Any]", figure: AreaFigure | None, area: str, by_ring: pd.DataFrame) -> str:
    """The share of jobs covered with what it is over; `row` is protected, `by_ring` of accredited
    employers."""
    if figure is None:
        return (
            f"Nobody has entered yet how many jobs there are in {area}, so the share of jobs "
            "covered is not known; the coordinator can, on Meetings."
        )
    over = f"the {figure.value:,.0f} jobs in {area} ({figure.source}, {figure.year})"
    if formatting.is_gap(row["value"]):
        why = KEPT if row.get("shown") == KEPT else "not known, or too few to show,"
        return f"How many workers are covered is {why} out of {over}."
    text = f"Accredited employers in {area} cover more workers than {over}, so this is not a share"
    text += " of them."
    if row["value"] <= 1:
        share = formatting.percent(row["value"], 1)
        text = f"Workers covered by accredited employers in {area} are {share}% of {over}."
    return f"{text} Some of them work outside it, so read it as a scale.{_elsewhere(by_ring)}"


def _elsewhere(by_ring: pd.DataFrame) -> str:
    """How many employers are not in the share of local jobs."""
    counts = by_ring[by_ring["value"] > 0].set_index("ring")["value"]
    outside = counts.reindex(["wider_area", "elsewhere"]).sum()
    parts = []
    if outside:
        parts.append(f"{counted(outside, 'has its', 'have their')} main office elsewhere")
    if unknown := counts.get("unknown", 0):
        parts.append(f"for {_count(unknown)} no postcode says where it is")
    if not parts:
        return ""
    return f" Of the accredited employers {formatting.listed(parts)}: their workers are left out."


def lacks(members: int, employers: int) -> str:
    """What the figures of a month lack, as accreditations.lacking gives it; nothing to say where
    nothing is missing."""
    if not employers:
        return ""
    who = counted(
        members, "member that sent lists before has", "members that sent lists before have"
    )
    were = counted(
        employers,
        "employer that only theirs had as accredited is",
        "employers that only theirs had as accredited are",
    )
    return f"{formatting.capital(who)} not sent this month's: {were} not in these figures."


def conflict_rows(frame: pd.DataFrame) -> list[list[str]]:
    """Employers that are reported differently: `frame` is accreditations.conflicts."""
    return [
        [
            row["employer"],
            formatting.listed(list(row["members"])),
            formatting.capital(formatting.listed([DIFFERING[name] for name in row["differing"]])),
            f"{row['counted']}, its own" if row["own"] else f"{row['counted']}, the last sent",
        ]
        for row in frame.to_dict("records")
    ]


def conflicts(frame: pd.DataFrame) -> str:
    """How many employers are reported differently, and which report counts."""
    many = counted(len(frame), "employer is", "employers are")
    return (
        f"{formatting.capital(many)} reported differently by several members. What an employer "
        "says of itself counts, else the report that was sent last."
    )


def in_area(frame: pd.DataFrame, name: str, whole: float) -> str:
    """How many of all are in the area that was picked: `frame` is of one figure."""
    value = frame["value"].iloc[0] if len(frame) else math.nan
    if math.isnan(value) or not whole:
        return ""
    some = formatting.capital(formatting.count(int(value), int(whole)))
    has = formatting.verb(int(value), "has", "have")
    text = f"{some} accredited employers {has} their main office"
    if whole == 1:
        text = f"The one accredited employer {'has' if value else 'does not have'} its main office"
    return f"{text} in {name}. The rest of this page is of everywhere."


def due(frame: pd.DataFrame, today: date, days: int) -> str:
    """How many renewals are near: `frame` is accreditations.renewals."""
    by_state = frame.groupby("state")["employers"].sum().to_dict()
    near, late, unknown = (by_state.get(state, 0) for state in ("due", "overdue", "not_known"))
    many = counted(near, "is", "are") if near else "none is"
    until = formatting.day(today + timedelta(days))
    text = f"{formatting.capital(many)} due for renewal in the next {days} days, to {until}"
    if late:
        text += f"; {counted(late, 'has', 'have')} a renewal date that is past"
    if unknown:
        text += f"; for {_count(unknown)} no date was given"
    return f"{text}."


def renewal_rows(frame: pd.DataFrame) -> list[list[str]]:
    """Counts of renewals: those past, and each month that is near."""
    return [
        [
            "Date is past" if row["month"] is None else formatting.month(row["month"]),
            f"{row['employers']:,}",
        ]
        for row in frame.to_dict("records")
        if row["state"] in ("overdue", "due")
    ]


def own_rows(frame: pd.DataFrame, today: date) -> list[list[str]]:
    """A member's own employers whose renewal is near: `frame` is accreditations.own_renewals."""
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
    """Each member's own status and what comes next for it, of accreditations.members_status."""
    rows = []
    for row in frame.to_dict("records"):
        status = STATUS.get(row["status"] or "", NOT_LISTED if row["has_sent"] else NOT_SENT)
        accredited = row["status"] in ACCREDITED and row["accredited_on"]
        since = _day(row["accredited_on"]) if accredited else "–"
        rows.append([row["member"], status, since, _next(row, today)])
    return rows


def _next(row: Mapping[Any, Any], today: date) -> str:
    """The next thing that a member has to do or wait for."""
    due_on, renewal = row["renewal_due_on"], ""
    if due_on:
        renewal = f"renewal {'was due' if due_on < today else 'by'} {_day(due_on)}"
    steps = {
        "accredited": renewal,
        "accredited_with_milestones": "contractor milestones" + (renewal and f", {renewal}"),
        "in_progress": "accreditation",
        "lapsed": "accreditation again",
    }
    return formatting.capital(steps.get(row["status"] or "", "")) or "–"


def members(frame: pd.DataFrame) -> str:
    """How many members are accredited themselves: `frame` as for member_rows."""
    accredited = int(frame["status"].isin(ACCREDITED).sum())
    sent = int(frame["has_sent"].sum())
    if not sent:
        return "No member has sent a list for the month."
    if sent == 1:
        text = f"The one member that sent a list is {'' if accredited else 'not '}accredited itself"
    else:
        many = formatting.capital(formatting.count(accredited, sent))
        are = formatting.verb(accredited, "is itself", "are themselves")
        text = f"{many} members that sent a list {are} accredited"
    rest = len(frame) - sent
    return f"{text}; {_count(rest)} sent none." if rest else f"{text}."


def complies(
    calendar: Calendar | None, rates: Sequence[Rate], on: date, london: bool | None
) -> str:
    """Which rate complies on a day, and until when an earlier one does."""
    if calendar is None:
        return "There is no rate for this day."
    text = f"On {formatting.day(on)} {_pounds(calendar.due, london)} an hour complies"
    new = calendar.announced
    if new and new.announced_on and new.from_day:
        until = last_day(rates, calendar.due)
        text += f", and does until {formatting.day(until)}. " if until else ". "
        text += (
            f"{_pounds(new, london)} was announced on {formatting.day(new.announced_on)} and must "
            f"be paid from {formatting.day(new.from_day)}"
        )
    text += "."
    newest = rates[-1].announced_on
    if newest and (on - newest).days > 365:
        text += (
            f" The table ends with the rates announced on {formatting.day(newest)}: the "
            "coordinator adds later ones on the page Meetings."
        )
    return text


def rate_rows(rates: Sequence[Rate], calendar: Calendar | None, count: int = 4) -> list[list[str]]:
    """The latest rates, the newest first, with the days between which each complies."""
    rows = []
    for rate in reversed(rates[-count:]):
        until, mark = last_day(rates, rate), ""
        if calendar and rate == calendar.due:
            mark = "complies now"
        if calendar and rate == calendar.announced:
            mark = "announced, may be paid"
        days = (_day(day) if day else "–" for day in (rate.from_day, until))
        rows.append([f"£{rate.uk}", f"£{rate.london}", *days, mark])
    return rows


RATE_COLUMNS = ("UK, an hour", "London, an hour", "To be paid from", "Complies until", "Today")


def source(frame: pd.DataFrame) -> str:
    """What stands under the chart: which lists it is made of, of accreditations.reconcile."""
    sent = int(frame["members"].iloc[-1]) if len(frame) else 0
    lists = f"{RETURN.title} returns of {sent:,} {plural(sent, 'member')}"
    return f"Employers, each once. {lists}, {formatting.month(frame['period'].max())}."


def _pounds(rate: Rate, london: bool | None) -> str:
    if london is None:
        return f"£{rate.uk} (£{rate.london} in London)"
    return f"£{rate.london if london else rate.uk}"


def _count(number: float) -> str:
    return formatting.count(int(number))


def _day(when: date) -> str:
    """A day in a narrow column: `10 Nov 2025`."""
    return f"{when.day} {when:%b %Y}"
