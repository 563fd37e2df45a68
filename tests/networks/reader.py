# ruff: noqa: E501 – sentences stand whole.
"""Reads sentences back and checks what each claims.

A rule is a sentence with its pieces named and a function that says what is false in it. Text is
read from its start to its end, rule after rule: what no rule knows is a fault too, so that a new
sentence must be taught here with what makes it true.
"""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Any

from anchornet.facts.catalogue import BREAKDOWNS, CATALOGUE, OVERVIEW
from tests.networks import words
from tests.networks.agreements import WHOLE
from tests.networks.generator import REDACTED
from tests.networks.promises import plan_at
from tests.networks.truth import (
    FOLLOWED,
    HOME_RINGS,
    RETURNS,
    Moment,
    Value,
    amount,
    better_is_more,
    has_no_decile,
    home,
    in_part,
    is_people,
    is_stock,
    nearest,
    place_of,
    places,
    plus,
    return_of,
    seen_counts,
    seen_percents,
    status_of,
    supplier,
    unit_of,
    vary,
    window_of,
)
from tests.texts import raw_codes

STATUS = {"On track": "on_track", "Within tolerance": "within_tolerance", "Off track": "off_track"}
ENOUGH, KNOWN = Fraction(4, 5), Fraction(3, 5)  # of members, and of what is known of a share
Pieces = dict[str, str]


@dataclass(frozen=True)
class Fault:
    """Something false: which kind of thing, of which network, where, what was said, what is right."""

    kind: str
    seed: int
    where: str
    said: str
    right: str

    def __str__(self) -> str:
        return f"[{self.kind}] seed {self.seed}, {self.where}: “{self.said}” – {self.right}"


@dataclass
class Place:
    """Where something is said, and what it is said of."""

    name: str
    end: date
    window: str = "month"
    members: tuple[str, ...] | None = None
    whose: str = "The network"
    exact: bool = False
    indicator: str = ""
    shown: str | None = None  # the figure that stands beside what is read
    by_branch: bool = False
    part: Callable[[dict[str, Any]], bool] | None = None  # the lines that it is limited to


def text_of_credit(value: Value) -> str:
    """A share that credit notes make no part of a whole, in pounds."""
    part, base = value.part or Fraction(0), value.base or Fraction(0)
    return f"{words.pounds(part)} of {words.pounds(base)}"


@dataclass
class Reader:
    """Reads what is said of a network as it was known at a moment."""

    moment: Moment
    faults: list[Fault] = field(default_factory=list)
    # (indicator, window, members) -> month -> what is shown of people, from charts that list it
    seen: dict[tuple[str, str, Any], dict[date, str]] = field(default_factory=dict)
    read_texts: int = 0
    place: Place = field(default_factory=lambda: Place("", date(2020, 1, 1)))
    said: str = ""

    def wrong(self, kind: str, right: object) -> None:
        fault = Fault(kind, self.moment.network.seed, self.place.name, self.said, str(right))
        if fault not in self.faults:
            self.faults.append(fault)

    def read(self, place: Place, text: str) -> None:
        """Reads a text to its end."""
        self.place, rest = place, text.replace("\N{NO-BREAK SPACE}", " ").strip()
        plain = re.sub(r"-£0(?![.,]?\d)", "£0", rest)
        if plain != rest:
            self.said, rest = rest, plain
            self.wrong("sentences: minus nought", "£0")
        self.read_texts += 1
        if codes := raw_codes(rest):
            self.said = rest
            self.wrong("sentences: a code where there should be words", ", ".join(codes))
        while rest:
            best: tuple[re.Match[str], Callable[[Reader, Pieces], None]] | None = None
            for start, rule, check in RULES:
                if start and not rest.startswith(start):
                    continue
                match = rule.match(rest)
                if match and (best is None or match.end() > best[0].end()):
                    best = match, check
            if best is None:
                self.said = rest
                self.wrong("unread: no rule knows this sentence", "teach it, or mend it")
                return
            match, check = best
            self.said = match[0]
            check(self, words.pieces_of(match))
            rest = rest[match.end() :].strip()

    # --- what is true, for the checks ---

    def value(self, indicator: str, end: date | None = None, **other: Any) -> Value:
        place = self.place
        given = {"window": place.window, "members": place.members, **other}
        if place.part:
            return self.moment.part(indicator, end or place.end, test=place.part, **given)
        return self.moment.value(indicator, end or place.end, **given)

    def possible(self, indicator: str, end: date | None = None, **other: Any) -> frozenset[str]:
        """What may stand for a figure: one text of what is exact, several of people."""
        exact = other.pop("exact", self.place.exact)
        value = self.value(indicator, end, **other)
        if value.is_credited:
            return frozenset(
                {text_of_credit(value), "–" if value.is_gap else text_of_credit(value)}
            )
        if value.is_gap:
            return frozenset({"–"})
        part, base = value.part or Fraction(0), value.base
        window = other.get("window", self.place.window)
        if value.people and not exact and self.moment.kept(end or self.place.end, window):
            return frozenset({"for members only"})
        if not value.people or exact:
            number = part / base if base is not None else part
            return frozenset({words.figure(number, value.unit)})
        if value.unit != "share":
            return seen_counts(int(part))
        if indicator == "share_of_jobs_covered":
            return frozenset(
                "*"
                if text == "*"
                else words.figure(Fraction(text.replace(",", "")) / base, "share")
                for text in seen_counts(int(part))
                if base
            )
        return seen_percents(int(part), int(base or 0))

    def check_value(self, text: str, indicator: str, end: date | None = None, **other: Any) -> None:
        """That a text may stand for a figure."""
        possible = self.possible(indicator, end, **other)
        plain = re.sub(r"-£0(?![.,]?\d)", "£0", text)
        if plain != text:
            self.wrong("sentences: minus nought", "£0")
        if plain in possible:
            return
        value = self.value(indicator, end, **{k: v for k, v in other.items() if k != "exact"})
        kind = "numbers: a figure is another one"
        if text == "*" and "*" not in possible:
            kind = "sentences: too few, though it is another reason"
        if value.is_credited and "%" in text:
            kind = "places: a share outside 0–100%, of credit notes"
        elif return_of(indicator) == "spend" and indicator not in ("spend", "active_suppliers"):
            kind = "places: a share of spend is another one"
        elif indicator in FOLLOWED:
            kind = "places: a year of starters is not twelve cohorts"
        self.wrong(kind, f"{indicator}: {' or '.join(sorted(possible))}")

    def number(self, text: str, indicator: str, end: date | None = None, **other: Any) -> Any:
        """What a shown figure is reckoned with: of people as it is shown, else as it is."""
        if is_people(indicator) and not self.place.exact:
            return words.number_of(text)
        if text not in self.possible(indicator, end, **other):
            return words.number_of(text)  # which is said to be wrong where it stands
        value = self.value(indicator, end, **other)
        if value.is_gap:
            return None
        part = value.part or Fraction(0)
        return part / value.base if value.base is not None else part

    def shown(self, indicator: str, end: date, window: str | None = None) -> str | None:
        """What a figure shows in another month: one text, or None where several may be."""
        key = (indicator, window or self.place.window, self.place.members)
        known = self.seen.get(key, {}).get(end)
        if known is not None:
            return known
        possible = self.possible(indicator, end, window=window or self.place.window)
        return next(iter(possible)) if len(possible) == 1 else None

    def check_gap(self, gap: str, value: Any, against: Any, unit: str, kind: str) -> None:
        if value is None or against is None:
            self.wrong(kind, "there is nothing to compare")
            return
        right = words.gaps(value, against, unit)
        if "just" in gap and words.figure(value, unit) == words.figure(against, unit):
            return
        if gap not in right:
            self.wrong(kind, " or ".join(sorted(right)))

    # --- coverage ---

    def unjudged(self, indicator: str, end: date | None = None) -> set[str]:
        place = self.place
        return self.moment.unjudged(indicator, end or place.end, place.window, place.members)

    def months_seen(self) -> set[date]:
        """The months that a page may open on: the newest of which half of what is on Overview can
        be judged, else the newest that was due; several where rounding decides."""
        moment, place = self.moment, self.place
        self.place = Place("", place.end)
        ever = {name for _, name, _ in moment.current}
        names = [name for name in OVERVIEW if return_of(name) in ever]
        seen: set[date] = set()
        past = [month for month in moment.months if moment.due(month) < moment.today]
        for month in reversed(past if names else []):
            sure = maybe = 0
            for name in names:
                reasons, texts = moment.unjudged(name, month), self.possible(name, month)
                numbers = [words.number_of(text) is not None for text in texts]
                sure += reasons == {""} and all(numbers)
                maybe += "" in reasons and any(numbers)
            if 2 * maybe >= len(names):
                seen.add(month)
            if 2 * sure >= len(names):
                break
        else:
            right = moment.month_seen()
            seen |= {right} if right else set()
        self.place = place
        return seen

    def judged(self, indicator: str, shown: str, end: date | None = None) -> str | None:
        """The status that a figure has by its target; None without one."""
        end = end or self.place.end
        one = self.place.members[0] if self.place.members and len(self.place.members) == 1 else None
        target = self.moment.target(indicator, one)
        more = better_is_more(indicator)
        number = self.number(shown, indicator, end)
        if target is None or number is None:
            return None
        profile = self.moment.profile(target, end, self.place.window)
        if profile is None:
            return None
        tolerance = 0.1 if target.tolerance is None else target.tolerance
        return status_of(float(number), profile, tolerance, more is not False)

    def profile(self, indicator: str) -> float | None:
        one = self.place.members[0] if self.place.members and len(self.place.members) == 1 else None
        target = self.moment.target(indicator, one)
        return (
            None
            if target is None
            else self.moment.profile(target, self.place.end, self.place.window)
        )

    def check_status(self, status: str, indicator: str, shown: str) -> None:
        """A chip: a status, or why there is none."""
        value, right = self.value(indicator), self.judged(indicator, shown)
        reasons, more = self.unjudged(indicator), better_is_more(indicator)
        reason = sorted(reasons)[0]
        if status in STATUS:
            if "" not in reasons:
                self.wrong(*why_not(reason, value))
            elif more is None:
                self.wrong("judging: more spend is called better", "no status")
            elif right is None:
                self.wrong("judging: a status is another one", "there is nothing to judge by")
            elif STATUS[status] != right:
                self.wrong("judging: a status is another one", right)
            return
        given = [of for of, pattern in REASONS.items() if re.fullmatch(pattern, status)]
        if given and not reasons & {*given}:
            self.wrong(
                "judging: there is another reason not to judge", reason or "it can be judged"
            )
        match = re.match(r"(\d+) of (\d+) members?", status)
        if match and (int(match[1]), int(match[2])) != (value.sent, value.owing):
            self.wrong("numbers: another count of members", f"{value.sent} of {value.owing}")
        if not given and right is not None and reasons == {""} and more is not None:
            self.wrong("judging: a status is missing", right)

    def check_travel(self, word: str, indicator: str, before: date, now: str | None) -> None:
        """A direction since an earlier period, of two figures of the same window."""
        then = self.shown(indicator, before)
        unit, more = unit_of(indicator), better_is_more(indicator)
        for end in (self.place.end, before):
            if "" not in self.unjudged(indicator, end):
                kind, right = why_not(
                    sorted(self.unjudged(indicator, end))[0], self.value(indicator, end)
                )
                kind = kind.replace("a status", "a direction")
                self.wrong(kind, f"{words.short(end)}: {right}")
                return
        if more is None and word in ("better", "worse"):
            self.wrong("judging: more spend is called better", "no direction")
            return
        name = return_of(indicator)
        others = bool(
            name
            and unit != "share"
            and self._senders(indicator, name, self.place.end)
            != self._senders(indicator, name, before)
        )
        if ("other members" in word) != others:
            if others:
                self.wrong("judging: a direction between sums of other members", "like for like")
            else:
                self.wrong("judging: the same members", "they are comparable")
            return
        if others or now is None or then is None:
            return
        a, b = self.number(now, indicator), self.number(then, indicator, before)
        if a is None or b is None:
            self.wrong("judging: a direction is another one", "there is nothing to compare")
            return
        right = "better" if (a > b) == (more is not False) else "worse"
        if more is None:
            right = "higher" if a > b else "lower"
        if words.figure(a, unit) == words.figure(b, unit):
            right = "about the same"
            if word != right:
                self.wrong("judging: a change smaller than the rounding is better or worse", right)
        elif word != right:
            self.wrong("judging: a direction is another one", right)

    def _senders(self, indicator: str, name: str, end: date) -> list[str]:
        """Who sent, month by month: a member and those whose place it took are one where all of
        them sent that could, and each is itself where only some did."""
        moment = self.moment
        months = [end] if is_stock(indicator) else window_of(end, self.place.window)
        everyone = []
        for month in months:
            sent = moment.senders(name, month, self.place.members)
            could = {*moment.owing(month), *moment.senders(name, month)}
            lineages = {one: could & {*moment.lineage(one)} for one in sent}
            whole = {moment.last(one) for one in sent if lineages[one] <= {*sent}}
            parts = [f"only {one}" for one in sent if moment.last(one) not in whole]
            everyone += [*whole, *parts]
        return sorted(everyone)

    def number_of(self, text: str, name: str, end: date, members: Collection[str]) -> Any:
        """As `number`, of certain members."""
        return self.number(text, name, end, members=tuple(sorted(members)))

    def member_id(self, name: str) -> str | None:
        return next(
            (one.member_id for one in self.moment.network.members if one.name == name), None
        )

    @property
    def when(self) -> str:
        return words.span(self.place.end, self.place.window)

    @property
    def board(self) -> list[tuple[str, str, str, bool]]:
        """(member, return, state, late) of the month."""
        return self.board_of(self.place.end)

    def board_of(self, month: date) -> list[tuple[str, str, str, bool]]:
        return [
            (member, name, *self.moment.state(member, name, month))
            for member in self.moment.owing(month, self.place.members)
            for name in RETURNS
        ]

    def expect(self, kind: str, said: object, right: object) -> None:
        if said != right:
            self.wrong(kind, right)


# Why a figure has no status, as a chip says it; each with what is true of it.
REASONS = {
    "few members": r"Nobody was asked|\d+ of \d+ members? so far(?:, \d+ of \d+ months)?",
    "few months": r"\d+ of \d+ months so far",
    "mostly unknown": r"\d+% not known",
    "beginning": r"A beginning: its first (?:month|quarter)",
    "not due": r"Not due yet|Nobody was asked",
    "in pounds": r"With credit notes, in pounds",
}


def why_not(reason: str, value: Value) -> tuple[str, str]:
    """The kind of fault that a status is where there should be none, and what is right."""
    return {
        "few members": (
            "judging: a status from too few members", f"{value.sent} of {value.owing} members so far"
        ),
        "few months": ("judging: a status from too few months", "so many months so far"),
        "mostly unknown": (
            "places: a status of a share of which most is not known",
            f"only {words.figure(value.known, 'share')} is known",
        ),
        "beginning": ("judging: a status of a beginning", "its first month"),
        "not due": ("judging: a status of what is not due", "not due yet"),
        "in pounds": ("places: a share outside 0–100%, of credit notes", "no status"),
    }[reason]  # fmt: skip


RULES: list[tuple[str, re.Pattern[str], Callable[[Reader, Pieces], None]]] = []
Check = Callable[[Reader, Pieces], None]


def says(*templates: str) -> Callable[[Check], Check]:
    """The rule of a sentence, or of several ways to say the same."""

    def add(check: Check) -> Check:
        for template in templates:
            start = re.split(r"[{(\[\\|]", template)[0]
            RULES.append((start, words.pattern(template), check))
        return check

    return add


def number(text: str) -> int:
    value = words.number_of(text.lower())
    return -1 if value is None else round(value)


@cache
def indicators_of(text: str) -> tuple[str, ...]:
    return tuple(words.INSIDE.get(text) or words.PLAIN.get(text) or [words.TITLES[text]])


def subject(reader: Reader, text: str, value: str = "") -> str:
    """The indicator that a title in a sentence stands for: of two, the one of the value's unit."""
    names = indicators_of(text)
    if reader.place.indicator in names:
        return reader.place.indicator
    alike = [name for name in names if (unit_of(name) == "share") == ("%" in value)]
    return (alike or list(names))[0]


# --- what is always true --------------------------------------------------------------------------


@says(
    "People are rounded to 5, a few more or fewer on purpose, so that nobody can be told apart.",
    "A cohort is everybody who started in one month. One that is not old enough yet is in neither the share nor its base.",
    "* stands for 1 to 7 people.",
    "▲ better, ▼ worse, = about the same as in the period before.",
    "By the suppliers' registered addresses.",
    "By the suppliers' registered addresses: by ward inside the outline, by local authority beyond it.",
    "People are split by two things at once at most. Choose everywhere, or the network, to see them by pathway and home.",
    "Home wards are shown of the whole network, everywhere, over twelve months.",
    "An offer is not a start.",
    "Some of them work outside it, so read it as a scale.",
    "(Homes|Employers) beyond the map, and those not known by ward, are not on it.",
    "A figure that carries over from month to month has no usual range.",
    "Map of spend by ward.",
    "Sample data: everything in this network is invented.",
)  # fmt: skip
def _always(reader: Reader, pieces: Pieces) -> None:
    """Nothing to check."""


# --- Overview -------------------------------------------------------------------------------------


def overview_rows(reader: Reader) -> dict[str, tuple[str | None, str | None]]:
    """indicator -> (what is shown, its status) of those on Overview that have a figure."""
    rows = {}
    for name in OVERVIEW:
        shown = reader.shown(name, reader.place.end)
        if shown is None or words.number_of(shown) is not None or " of £" in shown:
            rows[name] = (shown, None if shown is None else reader.judged(name, shown))
    return rows


def fair(reader: Reader, name: str) -> bool | None:
    """Whether a figure may be judged at all; None where rounding decides."""
    reasons = reader.unjudged(name)
    if better_is_more(name) is None or "" not in reasons:
        return False
    return True if reasons == {""} else None


def check_judged(reader: Reader, on_track: int | None, of: int) -> None:
    """How many are on track of how many that have a target."""
    rows = overview_rows(reader)
    if any(shown is None or fair(reader, name) is None for name, (shown, _) in rows.items()):
        return
    judged = {name: status for name, (_, status) in rows.items() if status}
    fairly = {name: status for name, status in judged.items() if fair(reader, name)}
    if of != len(fairly):
        unfair = sorted(set(judged) - set(fairly))
        if of == len(judged) and unfair:
            few = [name for name in unfair if "mostly unknown" not in reader.unjudged(name)]
            kind = "judging: the headline counts figures of too few members"
            if not few:
                kind = "places: the headline counts shares of which most is not known"
            self_right = f"{len(fairly)} can be judged, not {', '.join(unfair)}"
            reader.wrong(kind, self_right)
        else:
            reader.wrong("judging: the headline counts other figures", f"{len(fairly)}")
        return
    right = sum(status == "on_track" for status in fairly.values())
    if on_track is not None and on_track != right:
        reader.wrong("judging: the headline counts other figures", f"{right} of {len(fairly)}")


