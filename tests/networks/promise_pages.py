# ruff: noqa: E501 – sentences and tables stand whole.
"""Reads what a network says of its framework, promises, needs, partners and evidence.

A rule is a sentence with its pieces named, and what is false in it; a table is known by its
headings, and each of its rows is held against those that there should be.
"""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from statistics import median
from typing import Any

from markupsafe import Markup

from anchornet.access import Person
from anchornet.exports import site
from anchornet.exports.pack import evidence as evidence_pack
from anchornet.exports.tender_schedule import Schedule
from anchornet.indicators import promises as product
from anchornet.narrative import evidence, supplier_places
from anchornet.narrative import framework as framework_words
from anchornet.narrative import needs as needs_words
from anchornet.narrative import partners as partners_words
from anchornet.store.framework import framework as loaded_framework
from anchornet.store.framework import framework_history
from anchornet.store.network import KINDS as KINDS_OF_MEMBER
from anchornet.ui import commitments, layout, queries
from anchornet.ui import framework as framework_page
from anchornet.ui import needs as needs_page
from anchornet.ui import partners as partners_page
from anchornet.ui.filters import Filters
from tests.networks import words
from tests.networks.agreements import MERGED, ORGANISATIONS, Asked, Plan
from tests.networks.generator import MEMBERS, REDACTED, REGISTER, REGISTERED, WORDS, Network
from tests.networks.promises import (
    SOURCES,
    STANDS,
    UNITS,
    Promise,
    amount,
    inside,
    measure_title,
    organisation_of,
    promises,
    quarter_of,
    share_of,
    unspent,
    with_dropped,
)
from tests.networks.reader import Reader
from tests.networks.texts import Element, read_html
from tests.networks.truth import (
    RETURNS,
    Moment,
    is_stock,
    plus,
    return_of,
    seen_counts,
    ward_names,
    window_of,
)

SHARES = (
    "commitments_on_profile_share", "commitments_kept_share", "commitments_not_reported_share",
)  # fmt: skip
Texts = frozenset[str]


def one_of(*texts: str) -> Texts:
    return frozenset(texts)


# --- what somebody sees of promises ---------------------------------------------------------------


@dataclass(frozen=True)
class Eyes:
    """Who looks: at which promises each is theirs, and of the others at which."""

    own: frozenset[str] = frozenset()  # members whose promises are theirs
    sees_members: bool = False
    public: bool = False

    def is_own(self, promise: Promise) -> bool:
        return promise.member_id in self.own

    def sees(self, promise: Promise) -> bool:
        return self.sees_members or self.is_own(promise) or promise.is_published

    def is_named(self, promise: Promise) -> bool:
        return self.is_own(promise) or promise.is_published


class Seen:
    """A network's promises as somebody sees them: texts, or sets of texts where noise decides."""

    def __init__(self, moment: Moment, eyes: Eyes, plan: Plan | None) -> None:
        self.moment, self.eyes, self.plan = moment, eyes, plan

    def hides(self, one: Promise) -> bool:
        return one.unit == "people" and not self.eyes.is_own(one)

    def who(self, one: Promise) -> str:
        row = one.row
        if not self.eyes.is_named(one):
            kind = f"{SOURCES[row['source']]}, not published"
            named = self.eyes.sees_members or bool(self.eyes.own)
            return f"{kind}, {MEMBERS[one.member_id][0]}" if named else kind
        lot = f", lot {row['lot']}" if row["lot"] else ""
        return f"{row['organisation_name']}: {row['agreement_title'] or row['agreement_ref']}{lot}"

    def measure(self, one: Promise) -> str:
        return measure_title(self.plan, one.row["measure"], one.unit)

    def whole(self, one: Promise) -> str:
        return f"{self.who(one)}; {words.inside(self.measure(one))}"

    def _people(self, count: Fraction, one: Promise) -> frozenset[str]:
        if 0 < len(self.moment.owing(one.quarter)) < self.moment.network.fewest:
            return frozenset({"for members only"})
        return seen_counts(words.half_up(count))

    def promised(self, one: Promise) -> frozenset[str]:
        if self.hides(one):
            return self._people(one.promised, one)
        return frozenset({amount(one.promised, one.unit)})

    def delivered(self, one: Promise) -> frozenset[str]:
        if one.delivered is None:
            return frozenset({"not known"})
        if self.hides(one):
            return self._people(one.delivered, one)
        return frozenset({amount(one.delivered, one.unit)})

    def by_now(self, one: Promise) -> frozenset[str]:
        if one.passed is None:
            return frozenset({"–"})
        if not self.hides(one):
            return frozenset({amount(one.by_now, one.unit)})
        texts = set()
        for text in self.promised(one):
            number = words.number_of(text)
            texts.add(text if number is None else amount(Fraction(number) * one.passed, "people"))
        return frozenset(texts)

    def proof(self, one: Promise) -> frozenset[str]:
        number = amount(one.evidenced, one.unit)
        hidden = self.hides(one) or one.evidenced is None
        return frozenset({one.proof if hidden else number})

    def due(self, one: Promise) -> str:
        day = one.due_on
        return "–" if day is None else f"{day.day} {words.MONTHS[day.month - 1][:3]} {day.year}"


# --- rules ----------------------------------------------------------------------------------------

Pieces = dict[str, str]
Check = Callable[["PromisePages", Pieces], None]
RULES: list[tuple[re.Pattern[str], Check]] = []


def says(*templates: str) -> Callable[[Check], Check]:
    def add(check: Check) -> Check:
        RULES.extend((words.pattern(template), check) for template in templates)
        return check

    return add


def count(text: str) -> int:
    number = words.number_of(text.lower())
    return -1 if number is None else round(number)


