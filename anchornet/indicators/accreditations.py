"""Accredited employers as a stock: how one month's number became the next one's, what is due for
renewal, and where the members stand themselves."""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd

from anchornet.facts.catalogue import FACTS
from anchornet.indicators.calculate import each_once
from anchornet.periods import add_months, months_of
from anchornet.store.database import Database, tidy

ACCREDITED = ("accredited", "accredited_with_milestones")
RENEWAL_DAYS = 90
NUMBERS = ("opening", "new", "listed_later", "lapsed", "not_reported", "closing")

Employer = Mapping[str, Any]


def reconcile(
    database: Database,
    periods: Sequence[date],
    *,
    as_at: datetime | None = None,
    members: Collection[str] | None = None,
    window: str = "month",
) -> pd.DataFrame:
    """How accredited employers changed: period, opening, new, listed_later, lapsed, not_reported,
    closing, members_before, members, same_members. opening + new - lapsed - not_reported = closing.

    opening: accredited at the end of the month before the window; closing: at the end of `period`,
    as `accredited_employers` has both. new: accredited now and not then; listed_later are those of
    them whose accreditation is older than the window, so that it is the list that is new. lapsed:
    accredited then, and listed now with a different status. not_reported: accredited then, and on
    nobody's list now. An employer is the same in both months by its org-id, else, where one list
    gives none, by its name and postcode. A month that nobody sent is a gap, and what hangs on it
    too. `members_before` and `members` say how many sent the two, `same_members` whether the same
    did: a member and those whose place it took are one, where all of them did.
    """
    before = {period: add_months(months_of(period, window)[0], -1) for period in periods}
    rows, sent = each_once(
        database,
        "living_wage",
        ["employer_id", "name_key", "postcode", "status", "accredited_on"],
        sorted({*before, *before.values()}),
        as_at=as_at,
        members=members,
    )
    employers: dict[date, list[Employer]] = {month: [] for month in sent}
    for row in rows:
        employers[row["period"]].append(row)
    lines = []
    for period, earlier in before.items():
        numbers = _numbers(employers.get(earlier), employers.get(period), add_months(earlier, 1))
        members_before, senders_before = sent.get(earlier, (0, ""))
        members_now, senders = sent.get(period, (0, ""))
        counts = {"members_before": members_before, "members": members_now}
        same = senders == senders_before
        lines.append({"period": period, **numbers, **counts, "same_members": same})
    columns = ["period", *NUMBERS, "members_before", "members", "same_members"]
    return pd.DataFrame(lines, columns=columns).astype(dict.fromkeys(NUMBERS, "float64"))


def _numbers(
    then: Sequence[Employer] | None, now: Sequence[Employer] | None, first_day: date
) -> dict[str, float]:
    numbers = dict.fromkeys(NUMBERS, math.nan)
    if then is not None:
        numbers["opening"] = len(_accredited(then))
    if now is not None:
        numbers["closing"] = len(_accredited(now))
    if then is None or now is None:
        return numbers
    pairs = _pairs(then, now)
    earlier = {id(after): before for before, after in pairs}
    later = {id(before): after for before, after in pairs}
    new = [after for after in _accredited(now) if not _is_accredited(earlier.get(id(after)))]
    gone = [
        later.get(id(before))
        for before in _accredited(then)
        if not _is_accredited(later.get(id(before)))
    ]
    return numbers | {
        "new": len(new),
        "listed_later": sum(
            after["accredited_on"] is not None and after["accredited_on"] < first_day
            for after in new
        ),
        "lapsed": len(gone) - gone.count(None),
        "not_reported": gone.count(None),
    }


def _is_accredited(employer: Employer | None) -> bool:
    return employer is not None and employer["status"] in ACCREDITED


def _accredited(employers: Iterable[Employer]) -> list[Employer]:
    return [employer for employer in employers if _is_accredited(employer)]