@says("{whose:list}: in {span} {rest:words}.", "{whose:list}: the figures for {span} {rest:words}.",
      "{whose:list}: there are {rest:words}.", "There are no figures[ that can be shown] for {span} yet.")  # fmt: skip
def _no_figures(reader: Reader, pieces: Pieces) -> None:
    if "rest" in pieces:
        whose, rest = pieces["whose"], reader.said.partition(": ")[2]
        reader.expect("sentences: whose figures these are", whose, reader.place.whose)
        reader.read(reader.place, rest[:1].upper() + rest[1:])
        return
    reader.expect("numbers: another span", pieces["span"], reader.when)
    texts = {name: reader.possible(name) for name in OVERVIEW}
    if any(all(words.number_of(text) is not None for text in those) for those in texts.values()):
        reader.wrong("sentences: there are figures", "some are known")
    if all(those == {"–"} for those in texts.values()) == ("can be shown" in reader.said):
        reader.wrong("sentences: there are figures that can't be shown", texts)


@says(
    "In {span} {k_of_n:part} indicators (is|are) on track; furthest behind is {inside}, {gap} profile.",
    "In {span} {k_of_n:part} indicators that can be judged (is|are) on track; furthest behind is {inside}, {gap} profile.",
    "In {span} {k_of_n:part} indicators (is|are) on track; furthest behind is {inside}, {gap} its profile.",
    "In {span} the one indicator with a target is not on track; furthest behind is {inside}, {gap} profile.",
)  # fmt: skip
def _behind(reader: Reader, pieces: Pieces) -> None:
    reader.expect("numbers: another span", pieces["span"], reader.when)
    on_track = number(pieces["k"]) if "k" in pieces else 0
    check_judged(reader, on_track, number(pieces["n"]) if "n" in pieces else 1)
    name = subject(reader, pieces["inside"], "%" if "point" in pieces["gap"] else "")
    shown, profile = reader.shown(name, reader.place.end), reader.profile(name)
    if fair(reader, name) is False:
        value = reader.value(name)
        reader.wrong(
            "judging: the headline names a figure of too few members"
            if "mostly unknown" not in reader.unjudged(name)
            else "places: the headline names a share of which most is not known",
            f"{name}: {value.sent} of {value.owing} members, {float(value.known):.0%} known",
        )
    if shown is not None:
        now = reader.number(shown, name)
        reader.check_gap(
            pieces["gap"], now, profile, unit_of(name), "numbers: another gap to profile"
        )
    behind = {}
    for other, (text, status) in overview_rows(reader).items():
        against = reader.profile(other)
        value = None if text is None else reader.number(text, other)
        judged = status and status != "on_track" and fair(reader, other)
        if judged and value is not None and against is not None:
            behind[other] = float(against - float(value)) / (abs(against) or 1)
    if behind and name in behind and behind[name] < max(behind.values()) - 1e-9:
        reader.wrong(
            "sentences: another one is further behind", max(behind, key=behind.__getitem__)
        )


@says(
    "In {span} the one indicator with a target is on track.",
    "In {span} {k_of_n:part} indicators with a target are on track.",
)
def _all_on_track(reader: Reader, pieces: Pieces) -> None:
    reader.expect("numbers: another span", pieces["span"], reader.when)
    check_judged(reader, number(pieces.get("k", "one")), number(pieces.get("n", "one")))


@says("In {span} the figure for {inside} was {value}; no figure is judged against a target yet.")
def _no_target(reader: Reader, pieces: Pieces) -> None:
    reader.expect("numbers: another span", pieces["span"], reader.when)
    reader.check_value(pieces["value"], subject(reader, pieces["inside"]))
    check_judged(reader, None, 0)


@says("The figures for {span} can't be judged yet: {why:words}.")
def _unjudged(reader: Reader, pieces: Pieces) -> None:
    reader.expect("numbers: another span", pieces["span"], reader.when)
    shown = overview_rows(reader)
    rows = [name for name in shown if fair(reader, name) and shown[name][1]]
    if rows:
        reader.wrong("judging: figures that can be judged", rows)


@says(
    "With fewer than {n:count} members in {month}, figures of people are for the member they come from only: of so few, each could work out another's."
)
def _kept(reader: Reader, pieces: Pieces) -> None:
    reader.expect(
        "numbers: another count of members", number(pieces["n"]), reader.moment.network.fewest
    )
    few = len(reader.moment.owing(words.period_of(pieces["month"])))
    if few >= reader.moment.network.fewest:
        reader.wrong("numbers: another count of members", few)


@says("Every return is in.")
def _every_return(reader: Reader, pieces: Pieces) -> None:
    lacking = [row for row in reader.board if row[2] in ("missing", "not_due")]
    if lacking:
        reader.wrong("numbers: returns are missing", lacking)


@says("{n:Count} (return is|returns are) not due yet.")
def _not_due(reader: Reader, pieces: Pieces) -> None:
    waiting = sum(row[2] == "not_due" for row in reader.board)
    reader.expect("numbers: another count of returns", number(pieces["n"]), waiting)


@says("The network has no members in this month.", "The one member has returns missing.")
def _one_member(reader: Reader, pieces: Pieces) -> None:
    members = {row[0] for row in reader.board}
    reader.expect("numbers: another count of members", "one" in reader.said, len(members) == 1)


@says("{k_of_n:part} members (has|have) returns missing.")
def check_lacking(reader: Reader, pieces: Pieces) -> None:
    rows = reader.board
    lacking = {row[0] for row in rows if row[2] == "missing"}
    right = (len(lacking), len({row[0] for row in rows}))
    said = (number(pieces.get("k", "none")), number(pieces["n"]))
    reader.expect("numbers: another count of members", said, right)
    verb = "has" if right[0] < 2 else "have"
    if f" {verb} " not in reader.said:
        reader.wrong("sentences: singular and plural", verb)


@says(
    "{k:n} of {n} return(s|) (is|are) in[, {late:n} of them late][; {missing:n} (is|are) missing][; {waiting:n} (is|are) not due yet]."
)
def _coverage(reader: Reader, pieces: Pieces) -> None:
    states = [row[2] for row in reader.board]
    missing, waiting = states.count("missing"), states.count("not_due")
    late = sum(row[3] for row in reader.board)
    right = (len(states) - missing - waiting, len(states), late, missing, waiting)
    said = tuple(number(pieces.get(name, "0")) for name in ("k", "n", "late", "missing", "waiting"))
    reader.expect("numbers: another count of returns", said, right)
    for name, many in (("missing", missing), ("not due yet", waiting)):
        if many and f"{many:,} {'is' if many == 1 else 'are'} {name}" not in reader.said:
            reader.wrong("sentences: singular and plural", f"{many} {name}")


@says("No returns are due: add members first.")
def _nobody(reader: Reader, pieces: Pieces) -> None:
    if reader.board:
        reader.wrong("numbers: another count of members", len(reader.board))


# --- one figure: tile, panel, chart ---------------------------------------------------------------


@says("Target {value}", "Target {value} by {target_month:short_year}")
def _target(reader: Reader, pieces: Pieces) -> None:
    one = (
        reader.place.members[0] if reader.place.members and len(reader.place.members) == 1 else None
    )
    target = reader.moment.target(reader.place.indicator, one)
    if target is None or (is_seasonal(target) and target.target_period != reader.place.end):
        reader.wrong("judging: there is no such target", "none")
        return
    goal = reader.moment.profile(target, target.target_period, reader.place.window)
    if goal is not None:
        right = words.figure(goal, unit_of(reader.place.indicator))
        reader.expect("numbers: another target", pieces["value"], right)
    if "target_month" in pieces:
        month = words.month(target.target_period)
        if not month.startswith(pieces["target_month"][:3]) or not month.endswith(
            pieces["target_month"][-4:]
        ):
            reader.wrong("numbers: another target's month", month)


@says("{gap} profile of {profile:value}.", "{gap} profile of {profile:value}")
def _against(reader: Reader, pieces: Pieces) -> None:
    name = reader.place.indicator
    check_profile(reader, name, reader.place.shown, pieces["gap"], pieces["profile"])


def is_seasonal(target: Any) -> bool:
    """Whether a profile goes up and down, so that its end says nothing of a month on the way."""
    points = dict(target.profile or {})
    if target.baseline_period and target.baseline is not None:
        points.setdefault(target.baseline_period, target.baseline)
    points.setdefault(target.target_period, target.target)
    values = [value for _, value in sorted(points.items())]
    steps = [after - before for before, after in pairwise(values)]
    return any(step > 0 for step in steps) and any(step < 0 for step in steps)


def check_profile(
    reader: Reader, name: str, shown: str | None, gap: str, profile: str | None
) -> None:
    right = reader.profile(name)
    if right is None:
        reader.wrong("judging: there is no profile for this month", "none")
        return
    if profile is not None:
        reader.expect("numbers: another profile", profile, words.figure(right, unit_of(name)))
    if shown is not None:
        gap = gap[:1].lower() + gap[1:]
        value = reader.number(shown, name)
        reader.check_gap(gap, value, right, unit_of(name), "numbers: another gap to profile")


EARLIER = {
    "the quarter before": -3,
    "the same quarter a year before": -12,
    "the same months a year before": -12,
    "a month before": -1,
    "a year before": -12,
}


@says(
    "{one:travel} (than in|than|as) {first:earlier}, {two:travel} (than in|than|as) {second:earlier}[.]",
    "{one:travel} (than in|than|as) {first:earlier}[.]",
)
def _travel(reader: Reader, pieces: Pieces) -> None:
    for word, when in (("one", "first"), ("two", "second")):
        if word in pieces:
            given, back = pieces[when], EARLIER.get(pieces[when])
            before = plus(reader.place.end, back) if back else words.period_of(given)
            if before not in (plus(reader.place.end, -one) for one in (1, 3, 12)):
                reader.wrong("numbers: another month to compare with", before)
            reader.check_travel(
                pieces[word].lower(), reader.place.indicator, before, reader.place.shown
            )


@says(
    "{value} (in|at) {span}[, {gap} profile of {profile:value}][, {why:reason}].",
    "{value} in {span}: with credit notes it is not a share.",
    "Nothing is due for {span} yet.",
    "Nobody was asked for a return for {span}.",
)
def _stands(reader: Reader, pieces: Pieces) -> None:
    name = reader.place.indicator
    reader.expect("numbers: another span", pieces["span"], when_of(reader, name))
    if "value" not in pieces:
        if "not due" not in reader.unjudged(name):
            reader.wrong("judging: there is another reason not to judge", "it is due")
        return
    reader.check_value(pieces["value"], name)
    reader.place = replace(reader.place, shown=pieces["value"])
    if "why" in pieces:
        check_reason(reader, name, pieces["why"])
    if "gap" in pieces:
        check_profile(reader, name, pieces["value"], pieces["gap"], pieces["profile"])


def when_of(reader: Reader, name: str) -> str:
    """The span that a figure is of, in words; of a stock the end of its last month."""
    if name in CATALOGUE and is_stock(name):
        return f"the end of {words.month(reader.place.end)}"
    return reader.when


def check_whose(reader: Reader, said: str, indicator: str) -> None:
    """Whose a figure is, and that it is of too few members or months where it is."""
    place, value = reader.place, reader.value(indicator)
    whose, _, so_far = said.rstrip(",").partition(", ")
    reader.expect("sentences: whose figures these are", whose, place.whose)
    months = [place.end] if is_stock(indicator) else window_of(place.end, place.window)
    name = return_of(indicator) or ""
    known = sum(bool(reader.moment.senders(name, one, place.members)) for one in months)
    lacks = f", {known} of {len(months)} months" if known < len(months) else ""
    members = f"{value.sent} of {value.owing} member{'' if value.owing == 1 else 's'} so far{lacks}"
    texts = {
        {"few members": members, "few months": f"{known} of {len(months)} months so far"}.get(
            reason, ""
        )
        if value.sent
        else ""
        for reason in reader.unjudged(indicator)
    }
    if so_far not in texts:
        reader.wrong("judging: a headline of too few", " or ".join(sorted(texts)) or "of all")


def check_reason(reader: Reader, name: str, why: str) -> None:
    """Why a figure isn't judged, in a sentence."""
    shown = reader.place.shown or ""
    said, reader.said = reader.said, why
    reader.check_status(why[:1].upper() + why[1:], name, shown)
    reader.said = said


@says(
    "There is no figure for {span}[: {why:words}].",
    "There are too few people to show the figure for {span}.",
    "What was sent doesn't say the figure for {span}.",
    "Nobody has sent the figure for {span}.",
)
def _no_figure(reader: Reader, pieces: Pieces) -> None:
    name = reader.place.indicator
    reader.expect("numbers: another span", pieces["span"], when_of(reader, name))
    text = "–"
    if "too few people" in reader.said:
        text = "*"
    elif "why" in pieces:
        text = pieces["why"]
    reader.check_value(text, name)
    reader.place = replace(reader.place, shown=text)
    if "Nobody" in reader.said and reader.value(name).sent:
        reader.wrong("numbers: somebody has sent it", reader.value(name).sent)


@says(
    "{n} of {of:n} member(s|)[ so far][, {months:n} of {span_months:n} months][, {unknown:percent} not known][, as at {day}][.]",
    "nobody was asked[, as at {day}][.]",
)
def _members(reader: Reader, pieces: Pieces) -> None:
    value = reader.value(reader.place.indicator)
    said = (number(pieces.get("n", "no")), number(pieces.get("of", "no")))
    right = (value.sent, value.owing)
    reader.expect("numbers: another count of members", said, right)
    check_lack(reader, pieces)
    if "day" in pieces:
        reader.expect("numbers: another day", pieces["day"], words.day(reader.moment.today))


def check_lack(reader: Reader, pieces: Pieces) -> None:
    """What is said of too few members, months and of how much is not known, beside a figure."""
    name, value = reader.place.indicator, reader.value(reader.place.indicator)
    reasons = reader.unjudged(name)
    # That nobody was asked at all is the count of members, which is read before.
    asked = "nobody was asked" not in reader.said
    if asked and ("so far" in reader.said) != ("few members" in reasons):
        reader.wrong("judging: there is another reason not to judge", sorted(reasons))
    if "months" in pieces and return_of(name):
        end = reader.place.end
        months = [end] if is_stock(name) else window_of(end, reader.place.window)
        sent = [
            one
            for one in months
            if reader.moment.senders(return_of(name) or "", one, reader.place.members)
        ]
        right = (len(sent), len(months))
        reader.expect(
            "numbers: another count of months",
            (number(pieces["months"]), number(pieces["span_months"])),
            right,
        )
    unknown = 1 - value.known
    if value.people and not reader.place.exact:
        if value.base and "unknown" in pieces:
            said = words.number_of(pieces["unknown"]) or 0.0
            if abs(said - float(unknown)) > 8 / max(float(value.base / value.known), 8) + 0.005:
                reader.wrong("places: the unknown is not beside it", words.figure(unknown, "share"))
        return
    right_text = words.figure(unknown, "share")
    if value.unit == "share" and pieces.get("unknown", "0%") != right_text and not value.is_gap:
        reader.wrong("places: the unknown is not beside it", right_text)


@says(
    "{short} · {n} of {of:n} member(s|)[ so far][, {months:n} of {span_months:n} months][, {unknown:percent} not known] · as at {day:short_day}",
    "{short} · nobody was asked · as at {day:short_day}",
)
def _cover(reader: Reader, pieces: Pieces) -> None:
    reader.expect("numbers: another month", pieces["short"], words.short(reader.place.end))
    today = words.day(reader.moment.today).split()
    reader.expect("numbers: another day", pieces["day"], f"{today[0]} {today[1][:3]}")
    value = reader.value(reader.place.indicator)
    said = (number(pieces.get("n", "no")), number(pieces.get("of", "no")))
    right = (value.sent, value.owing)
    reader.expect("numbers: another count of members", said, right)
    check_lack(reader, pieces)


@says(
    "Since {short}: {gap} \\({then:value}\\).",
    "Since {short}: {gap} \\({then:value}\\), by the same {n} member(s|).",
    "Since {short}: not to be compared, as other members sent it.",
    "Since {short}: like for like, by the {n} member(s|) in both, {alike:gap}.",
    "Since {short}: {gap} \\({then:value}\\); like for like, by the {n} member(s|) in both, {alike:gap}.",
)
def _since(reader: Reader, pieces: Pieces) -> None:
    name, end = reader.place.indicator, reader.place.end
    before, unit = words.period_of(pieces["short"]), unit_of(name)
    both, any_ = in_both(reader, name, before)
    shown = reader.place.shown or reader.shown(name, end)
    if "then" in pieces:
        reader.check_value(pieces["then"], name, before)
        if shown is not None:
            now, then = reader.number(shown, name), reader.number(pieces["then"], name, before)
            reader.check_gap(pieces["gap"], now, then, unit, "numbers: another change")
        of = return_of(name)
        alike = not of or reader._senders(name, of, end) == reader._senders(name, of, before)
        if not alike and unit != "share":
            reader.wrong("judging: a change between sums of other members", "like for like")
    if "n" in pieces:
        if len(both) != number(pieces["n"]):
            kind = "judging: like for like is of other members (successors, windows)"
            reader.wrong(kind, f"{len(both)}: {', '.join(sorted(both)) or 'nobody'}")
            return
        if "by the same" in reader.said and both != any_:
            reader.wrong("judging: the same members", f"{sorted(any_ - both)} are in one only")
    if "alike" in pieces:
        who = {one for last in both for one in reader.moment.lineage(last)}
        if reader.place.members is not None:
            who &= set(reader.place.members)
        options = set()
        for a in reader.possible(name, end, members=tuple(sorted(who))):
            for b in reader.possible(name, before, members=tuple(sorted(who))):
                x = reader.number_of(a, name, end, who)
                y = reader.number_of(b, name, before, who)
                if x is not None and y is not None:
                    options |= words.gaps(x, y, unit)
        if pieces["alike"] not in options:
            reader.wrong("numbers: another change like for like", " or ".join(sorted(options)[:4]))


