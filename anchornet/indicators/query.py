"""The one query that adds figures up, made of what the catalogue declares."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from anchornet.facts.catalogue import BREAKDOWNS, SENDER, Facts, Indicator

# The cell keys of the value, of the base, and of what is in the base and not in the value.
KEYS = ("value_key", "base_key", "rest_key")
Numbers = npt.NDArray[np.float64]


class Sum(NamedTuple):
    """A sum over facts. Of several months it is the sum of theirs: where they have to be there
    `every_month`, nothing if one lacks."""

    sql: str
    every_month: bool = False


def parts_of(indicator: Indicator) -> dict[str, Sum]:
    """What is added up for an indicator: its value, its base, and of each count of people the
    record keys of the rows in which anybody is counted."""
    parts = {"value": Sum(indicator.expression, every_month=indicator.base is None)}
    if indicator.base is not None:
        parts["base"] = Sum(indicator.base)
    counted = dict(zip(KEYS, indicator.counted, strict=True))
    if indicator.whole is not None:
        parts["whole"] = Sum(f"sum({indicator.whole})")
        if indicator.people:
            counted["whole_key"] = (indicator.whole, "true")
    for name, (column, rows) in counted.items():
        if column:
            some = f"{column} > 0" if rows == "true" else f"({rows}) and {column} > 0"
            parts[name] = Sum(f"sum(record_key) filter ({some})")
    return parts


@dataclass(frozen=True)
class Query:
    """One query however many indicators and periods. Names and expressions are from declarations
    only; the parameters are $members (null: all), $where_<breakdown> of each in `where`, and
    $periods or, where months are `spread` over longer windows, the pairs $ends and $months.

    Up to `sums` a period is the month that was sent; after it, the last month of the window. What
    adds up is summed by month first, so that a month in twelve windows is read once.
    """

    facts: Facts
    indicators: tuple[Indicator, ...]
    by: tuple[str, ...]
    where: tuple[str, ...]
    pooled: bool
    spread: bool

    @cached_property
    def sums(self) -> dict[Sum, str]:
        """The names of all sums, each of which is asked for once."""
        parts = [part for indicator in self.indicators for part in parts_of(indicator).values()]
        return {part: f"sum_{number}" for number, part in enumerate(dict.fromkeys(parts))}

    def sums_of(self, rows: Sequence[tuple[Any, ...]]) -> dict[Sum | str, Numbers]:
        """The columns after the breakdowns; of flags, 1 is true."""
        names: list[Sum | str] = ["members", "members_expected"]
        names += ["counted", "weighed", "is_due", "is_first"]
        names += ["is_known", "is_whole", "has_facts", *self.sums]
        numbers = np.array([row[-len(names) :] for row in rows], dtype=float)
        return dict(zip(names, numbers.reshape(-1, len(names)).T, strict=True))

    @cached_property
    def column(self) -> dict[str, str]:
        return {name: SENDER.get(name, f"by_{name}") for name in [*self.by, *self.where]}

    @cached_property
    def sender_cuts(self) -> list[str]:
        return [self.column[name] for name in self.by if name in SENDER]

    @cached_property
    def sent_cuts(self) -> list[str]:
        return [self.column[name] for name in self.by if name not in SENDER]

    @cached_property
    def cuts(self) -> list[str]:
        return [*self.sender_cuts, *self.sent_cuts]

    @cached_property
    def different(self) -> list[str]:
        """What tells things apart that count once in a window."""
        names = [name for indicator in self.indicators for name in indicator.different]
        return [*dict.fromkeys(names)]

    @cached_property
    def answered(self) -> str:
        """What nobody sent is a gap; of the returns themselves, what was not due."""
        return "has_sent" if self.facts.table else "is_due"

    @property
    def sql(self) -> str:
        months = "$months" if self.spread else "$periods"
        steps = [
            f"pool as (from pool_of_all_months where period in (select unnest({months}::date[])))",
            "network as (select distinct period, member_id from pool where in_network)",
            *([_WINDOWS] if self.spread else []),
            *(indicator.besides for indicator in self.indicators if indicator.besides),
            self._senders(),
            self._senders_of(months),
            self._facts(),
            once(self.facts, self.sender_cuts),
            self._cut(),
            self._sums(),
            *([self._sums_of_windows()] if self.spread and not self.different else []),
            self._coverage_of_windows() if self.spread else self._coverage(),
            f"groups as (select distinct {commas('true as is_known', *self.cuts)} from cut)",
            self._lines(),
        ]
        sums = "sums_of_windows" if self.spread and not self.different else "sums"
        shown = [f'lines.{self.column[name]} as "{name}"' for name in self.by]
        columns = [f"lines.{self.column[name]}" for name in self.by]
        order = [f"try_cast({column} as integer), {column}" for column in columns]
        return f"""
        with {commas(*steps)}
        select
            {commas("lines.period", *shown)},
            senders, lines.months, members, members_expected,
            counted, weighed, is_due, is_first,
            lines.is_known, is_whole, has_facts,
            {commas(*self.sums.values())}
        from lines
        left join {sums} as sums on {_same("lines", "sums", "period", *self.cuts)}
        order by {commas("lines.period", *order)}
        """

    def _senders(self) -> str:
        if self.facts.of_network:
            return _WHOLE_NETWORK
        conditions = [
            "($members is null or member_id in (select unnest($members)))",
            f"return_name = '{self.facts.return_name}'" if self.facts.table else "is_owed",
        ]
        if "kind" in self.where:
            conditions.append("kind in (select unnest($where_kind::varchar[]))")
        return f"all_senders as (from pool_of_all_months where {' and '.join(conditions)})"

    def _senders_of(self, months: str) -> str:
        """Those of some months, with the first in which any of them sent, left since or not."""
        begun = commas(*self.sender_cuts, "min(first_period) as begun_on")
        return f"""
        begun as (select {begun} from all_senders group by all),
        senders as (
            select all_senders.*, begun_on
            from all_senders
            join begun on {_same("all_senders", "begun", *self.sender_cuts) or "true"}
            where period in (select unnest({months}::date[]))
        )"""

    def _facts(self) -> str:
        table = f"join {self.facts.table} using (addition_id)" if self.facts.table else ""
        table += f" {self.facts.joined}" if self.facts.joined else ""
        conditions = [self.facts.counted, self.facts.pooled if self.pooled else None]
        where = " and ".join(f"({condition})" for condition in conditions if condition)
        return f"facts as (from senders {table} where {where or 'true'})"

    def _cut(self) -> str:
        """The facts with their breakdowns."""
        sent = {name: column for name, column in self.column.items() if name not in SENDER}
        columns = [
            f"coalesce(({BREAKDOWNS[name].sql})::varchar, 'not_known') as {column}"
            for name, column in sent.items()
        ]
        conditions = [
            f"{sent[name]} in (select unnest($where_{name}::varchar[]))"
            for name in self.where
            if name in sent
        ]
        return f"""
        cut as (
            from (select {commas("*", *columns)} from once)
            where {" and ".join(conditions) or "true"}
        )"""

    def _sums(self) -> str:
        """By month; of what isn't the sum of its months, by window."""
        facts = "cut"
        if self.spread and self.different:
            columns = commas("period", *self.cuts, *self.different)
            facts = _in_windows(f"(select distinct {columns} from cut)")
        sums = [f"({total.sql})::double as {name}" for total, name in self.sums.items()]
        return f"""
        sums as (
            select {commas("period", *self.cuts, "true as has_facts", *sums)}
            from {facts}
            group by {commas("period", *self.cuts)}
        )"""

    def _sums_of_windows(self) -> str:
        sums = [
            f"case when count(*) = count({name}) then sum({name}) end as {name}"
            if total.every_month
            else f"sum({name}) as {name}"
            for total, name in self.sums.items()
        ]
        return f"""
        sums_of_windows as (
            select {commas("period", *self.cuts, "true as has_facts", *sums)}
            from {_in_windows("sums")}
            group by {commas("period", *self.cuts)}
        )"""

    def _coverage(self) -> str:
        """Who sent and who was expected to, and whether anything is known."""
        return f"""
        coverage as (
            select
                {commas("period", *self.sender_cuts)},
                count(distinct member_id) filter (has_sent) as members,
                count(distinct member_id) as members_expected,
                {_WEIGHED},
                any_value(begun_on) = period as is_first,
                count(member_id) filter ({self.answered}) > 0 as is_known,
                is_known as is_whole,
                is_known::integer as months
            from (select distinct unnest($periods::date[]) as period)
            left join senders using (period)
            group by {commas("period", *self.sender_cuts)}
        )"""

    def _coverage_of_windows(self) -> str:
        """The same of windows, and whether something is known of each of their months. Of the
        returns together, a member has sent for a month where it has sent any."""
        return f"""
        months_sent as (
            select {commas("period", *self.sender_cuts, "member_id")},
                bool_or(has_sent) as has_sent, bool_or(is_due) as is_due,
                any_value(begun_on) as begun_on, any_value(weight) as weight,
                any_value(token) as token
            from senders
            group by all
        ),
        coverage as (
            select
                {commas("ends.period", *self.sender_cuts)},
                count(distinct member_id) - count(distinct member_id) filter (not has_sent)
                    as members,
                count(distinct member_id) as members_expected,
                {_WEIGHED},
                any_value(begun_on) = ends.period as is_first,
                count(member_id) filter ({self.answered}) > 0 as is_known,
                count(distinct month) filter ({self.answered}) as months,
                count(distinct month) filter ({self.answered}) = any_value(ends.months) as is_whole
            from (select ends as period, count(*) as months from windows group by ends) as ends
            left join (
                select windows.ends, windows.period as month, sent.* exclude (period)
                from months_sent as sent
                join windows on windows.period = sent.period
            ) as sent on sent.ends = ends.period
            group by {commas("ends.period", *self.sender_cuts)}
        )"""

    def _lines(self) -> str:
        """Every group in each period of which anything is known."""
        if not self.sent_cuts:
            return "lines as (from coverage)"
        groups = [f"groups.{name}" for name in self.sent_cuts]
        return f"""
        lines as (
            select {commas("coverage.*", *groups)}
            from coverage
            left join groups on {_same("coverage", "groups", "is_known", *self.sender_cuts)}
        )"""


