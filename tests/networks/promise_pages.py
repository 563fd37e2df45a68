# ruff: noqa: E501 – sentences and tables stand whole.
"""Reads what a network says of its framework, promises, needs, partners and evidence.

A rule is a sentence with its pieces named, and what is false in it; a table is known by its
headings, and each of its rows is held against those that there should be.
"""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from markupsafe import Markup

from anchornet.exports.tender_schedule import Schedule
from anchornet.indicators import promises as product
from anchornet.narrative import framework as framework_words
from anchornet.store.framework import framework as loaded_framework
from anchornet.ui import commitments, layout
from anchornet.ui import framework as framework_page
from anchornet.ui.filters import Filters
from tests.networks import words
from tests.networks.agreements import ORGANISATIONS, Plan
from tests.networks.generator import MEMBERS, Network
from tests.networks.promises import (
    SOURCES,
    STANDS,
    UNITS,
    Promise,
    amount,
    measure_title,
    promises,
    quarter_of,
    share_of,
    unspent,
)
from tests.networks.reader import Reader
from tests.networks.texts import Element, read_html
from tests.networks.truth import Moment, seen_counts

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
    asked: int = 0  # pounds of the contract that is looked at
    chosen: tuple[str, ...] = ()  # measures of its schedule

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
        return Seen(self.moment, self.eyes, self.plan)

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
            check(self, {name: one for name, one in match.groupdict().items() if one is not None})
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
        parts = [
            f"{words.count(counts[name])} {title.lower()}"
            for name, title in STANDS.items()
            if counts[name]
        ]
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
        right: list[tuple[Any, ...]] = []
        for key, one in now.items():
            state = STANDS[one.state].lower()
            if key not in before:
                right.append((self.seen.whole(one), f"New: {state}"))
                continue
            old = before[key]
            changed = (
                "" if old.state == one.state else f"was {STANDS[old.state].lower()}, is {state}"
            )
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
        match = re.search(r"(\w+) promises? of then (?:is|are) not listed any more\.", block.note)
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
        known = {one.id: one.title for one in self.plan.outcomes} if self.plan else {}
        gone = {one.outcome for one in self.those} - set(known)
        titles = known | dict.fromkeys(sorted(gone), "Not known")
        self._cut(rows, titles, lambda one: one.outcome)

    def sums(self, measure: str) -> tuple[Texts, Texts] | None:
        """What was promised and delivered of a measure."""
        those = [one for one in self.those if one.row["measure"] == measure]
        if not those:
            return None
        unit = those[0].unit
        promised = sum((one.promised for one in those), Fraction(0))
        known = [one.delivered for one in those if one.delivered is not None]
        delivered = sum(known, Fraction(0)) if known else None
        if unit == "people" and not self.filters.exact:
            if 0 < len(self.moment.owing(those[0].quarter)) < self.network.fewest:
                return one_of("for members only"), one_of("for members only")
            seen = [seen_counts(words.half_up(one or Fraction(0))) for one in (promised, delivered)]
            return seen[0], one_of("–", "0") if delivered is None else seen[1]
        unit = "number" if unit == "yes" else unit
        return one_of(amount(promised, unit)), one_of(amount(delivered, unit))

    def _block_measures(self, block: layout.Block, rows: list[list[str]]) -> None:
        right = []
        for one in self.plan.measures if self.plan else ():
            sums = self.sums(one.id)
            if sums:
                right.append((measure_title(self.plan, one.id, one.unit), *sums))
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


def cells(table: Element) -> list[list[str]]:
    return [[one.text for one in row.parts if isinstance(one, Element)] for row in table.find("tr")]


def _row_text(row: Any) -> str:
    if row is None:
        return "no such row"
    return " | ".join(
        " or ".join(sorted(one)) if isinstance(one, frozenset) else str(one) for one in row
    )


def round_pounds(value: int) -> str:
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


# --- sentences ------------------------------------------------------------------------------------


@says("No member has said by {month} what was promised to it.")
def _no_promises(page: PromisePages, pieces: Pieces) -> None:
    page.expect("numbers: another month", pieces["month"], words.month(page.filters.period))


@says(
    "{whose:words}: {k:count} of the {n:count} running promises whose delivery is known (is|are) on profile at the end of {month}[, and {kept:count} of the {due:count} that were due by then (is|are) kept][, and the one that was due by then {one_kept:is_not} kept].",
    "{whose:words}: the one running promise whose delivery is known {one:is_not} on profile at the end of {month}[, and {kept:count} of the {due:count} that were due by then (is|are) kept][, and the one that was due by then {one_kept:is_not} kept].",
    "{whose:words}: {kept:count} of the {due:count} promises that were due by the end of {month} (is|are) kept.",
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
            page.verb(said[0], "is", "are")
        else:
            said = (0, 0)
        page.expect("numbers: another count of promises", said, right)


@says(
    "{whose:words}: nobody has said yet how any running promise stands at the end of {month}.",
    "{whose:words}: no promise runs at the end of {month}, and none was due by then.",
    "{whose:words}: the one running promise has no due date at the end of {month}.",
    "{whose:words}: none of the {n:count} running promises has both a due date and a known delivery at the end of {month}.",
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
        right = "the one" if len(running) == 1 else "none of the"
    if right not in page.reader.said:
        page.reader.wrong("sentences: promises stand otherwise", right)
    if "n" in pieces:
        page.number("promises", pieces["n"], len(running))


@says("{n:money} was received and not spent yet. What is secured isn't received.")
def _unspent(page: PromisePages, pieces: Pieces) -> None:
    left = unspent(page.those)
    page.expect("numbers: other pounds", pieces["n"], None if left is None else words.pounds(left))


@says("For no contribution has anybody said both what was received and what was spent.")
def _unspent_unknown(page: PromisePages, pieces: Pieces) -> None:
    page.expect("sentences: contributions are known", unspent(page.those), None)


@says(
    "{n:Count} (agreement has|agreements have) lots: {lots:count} (lot|lots) with {holders:count} (holder|holders), {local:count} of them local.",
)
def _lots(page: PromisePages, pieces: Pieces) -> None:
    right = lots_of(page)
    sums = [sum(values[at] for _, values in right) for at in range(3)]
    said = [count(pieces[name]) for name in ("n", "lots", "holders", "local")]
    page.expect("numbers: another count of lots", said, [len(right), *sums])


@says("Standards were asked of {n:count} (holder|holders): {k:count} (holds|hold) them all.")
def _asked_of(page: PromisePages, pieces: Pieces) -> None:
    right = lots_of(page)
    sums = [sum(values[at] for _, values in right) for at in (3, 4)]
    page.expect("numbers: another count of holders", [count(pieces["n"]), count(pieces["k"])], sums)


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
    "Each of the network's {n:count} outcomes is measured[, and {g:count} of {j:count} figures with a target (is|are) on track][, and the one figure with a target {one:is_not} on track].",
    "{k:Count} of {n:count} outcomes (is|are) measured[, and {g:count} of {j:count} figures with a target (is|are) on track][, and the one figure with a target {one:is_not} on track][. Nothing measures {list:titles} yet].",
    "The network's one outcome is measured[, and {g:count} of {j:count} figures with a target (is|are) on track][, and the one figure with a target {one:is_not} on track].",
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
    "{title:words}: {n:count} (figure|figures)[, and {g:count} of {j:count} figures with a target (is|are) on track][, and the one figure with a target {one:is_not} on track].",
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