def in_both(reader: Reader, name: str, before: date) -> tuple[set[str], set[str]]:
    """Members with what a figure is made of for every month of both periods, and for any: each by
    the one that took its place in the end, and none that owes a month of it."""
    place, moment = reader.place, reader.moment
    ends = [place.end, before]
    months = ends if is_stock(name) else [m for end in ends for m in window_of(end, place.window)]
    return_name = return_of(name)
    wanted = {moment.last(one) for one in place.members} if place.members is not None else None

    def present(month: date) -> set[str]:
        owing = set(moment.owing(month))
        sent = owing if return_name is None else set(moment.senders(return_name, month))
        late = {moment.last(one) for one in owing - sent}
        return {moment.last(one) for one in sent} - late

    def anything(month: date) -> set[str]:
        sent = moment.owing(month) if return_name is None else moment.senders(return_name, month)
        return {moment.last(one) for one in sent}

    each = [present(month) for month in dict.fromkeys(months)]
    any_ = set.union(*(anything(month) for month in dict.fromkeys(months)))
    both = set.intersection(*each)
    return (both, any_) if wanted is None else (both & wanted, any_ & wanted)


@says("Line chart of {title} by month: {months:words}.")
def _line_chart(reader: Reader, pieces: Pieces) -> None:
    check_course(reader, words.TITLES[pieces["title"]], pieces["months"])


@says("There is nothing to show month by month.")
def _no_course(reader: Reader, pieces: Pieces) -> None:
    for month in (plus(reader.place.end, -back) for back in range(12)):
        shown = reader.possible(reader.place.indicator, month)
        if not any(words.number_of(text) in (None, 0.0) for text in shown):
            reader.wrong("sentences: there is a figure", f"{words.short(month)}: {sorted(shown)}")


def check_course(reader: Reader, name: str, text: str) -> None:
    """Each month of a chart in words, kept for what is said of directions."""
    place = reader.place
    shown = reader.seen.setdefault((name, place.window, place.members), {})
    for one in text.split(", "):
        match = re.match(r"(\w{3} \d\d) (.+?)(?: \((unusual[^)]*)\))?$", one)
        if not match:
            reader.wrong("unread: no rule knows this part of a chart", one)
            continue
        month = words.period_of(match[1])
        label = {"no figure": "–", "too few people to show": "*"}.get(match[2], match[2])
        shown[month] = label
        reader.check_value(label, name, month)


# --- how it varies --------------------------------------------------------------------------------


@says(
    "Chart of how {title} varies by month: {months:words}. {rest:words}",
)
def _varying_chart(reader: Reader, pieces: Pieces) -> None:
    """The months; the sentence that follows is read by itself."""
    check_course(reader, words.TITLES[pieces["title"]], pieces["months"])


def course_of(reader: Reader) -> tuple[list[date], list[float | None]]:
    """Months and the figures that they show, from the first of the chart."""
    name = reader.place.indicator
    shown = reader.seen.get((name, "month", reader.place.members), {})
    months = sorted(shown)
    values = []
    for month in months:
        value = words.number_of(shown[month])
        reasons = reader.moment.unjudged(name, month, "month", reader.place.members)
        if len(reasons) > 1:
            return [], []  # rounding decides what is judged
        value = value if reasons == {""} else None
        exact = None if value is None else reader.number(shown[month], name, month, window="month")
        values.append(None if exact is None else float(exact))
    return months, values


@says("There are too few months to say what is usual for {inside}.")
def _too_few_months(reader: Reader, pieces: Pieces) -> None:
    _, values = course_of(reader)
    neighbours = pairwise(values)
    if sum(value is not None for value in values) > 2 and any(
        None not in pair for pair in neighbours
    ):
        reader.wrong("sentences: there are months enough", len(values))


@says(
    "The figure for {inside} in {month} is missing or can't be judged yet, so nothing is said of it beside its usual (range of {low:value} to {high:value}|{only:value}){rest:varies}.",
    "In {month} the figure for {inside} was within its usual (range of {low:value} to {high:value}|{only:value}){rest:varies}.",
    "In {month} the figure for {inside} was outside its usual (range of {low:value} to {high:value}|{only:value}): something has changed{rest:varies}.",
    "In {month} the figure for {inside} was near the edge of its usual (range of {low:value} to {high:value}|{only:value}) or beyond it, in at least two of three months: something has changed{rest:varies}.",
    "In {month} the figure for {inside} had moved the same way six months running: something has changed{rest:varies}.",
    "In {month} the figure for {inside} had been on one side of its mean of {mean:value} for seven months or more: something has changed{rest:varies}.",
)
def _varies(reader: Reader, pieces: Pieces) -> None:
    months, values = course_of(reader)
    name, month = reader.place.indicator, words.period_of(pieces["month"])
    if months and month != reader.place.end:
        right_month = words.month(reader.place.end)
        reader.wrong("judging: what is said to vary is another month", right_month)
    known = [index for index, value in enumerate(values) if value is not None]
    is_gap = not values or values[-1] is None
    if values and is_gap != ("nothing is said of it" in reader.said):
        reader.wrong("judging: variation of a month without a figure", "it has none")
    chart = vary(values[: known[-1] + 1]) if known else None
    if chart is None:
        return
    rules = {
        "was within": None, "was outside": "outside", "was near": "near", "had moved": "trend",
        "had been": "side", "nothing is said": None,
    }  # fmt: skip
    rule = next(rule for phrase, rule in rules.items() if phrase in reader.said)
    if not is_gap:
        reader.expect("judging: another rule of variation", rule, chart.rule)
    unit = unit_of(name)
    top = 1.0 if unit == "share" else math.inf
    for piece, limit in (
        ("low", max(chart.lower, 0.0)),
        ("high", min(chart.upper, top)),
        ("mean", chart.mean),
    ):
        if piece in pieces and pieces[piece] != words.figure(limit, unit):
            near = words.number_of(pieces[piece])
            if near is None or not math.isclose(near, limit, rel_tol=0.006, abs_tol=0.0051):
                reader.wrong("numbers: another limit", words.figure(limit, unit))
    rest = pieces["rest"]
    if rule:
        better = {True: "for the better", False: "for the worse"}
        more = better_is_more(name)
        right = None if more is None else better[chart.rising == more]
        said = next((one for one in better.values() if one in rest), None)
        kind = "judging: better or worse"
        if more is None:
            kind = "judging: more spend is called better"
        reader.expect(kind, said, right)
    check_assurance(reader, rest, name, values, chart)
    trial = re.search(r"the range is a first one, from (\S+) months", rest)
    if bool(trial) != (chart.points < 12) or (trial and number(trial[1]) != chart.points):
        reader.wrong("numbers: a first range", f"from {chart.points} months")


def check_assurance(
    reader: Reader, rest: str, name: str, values: list[float | None], chart: Any
) -> None:
    known = [value for value in values if value is not None]
    one = (
        reader.place.members[0] if reader.place.members and len(reader.place.members) == 1 else None
    )
    target = reader.moment.target(name, one)
    match = re.search(
        rf"(?P<k_of_n>{words.TYPES['part']}) months reached the target of (?P<target>[^\s,;.]+(?:\.\d+\w*%?)?)(?P<where>.*)",
        rest,
    )
    if not match:
        return
    pieces = words.pieces_of(match)
    if target is None:
        reader.wrong("judging: there is no such target", "none")
        return
    goal, more = target.target, better_is_more(name) is not False
    reader.expect("numbers: another target", pieces["target"], words.figure(goal, unit_of(name)))
    reached = sum(value >= goal - 1e-9 if more else value <= goal + 1e-9 for value in known)
    said = (number(pieces["k"]), number(pieces["n"]))
    reader.expect("numbers: another count of months that reached it", said, (reached, len(known)))
    limits = chart.lower <= goal <= chart.upper
    if "which lies within" in pieces["where"] and not limits and not near_limit(chart, goal, name):
        reader.wrong("judging: another place of the target", "outside its usual range")
    if "which lies outside" in pieces["where"] and limits:
        reader.wrong("judging: another place of the target", "within its usual range")


def near_limit(chart: Any, goal: float, name: str) -> bool:
    unit = unit_of(name)
    shown = words.figure(goal, unit)
    return shown in (words.figure(chart.lower, unit), words.figure(chart.upper, unit))


def check_every_month(
    reader: Reader, claim: str, known: list[float], goal: float, chart: Any, more: bool
) -> None:
    """That each month did, and that the chart is stable and no trial."""
    reached = [value >= goal - 1e-9 if more else value <= goal + 1e-9 for value in known]
    did = all(reached) if "Reached" in claim else not any(reached)
    if not did:
        reader.wrong(
            "judging: not every month", f"{sum(reached)} of {len(reached)} months reach it"
        )
    if chart is not None and (chart.is_special or chart.points < 12):
        reader.wrong("judging: every month of a figure that isn't stable", "it has changed")


@says(
    "Reached its target every month", "Missed its target every month",
    "Target within its usual range", "Usual variation", "Unusual: better", "Unusual: worse", "Unusual",
)  # fmt: skip
def _icon(reader: Reader, pieces: Pieces) -> None:
    _, values = course_of(reader)
    known = [value for value in values if value is not None]
    name = reader.place.indicator
    one = (
        reader.place.members[0] if reader.place.members and len(reader.place.members) == 1 else None
    )
    target, more = reader.moment.target(name, one), better_is_more(name)
    chart = vary(values) if values else None
    if "every month" in reader.said and target is not None:
        check_every_month(reader, reader.said, known, target.target, chart, more is not False)
    elif "arget" not in reader.said and chart is not None:
        right = "Usual variation"
        if chart.is_special:
            right = "Unusual"
            if more is not None:
                right += ": better" if chart.rising == more else ": worse"
        kind = "judging: another variation"
        if more is None:
            kind = "judging: more spend is called better"
        reader.expect(kind, reader.said, right)
    elif (
        "arget" not in reader.said
        and values
        and values[-1] is None
        and reader.said != "Usual variation"
    ):
        reader.wrong("judging: variation of a month without a figure", "none")


@says(
    "On the trend of the last {n:count} months \\({pace:words} (more|less) a month\\), the figure for {inside} would be {value}[ \\(95% range {low:value} to {high:value}\\)] in {month}: {outcome:outcome}."
)
def _projection(reader: Reader, pieces: Pieces) -> None:
    name = reader.place.indicator
    one = (
        reader.place.members[0] if reader.place.members and len(reader.place.members) == 1 else None
    )
    target = reader.moment.target(name, one)
    if target is None:
        reader.wrong("judging: there is no such target", "none")
        return
    reader.expect(
        "numbers: another target's month", pieces["month"], words.month(target.target_period)
    )
    value, low, high = (
        words.number_of(pieces.get(piece, pieces["value"])) for piece in ("value", "low", "high")
    )
    if value is None or low is None or high is None:
        return
    if not low - 1e-9 <= value <= high + 1e-9:
        reader.wrong("numbers: a projection outside its range", pieces["value"])
    more, goal = better_is_more(name) is not False, target.target
    ends = [low >= goal, high >= goal] if more else [low <= goal, high <= goal]
    said = next(
        (one for one in ("reaches", "lies within", "misses") if one in pieces["outcome"]), ""
    )
    right = "reaches" if all(ends) else "lies within" if any(ends) else "misses"
    near = any(math.isclose(end, goal, rel_tol=0.01, abs_tol=0.006) for end in (low, high))
    if said != right and not near:
        reader.wrong("judging: another outcome", right)


# --- Living wage ----------------------------------------------------------------------------------


def stock_of(reader: Reader, end: date) -> dict[str, Any] | None:
    if not reader.moment.senders("living_wage", end, reader.place.members):
        return None
    return reader.moment.employers(end, reader.place.members)


def accredited(stock: dict[str, Any]) -> set[str]:
    return {name for name, line in stock.items() if line["status"].startswith("accredited")}


@says(
    "{whose:words}: nobody has said which employers are accredited in {month}.",
    "{whose:words}: {n:count} employer(s|) (is|are) accredited at the end of {month}; of {before:month} nobody has said, so there is nothing to compare.",
    "{whose:words}: {n:count} employer(s|) (is|are) accredited at the end of {month}, {change:count} (more|fewer) than at the end of {before:month}.",
    "{whose:words}: {n:count} employer(s|) (is|are) accredited at the end of {month}, as many as at the end of {before:month}.",
    "{whose:words}: {n:count} employer(s|) (is|are) accredited at the end of {month}; other members sent lists for {before:month}, so the two are not compared.",
)
def _accredited(reader: Reader, pieces: Pieces) -> None:
    place = reader.place
    check_whose(reader, pieces["whose"], "accredited_employers")
    reader.expect("numbers: another month", pieces["month"], words.month(place.end))
    now = stock_of(reader, place.end)
    if "nobody has said which" in reader.said or now is None:
        if now is not None or "nobody has said which" not in reader.said:
            reader.wrong("numbers: somebody has sent it", "a list was sent")
        return
    many = len(accredited(now))
    reader.expect("numbers: a figure is another one", number(pieces["n"]), many)
    if (many == 1) != ("employer is" in reader.said):
        reader.wrong("sentences: singular and plural", many)
    earlier = plus(window_of(place.end, place.window)[0], -1)
    reader.expect("numbers: another month to compare with", pieces["before"], words.month(earlier))
    then = stock_of(reader, earlier)
    if (then is None) != ("nothing to compare" in reader.said):
        reader.wrong("numbers: somebody has sent it", "the month before is known")
    elif then is not None:
        if same_lists(reader, earlier) == ("not compared" in reader.said):
            reader.wrong(
                "judging: a change between sums of other members", "like for like, or said"
            )
        if "not compared" not in reader.said:
            change = many - len(accredited(then))
            said = number(pieces.get("change", "no")) * (-1 if "fewer" in reader.said else 1)
            reader.expect("numbers: another change", said, change)


def same_lists(reader: Reader, earlier: date) -> bool:
    """Whether the same members sent lists then and now, each by the one that took its place."""
    now, then = (
        reader._senders("accredited_employers", "living_wage", end)
        for end in (reader.place.end, earlier)
    )
    return now == then


@says("A change needs the lists of both months.")
def _needs_both(reader: Reader, pieces: Pieces) -> None:
    place = reader.place
    earlier = plus(window_of(place.end, place.window)[0], -1)
    if stock_of(reader, place.end) is not None and stock_of(reader, earlier) is not None:
        reader.wrong("numbers: somebody has sent it", "both months are known")


@says(
    "{opening:Count} before, {new:count} new[ and|,] {lapsed:count} lapsed[ and {gone:count} off the lists].",
)
def _flows(reader: Reader, pieces: Pieces) -> None:
    place = reader.place
    earlier = plus(window_of(place.end, place.window)[0], -1)
    now, then = stock_of(reader, place.end), stock_of(reader, earlier)
    if now is None or then is None:
        return
    before, after = accredited(then), accredited(now)
    gone = {name for name in before if name not in now}
    right = (len(before), len(after - before), len(before - after - gone), len(gone))
    said = tuple(number(pieces.get(name, "no")) for name in ("opening", "new", "lapsed", "gone"))
    reader.expect("numbers: another count of employers", said, right)


@says("That makes {n:count}.")
def _closing(reader: Reader, pieces: Pieces) -> None:
    now = stock_of(reader, reader.place.end)
    if now is not None:
        reader.expect(
            "numbers: another count of employers", number(pieces["n"]), len(accredited(now))
        )


@says("Of the new ones {n:count} (gives|give) an earlier date of accreditation.")
def _listed_later(reader: Reader, pieces: Pieces) -> None:
    place = reader.place
    first = window_of(place.end, place.window)[0]
    now, then = stock_of(reader, place.end), stock_of(reader, plus(first, -1))
    if now is None or then is None:
        return
    new = accredited(now) - accredited(then)
    right = sum(date.fromisoformat(now[name]["accredited_on"]) < first for name in new)
    reader.expect("numbers: another count of employers", number(pieces["n"]), right)
    if (right == 1) != (" gives " in reader.said):
        reader.wrong("sentences: singular and plural", right)


@says(
    "{then:Count} member(s|) sent a list then and {now:count} now, so some of this is who sent, and not who is accredited.",
    "Other members sent a list then than now, so some of this is who sent, and not who is accredited.",
)
def _lists(reader: Reader, pieces: Pieces) -> None:
    place = reader.place
    earlier = plus(window_of(place.end, place.window)[0], -1)
    right = tuple(
        len(reader.moment.senders("living_wage", end, place.members))
        for end in (earlier, place.end)
    )
    if same_lists(reader, earlier):
        reader.wrong("judging: the same members", "they are comparable")
    if "then" not in pieces:
        reader.expect("numbers: another count of members", right[0], right[1])
        return
    reader.expect(
        "numbers: another count of members", (number(pieces["then"]), number(pieces["now"])), right
    )
    if (right[0] == 1) != (" member sent" in reader.said):
        reader.wrong("sentences: singular and plural", right[0])


@says("Employers, each once. Real Living Wage accreditation returns of {n} member(s|), {month}.")
def _lists_of(reader: Reader, pieces: Pieces) -> None:
    right = len(reader.moment.senders("living_wage", reader.place.end, reader.place.members))
    reader.expect("numbers: another count of members", number(pieces["n"]), right)
    reader.expect("numbers: another month", pieces["month"], words.month(reader.place.end))


PARTS = {
    "sector": {"private": "Private companies", "public": "Public bodies", "third": "Charities and social enterprises"},
    "relationship": {"supplier": "Suppliers of members", "partner": "Partners of members", "self": "Members themselves"},
}  # fmt: skip


@says(
    "{part:list} are most: {k:n}[ each] of {n} \\({percent}[ each]\\).",
    "{part:list} are most where it is known: {k:n}[ each] of {n} \\({percent}[ each]\\).",
    "There is none.",
)
def _most(reader: Reader, pieces: Pieces) -> None:
    stock = stock_of(reader, reader.place.end) or {}
    lines = [stock[name] for name in accredited(stock)]
    if "part" not in pieces:
        if lines:
            reader.wrong("numbers: another count of employers", len(lines))
        return
    if " where it is known" in reader.said:
        reader.wrong("bases: of every employer it is known", pieces["part"])
    titles = {title: name for name, those in PARTS.items() for title in those.values()}
    named = [title for title in titles if title in pieces["part"]]
    field_name = titles[named[0]]
    counts: dict[str, int] = {}
    for line in lines:
        title = PARTS[field_name][line[field_name]]
        counts[title] = counts.get(title, 0) + 1
    right = (counts.get(named[0], 0), len(lines))
    reader.expect(
        "numbers: another count of employers", (number(pieces["k"]), number(pieces["n"])), right
    )
    if right[1]:
        reader.expect(
            "numbers: another percentage",
            pieces["percent"],
            words.figure(Fraction(*right), "share"),
        )
    most = max(counts.values(), default=0)
    first = sorted(name for name in counts if counts[name] == most)
    if right[0] < most or first != sorted(named):
        reader.wrong(
            "sentences: the most, though another has as many", f"{', '.join(first)}: {most}"
        )


