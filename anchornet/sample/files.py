"""What the twelve invented members send, month by month, as files in the standard templates.

The members, suppliers, employers and what did not go as usual stand in data/sample; the months
between are drawn by random numbers that are the same at every run.
"""

import csv
import io
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import accumulate
from random import Random
from typing import Any, NamedTuple, get_type_hints

from anchornet.periods import add_months, month_text, months_between, parse_month
from anchornet.returns.declaration import RETURNS
from anchornet.setting_values import PROJECT

FOLDER = PROJECT / "data" / "sample"

HALF_A_YEAR = timedelta(days=180)

Row = dict[str, Any]


@dataclass(frozen=True)
class Member:
    """A line of members.csv: who it is, and the size of what it sends in an ordinary month."""

    member_id: str
    name: str
    kind: str
    org_id: str
    payments: int
    pounds_per_payment: float
    local_spend_share: float
    starts: int
    local_start_share: float
    kept_26_weeks: float

    @property
    def by(self) -> str:
        return f"returns@{self.member_id}.example"


class Starter(NamedTuple):
    """One invented person who started; `leaves` is the share of such people who leave later."""

    home_area: str
    pathway: str
    role_group: str
    age_band: str
    ethnicity: str
    out_of_work: str
    leaves: float

    @property
    def home_area_group(self) -> str:
        return self.home_area if self.home_area in ("outside", "not_known") else "local"


@dataclass(frozen=True)
class Exceptional:
    """What did not go as usual: missing, late, corrected, withdrawn, nil or accepted (with its
    warnings), else nothing; and the words that go with it."""

    what: str = ""
    note: str = ""


