# ruff: noqa: E501 – sentences and tables stand whole.
"""What is true of a network, worked out again from the rows that its members sent.

Nothing here asks the product: sums are of the cells of the files, places come from the tables that
ship, dates and states from what the generator recorded. Numbers are exact.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cache, cached_property
from itertools import pairwise
from statistics import fmean
from typing import Any

import duckdb

from anchornet.setting_values import PROJECT
from tests.networks import promises
from tests.networks.generator import HOMES, POSTCODES, REDACTED, UNKNOWN, Member, Network, Sent
from tests.networks.words import last_day, plus

AREA = "E08000003"
WIDER = {f"E080000{number:02}" for number in range(1, 11)}
ACCREDITED = ("accredited", "accredited_with_milestones")
RETURNS = {
    "living_wage": "Real Living Wage accreditation",
    "local_hires": "Local hires",
    "retention": "Retention",
    "spend": "Spend with suppliers",
}
DUE_DAYS = 20
Months = list[date]


def window_of(end: date, window: str) -> Months:
    count = {
        "month": 1,
        "quarter": (end.month - 1) % 3 + 1,
        "financial_year": (end.month - 4) % 12 + 1,
        "rolling_12": 12,
    }[window]
    return [plus(end, -back) for back in range(count - 1, -1, -1)]


@dataclass(frozen=True)
class Place:
    authority: str | None
    ward: str | None = None
    decile: int | None = None

    @property
    def ring(self) -> str:
        if self.authority is None:
            return "unknown"
        if self.authority == AREA:
            return "area"
        return "wider_area" if self.authority in WIDER else "elsewhere"


@cache
def places() -> dict[str, Place]:
    """Where the postcodes and the home areas are that the generator draws, by the shipped tables."""
    file = PROJECT / "data" / "reference" / "postcodes.parquet"
    found = {place: Place(None) for place in POSTCODES}
    for postcode, authority, ward, decile in duckdb.execute(
        f"select postcode, lad_code, ward_code, imd2025_decile from '{file}' "
        "where postcode in (select unnest(?))",
        [list(POSTCODES)],
    ).fetchall():
        found[postcode] = Place(authority, ward, decile)
    for area, authority, ward, decile in duckdb.execute(
        f"select lsoa21_code, mode(lad_code), mode(ward_code), mode(imd2025_decile) from '{file}' "
        "where lsoa21_code in (select unnest(?)) group by all",
        [list(HOMES)],
    ).fetchall():
        found[area] = Place(authority, ward, decile)
    wards = file.with_name("wards.csv")
    for ward, authority in duckdb.execute(
        f"select ward_code, lad_code from '{wards}' where ward_code in (select unnest(?))",
        [list(HOMES)],
    ).fetchall():
        found[ward] = Place(authority, ward)
    # A part of a postcode, places without an authority of the tables, and what isn't a code.
    found |= {"M23": Place(AREA), "BT1 5GS": Place("beyond"), "JE2 3XP": Place("beyond")}
    return found | {"outside": Place("outside"), "not_known": Place(None)}


@dataclass(frozen=True)
class Value:
    """A figure as it is: `part` over `base` for a share, else `part`; None is a gap. `sent` members
    of `owing` have sent what it is made of, for every month of the window. `known`: of a share, how
    much of all that counts is in the base."""

    part: Fraction | None
    base: Fraction | None
    sent: int
    owing: int
    unit: str
    people: bool
    known: Fraction = Fraction(1)

    @property
    def number(self) -> float:
        if self.part is None or (self.base is not None and self.base == 0):
            return float("nan")
        return float(self.part / self.base if self.base is not None else self.part)

    @property
    def is_credited(self) -> bool:
        """Whether credit notes make it no part of a whole."""
        if self.people or self.base is None or self.part is None or self.unit != "share":
            return False
        return self.part < 0 or self.part > self.base

    @property
    def is_gap(self) -> bool:
        return self.part is None or (self.base is not None and self.base == 0)


# --- indicators: what is summed of each line, and over what ---------------------------------------

Line = dict[str, Any]


def _whole(text: str) -> int | None:
    return int(text) if text else None


def home(line: Line) -> Place:
    return places()[line["home_area"]]


def supplier(line: Line) -> Place:
    return places()[line["supplier_postcode"]]


def branch(line: Line) -> Place:
    return places()[line["branch_postcode"]]


def nearest(line: Line) -> str:
    rings = {supplier(line).ring, branch(line).ring}
    return next(ring for ring in ("area", "wider_area", "elsewhere", "unknown") if ring in rings)


def amount(line: Line) -> Fraction:
    return Fraction(line["amount_gbp"])


# name: (test of what is known, test of what counts) of starts
STARTS = {
    "starts": (lambda line: True, lambda line: True),
    "local_starts": (lambda line: home(line).ring != "unknown", lambda line: home(line).ring == "area"),
    "local_start_share": (
        lambda line: home(line).ring != "unknown", lambda line: home(line).ring == "area"
    ),
    "priority_neighbourhood_starts": (
        lambda line: home(line).decile is not None, lambda line: (home(line).decile or 9) <= 2
    ),
    "under_25_starts": (
        lambda line: line["age_band"] != "not_known", lambda line: line["age_band"] == "under_25"
    ),
    "global_majority_starts": (
        lambda line: line["ethnicity"] != "not_known",
        lambda line: line["ethnicity"] == "global_majority",
    ),
    "out_of_work_starts": (
        lambda line: line["out_of_work"] != "not_known", lambda line: line["out_of_work"] == "yes"
    ),
}  # fmt: skip
STARTS |= {
    f"{name.removesuffix('s')}_share": tests
    for name, tests in list(STARTS.items())
    if name not in ("starts", "local_start_share")
}
RETENTION = {"retention_13_weeks": 3, "retention_26_weeks": 6, "retention_52_weeks": 12}
# name: (test of what is in the base, test of what counts) of pounds
POUNDS = {
    "spend": (lambda line: True, lambda line: True),
    "local_spend_share": (
        lambda line: supplier(line).ring != "unknown", lambda line: supplier(line).ring == "area"
    ),
    "local_or_branch_spend_share": (
        lambda line: nearest(line) != "unknown", lambda line: nearest(line) == "area"
    ),
    "wider_area_spend_share": (
        lambda line: supplier(line).ring != "unknown",
        lambda line: supplier(line).ring in ("area", "wider_area"),
    ),
    "unknown_address_spend_share": (
        lambda line: True, lambda line: supplier(line).ring == "unknown"
    ),
    "sme_spend_share": (
        lambda line: line["supplier_size"] != "not_known",
        lambda line: line["supplier_size"] in ("micro", "small", "medium"),
    ),
    "vcse_spend_share": (
        lambda line: line["supplier_type"] != "not_known",
        lambda line: line["supplier_type"] == "vcse",
    ),
    "priority_neighbourhood_spend_share": (
        lambda line: supplier(line).decile is not None,
        lambda line: (supplier(line).decile or 9) <= 2,
    ),
}  # fmt: skip
COUNTED = {
    "applications": "applications",
    "offers": "offers",
    "starts_without_applications": "applications",
    "starts_without_offers": "offers",
}
STOCKS = (
    "accredited_employers", "workers_uplifted", "workers_covered", "share_of_jobs_covered",
    "members_accredited", "starters_followed", "leavers", "leavers_to_work", "leavers_not_followed",
    "commitments_on_profile_share", "commitments_kept_share", "commitments_not_reported_share",
    "commitments_evidenced_share", "contributions_unspent",
)  # fmt: skip
SIZES = {
    "living_wage": "workers_covered",
    "local_hires": "starts",
    "retention": "starters",
    "spend": "amount_gbp",
}
LIVING_WAGE, FOLLOWED, COMMITMENTS = STOCKS[:5], STOCKS[5:9], STOCKS[9:]
COMMITMENTS_SINCE = date(2026, 12, 1)  # the first quarter that anybody owes them for; none has any
ABOUT_RETURNS = ("returns_received", "returns_on_time")


def return_of(indicator: str) -> str | None:
    if indicator in LIVING_WAGE:
        return "living_wage"
    if indicator in STARTS or indicator in COUNTED or indicator == "starts_fte":
        return "local_hires"
    if indicator in RETENTION or indicator in FOLLOWED or indicator == "in_post_share":
        return "retention"
    if indicator in COMMITMENTS:
        return "commitments"
    return None if indicator in ABOUT_RETURNS else "spend"


def is_people(indicator: str) -> bool:
    return return_of(indicator) in ("local_hires", "retention") or indicator in (
        "workers_uplifted", "workers_covered", "share_of_jobs_covered",
    )  # fmt: skip


def unit_of(indicator: str) -> str:
    if indicator.endswith("_share") or indicator in (
        *RETENTION, "share_of_jobs_covered", "members_accredited", *ABOUT_RETURNS
    ):  # fmt: skip
        return "share"
    if indicator == "accredited_employers":
        return "employers"
    if "suppliers" in indicator:
        return "suppliers"
    return "gbp" if indicator in ("spend", "contributions_unspent") else "people"


def is_stock(indicator: str) -> bool:
    return indicator in STOCKS


class Moment:
    """What was known of a network at a moment."""

    def __init__(self, network: Network, as_at: datetime) -> None:
        self.network, self.as_at = network, as_at
        self.today = as_at.date()
        standing: dict[tuple[str, str, date], list[Sent]] = {}
        for sent in network.sent:
            gone = network.withdrawn.get(sent.submission_id)
            if sent.accepted_at <= as_at and not (gone and gone <= as_at):
                key = (sent.member_id, sent.return_name, sent.period)
                standing.setdefault(key, []).append(sent)
        self.standing = {
            key: sorted(those, key=lambda sent: (sent.accepted_at, sent.submission_id))
            for key, those in standing.items()
        }
        self.current = {key: those[-1] for key, those in self.standing.items()}
        self._values: dict[Any, Value] = {}
        self._unjudged: dict[Any, set[str]] = {}
        self._test: Any = None  # of a line, where only a part is asked for

    # --- who and when ---

    @cached_property
    def months(self) -> Months:
        return sorted({period for _, _, period in self.current})

    def member(self, member_id: str) -> Member:
        return next(one for one in self.network.members if one.member_id == member_id)

    def owing(self, month: date, members: Collection[str] | None = None) -> list[str]:
        end = last_day(month)
        return [
            one.member_id
            for one in self.network.members
            if (one.starts_on or end) <= end <= (one.ends_on or end)
            and (members is None or one.member_id in members)
        ]

    def senders(
        self, return_name: str, month: date, members: Collection[str] | None = None
    ) -> list[str]:
        return [
            one.member_id
            for one in self.network.members
            if (one.member_id, return_name, month) in self.current
            and (members is None or one.member_id in members)
        ]

    def due(self, month: date) -> date:
        return self.network.due.get(month, last_day(month) + timedelta(days=DUE_DAYS))

    def is_due(self, month: date) -> bool:
        """Whether returns for it were due by then: none are before the first that anybody sent."""
        return self.due(month) < self.today and month >= min(self.months, default=month)

    def state(self, member_id: str, return_name: str, month: date) -> tuple[str, bool]:
        """What became of a return, and whether it came late."""
        those = self.standing.get((member_id, return_name, month), [])
        if not those:
            return ("missing" if self.due(month) < self.today else "not_due"), False
        late = those[0].accepted_at.date() > self.due(month)
        if those[-1].nil:
            return "nil", late
        if len(those) > 1:
            return "corrected", late
        return ("late" if late else "on_time"), late

    def month_seen(self) -> date | None:
        """The month that a meeting now looks at."""
        past = [month for month in self.months if self.due(month) < self.today]
        return past[-1] if past else next(iter(self.months), None)

    def lines(
        self, return_name: str, month: date, members: Collection[str] | None = None
    ) -> Iterator[Line]:
        for member_id in self.senders(return_name, month, members):
            sent = self.current[member_id, return_name, month]
            for row in sent.rows:
                line = {**row, "member_id": member_id, "number": sent.submission_id}
                line["period"] = month
                if self._test is None or return_name == "living_wage" or self._test(line):
                    yield line

    def pounds(
        self, month: date, members: Collection[str] | None = None, *, pooled: bool = True
    ) -> Iterator[Line]:
        """The lines of spend that count: of several members none that one paid another."""
        paid = {one.org_id: one.member_id for one in self.network.members if one.org_id}
        here = set(self.owing(month))
        for line in self.lines("spend", month, members):
            if not pooled or paid.get(line["supplier_id"]) not in here:
                yield line

    def employers(self, month: date, members: Collection[str] | None = None) -> dict[str, Line]:
        """Each employer once: by its own report, else by the one that was recorded last."""
        once: dict[str, Line] = {}
        for line in self.lines("living_wage", month, members):
            before = once.get(line["employer_name"])
            rank = (line["relationship"] == "self", line["number"])
            if before is None or rank > (before["relationship"] == "self", before["number"]):
                once[line["employer_name"]] = line
        return {name: line for name, line in once.items() if not self._test or self._test(line)}

    # --- figures ---

    def value(
        self,
        indicator: str,
        end: date,
        window: str = "month",
        members: Collection[str] | None = None,
    ) -> Value:
        key = (indicator, end, window, None if members is None else frozenset(members))
        if key not in self._values:
            self._values[key] = self._value(indicator, end, window, members)
        return self._values[key]

    def kept(self, end: date, window: str) -> bool:
        """Whether figures of people are for the members they come from only: of so few members in
        a month of the window, each could work out another's."""
        counts = [len(self.owing(month)) for month in window_of(end, window)]
        return any(0 < count < self.network.fewest for count in counts)

    # --- whether a figure can be judged ---

    def _size(self, member_id: str, name: str, month: date) -> Fraction:
        """How much was sent, of what its return is weighed by; nothing where by nothing."""
        if name not in SIZES:
            return Fraction(0)
        rows = self.current[member_id, name, month].rows
        return sum((Fraction(row[SIZES[name]] or 0) for row in rows), Fraction(0))

    def last(self, member_id: str) -> str:
        """The member that has taken its place in the end: itself, where none has."""
        seen = [member_id]
        while (heir := self.member(seen[-1]).successor_id) and heir not in seen:
            seen.append(heir)
        return seen[-1]

    def lineage(self, member_id: str) -> list[str]:
        """The member, and those whose place it took or with whom it shares a successor."""
        ids = [one.member_id for one in self.network.members]
        return [one for one in ids if self.last(one) == self.last(member_id)]

    def _weight(self, member_id: str, name: str, month: date) -> Fraction | None:
        """What a member usually sends: the mean of the twelve months before, or of those whose
        place it took."""
        own = self._mean([member_id], name, month)
        return self._mean(self.lineage(member_id), name, month) if own is None else own

    def _mean(self, ids: list[str], name: str, month: date) -> Fraction | None:
        past = [plus(month, -back) for back in range(1, 13)]
        sizes = [
            self._size(member_id, name, one)
            for member_id in ids
            for one in past
            if (member_id, name, one) in self.current
        ]
        return sum(sizes, Fraction(0)) / len(sizes) if sizes else None

    def covered(
        self, indicator: str, end: date, window: str, members: Collection[str] | None
    ) -> Fraction:
        """How much of what there usually is has been sent: of members or, of money and people, of
        what each of them usually sends."""
        name = return_of(indicator)
        if name is None:
            return Fraction(1)
        months = [end] if is_stock(indicator) else window_of(end, window)
        sent, owed, some, whole = 0, 0, Fraction(0), Fraction(0)
        for month in months:
            asked = self._asked(name, month, members)
            weights = {one: self._weight(one, name, month) for one in asked}
            everyone = [self._weight(one, name, month) for one in self._asked(name, month, None)]
            known = [weight for weight in everyone if weight is not None]
            usual = sum(known, Fraction(0)) / len(known) if known else Fraction(1)
            for one in asked:
                weight = max(
                    usual if weights[one] is None else weights[one] or Fraction(0), Fraction(0)
                )
                has_sent = (one, name, month) in self.current
                owed, whole = owed + 1, whole + weight
                sent, some = sent + has_sent, some + weight * has_sent
        is_weighed = (
            unit_of(indicator) in ("people", "gbp", "share") and indicator != "members_accredited"
        )
        if is_weighed and whole:
            return some / whole
        return Fraction(sent, owed) if owed else Fraction(0)

    def is_first(self, indicator: str, end: date, members: Collection[str] | None) -> bool:
        """Whether nothing of it was ever sent before, also by one that has left since."""
        name = return_of(indicator)
        months = {month for _, _, month in self.current if month <= end}
        asked = {one for month in months for one in self._asked(name, month, members)}
        asked = {heir for one in asked for heir in self.lineage(one)}
        names = [name] if name else list(RETURNS)
        firsts = [month for one, sent, month in self.current if one in asked and sent in names]
        return bool(firsts) and min(firsts) == end

    def unjudged(
        self,
        indicator: str,
        end: date,
        window: str = "month",
        members: Collection[str] | None = None,
    ) -> set[str]:
        """Why a figure can't be judged, "" where it can; several where rounding may decide."""
        key = (indicator, end, window, None if members is None else frozenset(members))
        if key not in self._unjudged:
            self._unjudged[key] = self._why(indicator, end, window, members)
        return self._unjudged[key]

    def _why(
        self, indicator: str, end: date, window: str, members: Collection[str] | None
    ) -> set[str]:
        value = self.value(indicator, end, window, members)
        name = return_of(indicator)
        months = [end] if is_stock(indicator) else window_of(end, window)
        due = [month for month in months if self.is_due(month) and self.owing(month, members)]
        if name is None and not due:
            return {"not due"}
        if value.is_credited:
            return {"in pounds"}
        known = [month for month in months if name is None or self.senders(name, month, members)]
        if name and len(months) > 1 and Fraction(len(known), len(months)) < Fraction(4, 5):
            return {"few months"}
        if self.covered(indicator, end, window, members) < Fraction(4, 5):
            return {"few members"}
        first = "beginning" if self.is_first(indicator, end, members) else ""
        if value.unit != "share" or value.known >= 1:
            return {first}
        if not value.people:
            return {"mostly unknown" if value.known < Fraction(3, 5) else first}
        base = value.base or Fraction(0)
        room = Fraction(8) / (base / value.known if value.known else 8)
        if value.known - room >= Fraction(3, 5):
            return {first}
        return (
            {"mostly unknown"} if value.known + room < Fraction(3, 5) else {"mostly unknown", first}
        )

    def part(
        self,
        indicator: str,
        end: date,
        window: str,
        test: Any,
        members: Collection[str] | None = None,
    ) -> Value:
        """A figure of those lines alone for which the test holds."""
        self._test = test
        try:
            return self._value(indicator, end, window, members)
        finally:
            self._test = None

    def _value(
        self, indicator: str, end: date, window: str, members: Collection[str] | None
    ) -> Value:
        months = [end] if is_stock(indicator) else window_of(end, window)
        sums = [self._month(indicator, month, members) for month in months]
        name, unit = return_of(indicator), unit_of(indicator)
        owing = {one for month in months for one in self._asked(name, month, members)}
        lacking = {
            one
            for month in months
            for one in self._asked(name, month, members)
            if not self._has_sent(name, one, month)
        }
        parts = [part for part, _, _ in sums]
        base: Fraction | None = None
        known = Fraction(1)
        if unit == "share":
            numbers = [
                (part or Fraction(0), over, whole) for part, over, whole in sums if over is not None
            ]
            part = sum((one for one, _, _ in numbers), Fraction(0))
            base = sum((over for _, over, _ in numbers), Fraction(0))
            whole = sum((one or Fraction(0) for _, _, one in sums), Fraction(0))
            unknown = abs(whole - base)
            known = 1 - unknown / (unknown + abs(base)) if unknown or base else Fraction(1)
            if name == "retention" or name is None or name == "living_wage":
                known = Fraction(1)
        elif "suppliers" in indicator:
            part = self._suppliers(indicator, months, members)
        else:
            part = (
                None if None in parts else sum((one or Fraction(0) for one in parts), Fraction(0))
            )
        people = is_people(indicator)
        return Value(part, base, len(owing - lacking), len(owing), unit, people, known)

    def _asked(self, name: str | None, month: date, members: Collection[str] | None) -> list[str]:
        sent = self.senders(name, month, members) if name else []
        if name == "commitments" and month < COMMITMENTS_SINCE:
            return sent
        return list(dict.fromkeys([*self.owing(month, members), *sent]))

    def _has_sent(self, name: str | None, member_id: str, month: date) -> bool:
        names = [name] if name else list(RETURNS)
        return any((member_id, one, month) in self.current for one in names)

    def _suppliers(
        self, indicator: str, months: Months, members: Collection[str] | None
    ) -> Fraction | None:
        if not all(self.senders("spend", month, members) for month in months):
            return None
        pooled = members is None or len(set(members)) != 1
        return Fraction(
            len({line["supplier_name"] for month in months
                 for line in self.pounds(month, members, pooled=pooled)
                 if line["supplier_name"] != REDACTED})
        )  # fmt: skip

    def _month(
        self, indicator: str, month: date, members: Collection[str] | None
    ) -> tuple[Fraction | None, Fraction | None, Fraction | None]:
        """What counts, what it is over (of shares), and all that could be known."""
        name = return_of(indicator)
        if name is None:
            return self._returns(indicator, month, members)
        if not self.senders(name, month, members):
            return None, None, None
        if name == "living_wage":
            return self._living_wage(indicator, month, members)
        if name == "retention":
            return self._retention(indicator, month, members)
        if name == "local_hires":
            return self._starts(indicator, month, members)
        if name == "commitments":
            return self._promises(indicator, month, members)
        return self._pounds(indicator, month, members)

    def _promises(
        self, indicator: str, month: date, members: Collection[str] | None
    ) -> tuple[Fraction | None, Fraction | None, Fraction | None]:
        those = [
            one
            for one in promises.promises(self, month, members)
            if self._test is None or self._test(one.row)
        ]
        if indicator == "contributions_unspent":
            return promises.unspent(those), None, None
        part, base = promises.share_of(indicator, those)
        return Fraction(part), Fraction(base), Fraction(base)

    def _returns(
        self, indicator: str, month: date, members: Collection[str] | None
    ) -> tuple[Fraction | None, Fraction | None, Fraction | None]:
        owed = [(one, name) for one in self.owing(month, members) for name in RETURNS]
        if not self.is_due(month):
            return None, None, None
        states = [self.state(*one, month) for one in owed]
        part = [
            state not in ("missing", "not_due") and not (late and indicator == "returns_on_time")
            for state, late in states
        ]
        return Fraction(sum(part)), Fraction(len(owed)), Fraction(len(owed))

    def _living_wage(
        self, indicator: str, month: date, members: Collection[str] | None
    ) -> tuple[Fraction | None, Fraction | None, Fraction | None]:
        employers = list(self.employers(month, members).values())
        accredited = [one for one in employers if one["status"] in ACCREDITED]
        if indicator == "accredited_employers":
            return Fraction(len(accredited)), None, None
        if indicator == "members_accredited":
            own = {
                line["member_id"]
                for line in self.lines("living_wage", month, members)
                if line["relationship"] == "self" and line["status"] in ACCREDITED
            }
            sent = Fraction(len(self.senders("living_wage", month, members)))
            return Fraction(len(own)), sent, sent
        field = "workers_uplifted" if indicator == "workers_uplifted" else "workers_covered"
        those = employers if indicator == "workers_uplifted" else accredited
        if indicator == "share_of_jobs_covered":
            those = [one for one in those if places()[one["employer_postcode"]].ring == "area"]
        total = Fraction(sum(int(one[field]) for one in those))
        if indicator != "share_of_jobs_covered":
            return total, None, None
        jobs = self.network.area_facts.get("jobs_in_area")
        over = Fraction(jobs) if jobs else None
        return total, over, over

    def _starts(
        self, indicator: str, month: date, members: Collection[str] | None
    ) -> tuple[Fraction | None, Fraction | None, Fraction | None]:
        lines = list(self.lines("local_hires", month, members))
        if indicator in COUNTED:
            field = COUNTED[indicator]
            if indicator.startswith("starts_without"):
                return (
                    Fraction(sum(int(one["starts"]) for one in lines if not one[field])),
                    None,
                    None,
                )
            counts = [int(one[field]) for one in lines if one[field]]
            return (Fraction(sum(counts)) if counts or not lines else None), None, None
        if indicator == "starts_fte":  # which nobody gives here
            return (None if lines else Fraction(0)), None, None
        is_known, counts_as = STARTS[indicator]
        known = [one for one in lines if is_known(one)]
        part = Fraction(sum(int(one["starts"]) for one in known if counts_as(one)))
        base = Fraction(sum(int(one["starts"]) for one in known))
        whole = Fraction(sum(int(one["starts"]) for one in lines))
        if unit_of(indicator) == "share":
            return part, base, whole
        return (part if known or not lines else None), None, None

    def _retention(
        self, indicator: str, month: date, members: Collection[str] | None
    ) -> tuple[Fraction | None, Fraction | None, Fraction | None]:
        lines = list(self.lines("retention", month, members))

        def age(line: Line) -> int:
            year, number = map(int, line["cohort_month"].split("-"))
            return (month.year - year) * 12 + month.month - number

        if indicator in RETENTION:
            those = [one for one in lines if age(one) == RETENTION[indicator]]
            part = Fraction(sum(int(one["in_post"]) for one in those))
            base = Fraction(sum(int(one["starters"]) for one in those))
            return part, base, base
        # Twelve cohorts: those who started in the twelve months to this one.
        those = [one for one in lines if age(one) < 12]
        if lines and not those:
            return None, None, None
        left = [(int(one["starters"]) - int(one["in_post"]), one) for one in those]
        moved = [int(one["leavers_moved_on_to_work"]) for _, one in left
                 if one["leavers_moved_on_to_work"]]  # fmt: skip
        total: int | None = {
            "starters_followed": sum(int(one["starters"]) for one in those),
            "leavers": sum(count for count, _ in left),
            "leavers_to_work": sum(moved),
            "leavers_not_followed": sum(
                count for count, one in left if not one["leavers_moved_on_to_work"]
            ),
        }[indicator]
        if indicator == "leavers_to_work" and those and not moved:
            total = None
        return (None if total is None else Fraction(total)), None, None

    def _pounds(
        self, indicator: str, month: date, members: Collection[str] | None
    ) -> tuple[Fraction | None, Fraction | None, Fraction | None]:
        pooled = members is None or len(set(members)) != 1
        lines = list(self.pounds(month, members, pooled=pooled))
        whole = sum(map(amount, lines), Fraction(0))
        if indicator == "living_wage_supplier_spend_share":
            part = self._to_accredited(lines, month)
            known = self.senders("living_wage", month)
            return part, (whole if known else None), whole
        if indicator == "standard_supplier_spend_share":
            return self._standards(lines, month)
        if indicator == "committed_supplier_spend_share":
            if not any(
                (one.member_id, "commitments", plus(month, -back)) in self.current
                for one in self.network.members
                for back in range(6)
            ):
                return Fraction(0), None, whole
            who = promises.committed(self, month)
            part = sum((amount(one) for one in lines if one["supplier_name"] in who), Fraction(0))
            return part, whole, whole
        if indicator not in POUNDS:
            return None, None, None
        is_known, counts_as = POUNDS[indicator]
        known_lines = [one for one in lines if is_known(one)]
        part = sum((amount(one) for one in known_lines if counts_as(one)), Fraction(0))
        base = sum((amount(one) for one in known_lines), Fraction(0))
        if indicator == "spend":
            return part, None, None
        return part, base, whole

    def _standards(
        self, lines: Sequence[Line], month: date
    ) -> tuple[Fraction | None, Fraction | None, Fraction | None]:
        """Pounds with accredited employers, where the framework has their standard."""
        plan = promises.plan_at(self.network, self.as_at)
        is_asked = bool(plan and "living_wage" in dict(plan.standards))
        if not is_asked or not self.senders("living_wage", month):
            return Fraction(0), None, None
        whole = sum(map(amount, lines), Fraction(0))
        return self._to_accredited(lines, month), whole, whole

    def _to_accredited(self, lines: Sequence[Line], month: date) -> Fraction:
        """Pounds with suppliers that are accredited: by org-ID, or by name where either has none."""
        holders = [one for one in self.lines("living_wage", month) if one["status"] in ACCREDITED]
        ids = {one["employer_id"] for one in holders if one["employer_id"]}
        names = {one["employer_name"] for one in holders if not one["employer_id"]}
        every = ids | {one["employer_name"] for one in holders}
        paid = (
            amount(one)
            for one in lines
            if one["supplier_id"] in ids
            or one["supplier_name"] in (names if one["supplier_id"] else every)
        )
        return sum(paid, Fraction(0))

    def rings(
        self, end: date, window: str, members: Collection[str] | None, *, by_branch: bool = False
    ) -> dict[str, Fraction] | None:
        """Pounds by ring; None where nobody sent any of a month."""
        pooled = members is None or len(set(members)) != 1
        sums = dict.fromkeys(("area", "wider_area", "elsewhere", "unknown"), Fraction(0))
        for month in window_of(end, window):
            for line in self.pounds(month, members, pooled=pooled):
                sums[nearest(line) if by_branch else supplier(line).ring] += amount(line)
        return sums

    def is_whole(
        self, name: str, end: date, window: str, members: Collection[str] | None = None
    ) -> bool:
        return all(self.senders(name, month, members) for month in window_of(end, window))

    # --- targets ---

    def target(self, indicator: str, member_id: str | None = None) -> Any:
        held = [
            (moment, target)
            for moment, target in self.network.targets
            if moment <= self.as_at
            and (target.indicator, target.member_id) == (indicator, member_id)
        ]
        return held[-1][1] if held else None

    def profile(self, target: Any, end: date, window: str = "month") -> float | None:
        """Where a figure should stand by a month; of several months of a flow, their sum."""
        indicator = target.indicator
        is_flow = indicator in ("starts", "spend")
        months = window_of(end, window) if is_flow else [end]
        values = [profile_at(target, month) for month in months]
        return None if None in values else float(sum(value or 0 for value in values))


