# ruff: noqa: E501 – sentences and tables stand whole.
"""Reads what a network says of who sends what and when, and of its meetings."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from anchornet.narrative import meeting, returns_status, status
from anchornet.narrative.page_sentences import coverage
from anchornet.store.actions import actions
from anchornet.store.meetings import meetings
from anchornet.store.network import due_dates
from anchornet.store.network import members as recorded_members
from anchornet.store.returns_status import own_returns
from anchornet.store.submissions import history
from anchornet.store.targets import Target, targets
from anchornet.ui import overview, queries
from anchornet.ui.filters import Filters
from tests.networks import words
from tests.networks.generator import BY, Sent
from tests.networks.promise_pages import Pieces, PromisePages, count, round_pounds, says
from tests.networks.reader import is_exception, is_open, looked_at, members_off_track
from tests.networks.truth import RETURNS, unit_of
from tests.networks.words import last_day, plus

CLOSING_DAYS, CORRECTION_DAYS = 45, 120  # after the month's end, where no dates of its own are set
PLAIN = {name: title for title, names in words.PLAIN.items() for name in names}
USUAL_TOLERANCE = 0.1
LATER = 10, 40  # days after the due date, of months with dates of their own


# What is added up of each return, by its title.
TOTALS = {
    "living_wage": {
        "Workers covered": "workers_covered",
        "Workers uplifted": "workers_uplifted",
        "Workers still below": "workers_below",
    },
    "local_hires": {
        "Applications": "applications",
        "Offers": "offers",
        "Starts": "starts",
        "Starts, full-time equivalent": "starts_fte",
    },
    "retention": {"Starters": "starters", "In post": "in_post"},
    "spend": {"Amount": "amount_gbp"},
    "commitments": {},
}
RECEIVED = {**RETURNS, "commitments": "Commitments"}


def _totals(one: Sent) -> dict[str, Fraction | None]:
    """The sums of a return's lines; None where no line says anything of it."""
    sums: dict[str, Fraction | None] = {}
    for title, column in TOTALS[one.return_name].items():
        cells = [row[column] for row in one.rows if row.get(column)]
        sums[title] = sum(map(Fraction, cells), Fraction(0)) if cells or one.nil else None
    return sums


def _total(total: Fraction, return_name: str) -> str:
    sign = "-" if total < 0 else ""
    if return_name == "spend":
        return f"{sign}£{float(abs(total)):,.2f}"
    return f"{float(total):,.3f}".rstrip("0").removesuffix(".")


def _difference(one: Sent, before: Sent) -> str:
    """`2 rows more; Starts 12 less`."""
    parts = []
    if rows := len(one.rows) - len(before.rows):
        plural = "" if abs(rows) == 1 else "s"
        parts.append(f"{abs(rows):,} row{plural} {'more' if rows > 0 else 'fewer'}")
    then = _totals(before)
    for title, total in _totals(one).items():
        difference = (total or 0) - (then[title] or 0)
        if difference:
            size = _total(abs(Fraction(difference)), one.return_name)
            parts.append(f"{title} {size} {'more' if difference > 0 else 'less'}")
    return "; ".join(parts) or "same rows and totals"