@dataclass
class PromisePages:
    """The pages of a network's framework, promises, needs and partners, as somebody sees them."""

    database: Any
    reader: Reader
    filters: Filters
    eyes: Eyes
    plan: Plan | None
    today: date
    quarter: date | None = None
    those: list[Promise] = field(default_factory=list)
    earlier: list[Promise] | None = None
    name: str = ""
    offered: list[Promise] = field(default_factory=list)
    about: Any = None  # the evidence that is read, and the outcome of it
    outcome: Any = None
    of_outcome: list[Promise] = field(default_factory=list)
    need: Any = None  # that a reminder is about
    here: list[Any] = field(default_factory=list)  # members of today
    roles: dict[str, list[str]] = field(default_factory=dict)  # of partners
    coverage_of: str | None = None  # the member whose pounds are placed
    asked: int = 0  # pounds of the contract that is looked at
    chosen: tuple[str, ...] = ()  # measures of its schedule
    plans: tuple[Plan | None, Plan] | None = None  # of which the second took the first one's place
    changed: list[str] = field(default_factory=list)  # what the page says of that

    def __post_init__(self) -> None:
        self.quarter = quarter_of(self.moment, self.filters.period)
        if self.quarter:
            self.those = promises(self.moment, self.quarter, self.filters.members)

    @property
    def moment(self) -> Moment:
        return self.reader.moment

    @property
    def network(self) -> Network:
        return self.moment.network

    @property
    def seen(self) -> Seen:
        return Seen(self.moment, self.eyes, with_dropped(self.network, self.moment.as_at))

    @property
    def visible(self) -> list[Promise]:
        return [one for one in self.those if self.eyes.sees(one)]

    def expect(self, kind: str, shown: object, right: object) -> None:
        self.reader.expect(kind, shown, right)

    def at(self, name: str) -> None:
        self.name = name
        self.reader.place = replace(self.reader.place, name=name)

    def text(self, text: str) -> None:
        """Reads a text, sentence by sentence."""
        rest = text.replace("\N{NO-BREAK SPACE}", " ").strip()
        self.reader.read_texts += bool(rest)
        while rest:
            matches = [(rule.match(rest), check) for rule, check in RULES]
            known = [(match, check) for match, check in matches if match]
            self.reader.said = rest
            if not known:
                self.reader.wrong("unread: no rule knows this sentence", "teach it, or mend it")
                return
            match, check = max(known, key=lambda one: one[0].end())
            self.reader.said = match[0]
            check(self, words.pieces_of(match))
            rest = rest[match.end() :].strip()

    def number(self, kind: str, text: str, right: int) -> None:
        self.expect(f"numbers: another count of {kind}", count(text), right)

    def verb(self, number: int, one: str, many: str) -> None:
        """That the sentence has the form of so many; none of several are."""
        right, wrong = (one, many) if number == 1 else (many, one)
        if f" {wrong} " in f" {self.reader.said} " and f" {right} " not in self.reader.said:
            self.reader.wrong("sentences: singular and plural", right)

    def rows(
        self, shown: Sequence[Sequence[str]], right: Iterable[Sequence[Any]], most: int = 10**6
    ) -> None:
        """That each row is one of those there should be, and that none is missing."""
        left = [tuple(one) for one in right]
        total = len(left)
        for row in shown:
            cells = [cell.replace("\N{NO-BREAK SPACE}", " ") for cell in row]
            self.reader.said = " | ".join(cells)
            fits = [
                one
                for one in left
                if len(one) == len(cells)
                and all(
                    cell in texts if isinstance(texts, frozenset) else cell == texts
                    for cell, texts in zip(cells, one, strict=True)
                )
            ]
            if fits:
                # Of several that fit, the one that fewest other texts would fit.
                left.remove(
                    min(fits, key=lambda one: sum(len(c) for c in one if isinstance(c, frozenset)))
                )
                continue
            near = max(
                left,
                key=lambda one: sum(
                    cell in texts if isinstance(texts, frozenset) else cell == texts
                    for cell, texts in zip(cells, one, strict=False)
                ),
                default=None,
            )
            self.reader.wrong("numbers: a row is another one", _row_text(near))
        self.reader.said = f"{len(shown)} rows"
        self.expect("numbers: another count of rows", len(shown), min(total, most))

    # --- commitments ---

    def commitments(self) -> None:
        self.at("commitments")
        shown = product.quarter_of(self.database, self.filters.period, self.filters.as_at)
        self.reader.said = f"{shown}"
        self.expect("numbers: another quarter", shown, self.quarter)
        if self.quarter is None or shown is None:
            self.text(commitments.words.nothing(self.filters.period))
            return
        filters = replace(self.filters, period=self.quarter, window="quarter")
        self.reader.place = replace(
            self.reader.place, end=self.quarter, window="quarter", name="commitments"
        )
        page = commitments.page(self.database, filters)
        self.text(page.answer)
        for block in page.blocks:
            self.block(block)

    def list_of_promises(self) -> None:
        """The promises one by one, as the page lists them."""
        self.at("commitments, the list")
        if self.quarter is None:
            return
        filters = replace(self.filters, period=self.quarter, window="quarter")
        frame = commitments.seen(self.database, filters.figures)
        names = commitments.names_of(self.database, filters)
        standing = commitments.words.standing(frame)
        counts = Counter(one.state for one in self.visible)
        parts = [f"{words.count(counts[name])} {inside(name)}" for name in STANDS if counts[name]]
        right = words.listed(parts)
        self.reader.said = standing
        self.reader.read_texts += 1
        self.expect(
            "numbers: another count of promises",
            standing,
            right[:1].upper() + right[1:] + ("." if right else ""),
        )
        rows = [commitments._row(row, names) for row in frame.to_dict("records")]
        texts = [[read_html(str(cell)).text for cell in row] for row in rows]
        self.rows(texts, [self.row(one) for one in self.visible])
        ranks = [[*STANDS.values()].index(row[-1]) for row in texts]
        self.reader.said = "Promises, the worst first"
        if ranks != sorted(ranks):
            self.reader.wrong("sentences: the worst are not first", sorted(ranks))
        for row in frame.to_dict("records"):
            self.reader.read_texts += 1
            for what, said in commitments.words.lines(row, names):
                self.reader.said = f"{what}: {said}"
                if what == "Kind of agreement" and said not in SOURCES.values():
                    self.reader.wrong("numbers: another kind of agreement", SOURCES)
                if what == "Runs":
                    match = re.fullmatch(r"from (\d+ \w+ \d{4})(?:, due on (\d+ \w+ \d{4}))?", said)
                    dates = {
                        (words.day(one.starts_on), one.due_on and words.day(one.due_on))
                        for one in self.visible
                    }
                    if not match or (match[1], match[2]) not in dates:
                        self.reader.wrong("numbers: another day", dates)

    def row(self, one: Promise) -> tuple[Any, ...]:
        seen = self.seen
        return (
            seen.who(one), seen.measure(one), seen.promised(one), seen.by_now(one),
            seen.delivered(one), seen.proof(one), seen.due(one), STANDS[one.state],
        )  # fmt: skip

    def block(self, block: layout.Block) -> None:
        self.at(f"commitments, {block.title}")
        tables = [
            element
            for part in block.parts
            if isinstance(part, Markup)
            for element in read_html(str(part)).find("table")
        ]
        read = getattr(self, f"_block_{block.key}", None)
        if read is None:
            self.reader.said = block.title
            self.reader.wrong("unread: no rule knows this block", "teach it")
            return
        rows = cells(tables[0])[1:] if tables else []
        read(block, rows)

    def _block_changed(self, block: layout.Block, rows: list[list[str]]) -> None:
        when = self.filters.as_at or self.network.now
        held = [(name, moment) for name, moment in self.network.meetings if moment < when]
        name, moment = max(held, key=lambda one: one[1])
        self.reader.said = block.title
        self.expect("sentences: another meeting", block.title, f"Since {name}")
        then = Moment(self.network, moment)
        quarter = quarter_of(then, self.filters.period)
        if quarter is None:
            self.expect(
                "sentences: that meeting saw promises", block.note, "That meeting saw no promises."
            )
            return
        every = promises(then, quarter, self.filters.members)
        before = {one.key: one for one in every if self.eyes.sees(one)}
        now = {one.key: one for one in self.visible}
        self.reader.said = block.note
        is_all_new = bool(now) and not before
        self.expect("sentences: all are new", "None of these" in block.note, is_all_new)
        if is_all_new:
            self.rows(rows, [])
            return
        right: list[tuple[Any, ...]] = []
        for key, one in now.items():
            state = inside(one.state)
            if key not in before:
                right.append((self.seen.whole(one), f"New: {state}"))
                continue
            old = before[key]
            changed = "" if old.state == one.state else f"was {inside(old.state)}, is {state}"
            lowered = {
                f"promised went from {a} to {b}"
                for a in self.seen.promised(old)
                for b in self.seen.promised(one)
            }
            is_sure = not self.seen.hides(one)
            texts: set[str] = set()
            if one.promised < old.promised:
                texts |= {"; ".join(filter(None, [changed, text])) for text in lowered}
            if not texts or not is_sure:
                texts |= {changed} - {""}
                texts |= (
                    {"; ".join(filter(None, [changed, t])) for t in lowered}
                    if not is_sure
                    else set()
                )
            if texts:
                is_maybe = not changed and not is_sure
                right.append(
                    (
                        self.seen.whole(one),
                        frozenset(text[:1].upper() + text[1:] for text in texts),
                        is_maybe,
                    )
                )
        sure = [one[:2] for one in right if not one[2:] or not one[2]]
        maybe = [one[:2] for one in right if one[2:] and one[2]]
        shown = [
            row for row in rows if not any(row[0] == one[0] and row[1] in one[1] for one in maybe)
        ]
        self.rows(shown, sure, most=commitments.CHANGED - (len(rows) - len(shown)))
        gone = len(set(before) - set(now))
        self.reader.said = block.note
        match = re.search(r"(\w+) promises? from then (?:is|are) no longer listed\.", block.note)
        self.number("promises that are gone", match[1] if match else "none", gone)
        if "No promise stands otherwise" in block.note and sure:
            self.reader.wrong("sentences: promises stand otherwise", len(sure))
        match = re.search(r"The first (\d+) of (\d+)", block.note)
        if match and not len(sure) <= int(match[2]) <= len(right):
            self.reader.wrong("numbers: another count of promises", len(right))

    def _block_due(self, block: layout.Block, rows: list[list[str]]) -> None:
        last = self.filters.today + timedelta(days=90)
        near = [
            one
            for one in self.visible
            if one.is_running and one.due_on and self.filters.today <= one.due_on <= last
        ]
        self.reader.said = block.note or block.title
        self.expect("numbers: promises are due soon", "No running promise" in block.note, not near)
        self.rows(
            rows, [(self.seen.whole(one), self.seen.due(one), STANDS[one.state]) for one in near]
        )

    def _cut(
        self, rows: list[list[str]], titles: dict[str, str], of: Callable[[Promise], str]
    ) -> None:
        right = []
        for code, title in titles.items():
            those = [one for one in self.those if of(one) == code]
            parts = [share_of(name, those) for name in SHARES]
            texts = [f"{part:,} of {base:,}" if base else "–" for part, base in parts]
            if any(base for _, base in parts):
                right.append((title, *texts))
        self.rows(rows, right)

    def _block_sources(self, block: layout.Block, rows: list[list[str]]) -> None:
        self._cut(rows, SOURCES, lambda one: one.row["source"])

    def _block_outcomes(self, block: layout.Block, rows: list[list[str]]) -> None:
        plan = self.seen.plan
        known = {one.id: one.title for one in plan.outcomes} if plan else {}
        gone = {one.outcome for one in self.those} - set(known)
        titles = known | dict.fromkeys(sorted(gone), "Not known")
        self._cut(rows, titles, lambda one: one.outcome)

    def sums(self, measure: str) -> tuple[Texts, Texts] | None:
        """What was promised and delivered of a measure; None where that is nothing."""
        those = [one for one in self.those if one.row["measure"] == measure]
        if not those:
            return None
        unit = those[0].unit
        promised = sum((one.promised for one in those), Fraction(0))
        known = [one.delivered for one in those if one.delivered is not None]
        delivered = sum(known, Fraction(0)) if known else None
        if unit == "people" and not self.filters.exact:
            if self.filters.members is not None:
                return one_of(commitments.NOT_BY_MEMBER), one_of(commitments.NOT_BY_MEMBER)
            if 0 < len(self.moment.owing(those[0].quarter)) < self.network.fewest:
                kept = "for members only"
                return one_of(kept), one_of("–" if delivered is None else kept)
            if not promised and not delivered:
                return None
            seen = [seen_counts(words.half_up(one or Fraction(0))) for one in (promised, delivered)]
            return seen[0], one_of("–", "0") if delivered is None else seen[1]
        if not promised and not delivered:
            return None
        unit = "number" if unit == "yes" else unit
        return one_of(amount(promised, unit)), one_of(amount(delivered, unit))

    def _block_measures(self, block: layout.Block, rows: list[list[str]]) -> None:
        right = []
        plan = self.seen.plan
        for one in plan.measures if plan else ():
            sums = self.sums(one.id)
            if sums:
                right.append((measure_title(plan, one.id, one.unit), *sums))
        self.rows(rows, right)

    def _block_unspent(self, block: layout.Block, rows: list[list[str]]) -> None:
        self.text(block.note)
        right = []
        for one in self.visible:
            if one.unit != "gbp" or one.received is None or one.delivered is None:
                continue
            left = one.received - one.delivered
            if left > 0:
                cells = (one.received, one.delivered, left)
                right.append((self.seen.whole(one), *map(words.pounds, cells)))
        self.rows(rows, right)

    def _block_lots(self, block: layout.Block, rows: list[list[str]]) -> None:
        agreements = lots_of(self)
        self.rows(rows, [(name, *(f"{one:,}" for one in values)) for name, values in agreements])
        self.text(block.note)

    def _block_workspace(self, block: layout.Block, rows: list[list[str]]) -> None:
        those = [one for one in self.visible if one.row["source"] == "workspace"]
        seen = self.seen
        self.rows(
            rows,
            [
                (seen.whole(one), seen.promised(one), seen.delivered(one), STANDS[one.state])
                for one in those
            ],
        )

    def _block_stated(self, block: layout.Block, rows: list[list[str]]) -> None:
        those = [
            one for one in self.visible if one.row["stated_value_gbp"] and self.eyes.is_named(one)
        ]
        self.rows(rows, [
            (self.seen.whole(one), words.pounds(Fraction(one.row["stated_value_gbp"])), one.row["stated_method"])
            for one in those
        ])  # fmt: skip

    # --- framework ---

    def framework(self) -> None:
        self.at("framework")
        loaded = loaded_framework(self.database, self.filters.as_at)
        self.expect("sentences: there is no framework", loaded is None, self.plan is None)
        page = framework_page.page(self.database, self.filters, "councillor", "")
        if self.plan is None or loaded is None:
            self.text(page.answer)
            return
        self.text(page.answer)
        element = read_html(str(page.opening))
        for table in element.find("table"):
            self._summary(cells(table)[1:])
        for block, outcome in zip(page.blocks, self.plan.outcomes, strict=True):
            self.at(f"framework, {outcome.title}")
            self.reader.said = block.title
            self.expect("sentences: another outcome", block.title, outcome.title)
            for part in block.parts:
                if isinstance(part, Markup):
                    self._outcome(outcome.id, read_html(str(part)))
            self.at(f"framework, one outcome: {outcome.title}")
            one = framework_page.page(self.database, self.filters, "councillor", outcome.id)
            self.text(one.answer)
        self._contracts(loaded)
        self._framework_history()

    def _framework_history(self) -> None:
        """What each framework says that is different from the one before."""
        self.at("framework, history")
        versions = framework_history(self.database)[::-1]
        plans = [None, *(plan for _, plan in self.network.plans)]
        loaded = [None, *(version.framework for version in versions)]
        for number, after in enumerate(plans[1:], 1):
            self.plans = plans[number - 1], after
            self.changed = []
            for sentence in framework_words.changes(loaded[number - 1], loaded[number]):
                self.text(sentence)
            self.expect("sentences: other changes", sorted(self.changed), differences(*self.plans))

    def statuses(self, names: Sequence[str]) -> Counter[str] | None:
        """How many figures have which status; None where noise decides."""
        counts: Counter[str] = Counter()
        for name in names:
            if name == "needs_met_share":
                counts["none"] += 1
                continue
            shown = self.reader.shown(name, self.filters.period)
            reasons = self.reader.unjudged(name)
            if shown is None or len(reasons) > 1:
                return None
            status = (
                self.reader.judged(name, shown) if reasons == {""} and name != "spend" else None
            )
            counts[status or "none"] += 1
        return counts

    def _summary(self, rows: list[list[str]]) -> None:
        right = []
        for outcome in self.plan.outcomes if self.plan else ():
            names = outcome.indicators
            counts = self.statuses(names)
            many = f"{len(names):,} figure{'' if len(names) == 1 else 's'}"
            figures: Any = "Nothing measures this yet"
            if names and counts is not None:
                named = {
                    "on_track": "on track",
                    "within_tolerance": "within tolerance",
                    "off_track": "off track",
                }
                parts = [f"{counts[one]:,} {text}" for one, text in named.items() if counts[one]]
                if parts and counts["none"]:
                    parts.append(f"{counts['none']:,} without a status")
                figures = f"{many}: {', '.join(parts)}" if parts else f"{many}, none with a status"
            measures = self.plan.measures_of(outcome.id) if self.plan else []
            asked = f"{len(measures):,} measure{'' if len(measures) == 1 else 's'}"
            if not measures:
                asked = "Nothing can be promised yet"
            elif self.quarter:
                used = sum(self.sums(one.id) is not None for one in measures)
                those = [one for one in self.those if one.outcome == outcome.id]
                part, base = share_of(SHARES[0], those)
                asked += f", {used:,} promised" if used else ", none promised"
                if used and base:
                    asked += f", {part:,} of {base:,} promise{'' if base == 1 else 's'} on profile"
            right.append((outcome.title, figures, asked))
        for row, (title, figures, asked) in zip(rows, right, strict=True):
            if (
                self.statuses(next(o.indicators for o in self.plan.outcomes if o.title == title))
                is None
            ):  # type: ignore[union-attr]
                figures = row[1]
            self.rows([row], [(title, figures, asked)])

    def _outcome(self, outcome: str, element: Element) -> None:
        assert self.plan is not None
        measures = {one.title: one for one in self.plan.measures_of(outcome)}
        names = next(one.indicators for one in self.plan.outcomes if one.id == outcome)
        for table in element.find("table"):
            rows = [
                [one for one in row.parts if isinstance(one, Element)] for row in table.find("tr")
            ]
            if "an-measured" in table.classes:
                self.expect("numbers: another count of figures", len(rows), len(names))
                for name, row in zip(names, rows, strict=True):
                    if name == "needs_met_share":
                        continue
                    value, status = row[2].text, row[3].first("an-chip")
                    stands = row[3].first("small")
                    self.reader.place = replace(self.reader.place, indicator=name, shown=value)
                    self.reader.said = f"{name}: {value} {status} {stands}"
                    self.reader.check_value(value, name)
                    self.reader.check_status(status, name, value)
                    for one in stands.split(". "):
                        if one:
                            self.reader.read(self.reader.place, one)
                    self.reader.place = replace(self.reader.place, indicator="", shown=None)
                continue
            shown = [[one.text for one in row] for row in rows if row[0].tag == "td"]
            self.expect("numbers: another count of measures", len(shown), len(measures))
            right = []
            for one in measures.values():
                more = (
                    " An offer of it can be passed on to whoever needs it." if one.brokered else ""
                )
                title = f"{one.title}Proof of {one.title}.{more}"
                sums = self.sums(one.id)
                lacking = ("Nobody has promised any",) if self.quarter else ()
                right.append((title, UNITS[one.unit], *(sums or lacking)))
            self.rows(shown, right)

    def _contracts(self, loaded: Any) -> None:
        assert self.plan is not None
        for pounds in (0, 29_999, 30_000, 60_000, 1_000_000, 5_000_000, 5_000_001):
            self.at(f"framework, a contract of {pounds}")
            self.asked = pounds
            value = Decimal(pounds)
            band = loaded.band_for(value)
            self.chosen = ()
            self.text(framework_words.asked(band, value))
            self.text(framework_words.standards_asked(loaded, band))
            chance = random.Random(f"{self.network.seed} {pounds}")
            measures = [one.id for one in self.plan.measures]
            most = band.most_measures if band else 0
            self.chosen = tuple(
                chance.sample(measures, min(most, len(measures), chance.choice([0, 1, 3])))
            )
            schedule = Schedule("The network", loaded, "A contract", value, self.chosen)
            for sentence in schedule.sentences:
                self.text(sentence)
            listed = [(title, [one.id for one in those]) for title, _, those in schedule.groups]
            right = [
                (
                    outcome.title,
                    [
                        one.id
                        for one in self.plan.measures_of(outcome.id)
                        if one.id in (self.chosen or measures)
                    ],
                )
                for outcome in self.plan.outcomes
            ]
            self.reader.said = f"{listed}"
            self.expect(
                "sentences: a schedule lists other measures",
                listed,
                [one for one in right if one[1]],
            )
        rows = framework_words.bands(loaded)
        right_rows = []
        starts = [one.from_gbp for one in self.plan.bands]
        for number, one in enumerate(self.plan.bands):
            end = round_pounds(starts[number + 1]) if number + 1 < len(starts) else ""
            start = round_pounds(one.from_gbp)
            title = f"{start} to {end}" if one.from_gbp else f"Under {end}"
            if not end:
                title = f"{start} and more" if one.from_gbp else "Of any value"
            right_rows.append(
                (title, percent(one.weighting) if float(one.weighting) else "–", f"{one.most}")
            )
        self.at("framework, bands")
        self.rows(rows, right_rows)

    # --- evidence ---

    def evidence(self) -> None:
        """The evidence pack, slide by slide, and what the site says of it, as anybody sees it."""
        as_at = self.moment.as_at
        self.eyes, self.filters = Eyes(), replace(self.filters, members=None, exact=False)
        about = evidence.gather(self.database, as_at=as_at)
        self.at("evidence")
        self.quarter = quarter_of(self.moment, about.month) if about.month else None
        self.reader.said = f"{about.quarter}"
        self.expect("numbers: another quarter", about.quarter, self.quarter)
        self.those = promises(self.moment, self.quarter) if self.quarter else []
        self.about = about
        self.text(evidence.summary(about))
        for each in about.outcomes:
            self.at(f"evidence, {each.title}")
            self.outcome = each
            self.of_outcome = [one for one in self.those if one.outcome == each.outcome.id]
            for sentence in (evidence.moved(each), evidence.stand(each.counts), *each.unknown):
                self.text(sentence)
            if not any(one.startswith("Not known where") for one in each.unknown):
                self.reader.said = " ".join(each.unknown)
                _unknown_shares(self, "")
            self._kept(each.kept)
            for course in each.courses:
                self._course(course)
            if self.plan and each.promises:
                right = [self._amounts(one) for one in self.plan.measures_of(each.outcome.id)]
                rows = evidence.promise_rows(each, about.framework)
                self.rows(rows, [one for one in right if one])
        deck = evidence_pack.make(self.database, as_at=as_at)
        titles = [slide.title for slide in deck.slides]
        self.at("evidence pack")
        self.reader.said = ", ".join(titles)
        self.expect("sentences: slides of other outcomes", [one.title for one in about.outcomes
            if not any(title.startswith(f"{one.title}: ") for title in titles)], [])  # fmt: skip
        (short,) = (slide for slide in deck.slides if slide.title == "In short")
        self.text(short.sentence)
        right_rows = []
        for each in about.outcomes:
            own = [one for one in self.those if one.outcome == each.outcome.id]
            better = sum(course.direction == "better" for course in each.courses)
            parts = [
                (better, len(each.courses)),
                share_of(SHARES[1], own),
                share_of(SHARES[0], own),
            ]
            right_rows.append((each.title, *(f"{k} of {n}" if n else "–" for k, n in parts), "–"))
        self.rows(short.rows, right_rows if about.month else [])

    def site(self) -> None:
        """The public page: what is needed, and the evidence as at when the ask was approved."""
        files = site.build(self.database)
        self.at("site, what is needed")
        waiting = [one for one in self.network.needs if one.state in ("open", "introduced")]
        self.reader.said = ", ".join(name for name in files if name.endswith(".html"))
        self.expect("sentences: needs are public", "wishes.html" in files, bool(waiting))
        self.expect("sentences: evidence is public", "evidence.html" in files, self.network.has_ask)
        if "wishes.html" in files:
            page = read_html(files["wishes.html"].decode())
            rows = [
                [
                    kind.first("h2"),
                    wish.first("h3"),
                    wish.first("p"),
                    "; ".join(
                        f"{line.first('dt')}: {line.first('dd')}" for line in wish.find("div")
                    ),
                ]
                for kind in page.find("section")
                for wish in kind.find("article")
            ]
            wards = {code: name for name, code in ward_names().items()}
            wards["E08000003"] = "Manchester"
            right = []
            for one in waiting:
                day = self.today + timedelta(days=one.needed_by) if one.needed_by else None
                lines = {
                    "How much": one.how_much,
                    "Where": wards.get(one.area, "Anywhere in the area"),
                    "Needed by": words.day(day) if day else "",
                }
                text = "; ".join(f"{what}: {said}" for what, said in lines.items() if said)
                right.append((KINDS[one.kind], one.what, one.organisation, text))
            self.rows(rows, right)
        if "evidence.html" not in files:
            return
        # The same as the pack says it, which is read sentence by sentence.
        page = read_html(files["evidence.html"].decode())
        about = evidence.gather(self.database, as_at=self.network.now)
        said = [one.text for one in page.find("p", "li", "caption")]
        every = [evidence.summary(about)]
        for each in about.outcomes:
            every += [evidence.moved(each), *each.unknown]
        self.at("site, evidence")
        for sentence in every:
            self.reader.said = sentence
            self.expect("sentences: the site lacks one", sentence in said, True)
        tables = [
            [cell for row in cells(table)[1:] for cell in row]
            for table in page.find("table")
            if not table.first("caption").startswith("The figures")
        ]
        shown = [
            [cell for row in evidence.promise_rows(each, about.framework) for cell in row]
            for each in about.outcomes
            if each.promises and about.framework
        ]
        self.reader.said = f"{tables}"
        self.expect("numbers: the site shows other promises", tables, shown)

    def _amounts(self, measure: Any) -> tuple[Any, ...] | None:
        """A measure of the table of what was promised."""
        those = [one for one in self.those if one.row["measure"] == measure.id]
        sums = self.sums(measure.id)
        if sums is None:
            return None
        unit = those[0].unit
        title = measure_title(self.plan, measure.id, unit)
        promised, delivered = sums
        delivered = frozenset("not known" if text == "–" else text for text in delivered)
        if unit == "people":
            parts = []
            for name, stand in ((SHARES[0], "on profile"), (EVIDENCED, "proven")):
                k, n = share_of(name, those)
                parts.append(f"{k} of {n} promise{'' if n == 1 else 's'} {stand}" if n else "–")
            return title, promised, delivered, parts[0], parts[1]
        by_now, is_dated = Fraction(0), False
        for one in those:
            if one.was_due or not one.is_running or one.by_now is not None:
                by_now += one.promised if one.was_due else one.by_now or 0
                is_dated = True
        proven = [one.evidenced for one in those if one.evidenced is not None]
        shown = "number" if unit == "yes" else unit
        evidenced = amount(sum(proven, Fraction(0)), shown) if proven else "–"
        if by_now >= 100:
            by_now = Fraction(words.half_up(by_now))
        text = amount(by_now, shown) if is_dated else "–"
        if unit == "yes":
            text = f"{words.half_up(by_now):,}" if is_dated else "–"
        return title, promised, delivered, text, evidenced

    def _kept(self, text: str) -> None:
        """The promise that is named as kept."""
        kept = [one for one in self.of_outcome if one.state == "kept" and one.is_published]
        self.reader.said = text
        self.expect("sentences: a promise was kept", bool(text), bool(kept))
        if not text:
            return
        right = set()
        for one in kept:
            title = measure_title(self.seen.plan, one.row["measure"], "yes")
            for shown in self.seen.delivered(one):
                more = "" if one.unit == "yes" else f", {shown}"
                right.add(f"Kept, for example: {self.seen.who(one)}; {words.inside(title)}{more}.")
        if text not in right:
            self.reader.wrong("sentences: another promise was kept", sorted(right))

    def _course(self, course: Any) -> None:
        """A figure over years by the same members: held against those that sent all of it."""
        name, window = course.indicator, course.window
        sentence, change = evidence.sentence(course), evidence.change(course)
        self.reader.said = f"{sentence} {change}"
        ends = (course.first["period"], course.last["period"])
        if name == "needs_met_share":
            return
        moment, of = self.moment, return_of(name) or "spend"
        is_stock_ = is_stock(name)
        months = [
            month
            for row in (*course.years, *course.points)
            for month in ([row["period"]] if is_stock_ else window_of(row["period"], window))
        ]
        same = [
            one.member_id
            for one in self.network.members
            if all((one.member_id, of, month) in moment.current for month in months)
        ]
        if not same and course.members:
            self.reader.wrong("numbers: another count of members", same)
        if len(same) == course.members:
            for row in (course.first, course.last):
                self.reader.check_value(
                    str(row["shown"]),
                    name,
                    row["period"],
                    window=window,
                    members=tuple(same) if course.members_left_out else None,
                    exact=False,
                )
        years = ends[1].year - ends[0].year
        before = BEFORE[years]
        if before not in sentence:
            self.reader.wrong("sentences: other years", before)
        unit, first, last = course.last["unit"], course.first["value"], course.last["value"]
        match = re.search(
            r"(just above|just below|[\d,]+ points? (?:above|below)|£?[\d.,km]+ (?:above|below))",
            sentence,
        )
        gap = match[1] if match else None
        if gap and gap not in words.gaps(float(last), float(first), unit):
            self.reader.wrong("numbers: another gap", words.gaps(float(last), float(first), unit))
        if change.startswith(("Better", "Worse")) and change.startswith("Better") != (last > first):
            self.reader.wrong("judging: a direction is another one", f"{first} to {last}")

    # --- needs, partners, organisations ---

    def needs(self) -> None:
        """As of today, whatever the moment."""
        person = COORDINATOR if self.eyes.sees_members else contributor(self.network)
        page = needs_page.Needs(self.database, person)
        now = Moment(self.network, LATE)
        quarter = quarter_of(now, date(2100, 1, 1))
        plan = with_dropped(self.network, None)
        eyes = Eyes(sees_members=self.eyes.sees_members)
        seen = Seen(now, eyes, plan)
        matched = {
            (organisation_of(name), ref, lot.upper(), measure)
            for number, (name, ref, lot, measure) in self.network.matched.items()
            if self.network.needs[number].state in ("agreed", "delivered", "confirmed")
        }
        self.offered = [
            one
            for one in (promises(now, quarter) if quarter else [])
            if eyes.sees(one)
            and eyes.is_named(one)
            and plan
            and (measure := plan.measure(one.row["measure"]))
            and measure.brokered
            and one.state not in ("kept", "not_kept", "due_unknown")
            and not (one.delivered is not None and one.delivered >= one.promised)
            and one.key not in matched
        ]
        self.at("needs")
        self.text(page.answer)
        self.text(needs_page.year(self.database, queries.last_ended_month()))
        self.at("needs, the list")
        wards = {code: f"{name}, Manchester" for name, code in ward_names().items()}
        wards["E08000003"] = "Manchester"
        right = []
        for asked in self.network.needs:
            day = self.today + timedelta(days=asked.needed_by) if asked.needed_by else None
            right.append((
                asked.what, asked.organisation, KINDS[asked.kind], asked.how_much or "–",
                wards.get(asked.area, "Anywhere in the area"),
                f"{day.day} {words.MONTHS[day.month - 1][:3]} {day.year}" if day else "–",
                asked.state.capitalize(),
            ))  # fmt: skip
        rows = [needs_page._row(need, page) for need in page.every]
        self.rows([[read_html(str(cell)).text for cell in row] for row in rows], right)
        self.at("needs, what became of one")
        for need in page.every:
            (asked,) = (one for one in self.network.needs if one.what == need.what)
            lines = list(needs_words.history(need, with_addresses=False))
            self.reader.said = " | ".join(lines)
            self.expect("numbers: another course of a need", lines, self.course_of(asked))
        self.at("needs, on offer")
        self.rows(needs_page.offer_rows(page), [
            (seen.who(one), seen.measure(one), seen.promised(one), seen.delivered(one), seen.due(one))
            for one in self.offered
        ])  # fmt: skip
        self.at("needs, to be looked at again")
        due = needs_words.reminders(page.every, self.today)
        near = [
            one for one in self.network.needs
            if one.state in ("open", "introduced", "lapsed") and abs(one.review_on) <= 14
        ]  # fmt: skip
        self.reader.said = f"To be looked at again ({len(due)})"
        self.expect("numbers: another count of needs", len(due), len(near))
        for need, text in due:
            (self.need,) = (one for one in self.network.needs if one.what == need.what)
            self.text(text)
            days = self.need.review_on
            right_words = f"in {days} day{'' if days == 1 else 's'}" if days else "today"
            if days < 0:
                right_words = f"{words.count(-days)} day{'' if days == -1 else 's'} ago"
            self.reader.said = needs_words.due_words(need, self.today)
            self.expect("numbers: other days", self.reader.said, right_words)

    def course_of(self, asked: Asked) -> list[str]:
        """What became of a need, the last first."""
        course = [f"{words.day(self.today + timedelta(days=asked.asked))}, asked for"]
        for state, days in asked.events:
            what = {"open": "open again"}.get(state, state)
            text = f"{words.day(self.today + timedelta(days=days))}, {what} by Coordinator"
            course.append(text + (f": {WORDS[state]}" if state in WORDS else ""))
        return course[::-1]

    def partners(self) -> None:
        self.at("members and partners")
        person = COORDINATOR if self.eyes.sees_members else contributor(self.network)
        everyone = partners_page.everyone(self.database)
        roles = {
            name: codes.split(";")
            for name, _, codes in self.network.partners
            if codes != "supplier" and not (self.network.is_merged and name == MERGED[0])
        }
        self.here = [
            one for one in self.network.members if one.ends_on is None or one.ends_on >= self.today
        ]
        self.roles = roles
        self.text(partners_words.answer(everyone))
        self.text(partners_words.standards(partners_page._held(self.database, self.today)))
        by_role = partners_words.by_role(everyone)
        counts = Counter(ROLES[role] for held in roles.values() for role in held)
        parts = [f"{title}: {counts[title]}" for title in ROLES.values() if counts[title]]
        self.reader.said = by_role
        self.expect("numbers: another count of roles", by_role, " · ".join(parts))
        known = partners_page.of(self.database, person)
        rows = [[one.name, partners_words.what(one), known.by(one)] for one in everyone]
        sees, own = self.eyes.sees_members, person.member_id
        now = Moment(self.network, LATE)
        quarter = quarter_of(now, date(2100, 1, 1))
        eyes = Eyes(sees_members=sees)
        named = [
            one for one in (promises(now, quarter) if quarter else [])
            if eyes.sees(one) and eyes.is_named(one)
        ]  # fmt: skip
        merged = {"tramway": "tram"} if self.network.is_merged else {}

        def who(name: str) -> str:
            return merged.get(organisation_of(name), organisation_of(name))

        promised = Counter(who(one.row["organisation_name"]) for one in named)
        closed = ("confirmed", "lapsed", "withdrawn")
        asked = Counter(
            who(one.organisation) for one in self.network.needs if one.state not in closed
        )
        last = max(now.months)
        right = []
        for one in self.here:
            returns = [
                title for name, title in RETURNS.items()
                if any((one.member_id, name, plus(last, -back)) in now.current for back in range(12))
            ] if sees or one.member_id == own else []  # fmt: skip
            brings = []
            if returns:
                brings.append(f"Sends {words.listed([words.inside(title) for title in returns])}")
            right.append((one.name, f"Member: {KINDS_OF_MEMBER[one.kind]}", (brings, one.name)))
        for name, held in roles.items():
            right.append((name, "; ".join(ROLES[role] for role in held), ([], name)))
        texts = []
        for name, what, (brings, key) in right:
            if many := promised[who(key)]:
                brings.append(f"{words.count(many).capitalize()} promise{'' if many == 1 else 's'}")
            if many := asked[who(key)]:
                brings.append(f"Asks for {words.count(many)} thing{'' if many == 1 else 's'}")
            texts.append((name, what, ". ".join(brings) or "–"))
        self.rows(rows, texts)

    def organisations(self) -> None:
        self.at("organisations")
        self.coverage_of = None if self.eyes.sees_members else contributor(self.network).member_id
        whose = self.moment.member(self.coverage_of).name if self.coverage_of else "the network"
        coverage = queries.coverage(self.database, self.coverage_of)
        self.text(supplier_places.places_known(coverage, whose))
        self.text(supplier_places.places_unknown(coverage))
        if self.coverage_of:
            lacking = queries.suppliers_to_place(
                self.database, contributor(self.network), self.coverage_of
            )
            self.rows(
                [[name] for name in lacking["supplier"]], [[name] for name in self.to_place()]
            )
            self.text(supplier_places.places_lacking(lacking, coverage, whose))
        else:
            self.registers()

    def registers(self) -> None:
        offers, right = queries.register_offers(self.database), self.registered()
        self.rows(
            [
                [row["supplier"], supplier_places.register_offer(row)]
                for _, row in offers.iterrows()
            ],
            [(name, _offer(name)) for name in right],
        )
        amounts = list(dict.fromkeys(offers["amount_gbp"]))
        self.expect("sentences: the most pounds first", amounts, sorted(amounts, reverse=True))
        if len(offers):
            self.text(supplier_places.register_offers(offers))

    def registered(self) -> dict[str, Fraction]:
        """The pounds of each supplier of whom the register may have the name."""
        now, pounds = Moment(self.network, LATE), dict[str, Fraction]()
        for month in now.months:
            for line in now.lines("spend", month):
                name = line["supplier_name"]
                if name.startswith("Supplier ") and name != self.network.refused:
                    pounds[name] = pounds.get(name, Fraction(0)) + Fraction(line["amount_gbp"])
        return pounds

    def to_place(self) -> dict[str, Fraction]:
        """The pounds of each supplier that lines give no postcode for, nor the directory a place."""
        now = Moment(self.network, LATE)
        ids = (self.coverage_of or "",)
        months = [month for one, name, month in now.current if (one, name) == (*ids, "spend")]
        placed = {name for name, postcode, _ in self.network.partners if postcode}
        pounds: dict[str, Fraction] = {}
        for month in window_of(max(months), "rolling_12") if months else ():
            for line in now.lines("spend", month, ids):
                name = line["supplier_name"]
                if not line["supplier_postcode"] and name not in {REDACTED, *placed}:
                    pounds[name] = pounds.get(name, Fraction(0)) + Fraction(line["amount_gbp"])
        return pounds

    def coverage(self) -> tuple[Fraction, Fraction] | None:
        """Pounds with a known place, and all, of the twelve months to the last that had any."""
        now = Moment(self.network, LATE)
        ids = None if self.coverage_of is None else (self.coverage_of,)
        months = [
            month for one, name, month in now.current
            if name == "spend" and (ids is None or one in ids)
            and not now.current[one, name, month].nil
        ]  # fmt: skip
        if not months:
            return None
        rings = now.rings(max(months), "rolling_12", ids) or {}
        every = sum(rings.values(), Fraction(0))
        return every - rings["unknown"], every