@says(
    "Nobody has entered yet how many jobs there are in Manchester, so the share of jobs covered is not known; the coordinator can, on Meetings.",
    "How many workers are covered is (not known, or too few to show,|for members only) out of the {jobs:n} jobs in Manchester \\(Census, 2021\\).",
    "Workers covered by accredited employers in Manchester are {percent} of the {jobs:n} jobs in Manchester \\(Census, 2021\\).",
    "Accredited employers in Manchester cover more workers than the {jobs:n} jobs in Manchester \\(Census, 2021\\), so this is not a share of them.",
)
def _jobs(reader: Reader, pieces: Pieces) -> None:
    jobs = reader.moment.network.area_facts.get("jobs_in_area")
    if "jobs" not in pieces:
        reader.expect("numbers: another figure of the area", jobs, None)
        return
    reader.expect("numbers: another figure of the area", number(pieces["jobs"]), jobs)
    if "percent" in pieces and jobs:
        right = {words.tenths(share) for share in jobs_covered(reader) if share <= 1}
        if pieces["percent"] not in right:
            reader.wrong("numbers: another percentage", " or ".join(sorted(right)))
    elif "for members only" in reader.said:
        reader.check_value("for members only", "share_of_jobs_covered")
    elif "more workers" in reader.said and max(jobs_covered(reader), default=Fraction(0)) <= 1:
        reader.wrong("numbers: another percentage", "no more than there are jobs")


def jobs_covered(reader: Reader) -> list[Fraction]:
    """What may be said of the workers covered over the jobs there are."""
    covered = reader.value("share_of_jobs_covered", window="month")
    part, jobs = int(covered.part or 0), covered.base or Fraction(1)
    texts = [str(part)] if reader.place.exact else seen_counts(part)
    return [Fraction(text.replace(",", "")) / jobs for text in texts if words.number_of(text) is not None]  # fmt: skip


@says(
    "Of the accredited employers {out:count} (has its|have their) main office elsewhere: their workers are left out.",
    "Of the accredited employers for {unknown:count} no postcode says where it is: their workers are left out.",
    "Of the accredited employers {out:count} (has its|have their) main office elsewhere and for {unknown:count} no postcode says where it is: their workers are left out.",
)
def _offices(reader: Reader, pieces: Pieces) -> None:
    stock = stock_of(reader, reader.place.end) or {}
    rings = [places()[stock[name]["employer_postcode"]].ring for name in accredited(stock)]
    unknown = rings.count("unknown")
    right = (len(rings) - unknown - rings.count("area"), unknown)
    said = (number(pieces.get("out", "no")), number(pieces.get("unknown", "no")))
    reader.expect("places: another count of employers elsewhere", said, right)
    if "out" in pieces and (right[0] == 1) != ("has its" in reader.said):
        reader.wrong("sentences: singular and plural", right[0])


@says(
    "{n:Count} (member that sent lists before has|members that sent lists before have) not sent this month's: {k:count} (employer that only theirs had as accredited is|employers that only theirs had as accredited are) not in these figures."
)
def _lacking(reader: Reader, pieces: Pieces) -> None:
    place, moment = reader.place, reader.moment
    lists: dict[str, date] = {}
    for member, name, month in moment.current:
        if (
            name == "living_wage"
            and month < place.end
            and member in moment.owing(place.end, place.members)
        ):
            lists[member] = max(lists.get(member, month), month)
    behind = {
        one: month
        for one, month in lists.items()
        if (one, "living_wage", place.end) not in moment.current
    }
    now = set(stock_of(reader, place.end) or {})
    theirs = {
        line["employer_name"]
        for one, month in behind.items()
        for line in moment.lines("living_wage", month, (one,))
        if line["status"].startswith("accredited")
    }
    reader.expect("numbers: another count of members", number(pieces["n"]), len(behind))
    if number(pieces["k"]) > len(theirs - now) or not theirs - now:
        reader.wrong(
            "places: another count of employers of whom nobody has said", len(theirs - now)
        )


@says(
    "{n:Count} (is|are) due for renewal in the next 90 days, to {day}[; {late:count} (has|have) a renewal date that is past][; for {unknown:count} no date was given].",
    "None is due for renewal in the next 90 days, to {day}[; {late:count} (has|have) a renewal date that is past][; for {unknown:count} no date was given].",
)
def _renewals(reader: Reader, pieces: Pieces) -> None:
    stock, today = stock_of(reader, reader.place.end) or {}, reader.moment.today
    dates = [stock[name]["renewal_due_on"] for name in accredited(stock)]
    days = [date.fromisoformat(text) for text in dates if text]
    until = today + timedelta(days=90)
    right = (
        sum(today <= one <= until for one in days),
        sum(one < today for one in days),
        sum(not text for text in dates),
    )
    said = tuple(number(pieces.get(name, "no")) for name in ("n", "late", "unknown"))
    reader.expect("numbers: another count of renewals", said, right)
    reader.expect("numbers: another day", pieces["day"], words.day(until))


def own_lines(reader: Reader) -> dict[str, dict[str, Any] | None]:
    """What each member of the month says of itself, by its name; None of one that sent no list."""
    end, members = reader.place.end, reader.place.members
    sent = reader.moment.senders("living_wage", end, members)
    own = {
        line["member_id"]: line
        for line in reader.moment.lines("living_wage", end, members)
        if line["relationship"] == "self"
    }
    return {
        reader.moment.member(one).name: own.get(one, {}) if one in sent else None
        for one in reader.moment.owing(end, members)
    }


OWN_STATUS = {
    "accredited": ("Accredited", "–"),
    "accredited_with_milestones": (
        "Accredited, contractor milestones outstanding", "Contractor milestones"
    ),
    "in_progress": ("Working towards accreditation", "Accreditation"),
    "lapsed": ("Accreditation has lapsed", "Accreditation again"),
}  # fmt: skip


def own_statuses(reader: Reader) -> list[list[str]]:
    """Status, since when, and what is next; nobody says when its own renewal is."""
    rows = []
    for name, line in sorted(own_lines(reader).items()):
        if not line:
            no_line = "No return for the month" if line is None else "No line of its own"
            rows.append([name, no_line, "–", "–"])
            continue
        status, following = OWN_STATUS[line["status"]]
        since = "–"
        if line["status"].startswith("accredited"):
            since = words.short_day(date.fromisoformat(line["accredited_on"]))
        rows.append([name, status, since, following])
    return rows


@says(
    "No member has sent a list for the month.",
    "The one member that sent a list is [not ]accredited itself[; {none:count} sent none].",
    "{k_of_n:part} members that sent a list (is itself|are themselves) accredited[; {none:count} sent none].",
)
def _members_accredited(reader: Reader, pieces: Pieces) -> None:
    lines = own_lines(reader)
    sent = [line for line in lines.values() if line is not None]
    status = [str(line.get("status", "")).startswith("accredited") for line in sent]
    said = reader.said
    if "k" in pieces:
        right = (words.count(sum(status)) if sum(status) else "no", words.count(len(sent)))
        reader.expect("numbers: another count of members", (pieces["k"], pieces["n"]), right)
        if ("is itself" in said) != (sum(status) < 2):
            reader.wrong("sentences: singular and plural", sum(status))
    elif said.startswith("No member"):
        reader.expect("numbers: another count of members", 0, len(sent))
        return
    else:
        reader.expect("numbers: another count of members", 1, len(sent))
        reader.expect("judging: whether it is accredited", " not " not in said, status == [True])
    rest = number(pieces.get("none", "no"))
    reader.expect("numbers: another count of members", rest, len(lines) - len(sent))


DIFFERING = {
    "status": "whether it is accredited",
    "accredited_on": "since when",
    "workers_covered": "how many workers are covered",
    "workers_uplifted": "how many workers were uplifted",
}


def conflicts(reader: Reader) -> list[list[str]]:
    """Employers of whom members of the whole network say different things in the month."""
    reports: dict[str, list[dict[str, Any]]] = {}
    for line in reader.moment.lines("living_wage", reader.place.end):
        reports.setdefault(line["employer_name"], []).append(line)
    rows = []
    for employer, lines in sorted(reports.items()):
        differ = [
            text for name, text in DIFFERING.items() if len({line[name] for line in lines}) > 1
        ]
        if not differ:
            continue
        last = max(lines, key=lambda line: int(line["number"]))
        names = sorted(reader.moment.member(line["member_id"]).name for line in lines)
        what = words.listed(differ)
        last_name = reader.moment.member(last["member_id"]).name
        rows.append(
            [
                employer,
                words.listed(names),
                what[:1].upper() + what[1:],
                f"{last_name}, the last sent",
            ]
        )
    return rows


@says(
    "{n:Count} employer(s|) (is|are) reported differently by several members. What an employer says of itself counts, else the report that was sent last."
)
def _conflicts(reader: Reader, pieces: Pieces) -> None:
    right = len(conflicts(reader))
    reader.expect("numbers: another count of employers", number(pieces["n"]), right)
    if ("employer is" in reader.said) != (right == 1):
        reader.wrong("sentences: singular and plural", right)


OF_YOURS = {
    "self": "Your own organisation", "supplier": "A supplier of yours", "partner": "A partner"
}  # fmt: skip


def own_renewals(reader: Reader, member_id: str) -> list[list[str]]:
    """The accredited employers on a member's list whose renewal is past or near."""
    members, today = reader.place.members, reader.moment.today
    if members is not None and member_id not in members:
        return []
    near = []
    for line in reader.moment.lines("living_wage", reader.place.end, (member_id,)):
        if line["status"].startswith("accredited") and line["renewal_due_on"]:
            day = date.fromisoformat(line["renewal_due_on"])
            if day <= today + timedelta(days=90):
                near.append((day, line["employer_name"], line["relationship"]))
    rows = []
    for day, employer, relationship in sorted(near):
        days = (day - today).days
        due = f"due in {days} days"
        if days in (0, 1):
            due = f"due {('today', 'tomorrow')[days]}"
        elif days < 0:
            due = f"{-days} day{'' if days == -1 else 's'} late"
        rows.append([employer, OF_YOURS[relationship], f"{words.short_day(day)}, {due}"])
    return rows


@says("On {day} £{rate:words} an hour complies.", "The table ends with the rates announced on {day}: the coordinator adds later ones on the page Meetings.",
      "On {day} £{rate:words} an hour complies, and does until {until:day}. £{new:words} was announced on {announced:day} and must be paid from {start:day}.",
      "On {day} £{rate:words} an hour complies. £{new:words} was announced on {announced:day} and must be paid from {start:day}.",
      "There is no rate for this day.")  # fmt: skip
def _rates(reader: Reader, pieces: Pieces) -> None:
    if "rate" in pieces:
        reader.expect("numbers: another day", pieces["day"], words.day(reader.moment.today))


@says(
    "{n_of_all:part} members that sent a list (is itself|are themselves) accredited[; {rest:count} sent none].",
    "The one member that sent a list is (accredited|not accredited) itself[; {rest:count} sent none].",
    "No member has sent a list for the month.",
)
def _themselves(reader: Reader, pieces: Pieces) -> None:
    value = reader.moment.value(
        "members_accredited", reader.place.end, "month", reader.place.members
    )
    if reader.said.startswith("No member"):
        reader.expect("numbers: another count of members", 0, value.sent)
        return
    right = (int(value.part or 0), int(value.base or 0), value.owing - value.sent)
    n = pieces.get("n", "no" if " is not " in reader.said else "one")
    counts = (number(n), number(pieces.get("all", "one")), number(pieces.get("rest", "no")))
    reader.expect("numbers: another count of members", counts, right)
    if (right[1] == 1) == ("members that" in reader.said) or (
        right[1] > 1 and (right[0] < 2) != (" is itself accredited" in reader.said)
    ):
        reader.wrong("sentences: singular and plural", right)


# --- Local hires ----------------------------------------------------------------------------------


@says(
    "{whose:words}: no starts are known for {span}.",
    "{whose:words}: too few people started in {span} to show.",
    "{whose:words}: how many people started in {span} is {n:value}.",
    "{whose:words}: {n:value} (person|people) started in {span}[, {share:percent} of them from Manchester where their home is known][, {gap} profile][; {priority:value} are known to come from priority neighbourhoods].",
)
def _local_hires(reader: Reader, pieces: Pieces) -> None:
    check_whose(reader, pieces["whose"], "starts")
    reader.expect("numbers: another span", pieces["span"], reader.when)
    text = "–" if "no starts" in reader.said else "*" if "too few" in reader.said else pieces["n"]
    reader.check_value(text, "starts")
    if "share" in pieces:
        reader.check_value(pieces["share"], "local_start_share")
        if reader.unjudged("local_start_share") == {"mostly unknown"}:
            known = reader.value("local_start_share").known
            reader.wrong(
                "places: a share in a headline of which most is not known",
                f"the home is known of {words.figure(known, 'share')}",
            )
    if "gap" in pieces:
        check_profile(reader, "local_start_share", pieces["share"], pieces["gap"], None)
        if "" not in reader.unjudged("local_start_share"):
            reader.wrong("judging: a status from too few members", "no profile")
    if "priority" in pieces:
        reader.check_value(pieces["priority"], "priority_neighbourhood_starts")


def homes_of(reader: Reader) -> dict[str, int]:
    """Those who started, by where they live."""
    place = reader.place
    counts = dict.fromkeys(("area", "wider_area", "elsewhere", "unknown"), 0)
    for month in window_of(place.end, place.window):
        for line in reader.moment.lines("local_hires", month, place.members):
            counts[home_ring(line)] += int(line["starts"])
    return counts


@says(
    "Where those who started in {span} live: {parts:list}[; of {unknown:value} it is not known].",
    "Where those who started in {span} live: {parts:list}; of a few it is not known.",
)
def _homes(reader: Reader, pieces: Pieces) -> None:
    reader.expect("numbers: another span", pieces["span"], reader.when)
    counts = homes_of(reader)
    names = {
        "in Manchester": "area",
        "elsewhere in Greater Manchester": "wider_area",
        "elsewhere outside Manchester": "elsewhere",
    }
    said = set()
    for one in re.split(r", | and ", pieces["parts"]):
        text, _, where = one.removeprefix("a few ").partition(" ")
        if one.startswith("a few "):
            text, where = "*", one.removeprefix("a few ")
        said.add(names.get(where, "unknown"))
        check_people(reader, text, counts[names.get(where, "unknown")])
    if left_out := [ring for ring in names.values() if counts[ring] and ring not in said]:
        reader.wrong("bases: people are left out", ", ".join(left_out))
    if "unknown" in pieces:
        check_people(reader, pieces["unknown"], counts["unknown"])
    elif "of a few" in reader.said:
        check_people(reader, "*", counts["unknown"])
    elif counts["unknown"]:
        reader.wrong("places: the unknown is not beside it", counts["unknown"])


def home_ring(line: dict[str, Any]) -> str:
    return home(line).ring


def check_people(reader: Reader, text: str, count: int) -> None:
    if reader.moment.kept(reader.place.end, reader.place.window) and not reader.place.exact:
        reader.expect("numbers: people of too few members", text, "for members only")
        return
    possible = {f"{count:,}"} if reader.place.exact else seen_counts(count)
    if text not in possible:
        reader.wrong("numbers: a figure is another one", " or ".join(sorted(possible)))


@says("These figures are for members only.")
def _for_members_only(reader: Reader, pieces: Pieces) -> None:
    place = reader.place
    kept = [reader.moment.kept(place.end, window) for window in ("month", "rolling_12")]
    if place.exact or not any(kept):
        reader.wrong("places: kept for members, though others may see it", place.name)


def followed(reader: Reader) -> list[dict[str, Any]]:
    """Lines of those who started a month or more before the one they were counted in, of a year."""
    months = window_of(reader.place.end, "rolling_12")
    lines = [reader.moment.lines("retention", one, reader.place.members) for one in months]
    return [line for each in lines for line in each if int(line["starters"]) and age_of(line)]


def check_hidden(reader: Reader, *names: str) -> None:
    """That one of some figures, of which none is shown, is of too few people; and none of them for
    members only."""
    possible = [reader.possible(name) for name in names]
    few = {"*", "under 25 people"}
    if not any(texts & few for texts in possible) or any(
        "for members only" in texts for texts in possible
    ):
        reader.wrong("places: there are not too few people", f"{possible}")


def check_unknown(reader: Reader, *names: str) -> None:
    """That none of some figures is known."""
    known = [name for name in names if not reader.possible(name) & {"–"}]
    if known:
        reader.wrong("places: it is known", ", ".join(known))


@says("There are too few people to show.", "There are too few people to show in {span}.")
def _too_few_people(reader: Reader, pieces: Pieces) -> None:
    if reader.place.exact:
        reader.wrong("places: too few people, to those whose figures they are", reader.place.name)
    if reader.place.name.startswith("retention"):
        window = "rolling_12" if "span" in pieces else "month"
        if reader.moment.kept(reader.place.end, window) or not followed(reader):
            reader.wrong("places: there are not too few people", f"{len(followed(reader))}")
        return
    if reader.place.name.endswith("Where they live"):
        check_people(reader, "*", sum(homes_of(reader).values()))
    elif reader.place.name.endswith("From application to start"):
        check_hidden(reader, "applications", "offers", "starts")
    else:
        check_hidden(reader, *(f"{one}_start_share" for one in HIRED))


@says("Nobody who started is followed yet.")
def _no_leavers(reader: Reader, pieces: Pieces) -> None:
    names = "starters_followed", "leavers"
    if not any("–" in reader.possible(name) for name in names):
        reader.wrong("places: it is known", ", ".join(names))


@says("Nothing is known of those who started in {short}.")
def _unknown_cohort(reader: Reader, pieces: Pieces) -> None:
    cohort = words.period_of(pieces["short"])
    lines = [line for line in followed(reader) if plus(line["period"], -age_of(line)) == cohort]
    if lines:
        reader.wrong("places: somebody is followed", f"{len(lines)} lines")


@says("Nobody who started is followed in {span} yet.", "No cohort is followed yet.")
def _nobody_followed(reader: Reader, pieces: Pieces) -> None:
    if "span" in pieces:
        right = words.span(reader.place.end, "rolling_12")
        reader.expect("numbers: another span", pieces["span"], right)
    if followed(reader):
        reader.wrong("places: somebody is followed", f"{len(followed(reader))} lines")


@says("There is nothing to show for {span}.", "There is nothing to show.")
def _nothing(reader: Reader, pieces: Pieces) -> None:
    if reader.place.name.startswith("local_hires") and "span" in pieces:
        reader.expect("numbers: another span", pieces["span"], reader.when)


@says("Nobody started in {span}.")
def _nobody_started(reader: Reader, pieces: Pieces) -> None:
    reader.expect("numbers: another span", pieces["span"], reader.when)
    place = reader.place
    if sum(homes_of(reader).values()) or not any(
        reader.moment.senders("local_hires", month, place.members)
        for month in window_of(place.end, place.window)
    ):
        reader.wrong("numbers: somebody started, or nobody has said", f"{homes_of(reader)}")