def profile_at(target: Any, month: date) -> Fraction | None:
    points = dict(target.profile or {})
    if target.baseline_period and target.baseline is not None:
        points.setdefault(target.baseline_period, target.baseline)
    points.setdefault(target.target_period, target.target)
    points = {month: Fraction(str(value)) for month, value in points.items()}
    before = [one for one in points if one <= month]
    after = [one for one in points if one >= month]
    if not before:
        return None
    if not after:
        return points[max(before)]
    low, high = max(before), min(after)
    if low == high:
        return points[low]
    apart = (high.year - low.year) * 12 + high.month - low.month
    gone = (month.year - low.year) * 12 + month.month - low.month
    return points[low] + (points[high] - points[low]) * gone / apart


AUTHORITIES = {
    "Manchester": AREA, "Bolton": "E08000001", "Oldham": "E08000004", "Stockport": "E08000007",
    "Leeds": "E08000035", "Bromley": "E09000006", "Cardiff": "W06000015",
    "City of Edinburgh": "S12000036",
}  # fmt: skip
DECILES = [
    "Most deprived tenth",
    *(f"Decile {one}" for one in range(2, 10)),
    "Least deprived tenth",
]


RINGS = {
    "Manchester": "area",
    "Elsewhere in Greater Manchester": "wider_area",
    "Further away": "elsewhere",
    "Not known": "unknown",
}
# A return need not say where outside the area somebody lives.
HOME_RINGS = {
    "Manchester": "area",
    "Elsewhere in Greater Manchester": "wider_area",
    "Elsewhere outside Manchester": "elsewhere",
    "Not known": "unknown",
}


