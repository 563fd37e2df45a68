"""Small odd networks, each made from a seed: what a real one may look like in its worst month.

A `Pool` holds returns that went the whole way in, as CSV bytes through the intake. A network is
some of its members and some of what they sent, with dates, targets, meetings and actions of its
own, so that forty networks cost little more than one.
"""

import csv
import io
import random
import shutil
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from PIL import Image

from anchornet import settings as settings_
from anchornet.facts.build import (
    add_member,
    decide_match,
    enrich,
    load_organisations,
    merge_organisations,
    open_network,
)
from anchornet.indicators.figures import OWN
from anchornet.indicators.promises import promises
from anchornet.intake.submit import send_nil, submit
from anchornet.periods import add_months
from anchornet.returns.declaration import RETURNS
from anchornet.setting_values import PROJECT, Logo
from anchornet.store.actions import close_action, record_action
from anchornet.store.area_statistics import record_area_fact
from anchornet.store.asks import approve, write
from anchornet.store.database import Database, utc_now
from anchornet.store.framework import load_framework
from anchornet.store.meetings import record_meeting
from anchornet.store.needs import Need, record_event, record_need
from anchornet.store.network import DueDates, set_due_dates
from anchornet.store.targets import Target, record_targets
from tests import keys
from tests.networks import agreements
from tests.networks.agreements import LESSER, SMALL, WHOLE, Asked, Plan

LONG_AGO = datetime(2020, 1, 1)
FIRST, MONTHS = date(2025, 7, 1), 15
BY = "someone@sample.example.org"
NAMES = ("living_wage", "local_hires", "retention", "spend")
# Inside the area (deciles 1 and 5), in the wider area, elsewhere in England, in Wales, in Scotland,
# in Northern Ireland, on Jersey, a part of one, one that there isn't, none.
POSTCODES = (
    "M40 8QA", "M23 1PW", "OL1 1NL", "SK4 4JL", "LS1 1UR", "BR2 0XT", "CF10 1EP", "EH1 1YZ",
    "BT1 5GS", "JE2 3XP", "M23", "ZZ1 1ZZ", "",
)  # fmt: skip
UNKNOWN = ("ZZ1 1ZZ", "")
HOMES = ("E05011366", "E01033678", "E01005073", "E01005860", "E05015027", "outside", "not_known")
PATHWAYS = ("standard", "pre_employment", "apprenticeship")
REDACTED = "REDACTED PERSONAL DATA"
MEMBERS = {
    "council": ("Sample City Council", "council", "GB-LAE-X1"),
    "hospital": ("Sample Hospital", "nhs", "GB-NHS-X1"),
    "clinic": ("Sample Clinic", "nhs", "GB-NHS-X2"),
    "university": ("Sample University", "university", "GB-UKPRN-10000001"),
    "homes": ("Sample Homes", "housing_association", "GB-COH-01234567"),
}
# What a register has of one supplier that members pay, under another number than they give.
REGISTERED = ("SUPPLIER 4 LIMITED", "GB-LAE-Q4", "OL1 1NL")
REGISTER = "councils-2026-01-05"
WORDS = {"introduced": "Trade Circle", "open": "It came to nothing"}
LENGTHS = (13, 6, 3, 2, 2)  # months that a member of the pool has


@dataclass(frozen=True)
class Sent:
    """One return as it was accepted; `rows` are the cells of its lines."""

    submission_id: int
    member_id: str
    return_name: str
    period: date
    accepted_at: datetime
    nil: bool
    rows: tuple[dict[str, str], ...]


@dataclass(frozen=True)
class Member:
    member_id: str
    name: str
    kind: str
    org_id: str | None
    starts_on: date | None = None
    ends_on: date | None = None
    successor_id: str | None = None