class GroupPages(PromisePages):
    """The pages of those who run a network, and of a member that sends its returns."""

    month = date(2020, 1, 1)
    member_name = ""

    def returns_board(self) -> None:
        """Of the page's month, and of one that nobody has sent anything for."""
        as_at = self.filters.as_at
        for month in (self.filters.period, plus(self.moment.months[-1], 1)):
            self.at("returns board")
            self.month = month
            self.reader.place = replace(self.reader.place, end=month, members=None)
            board = queries.board(self.database, month, as_at)
            dates = due_dates(self.database, month, as_at)
            self.text(returns_status.board(board, month, dates.due_on, self.moment.today))
            self.text(returns_status.three_dates(dates, self.moment.today))
            self.reader.read(self.reader.place, coverage(board) if len(board) else "")
            chase = returns_status.to_chase(board)
            right = {name: titles for name, titles in self._to_send() if titles}
            self.reader.said = f"{[name for name, _ in chase.values()]}"
            self.expect(
                "numbers: other members are asked", {name for name, _ in chase.values()}, {*right}
            )
            for name, names in chase.values():
                self._reminder(name, names, dates.due_on, right)
            for member_id in self.moment.owing(month):
                self._member(member_id, board, dates.due_on)

    def _to_send(self) -> Iterator[tuple[str, list[str]]]:
        """Each member that owes returns for the month, and the titles of those it has not sent."""
        for member_id in self.moment.owing(self.month):
            titles = [
                title for name, title in RETURNS.items()
                if self.moment.state(member_id, name, self.month)[0] in ("missing", "not_due")
            ]  # fmt: skip
            yield self.moment.member(member_id).name, titles

    def _reminder(
        self, name: str, names: list[str], due_on: date, right: dict[str, list[str]]
    ) -> None:
        opening, titles, ending = returns_status.asked_for(
            name, names, self.month, due_on, self.moment.today
        )
        self.member_name = name
        self.text(opening)
        self.reader.said = f"{titles}"
        self.expect("numbers: other returns are asked for", titles, right.get(name))
        self.text(ending)

    def _member(self, member_id: str, board: Any, due_on: date) -> None:
        """What the member's own page says of its returns."""
        name, today = self.moment.member(member_id).name, self.moment.today
        unsent = board[(board["member_id"] == member_id) & board["receipt"].isna()]
        self.text(returns_status.owed(name, list(unsent["return_name"]), self.month, due_on, today))
        rows = own_returns(self.database, member_id, self.month, self.filters.as_at)
        shown = {
            row["return_name"]: returns_status.state(row, due_on, today)
            for _, row in rows.iterrows()
        }
        right = {one: self._state(member_id, one) for one in shown}
        self.reader.said = f"{name}: {shown}"
        self.expect("numbers: another state of a return", shown, right)
        self.expect("numbers: a return is left out", {*RETURNS} - {*shown}, set())

    def _state(self, member_id: str, name: str) -> str:
        state, late = self.moment.state(member_id, name, self.month)
        if state in ("missing", "not_due"):
            ever = any(
                (one.member_id, one.return_name, one.period) == (member_id, name, self.month)
                and one.accepted_at <= self.moment.as_at
                for one in self.network.sent
            )
            due = words.due(self.moment.due(self.month), self.moment.today)
            return f"{'Withdrawn' if ever else 'Not started'}, {due}"
        text = {"nil": "Nil return", "corrected": "Corrected", "late": "Sent late"}.get(
            state, "Sent"
        )
        return f"{text}, first sent late" if late and state != "late" else text

    def receipts(self) -> None:
        """What each receipt says now, and what counts once it is withdrawn."""
        self.at("receipts")
        by_number = {one.submission_id: one for one in self.network.sent}
        every = history(self.database)
        self.reader.said = "receipts"
        self.expect("numbers: other receipts", {*every["submission_id"]}, {*by_number})
        for _, row in every.iterrows():
            one = by_number[row["submission_id"]]
            shown = returns_status.receipt_facts(row, own=True)
            self.reader.said = f"{row['receipt']}: {shown}"
            alike = [
                each for each in self.network.sent
                if (each.member_id, each.return_name, each.period)
                == (one.member_id, one.return_name, one.period)
            ]  # fmt: skip
            right = self._receipt(one, alike, dict(every[["submission_id", "receipt"]].to_numpy()))
            of_file = {"Sent by", "Accepted with", "SHA-256 of the file"}
            if not one.nil:
                of_file.add("File")
            shown = {name: text for name, text in shown.items() if name not in of_file}
            self.expect("numbers: another receipt", shown, right)

    def _receipt(self, one: Sent, alike: Sequence[Sent], names: dict[int, str]) -> dict[str, str]:
        """What the receipt of one return should say; `alike` are those for the same month."""
        every, when = "Month", words.month(one.period)
        if one.return_name == "commitments":
            every, when = "Quarter", words.span(one.period, "quarter")
        right = {
            "Member": self.moment.member(one.member_id).name,
            "Return": RECEIVED[one.return_name],
            every: when,
            "Received": f"{words.moment(one.accepted_at)} UTC",
        }
        if one.nil:
            right["File"] = "None: a nil return, nothing to report"
        right["Rows"] = f"{len(one.rows):,}"
        right |= {
            title: _total(total, one.return_name)
            for title, total in _totals(one).items()
            if total is not None
        }
        withdrawn = self.network.withdrawn
        stands = [each for each in alike if each.submission_id not in withdrawn]
        is_last = one in stands and one == max(stands, key=lambda each: each.submission_id)
        before = [
            each for each in alike
            if each.submission_id < one.submission_id
            and withdrawn.get(each.submission_id, datetime.max) > one.accepted_at
        ]  # fmt: skip
        if is_last and before:
            last = max(before, key=lambda each: each.submission_id)
            right["Takes the place of"] = f"{names[last.submission_id]}: {_difference(one, last)}."
        if gone := withdrawn.get(one.submission_id):
            right["Withdrawn"] = f"{words.moment(gone)} UTC, by {BY}: Wrong file"
        elif not is_last:
            right["Since then"] = "A later one was sent, which counts in its place"
        return right

    def meetings(self) -> None:
        self.at("meetings")
        as_at, today = self.moment.as_at, self.moment.today
        held = meetings(self.database)
        recorded = actions(self.database, as_at)
        self.text(meeting.agenda(held, recorded, as_at))
        rows = recorded[recorded["state"] == "open"].to_dict("records")
        past = [when for _, when in self.network.meetings if when.date() <= today]
        right = []
        for one in filter(lambda one: is_open(self.reader, one), self.network.actions):
            many = sum(when >= one["opened_at"] for when in past)
            carried = f"carried over {words.count(many)} meeting{'' if many == 1 else 's'}"
            right.append((one["what"], carried if many else "new since the last meeting"))
        self.rows(
            [(row["what"], meeting.carried_over(row["opened_at"], held, today)) for row in rows],
            right,
        )
        self._lacking()
        self.text(returns_status.membership(recorded_members(self.database), self.today))

    def _lacking(self) -> None:
        """What needs attention and has no action, of the network and of members."""
        month = self.filters.period
        seen = Filters(month, as_at=self.filters.as_at, sees_members=True)
        place = replace(
            self.reader.place, end=month, members=None, whose="The network", exact=False
        )
        self.reader.place = place
        lacking = overview.attention(self.database, seen)[2]
        likely: dict[tuple[str, str | None], bool | None] = {
            (name, None): is_exception(self.reader, name) for name in looked_at(self.reader)
        }
        likely |= members_off_track(self.reader)
        acted = {
            (one["indicator"], one["member_id"])
            for one in self.network.actions
            if is_open(self.reader, one)
        }
        said = [figure for figure, _ in lacking]
        wrong = [figure for figure in said if figure in acted or likely.get(figure) is False]
        left = [
            figure for figure, state in likely.items() if state and figure not in {*acted, *said}
        ]
        self.reader.said = f"{said}"
        self.expect("numbers: other figures lack an action", (wrong, left), ([], []))
        for (name, member_id), where in lacking:
            self.reader.place = replace(
                place,
                indicator=name,
                members=None if member_id is None else (member_id,),
                whose="The network" if member_id is None else self.moment.member(member_id).name,
            )
            self.reader.read(self.reader.place, f"{PLAIN[name]}: {where}.")
        self.reader.place = place

    def targets(self) -> None:
        self.at("targets")
        held = targets(self.database)
        self.text(status.targets_held(held))
        names = {one.member_id: one.name for one in self.network.members}
        shown = [
            [
                meeting.figure_of((one.indicator, one.member_id), names),
                status.target_by(one),
                status.path(one),
                status.tolerance(one, USUAL_TOLERANCE),
            ]
            for one in held
        ]
        self.rows(shown, [self._target(one) for one in self.held().values()])

    def held(self) -> dict[tuple[str, str | None], Target]:
        """The targets that hold in the end: of each figure the one that was recorded last."""
        last = sorted(self.network.targets, key=lambda one: one[0])
        return {(one.indicator, one.member_id): one for _, one in last}

    def _target(self, one: Target) -> tuple[str, str, str, str]:
        unit = unit_of(one.indicator)

        def number(value: float) -> str:
            exact = Fraction(str(value))
            if unit == "gbp":
                return round_pounds(exact)
            scaled = Decimal(f"{float(exact * (100 if unit == 'share' else 1)):.6f}").normalize()
            return f"{scaled:,f}{'%' if unit == 'share' else ''}"

        whose = self.moment.member(one.member_id).name if one.member_id else "the network"
        path = ""
        if one.profile:
            path = f"month by month from {words.short(min(one.profile))}"
        elif one.baseline is not None and one.baseline_period:
            path = f"straight from {number(one.baseline)} in {words.short(one.baseline_period)}"
        tolerance = USUAL_TOLERANCE if one.tolerance is None else one.tolerance
        return (
            f"{PLAIN[one.indicator]}, {whose}",
            f"{number(one.target)} by {words.short(one.target_period)}",
            path,
            f"{round(tolerance * 100)}%",
        )