@says("Where those who started in {span} live is not known.")
def _no_homes(reader: Reader, pieces: Pieces) -> None:
    reader.expect("numbers: another span", pieces["span"], reader.when)
    counts = homes_of(reader)
    if not counts.pop("unknown") or any(counts.values()):
        reader.wrong("bases: some homes are known", f"{counts}")


@says("In {span}: {parts:list}.")
def _funnel(reader: Reader, pieces: Pieces) -> None:
    reader.expect("numbers: another span", pieces["span"], reader.when)
    for one in re.split(r", | and ", pieces["parts"]):
        text, _, name = one.partition(" ")
        reader.check_value(text, name.rstrip("s") + "s")


@says(
    "Members did not count {parts:list} of the starts.", "Members counted both for every start.",
)  # fmt: skip
def _counted(reader: Reader, pieces: Pieces) -> None:
    if "parts" not in pieces:
        for name in ("applications", "offers"):
            value = reader.value(f"starts_without_{name}")
            if value.part:
                reader.wrong("sentences: not both for every start", f"{name} lack for {value.part}")
        return
    for one in re.split(r", | and ", pieces["parts"]):
        name, _, text = one.partition(" for ")
        reader.check_value("*" if text == "a few" else text, f"starts_without_{name}")


HIRED = ("under_25", "global_majority", "out_of_work", "priority_neighbourhood")


@says(
    "Nobody has entered yet what these shares are among the people of Manchester; the coordinator can.",
    "Nothing is known yet to set beside the area's people.",
    "Too little is known of those who started to set them beside the area's people.",
    "Beside the people of Manchester: {parts:list}.",
)
def _beside(reader: Reader, pieces: Pieces) -> None:
    facts = {
        name: share
        for name, share in reader.moment.network.area_facts.items()
        if "residents" in name
    }
    if "Nobody" in reader.said:
        reader.expect("numbers: another figure of the area", facts, {})
    if "Nothing" in reader.said:
        check_unknown(
            reader, *(f"{one}_start_share" for one in HIRED if f"residents_{one}_share" in facts)
        )
    for one in re.split(r", | and (?=under|out|global|from)", pieces.get("parts", "")):
        match = re.match(
            r"(under 25|out of work before|global majority|from priority neighbourhoods) (.+)", one
        )
        if match:
            name = {"under 25": "under_25", "out of work before": "out_of_work"}.get(match[1], "")
            options = set()
            for text in reader.possible(f"{name}_start_share"):
                value = reader.number(text, f"{name}_start_share")
                if value is not None:
                    options |= words.gaps(value, facts[f"residents_{name}_share"], "share")
            if match[2] not in options:
                reader.wrong("numbers: another gap", " or ".join(sorted(options)))
            if reader.unjudged(f"{name}_start_share") == {"mostly unknown"}:
                reader.wrong("places: a share in a headline of which most is not known", match[1])


@says(
    "{unit:list}. {name:list} returns of {n} of {of:n} member(s|)[ so far][, {months:n} of {span_months:n} months][, {unknown:percent} not known], {span}, as at {day}[, {time:words} UTC].[ Manchester: Census, 2021.][ Reference {ref:words}.]",
    "{unit:list}. Nobody was asked for returns of {name:list}, {span}, as at {day}.[ Manchester: Census, 2021.]",
)
def _source(reader: Reader, pieces: Pieces) -> None:
    titles = {words.inside(title): name for name, title in RETURNS.items()}
    name = titles.get(words.inside(pieces["name"]))
    place = reader.place
    window = place.window if pieces["span"] == reader.when else "rolling_12"
    reader.expect("numbers: another span", pieces["span"], words.span(place.end, window))
    reader.expect("numbers: another day", pieces["day"], words.day(reader.moment.today))
    indicator = place.indicator or {"living_wage": "accredited_employers", "local_hires": "starts",
                                    "retention": "retention_26_weeks", "spend": "spend"}.get(name or "", "")  # fmt: skip
    value = reader.value(indicator, window=window) if indicator else None
    if value:
        said = (number(pieces.get("n", "no")), number(pieces.get("of", "no")))
        right = (value.sent, value.owing)
        same = {right}
        if window != place.window:  # the source of a year under figures of the window
            same.add((reader.value(indicator).sent, reader.value(indicator).owing))
        if said not in same:
            reader.wrong("numbers: another count of members", right)


# --- Retention ------------------------------------------------------------------------------------


@says(
    "{whose:words}: no retention for {span}, {why:words}.",
    "{whose:words}: of those who started, {parts:list} were still in post[; after six months that is of {base:n} people, the newest from {month}].",
)
def _retention(reader: Reader, pieces: Pieces) -> None:
    check_whose(reader, pieces["whose"], "retention_26_weeks")
    for one in re.split(r", | and ", pieces.get("parts", "")):
        match = re.match(r"(\S+) after (\d+) months", one)
        if match:
            weeks = {"3": 13, "6": 26, "12": 52}[match[2]]
            reader.check_value(match[1], f"retention_{weeks}_weeks")
    if "base" in pieces:
        base = reader.value("retention_26_weeks").base or Fraction(0)
        check_people(reader, pieces["base"], int(base))
        months = [
            month for month in window_of(reader.place.end, reader.place.window)
            if reader.value("retention_26_weeks", month, window="month").base
        ]  # fmt: skip
        if months:
            right = words.month(plus(months[-1], -6))
            reader.expect("numbers: another cohort", pieces["month"], right)


@says(
    "Of {started:value} (person|people) who started in the year to {month}, {left:value} have left[, {work:value} of them for another job][; of {unknown:value} the next step is not known].",
    "Of {started:value} (person|people) who started in the year to {month}, {left:value} have left[, {work:value} of them for another job]; of a few the next step is not known.",
)
def _turnover(reader: Reader, pieces: Pieces) -> None:
    for name, piece in (("starters_followed", "started"), ("leavers", "left"), ("leavers_to_work", "work"),
                        ("leavers_not_followed", "unknown")):  # fmt: skip
        if piece in pieces:
            reader.check_value(pieces[piece], name)
    if "left" in pieces and "unknown" not in pieces:
        possible = reader.possible("leavers_not_followed")
        if "of a few" in reader.said:
            reader.check_value("*", "leavers_not_followed")
        elif not possible & {"0", "–"}:
            reader.wrong("bases: a caveat is dropped", " or ".join(sorted(possible)))
    if "month" in pieces:
        reader.expect("numbers: another month", pieces["month"], words.month(reader.place.end))


def age_of(line: dict[str, Any]) -> int:
    year, month = map(int, line["cohort_month"].split("-"))
    end = line["period"]
    return int((end.year - year) * 12 + end.month - month)


PATHWAYS = {"Standard recruitment": "standard", "Pre-employment programme": "pre_employment", "Apprenticeship": "apprenticeship"}  # fmt: skip


def stay(reader: Reader, pathway: str, age: int) -> tuple[int, int]:
    """Those in post and those who started, of a pathway's cohorts that came to an age in the year."""
    months = window_of(reader.place.end, "rolling_12")
    lines = [
        line
        for month in months
        for line in reader.moment.lines("retention", month, reader.place.members)
        if line["pathway"] == pathway and age_of(line) == age
    ]
    return sum(int(line["in_post"]) for line in lines), sum(int(line["starters"]) for line in lines)


def is_percent(texts: frozenset[str], *, surely: bool = False) -> bool:
    """Whether one of the texts that may stand there is a percentage, or each is."""
    shares = [text.endswith("%") for text in texts]
    return bool(shares) and (all(shares) if surely else any(shares))


def stays(reader: Reader, pathway: str, age: int) -> frozenset[str]:
    part, base = stay(reader, pathway, age)
    if reader.moment.kept(reader.place.end, "rolling_12") and not reader.place.exact and base:
        return frozenset({"for members only"})
    if reader.place.exact:
        return frozenset({words.figure(Fraction(part, base), "share") if base else "–"})
    return seen_percents(part, base)


@says(
    "After {n} month(s|) {value:percent} are still in post: {pathway}.",
    "After {n} month(s|)[, of the pathways that can be shown,] most stay by {best:pathway}, {most:percent}, and fewest by {worst:pathway}, {fewest:percent}.",
    "After {n} month(s|)[, of the pathways that can be shown,] {value:percent} are still in post, by each pathway alike.",
)
def _curves(reader: Reader, pieces: Pieces) -> None:
    age = number(pieces["n"])
    known = {words.inside(title): code for title, code in PATHWAYS.items()} | PATHWAYS
    for name, piece in (("pathway", "value"), ("best", "most"), ("worst", "fewest")):
        if name in pieces and pieces[name] in known:
            possible = stays(reader, known[pieces[name]], age)
            if pieces[piece] not in possible:
                reader.wrong(
                    "numbers: a figure is another one", f"{name}: {' or '.join(sorted(possible))}"
                )
    if "pathway" not in pieces:
        months = window_of(reader.place.end, "rolling_12")
        lines = [reader.moment.lines("retention", one, reader.place.members) for one in months]
        some = {line["pathway"] for each in lines for line in each if int(line["starters"])}
        unseen = [code for code in some if not is_percent(stays(reader, code, age))]
        of_some = "that can be shown" in reader.said
        if unseen and not of_some:
            reader.wrong("bases: a pathway that can't be shown is left out", ", ".join(unseen))
        if of_some and all(is_percent(stays(reader, code, age), surely=True) for code in some):
            reader.wrong("bases: every pathway can be shown", ", ".join(sorted(some)))
    if "best" not in pieces:
        return
    most, fewest = (words.number_of(pieces[name]) for name in ("most", "fewest"))
    if most == fewest:
        reader.wrong("sentences: the most and the fewest are alike", pieces["most"])
        return
    for title, code in PATHWAYS.items():
        shares = [words.number_of(text) for text in stays(reader, code, age)]
        surely = [share for share in shares if share is not None]
        if most is None or fewest is None or len(surely) < len(shares):
            continue
        if min(surely) > most or max(surely) < fewest:
            reader.wrong("sentences: another pathway is first or last", title)


@says(
    "Each point is of the cohorts that came to that age in {span}.",
)
def _each_point(reader: Reader, pieces: Pieces) -> None:
    reader.expect(
        "numbers: another span", pieces["span"], words.span(reader.place.end, "rolling_12")
    )


@says("Of those who started in {short}, {value:percent} are still in post after {n} month(s|).")
def _cohort(reader: Reader, pieces: Pieces) -> None:
    cohort, age = words.period_of(pieces["short"]), number(pieces["n"])
    end = plus(cohort, age)
    lines = [
        line
        for line in reader.moment.lines("retention", end, reader.place.members)
        if age_of(line) == age
    ]
    part, base = (
        sum(int(line["in_post"]) for line in lines),
        sum(int(line["starters"]) for line in lines),
    )
    possible = seen_percents(part, base)
    if reader.place.exact:
        possible = frozenset({words.figure(Fraction(part, base), "share") if base else "–"})
    if pieces["value"] not in possible:
        reader.wrong("numbers: a figure is another one", " or ".join(sorted(possible)))
    if (age == 1) == ("months" in reader.said):
        reader.wrong("sentences: singular and plural", age)


# --- Spend ----------------------------------------------------------------------------------------

RINGS = ("area", "wider_area", "elsewhere", "unknown")


@says(
    "[{whose:words}: no|No] spend is known for {span}.",
    "[{whose:words}: there|There] is no total of spend for {span}, as only {k_of_n:part} months (is|are) known.",
)
def _no_spend(reader: Reader, pieces: Pieces) -> None:
    """That there is no sum, and for how many months nobody sent what it would be of."""
    place = reader.place
    reader.expect("sentences: whose figures these are", pieces.get("whose", place.whose), place.whose)  # fmt: skip
    reader.expect("numbers: another span", pieces["span"], reader.when)
    months = window_of(place.end, place.window)
    known = sum(bool(reader.moment.senders("spend", one, place.members)) for one in months)
    said = (number(pieces.get("k", "no")), number(pieces["n"]) if "n" in pieces else len(months))
    reader.expect("numbers: another count of months", said, (known, len(months)))
    if known == len(months):
        reader.wrong("numbers: somebody has sent it", "every month is known")


@says(
    "{whose:words} reported no spend with suppliers in {span}.",
    "{whose:words} spent {money} with suppliers in {span}, none of it with a known address.",
    "{whose:words} spent {money} with suppliers in {span}[, by address or branch]: {area:percent} in Manchester, {wider:percent} elsewhere in Greater Manchester and {far:percent} further away, where the address is known[; {unknown:percent} not known].",
    "{whose:words} spent {money} with suppliers in {span}[, by address or branch]: {area:money} in Manchester, {wider:money} elsewhere in Greater Manchester, {far:money} further away and {unknown:money} with no known address.",
)
def _spend(reader: Reader, pieces: Pieces) -> None:
    place = reader.place
    check_whose(reader, pieces["whose"], "spend")
    reader.expect("numbers: another span", pieces["span"], reader.when)
    sums = reader.moment.rings(place.end, place.window, place.members, by_branch=place.by_branch)
    total = sum((sums or {}).values(), Fraction(0))
    whole = reader.moment.is_whole("spend", place.end, place.window, place.members)
    if pieces.get("money", "£0") != words.pounds(total):
        reader.wrong("numbers: a figure is another one", words.pounds(total))
    reader.expect("numbers: there is spend", "money" in pieces, any((sums or {}).values()))
    if not whole:
        reader.wrong("numbers: a sum of a window with a month that nobody sent", "say which lacks")
    placed = any(value for ring, value in (sums or {}).items() if ring != "unknown")
    if "money" in pieces and placed == ("none of it" in reader.said):
        reader.wrong("places: where pounds of no known address went", f"{sums}")
    check_rings(reader, pieces, sums)


def check_rings(reader: Reader, pieces: Pieces, sums: dict[str, Fraction] | None) -> None:
    """Shares of what is known, or pounds where those would say nothing."""
    if sums is None or "area" not in pieces:
        return
    total = sum(sums.values(), Fraction(0))
    known = total - sums["unknown"]
    for piece, ring in zip(("area", "wider", "far", "unknown"), RINGS, strict=True):
        text, base = pieces.get(piece), total if ring == "unknown" else known
        right = words.pounds(sums[ring]) if "£" in (text or "") else "–"
        if "%" in (text or "") and base:
            right = words.figure(sums[ring] / base, "share")
        if text is not None and text != right:
            reader.wrong("places: a share of spend is another one", f"{ring}: {right}")
    if "%" not in pieces["area"]:
        return
    if any(value < 0 for value in sums.values()) or known <= 0:
        reader.wrong("places: a share outside 0–100%, of credit notes", "say it in pounds instead")
    elif known < KNOWN * total:
        reader.wrong(
            "places: a share in a headline of which most is not known",
            f"no address for {words.figure(sums['unknown'] / total, 'share')}",
        )


@says(
    "(Spend|{title}): (no figures yet|{nothing:words} in these months).", "Manchester: {value:money} in {short}[, {gap} {first:short}].",
    "No address is known in {short}.",
    "A bar is all pounds of its month, those with no known address included.",
)  # fmt: skip
def _nearest_ring(reader: Reader, pieces: Pieces) -> None:
    place, pounds = reader.place, {}
    if "figures yet" in reader.said or "nothing" in pieces:
        at = place.end, place.window, place.members
        sums = reader.moment.rings(*at, by_branch=place.by_branch) or {}
        amounts = list(sums.values()) if reader.moment.is_whole("spend", *at) else []
        if amounts and "figures yet" in reader.said:
            reader.wrong("numbers: the month is known", str(sums))
        if any(one > 0 for one in amounts) or (pieces.get("nothing") == "none" and any(amounts)):
            reader.wrong("numbers: the month has spend", str(sums))
        return
    if "short" in pieces:
        last = words.period_of(pieces["short"])
        sums = reader.moment.rings(last, place.window, place.members, by_branch=place.by_branch)
        known = any(pounds for ring, pounds in (sums or {}).items() if ring != "unknown")
        if known == ("No address" in reader.said):
            reader.wrong("places: where pounds of no known address went", f"{sums}")
    if "value" not in pieces:
        return
    month = words.period_of(pieces["short"])
    for piece, end in (
        ("value", month),
        ("first", words.period_of(pieces.get("first", pieces["short"]))),
    ):
        sums = reader.moment.rings(end, place.window, place.members, by_branch=place.by_branch)
        pounds[piece] = (sums or {}).get("area", Fraction(0))
    reader.expect(
        "places: a share of spend is another one",
        pieces["value"],
        words.pounds(pounds["value"]),
    )
    if "gap" in pieces:
        reader.check_gap(
            pieces["gap"], pounds["value"], pounds["first"], "gbp", "numbers: another change"
        )


@says("Not of the same members throughout.")
def _others(reader: Reader, pieces: Pieces) -> None:
    """Of a course of sums in a picture."""
    if not has_others(reader):
        reader.wrong("judging: the same members", "they are comparable")


def has_others(reader: Reader) -> bool:
    """Whether other members sent some of the months of a course of sums."""
    name, place = reader.place.indicator, reader.place
    return_name = return_of(name)
    if return_name is None or unit_of(name) == "share":
        return False
    shown = reader.seen.get((name, place.window, place.members), {})
    sent = {
        tuple(reader._senders(name, return_name, month))
        for month, text in shown.items()
        if text != "–"
    }
    return len(sent) > 1


@says("No supplier that is named was paid more than it gave back in {span}.")
def _no_largest(reader: Reader, pieces: Pieces) -> None:
    reader.expect("numbers: another span", pieces["span"], reader.when)
    paid = {
        name: value for name, value in paid_to(reader).items() if value > 0 and name != REDACTED
    }
    reader.expect("numbers: another count of suppliers", {}, paid)


def paid_to(reader: Reader) -> dict[str, Fraction]:
    """What each supplier was paid."""
    place = reader.place
    pooled = place.members is None or len(place.members) != 1
    sums: dict[str, Fraction] = {}
    for month in window_of(place.end, place.window):
        for line in reader.moment.pounds(month, place.members, pooled=pooled):
            name = line["supplier_name"]
            sums[name] = sums.get(name, Fraction(0)) + amount(line)
    return sums


@says("In no category was more paid than given back.")
def _given_back(reader: Reader, pieces: Pieces) -> None:
    place = reader.place
    sums: dict[str, Fraction] = defaultdict(Fraction)
    pooled = place.members is None or len(set(place.members)) != 1
    for month in window_of(place.end, place.window):
        for line in reader.moment.pounds(month, place.members, pooled=pooled):
            sums[line["category"]] += amount(line)
    if not sums or any(pounds > 0 for pounds in sums.values()):
        reader.wrong("numbers: a category was paid for", f"{dict(sums)}")