@dataclass
class Network:
    """All that there is of a network, for whoever works its figures out again."""

    seed: int
    members: tuple[Member, ...]
    sent: tuple[Sent, ...]
    withdrawn: dict[int, datetime] = field(default_factory=dict)
    due: dict[date, date] = field(default_factory=dict)
    targets: list[tuple[datetime, Target]] = field(default_factory=list)
    meetings: list[tuple[str, datetime]] = field(default_factory=list)
    actions: list[dict[str, Any]] = field(default_factory=list)
    area_facts: dict[str, float] = field(default_factory=dict)
    plans: list[tuple[datetime, Plan]] = field(default_factory=list)
    needs: list[Asked] = field(default_factory=list)
    # Of a need's number: organisation, agreement, lot and measure of what it was agreed with.
    matched: dict[int, tuple[str, str, str, str]] = field(default_factory=dict)
    partners: tuple[tuple[str, str, str], ...] = ()  # name, postcode, roles
    is_merged: bool = False  # whether two of the directory's names are one organisation
    refused: str | None = None  # the supplier that somebody said is not the register's
    has_ask: bool = False  # whether a text of what it asks for was approved
    today: date = date(2020, 1, 1)  # when its needs are looked at
    fewest: int = 4  # members of which figures of people are for others, too
    now: datetime = LONG_AGO


def reference_folder(folder: Path) -> Path:
    """The tables that ship, with the postcodes that are used here and a few of each authority."""
    shipped, used = PROJECT / "data" / "reference", folder / "reference"
    shutil.copytree(shipped, used, ignore=shutil.ignore_patterns("postcodes.parquet"))
    places = ", ".join(f"'{place}'" for place in (*POSTCODES, *HOMES))
    duckdb.sql(
        f"""
        copy (
            from read_parquet('{shipped / "postcodes.parquet"}')
            where postcode in ({places}) or lsoa21_code in ({places})
                or lad_code like 'E0800000%' and postcode like '%0%A_'
                or lad_code = 'E08000010' and postcode like '%0%A_'
            order by postcode
        ) to '{used / "postcodes.parquet"}' (format parquet)
        """
    )
    return used


