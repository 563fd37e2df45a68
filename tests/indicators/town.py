"""A small network whose returns are known row by row, and what pandas makes of them.

Nothing here asks the product: places, names and rules are written down again, so that a figure is
worked out twice.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

import pandas as pd

MONTHS = [date(2026, month, 1) for month in range(4, 10)]
MAY, JUNE, JULY, AUGUST, SEPTEMBER = MONTHS[1:]
JOBS = 1250.0
RETURNS = ("living_wage", "local_hires", "retention", "spend")
MEMBERS = {
    "council": ("council", "GB-LAE-X1", None),
    "hospital": ("nhs", "GB-NHS-X1", None),
    "clinic": ("nhs", None, None),
    "college": ("college", "GB-UKPRN-1", AUGUST),
}
# postcode -> authority, ward, decile. The last two are not known of any place.
PLACES: dict[str | None, tuple[str | None, str | None, int | None]] = {
    "M40 8QA": ("E08000003", "E05011366", 1),
    "M23 1PW": ("E08000003", "E05011352", 5),
    "SK4 4JL": ("E08000007", "E05015027", 10),
    "CF10 1BH": ("W06000015", "W05001274", None),  # Wales has no decile of it
    "M11 1EQ": ("E08000003", "E05011359", 2),
    "M11 4AF": ("E08000003", "E05011359", 3),
    "M2": ("E08000003", None, None),
    "ZZ1 1ZZ": (None, None, None),
    None: (None, None, None),
}
HOMES: dict[str, tuple[str | None, str | None, int | None]] = {
    "E05011366": ("E08000003", "E05011366", None),
    "E05015027": ("E08000007", "E05015027", None),
    "E01033678": ("E08000003", "E05011366", 1),
    "E01034114": ("E08000003", "E05011359", 2),
    "E01033668": ("E08000003", "E05011359", 3),
    "E01005073": ("E08000003", "E05011352", 5),
    "E01005860": ("E08000007", "E05015027", 10),
    "outside": ("outside", None, None),
    "not_known": (None, None, None),
    "E05999999": (None, None, None),
    "E01033666": ("E08000003", "E05011359", 1),  # of 2011, where most of it is today
    "E05000703": (None, None, None),  # until 2018; no ward of today has half of it
}
ACCREDITED = ("accredited", "accredited_with_milestones")


def ring(authority: str | None) -> str:
    known = {None: "unknown", "E08000003": "area", "E08000007": "wider_area"}
    return known.get(authority, "elsewhere")


# spellings, key, org-id, postcode, sector
EMPLOYERS = [
    (("Sample Joinery Ltd", "SAMPLE JOINERY LIMITED"), "joinery", "GB-COH-1", "M40 8QA", "private"),
    (("Sample Bakery Ltd", "The Sample Bakery"), "bakery", None, "M23 1PW", "private"),
    (("Sample Cafe",), "cafe", "GB-COH-3", None, "third"),
    (("Sample Print Ltd",), "print", "GB-COH-4", "SK4 4JL", ""),
    (("Lost Ltd",), "lost", None, "ZZ1 1ZZ", "private"),
    (("Sample hospital",), "hospital", "GB-NHS-X1", "M40 8QA", "public"),
]
DIRECTORY = """name,org_id,postcode,branch_postcode,size,type,excluded
Sample Joinery Ltd,,M40 8QA,,small,private,
Other Name,GB-COH-7,SK4 4JL,M23 1PW,large,private,
Sample Charity,,,,micro,vcse,
Partial Ltd,,M2,,,private,
Revenue and Customs,,,,,,tax
"""


@dataclass(frozen=True)
class Supplier:
    """What the file says, then what the directory adds."""

    spellings: tuple[str, ...]
    key: str
    shown: str
    org_id: str | None = None
    postcode: str | None = None
    branch: str | None = None
    size: str = ""
    kind: str = ""
    known_postcode: str | None = None
    known_branch: str | None = None
    known_size: str = ""
    known_kind: str = ""
    excluded: bool = False
    paid_member: str | None = None


# Who signed a charter, as the coordinator's list has it.
HOLDERS = """organisation,org_id,standard,step,held_from,held_to
SAMPLE JOINERY LTD.,,good_employment_charter,Member,2025-01-01,
Sample Bakery Limited,,good_employment_charter,Member,2026-08-31,
Sample Cafe,GB-COH-3,good_employment_charter,member,2025-01-01,2026-07-31
Far Ltd,,good_employment_charter,Supporter,2025-01-01,
Another Name,GB-COH-7,ethical_care_charter,Stage 1,2025-01-01,
"""
# Standard -> who holds it: an org-id or a key, from when to when. A supporter is none.
STANDARDS = {
    "good_employment_charter": [
        ("joinery", date(2025, 1, 1), None),
        ("bakery", date(2026, 8, 31), None),
        ("GB-COH-3", date(2025, 1, 1), date(2026, 7, 31)),
    ],
    "ethical_care_charter": [("GB-COH-7", date(2025, 1, 1), None)],
}

# Asked on, introduced on, delivered and confirmed on, to be looked at again on.
NEEDS = [
    (date(2026, 5, 4), date(2026, 5, 8), date(2026, 8, 20), date(2026, 7, 31)),
    (date(2026, 5, 4), date(2026, 5, 28), None, date(2026, 8, 31)),
    (date(2026, 5, 11), None, None, date(2026, 8, 4)),
    (date(2026, 7, 1), date(2026, 8, 3), date(2026, 9, 30), date(2026, 12, 31)),
    (date(2026, 8, 1), date(2026, 8, 2), None, date(2026, 12, 31)),
]

SUPPLIERS = [
    Supplier(
        ("Sample Joinery Ltd", "SAMPLE JOINERY LIMITED"), "joinery", "Sample Joinery Ltd",
        known_postcode="M40 8QA", known_size="small", known_kind="private",
    ),
    Supplier(
        ("Sample Joinery Ltd",), "joinery", "Sample Joinery Ltd", "GB-COH-1",
        known_postcode="M40 8QA", known_size="small", known_kind="private",
    ),
    Supplier(("Sample Bakery Ltd",), "bakery", "Sample Bakery Ltd", None, "M23 1PW", size="micro"),
    Supplier(
        ("As They Say",), "as they say", "Other Name", "GB-COH-7",
        known_postcode="SK4 4JL", known_branch="M23 1PW", known_size="large", known_kind="private",
    ),
    Supplier(
        ("Sample Charity",), "charity", "Sample Charity", known_size="micro", known_kind="vcse"
    ),
    Supplier(("Far Ltd",), "far", "Far Ltd", None, "CF10 1BH", "M40 8QA", "large", "private"),
    Supplier(("Sample Cafe",), "cafe", "Sample Cafe", "GB-COH-3", "SK4 4JL", kind="vcse"),
    Supplier(("Third Ltd",), "third", "Third Ltd", None, "M11 4AF", size="medium", kind="public"),
    Supplier(("Second Ltd",), "second", "Second Ltd", None, "M11 1EQ"),
    Supplier(("Lost Ltd",), "lost", "Lost Ltd", None, "ZZ1 1ZZ"),
    Supplier(("Partial Ltd",), "partial", "Partial Ltd", known_postcode="M2", known_kind="private"),
    Supplier(("Revenue & Customs",), "revenue", "Revenue and Customs", excluded=True),
    Supplier(("Redacted", "REDACTED PERSONAL DATA"), "", "Redacted"),
    Supplier(("Sample Person",), "person", "Individual", None, "M40 8QA", kind="individual"),
    Supplier(
        ("Sample hospital",), "hospital", "Sample hospital", "GB-NHS-X1", "M40 8QA",
        paid_member="hospital",
    ),
    Supplier(
        ("Sample college",), "college", "Sample college", "GB-UKPRN-1", "M23 1PW",
        paid_member="college",
    ),
]  # fmt: skip


@dataclass(frozen=True)
class Sent:
    member: str
    return_name: str
    period: date
    accepted_at: datetime
    rows: tuple[dict[str, Any], ...]
    withdrawn_at: datetime | None = None

    @property
    def csv(self) -> tuple[str, str]:
        """Headings and lines; what begins with _ stays here."""
        names = [name for name in self.rows[0] if not name.startswith("_")]
        lines = [",".join("" if row[it] is None else str(row[it]) for it in names)
                 for row in self.rows]  # fmt: skip
        return ",".join(names), "\n".join(lines)


def in_network(member: str, month: date) -> bool:
    starts_on = MEMBERS[member][2]
    return starts_on is None or starts_on <= month


def due_on(month: date) -> date:
    """Twenty days after the month's last day."""
    next_month = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
    return next_month + timedelta(days=19)