@says("The {k:n} largest of {n}: {part:money} of {whole:money}.")
def _largest_of(reader: Reader, pieces: Pieces) -> None:
    """Of categories: there are no more than four here, so never said."""
    reader.wrong("numbers: another count", "there are no more than four categories")


@says(
    "{whose:words}: no spend with a choice of supplier is known to have left the area in {span}.",
    "{total:money} of spend with a choice of supplier left the area in {span}[; no supplier that is known to be local was paid in any of its categories][; {near:money} of it in {n:count} categor(y|ies) that local suppliers were paid for too, most of all {most:words}][. For {not_said:money} members did not say whether there was a choice].",
)
def _leaving(reader: Reader, pieces: Pieces) -> None:
    place = reader.place
    reader.expect("numbers: another span", pieces["span"], reader.when)
    left, local = leaks(reader)
    total = sum((value for value in left.values() if value > 0), Fraction(0))
    if "total" not in pieces:
        reader.expect("sentences: whose figures these are", pieces["whose"], place.whose)
        if total:
            reader.wrong("numbers: a figure is another one", words.pounds(total))
        return
    reader.expect("numbers: a figure is another one", pieces["total"], words.pounds(total))
    near = {name: value for name, value in left.items() if value > 0 and name and local.get(name)}
    if "near" in pieces:
        right = (words.pounds(sum(near.values(), Fraction(0))), len(near))
        reader.expect(
            "numbers: a figure is another one", (pieces["near"], number(pieces["n"])), right
        )
        if near and near.get(pieces["most"], 0) < max(near.values()):
            reader.wrong("sentences: another category is most", max(near, key=near.__getitem__))
    elif near:
        reader.wrong("sentences: local suppliers were paid", sorted(near))
    not_said, _ = leaks(reader, not_said=True)
    unsaid = sum((value for name, value in not_said.items() if left[name] > 0), Fraction(0))
    right_unsaid = words.pounds(unsaid) if unsaid > 0 else None
    reader.expect("bases: a caveat is dropped", pieces.get("not_said"), right_unsaid)


def leaks(reader: Reader, *, not_said: bool = False) -> tuple[dict[str, Fraction], dict[str, int]]:
    """Category -> pounds that left the area though somebody could have chosen; and how many local
    suppliers the network paid in it."""
    place, moment = reader.place, reader.moment

    def ring(line: dict[str, Any]) -> str:
        return nearest(line) if place.by_branch else supplier(line).ring

    left: dict[str, Fraction] = {}
    local: dict[str, set[str]] = {}
    pooled = place.members is None or len(place.members) != 1
    for month in window_of(place.end, place.window):
        for line in moment.pounds(month, place.members, pooled=pooled):
            if ring(line) in ("wider_area", "elsewhere") and line["influenceable"] != "no":
                if not not_said or not line["influenceable"]:
                    left[line["category"]] = left.get(line["category"], Fraction(0)) + amount(line)
                else:
                    left.setdefault(line["category"], Fraction(0))
        for line in moment.pounds(month):
            if ring(line) == "area":
                local.setdefault(line["category"], set()).add(line["supplier_name"])
    return left, {name: len(names) for name, names in local.items()}


@says("The {k:count} largest of {n} suppliers were paid {part:money} in {span}; with credit notes all spend was {whole:money}.",
      "One supplier was paid in {span}: {part:money} of {whole:money}.",
      "The {k:count} largest of {n} suppliers take {share:percent} of spend in {span}: {part:money} of {whole:money}.",
      "One of {n} supplier(s|) takes {share:percent} of spend in {span}: {part:money} of {whole:money}.",
      "The one supplier takes {share:percent} of spend in {span}: {part:money} of {whole:money}.",
      "(The {k:count} largest of {n} suppliers take|One of {m:n} supplier(s|) takes|The one supplier takes) {part:money} in {span}, of {whole:money} net of credit notes.")  # fmt: skip
def _concentrated(reader: Reader, pieces: Pieces) -> None:
    reader.expect("numbers: another span", pieces["span"], reader.when)
    sums = paid_to(reader)
    whole = sum(sums.values(), Fraction(0))
    named = {name: value for name, value in sums.items() if value > 0 and name != REDACTED}
    pieces.setdefault("n", pieces.get("m", "one"))
    largest = sorted(named.values(), reverse=True)[:10]
    part = sum(largest, Fraction(0))
    right = (len(largest), len(named), words.pounds(part), words.pounds(whole))
    said = (
        number(pieces.get("k", "one")),
        number(pieces.get("n", "one")),
        pieces["part"],
        pieces["whole"],
    )
    if said != right:
        kind = "numbers: another count of suppliers"
        if sums.get(REDACTED, 0) > 0:
            kind = "places: a redacted name is ranked as a supplier"
        reader.wrong(kind, right)
    if whole > 0 and part > whole and "share" in pieces:
        reader.wrong("places: a share outside 0–100%, of credit notes", "say it in pounds instead")
    if len(named) == 1 and "One of 1" in reader.said:
        reader.wrong("sentences: singular and plural", "the one supplier")


@says("{money} that members paid each other is left out.")
def _netted(reader: Reader, pieces: Pieces) -> None:
    place = reader.place
    both = (Fraction(0), Fraction(0))
    for month in window_of(place.end, place.window):
        every = sum(
            map(amount, reader.moment.pounds(month, place.members, pooled=False)), Fraction(0)
        )
        kept = sum(map(amount, reader.moment.pounds(month, place.members)), Fraction(0))
        both = (both[0] + every, both[1] + kept)
    if words.pounds(both[0] - both[1]) != pieces["money"]:
        reader.wrong(
            "places: what members paid each other is another sum", words.pounds(both[0] - both[1])
        )


SPLITS = {"The size": "supplier_size", "The type": "supplier_type", "The decile (1 is the most deprived tenth of England)": "imd_decile"}  # fmt: skip


@says("None exists outside England: {parts:words}.")
def _no_decile(reader: Reader, pieces: Pieces) -> None:
    sums: dict[str, Fraction] = {}
    place = reader.place
    pooled = place.members is None or len(place.members) != 1
    nations = {"W": "Wales", "S": "Scotland", "N": "Northern Ireland", "L": "Channel Islands"}
    for month in window_of(place.end, place.window):
        for line in reader.moment.pounds(month, place.members, pooled=pooled):
            code = {"BT1 5GS": "N", "JE2 3XP": "L"}.get(
                line["supplier_postcode"], (supplier(line).authority or "?")[0]
            )
            if code in nations:
                sums[nations[code]] = sums.get(nations[code], Fraction(0)) + amount(line)
    for one in re.split(r", | and ", pieces["parts"]):
        money, _, nation = one.partition(" in ")
        reader.expect(
            "places: a sum of a place is another one",
            money,
            words.pounds(sums.get(nation, Fraction(0))),
        )


@says(
    "{what:words} is not known for {value:percent} of pounds.",
    "{what:words} is not known for {credited:value}.",
)
def _unknown_part(reader: Reader, pieces: Pieces) -> None:
    place, field_name = reader.place, SPLITS.get(pieces["what"], "")
    pooled = place.members is None or len(place.members) != 1
    parts: dict[bool, Fraction] = {True: Fraction(0), False: Fraction(0)}
    for month in window_of(place.end, place.window):
        for line in reader.moment.pounds(month, place.members, pooled=pooled):
            known = line.get(field_name, "") != "not_known"
            if field_name == "imd_decile":
                known = not has_no_decile(supplier(line))
            parts[known] += amount(line)
    whole = sum(parts.values())
    if "credited" in pieces:
        right = f"{words.pounds(parts[False])} of {words.pounds(whole)}"
        reader.expect("places: a share of spend is another one", pieces["credited"], right)
        return
    if min(parts.values()) < 0 or whole <= 0:
        reader.wrong("places: a share outside 0–100%, of credit notes", "say it in pounds instead")
        return
    right = words.figure(parts[False] / whole, "share")
    reader.expect("places: a share of spend is another one", pieces["value"], right)


@says(
    "{part:money} of {whole:money} by the supplier's registered address: {shades:words}.",
    "The rest has no known address in England, or only a part of a postcode.",
)
def _on_the_map(reader: Reader, pieces: Pieces) -> None:
    place = reader.place
    pooled = place.members is None or len(place.members) != 1
    whole = Fraction(0)
    for month in window_of(place.end, place.window):
        for line in reader.moment.pounds(month, place.members, pooled=pooled):
            whole += amount(line)
    if "whole" in pieces:
        reader.expect("numbers: a figure is another one", pieces["whole"], words.pounds(whole))


# --- Members --------------------------------------------------------------------------------------


def year_of(reader: Reader) -> list[date]:
    """The months of the year to the page's, from the first that anybody sent anything for."""
    end = reader.place.end
    first = min([*reader.moment.months, end])
    return [month for month in window_of(end, "rolling_12") if month >= first]


def year_board(reader: Reader) -> list[tuple[str, str, str, bool]]:
    return [row for month in year_of(reader) for row in reader.board_of(month)]


@says(
    "{n:Count} member(s|): {off:count} with a target of its own off track in {span}, {lack:count} with a return missing in the year.",
    "{n:Count} member(s|): {lack:count} with a return missing in the year.",
)
def _every_member(reader: Reader, pieces: Pieces) -> None:
    rows = year_board(reader)
    lacking = {row[0] for row in rows if row[2] == "missing"}
    right = (len({row[0] for row in rows}), len(lacking))
    reader.expect(
        "numbers: another count of members", (number(pieces["n"]), number(pieces["lack"])), right
    )


@says(
    "{whose:words}: {n} figure(s|) for {span}, and no targets of its own; {k:n} of {of:n} returns sent[, {late:n} late].",
    "{whose:words}: {on_of_targets:part} targets of its own (is|are) on track in {span}; {k:n} of {of:n} returns sent[, {late:n} late].",
    "{whose:words}: its own target (is|is not) on track in {span}; {k:n} of {of:n} returns sent[, {late:n} late].",
)
def _one_member_stands(reader: Reader, pieces: Pieces) -> None:
    reader.expect("sentences: whose figures these are", pieces["whose"], reader.place.whose)
    rows = [row for row in year_board(reader) if row[2] != "not_due"]
    right = (sum(row[2] != "missing" for row in rows), len(rows), sum(row[3] for row in rows))
    said = tuple(number(pieces.get(name, "no")) for name in ("k", "of", "late"))
    reader.expect("numbers: another count of returns", said, right)
    if "n" in pieces:
        singular = number(pieces["n"]) == 1
        if singular != (" figure for" in reader.said):
            reader.wrong("sentences: singular and plural", pieces["n"])


@says(
    "{k:n} of {of:n} returns sent in [{first:month} to ]{last:month}, all on time.",
    "{k:n} of {of:n} returns sent in [{first:month} to ]{last:month}: {parts:list}.",
    "No returns were due in [{first:month} to ]{last:month}.",
)
def _record(reader: Reader, pieces: Pieces) -> None:
    year = year_of(reader)
    span = words.month(year[0]), words.month(year[-1])
    said_span = pieces.get("first", pieces["last"]), pieces["last"]
    reader.expect("numbers: another span", said_span, span)
    rows = [row for row in year_board(reader) if row[2] != "not_due"]
    if "k" not in pieces:
        reader.expect("numbers: another count of returns", 0, len(rows))
        return
    right = (sum(row[2] != "missing" for row in rows), len(rows))
    reader.expect(
        "numbers: another count of returns", (number(pieces["k"]), number(pieces["of"])), right
    )
    counts = {"late": sum(row[3] for row in rows)}
    counts |= {
        state: sum(row[2] == state for row in rows) for state in ("corrected", "nil", "missing")
    }
    said = [one.split(" ", 1) for one in re.split(r", | and ", pieces.get("parts", "")) if one]
    parts = {name: number(many) for many, name in said}
    reader.expect(
        "numbers: another count of returns", parts, {k: v for k, v in counts.items() if v}
    )


# --- what needs attention, and meetings -----------------------------------------------------------


@says(
    "Nothing is off track.", "No target can be looked at yet.",
    "{n:Count} figure(s|); {without:count} without an action.",
    "{n:Count} figure(s|), (each |)(with|without) an action.",
    "Also, {n:Count} figure(s|) of members with their own targets; {without:count} without an action.",
    "Also, {n:Count} figure(s|) of members with their own targets, (each |)(with|without) an action.",
)  # fmt: skip
def _exceptions(reader: Reader, pieces: Pieces) -> None:
    if "n" in pieces and (number(pieces["n"]) == 1) != bool(re.search(r"figure[;, ]", reader.said)):
        reader.wrong("sentences: singular and plural", pieces["n"])
    figures, without = number(pieces.get("n", "no")), number(pieces.get("without", "no"))
    if (figures == 1) == ("each with" in reader.said) and "without" not in pieces and "n" in pieces:
        reader.wrong("sentences: singular and plural", "each of one")
    if figures == without == 1:
        reader.wrong("sentences: one of one without an action", "it has no action")
    if "without an action" in reader.said and "without" not in pieces:
        without = figures
    if reader.said.startswith("Also"):
        likely = members_off_track(reader)
    else:
        likely = {(name, None): is_exception(reader, name) for name in looked_at(reader)}
    opened = open_actions(reader)
    # Of a member that is picked its actions are those of the figure.
    acted = {(name, None) for name, _ in opened} if reader.place.members else opened
    alone = {figure: state for figure, state in likely.items() if figure not in acted}
    for what, said, states in (
        ("figures that need attention", figures, likely),
        ("figures without an action", without, alone),
    ):
        sure = [state for state in states.values() if state is not False]
        if not sure.count(True) <= said <= len(sure):
            reader.wrong(f"numbers: another count of {what}", f"{sure.count(True)} to {len(sure)}")


def looked_at(reader: Reader) -> list[str]:
    """What needs attention is looked for among these: what is on Overview, or has a target."""
    moment = reader.moment
    aimed_at = [name for name in CATALOGUE if moment.target(name) is not None]
    return [*dict.fromkeys([*OVERVIEW, *aimed_at])]


def is_exception(reader: Reader, name: str) -> bool | None:
    """Whether a figure is off track or of concern; None where rounding decides."""
    place, concern = reader.place, is_of_concern(reader, name)
    if better_is_more(name) is None or concern:
        return concern
    one = place.members[0] if place.members and len(place.members) == 1 else None
    reasons = reader.unjudged(name)
    if "" not in reasons or (place.members and one is None):
        return concern
    if reader.moment.target(name, one) is None:
        return concern
    shown = reader.shown(name, place.end)
    if shown is None:
        return None
    is_off_track = reader.judged(name, shown) == "off_track"
    if is_off_track and reasons == {""}:
        return True
    return None if is_off_track else concern


def is_of_concern(reader: Reader, name: str) -> bool | None:
    """Whether the last of a figure's months is unusual, for the worse; None where rounding
    decides."""
    ways = variations(reader, name)
    if "concern" not in ways:
        return False
    return True if ways == {"concern"} else None


def members_off_track(reader: Reader) -> dict[tuple[str, str | None], bool | None]:
    """The figures of members with targets of their own, and whether each is off track."""
    states: dict[tuple[str, str | None], bool | None] = {}
    place, moment = reader.place, reader.moment
    here = moment.owing(place.end)
    for _, target in moment.network.targets:
        owner = target.member_id
        if owner is None or moment.target(target.indicator, owner) is None or owner not in here:
            continue
        reader.place = replace(place, members=(owner,), window="month", exact=False)
        name = target.indicator
        shown, reasons = reader.shown(name, place.end), reader.unjudged(name)
        state: bool | None = False
        if better_is_more(name) is not None and "" in reasons:
            is_off_track = shown is None or reader.judged(name, shown) == "off_track"
            if is_off_track:
                state = True if shown is not None and reasons == {""} else None
        states[name, owner] = state
    reader.place = place
    return states


def open_actions(reader: Reader) -> set[tuple[str, str | None]]:
    """What actions are open about: of the network by itself and of members, or of those picked."""
    members = reader.place.members
    return {
        (one["indicator"], one["member_id"])
        for one in reader.moment.network.actions
        if is_open(reader, one) and (members is None or one["member_id"] in members)
    }


def is_open(reader: Reader, action: dict[str, Any]) -> bool:
    now = reader.moment.as_at
    closed = action["closed_at"]
    return bool(action["opened_at"] <= now) and not (closed and closed <= now)


@says("{open:Count} (action is|actions are) open[, and late][, {late:count} late].")
def _decisions(reader: Reader, pieces: Pieces) -> None:
    if (number(pieces["open"]) == 1) != ("action is" in reader.said) and number(pieces["open"]):
        reader.wrong("sentences: singular and plural", pieces["open"])


@says(
    "No meeting is recorded yet, so there is nothing to compare with.",
    "This is the first meeting that is recorded, so there is none to compare with.",
    "{meeting:words} saw no figures.",
    "Since {meeting:list}: nothing has changed.",
    "Since {meeting:list}: {parts:list}.",
)
def _since_meeting(reader: Reader, pieces: Pieces) -> None:
    moment = reader.moment
    past = [held for held in moment.network.meetings if held[1] < moment.as_at]
    if "meeting" in pieces and past and pieces["meeting"] not in [name for name, _ in past]:
        reader.wrong("sentences: since a meeting that is still to come", past[-1])
    if "No meeting" in reader.said and past:
        reader.wrong("numbers: another meeting", past[-1])
    said = {}
    for one in re.split(r", | and ", pieces.get("parts", "").rstrip(".")):
        match = re.match(r"(\w+) (\w+) (.+)", one)
        if not match:
            continue
        what = f"{match[2].rstrip('s')} {match[3]}"
        for many, one_ in ONE_OF.items():
            what = re.sub(rf"\b{many}\b", one_, what)
        said[what] = number(match[1])
        if (number(match[1]) == 1) != (match[2] in ("indicator", "figure", "member", "action")):
            reader.wrong("sentences: singular and plural", one)
    if "Since" not in reader.said or not past:
        return
    due_by = min(
        (when.date() for _, when in moment.network.meetings if when > moment.as_at),
        default=moment.today,
    )
    members = reader.place.members
    right = {
        "action is due": sum(
            is_open(reader, one)
            and one["due_on"] <= due_by
            and (members is None or one["member_id"] in members)
            for one in moment.network.actions
        )
    }
    then = Moment(moment.network, dict(past)[pieces["meeting"]])
    months_then = Reader(then).months_seen()
    if len(months_then) == 1:
        (month,) = months_then
        before = returns_of(then, month, members)
        now = returns_of(moment, reader.place.end, members)
        was_in = {key for key, state in before.items() if state not in ("missing", "not_due")}
        came = {
            key[0]
            for key, state in now.items()
            if state not in ("missing", "not_due") and key in before and key not in was_in
        }
        lacks = {key[0] for key, state in now.items() if state == "missing" and key in was_in}
        right |= {"member came in": len(came), "member lacks returns": len(lacks)}
        check_changes(reader, then, month, said)
    for what, count in right.items():
        reader.expect(f"numbers: since the meeting, {what}", said.get(what, 0), count)