COORDINATOR = Person("someone@sample.example.org", "Someone", frozenset({"coordinator"}))
LATE = datetime(2100, 1, 1)


def contributor(network: Network) -> Person:
    member = network.members[network.seed % len(network.members)].member_id
    return Person("other@sample.example.org", "Other", frozenset({"member_contributor"}), member)


def cells(table: Element) -> list[list[str]]:
    return [[one.text for one in row.parts if isinstance(one, Element)] for row in table.find("tr")]


def _row_text(row: Any) -> str:
    if row is None:
        return "no such row"
    return " | ".join(
        " or ".join(sorted(one)) if isinstance(one, frozenset) else str(one) for one in row
    )


def round_pounds(value: int | Fraction) -> str:
    return re.sub(r"\.0+(?=\D|$)|(?<=\.\d)0+(?=\D|$)", "", words.pounds(Fraction(value)))


def percent(weighting: str) -> str:
    return f"{(Decimal(weighting) * 100).normalize():f}%"


def lots_of(page: PromisePages) -> list[tuple[str, tuple[int, ...]]]:
    """Each agreement in lots: lots, holders, local ones, those asked for standards, those that hold
    them all, and those of whom it isn't known."""
    named = [one for one in page.visible if one.row["lot"] and page.eyes.is_named(one)]
    merged = {"tramway": "tram"} if page.network.is_merged else {}
    found = []
    for ref in dict.fromkeys(one.row["agreement_ref"] for one in named):
        group = [one for one in named if one.row["agreement_ref"] == ref]
        who = [merged.get(one.key[0], one.key[0]) for one in group]
        asked: dict[str, set[str] | None] = {}
        for lot, name in dict.fromkeys(
            (one.row["lot"], one.row["organisation_name"]) for one in group
        ):
            rows = [
                one
                for one in group
                if (one.row["lot"], one.row["organisation_name"]) == (lot, name)
            ]
            values = [
                one.row["agreement_value_gbp"] for one in rows if one.row["agreement_value_gbp"]
            ]
            bands = {page.plan.band_for(float(one)) for one in values} if page.plan else set()
            band = next(iter(bands), None)
            standards = None if band is None or band.standards is None else {*band.standards}
            holder = merged.get(rows[0].key[0], rows[0].key[0])
            before = asked.get(holder, set())
            asked[holder] = None if before is None or standards is None else before | standards
        titles = [one.row["agreement_title"] for one in group if one.row["agreement_title"]]
        found.append(
            (
                titles[0] if titles else ref,
                (
                    len({one.row["lot"] for one in group}),
                    len({*who}),
                    sum(_is_local(page.network, one) for one in {*who}),
                    sum(bool(one) for one in asked.values()),
                    0,
                    sum(one is None for one in asked.values()),
                ),
            )
        )
    return found