def town() -> list[Sent]:
    """Everything that was sent, in order."""
    chance = random.Random(2026)
    made = {"living_wage": _employers, "local_hires": _hires, "retention": _cohorts,
            "spend": _payments}  # fmt: skip
    listed = []
    for month in MONTHS:
        on_time = datetime.combine(due_on(month), datetime.min.time()) - timedelta(days=12)
        for number, member in enumerate(MEMBERS):
            for place, name in enumerate(RETURNS):
                if not in_network(member, month) or (member, name, month) in MISSING:
                    continue
                late = chance.random() < 0.2
                moment = on_time + timedelta(days=20 if late else 0, hours=number, minutes=place)
                rows = () if (member, name, month) in NIL else tuple(made[name](chance, month))
                listed.append(Sent(member, name, month, moment, rows))
    again = [
        replace(it, accepted_at=it.accepted_at + timedelta(days=14),
                rows=tuple(made[it.return_name](chance, it.period)))
        for it in listed
        if (it.member, it.return_name, it.period) in CORRECTED
    ]  # fmt: skip
    return [
        replace(it, withdrawn_at=it.accepted_at + timedelta(days=4))
        if (it.member, it.return_name, it.period) in WITHDRAWN
        else it
        for it in listed
    ] + again


def promises() -> list[Sent]:
    """Those for each quarter: in September the clinic sends none, and the hospital corrects."""
    chance = random.Random(2027)
    sent = [
        Sent(
            member, "commitments", month, datetime.combine(due_on(month), datetime.min.time())
            - timedelta(days=3 - number), tuple(_promises(chance, month)),
        )
        for month in (JUNE, SEPTEMBER)
        for number, member in enumerate(MEMBERS)
        if in_network(member, month) and (member, month) != ("clinic", SEPTEMBER)
    ]  # fmt: skip
    corrected = next(it for it in sent if (it.member, it.period) == ("hospital", SEPTEMBER))
    rows = tuple(_promises(chance, SEPTEMBER))
    later = corrected.accepted_at + timedelta(days=9)
    return [*sent, replace(corrected, accepted_at=later, rows=rows)]