ONE_OF = {"are": "is", "lack": "lacks", "have": "has", "vary": "varies", "were": "was"}


def check_changes(reader: Reader, then: Moment, month: date, said: dict[str, int]) -> None:
    """How many figures changed since a meeting that looked at a month: between those that did and
    those that may have, where rounding decides."""
    before = Reader(then, place=replace(reader.place, end=month, window="month"))
    place, reader.place = reader.place, replace(reader.place, window="month")
    names = looked_at(reader)
    for what, states in (
        ("indicator has a different status", statuses),
        ("indicator varies in a different way", variations),
    ):
        least = most = 0
        for name in names:
            were, are = states(before, name), states(reader, name)
            least += None not in were | are and not were & are
            most += any(was != now for was in were - {None} for now in are - {None})
        count = said.get(what, 0)
        if not least <= count <= most:
            reader.wrong(f"numbers: since the meeting, {what}", f"{least} to {most}")
    least = most = 0
    for name in names:
        for one in [plus(month, -back) for back in range(12)]:
            was, now = (each.possible(name, one) for each in (before, reader))
            are_known = [words.number_of(text) is not None for text in was]
            least += all(are_known) and not was & now
            most += any(are_known) and (len(was | now) > 1)
    count = said.get("figure was revised", 0)
    if not least <= count <= most:
        reader.wrong("numbers: since the meeting, figure was revised", f"{least} to {most}")
    reader.place = place


def statuses(reader: Reader, name: str) -> set[str | None]:
    """What status a month's figure may have; None where it has none."""
    reasons, members = reader.unjudged(name), reader.place.members
    if better_is_more(name) is None or "" not in reasons or (members and len(members) > 1):
        return {None}
    shown = reader.shown(name, reader.place.end)
    texts = reader.possible(name) if shown is None else {shown}
    judged = {reader.judged(name, text) for text in texts}
    return judged | ({None} if reasons != {""} else set())


def variations(reader: Reader, name: str) -> set[str | None]:
    """How the last of a figure's months may vary; None where there is no chart."""
    end, members, more = reader.place.end, reader.place.members, better_is_more(name)
    ways: set[str | None] = {None, "common"}
    ways |= {"neutral"} if more is None else {"improvement", "concern"}
    if is_stock(name):
        return {None}
    values: list[float | None] = []
    for month in [plus(end, -back) for back in range(23, -1, -1)]:
        reasons = reader.moment.unjudged(name, month, "month", members)
        shown = reader.shown(name, month, "month")
        if len(reasons) > 1 or ("" in reasons and shown is None):
            return ways
        value = reader.number(shown, name, month, window="month") if "" in reasons else None
        values.append(None if value is None else float(value))
    chart = vary(values)
    if chart is None:
        return {None}
    if not chart.is_special:
        return {"common"}
    return {"neutral" if more is None else "improvement" if chart.rising == more else "concern"}


def returns_of(
    moment: Moment, month: date, members: Collection[str] | None
) -> dict[tuple[str, str], str]:
    """(member, return) -> its state, of all that were owed for a month."""
    return {
        (member, name): moment.state(member, name, month)[0]
        for member in moment.owing(month, members)
        for name in RETURNS
    }


@says("{who:words} joined the network.", "{who:words} left the network.")
def _joined(reader: Reader, pieces: Pieces) -> None:
    names = [one.name for one in reader.moment.network.members]
    for one in re.split(r", | and ", pieces["who"]):
        if one not in names:
            reader.wrong("numbers: another member", one)


@says(
    "{who:words} came in with {what:list}.", "{who:words} lacks {what:list}, which the meeting had."
)
def _came_in(reader: Reader, pieces: Pieces) -> None:
    member = reader.member_id(pieces["who"])
    titles = {words.inside(title): name for name, title in RETURNS.items()}
    for one in re.split(r", | and ", pieces["what"]):
        name = titles.get(one)
        if member is None or name is None:
            reader.wrong("numbers: another member or return", one)
            continue
        state, _ = reader.moment.state(member, name, reader.place.end)
        if (state in ("missing", "not_due")) == ("came in" in reader.said):
            reader.wrong("numbers: another state of a return", state)


@says("{plain} in {month} was {then:value} and is {now:value}: {why:words}.")
def _revised(reader: Reader, pieces: Pieces) -> None:
    name = subject(reader, pieces["plain"], pieces["now"])
    month = words.period_of(pieces["month"])
    possible = [
        reader.possible(one, month, window="month") for one in indicators_of(pieces["plain"])
    ]
    if not any(pieces["now"] in one for one in possible):
        reader.check_value(pieces["now"], name, month, window="month")


@says("{plain} was {was:state} and is {now:state}: {value}[, {gap} profile].")
def _crossed(reader: Reader, pieces: Pieces) -> None:
    name = subject(reader, pieces["plain"], pieces["value"])
    place, reader.place = reader.place, replace(reader.place, indicator=name, window="month")
    reader.check_value(pieces["value"], name)
    status = next(title for title in STATUS if title.lower() == pieces["now"])
    reader.check_status(status, name, pieces["value"])
    reader.place = place


@says(
    "{plain}: (back to its usual variation|outside its usual range|six months running the same way|near the edge of its usual range or beyond it, in at least two of three months|seven months or more on one side of its mean), at {value}[, for the {way:words}]."
)
def _varied(reader: Reader, pieces: Pieces) -> None:
    names = indicators_of(pieces["plain"])
    if not any(pieces["value"] in reader.possible(one, window="month") for one in names):
        name = subject(reader, pieces["plain"], pieces["value"])
        reader.check_value(pieces["value"], name, window="month")


@says(
    "{plain}: {what:words} \\(The team\\), {due}.",
    "{plain}: {what:words} The team, {due}",
    "{what:words} The team, {due}",
)
def _action(reader: Reader, pieces: Pieces) -> None:
    actions = [one for one in reader.moment.network.actions if one["what"] == pieces["what"]]
    if not actions:
        reader.wrong(
            "numbers: another action", [one["what"] for one in reader.moment.network.actions]
        )
        return
    (action,) = actions
    right = words.due(action["due_on"], reader.moment.today)
    reader.expect("numbers: another day", pieces["due"], right)
    if action["closed_at"] and action["closed_at"] <= reader.moment.as_at:
        reader.wrong("numbers: another action", "it is closed")


@says(
    "{plain}: {value}, {gap} profile of {profile:value}[; unusual: worse][.]",
    "{plain}: {value}; unusual: worse[.]",
)
def _case(reader: Reader, pieces: Pieces) -> None:
    name = subject(reader, pieces["plain"])
    reader.check_value(pieces["value"], name)
    if "gap" in pieces:
        check_profile(reader, name, pieces["value"], pieces["gap"], pieces["profile"])


STATES = {"on time": "on_time", "late": "late", "corrected": "corrected", "nil return": "nil", "missing": "missing", "not due yet": "not_due"}  # fmt: skip


@says("and {n} more")
def _more(reader: Reader, pieces: Pieces) -> None:
    """How many further sentences there are is on the page."""


# --- charts in words ------------------------------------------------------------------------------


def bars(text: str) -> list[tuple[str, str]]:
    """`Small £56.4k · 20%; Medium £84.7k` as names with their labels."""
    parts = []
    for one in text.rstrip(".").split("; "):
        match = re.match(
            r"(.+?) (-?£?[\d,]+(?:\.\d+)?(?:k|m|bn|%)?(?: · .+)?|-?£\S+ of -?£\S+|too few to show|not known|under \d+ people|no figure|for members only|\*)$",
            one,
        )
        parts.append((match[1], match[2]) if match else (one, ""))
    return parts


@says("Columns by month: no figures.", "Columns by month: {parts:rest}")
def _flows_chart(reader: Reader, pieces: Pieces) -> None:
    for one in pieces.get("parts", "").rstrip(".").split("; "):
        match = re.match(
            r"(\w{3} \d\d) (?:(\d+) new, (\d+) lapsed, (\d+) off the lists|(.+))$", one
        )
        if not match or match[2] is None:
            continue
        month = words.period_of(match[1])
        now, then = stock_of(reader, month), stock_of(reader, plus(month, -1))
        if now is None or then is None:
            reader.wrong("numbers: a figure is another one", f"{match[1]}: no figure")
            continue
        before, after = accredited(then), accredited(now)
        gone = {name for name in before if name not in now}
        right = (len(after - before), len(before - after - gone), len(gone))
        said = tuple(map(int, match.groups()[1:4]))
        if said != right:
            reader.wrong("numbers: another count of employers", f"{match[1]}: {right}")


@says("Bars of accredited employers by {field:words}. {parts:rest}")
def _employers_chart(reader: Reader, pieces: Pieces) -> None:
    stock = stock_of(reader, reader.place.end) or {}
    lines = [stock[name] for name in accredited(stock)]
    titles = PARTS.get(pieces["field"], {})
    right: dict[str, int] = {}
    for line in lines:
        title = titles[line[pieces["field"]]]
        right[title] = right.get(title, 0) + 1
    if pieces["parts"] == "No figures.":
        reader.expect("numbers: another count of employers", {}, right)
        return
    said = {name: number(label) for name, label in bars(pieces["parts"])}
    reader.expect("numbers: another count of employers", said, right)


def count_starts(
    reader: Reader, test: Callable[[dict[str, Any]], bool], column: str = "starts"
) -> int:
    return sum(
        int(line[column] or 0)
        for month in window_of(reader.place.end, reader.place.window)
        for line in reader.moment.lines("local_hires", month, reader.place.members)
        if test(line)
    )


FEW = {"too few to show": "*", "not known": "–", "no figure": "–"}


@says("Bars by pathway. {parts:rest}")
def _funnel_chart(reader: Reader, pieces: Pieces) -> None:
    for one in pieces["parts"].rstrip(".").split("; "):
        title, _, rest = one.partition(": ")
        if title not in PATHWAYS:
            continue
        for part in re.split(r", | and ", rest):
            match = re.match(
                r"(?:(\S+) (applications|offers|starts)|(applications|offers|starts) (.+))$", part
            )
            if match and match[1]:
                count = count_starts(
                    reader,
                    lambda line, code=PATHWAYS[title]: line["pathway"] == code,
                    match[2],  # type: ignore[misc]
                )
                check_people(reader, match[1], count)


@says("Bars of starts by home in {span}. {parts:rest}")
def _homes_chart(reader: Reader, pieces: Pieces) -> None:
    reader.expect("numbers: another span", pieces["span"], reader.when)
    if pieces["parts"] == "No figures.":
        return
    for name, label in bars(pieces["parts"]):
        if FEW.get(label) == "–" or not label:
            continue
        ring = HOME_RINGS.get(name)
        check_people(
            reader,
            FEW.get(label, label),
            count_starts(reader, lambda one, ring=ring: home_ring(one) == ring),
        )  # type: ignore[misc]


BESIDE = {
    "Under 25": "under_25_start_share",
    "Global majority": "global_majority_start_share",
    "Out of work before": "out_of_work_start_share",
    "From priority neighbourhoods": "priority_neighbourhood_start_share",
}


@says("Bars of shares of starts. {parts:rest}")
def _beside_chart(reader: Reader, pieces: Pieces) -> None:
    for one in pieces["parts"].rstrip(".").split("; "):
        for name, label in bars(one.partition(", Manchester")[0]):
            if name in BESIDE:
                reader.check_value(FEW.get(label, label), BESIDE[name])


@says("Lines of the share still in post by months followed. {parts:rest}")
def _stay_chart(reader: Reader, pieces: Pieces) -> None:
    codes = {"Standard": "standard", "Pre-employment": "pre_employment"} | PATHWAYS
    for one in pieces["parts"].rstrip(".").split("; "):
        name, _, rest = one.partition(": ")
        if name not in codes:
            continue
        for part in rest.split(", "):
            match = re.match(r"(?:(\d+) months?|start) (.+)$", part)
            if match:
                possible = stays(reader, codes[name], int(match[1] or 0))
                if match[2] not in possible:
                    reader.wrong(
                        "numbers: a figure is another one",
                        f"{part}: {' or '.join(sorted(possible))}",
                    )


@says(
    "Stacked bar chart of (Spend|{title}) by month, in {short}: {area:money} Manchester, {wider:money} elsewhere in Greater Manchester, {far:money} further away and {unknown:money} not known.",
    "Stacked bar chart of (Spend|{title}) by month.",
)
def _rings_chart(reader: Reader, pieces: Pieces) -> None:
    if "short" not in pieces:
        return
    place, month = reader.place, words.period_of(pieces["short"])
    sums = reader.moment.rings(month, place.window, place.members, by_branch=place.by_branch)
    check_rings(reader, pieces, sums)


def by_category(reader: Reader) -> dict[str, dict[str, Fraction]]:
    place = reader.place
    pooled = place.members is None or len(place.members) != 1
    sums: dict[str, dict[str, Fraction]] = {}
    for month in window_of(place.end, place.window):
        for line in reader.moment.pounds(month, place.members, pooled=pooled):
            ring = nearest(line) if place.by_branch else supplier(line).ring
            of_ring = sums.setdefault(line["category"] or "not known", {})
            of_ring[ring] = of_ring.get(ring, Fraction(0)) + amount(line)
    return sums


@says("Stacked bars of pounds by place. {parts:rest}")
def _places_chart(reader: Reader, pieces: Pieces) -> None:
    sums = by_category(reader)
    rings = {"Manchester": "area", "elsewhere in Greater Manchester": "wider_area", "further away": "elsewhere", "not known": "unknown"}  # fmt: skip
    for one in pieces["parts"].rstrip(".").split("; "):
        name, _, rest = one.partition(": ")
        for part in re.split(r", | and ", rest):
            match = re.match(r"(\S+) (.+)$", part)
            if match and match[2] in rings:
                right = words.pounds(sums.get(name, {}).get(rings[match[2]], Fraction(0)))
                if match[1] != right:
                    reader.wrong(
                        "places: a sum of a place is another one", f"{name}, {match[2]}: {right}"
                    )


@says("Bars of pounds that left, of categories with local suppliers. {parts:rest}")
def _leaks_chart(reader: Reader, pieces: Pieces) -> None:
    left, local = leaks(reader)
    for one in pieces["parts"].rstrip(".").split("; "):
        match = re.match(r"(\w+) (\S+) · (\d+) local suppliers?$", one)
        if match:
            right = (words.pounds(left.get(match[1], Fraction(0))), str(local.get(match[1], 0)))
            reader.expect("numbers: a figure is another one", (match[2], match[3]), right)


@says(
    "[With credit notes, ]{value} of spend in {span} went to suppliers that hold a standard of the framework."
)
def _standards(reader: Reader, pieces: Pieces) -> None:
    reader.expect("numbers: another span", pieces["span"], reader.when)
    reader.check_value(pieces["value"], "standard_supplier_spend_share")


@says("Nobody has listed who holds this: {list}.")
def _nobody_listed(reader: Reader, pieces: Pieces) -> None:
    # Lists of standards are none here: who is accredited the returns say.
    titles = dict((plan_at(reader.moment.network, reader.moment.as_at) or WHOLE).standards)
    right = words.listed([title for name, title in titles.items() if name != "living_wage"])
    reader.expect("sentences: other standards", pieces["list"], right)


@says("Bars of shares of spend. {parts:rest}")
def _standards_bars(reader: Reader, pieces: Pieces) -> None:
    for part in pieces["parts"].removesuffix(".").split("; "):
        match = re.fullmatch(r"(Real Living Wage accreditation|Any of them) (.+)", part)
        if match is None:
            reader.wrong("sentences: another standard", part)
        else:
            reader.check_value(match[2], "standard_supplier_spend_share")


@says("Bars of the largest suppliers. {parts:rest}")
def _suppliers_chart(reader: Reader, pieces: Pieces) -> None:
    shares = [label.split(" · ")[-1] for _, label in bars(pieces["parts"])]
    if any((words.number_of(share) or 0) > 1 for share in shares if share.endswith("%")):
        reader.wrong("places: a share outside 0–100%, of credit notes", "say it in pounds instead")


@says("Columns by decile of deprivation: {parts:rest}")
def _deciles_chart(reader: Reader, pieces: Pieces) -> None:
    place = reader.place
    pooled = place.members is None or len(place.members) != 1
    sums: dict[int, Fraction] = {}
    for month in window_of(place.end, place.window):
        for line in reader.moment.pounds(month, place.members, pooled=pooled):
            decile = supplier(line).decile
            if decile:
                sums[decile] = sums.get(decile, Fraction(0)) + amount(line)
    for one in pieces["parts"].rstrip(".").split(", "):
        match = re.match(r"decile (\d+) (\S+)$", one)
        if match and match[2] != words.pounds(sums.get(int(match[1]), Fraction(0))):
            right = words.pounds(sums.get(int(match[1]), Fraction(0)))
            reader.wrong("places: a sum of a place is another one", f"decile {match[1]}: {right}")


SIZES = {"Micro": "micro", "Small": "small", "Medium": "medium", "Large": "large", "Private company": "private", "Voluntary sector": "vcse", "Not known": "not_known"}  # fmt: skip


@says("Bars of pounds. {parts:rest}")
def _split_chart(reader: Reader, pieces: Pieces) -> None:
    place = reader.place
    pooled = place.members is None or len(place.members) != 1
    parts = bars(pieces["parts"])
    names = {name for name, _ in parts}
    columns = ["supplier_size"] if names & {"Small", "Medium", "Large"} else ["supplier_type"]
    if names == {"Not known"}:
        columns = ["supplier_size", "supplier_type"]
    right: list[dict[str, str]] = []
    outside = False
    for column in columns:
        sums: dict[str, Fraction] = {}
        for month in window_of(place.end, place.window):
            for line in reader.moment.pounds(month, place.members, pooled=pooled):
                sums[line[column]] = sums.get(line[column], Fraction(0)) + amount(line)
        outside = outside or any(value < 0 for value in sums.values())
        right.append({code: words.pounds(value) for code, value in sums.items()})
    for name, label in parts:
        money, _, share = label.partition(" · ")
        if name in SIZES and all(one.get(SIZES[name], "£0") != money for one in right):
            reader.wrong("numbers: a figure is another one", right)
        if outside and share not in ("", "–"):
            reader.wrong(
                "places: a share outside 0–100%, of credit notes", "say it in pounds instead"
            )