def _pairs(then: Sequence[Employer], now: Sequence[Employer]) -> list[tuple[Employer, Employer]]:
    """The same employer in two months: by what counts it once, which is its org-id where a list of
    its month gives one; then by name and postcode, where either side has no org-id."""
    left = {after["thing"]: after for after in now}
    pairs, unpaired = [], []
    for before in then:
        if before["thing"] in left:
            pairs.append((before, left.pop(before["thing"])))
        else:
            unpaired.append(before)
    by_name: dict[tuple[str, str | None], list[Employer]] = {}
    for after in left.values():
        by_name.setdefault((after["name_key"], after["postcode"]), []).append(after)
    for before in unpaired:
        same = by_name.get((before["name_key"], before["postcode"]), [])
        match = next((after for after in same if not (_has_id(before) and _has_id(after))), None)
        if match is not None:
            same.remove(match)
            pairs.append((before, match))
    return pairs


def _has_id(employer: Employer) -> bool:
    """Whether any list of its month gives its org-id."""
    return bool(employer["thing"] != f"{employer['name_key']}|{employer['postcode'] or ''}")


def lacking(
    database: Database,
    period: date,
    *,
    as_at: datetime | None = None,
    members: Collection[str] | None = None,
) -> tuple[int, int]:
    """What the stock of a month lacks: how many members of the month that sent no list for it sent
    an earlier one, and how many employers those last lists had as accredited that nobody lists now.
    """
    with database.cursor() as cursor:
        last = cursor.execute(
            """
            select member_id, max(sent.period)
            from members_in($period, $as_at)
            join current_submissions($as_at) as sent using (member_id)
            where return_name = 'living_wage'
                and sent.period <= $period
                and ($members is null or member_id in (select unnest($members)))
            group by member_id
            having max(sent.period) < $period
            """,
            {
                "as_at": as_at,
                "period": period,
                "members": None if members is None else list(members),
            },
        ).fetchall()
    if not last:
        return 0, 0
    columns = ["employer_id", "name_key", "postcode", "status"]
    now, _ = each_once(database, "living_wage", columns, [period], as_at=as_at, members=members)
    missing: dict[str, Employer] = {}
    for member_id, month in last:
        then, _ = each_once(
            database, "living_wage", columns, [month], as_at=as_at, members=[member_id]
        )
        still_reported = {id(before) for before, _ in _pairs(then, now)}
        missing |= {row["thing"]: row for row in _accredited(then) if id(row) not in still_reported}
    return len(last), len(missing)


DIFFERING = {
    "status": "whether it is accredited",
    "accredited_on": "since when",
    "workers_covered": "how many workers are covered",
    "workers_uplifted": "how many workers were uplifted",
}


def conflicts(database: Database, period: date, *, as_at: datetime | None = None) -> pd.DataFrame:
    """Employers of whom members' returns for the month say different things: employer, members
    (names, by name), differing (keys of DIFFERING), counted (the member whose report counts), own
    (whether that is the employer's own). By employer. No number of people is in it."""
    declared = FACTS["living_wage"]
    compared = ", ".join(
        f"case when count(distinct {name}) > 1 then '{name}' end" for name in DIFFERING
    )
    with database.cursor() as cursor:
        return cursor.execute(
            f"""
            with lines as (
                select
                    facts.*, rows.employer_name, sent.submission_id, period, accepted_at,
                    members.name as member, org_id
                from current_submissions($as_at) as sent
                join current_additions($as_at) using (submission_id)
                join {declared.table} as facts using (addition_id)
                join living_wage_rows as rows
                    on rows.submission_id = sent.submission_id and rows.line = facts.line
                join current_members($as_at) as members using (member_id)
                where period = $period
            ),
            things as (select *, {declared.one_per} as thing from lines),
            reports as (
                select
                    *,
                    relationship = 'self' or coalesce(employer_id = reference.org_id(org_id), false)
                        as is_own,
                    row_number() over (partition by thing order by {declared.prefer}) as preferred
                from things
            )
            select
                arg_min(employer_name, preferred) as employer,
                list(distinct member order by member) as members,
                list_filter([{compared}], lambda name: name is not null) as differing,
                arg_min(member, preferred) as counted,
                arg_min(is_own, preferred) as own
            from reports
            group by thing
            having count(distinct member) > 1 and len(differing) > 0
            order by employer
            """,
            {"as_at": as_at, "period": period},
        ).df()