def _postcode(network: Network, who: str) -> str:
    listed = {ORGANISATIONS.get(name, name): code for name, code, _ in network.partners}
    return listed.get(who, "")


def _is_local(network: Network, who: str) -> bool:
    return _postcode(network, who) in ("M40 8QA", "M23 1PW")


EVIDENCED = "commitments_evidenced_share"
BEFORE = ("", "a year before", "two years before", "three years before", "four years before")
KINDS = {
    "volunteers": "Volunteers", "skills": "Skills and advice", "space": "Space",
    "buy_from_us": "Buy from us",
}  # fmt: skip
ROLES = {
    "supplier": "Supplier",
    "vcse": "Voluntary, community or social enterprise",
    "vcse_infrastructure": "Voluntary sector infrastructure",
    "employment_support": "Employment support",
    "business_network": "Business network",
}


# --- sentences ------------------------------------------------------------------------------------


@says("No member has said by {month} what was promised to it.")
def _no_promises(page: PromisePages, pieces: Pieces) -> None:
    page.expect("numbers: another month", pieces["month"], words.month(page.filters.period))


@says(
    "{whose:words}: {k_of_n:part} running promises whose delivery is known (is|are) on profile at the end of {month}[, and {kept_of_due:part} that were due by then (is|are) kept][, and the one that was due by then {one_kept:is_not} kept].",
    "{whose:words}: the one running promise whose delivery is known {one:is_not} on profile at the end of {month}[, and {kept_of_due:part} that were due by then (is|are) kept][, and the one that was due by then {one_kept:is_not} kept].",
    "{whose:words}: {kept_of_due:part} promises that were due by the end of {month} (is|are) kept.",
    "{whose:words}: the one promise that was due by the end of {month} {one_kept:is_not} kept.",
)
def _answer(page: PromisePages, pieces: Pieces) -> None:
    page.expect("sentences: whose promises these are", pieces["whose"], page.filters.whose)
    assert page.quarter is not None
    page.expect("numbers: another month", pieces["month"], words.month(page.quarter))
    for indicator, part, base, one in (
        (SHARES[0], "k", "n", "one"),
        (SHARES[1], "kept", "due", "one_kept"),
    ):
        right = share_of(indicator, page.those)
        if one in pieces:
            said = (int("not" not in pieces[one]), 1)
        elif base in pieces:
            said = (count(pieces[part]), count(pieces[base]))
            page.verb(max(said[0], 1), "is", "are")
        else:
            said = (0, 0)
        page.expect("numbers: another count of promises", said, right)