@says("Chart of {title} by month: {months:words}.[ Its profile by then is {profile:value}.]")
def _pack_chart(reader: Reader, pieces: Pieces) -> None:
    check_course(reader, words.TITLES[pieces["title"]], pieces["months"])


# --- shared pictures ------------------------------------------------------------------------------

TIME = "(in {span}|at the end of {month})"
COMPARED = "[ \\({unknown:percent} not known\\)][, from the returns of {sent:n} of {owing:n} member(s|)[ so far][, {months:n} of {span_months:n} months]][.]"


def check_time(reader: Reader, pieces: Pieces) -> None:
    end = words.month(reader.place.end)
    said = pieces.get("span") or pieces.get("month")
    right = end if "month" in pieces else reader.when
    if said is not None:
        reader.expect("numbers: another span", said, right)


def check_compared(reader: Reader, pieces: Pieces) -> None:
    """Whose returns a figure is from."""
    if "sent" in pieces:
        value = reader.value(reader.place.indicator)
        said, right = (number(pieces["sent"]), number(pieces["owing"])), (value.sent, value.owing)
        reader.expect("numbers: another count of members", said, right)


def check_earlier(reader: Reader, name: str, said: str) -> date:
    """The period of an earlier time, which is said as befits the figure."""
    end = said.removeprefix("the end of ").removeprefix("the twelve months to ")
    before = words.period_of(end.split(" to ")[-1])
    right = words.span(before, reader.place.window)
    if is_stock(name):
        right = f"the end of {words.month(before)}"
    reader.expect("numbers: another span", said, right)
    return before


@says(
    "By the same {n:count} member(s|), that is {gap} {ago:ago} \\({then:value}\\).",
    "By the {n_of:count} member(s|) that sent both it was {now:value}, {gap} {ago:ago} \\({then:value}\\).",
    "It is not compared with {ago:ago}: other members sent {sent:words} then.",
)
def _compared(reader: Reader, pieces: Pieces) -> None:
    """A picture's figure beside a year before, or the period before, by the members of both."""
    name, place = reader.place.indicator, reader.place
    before = plus(place.end, -12)
    if pieces["ago"] != "a year before":
        before = check_earlier(reader, name, pieces["ago"])
    both, any_ = in_both(reader, name, before)
    same = "the same" in reader.said
    beside = name.endswith("_supplier_spend_share")  # read beside another return
    if "sent" in pieces:
        reader.expect(
            "sentences: another thing that others sent", pieces["sent"],
            "what it is made of" if beside else "it",
        )  # fmt: skip
    if same != (both == any_) and return_of(name) and not ("sent" in pieces and beside):
        reader.wrong(
            "judging: a picture compares other members", f"{sorted(any_ - both)} in one only"
        )
    if "then" in pieces:
        many = number(pieces.get("n") or pieces["n_of"])
        reader.expect("numbers: another count of members", many, len(both))
        if (many == 1) != (" member," in reader.said or " member that" in reader.said):
            reader.wrong("sentences: singular and plural", many)
        who = {one for last in both for one in reader.moment.lineage(last)}
        limit = None if same else tuple(sorted(who))
        reader.check_value(pieces["then"], name, before, members=limit)
        if not same:
            reader.check_value(pieces["now"], name, members=limit)
        now, then = (
            {reader.number(text, name, end, members=limit) for text in reader.possible(name, end, members=limit)}
            for end in (place.end, before)
        )  # fmt: skip
        gaps = {
            gap for a in now for b in then if a is not None and b is not None
            for gap in words.gaps(a, b, unit_of(name))
        }  # fmt: skip
        if name == "share_of_jobs_covered":  # of so many jobs that rounded shares don't tell
            gaps |= {"just above", "just below"}
        if pieces["gap"] not in gaps:
            reader.wrong("numbers: another change", " or ".join(sorted(gaps)[:4]))
    if place.window in ("quarter", "financial_year") and len(
        window_of(before, place.window)
    ) != len(window_of(place.end, place.window)):
        reader.wrong("judging: a picture compares spans of another length", "like with like")


def check_rests(reader: Reader) -> None:
    """That a share of several months rests on all of them; of one in which there was nobody to count
    that is known."""
    name, place = reader.place.indicator, reader.place
    if place.window == "month" or is_stock(name) or unit_of(name) != "share":
        return
    months = window_of(place.end, place.window)
    known = [month for month in months if reader.value(name, month, window="month").sent]
    if len(known) < len(months) and f"of {len(months)} months" not in reader.said:
        reader.wrong(
            "judging: a span that rests on fewer months says so",
            f"{len(known)} of {len(months)} months",
        )


def teach_headlines() -> None:
    """A rule for each indicator's own headline, with or without its comparison."""
    for name, it in CATALOGUE.items():
        if it.headline is None:
            continue
        text = it.headline[:1].upper() + it.headline[1:]
        for mark in "()[]|":
            text = text.replace(mark, f"\\{mark}")
        text = (
            text.replace("{when}", TIME)
            .replace("{area}", "Manchester")
            .replace("{wider}", "Greater Manchester")
        )
        about = "About" if text.startswith("{of}") else "about"
        whose = "Members" if text.startswith("{members}") else "members"
        text = text.replace("{of}", f"({{of:percent}} of|[{about} ]{{part:n}} in {{whole:n}})")
        text = text.replace("{n}", "{n:value}").replace("{members}", whose)

        def check(reader: Reader, pieces: Pieces, name: str = name) -> None:
            reader.place = replace(reader.place, indicator=name)
            check_time(reader, pieces)
            shown = pieces.get("of") or pieces.get("n")
            if shown is not None:
                reader.check_value(shown, name)
            else:
                check_fraction(reader, name, int(pieces["part"]) / int(pieces["whole"]))
                shown = reader.shown(name, reader.place.end) or ""
            value = reader.value(name)
            if reader.unjudged(name) == {"mostly unknown"} and " not known" not in reader.said:
                reader.wrong(
                    "places: a share in a headline of which most is not known",
                    f"{words.figure(value.known, 'share')} is known",
                )
            check_rests(reader)
            check_compared(reader, pieces)

        RULES.append((re.split(r"[{(\[\\|]", text)[0], words.pattern(f"{text}{COMPARED}"), check))


def check_fraction(reader: Reader, name: str, fraction: float) -> None:
    possible = [words.number_of(text) for text in reader.possible(name)]
    known = [value for value in possible if value is not None]
    room = 0.0105 if "bout " in reader.said else 0.0006
    if not any(abs(value - fraction) <= room for value in known):
        reader.wrong("sentences: another fraction", " or ".join(sorted(reader.possible(name))))


teach_headlines()


@says(f"{{plain}} {TIME}: {{value}}{COMPARED}")
def _plain_course(reader: Reader, pieces: Pieces) -> None:
    check_time(reader, pieces)
    name = subject(reader, pieces["plain"])
    reader.place = replace(reader.place, indicator=name)
    reader.check_value(pieces["value"], name)
    check_rests(reader)
    check_compared(reader, pieces)


@says("{plain}", "{plain} by {by:by}", "How long people stay in their job, by pathway")
def _measure(reader: Reader, pieces: Pieces) -> None:
    """What a picture is of, where its title says no more."""


@says(
    f"There is no figure {TIME}[: {{why:words}}].",
    f"There are too few people to show the figure {TIME}.",
    f"There is nothing to show {TIME}.",
)
def _no_picture(reader: Reader, pieces: Pieces) -> None:
    check_time(reader, pieces)
    if "nothing to show" not in reader.said and reader.place.indicator:
        text = "*" if "too few" in reader.said else pieces.get("why", "–")
        if not (text == "–" and " rings" in reader.place.name):
            reader.check_value(text, reader.place.indicator)


def parts_of(reader: Reader, by: str) -> Callable[[str], frozenset[str] | None]:
    """What may be shown of a part of a breakdown, by its name; None where that isn't known here."""

    def possible(name: str) -> frozenset[str] | None:
        indicator, place = reader.place.indicator, reader.place
        if by == "member":
            member = reader.member_id(name)
            return reader.possible(indicator, members=(member,)) if member else None
        if by == "return_name":
            return None
        test = in_part(by, name, BREAKDOWNS[by].values)
        if test is None:
            return None
        value = reader.moment.part(indicator, place.end, place.window, test, place.members)
        if value.is_credited:
            return frozenset({text_of_credit(value).replace("-£0", "£0"), text_of_credit(value)})
        if value.is_gap:
            return frozenset({"–"})
        if not value.people:
            over = value.base if value.base is not None else Fraction(1)
            return frozenset({words.figure((value.part or Fraction(0)) / over, value.unit)})
        if place.exact and value.unit != "share":
            return frozenset({f"{int(value.part or 0):,}"})
        if reader.moment.kept(place.end, place.window):
            return frozenset({"for members only"})
        if value.unit == "share":
            if indicator == "share_of_jobs_covered":
                return None
            return seen_percents(int(value.part or 0), int(value.base or 0))
        return seen_counts(int(value.part or 0))

    return possible


def breakdown_of(reader: Reader) -> str:
    return reader.place.name.split()[-1] if " bars " in reader.place.name else ""


@says("Bars of {inside} by {by:by}: {parts:rest}")
def _picture_bars(reader: Reader, pieces: Pieces) -> None:
    """The bars, and then the sentence below them."""
    name, by = reader.place.indicator, breakdown_of(reader)
    listed, _, below = pieces["parts"].partition(". ")
    possible = parts_of(reader, by)
    if listed.rstrip(".") != "no figure":
        for part, label in bars(listed):
            label = FEW.get(label, label)
            right = possible(part)
            if right is not None and label and label not in right:
                kind = "numbers: a figure is another one"
                if name in FOLLOWED:
                    kind = "places: a year of starters is not twelve cohorts"
                if return_of(name) == "spend" and unit_of(name) == "share":
                    kind = "places: a share of spend is another one"
                reader.wrong(kind, f"{part}: {' or '.join(sorted(right))}")
            if "%" in label and not 0 <= (words.number_of(label) or 0) <= 1:
                reader.wrong(
                    "places: a share outside 0–100%, of credit notes", "say it in pounds instead"
                )
    if below:
        reader.read(reader.place, below)


@says(
    f"{{plain}} {TIME}: highest for {{first:words}} \\({{high:value}}\\)[, lowest for {{last:words}} \\({{low:value}}\\)].",
    f"{{plain}} {TIME}: {{alike:words}}, {{each:value}}[ each].",
    f"{{plain}} {TIME}[: {{value}}]. (The largest|All that is shown): {{groups:words}}.",
    f"{{plain}} {TIME}[: {{value}}]. No group stands out: {{n:count}} have {{each:value}} each.",
)
def _picture_largest(reader: Reader, pieces: Pieces) -> None:
    check_time(reader, pieces)
    possible = parts_of(reader, breakdown_of(reader))
    if "value" in pieces:
        reader.check_value(pieces["value"], reader.place.indicator)
    shown = [
        (pieces[name], pieces[value])
        for name, value in (("first", "high"), ("last", "low"))
        if name in pieces
    ]
    groups = re.finditer(r"([^()]+?) \(([^()]+)\)(?:, | and |$)", pieces.get("groups", ""))
    shown += [(one[1], one[2]) for one in groups]
    for part, label in shown:
        right = possible(part)
        if right is not None and label not in right:
            followed = reader.place.indicator in FOLLOWED
            reader.wrong(
                "places: a year of starters is not twelve cohorts"
                if followed
                else "numbers: a figure is another one",
                f"{part}: {' or '.join(sorted(right))}",
            )
    if "low" in pieces and pieces["high"] == pieces["low"]:
        reader.wrong("sentences: the highest and the lowest are alike", pieces["high"])


@says(
    "{n:Count} with too few people to show.",
    "{n:Count} ward(s|) (has|have) too few people to show.",
)
def _hidden(reader: Reader, pieces: Pieces) -> None:
    if "ward" in reader.said and (number(pieces["n"]) == 1) != ("ward has" in reader.said):
        reader.wrong("sentences: singular and plural", pieces["n"])


@says("{share:percent} of spend with suppliers went to (Manchester|suppliers with an address or a branch in Manchester) in {span}, where the address is known",
      "In {span}, where spend with suppliers went[ by address or branch]: {area:percent} in Manchester, {wider:percent} elsewhere in Greater Manchester and {far:percent} further away, where the address is known[; {unknown:percent} not known].",
      "In {span}, where spend with suppliers went[ by address or branch]: {area:money} in Manchester, {wider:money} elsewhere in Greater Manchester, {far:money} further away and {unknown:money} with no known address.")  # fmt: skip
def _picture_rings(reader: Reader, pieces: Pieces) -> None:
    place = reader.place
    reader.expect("numbers: another span", pieces["span"], reader.when)
    sums = reader.moment.rings(place.end, place.window, None, by_branch=place.by_branch)
    if "area" in pieces:
        check_rings(reader, pieces, sums)
        return
    total = sum((sums or {}).values(), Fraction(0))
    if not sums or total <= 0 or min(sums.values()) < 0:
        reader.wrong("places: a share outside 0–100%, of credit notes", "say it in pounds instead")
        return
    reader.expect(
        "places: a share of spend is another one",
        pieces["share"],
        words.figure(sums["area"] / (total - sums["unknown"]), "share"),
    )
    if sums["unknown"] / total > 1 - KNOWN:
        unknown = words.figure(sums["unknown"] / total, "share")
        reader.wrong(
            "places: “of all spend”, of pounds that nobody has placed", f"no address for {unknown}"
        )


@says(f"Where people who started a job lived {TIME}[: {{rest:rest}}]",
      f"Where people from priority neighbourhoods lived {TIME}[: {{rest:rest}}]",
      f"Where spend with suppliers went {TIME}[: {{rest:rest}}]",
      f"{{plain}} by ward {TIME}[: {{rest:rest}}]",
      "Where people who started a job lived: {rest:rest}", "Where people from priority neighbourhoods lived: {rest:rest}",
      "{plain} by ward: {rest:rest}")  # fmt: skip
def _picture_map(reader: Reader, pieces: Pieces) -> None:
    check_time(reader, pieces)
    if "rest" in pieces:
        rest = pieces["rest"]
        reader.read(reader.place, rest[:1].upper() + rest[1:])


def is_placed(line: dict[str, Any]) -> bool:
    """Whether it is known by ward in the wider area, and beyond by authority."""
    at = place_of(line)
    if at.ring in ("area", "wider_area"):
        return is_on_map(line)
    return at.authority is not None and at.authority[0] in "EWS"


def is_on_map(line: dict[str, Any]) -> bool:
    at = place_of(line)
    return at.ring in ("area", "wider_area") and at.ward is not None


@says("Map of {inside} by ward, from pale to dark: {scale:words}.", "Map of {inside} by ward: no figure.",
      "By home ward.", "By employer's ward.", "By supplier's ward, outside Greater Manchester by local authority.", "Most went to {groups:words}; {part:money} of {whole:money} has a known place, by the supplier's registered address.",
      "(In {span}|At the end of {month}) most (came from|work for employers in) {groups:words}.",
      "(In {span}|At the end of {month}) no ward stands out: {k:count} have {each:value} each.",
      "No home ward is known in {span}.", "No employer's ward is known at the end of {month}.")  # fmt: skip
def _on_a_map(reader: Reader, pieces: Pieces) -> None:
    check_time(reader, pieces)
    place = reader.place
    if re.search("came from|work for|[Hh]ome ward|employer's ward", reader.said):
        works = "employer" in reader.said
        is_of_work = return_of(reader.place.indicator) == "living_wage"
        reader.expect("sentences: people live there, or work", works, is_of_work)
    kept = reader.moment.kept(place.end, place.window) and not place.exact
    if reader.said.startswith("No ") or (reader.said.endswith(": no figure.") and not kept):
        on_map = reader.moment.part(
            place.indicator, place.end, place.window, is_on_map, place.members
        )
        if on_map.part:
            reader.wrong("places: somebody is known by ward", float(on_map.part))
    possible = parts_of(reader, "ward")
    if "part" in pieces:
        known = reader.moment.part(
            place.indicator, place.end, place.window, is_placed, place.members
        )
        right = words.figure(known.part or Fraction(0), known.unit)
        reader.expect("places: another sum is placed", pieces["part"], right)
    for one in re.finditer(r"([^()]+?) \(([^()]+)\)(?:, | and |$)", pieces.get("groups", "")):
        right = possible(one[1]) or parts_of(reader, "authority")(one[1])
        if right is not None and one[2] not in right:
            reader.wrong(
                "numbers: a figure is another one", f"{one[1]}: {' or '.join(sorted(right))}"
            )


@says("Also, {n:count} figure(s|) of members with their own targets.")
def _of_members(reader: Reader, pieces: Pieces) -> None:
    if (number(pieces["n"]) == 1) != (" figure of" in reader.said):
        reader.wrong("sentences: singular and plural", pieces["n"])


# --- what a change is made of ---------------------------------------------------------------------


@says("Like for like, by the same {n} member(s|): {gap} {when:span} \\({then:value}\\)[. (Most|The largest part) of that: {parts:rest}].",
      "Like for like, by the same {n} member(s|): {gap} {when:span} \\({then:value}\\). (Most|The largest part) of that: {parts:rest}")  # fmt: skip
def _explained(reader: Reader, pieces: Pieces) -> None:
    name, end = reader.place.indicator, reader.place.end
    before = check_earlier(reader, name, pieces["when"])
    both, _ = in_both(reader, name, before)
    if len(both) != number(pieces["n"]):
        kind = "judging: like for like is of other members (successors, windows)"
        reader.wrong(kind, f"{len(both)}: {', '.join(sorted(both)) or 'nobody'}")
        return
    who = {one for last in both for one in reader.moment.lineage(last)}
    now, then = (
        [
            reader.number_of(text, name, one, who)
            for text in reader.possible(name, one, members=tuple(sorted(who)))
        ]
        for one in (end, before)
    )
    options = {
        gap for a in now for b in then if a is not None and b is not None
        for gap in words.gaps(a, b, unit_of(name))
    }  # fmt: skip
    if pieces["gap"] not in options:
        reader.wrong("numbers: another change like for like", " or ".join(sorted(options)[:4]))
    whole = words.number_of(pieces["gap"].split()[0])
    for one in filter(None, pieces.get("parts", "").rstrip(".").split("; ")):
        match = re.search(r", (\S+)(?: points?)? (more|less|fewer|higher|lower)$", one)
        if not match:
            reader.wrong("unread: no rule knows this part of a change", one)
            continue
        if (match[2] in ("more", "higher")) != ("above" in pieces["gap"]):
            reader.wrong("sentences: a part of a change goes the other way", one)
        part = words.number_of(match[1])
        is_most = ". Most of that" in reader.said and unit_of(name) != "share"
        if is_most and part is not None and whole and part < whole / 2 - 2.5:
            reader.wrong("sentences: most of a change is less than half of it", one)