@says(
    "The network has no members in {month}.",
    "Every return for {month} is in.",
    "{n:Count} (return|returns) for {month} (is|are) still to come, {due}; {many:words} (has|have) something to send.",
)
def _board(page: GroupPages, pieces: Pieces) -> None:
    page.expect("numbers: another month", pieces["month"], words.month(page.month))
    everyone = dict(page._to_send())
    lacking = [name for name, titles in everyone.items() if titles]
    many = sum(map(len, everyone.values()))
    page.expect("numbers: the network has members", "no members" in page.reader.said, not everyone)
    if "n" not in pieces:
        page.expect("numbers: returns are still to come", many, 0)
        return
    page.number("returns", pieces["n"], many)
    page.verb(many, "return", "returns")
    right = f"{words.count(len(lacking))} of {words.count(len(everyone))} members"
    if len(lacking) == len(everyone):
        right = "every member" if len(everyone) > 1 else "its one member"
    page.expect("numbers: other members have something to send", pieces["many"], right)
    has = len(lacking) == 1 or len(lacking) == len(everyone)
    page.expect("sentences: singular and plural", "has something" in page.reader.said, has)
    due = words.due(page.moment.due(page.month), page.moment.today)
    page.expect("numbers: another day", pieces["due"], due)


@says(
    "Due on {day}. Please send new returns by {closes:day} and corrections by {ends:day}; later ones are still taken.",
    "Due on {day}. Closed since {ends:day}; ask the coordinator if something must still change.",
    "Due on {day}. Closed to new returns since {closes:day}; takes corrections until {ends:day}.",
    "Due on {day}. Takes new returns until {closes:day} and corrections until {ends:day}.",
)
def _three_dates(page: GroupPages, pieces: Pieces) -> None:
    due, today = page.moment.due(page.month), page.moment.today
    binds = page.month in page.network.due
    days = LATER if binds else (CLOSING_DAYS, CORRECTION_DAYS)
    closes, ends = (
        (due if binds else last_day(page.month)) + timedelta(days=number) for number in days
    )
    right = {"day": words.day(due), "closes": words.day(closes), "ends": words.day(ends)}
    page.expect("numbers: another day", pieces, {name: right[name] for name in pieces})
    opening = "Please send new"
    if binds:
        opening = "Closed since" if today > ends else "Closed to new"
        opening = opening if today > closes else "Takes new"
    page.expect("sentences: whether it is closed", opening in page.reader.said, True)