@cache
def ward_names() -> dict[str, str]:
    """Name -> code of the wards that the generator draws."""
    codes = [place.ward for place in places().values() if place.ward]
    file = PROJECT / "data" / "reference" / "wards.csv"
    return dict(
        duckdb.execute(
            f"select ward_name, ward_code from '{file}' where ward_code in (select unnest(?))",
            [codes],
        ).fetchall()
    )


def has_no_decile(place: Place) -> bool:
    """Whether it isn't known: outside England there is none."""
    return place.decile is None and (place.authority or "E")[0] not in "WSNLMb"


def place_of(line: Line) -> Place:
    """Where the people or the pounds of a line are counted."""
    if "home_area" in line:
        return home(line)
    return places()[line.get("supplier_postcode", line.get("employer_postcode", ""))]


def names_of_rings(line: Line) -> dict[str, str]:
    return HOME_RINGS if "home_area" in line else RINGS


def ring_by(by: str, line: Line) -> str:
    return nearest(line) if by == "nearest_ring" else place_of(line).ring


def in_part(by: str, name: str, titles: Mapping[str, str]) -> Any:
    """A test for lines of the part of a breakdown that has a name; None where it isn't known here.
    `titles`: code -> name of the breakdown's values."""
    unknown = name == "Not known"
    if by in ("ring", "nearest_ring"):
        return lambda line: ring_by(by, line) == names_of_rings(line).get(name)
    if by == "authority":
        code = None if unknown else AUTHORITIES.get(name, "?")
        return None if code == "?" or unknown else (lambda line: place_of(line).authority == code)
    if by == "ward":
        ward = ward_names().get(name)
        return None if ward is None else (lambda line: place_of(line).ward == ward)
    if by == "imd_decile":
        if not unknown and name not in DECILES:
            return None
        if unknown:
            return lambda line: has_no_decile(place_of(line))
        return lambda line: place_of(line).decile == DECILES.index(name) + 1
    codes = [code for code, title in titles.items() if title == name]
    code = codes[0] if codes else "not_known" if unknown else None
    if by == "category":
        return lambda line: line["category"] == ("" if unknown else name)
    if by == "supplier":
        return lambda line: line["supplier_name"] == name
    if by in ("influenceable", "paid_real_living_wage"):
        cell = "" if unknown else code
        return lambda line: line.get(by, "") == cell
    return None if code is None else (lambda line: (line.get(by) or "not_known") == code)