MISSING = {
    ("clinic", "local_hires", SEPTEMBER),
    ("clinic", "spend", JULY),
    ("hospital", "living_wage", AUGUST),
    ("council", "retention", JULY),
    *((member, "local_hires", MAY) for member in MEMBERS),
}
NIL = {
    ("clinic", "spend", SEPTEMBER),
    ("college", "local_hires", AUGUST),
    ("hospital", "retention", SEPTEMBER),
    ("clinic", "living_wage", MONTHS[0]),
}
CORRECTED = {
    ("council", "spend", SEPTEMBER),
    ("hospital", "local_hires", SEPTEMBER),
    ("clinic", "living_wage", SEPTEMBER),
    ("hospital", "retention", AUGUST),
}
# The last of these was corrected too, so that the correction stands alone.
WITHDRAWN = {
    ("council", "local_hires", AUGUST),
    ("college", "living_wage", SEPTEMBER),
    ("hospital", "retention", AUGUST),
}


def _employers(chance: random.Random, month: date) -> Iterator[dict[str, Any]]:
    for spellings, key, org_id, postcode, sector in chance.sample(EMPLOYERS, 4):
        with_id = org_id is not None and (postcode is None or chance.random() < 0.7)
        known = chance.random() < 0.8
        yield {
            "employer_name": chance.choice(spellings),
            "employer_id": org_id if with_id else None,
            "employer_postcode": postcode,
            "sector": sector,
            "relationship": chance.choice(["self", "supplier", "tenant", "partner", "other"]),
            "status": chance.choice([*ACCREDITED, *ACCREDITED, "in_progress", "lapsed"]),
            "accredited_on": "2025-01-01",
            "workers_covered": chance.randint(5, 60) if known else None,
            "workers_uplifted": chance.randint(0, 5) if known else None,
            "_key": key,
        }