class Pool:
    """Returns of five members that were sent for up to fifteen months, in one database."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random = random.Random(f"pool {seed}")
        Image.new("RGB", (8, 8)).save(folder / "logo.png")
        self.settings = replace(
            settings_.load(environment={}),
            database=folder / "pool.duckdb",
            reference=reference_folder(folder),
            logo=Logo(".png", (folder / "logo.png").read_bytes()),
        )
        self.database: Database = open_network(self.settings, create=True)
        keys.known(self.database)
        for member_id, (name, kind, org_id) in MEMBERS.items():
            add_member(self.database, member_id, name, kind, org_id=org_id, now=LONG_AGO)
        load_framework(self.database, WHOLE.toml(), by=BY, now=LONG_AGO)
        listed = "\n".join(",".join(one) for one in agreements.PARTNERS)
        text = f"name,postcode,roles\n{listed}\n"
        load_organisations(self.database, text.encode(), by=BY)
        merge_organisations(self.database, *agreements.MERGED, by=BY)
        self.sent: list[Sent] = []
        self.promised: list[Sent] = []
        order = list(MEMBERS)
        self.random.shuffle(order)
        for member_id, length in zip(order, LENGTHS, strict=True):
            first = self.random.randint(0, MONTHS - length)
            months = [add_months(FIRST, first + n) for n in range(length)]
            Sender(self, member_id).send(months)
            self._send_promises(seed, member_id, months)
        register = folder / f"{REGISTER}.csv"
        register.write_text(f"name,org_id,postcode\n{','.join(REGISTERED)}\n")
        enrich(self.database, {"list": [register]}, by=BY, now=LONG_AGO)
        self._keep_times()

    def _send_promises(self, seed: int, member_id: str, months: list[date]) -> None:
        chance = random.Random(f"promises {seed} {member_id}")
        promised = agreements.promises_of(chance, member_id, MEMBERS[member_id][0])
        quarters = [month for month in months if month.month % 3 == 0]
        sender = Sender(self, member_id, chance)
        for number, month in enumerate(quarters):
            end = add_months(month, 1) - timedelta(days=1)
            # One may be listed from a later quarter on, and no longer in the last.
            some = [one for one in promised if chance.random() > 0.1]
            rows = [agreements.line(one, number, end) for one in some]
            if not rows or chance.random() < 0.1:
                continue
            sender.send_promises(rows, month)

    def _keep_times(self) -> None:
        """Gives each submission the moment that the pool has it accepted at."""
        with self.database.writing() as cursor:
            for sent in [*self.sent, *self.promised]:
                moment = [sent.accepted_at, sent.submission_id]
                cursor.execute(
                    "update submissions set accepted_at = ? where submission_id = ?", moment
                )
                cursor.execute("update additions set added_at = ? where submission_id = ?", moment)
            for table in ("organisations", "organisation_merges"):
                cursor.execute(f"update {table} set recorded_at = ?", [LONG_AGO])
            cursor.execute("create table pooled as from submissions")
            cursor.execute("create table pooled_additions as from additions")
            cursor.execute("create table pooled_organisations as from organisations")
            cursor.execute("create table pooled_merges as from organisation_merges")
            cursor.execute("create table pooled_matches as from register_matches")

    def close(self) -> None:
        self.database.close()

    def network(self, seed: int) -> Network:
        """The network of a seed, and the database made into it."""
        network = draw(self, seed)
        settings = replace(self.settings, fewest_members_for_people=network.fewest)
        self.database.settings = settings
        with self.database.writing() as cursor:
            for table in (
                "submissions", "additions", "withdrawals", "members", "targets", "meetings",
                "actions", "area_facts", "periods", "figures", "figure_decisions",
                "frameworks", "needs", "need_events", "organisations", "organisation_merges",
                "asks", "ask_decisions", "register_matches",
            ):  # fmt: skip
                cursor.execute(f"delete from {table}")
            cursor.execute("insert into register_matches from pooled_matches")
            ids = [sent.submission_id for sent in network.sent]
            for table, pooled in (("submissions", "pooled"), ("additions", "pooled_additions")):
                cursor.execute(
                    f"insert into {table} from {pooled} "
                    "where submission_id in (select unnest($ids::integer[]))",
                    {"ids": ids},
                )
            for member in network.members:
                values = [*vars(member).values(), LONG_AGO, BY]
                names = f"{', '.join(vars(member))}, recorded_at, recorded_by"
                cursor.execute(
                    f"insert into members ({names}) values ({', '.join('?' * len(values))})", values
                )
            names = [name for name, _, _ in network.partners]
            cursor.execute(
                "insert into organisations from pooled_organisations "
                "where name in (select unnest($names::varchar[]))",
                {"names": names},
            )
            if network.is_merged:
                cursor.execute("insert into organisation_merges from pooled_merges")
            for number, moment in network.withdrawn.items():
                cursor.execute(
                    "insert into withdrawals values (?, ?, ?, 'Wrong file')", [number, moment, BY]
                )
        for period, due_on in network.due.items():
            later = [due_on + timedelta(days) for days in (0, 10, 40)]
            set_due_dates(self.database, period, DueDates(*later), by=BY, now=LONG_AGO)
        for moment, target in network.targets:
            record_targets(self.database, [target], by=BY, now=moment)
        for name, moment in network.meetings:
            record_meeting(self.database, name, moment, BY, now=LONG_AGO)
        for action in network.actions:
            details = {
                name: action[name] for name in ("indicator", "member_id", "what", "who", "due_on")
            }
            number = record_action(self.database, **details, by=BY, now=action["opened_at"])
            if action["closed_at"]:
                closed_at = action["closed_at"]
                close_action(self.database, number, "It was done.", by=BY, now=closed_at)
        for name, value in network.area_facts.items():
            record_area_fact(
                self.database,
                name,
                value,
                source="Census",
                year=2021,
                by=BY,
                now=datetime(2022, 1, 1),
            )
        for moment, plan in network.plans:
            load_framework(self.database, plan.toml(), by=BY, now=moment)
        if network.refused:
            name_key = network.refused.removesuffix(" Ltd").replace(" ", "").upper()
            decide_match(self.database, name_key, REGISTERED[1], "refused", by=BY, now=network.now)
        self._ask(network)
        if network.has_ask:
            version = write(self.database, "More time.\n\n- And money", by=BY, now=network.now)
            approve(self.database, version, BY, now=network.now)
        return network

    def _ask(self, network: Network) -> None:
        """Records the network's needs, and what became of each."""
        sent = [one.period for one in network.sent if one.return_name == "commitments"]
        quarter = [max(sent)] if sent else []
        frame = promises(self.database, quarter, OWN) if network.needs else None
        listed = [] if frame is None else frame.to_dict("records")
        start = datetime.combine(network.today, datetime.min.time())
        for number, asked in enumerate(network.needs):
            moment = start + timedelta(days=asked.asked)
            day = network.today + timedelta(days=asked.needed_by) if asked.needed_by else None
            need = Need(
                asked.organisation, asked.outcome, asked.kind, asked.what,
                network.today + timedelta(days=asked.review_on), asked.how_much, asked.area, day,
            )  # fmt: skip
            need_id = record_need(self.database, need, by=BY, now=moment)
            row = listed[number % len(listed)] if listed else None
            if row is not None and any(state == "agreed" for state, _ in asked.events):
                network.matched[number] = (
                    row["organisation"], row["agreement_ref"], row["lot"] or "", row["measure"]
                )  # fmt: skip
            for state, days in asked.events:
                record_event(
                    self.database, need_id, state, by=BY, role="Coordinator",
                    words=WORDS.get(state, ""),
                    promise=row["promise"] if row and state == "agreed" else None,
                    now=start + timedelta(days=days, hours=9),
                )  # fmt: skip