def part_of_code(by: str, code: str, titles: Mapping[str, str]) -> Any:
    """As `in_part`, of the part of a breakdown that has a code."""
    if by in ("ring", "nearest_ring"):
        return lambda line: ring_by(by, line) == code
    if by == "imd_decile":
        name = DECILES[int(code) - 1]
    else:
        name = code if by in ("category", "supplier") else titles.get(code, "Not known")
    return in_part(by, name, titles)


def better_is_more(indicator: str) -> bool | None:
    """Whether more is better; None where it is neither better nor worse."""
    if indicator.startswith("starts_without") or indicator in (
        "leavers", "leavers_not_followed", "unknown_address_spend_share",
        "commitments_not_reported_share", "contributions_unspent",
    ):  # fmt: skip
        return False
    return None if indicator in ("spend", "active_suppliers", "starters_followed") else True


def status_of(value: float, profile: float, tolerance: float, more_is_better: bool) -> str:
    behind = profile - value if more_is_better else value - profile
    room = 1e-9 * max(1.0, abs(profile))
    if behind <= room:
        return "on_track"
    return "within_tolerance" if behind <= tolerance * abs(profile) + room else "off_track"


# --- what may be seen of people ---


NOISE = 3  # people more or fewer, at most


def noised(count: int) -> range:
    """What a count may be once it has its noise: nobody stays nobody."""
    return range(max(1, count - NOISE), count + NOISE + 1) if count else range(1)