@says(
    "(This return|These returns) of {who:words} for {month} (has|have) not come yet; (it|they) (is|are|was|were) due on {day} \\({days:words}\\):"
)
def _asked_for(page: GroupPages, pieces: Pieces) -> None:
    due, today = page.moment.due(page.month), page.moment.today
    said = [pieces[name] for name in ("who", "month", "day", "days")]
    right = [page.member_name, words.month(page.month), words.day(due)]
    days = words.due(due, today).removeprefix("due ")
    page.expect("sentences: another member, month or day", said, [*right, days])
    many = len(dict(page._to_send()).get(page.member_name, []))
    form = "This return" if many == 1 else "These returns"
    page.expect("sentences: singular and plural", page.reader.said.startswith(form), True)
    page.expect(
        "sentences: it was due", bool({"was", "were"} & {*page.reader.said.split()}), due < today
    )


@says(
    "Please send (it|them) on the page My returns. If there was nothing to report in {month}, say so there with a nil return: without it the network's figures have a gap."
)
def _please_send(page: GroupPages, pieces: Pieces) -> None:
    page.expect("numbers: another month", pieces["month"], words.month(page.month))


@says(
    "{who:words} has sent every return for {month}.",
    "{who:words} has {n:count} (return|returns) to send for {month}, {due}: {what:list}.",
)
def _owed(page: GroupPages, pieces: Pieces) -> None:
    titles = dict(page._to_send()).get(pieces["who"])
    page.expect("numbers: another month", pieces["month"], words.month(page.month))
    listed = words.listed([words.inside(title) for title in titles or []])
    page.expect("numbers: other returns are owed", pieces.get("what", ""), listed)
    if "n" in pieces:
        page.number("returns", pieces["n"], len(titles or []))
        page.verb(len(titles or []), "return", "returns")
        due = words.due(page.moment.due(page.month), page.moment.today)
        page.expect("numbers: another day", pieces["due"], due)