@says(
    "{whose:words}: nobody has said yet how any running promise stands at the end of {month}.",
    "{whose:words}: no promise runs at the end of {month}, and none was due by then.",
    "{whose:words}: the one running promise has no due date at the end of {month}.",
    "{whose:words}: {no_of_n:part} running promises has a due date as well as a known delivery at the end of {month}.",
)
def _nobody_said(page: PromisePages, pieces: Pieces) -> None:
    assert page.quarter is not None
    page.expect("sentences: whose promises these are", pieces["whose"], page.filters.whose)
    page.expect("numbers: another month", pieces["month"], words.month(page.quarter))
    running = [one for one in page.those if one.is_running]
    known = [one for one in running if one.delivered is not None]
    if any(one.due_on for one in known) or share_of(SHARES[1], page.those)[1]:
        page.reader.wrong("sentences: promises can be judged", len(known))
    right = "nobody has said"
    if not running:
        right = "no promise runs"
    elif known:
        right = "the one" if len(running) == 1 else "has a due date as well"
    if right not in page.reader.said:
        page.reader.wrong("sentences: promises stand otherwise", right)
    if "n" in pieces:
        page.number("promises", pieces["n"], len(running))


@says("{n:money} was received and not spent yet. What is secured isn't received.")
def _unspent(page: PromisePages, pieces: Pieces) -> None:
    left = unspent(page.those)
    page.expect("numbers: other pounds", pieces["n"], None if left is None else words.pounds(left))