def _hires(chance: random.Random, month: date) -> Iterator[dict[str, Any]]:
    for home in chance.choices([*HOMES], k=9):
        starts = chance.randint(1, 14)
        yield {
            "home_area": home,
            "pathway": chance.choice(["standard", "pre_employment", "redeployment"]),
            "role_group": chance.choice(["Facilities", "Nursing", None]),
            "age_band": chance.choice(["under_25", "25_49", "50_plus", "not_known", None]),
            "ethnicity": chance.choice(["white", "global_majority", "not_known", None]),
            "out_of_work": chance.choice(["yes", "no", "not_known", None]),
            "paid_real_living_wage": chance.choice(["yes", "no", None]),
            "applications": chance.choice([starts * 5, None]),
            "offers": chance.choice([starts + 1, None]),
            "starts": starts,
            "starts_fte": chance.choice([starts / 2, None]),
        }


def _cohorts(chance: random.Random, month: date) -> Iterator[dict[str, Any]]:
    for followed in (0, 1, 3, 6, 12, 13):
        for pathway in chance.sample(["standard", "apprenticeship"], chance.randint(1, 2)):
            starters = chance.randint(3, 30)
            in_post = chance.randint(1, starters)
            yield {
                "cohort_month": f"{back(month, followed):%Y-%m}",
                "pathway": pathway,
                "home_area_group": chance.choice(["local", "outside", "not_known"]),
                "starters": starters,
                "in_post": in_post,
                "leavers_moved_on_to_work": chance.choice([(starters - in_post) // 2, None]),
                "_followed": followed,
            }


# spellings, key, org-id; some are suppliers
PROMISERS = [
    (("Sample Joinery Ltd", "SAMPLE JOINERY LIMITED"), "joinery", "GB-COH-1"),
    (("Sample Cafe",), "cafe", "GB-COH-3"),
    (("Far Ltd",), "far", None),
    (("Wharf Ltd",), "wharf", None),
]
# measure of the sample framework -> its unit and outcome
MEASURES = {
    "local_jobs": ("people", "jobs_and_skills"),
    "apprenticeships": ("people", "jobs_and_skills"),
    "volunteering": ("hours", "strong_communities"),
    "infrastructure_contributions": ("gbp", "healthy_places"),
    "affordable_homes": ("homes", "healthy_places"),
}


def _promises(chance: random.Random, month: date) -> Iterator[dict[str, Any]]:
    pairs = [(promiser, measure) for promiser in PROMISERS for measure in MEASURES]
    for (spellings, key, org_id), measure in chance.sample(pairs, 11):
        promised = chance.randint(5, 40)
        starts_on, *dues = chance.choice([
            ("2025-10-01", "2026-03-31", "2026-06-30", "2026-09-30", "2027-06-30", None),
            ("2026-01-15", "2026-09-30", "2027-06-30", "2027-06-30", None),
            ("2026-12-01", "2027-06-30"),
        ])  # fmt: skip
        delivered = chance.choice([None, 0, promised // 2, promised - 1, promised])
        yield {
            "source": chance.choice(["contract", "section_106", "grant"]),
            "agreement_ref": f"A-{key}",
            "organisation_name": chance.choice(spellings),
            "organisation_id": org_id if chance.random() < 0.6 else None,
            "starts_on": starts_on,
            "ends_on": chance.choice([None, "2028-03-31"]),
            "due_on": chance.choice(dues),
            "measure": measure,
            "promised": promised,
            "received": chance.choice([promised, None]) if measure[0] == "i" else None,
            "delivered": delivered,
            "evidenced": chance.choice([None, delivered, (delivered or 0) // 2])
            if delivered is not None
            else None,
            "_key": key,
        }


def back(month: date, count: int) -> date:
    number = month.year * 12 + month.month - 1 - count
    return date(number // 12, number % 12 + 1, 1)


def _payments(chance: random.Random, month: date) -> Iterator[dict[str, Any]]:
    for supplier in chance.choices(SUPPLIERS, k=22):
        yield {
            "supplier_name": chance.choice(supplier.spellings),
            "supplier_id": supplier.org_id,
            "supplier_postcode": supplier.postcode,
            "branch_postcode": supplier.branch,
            "paid_on": f"{month:%Y-%m}-14",
            "amount_gbp": chance.randint(-2000, 90000) / 100,
            "category": chance.choice(["Food", "Works", None]),
            "supplier_size": supplier.size,
            "supplier_type": supplier.kind,
            "influenceable": chance.choice(["yes", "no", None]),
            "_supplier": supplier,
        }


@dataclass(frozen=True)
class Known:
    """What is known as at a moment: frames of rows, with every breakdown as a column."""

    listed: Sequence[Sent]
    as_at: datetime = datetime.max
    today: date = field(default=date.max)

    @cached_property
    def standing(self) -> list[Sent]:
        return [
            it
            for it in self.listed
            if it.accepted_at <= self.as_at
            and (it.withdrawn_at is None or it.withdrawn_at > self.as_at)
        ]

    @cached_property
    def counted(self) -> dict[tuple[str, str, date], Sent]:
        last: dict[tuple[str, str, date], Sent] = {}
        for it in sorted(self.standing, key=lambda it: it.accepted_at):
            last[it.member, it.return_name, it.period] = it
        return last

    def senders(self, return_name: str, month: date) -> set[str]:
        return {member for member, name, period in self.counted
                if (name, period) == (return_name, month)}  # fmt: skip

    def _rows(self, return_name: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        for (member, name, period), it in self.counted.items():
            if name == return_name:
                about = {"member": member, "kind": MEMBERS[member][0], "period": period}
                for line, row in enumerate(it.rows):
                    yield about | {"accepted_at": it.accepted_at, "line": line}, row

    @cached_property
    def living_wage(self) -> pd.DataFrame:
        rows = []
        for about, row in self._rows("living_wage"):
            authority, ward, decile = PLACES[row["employer_postcode"]]
            rows.append(about | row | {
                "ring": ring(authority), "authority": authority, "ward": ward,
                "imd_decile": decile, "sector": row["sector"] or None,
            })  # fmt: skip
        return pd.DataFrame(rows, dtype=object)

    @cached_property
    def local_hires(self) -> pd.DataFrame:
        rows = []
        for about, row in self._rows("local_hires"):
            authority, ward, decile = HOMES[row["home_area"]]
            rows.append(about | row | {
                "ring": ring(authority), "ward": ward, "imd_decile": decile,
                "authority": None if authority == "outside" else authority,
            })  # fmt: skip
        return pd.DataFrame(rows, dtype=object)

    @cached_property
    def retention(self) -> pd.DataFrame:
        rows = [
            about | row | {"months_followed": row["_followed"]}
            for about, row in self._rows("retention")
        ]
        return pd.DataFrame(rows, dtype=object)

    @cached_property
    def spend(self) -> pd.DataFrame:
        """Without taxes and payroll; `netted` is what a figure of several members leaves out."""
        rows = []
        for about, row in self._rows("spend"):
            supplier: Supplier = row["_supplier"]
            if supplier.excluded:
                continue
            month = about["period"]
            authority, ward, decile = PLACES[supplier.postcode or supplier.known_postcode]
            branch = PLACES[supplier.branch or supplier.known_branch][0]
            rings = [ring(authority), ring(branch)]
            nearest = next(it for it in ("area", "wider_area", "elsewhere", "unknown")
                           if it in rings)  # fmt: skip
            rows.append(about | row | {
                "amount": row["amount_gbp"],
                "key": supplier.key,
                "supplier": supplier.shown,
                "ring": rings[0],
                "branch_ring": rings[1],
                "nearest_ring": nearest,
                "authority": authority,
                "ward": ward,
                # Wales has none, and says so
                "imd_decile": "W" if (authority or "")[:1] == "W" else decile,
                "supplier_size": supplier.size or supplier.known_size or "not_known",
                "supplier_type": supplier.kind or supplier.known_kind or "not_known",
                "netted": supplier.paid_member is not None
                and in_network(supplier.paid_member, month),
                "accredited": self._is_accredited(supplier, month),
                "month_says": bool(self.senders("living_wage", month)),
                "committed": self._is_committed(supplier, month),
                "quarter_says": any(latest for _, latest in self._quarters(month)),
            })  # fmt: skip
        return pd.DataFrame(rows, dtype=object)

    @cached_property
    def needs(self) -> pd.DataFrame:
        """What happened to needs, by month: one was introduced, or was closed."""
        happened = []
        for asked, introduced, confirmed, review in NEEDS:
            if introduced and introduced <= self.today:
                happened.append((introduced, "introduced", (introduced - asked).days))
            if confirmed and confirmed <= self.today:
                happened.append((confirmed, "met", None))
            # Once something is agreed, which here it is with what is delivered, it lapses no more.
            elif not confirmed and review < self.today:
                happened.append((review + timedelta(days=1), "lapsed", None))
        rows = [
            {"period": day.replace(day=1), "what": what, "days": days}
            for day, what, days in happened
        ]
        return pd.DataFrame(rows, dtype=object)

    @cached_property
    def spend_by_standard(self) -> pd.DataFrame:
        """Each payment once for each standard of which it is known who holds it, and for any."""
        rows = []
        for row in self.spend.to_dict("records"):
            supplier = row["_supplier"]
            standards = [*STANDARDS, *(["living_wage"] if row["month_says"] else [])]
            held = {
                standard: row["accredited"] if standard == "living_wage"
                else _is_holder(STANDARDS[standard], supplier, row["period"])
                for standard in standards
            }  # fmt: skip
            held["any"] = any(held.values())
            rows += [row | {"standard": name, "held": holds} for name, holds in held.items()]
        return pd.DataFrame(rows, dtype=object)

    def _is_accredited(self, supplier: Supplier, month: date) -> bool:
        listed = self.living_wage
        listed = listed[(listed["period"] == month) & listed["status"].isin(ACCREDITED)]
        for org_id, key in zip(listed["employer_id"], listed["_key"], strict=True):
            both = org_id is not None and supplier.org_id is not None
            if org_id == supplier.org_id if both else key == supplier.key:
                return True
        return False

    @cached_property
    def commitments(self) -> pd.DataFrame:
        rows = []
        for about, row in self._rows("commitments"):
            end = back(about["period"], -1) - timedelta(days=1)
            starts_on, due = _day(row["starts_on"]), _day(row["due_on"] or row["ends_on"])
            running = starts_on <= end and (due is None or due > end)
            by_now = None
            if running and due is not None:
                by_now = row["promised"] * (end - starts_on).days / (due - starts_on).days
            unit, outcome = MEASURES[row["measure"]]
            rows.append(about | row | {
                "unit": unit, "outcome": outcome, "running": running, "by_now": by_now,
                "was_due": due is not None and due <= end,
            })  # fmt: skip
        return pd.DataFrame(rows, dtype=object)

    def _quarters(self, month: date) -> Iterator[tuple[str, date | None]]:
        """Each member with its latest quarter of the six months up to this one."""
        for member in MEMBERS:
            sent = [period for period in (back(month, count) for count in range(6))
                    if member in self.senders("commitments", period)]  # fmt: skip
            yield member, max(sent, default=None)

    def _is_committed(self, supplier: Supplier, month: date) -> bool:
        end = back(month, -1) - timedelta(days=1)
        latest = dict(self._quarters(month))
        for row in self.commitments.to_dict("records"):
            if row["period"] != latest[row["member"]]:
                continue
            starts_on, due = _day(row["starts_on"]), _day(row["due_on"] or row["ends_on"])
            if starts_on > end or (due is not None and due <= end):
                continue
            org_id = row["organisation_id"]
            both = org_id is not None and supplier.org_id is not None
            if org_id == supplier.org_id if both else row["_key"] == supplier.key:
                return True
        return False

    @cached_property
    def returns(self) -> pd.DataFrame:
        rows = []
        for month in MONTHS:
            for member, (kind, _, _) in MEMBERS.items():
                for name in RETURNS:
                    moments = [it.accepted_at.date() for it in self.standing
                               if (it.member, it.return_name, it.period) == (member, name, month)
                               ]  # fmt: skip
                    rows.append({
                        "period": month, "member": member, "kind": kind, "return_name": name,
                        "sent": bool(moments),
                        "on_time": bool(moments) and min(moments) <= due_on(month),
                        "due": due_on(month) < self.today,
                        "owed": in_network(member, month),
                    })  # fmt: skip
        frame = pd.DataFrame(rows, dtype=object)
        return frame[frame["owed"].astype(bool)]


def each_once(frame: pd.DataFrame, sender: Sequence[str]) -> pd.DataFrame:
    """One row an employer, month and group of senders: what it says of itself, else the latest."""
    with_id = frame[frame["employer_id"].notna()]
    ids = {
        (row["period"], row["_key"], row["employer_postcode"]): row["employer_id"]
        for row in with_id.to_dict("records")
    }
    things = []
    for row in frame.to_dict("records"):
        place = (row["period"], row["_key"], row["employer_postcode"])
        own = row["employer_id"]
        things.append(own or ids.get(place) or f"{place[1]}|{place[2]}")
    # By its own member's word, or by the org-id of the member that sent it.
    own = [
        row["relationship"] == "self" or row["employer_id"] == (MEMBERS[row["member"]][1] or "")
        for row in frame.to_dict("records")
    ]
    frame = frame.assign(thing=things, own=own)
    frame = frame.sort_values(["own", "accepted_at", "line"])
    return frame.groupby(["period", "thing", *sender]).tail(1)


def each_promise_once(frame: pd.DataFrame, sender: Sequence[str]) -> pd.DataFrame:
    """One row a promise, quarter and group of senders: one whose delivery is known, else the
    latest."""
    records = frame.to_dict("records")
    ids = {
        (row["period"], row["_key"], row["measure"]): row["organisation_id"]
        for row in records
        if row["organisation_id"]
    }
    things = [
        (row["organisation_id"] or ids.get((row["period"], row["_key"], row["measure"]))
         or row["_key"], row["agreement_ref"], row["measure"])
        for row in records
    ]  # fmt: skip
    known = [row["delivered"] is not None for row in records]
    frame = frame.assign(thing=things, known=known)
    frame = frame.sort_values(["known", "accepted_at", "line"])
    return frame.groupby(["period", "thing", *sender]).tail(1)


def _is_holder(
    holders: list[tuple[str, date, date | None]], supplier: Supplier, month: date
) -> bool:
    end = back(month, -1) - timedelta(days=1)
    return any(
        who in (supplier.org_id, supplier.key) and first <= end and (last is None or end <= last)
        for who, first, last in holders
    )


def _day(text: str | None) -> Any:
    return None if text is None else date.fromisoformat(text)