class Sender:
    """One member of the pool: how large it is, and what is odd about what it sends."""

    def __init__(self, pool: Pool, member_id: str, chance: random.Random | None = None) -> None:
        self.pool, self.member_id, self.random = pool, member_id, chance or pool.random
        choose = self.random.choice
        self.people = choose([3, 12, 60, 60, 400])
        self.pounds = choose([900, 40_000, 40_000, 3_000_000])
        self.unknown = choose([0.0, 0.1, 0.4, 0.97, 1.0])
        self.credit = choose(["none", "none", "some", "month", "ring"])
        self.steady = choose([False, False, True])
        self.noughts = choose([0.0, 0.0, 0.3])
        self.counts_applications = choose(["all", "none", "some"])
        self.rising = choose([0.0, 0.0, 0.05, -0.05])

    def send(self, months: list[date]) -> None:
        files: list[tuple[str, date, int, list[dict[str, str]]]] = []
        for number, month in enumerate(months):
            for name in NAMES:
                if self.random.random() < 0.04:
                    files.append((name, month, 0, []))
                    continue
                files.append((name, month, 0, getattr(self, name)(month, number)))
                if self.random.random() < 0.07:
                    files.append((name, month, 1, getattr(self, name)(month, number)))
        first_spend = [file for file in files if file[0] == "spend" and file[2] == 0 and file[3]]
        together = [row for _, _, _, rows in first_spend for row in rows]
        if together:
            receipts = self._submit("spend", together, None)
            by_month = {receipt.period: receipt.submission_id for receipt in receipts}
            for _, month, _, rows in first_spend:
                self._keep(by_month[month], "spend", month, 0, rows)
        for name, month, again, rows in files:
            if name == "spend" and not again and rows:
                continue
            if rows:
                (receipt,) = self._submit(name, rows, month)
            else:
                receipt = send_nil(
                    self.pool.database, RETURNS[name], member_id=self.member_id, period=month,
                    by=BY, now=datetime(2026, 11, 1),
                )  # fmt: skip
            self._keep(receipt.submission_id, name, month, again, rows)

    def send_promises(self, rows: list[dict[str, str]], month: date) -> None:
        (receipt,) = self._submit("commitments", rows, month)
        moment = datetime.combine(add_months(month, 1), datetime.min.time())
        moment += timedelta(days=self.random.choice([4, 14, 27]), hours=9)
        number = receipt.submission_id
        self.pool.promised.append(
            Sent(number, self.member_id, "commitments", month, moment, False, tuple(rows))
        )

    def _submit(self, name: str, rows: list[dict[str, str]], month: date | None) -> Any:
        file = io.StringIO()
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return submit(
            self.pool.database, RETURNS[name], file.getvalue().encode(), f"{name}.csv",
            member_id=self.member_id, by=BY, period=month, each=month is None,
            accept_warnings="As our books have it.", now=datetime(2026, 11, 1),
        )  # fmt: skip

    def _keep(
        self, number: int, name: str, month: date, again: int, rows: list[dict[str, str]]
    ) -> None:
        days = self.random.choice([4, 9, 14, 14, 19, 19, 27, 48]) + 50 * again
        moment = datetime.combine(add_months(month, 1), datetime.min.time())
        moment += timedelta(days=days, hours=9, minutes=number % 60)
        self.pool.sent.append(
            Sent(number, self.member_id, name, month, moment, not rows, tuple(rows))
        )

    def _many(self, size: float, number: int) -> int:
        if self.random.random() < self.noughts:
            return 0
        usual = size if self.steady else size * self.random.uniform(0.4, 1.6)
        return max(0, round(usual * (1 + self.rising * number)))

    def living_wage(self, month: date, number: int) -> list[dict[str, str]]:
        rows = []
        employers = self.random.sample(range(1, 8), self.random.randint(1, 4))
        for employer in [0, *employers]:
            own = employer == 0
            status = self.random.choice(
                ["accredited", "accredited", "accredited_with_milestones", "in_progress", "lapsed"]
            )
            covered = self._many(self.people, number)
            since = date(2024, employer + 1, 5)
            rows.append(
                {
                    "employer_name": MEMBERS[self.member_id][0] if own else f"Employer {employer}",
                    "employer_id": "" if own or employer % 2 else f"GB-COH-0000100{employer}",
                    "employer_postcode": POSTCODES[employer],
                    "sector": ("public", "private", "third")[employer % 3],
                    "relationship": "self" if own else ("supplier", "partner")[employer % 2],
                    "status": status,
                    "accredited_on": f"{since}",
                    "renewal_due_on": ("", f"{date(2026, employer + 3, 5)}")[employer % 2],
                    "workers_covered": str(covered),
                    "workers_uplifted": str(covered // 3),
                }
            )
        return rows

    def local_hires(self, month: date, number: int) -> list[dict[str, str]]:
        rows = []
        for pathway in self.random.sample(PATHWAYS, self.random.randint(1, 3)):
            for home in self.random.sample(HOMES, self.random.randint(1, 4)):
                if self.random.random() < self.unknown:
                    home = "not_known"
                starts = self._many(self.people / 4, number)
                counts = self.counts_applications
                counted = counts == "all" or (counts == "some" and self.random.random() < 0.5)
                rows.append(
                    {
                        "home_area": home,
                        "pathway": pathway,
                        "age_band": self.random.choice(["under_25", "25_49", "not_known"]),
                        "ethnicity": self.random.choice(["white", "global_majority", "not_known"]),
                        "out_of_work": self.random.choice(["yes", "no", "not_known"]),
                        "applications": str(starts * 5 + 3) if counted else "",
                        "offers": str(starts + 1) if counted else "",
                        "starts": str(starts),
                    }
                )
        return rows

    def retention(self, month: date, number: int) -> list[dict[str, str]]:
        rows = []
        for pathway in PATHWAYS[: 1 + number % 3]:
            for back in (1, 3, 5, 6, 7, 11, 12, 13)[self.random.randint(0, 3) :]:
                starters = self._many(self.people, number)
                in_post = round(starters * self.random.choice([0, 0.5, 0.8, 0.95, 1]))
                moved = (starters - in_post) // 2
                rows.append(
                    {
                        "cohort_month": f"{add_months(month, -back):%Y-%m}",
                        "pathway": pathway,
                        "home_area_group": "local",
                        "starters": str(starters),
                        "in_post": str(in_post),
                        "leavers_moved_on_to_work": self.random.choice(["", str(moved)]),
                    }
                )
        return rows

    def spend(self, month: date, number: int) -> list[dict[str, str]]:
        rows = []
        others = [name for name in MEMBERS if name != self.member_id]
        for supplier in self.random.sample(range(14), self.random.randint(1, 7)):
            amount = Decimal(self._many(self.pounds, number)) + Decimal("0.25") * (supplier % 4)
            name, org_id = f"Supplier {supplier} Ltd", f"GB-COH-000010{supplier:02}"
            place, branch = POSTCODES[supplier % 13], ("", "M40 8QA")[supplier == 4]
            if self.random.random() < self.unknown:
                place, branch = self.random.choice(UNKNOWN), ""
            if supplier == 12:
                name, org_id, place, branch = REDACTED, "", "", ""
            if supplier == 13:
                other = MEMBERS[self.random.choice(others)]
                name, org_id, place = other[0], other[2] or "", "M40 8QA"
            if supplier % 3 == 0:
                org_id = "" if supplier != 13 else org_id
            if self.credit == "some" and self.random.random() < 0.2:
                amount = -amount / 3
            if self.credit == "month" and number % 4 == 2:
                amount = -amount
            if self.credit == "ring" and place not in ("M40 8QA", "M23 1PW", "M23"):
                amount = -amount / 4
            rows.append(
                {
                    "supplier_name": name,
                    "supplier_id": org_id,
                    "supplier_postcode": place,
                    "branch_postcode": branch,
                    "paid_on": f"{month:%Y-%m}-14",
                    "amount_gbp": f"{amount:.2f}",
                    "category": ("Repairs", "Food", "Print", "")[supplier % 4],
                    "supplier_size": ("small", "large", "medium", "not_known")[supplier % 4],
                    "supplier_type": ("private", "vcse", "not_known")[supplier % 3],
                    "influenceable": ("yes", "no", "")[supplier % 3],
                }
            )
        return rows


# --- a network of what the pool has ---------------------------------------------------------------

AIMED_AT = (
    "starts", "local_start_share", "local_spend_share", "spend", "accredited_employers",
    "workers_covered", "retention_26_weeks", "returns_received", "retention_13_weeks",
    "sme_spend_share", "workers_uplifted", "priority_neighbourhood_start_share",
)  # fmt: skip
GOALS = {
    "starts": (3, 40, 200),
    "spend": (900, 60_000, 900_000),
    "accredited_employers": (2, 4, 6),
    "workers_covered": (20, 150, 900),
    "workers_uplifted": (7, 50, 300),
}
SHARES = {name for name in AIMED_AT if "share" in name or name.startswith(("retention", "returns"))}


def draw(pool: Pool, seed: int) -> Network:
    chance = random.Random(seed)
    length = chance.choice([1, 1, 2, 2, 3, 3, 4, 5, 7, 8, 12, 13, 15, 15])
    ids = chance.sample(list(MEMBERS), chance.choice([1, 2, 2, 3, 3, 4, 5]))
    of_these = [sent.period for sent in pool.sent if sent.member_id in ids]
    earliest, latest = min(of_these), max(of_these)
    last = add_months(latest, -chance.choice([0, 0, 1, 3]))
    last = max(last, earliest)
    first = max(add_months(last, 1 - length), FIRST)
    members = _members(chance, ids, first, last)
    lost = chance.choice([0.0, 0.0, 0.1, 0.3])
    never = {(member_id, name) for member_id in ids for name in NAMES if chance.random() < 0.07}
    sent = tuple(
        sent
        for sent in pool.sent
        if sent.member_id in ids
        and first <= sent.period <= last
        and (sent.member_id, sent.return_name) not in never
        and chance.random() >= lost
        and _in_network(members, sent)
    )
    network = Network(seed, tuple(members), sent)
    if not sent:  # a network in which nothing was sent says nothing
        return draw(pool, seed + 100_000)
    network.fewest = chance.choice([4, 1, 1])
    last_moment = max(one.accepted_at for one in sent)
    for one in sent:
        gone = one.accepted_at + timedelta(days=3)
        if chance.random() < 0.02 and gone <= last_moment:
            network.withdrawn[one.submission_id] = gone
    periods = sorted({one.period for one in sent})
    for period in periods:
        if chance.random() < 0.1:
            network.due[period] = add_months(period, 1) + timedelta(chance.randint(4, 30))
    network.now = max(one.accepted_at for one in sent) + timedelta(days=chance.choice([0, 1, 12]))
    _add_targets(chance, network, periods)
    _add_meetings(chance, network)
    _add_actions(chance, network)
    if chance.random() < 0.5:
        network.area_facts["jobs_in_area"] = chance.choice([500, 20_000, 410_000])
    if chance.random() < 0.4:
        network.area_facts["residents_under_25_share"] = 0.27
        network.area_facts["residents_out_of_work_share"] = 0.2
    _add_promises(pool, network)
    return network


def _add_promises(pool: Pool, network: Network) -> None:
    """The framework, what was promised and asked for, and partners, by chances of their own."""
    chance = random.Random(f"promises {network.seed}")
    loaded = chance.choice(["none", "small", "whole", "whole", "whole", "whole", "lesser"])
    network.today = utc_now().date()
    if loaded == "whole" and network.seed % 8 == 4:  # so that few networks have one of them, too
        loaded = "lesser"
    if loaded != "none":
        network.plans.append((LONG_AGO, SMALL if loaded == "small" else WHOLE))
    if loaded == "lesser":
        network.plans.append((network.now - timedelta(days=chance.choice([1, 60])), LESSER))
    if loaded in ("whole", "lesser") and chance.random() < 0.85:
        months = {sent.period for sent in network.sent}
        first, last = min(months), max(months)
        ids = {member.member_id for member in network.members}
        promised = [
            sent
            for sent in pool.promised
            if sent.member_id in ids
            and first <= sent.period <= last
            and sent.accepted_at <= network.now
            and _in_network([*network.members], sent)
            and chance.random() < 0.9
        ]
        network.sent = (*network.sent, *promised)
    is_promised = any(sent.return_name == "commitments" for sent in network.sent)
    plan = network.plans[-1][1] if network.plans else None
    network.needs = agreements.needs_of(chance, plan, is_promised)
    network.partners = tuple(
        one for one in agreements.PARTNERS if chance.random() < chance.choice([0, 0.5, 1])
    )
    network.has_ask = chance.random() < 0.6
    paid = sorted({
        row["supplier_name"]
        for sent in pool.sent
        if sent.return_name == "spend"
        for row in sent.rows
        if row["supplier_name"].startswith("Supplier ")
    })  # fmt: skip
    network.refused = chance.choice([None, *paid])
    both = {one[0] for one in network.partners} >= {*agreements.MERGED}
    network.is_merged = both and chance.random() < 0.6


def _members(chance: random.Random, ids: list[str], first: date, last: date) -> list[Member]:
    members = [Member(member_id, *MEMBERS[member_id]) for member_id in ids]
    middle = add_months(
        first, max(1, (last.year - first.year) * 12 + last.month - first.month) // 2
    )
    for number, member in enumerate(members):
        what = chance.choice(["stays"] * 6 + ["starts late", "ends", "merges"])
        if what == "starts late":
            members[number] = replace(member, starts_on=middle)
        elif what == "ends" and len(members) > 1:
            members[number] = replace(member, ends_on=middle - timedelta(days=1))
        elif what == "merges" and number + 1 < len(members):
            heir = members[number + 1].member_id
            members[number] = replace(member, ends_on=middle - timedelta(days=1), successor_id=heir)
    return members


def _in_network(members: list[Member], sent: Sent) -> bool:
    """Whether the member was in the network at the month's end, so that it owed the return."""
    (member,) = (one for one in members if one.member_id == sent.member_id)
    end = add_months(sent.period, 1) - timedelta(days=1)
    return (member.starts_on or end) <= end <= (member.ends_on or end)


def _add_targets(chance: random.Random, network: Network, periods: list[date]) -> None:
    for indicator in AIMED_AT:
        if chance.random() < 0.45:
            continue
        share = indicator in SHARES
        goal = chance.choice(GOALS.get(indicator, (0.2, 0.45, 0.8, 0.95)))
        start = goal * chance.choice([0.5, 0.9, 1.2])
        start = min(start, 1.0) if share else start
        base, end = add_months(periods[0], -chance.choice([0, 1, 6])), add_months(periods[-1], 7)
        shape = chance.choice(["line", "line", "seasonal", "late", "past"])
        target = Target(indicator, end, goal, baseline_period=base, baseline=start)
        if shape == "seasonal":
            months = [add_months(base, step) for step in range(24)]
            ends_elsewhere = chance.random() < 0.1
            course = {
                month: min(goal * (0.6, 1.0, 1.2, 0.8)[month.month % 4], 1.0 if share else 1e9)
                for month in months
                if month < end or (month == end and ends_elsewhere)
            }
            target = Target(indicator, end, goal, profile=course)
        elif shape == "late":
            target = replace(target, baseline_period=periods[-1])
        elif shape == "past" and len(periods) > 2:
            target = replace(
                target, target_period=periods[-2], baseline_period=add_months(base, -2)
            )
        if chance.random() < 0.3:
            target = replace(target, tolerance=chance.choice([0.0, 0.05, 0.2]))
        moment = chance.choice([LONG_AGO, LONG_AGO, network.now - timedelta(days=20)])
        network.targets.append((moment, target))
        if chance.random() < 0.25:
            owner = chance.choice(network.members).member_id
            network.targets.append((moment, replace(target, member_id=owner)))


def _add_meetings(chance: random.Random, network: Network) -> None:
    moments = sorted({sent.accepted_at.date() for sent in network.sent})
    days = chance.sample(moments, min(len(moments), chance.choice([0, 1, 2, 3])))
    for number, day in enumerate(sorted(days)):
        meeting = datetime.combine(day + timedelta(days=1), datetime.min.time())
        network.meetings.append((f"Delivery group {number + 1}", meeting + timedelta(hours=9)))
    if chance.random() < 0.6:
        coming = datetime.combine(network.now.date(), datetime.min.time()) + timedelta(35, 32400)
        network.meetings.append(("Delivery group, the next", coming))


def _add_actions(chance: random.Random, network: Network) -> None:
    for number in range(chance.choice([0, 0, 1, 2, 4])):
        opened = network.now - timedelta(days=chance.choice([1, 30, 90]))
        owner = chance.choice([None, None, chance.choice(network.members).member_id])
        done = chance.random() < 0.3
        network.actions.append(
            {
                "indicator": chance.choice(AIMED_AT),
                "member_id": owner,
                "what": f"Do thing {number + 1}",
                "who": "The team",
                "due_on": opened.date() + timedelta(days=chance.choice([7, 30, 60])),
                "opened_at": opened,
                "closed_at": opened + timedelta(hours=5) if done else None,
            }
        )