def renewals(
    database: Database,
    period: date,
    today: date,
    *,
    as_at: datetime | None = None,
    members: Collection[str] | None = None,
    days: int = RENEWAL_DAYS,
) -> pd.DataFrame:
    """How many of the employers accredited at the end of `period` are due for renewal in the days
    from `today`, each once: state ("overdue", "due", "later", "not_known"), month (the first of the
    month it falls in; None but for "due") and employers. States without any employer are left out.
    """
    columns = ["status", "renewal_due_on"]
    rows, _ = each_once(database, "living_wage", columns, [period], as_at=as_at, members=members)
    counts = Counter(_renewal(row["renewal_due_on"], today, days) for row in _accredited(rows))
    order = ("overdue", "due", "later", "not_known")
    lines = [(state, month, employers) for (state, month), employers in counts.items()]
    lines.sort(key=lambda line: (order.index(line[0]), line[1] or today))
    return pd.DataFrame(lines, columns=["state", "month", "employers"])


def _renewal(due_on: date | None, today: date, days: int) -> tuple[str, date | None]:
    if due_on is None:
        return "not_known", None
    if due_on < today:
        return "overdue", None
    return ("due", due_on.replace(day=1)) if due_on <= today + timedelta(days) else ("later", None)


def own_renewals(
    database: Database,
    member_id: str,
    period: date,
    today: date,
    *,
    as_at: datetime | None = None,
    days: int = RENEWAL_DAYS,
) -> pd.DataFrame:
    """The employers of a member's own list that are accredited and overdue for renewal or due in
    the days from `today`: employer_name, relationship, renewal_due_on; the earliest first. For the
    member's own people only, as these are its rows."""
    with database.cursor() as cursor:
        frame = cursor.execute(
            """
            select employer_name, relationship, renewal_due_on
            from current_submissions($as_at)
            join living_wage_rows using (submission_id)
            where member_id = $member_id and period = $period and return_name = 'living_wage'
                and status in (select unnest($accredited))
                and renewal_due_on <= $until
            order by renewal_due_on, employer_name, line
            """,
            {
                "as_at": as_at,
                "member_id": member_id,
                "period": period,
                "accredited": list(ACCREDITED),
                "until": today + timedelta(days),
            },
        ).df()
    return tidy(frame, "renewal_due_on")


def members_status(
    database: Database,
    period: date,
    *,
    as_at: datetime | None = None,
    members: Collection[str] | None = None,
) -> pd.DataFrame:
    """Where each member of the month stands itself: member_id, member, has_sent, status,
    accredited_on, renewal_due_on; by name. Without a line of its own in its return, or without a
    return, the last three are None."""
    with database.cursor() as cursor:
        frame = cursor.execute(
            """
            select
                member_id,
                name as member,
                submission_id is not null as has_sent,
                own.status,
                own.accredited_on,
                own.renewal_due_on
            from members_in($period, $as_at)
            left join (
                from current_submissions($as_at)
                where return_name = 'living_wage' and period = $period
            ) as sent using (member_id)
            left join (
                from living_wage_rows
                where relationship = 'self'
                qualify row_number() over (partition by submission_id order by line desc) = 1
            ) as own using (submission_id)
            where $members is null or member_id in (select unnest($members))
            order by name, member_id
            """,
            {
                "as_at": as_at,
                "period": period,
                "members": None if members is None else list(members),
            },
        ).df()
    return tidy(frame, "accredited_on", "renewal_due_on")