@cache
def seen_counts(count: int) -> frozenset[str]:
    """What may stand for so many people: with noise, a star for 1 to 7, else to 5."""
    return frozenset(
        "0" if one == 0 else "*" if one < 8 else f"{max(10, (2 * one + 5) // 10 * 5):,}"
        for one in noised(count)
    )


@cache
def seen_percents(part: int, base: int) -> frozenset[str]:
    """What may stand for a share of people: to 1, 2 or 5 points by how many they are."""
    if base == 0:
        return frozenset({"–"})
    seen = set()

    for over in noised(base):
        for some in noised(part):
            for rest in noised(base - part):
                if any(0 < one < 8 for one in (over, some, rest)):
                    seen.add("*")
                elif over < 25:
                    seen.add("under 25 people")
                elif part == 0 or part == base:
                    seen.add("0%" if part == 0 else "100%")
                else:
                    people = max(10, (2 * over + 5) // 10 * 5)
                    step = 1 if people >= 500 else 2 if people >= 250 else 5
                    percent = (200 * some + step * over) // (2 * step * over) * step
                    seen.add(f"{min(max(percent, step), 100 - step)}%")
    return frozenset(seen)


# --- how a figure varies (Making Data Count; Wheeler 1993) ---


@dataclass(frozen=True)
class Variation:
    mean: float
    upper: float
    lower: float
    near_upper: float
    near_lower: float
    rule: str | None  # of the last point
    rising: bool
    points: int

    @property
    def is_special(self) -> bool:
        return self.rule is not None


def vary(course: Sequence[float | None]) -> Variation | None:
    """The chart of a course of months, None being a gap; None without two neighbours."""
    values = [one for one in course if one is not None]
    moves = [
        abs(after - before)
        for before, after in pairwise(course)
        if before is not None and after is not None
    ]
    if not moves or course[-1] is None:
        return None
    mean, reach = fmean(values), 2.66 * fmean(moves)
    room = 1e-9 * max(map(abs, values))
    run: list[float] = []
    for one in reversed(course):
        if one is None:
            break
        run.insert(0, one)
    last = run[-1]
    rule, up = None, last > mean
    if abs(last - mean) > reach + room:
        rule = "outside"
    if rule is None and len(run) >= 7:
        steps = [after - before for before, after in pairwise(run[-7:])]
        if all(step > room for step in steps) or all(step < -room for step in steps):
            rule, up = "trend", steps[0] > 0
    if rule is None:
        for side in (1, -1):
            far = [side * (one - mean) > reach * 2 / 3 + room for one in run[-3:]]
            if len(far) == 3 and far[-1] and sum(far) >= 2:
                rule, up = "near", side > 0
    if rule is None and len(run) >= 7:
        for side in (1, -1):
            if all(side * (one - mean) > room for one in run[-7:]):
                rule, up = "side", side > 0
    near = reach * 2 / 3
    return Variation(
        mean, mean + reach, mean - reach, mean + near, mean - near, rule, up, len(values)
    )


__all__ = ["REDACTED", "UNKNOWN", "Moment", "Value", "vary"]