@says("All that was received is spent. What is secured isn't received.")
def _all_spent(page: PromisePages, pieces: Pieces) -> None:
    left = unspent(page.those)
    page.expect("numbers: other pounds", None if left is None else words.pounds(left), "£0")


@says("For no contribution has anybody said both what was received and what was spent.")
def _unspent_unknown(page: PromisePages, pieces: Pieces) -> None:
    page.expect("sentences: contributions are known", unspent(page.those), None)


@says(
    "{n:Count} (agreement has|agreements have) lots: {lots:count} (lot|lots) with {holders:count} holders, {local:count} of them local.",
    "{n:Count} (agreement has|agreements have) lots: {lots:count} (lot|lots) with one holder, {one:is_local}.",
)
def _lots(page: PromisePages, pieces: Pieces) -> None:
    right = lots_of(page)
    sums = [sum(values[at] for _, values in right) for at in range(3)]
    said = [count(pieces.get(name, "one")) for name in ("n", "lots", "holders")]
    local = int(pieces["one"] == "local") if "one" in pieces else count(pieces["local"])
    page.expect("numbers: another count of lots", [*said, local], [len(right), *sums])


@says(
    "Standards were asked of {n:count} holders: {k:count} (holds|hold) them all.",
    "Standards were asked of one holder: it {one:holds} them all.",
)
def _asked_of(page: PromisePages, pieces: Pieces) -> None:
    right = lots_of(page)
    sums = [sum(values[at] for _, values in right) for at in (3, 4)]
    holding = int(pieces["one"] == "holds") if "one" in pieces else count(pieces["k"])
    page.expect("numbers: another count of holders", [count(pieces.get("n", "one")), holding], sums)


@says("Of {n:count} (holder|holders) it is not known which standards were asked.")
def _asked_unknown(page: PromisePages, pieces: Pieces) -> None:
    page.number("holders", pieces["n"], sum(values[5] for _, values in lots_of(page)))


@says("Of {n:count} (holder|holders) no address is known.")
def _no_address(page: PromisePages, pieces: Pieces) -> None:
    merged = {"tramway": "tram"} if page.network.is_merged else {}
    named = [one for one in page.visible if one.row["lot"] and page.eyes.is_named(one)]
    holders = {(one.row["agreement_ref"], merged.get(one.key[0], one.key[0])) for one in named}
    page.number("holders", pieces["n"], sum(not _postcode(page.network, who) for _, who in holders))


# --- the framework


@says("The network had no framework at that moment.")
def _no_framework(page: PromisePages, pieces: Pieces) -> None:
    page.expect("sentences: there was a framework", page.plan, None)


def check_on_track(page: PromisePages, names: Sequence[str], pieces: Pieces) -> None:
    counts = page.statuses(list(dict.fromkeys(names)))
    if counts is None:
        return
    judged = counts.total() - counts["none"]
    if "g" not in pieces and "one" not in pieces:
        page.expect("judging: figures with a target are not counted", 0, judged)
        return
    said = (count(pieces.get("g", "one")), count(pieces.get("j", "one")))
    if "one" in pieces:
        said = (0 if "not" in pieces["one"] else 1, 1)
    page.expect("judging: the headline counts other figures", said, (counts["on_track"], judged))


@says(
    "Each of the network's {n:count} outcomes is measured[, and {g_of_j:part} figures with a target (is|are) on track][, and the one figure with a target {one:is_not} on track].",
    "{k_of_n:part} outcomes (is|are) measured[, and {g_of_j:part} figures with a target (is|are) on track][, and the one figure with a target {one:is_not} on track][. Nothing measures {list:titles} yet].",
    "The network's one outcome is measured[, and {g_of_j:part} figures with a target (is|are) on track][, and the one figure with a target {one:is_not} on track].",
    "Nothing measures {only:titles}, the network's one outcome, yet.",
    "Nothing measures the network's one outcome yet: {only:titles}.",
)
def _outcomes(page: PromisePages, pieces: Pieces) -> None:
    assert page.plan is not None
    measured = [one for one in page.plan.outcomes if one.indicators]
    lacking = [one.title for one in page.plan.outcomes if not one.indicators]
    every = count(pieces.get("n", "one"))
    page.expect("numbers: another count of outcomes", every, len(page.plan.outcomes))
    if "only" in pieces:
        page.expect("numbers: outcomes are measured", len(measured), 0)
    else:
        said = count(pieces["k"]) if "k" in pieces else every
        page.expect("numbers: another count of outcomes", said, len(measured))
    if every == 1 and "n" in pieces:
        page.reader.wrong("sentences: one of one", "the one")
    titles = re.findall("“(.+?)”", pieces.get("list", pieces.get("only", "")))
    page.expect("sentences: other outcomes are not measured", titles, lacking)
    if "only" not in pieces:
        check_on_track(page, [name for one in measured for name in one.indicators], pieces)
    if pieces.get("j", "").lower() == "one":
        page.reader.wrong("sentences: one of one", "the one")


@says("{title:words}: nothing measures this yet.")
def _not_measured(page: PromisePages, pieces: Pieces) -> None:
    (outcome,) = (one for one in page.plan.outcomes if one.title == pieces["title"])  # type: ignore[union-attr]
    page.expect("sentences: something measures it", outcome.indicators, ())


@says(
    "{title:words}: {n:count} (figure|figures)[, and {g_of_j:part} figures with a target (is|are) on track][, and the one figure with a target {one:is_not} on track].",
    "{title:words}: {n:count} (figure|figures)[, and the one with a target {one:is_not} on track].",
)
def _measured(page: PromisePages, pieces: Pieces) -> None:
    (outcome,) = (one for one in page.plan.outcomes if one.title == pieces["title"])  # type: ignore[union-attr]
    page.number("figures", pieces["n"], len(outcome.indicators))
    check_on_track(page, outcome.indicators, pieces)
    if pieces.get("j", "").lower() == "one":
        page.reader.wrong("sentences: one of one", "the one")


@says("A contract of {value:exact} is too small to be asked for anything.")
def _too_small(page: PromisePages, pieces: Pieces) -> None:
    page.expect("numbers: another contract", pieces["value"], f"£{page.asked:,}")
    band = page.plan.band_for(page.asked) if page.plan else None
    page.expect("sentences: it is asked for something", bool(band and band.most), False)


@says(
    "A contract of {value:exact} is asked for {n:count} (measure|measures) at most[, and social value counts for {share:percent} of the score].",
)
def _asked(page: PromisePages, pieces: Pieces) -> None:
    page.expect("numbers: another contract", pieces["value"], f"£{page.asked:,}")
    band = page.plan.band_for(page.asked) if page.plan else None
    page.number("measures", pieces["n"], band.most if band else 0)
    weighting = band.weighting if band else "0"
    right = percent(weighting) if float(weighting) else None
    page.expect("numbers: another weighting", pieces.get("share"), right)


@says("The framework doesn't say which standards a contract of this value is asked for.")
def _standards_unknown(page: PromisePages, pieces: Pieces) -> None:
    band = page.plan.band_for(page.asked) if page.plan else None
    page.expect("sentences: it says which", band.standards if band else None, None)


@says(
    "A contract of this value is asked for no standard.",
    "Its holder is asked to hold: {list:words}.",
)
def _standards(page: PromisePages, pieces: Pieces) -> None:
    band = page.plan.band_for(page.asked) if page.plan else None
    named = [
        title for name, title in page.plan.standards if band and name in (band.standards or ())
    ]  # type: ignore[union-attr]
    said = pieces["list"].split("; ") if "list" in pieces else []
    page.expect("sentences: other standards", said, named)


@says("Say what you promise for (this measure|each of these measures).")
def _say(page: PromisePages, pieces: Pieces) -> None:
    page.expect("sentences: measures were chosen", bool(page.chosen), True)
    page.expect(
        "sentences: singular and plural", "this measure" in page.reader.said, len(page.chosen) == 1
    )


@says("Nothing has to be promised for a contract of this value.")
def _nothing_asked(page: PromisePages, pieces: Pieces) -> None:
    band = page.plan.band_for(page.asked) if page.plan else None
    page.expect("sentences: something is asked", bool(band and band.most), False)


@says(
    "Choose {n:count} (measure|measures) at most, (those in which you can do most|the one in which you can do most), and leave the rest."
)
def _choose(page: PromisePages, pieces: Pieces) -> None:
    band = page.plan.band_for(page.asked) if page.plan else None
    page.number("measures", pieces["n"], band.most if band else 0)
    page.expect("sentences: measures were chosen", page.chosen, ())
    if count(pieces["n"]) == 1 and "those" in page.reader.said:
        page.reader.wrong("sentences: singular and plural", "the one in which you can do most")


@says("Social value counts for {share:percent} of the score.")
def _weight(page: PromisePages, pieces: Pieces) -> None:
    band = page.plan.band_for(page.asked) if page.plan else None
    page.expect(
        "numbers: another weighting", pieces["share"], percent(band.weighting) if band else ""
    )


@says("Give amounts for the whole contract, not for a year.")
def _whole(page: PromisePages, pieces: Pieces) -> None:
    """Nothing to check."""


@says(
    "A public contract of more than £5m also carries at least three published key performance indicators, rated every year \\(Procurement Act 2023\\)."
)
def _published(page: PromisePages, pieces: Pieces) -> None:
    page.expect("sentences: it is no contract of more than £5m", page.asked > 5_000_000, True)


# --- from one framework to the next


def differences(before: Plan | None, after: Plan) -> list[str]:
    """What is said of it, each thing once."""
    if before is None:
        return ["contents"]
    told = []
    for kind in ("outcome", "measure"):
        then, now = ({one.title for one in getattr(plan, f"{kind}s")} for plan in (before, after))
        told += [f"gone: {kind} {title}" for title in then - now]
        told += [f"new: {kind} {title}" for title in now - then]
    then, now = ({title for _, title in plan.standards} for plan in (before, after))
    told += [f"gone: standard {title}" for title in then - now]
    told += [f"new: standard {title}" for title in now - then]
    bands = [{band.from_gbp: band for band in plan.bands} for plan in (before, after)]
    for start in {*bands[0], *bands[1]}:
        old, new = (band.get(start) for band in bands)
        if new is None:
            told.append(f"gone: band {start}")
            continue
        if old is None or (old.weighting, old.most) != (new.weighting, new.most):
            told.append(f"asked: {start} {new.most} {new.weighting}")
        if new.standards != (old.standards if old else None):
            titles = [title for name, title in after.standards if name in (new.standards or ())]
            unsaid = "unsaid" if new.standards is None else ", ".join(titles)
            told.append(f"standards: {start} {unsaid}")
    return sorted(told)