def read_list(name: str) -> list[dict[str, str]]:
    """The lines of a CSV of data/sample."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def read_members() -> list[Member]:
    kinds = get_type_hints(Member)
    return [
        Member(**{name: kind(row[name]) for name, kind in kinds.items()})
        for row in read_list("members.csv")
    ]


def last_day(month: date) -> date:
    return add_months(month, 1) - timedelta(days=1)


def seeded(*words: object) -> Random:
    """Random numbers that are the same at every run for the same words."""
    return Random(" ".join(("sample", *map(str, words))))


def pence(pounds: float) -> Decimal:
    return Decimal(f"{pounds:.2f}")


def as_csv(return_name: str, rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Rows in the standard template of a return."""
    text = io.StringIO()
    names = [field.name for field in RETURNS[return_name].fields]
    writer = csv.DictWriter(text, names, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


USUAL = tomllib.loads((FOLDER / "usual.toml").read_text(encoding="utf-8"))
UNLISTED = tuple(f"Sample Unlisted Supplies {letter} Ltd" for letter in "ABCDEFGH")
EXCLUDED = {"Sample Tax Office": 0.07, "Sample Pension Fund": 0.05}  # and their share of it all

# Of an employer's line as it stands.
EMPLOYER = ("employer_name", "employer_id", "employer_postcode", "sector", "relationship")
WORKERS = ("workers_covered", "workers_uplifted", "workers_below")

# Of a promise's line what changes from quarter to quarter, and the rest of it as it stands.
QUARTERS = 4
CHANGING = ("promised", "received", "delivered", "evidenced", "rating")
PROMISE = tuple(field.name for field in RETURNS["commitments"].fields if field.name not in CHANGING)

# The story: at this hospital fewer and fewer of those who start stay for half a year.
SLIPPING, SLIP_MONTHS, SLIP = "teaching-hospitals", 8, 0.02


def ring_shares(local: float) -> dict[str, float]:
    """How much goes where, by the share that stays local, beside those without or of members."""
    away = {"wider_area": (1 - local) * 0.38, "elsewhere": (1 - local) * 0.62}
    return {"area": local, **away, "unknown": 0.05, "member": 0.03}


class Sample:
    """What every member sends for every month up to `until`; a method a return. `areas` are the
    ward and small-area codes inside the network's boundary."""

    def __init__(self, areas: Mapping[str, Sequence[str]], until: date) -> None:
        self.until = until
        self.last_quarter = add_months(until, -(until.month % 3))
        self.first_periods = {"commitments": add_months(self.last_quarter, -3 * (QUARTERS - 1))}
        self.areas = areas
        self.members = read_members()
        self.suppliers = read_list("organisations.csv")
        self.employers = read_list("employers.csv")
        self.promises = read_list("commitments.csv")
        self.exceptions = {}
        for row in read_list("exceptions.csv"):
            key = (row["return"], row["member_id"], parse_month(row["period"]))
            self.exceptions[key] = Exceptional(row["what"], row["note"])
        self.starters = cache(self._starters)
        self.buyers = cache(self._buyers)

    def file(self, return_name: str, member: Member, month: date, *, wrong: bool = False) -> bytes:
        """What a member sends for a month; or what it sent first and had to correct, with a
        payment ten times too large or without the end of the list."""
        rows = self.rows(return_name, member, month)
        if wrong and return_name == "spend":
            rows[0]["amount_gbp"] *= 10
        elif wrong:
            rows = rows[: len(rows) * 2 // 3]
        elif (
            return_name == "spend" and self.exception(return_name, member, month).what == "accepted"
        ):
            rows.append(rows[-1])
        return as_csv(return_name, rows)

    def rows(self, return_name: str, member: Member, month: date) -> list[Row]:
        return list(getattr(self, return_name)(member, month))

    def living_wage(self, member: Member, month: date) -> Iterator[Row]:
        """The employers that the member reports, as they stand on the last day of the month."""
        end = last_day(month)
        for employer in self.employers:
            if member.member_id not in (employer["member_id"], employer["also_member_id"]):
                continue
            accredited, met, lapsed = (
                date.fromisoformat(employer[name]) if employer[name] else date.max
                for name in ("accredited_on", "milestones_met_on", "lapsed_on")
            )
            row: Row = {name: employer[name] for name in EMPLOYER}
            if accredited == date.max or end < accredited < end + HALF_A_YEAR:
                yield row | {"status": "in_progress", "workers_below": 1}
            elif accredited <= end:
                status = "accredited_with_milestones" if end < met < date.max else "accredited"
                years = (end - accredited).days // 365 + 1
                yield row | {
                    "status": "lapsed" if lapsed <= end else status,
                    "accredited_on": accredited,
                    "renewal_due_on": accredited + years * timedelta(days=365),
                    "lapsed_on": lapsed if lapsed <= end else "",
                    **{name: employer[name] for name in WORKERS},
                }

    def _starters(self, member: Member, month: date) -> list[Starter]:
        draw = seeded("starters", member.member_id, month)
        season = USUAL["starts_in"][month.month - 1]
        number = round(member.starts * season * draw.uniform(0.85, 1.15))
        if self.exception("local_hires", member, month).what == "nil":
            number = 0
        local = member.local_start_share + 0.002 * (24 - self.months_back(month))
        codes = self.areas["lsoa" if member.kind in ("nhs", "council") else "ward"]
        # More of a member's people come from some neighbourhoods: running weights.
        near = seeded("nearness", member.member_id)
        nearness = list(accumulate(near.expovariate(1) + 0.1 for _ in codes))
        order = list(range(number))
        draw.shuffle(order)

        def home() -> str:
            where = draw.random()
            if where < local:
                return draw.choices(codes, cum_weights=nearness)[0]
            return "not_known" if where < local + 0.05 else "outside"

        def one_of(field: str) -> str:
            shares: dict[str, int] = USUAL["starters"][field]
            return draw.choices(list(shares), list(shares.values()))[0]

        return [
            Starter(
                home_area=home(),
                pathway=one_of("pathway"),
                role_group=draw.choice(USUAL["role_groups"][member.kind]),
                age_band=one_of("age_band"),
                ethnicity=one_of("ethnicity"),
                out_of_work=one_of("out_of_work"),
                leaves=(rank + draw.random()) / number,
            )
            for rank in order
        ]

    def local_hires(self, member: Member, month: date) -> Iterator[Row]:
        """The month's starters in groups, with those who applied and were offered a job."""
        draw = seeded("hires", member.member_id, month)
        pays = "yes" if member.kind not in ("private", "police") else "no"
        groups = Counter(starter[:-1] for starter in self.starters(member, month))
        for group, starts in sorted(groups.items()):
            details = dict(zip(Starter._fields, group, strict=False))
            pathway = details["pathway"]
            offers = starts + (draw.random() < 0.15)
            full_time = pathway in ("apprenticeship", "redeployment") or draw.random() < 0.6
            yield {
                **details,
                "contract_type": "Permanent" if pathway == "standard" else "Fixed term",
                "paid_real_living_wage": pays,
                "applications": offers * draw.randint(3, 9),
                "offers": offers,
                "starts": starts,
                "starts_fte": starts if full_time else f"{starts * draw.choice((0.6, 0.8)):.1f}",
            }

    def still_in_post(self, member: Member, cohort: date, months: int) -> float:
        """The share of a cohort still in post after that many months; most leave early."""
        kept = member.kept_26_weeks
        if member.member_id == SLIPPING:
            slipping = SLIP_MONTHS + 6 - self.months_back(cohort)
            kept -= SLIP * min(max(slipping, 0), SLIP_MONTHS)
        return float(kept ** ((months / 6) ** 0.8))

    def retention(self, member: Member, month: date) -> Iterator[Row]:
        """Every cohort of the last year, also of months before the first return."""
        for months in range(12, -1, -1):
            cohort = add_months(month, -months)
            stay = self.still_in_post(member, cohort, months)
            groups: dict[tuple[str, str], list[Starter]] = {}
            for starter in self.starters(member, cohort):
                groups.setdefault((starter.pathway, starter.home_area_group), []).append(starter)
            for (pathway, home_area_group), people in sorted(groups.items()):
                in_post = sum(starter.leaves < stay for starter in people)
                yield {
                    "cohort_month": month_text(cohort),
                    "pathway": pathway,
                    "home_area_group": home_area_group,
                    "starters": len(people),
                    "in_post": in_post,
                    "leavers_moved_on_to_work": (len(people) - in_post) * 2 // 5,
                }

    def _buyers(self, member: Member) -> Mapping[str, tuple[list[dict[str, str]], list[float]]]:
        """For each ring the suppliers there, and how much a member leans to each (running sums)."""
        draw = seeded("suppliers", member.member_id)
        more = USUAL["buys_more"].get(member.kind, {})
        rings: dict[str, tuple[list[dict[str, str]], list[float]]] = {}
        for supplier in self.suppliers:
            if supplier["excluded"] or supplier["org_id"] == member.org_id:
                continue
            suppliers, weights = rings.setdefault(supplier["ring"] or "unknown", ([], []))
            lean = draw.paretovariate(1.2) * more.get(supplier["category"], 1)
            suppliers.append(supplier)
            weights.append(lean + (weights[-1] if weights else 0))
        return rings

    def spend(self, member: Member, month: date) -> Iterator[Row]:
        """The month's payments; the member's local share hardly moves, whatever the month."""
        draw = seeded("spend", member.member_id, month)
        season = USUAL["payments_in"][month.month - 1]
        lines = max(4, round(member.payments * season * draw.uniform(0.92, 1.08)))
        local = member.local_spend_share
        shares = ring_shares(local)
        rings = draw.choices(list(shares), list(shares.values()), k=lines)
        rings[:3] = ["area", "wider_area", "elsewhere"]
        pounds = [draw.lognormvariate(0, 1.1) for _ in rings]
        wanted = ring_shares(local + draw.gauss(0, 0.012))
        total = member.payments * season * member.pounds_per_payment * draw.uniform(0.96, 1.04)
        sums = dict.fromkeys(rings, 0.0)
        for ring, amount in zip(rings, pounds, strict=True):
            sums[ring] += amount
        payments = [
            self.payment(member, draw, ring, amount * (total * wanted[ring] / sums[ring]))
            for ring, amount in zip(rings, pounds, strict=True)
        ]
        if member.payments >= 40:
            payments += [
                {
                    "supplier_name": name, "amount_gbp": pence(total * share),
                    "category": "Payroll costs", "influenceable": "no",
                }
                for name, share in EXCLUDED.items()
            ]  # fmt: skip
        month_days = (month + timedelta(days=number) for number in range(last_day(month).day))
        days = [day for day in month_days if day.weekday() < 5]
        paid = sorted(draw.choice(days) for _ in payments)
        departments = USUAL["departments"].get(member.kind, USUAL["departments"]["other"])
        for number, (payment, day) in enumerate(zip(payments, paid, strict=True), 1):
            yield {
                "paid_on": day,
                "department": draw.choice(departments),
                "influenceable": "yes",
                "reference": f"{member.member_id[:3].upper()}{day:%y%m}-{number:04d}",
                **payment,
            }

    def commitments(self, member: Member, month: date) -> Iterator[Row]:
        """What was promised to the member, or by it, as it stands on the quarter's last day. What
        changes stands in the list for one quarter after the other."""
        quarter = QUARTERS - 1 - months_between(month, self.last_quarter) // 3
        if not RETURNS["commitments"].is_owed(month, self.first_periods["commitments"]):
            return
        for promise in self.promises:
            if member.member_id not in (promise["member_id"], promise["also_member_id"]):
                continue
            changing = {name: promise[name].split("/") for name in CHANGING}
            now = {
                name: values[quarter if len(values) > 1 else 0] for name, values in changing.items()
            }
            yield {name: promise[name] for name in PROMISE} | now

    def payment(self, member: Member, draw: Random, ring: str, pounds: float) -> Row:
        """One payment to a supplier of a ring, spelt as this member's ledger does."""
        amount = pence(-pounds / 10 if draw.random() < 0.015 else pounds)
        if ring == "unknown":
            return {"supplier_name": draw.choice(UNLISTED), "amount_gbp": amount}
        suppliers, leaning = self.buyers(member)[ring]
        supplier = draw.choices(suppliers, cum_weights=leaning)[0]
        row = {"category": supplier["category"], "amount_gbp": amount}
        name = supplier["name"]
        if member.kind in ("council", "police"):
            name = name.replace(" Ltd", " Limited").upper()
        elif member.kind == "nhs":
            name = f"The {name.replace(' Ltd', ' Ltd.')}"
        elif member.kind == "university":
            row |= {"supplier_id": supplier["org_id"], "supplier_postcode": supplier["postcode"]}
            row |= {"supplier_size": supplier["size"], "supplier_type": supplier["type"]}
        return row | {"supplier_name": name}

    def months_back(self, month: date) -> int:
        """Months from `month` to the last one of the sample."""
        return (self.until.year - month.year) * 12 + self.until.month - month.month

    def exception(self, return_name: str, member: Member, month: date) -> Exceptional:
        usual = Exceptional() if hasattr(self, return_name) else Exceptional("missing")
        if return_name == "commitments" and not self.rows(return_name, member, month):
            usual = Exceptional("nil")
        return self.exceptions.get((return_name, member.member_id, month), usual)