@says(
    "(The delivery group meets next on {day}|No meeting of the delivery group is planned); {n:count} (action is|actions are) open.",
    "The delivery group meets next on {day}; {k_of_n:part} open actions (is|are) due by then.",
)
def _agenda(page: GroupPages, pieces: Pieces) -> None:
    coming = [when for _, when in page.network.meetings if when > page.moment.as_at]
    right = words.day(min(coming)) if coming else None
    page.expect("numbers: another meeting", pieces.get("day"), right)
    opened = [one for one in page.network.actions if is_open(page.reader, one)]
    page.number("actions", pieces["n"], len(opened))
    if "k" in pieces:
        due = sum(one["due_on"] <= min(coming).date() for one in opened)
        page.number("actions due", pieces["k"], due)
        page.expect("sentences: singular and plural", "actions is" in page.reader.said, due < 2)
    elif coming and len(opened) > 1:
        page.reader.wrong("sentences: actions are due by the meeting", "how many")


@says(
    "{n:Count} (member is|members are) in the network[; {later:count} (starts|start) later][; {gone:count} (has|have) left]."
)
def _membership(page: GroupPages, pieces: Pieces) -> None:
    gone = [one for one in page.network.members if one.ends_on and one.ends_on < page.today]
    later = [one for one in page.network.members if one.starts_on and one.starts_on > page.today]
    said = [count(pieces.get(name, "no")) for name in ("n", "later", "gone")]
    here = len(page.network.members) - len(gone) - len(later)
    page.expect("numbers: another count of members", said, [here, len(later), len(gone)])


@says(
    "No target is set yet, so no figure has a status.",
    "The network is held to {n:count} (target|targets)[, and {k:count} (member is|members are) held to {own:count} of (its|their) own].",
)
def _targets_held(page: GroupPages, pieces: Pieces) -> None:
    held = page.held().values()
    owners = [one.member_id for one in held if one.member_id]
    page.expect("numbers: targets are set", "n" in pieces, bool(held))
    said = [count(pieces.get(name, "no")) for name in ("n", "k", "own")]
    right = [len(held) - len(owners), len({*owners}), len(owners)]
    page.expect("numbers: another count of targets", said, right)
    if owners:
        is_one = "member is" in page.reader.said and "its own" in page.reader.said
        page.expect("sentences: singular and plural", is_one, len({*owners}) == 1)