@says(
    "{outcomes:Count} (outcome|outcomes), {measures:count} (measure|measures), {bands:count} (band|bands) and {standards:count} (standard|standards).",
)
def _contents(page: PromisePages, pieces: Pieces) -> None:
    for name, text in pieces.items():
        page.number(name, text, len(getattr(page.plans[1], name)))  # type: ignore[index]
    page.changed.append("contents")


@says(
    "The {kind:words} “{title:words}” is gone[. Promises of it stay in the history and can no longer be sent].",
)
def _gone(page: PromisePages, pieces: Pieces) -> None:
    promised = "Promises of it stay" in page.reader.said
    page.expect("sentences: it can be promised", promised, pieces["kind"] == "measure")
    page.changed.append(f"gone: {pieces['kind']} {pieces['title']}")


@says("New {kind:words}: {titles:words}.")
def _new(page: PromisePages, pieces: Pieces) -> None:
    titles = re.findall(r"“(.+?)”", pieces["titles"])
    many = pieces["kind"].endswith("s")
    page.expect("sentences: singular and plural", many, len(titles) > 1)
    page.changed += [f"new: {pieces['kind'].removesuffix('s')} {title}" for title in titles]


@says("Contracts from {start:money} are no longer a band of their own.")
def _no_band(page: PromisePages, pieces: Pieces) -> None:
    page.changed.append(f"gone: band {count(pieces['start'])}")


@says(
    "Contracts from {start:money}: {n:count} (measure|measures) at most, weighting {share:percent}[ \\(so far {k:count} and {was:percent}\\)].",
)
def _asked_now(page: PromisePages, pieces: Pieces) -> None:
    before, after = page.plans  # type: ignore[misc]
    start = count(pieces["start"])
    (new,) = (band for band in after.bands if band.from_gbp == start)
    page.expect("numbers: another weighting", pieces["share"], percent(new.weighting))
    page.number("measures", pieces["n"], new.most)
    page.verb(new.most, "measure", "measures")
    old = [band for band in before.bands if band.from_gbp == start] if before else []
    page.expect("sentences: a band before", "k" in pieces, bool(old))
    if old and "k" in pieces:
        page.number("measures so far", pieces["k"], old[0].most)
        page.expect("numbers: another weighting so far", pieces["was"], percent(old[0].weighting))
    page.changed.append(f"asked: {start} {new.most} {new.weighting}")


@says(
    "Contracts from {start:money} are asked for (no standard|{titles:words}).",
    "The framework no longer says which standards contracts from {start:money} are asked for.",
)
def _standards_now(page: PromisePages, pieces: Pieces) -> None:
    titles = re.findall(r"“(.+?)”", pieces.get("titles", ""))
    unsaid = "no longer says" in page.reader.said
    page.changed.append(
        f"standards: {count(pieces['start'])} {'unsaid' if unsaid else ', '.join(titles)}"
    )


# --- needs, partners, organisations


@says(
    "Nobody has asked for anything yet; {offers:count} (promise is|promises are) on offer.",
    "No need is open[, {under:count} under way][, {met:count} met]; {offers:count} (promise is|promises are) on offer.",
    "{open:Count} (need is|needs are) open[, {under:count} under way][, {met:count} met]; {offers:count} (promise is|promises are) on offer.",
)
def _needs(page: PromisePages, pieces: Pieces) -> None:
    states = Counter(one.state for one in page.network.needs)
    under = states["introduced"] + states["agreed"] + states["delivered"]
    said = [count(pieces.get(name, "no")) for name in ("open", "under", "met")]
    right = [states["open"], under, states["confirmed"]]
    page.expect("numbers: another count of needs", said, right)
    page.expect("sentences: needs were asked for", "Nobody" in page.reader.said, not states)
    page.number("offers", pieces["offers"], len(page.offered))


@says(
    "In {span}, [{share:percent} of {n:count} needs closed were met][the one need that closed was {one:is_met}][; ][half of {k:count} that were introduced had waited {days:count} (day|days) or less][the one that was introduced had waited {days_one:count} (day|days)].",
)
def _needs_of_year(page: PromisePages, pieces: Pieces) -> None:
    last = queries.last_ended_month()
    page.expect("numbers: another span", pieces["span"], words.span(last, "rolling_12"))
    first, end = plus(last, -11), plus(last, 1)
    closed, waited = [], []
    for one in page.network.needs:
        day = {
            "confirmed": page.today + timedelta(days=one.events[-1][1] if one.events else 0),
            "lapsed": page.today + timedelta(days=one.review_on + 1),
        }.get(one.state)
        if day and first <= day < end:
            closed.append(one.state == "confirmed")
        days = [event[1] for event in one.events if event[0] == "introduced"]
        if days and first <= page.today + timedelta(days=days[0]) < end:
            waited.append(days[0] - one.asked)
    if "share" in pieces or "one" in pieces:
        said = (count(pieces.get("n", "one")), pieces.get("share", pieces.get("one")))
        met = sum(closed)
        text = words.figure(Fraction(met, len(closed)), "share") if closed else "none"
        if len(closed) == 1:
            text = "met" if met else "not met"
        page.expect("numbers: another share of needs", said, (len(closed), text))
    elif closed:
        page.reader.wrong("sentences: needs were closed", len(closed))
    if "days" in pieces or "days_one" in pieces:
        said_days = (
            count(pieces.get("k", "one")),
            count(pieces.get("days", pieces.get("days_one", ""))),
        )
        right = words.half_up(Fraction(median(waited)).limit_denominator(10)) if waited else None
        page.expect("numbers: other days", said_days, (len(waited), right))
        page.verb(said_days[1], "day", "days")
    elif waited:
        page.reader.wrong("sentences: needs were introduced", len(waited))


@says(
    "{who:words} asked for this: {what:words}. It left the list after {day}. If it is still wanted, give it a later day.",
    "{who:words} asked for this: {what:words}.[ It was introduced to {whom:words}.] Is it still wanted? If nobody says so by {day}, it leaves the list on {leaves:day}.",
)
def _reminder(page: PromisePages, pieces: Pieces) -> None:
    need, day = page.need, page.today + timedelta(days=page.need.review_on)
    said = (pieces["who"], pieces["what"], pieces["day"])
    page.expect("sentences: another need", said, (need.organisation, need.what, words.day(day)))
    if "leaves" in pieces:
        page.expect("numbers: another day", pieces["leaves"], words.day(day + timedelta(days=1)))
    page.expect(
        "sentences: it has lapsed", "left the list" in page.reader.said, need.state == "lapsed"
    )
    is_introduced = (
        any(state == "introduced" for state, _ in need.events) and need.state != "lapsed"
    )
    page.expect(
        "sentences: introduced to", pieces.get("whom"), "Trade Circle" if is_introduced else None
    )


@says(
    "{n:Count} (member|members) and {k:count} (partner|partners).",
    "{n:Count} (member|members), and no partner is listed yet.",
)
def _everyone(page: PromisePages, pieces: Pieces) -> None:
    page.number("members", pieces["n"], len(page.here))
    page.number("partners", pieces.get("k", "no"), len(page.roles))


@says(
    "We know where {share:percent} of {whose:words} spend goes: {known:money} of {paid:money}.",
    "With credit notes, {known:money} of {whose:words} {paid:money} of spend went to places that we know.",
)
def _places_known(page: PromisePages, pieces: Pieces) -> None:
    pounds = page.coverage()
    if pounds is None:
        page.reader.wrong("numbers: nothing was spent", "none")
        return
    said = (pieces["known"], pieces["paid"])
    page.expect("numbers: other pounds", said, tuple(map(words.pounds, pounds)))
    is_share = bool(pounds[1]) and 0 <= pounds[0] <= pounds[1]
    page.expect("places: a share outside 0–100%, of credit notes", "share" in pieces, is_share)
    if "share" in pieces and is_share:
        page.expect(
            "numbers: another share", pieces["share"], words.figure(pounds[0] / pounds[1], "share")
        )


@says(
    "{whose:words} has reported no spend yet, so there are no suppliers to place.",
    "The directory has nothing to add to {whose:words} ({paid:money}|spend) of the twelve months to {month}.",
    "[With credit notes, ]{n:money} of {whose:words} {paid:money} of the twelve months to {month} went to {k:count} (supplier|suppliers) whose place is not known.",
)
def _to_place(page: PromisePages, pieces: Pieces) -> None:
    pounds, suppliers = page.coverage(), page.to_place()
    page.expect("numbers: there is spend", "month" in pieces, pounds is not None)
    if pounds is None or "month" not in pieces:
        return
    if "paid" not in pieces:
        page.expect("places: pounds are left out", pounds[1] < 0 and not suppliers, True)
        return
    amount = sum(suppliers.values(), Fraction(0))
    right = (words.pounds(pounds[1]), words.pounds(amount) if suppliers else None)
    page.expect("numbers: other pounds", (pieces["paid"], pieces.get("n")), right)
    page.number("suppliers", pieces.get("k", "no"), len(suppliers))
    page.verb(len(suppliers), "supplier", "suppliers")
    is_part = 0 <= amount <= pounds[1]
    page.expect("places: credit notes are named", "credit notes" in page.reader.said, not is_part)


@says(
    "[With credit notes, ]{n:money} went to {k:count} (name|names) that a register may have, the most pounds first. Accept what is the same organisation; what you refuse is not offered again.",
)
def _registers(page: PromisePages, pieces: Pieces) -> None:
    right = page.registered()
    amount = sum(right.values(), Fraction(0))
    page.expect("numbers: other pounds", pieces["n"], words.pounds(amount))
    page.number("names", pieces["k"], len(right))
    page.verb(len(right), "name", "names")
    page.expect("places: credit notes are named", "credit notes" in page.reader.said, amount < 0)


def _offer(name: str) -> str:
    """What is said of the one organisation in the register; names differ in their number only."""
    registered, org_id, postcode = REGISTERED
    key, own = (one.rsplit(" ", 1)[0].replace(" ", "").upper() for one in (registered, name))
    how = "the same name" if key == own else f"nearly the same name, {_alike(key, own)} alike"
    return f"{registered}, {org_id}: {how}. {postcode}, address, {REGISTER}, 5 January 2026."