# How much of what there usually is has been sent, by members and by what they usually send; whether
# any of it was due; and whose it is, as a text that is another one where other members sent it.
_WEIGHED = """
                count(*) filter (has_sent) / nullif(count(member_id), 0) as counted,
                coalesce(
                    sum(weight) filter (has_sent) / nullif(sum(weight), 0), counted
                ) as weighed,
                bool_or(is_due) as is_due,
                (sum(token) filter (has_sent))::varchar as senders"""
# What is of the network as one is of all its members, and of none that is picked.
_WHOLE_NETWORK = """
        all_senders as (
            select
                period, member_id, any_value(kind) as kind, any_value(token) as token,
                true as has_sent, true as is_due, null::date as first_period, 1 as weight
            from pool_of_all_months
            where in_network and $members is null
            group by period, member_id
        )"""
_WINDOWS = """
        windows as (
            select distinct unnest($ends::date[]) as ends, unnest($months::date[]) as period
        )"""


def _in_windows(months: str) -> str:
    """Rows of months once for each window that they are in."""
    return f"""(
            select ends as period, months.* exclude (period)
            from {months} as months
            join windows on windows.period = months.period
        )"""


def once(facts: Facts, sender_cuts: Sequence[str]) -> str:
    """The facts with each thing once, however many members report it."""
    if facts.one_per is None:
        return "once as (from facts)"
    return f"""
        things as (select *, {facts.one_per} as thing from facts),
        once as (
            from things
            qualify row_number() over (
                partition by {commas("period", "thing", *sender_cuts)} order by {facts.prefer}
            ) = 1
        )"""


def commas(*parts: str) -> str:
    return ", ".join(parts)


def _same(left: str, right: str, *columns: str) -> str:
    return " and ".join(f"{left}.{name} is not distinct from {right}.{name}" for name in columns)