def _alike(one: str, other: str) -> str:
    """Jaro and Winkler's measure of two keys with four letters or more in common at their start,
    and none in another place."""
    same = Fraction(sum(a == b for a, b in zip(one, other, strict=False)))
    jaro = (same / len(one) + same / len(other) + 1) / 3
    return words.figure(jaro + Fraction(4, 10) * (1 - jaro), "share")


@says(
    "No list says who holds a standard. Accredited Living Wage employers come from the members' returns.",
)
def _no_lists(page: PromisePages, pieces: Pieces) -> None:
    """No odd network has a list."""


@says("{whose:words} has no spend to place yet.")
def _no_spend(page: PromisePages, pieces: Pieces) -> None:
    pounds = page.coverage()
    page.expect("numbers: there is spend", bool(pounds and pounds[1]), False)


@says("{n:money} is not placed yet.")
def _not_placed(page: PromisePages, pieces: Pieces) -> None:
    pounds = page.coverage()
    right = words.pounds(pounds[1] - pounds[0]) if pounds else None
    page.expect("numbers: other pounds", pieces["n"], right)


# --- evidence


@says("No framework is loaded, so there are no outcomes to show evidence for.")
def _no_outcomes(page: PromisePages, pieces: Pieces) -> None:
    page.expect("sentences: there is a framework", page.plan, None)


@says("No member has sent a return yet, so nothing is known.", "No member has sent a return yet.")
def _no_return(page: PromisePages, pieces: Pieces) -> None:
    page.expect("sentences: returns were sent", page.moment.months, [])


def moved(course: Any) -> str:
    direction = course.direction
    if direction is None:
        return "cannot be judged"
    return "is about the same as before" if direction == "same" else f"is {direction} than before"


def check_directions(page: PromisePages, courses: Sequence[Any], pieces: Pieces) -> None:
    directions = Counter(one.direction for one in courses)
    said = [count(pieces.get(name, "no")) for name in ("better", "worse")]
    page.expect(
        "numbers: another count of figures", said, [directions["better"], directions["worse"]]
    )


@says(
    "{k_of_n:part} outcomes can be followed over years[: {better_of_total:part} figures (is|are) better than before][: the one figure {one:moved}][, and {worse:count} (is|are) worse][. Nothing measures {titles} yet].",
    "The one outcome can be followed over years[: {better_of_total:part} figures (is|are) better than before][: the one figure {one:moved}][, and {worse:count} (is|are) worse].",
    "The one outcome cannot be followed over years[. Nothing measures {titles} yet].",
)
def _followed(page: PromisePages, pieces: Pieces) -> None:
    outcomes = page.about.outcomes
    courses = [course for each in outcomes for course in each.courses]
    followed = sum(bool(each.courses) for each in outcomes)
    said = (count(pieces["k"]), count(pieces["n"])) if "k" in pieces else (
        int("cannot" not in page.reader.said), 1
    )  # fmt: skip
    page.expect("numbers: another count of outcomes", said, (followed, len(outcomes)))
    if "k" in pieces and count(pieces["n"]) == 1:
        page.reader.wrong("sentences: one of one", "the one outcome")
    page.number("figures", pieces.get("total", "one" if "one" in pieces else "no"), len(courses))
    if "one" in pieces:
        page.expect("judging: a direction is another one", pieces["one"], moved(courses[0]))
    else:
        check_directions(page, courses, pieces)
    lacking = [one.title for one in page.plan.outcomes if not one.indicators] if page.plan else []
    titles = re.findall("“(.+?)”", pieces.get("titles", ""))
    page.expect("sentences: other outcomes are not measured", titles, lacking)


@says("Nothing measures this yet.", "Nothing measures it yet.")
def _nothing_measures(page: PromisePages, pieces: Pieces) -> None:
    page.expect("sentences: something measures it", page.outcome.outcome.indicators, ())


@says("Nothing can be compared over years yet.")
def _no_course(page: PromisePages, pieces: Pieces) -> None:
    page.expect("sentences: figures can be compared", page.outcome.courses, ())


@says(
    "{better_of_total:part} (figure|figures) that can be compared (is|are) better than before[, and {worse:count} (is|are) worse].",
    "The one figure that can be compared {one:moved}.",
)
def _moved(page: PromisePages, pieces: Pieces) -> None:
    courses = page.outcome.courses
    page.number("figures", pieces.get("total", "one"), len(courses))
    if "one" in pieces:
        page.expect("judging: a direction is another one", pieces["one"], moved(courses[0]))
        return
    check_directions(page, courses, pieces)
    if len(courses) == 1:
        page.reader.wrong("sentences: one of one", "the one figure")


@says(
    "The one promise that was due is [not ]kept in full[; {rest:words}].",
    "{k_of_n:part} promises that were due (is|are) kept in full[; {rest:words}].",
    "The one promise that runs is [not ]where it should be by now.",
    "{k_of_n:part} promises that run (is|are) where (it|they) should be by now.",
)
def _stand(page: PromisePages, pieces: Pieces) -> None:
    said_text = page.reader.said
    rest = pieces.get("rest")
    first = said_text.partition(";")[0]
    name = SHARES[1] if "due" in first else SHARES[0]
    right = share_of(name, page.of_outcome)
    said = (
        (count(pieces["k"]), count(pieces["n"]))
        if "k" in pieces
        else (int(" is not " not in first), 1)
    )
    page.expect("numbers: another count of promises", said, right)
    if rest:
        page.text(rest[:1].upper() + rest[1:] + ".")
    elif name == SHARES[1]:
        page.expect("sentences: promises run", share_of(SHARES[0], page.of_outcome)[1], 0)
    elif (
        page.reader.said == said_text
        and share_of(SHARES[1], page.of_outcome)[1]
        and not page.of_outcome
    ):
        page.reader.wrong("sentences: promises were due", "say so")


@says("No promise towards it is recorded.")
def _no_promise(page: PromisePages, pieces: Pieces) -> None:
    page.expect("sentences: promises are recorded", len(page.of_outcome), 0)


@says("Nobody has said yet what {n:count} running (promise has|promises have) delivered.")
def _silent(page: PromisePages, pieces: Pieces) -> None:
    page.number("promises", pieces["n"], share_of(SHARES[2], page.of_outcome)[0])


@says(
    "{k_of_n:part} promises that have delivered something (lacks|lack) some of the proof.",
    "The one promise that has delivered something lacks some of the proof.",
)
def _proof(page: PromisePages, pieces: Pieces) -> None:
    proven, base = share_of(EVIDENCED, page.of_outcome)
    said = (count(pieces.get("k", "one")), count(pieces.get("n", "one")))
    page.expect("numbers: another count of promises", said, (base - proven, base))
    if pieces.get("n") == "one":
        page.reader.wrong("sentences: one of one", "the one promise")


@says(
    "No published story is about it.",
    "Can't be compared over years by the same members: {list:words}.",
    "No figure: {list:words}.",
    "Too few people to show: {list:words}.",
    "Under {people:n} people: {list:words}.",
    "For members only: {list:words}.",
    "{n:Count} (member has|members have) not sent everything in the last year: {list:words}.",
    "No member has sent everything in the last year: {list:words}.",
    "Not known where or of whom: {list:words}.",
    "Months that are missing: {list:words}.",
    "{credited:money} of {whole:money}: {list:words}.",
)
def _unknown(page: PromisePages, pieces: Pieces) -> None:
    """What is not known, of which figures: that each is one of the outcome's."""
    inside = {words.inside(words_title(name)) for name in page.outcome.outcome.indicators}
    for text in re.split(r", | and ", pieces.get("list", "")):
        plain = re.sub(r"^[\d,]+%? of ", "", text)
        if plain and plain not in inside:
            page.reader.wrong("sentences: figures of another outcome", sorted(inside))
    if "No member has" in page.reader.said or "n" in pieces:
        for text in re.split(r", | and ", pieces["list"]):
            (name,) = (
                one
                for one in page.outcome.outcome.indicators
                if words.inside(words_title(one)) == text
            )
            if name == "needs_met_share":
                continue
            value = page.moment.value(name, page.about.month, "rolling_12")
            said = count(pieces["n"]) if "n" in pieces else value.owing
            page.expect("numbers: another count of members", said, value.owing - value.sent)
    if page.reader.said.startswith("Not known where"):
        _unknown_shares(page, pieces["list"])
    if page.reader.said.startswith("Months that are missing"):
        missing = {
            name: len(months) - len(sent)
            for name, months, sent in _months_sent(page)
            if months and len(sent) < len(months)
        }
        right = {words.inside(words_title(name)): f"{many}" for name, many in missing.items()}
        page.expect("numbers: another count of months", _listed(pieces["list"]), right)


def _listed(text: str) -> dict[str, str]:
    """`12% of spend and 3 of starts` by what each is of."""
    pairs = (one.split(" of ", 1) for one in re.split(r", | and ", text) if one)
    return {what: amount for amount, what in pairs}


def _unknown_shares(page: PromisePages, text: str) -> None:
    said = _listed(text)
    for name in page.outcome.outcome.indicators:
        title = words.inside(words_title(name))
        value = page.moment.value(name, page.about.month, "rolling_12")
        if value.unit != "share" or value.is_gap:
            continue
        unknown, shown = 1 - value.known, said.get(title, "0%")
        if not value.people:
            page.expect("places: another unknown share", shown, words.figure(unknown, "share"))
        elif value.base and title in said:
            room = 8 / max(float(value.base / value.known), 8) + 0.005
            if abs((words.number_of(shown) or 0.0) - float(unknown)) > room:
                page.reader.wrong("places: another unknown share", words.figure(unknown, "share"))


def _months_sent(page: PromisePages) -> Iterator[tuple[str, list[date], list[date]]]:
    """Of each figure of the outcome over a year the months of its window, and those sent."""
    end = page.about.month
    for name in page.outcome.outcome.indicators:
        return_name = return_of(name)
        if not return_name:
            continue
        months = [end] if is_stock(name) else window_of(end, "rolling_12")
        if name == "needs_met_share":  # of organisations, as long as there is a network
            yield name, months, [one for one in months if page.moment.owing(one)]
            continue
        yield name, months, [one for one in months if page.moment.senders(return_name, one, None)]


def words_title(name: str) -> str:
    return next(title for title, one in words.TITLES.items() if one == name)
