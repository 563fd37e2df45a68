# ruff: noqa: E501 – sentences and tables stand whole.
"""Reads what a network's pages, projector, pack, pictures and public page say."""

import random
import re
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from markupsafe import Markup

from anchornet.charts.style import Chart
from anchornet.exports import chart_kinds, pack, shared_chart
from anchornet.facts.catalogue import BREAKDOWNS, CATALOGUE, OVERVIEW, PACK
from anchornet.store.database import Database
from anchornet.store.meetings import Meeting, meetings
from anchornet.store.publications import ChartRequest
from anchornet.ui import (
    figures,
    layout,
    living_wage,
    local_hires,
    members,
    overview,
    projector,
    queries,
    retention,
    spend,
)
from anchornet.ui.filters import Filters
from tests.networks import words
from tests.networks.group_pages import GroupPages
from tests.networks.promise_pages import COORDINATOR, Eyes, contributor
from tests.networks.promises import plan_at
from tests.networks.reader import (
    Fault,
    Place,
    Reader,
    conflicts,
    has_others,
    own_renewals,
    own_statuses,
    parts_of,
    year_board,
)
from tests.networks.texts import Element, read_html
from tests.networks.truth import Moment, in_part, part_of_code, plus, window_of

PAGES = (
    "overview",
    "living wage",
    "local hires",
    "retention",
    "spend",
    "branch",
    "members",
    "projector",
)
AUTHORITY_CODES = ("06", "07", "08", "09")  # of English local authorities, after the E
ON_A_MAP = {"too few people to show": {"*"}, "none known": {"0", "–"}}
SKIPPED = {
    "an-what",
    "an-about",
    "an-scale",
    "an-spark",
    "an-h2",
    "an-question",
    "an-place",
    "an-stand",
}


class Pages:
    """The pages of a network as one view of them has it: a moment, a month, a span, some members."""

    def __init__(self, database: Database, reader: Reader, filters: Filters) -> None:
        self.database, self.reader, self.filters = database, reader, filters
        self.place = Place(
            "", filters.period, filters.window, filters.members, filters.whose, filters.exact
        )

    def read(self, *pages: str) -> None:
        for name in pages:
            self.place = replace(self.place, name=name, by_branch=name == "branch")
            getattr(self, name.replace(" ", "_"))()

    # --- pages ---

    def overview(self) -> None:
        for indicator in OVERVIEW:
            self.panel(indicator, OVERVIEW)
        briefing = overview.briefing(self.database, self.filters)
        self.text(briefing.answer)
        self.markup(briefing.opening)
        for block in (briefing.map, briefing.returns):
            self.block(block)

    def projector(self) -> None:
        for screen in projector.screens(self.database, self.filters):
            title = screen.question.removesuffix(": why?")
            self.place.indicator = words.TITLES.get(title, "")
            if self.place.indicator:
                self.place.shown = self.reader.shown(self.place.indicator, self.place.end)
            self.text(screen.answer)
            self.part(screen.part)
            self.place.indicator, self.place.shown = "", None

    def living_wage(self) -> None:
        self.page(living_wage.page(self.database, self.filters), living_wage.TILES)
        self.block(living_wage.members(self.database, self.filters, COORDINATOR))
        of_several = living_wage.conflicts(self.database, self.filters)
        for block in of_several:
            self.block(block)
        self.reader.said = "Reported differently"
        self.reader.expect(
            "numbers: whether there are any", bool(of_several), bool(conflicts(self.reader))
        )
        own = contributor(self.reader.moment.network)
        near = living_wage.own_renewals(self.database, self.filters, own)
        for block in near:
            self.block(block)
        self.reader.said = "On your own list"
        self.reader.expect(
            "numbers: whether there are any",
            bool(near),
            bool(own_renewals(self.reader, own.member_id or "")),
        )

    def local_hires(self) -> None:
        self.panel("local_start_share", local_hires.FIGURES)
        self.page(local_hires.page(self.database, self.filters), local_hires.TILES)
        place = self.place
        for indicator in local_hires.ON_THE_MAP:
            self.place = replace(
                place, name=f"{place.name}, map of {indicator}", indicator=indicator
            )
            note, *drawn = local_hires.on_the_map(self.database, self.filters, indicator)
            for part in drawn:
                if "twelve months" in part.opens:
                    self.place = replace(self.place, window="rolling_12")
            self.markup(note)
            for part in drawn:
                self.looked_up(part)
        self.place = place

    def retention(self) -> None:
        self.page(retention.page(self.database, self.filters), retention.TILES)

    def spend(self) -> None:
        way = "branch" if self.place.by_branch else "address"
        page = spend.page(self.database, self.filters, way)
        self.page(page, spend.TILES[way])
        if page.netted:
            self.text(page.netted)
        note, on_the_map = spend.on_the_map(self.database, self.filters, way, None)
        self.markup(note)
        self.looked_up(on_the_map)

    branch = spend

    def members(self) -> None:
        page = members.page(self.database, self.filters)
        self.text(page.answer)
        self.markup(page.opening)
        for block in page.blocks:
            self.block(block)

    def panel(self, indicator: str, together: tuple[str, ...]) -> None:
        for view in ("status", "variation"):
            filters = replace(self.filters, view=view)
            panel = figures.panel_of(self.database, filters, indicator, together)
            self.place.indicator, self.place.shown = indicator, None
            if panel.chart:
                name = self.place.name
                self.place.name = f"{name}, chart of {indicator}"
                # A chart of how it varies is of single months, whatever the span.
                window = self.place.window
                if view == "variation" and panel.chart.alt.startswith("Chart of how"):
                    self.place.window = "month"
                self.chart(panel.chart)
                self.place.name, self.place.window = name, window
            self.markup(panel.head)
        self.place.indicator, self.place.shown = "", None

    def page(self, page: layout.Page, tiles: Sequence[str]) -> None:
        self.text(page.answer)
        self.markup(page.opening)
        for block in page.blocks:
            self.block(block)

    def block(self, block: layout.Block) -> None:
        place = self.place
        self.place = replace(place, name=f"{place.name}, {block.title}")
        if block.note:
            self.text(block.note)
        for part in block.parts:
            self.part(part)
        self.place = place

    def part(self, part: layout.Part) -> None:
        if isinstance(part, layout.Map):
            self.text(part.alt)
            self.looked_up(part)
        elif isinstance(part, Markup):
            self.markup(part)
        elif isinstance(part, layout.Bars):
            self.bars(part)
        else:
            self.chart(part)

    def looked_up(self, part: layout.Map) -> None:
        """What the map says of each ward and local authority that is clicked or looked up."""
        if not part.opens:
            return
        reader, place = self.reader, self.place
        reader.place = replace(place, indicator=place.indicator or "spend")
        reader.said = f"{part.alt} {part.opens}"
        reader.expect("numbers: another span", part.opens, reader.when)
        for code, (title, figure) in part.ward_map.places.items():
            reader.said = f"{title}: {figure}"
            by = "authority" if code[1:3] in AUTHORITY_CODES else "ward"
            name = title if by == "authority" else title.rpartition(", ")[0]
            shown = ON_A_MAP.get(figure, {figure.partition(" ")[0]})
            right = parts_of(reader, by)(name)
            if right is not None and place.exact and "£" not in figure:
                test = in_part(by, name, {})
                value = reader.moment.part(
                    reader.place.indicator, place.end, place.window, test, place.members
                )
                right = frozenset({"–" if value.is_gap else f"{int(value.part or 0):,}"})
            if not shown & (right or {"–"}):
                reader.wrong("numbers: a figure is another one", right)

    def bars(self, bars: layout.Bars) -> None:
        """The chart, and the course that one of its bars opens."""
        self.chart(bars.chart)
        names = [name for name in dict.fromkeys(bars.chart.data["name"]) if name in bars.opens]
        if not names:
            return
        name = random.Random(f"{self.reader.moment.network.seed} {self.place.name}").choice(names)
        opened = figures.part_of(self.database, self.filters, bars.opens[name])
        if opened is None:
            return
        indicator, _, cut = bars.opens[name].partition(":")
        by, _, code = cut.partition(":")
        place = replace(
            self.place,
            name=f"{self.place.name}, bar of {name}",
            window="month",
            indicator=indicator,
            shown=None,
            part=part_of_code(by, code, BREAKDOWNS[by].values) if by else None,
        )
        reader = Reader(self.reader.moment)  # whose months are those of the part
        charts = [chart for chart in opened.parts if isinstance(chart, Chart)]
        for chart in charts:
            reader.read(place, chart.alt)
            reader.read(place, chart.sentence)
        if not charts:
            reader.read(place, figures.NO_COURSE)
        self.reader.faults += reader.faults

    def chart(self, chart: Chart) -> None:
        self.text(chart.alt)
        if chart.sentence and chart.sentence not in chart.alt:
            self.text(chart.sentence)

    def text(self, text: str) -> None:
        match = re.match(
            r"(Chart of how .+? varies by month: .+?(?:\.|\))) (In \w+ \d{4}|There are too few|The figure for)",
            text,
        )
        if match:  # the months, and then the sentence
            text, rest = match[1], text[len(match[1]) + 1 :]
            self.reader.read(self.place, f"{text} .")
            self.reader.read(self.place, rest)
            return
        self.reader.read(self.place, text)

    # --- pieces of HTML ---

    def markup(self, markup: Markup) -> None:
        self.element(read_html(str(markup)))

    def element(self, element: Element) -> None:
        kinds = {*element.classes}
        if kinds & SKIPPED or element.tag in ("svg", "img"):
            return
        if "an-coverage" in kinds:
            self.coverage(element)
        elif (
            "an-tile" in kinds
            or "an-large" in kinds
            or (element.tag == "div" and element.find("an-value"))
        ):
            if element.tag == "div" and len(element.find("an-name")) > 1:
                for part in element.parts:
                    if isinstance(part, Element):
                        self.element(part)
            else:
                self.tile(element)
        elif "an-panel" in kinds:
            self.one_figure(element)
        elif element.tag == "table":
            self.table(element)
        elif element.tag == "details":
            for one in element.find("p"):
                self.text(one.text)
        elif element.tag == "dl":
            for one in element.find("dd"):
                self.listed(one)
        elif element.tag in ("p", "h1", "span", "li"):
            if element.text:
                self.text(element.text)
        else:
            for part in element.parts:
                if isinstance(part, Element):
                    self.element(part)
                elif part.strip():
                    self.text(part)

    def listed(self, element: Element) -> None:
        if element.find("an-missing"):
            return  # a figure that needs an action, which its tile has
        if re.match(r"(.+ (missing|late)(, | and |\.))+", element.text):
            return
        self.text(element.text)

    def tile(self, element: Element) -> None:
        title = element.first("an-name")
        if title:
            self.place.indicator = words.TITLES.get(title, "")
        if not self.place.indicator:
            return
        value = (
            element.first("an-value")
            .split(" employers")[0]
            .removesuffix(" people")
            .removesuffix(" suppliers")
        )
        if value == "under 25":
            value = "under 25 people"
        place = self.place
        self.place = replace(place, name=f"{place.name}, tile of {place.indicator}", shown=value)
        reader, indicator = self.reader, place.indicator
        reader.place, reader.said = self.place, f"{title} {value}"
        reader.check_value(value, indicator)
        status = element.first("an-chip")
        reader.said = f"{title} {value}: {status}"
        reader.check_status(status, indicator, value)
        for one in element.find("an-target", "an-direction"):
            if one.text:
                self.text(one.text)
        for one in element.find("an-cover"):
            if "an-direction" not in one.classes and one.text:
                self.text(one.text)
        if "an-large" in element.classes:
            for one in element.find("span"):
                if not one.classes and one.text:
                    self.text(one.text)
        self.place = place
        if title:
            self.place.indicator = ""

    def one_figure(self, element: Element) -> None:
        place = self.place
        self.place = replace(place, name=f"{place.name}, panel of {place.indicator}")
        for one in element.find("an-note"):
            match = re.match(r"(-?£?[\d,.]+(?:k|m|bn|%)?) (?:in|at) ", one.text)
            if match:
                self.place.shown = match[1]
            self.text(one.text)
            self.place.shown = self.reader.place.shown or self.place.shown
        shown = self.place.shown
        if shown is not None:
            self.reader.place = self.place
            status = element.first("an-chip")
            self.reader.said = f"{place.indicator} {shown}: {status}"
            self.reader.check_status(status, place.indicator, shown)
        for one in element.find("an-icon"):
            self.text(
                one.text[1:] if one.text[0] in "PF?" and one.text[1:2].isupper() else one.text
            )
        for one in element.find("an-under"):
            for line in one.find("span"):
                self.text(line.text)
        for one in element.find("li"):
            self.text(one.text)
        self.place = place

    def coverage(self, element: Element) -> None:
        reader = self.reader
        titles = {"Real Living Wage accreditation": "living_wage", "Local hires": "local_hires",
                  "Retention": "retention", "Spend with suppliers": "spend"}  # fmt: skip
        for row in element.find("tr"):
            title, cell = (one.text for one in row.find("td"))
            states = [one[2] for one in reader.board_of(self.place.end) if one[1] == titles[title]]
            sent = sum(state not in ("missing", "not_due") for state in states)
            reader.place, reader.said = self.place, f"{title}: {cell}"
            mark = "✕ " if "missing" in states else ""
            members = self.reader.moment.owing(self.place.end, self.place.members)
            reader.expect(
                "numbers: another count of members", cell, f"{mark}{sent} of {len(members)}"
            )

    def table(self, element: Element) -> None:
        kinds = {*element.classes}
        rows = [
            [one for one in row.parts if isinstance(one, Element)] for row in element.find("tr")
        ]
        if "an-cases" in kinds:
            for row in rows:
                title = row[1].first("b")
                self.place.indicator = words.TITLES[title]
                self.case(row[0].text, title, row[1].text.removeprefix(title).strip())
                self.place.indicator = ""
        elif kinds & {"an-board", "an-record"}:
            self.states(rows, by_month="an-record" in kinds)
        elif "an-figures" in kinds:
            self.member_figures(rows)
        elif "an-members" in kinds:
            # A figure without how it stands beside the network's, which is read for itself.
            self.all_members(
                [[(cell.find("b") or [cell])[0].text for cell in row] for row in rows[1:]]
            )
        else:
            headings = tuple(cell.text for cell in rows[0]) if rows else ()
            self.small_table(headings, [[cell.text for cell in row] for row in rows[1:]])

    def case(self, status: str, title: str, stands: str) -> None:
        reader, name = self.reader, self.place.indicator
        text = stands.partition("; unusual")[0]
        shown, _, gap = text.partition(", ")
        reader.place = replace(self.place, shown=shown)
        reader.said = f"{status}: {title} {stands}"
        reader.check_value(shown, name)
        if status in ("On track", "Within tolerance", "Off track"):
            reader.check_status(status, name, shown)
        if gap:
            reader.read(replace(self.place, shown=shown), gap)

    def states(self, rows: list[list[Element]], *, by_month: bool) -> None:
        reader, names = self.reader, ("living_wage", "local_hires", "retention", "spend")
        shown = {"on time": "on_time", "nil return": "nil", "not due yet": "not_due", "": None}
        for row in rows[1:]:
            head = row[0].text
            member = (
                self.place.members[0] if by_month and self.place.members else reader.member_id(head)
            )
            month = words.period_of(head) if by_month else self.place.end
            for name, cell in zip(names, row[1:], strict=True):
                word = cell.first("span")
                reader.place, reader.said = self.place, f"{head}, {name}: {word}"
                owed = member in reader.moment.owing(month)
                right = reader.moment.state(member or "", name, month)[0] if owed else None
                reader.expect("numbers: another state of a return", shown.get(word, word), right)

    def member_figures(self, rows: list[list[Element]]) -> None:
        reader = self.reader
        for row in rows[1:]:
            title, cell, target, network = row
            name, value = words.TITLES[title.text], cell.text
            for mark in "▲▼=":
                value = value.removesuffix(mark).strip()
            self.place.indicator = name
            reader.place, reader.said = replace(self.place, shown=value), f"{title.text}: {value}"
            if name == "starts_fte":
                continue
            reader.check_value(value, name)
            reader.said = f"{title.text}, the network: {network.text}"
            reader.check_value(network.text, name, members=None, exact=False)
            chip = target.first("an-chip")
            if chip:
                reader.said = f"{title.text}: {value} {chip}"
                reader.check_status(chip, name, value)
        self.place.indicator = ""

    def small_table(self, headings: tuple[str, ...], rows: list[list[str]]) -> None:
        """Tables of a page, by their headings."""
        reader, end = self.reader, self.place.end
        reader.place = self.place
        if headings[:2] == ("After", "Still in post"):
            for after, shown, people, cohorts, newest, following in rows:
                weeks = after.partition("(")[2].removesuffix(" weeks)")
                name = f"retention_{weeks}_weeks"
                reader.said = (
                    f"{weeks} weeks: {shown} of {people}, {cohorts}, {newest}, {following}"
                )
                reader.check_value(shown, name)
                back = {"13": 3, "26": 6, "52": 12}[weeks]
                known = [
                    month for month in window_of(end, self.place.window)
                    if reader.value(name, month, window="month").base
                ]  # fmt: skip
                right = f"{len(known)} of {len(window_of(end, self.place.window))}"
                reader.expect("numbers: another count of cohorts", cohorts, right)
                newest_right = words.short(plus(known[-1], -back)) if known else "none yet"
                reader.expect("numbers: another cohort", newest, newest_right)
                reader.expect(
                    "numbers: another cohort", following, words.short(plus(end, 1 - back))
                )
        elif headings[:2] == ("Pathway", "Started"):
            for row in rows[:1]:
                reader.said = " ".join(row)
                for name, shown in zip(retention.TURNOVER, row[1:], strict=True):
                    reader.check_value(shown, name)
        elif headings[:2] == ("Month", "Start"):
            for month, *counts in rows:
                shown = counts[-1]
                reader.said = f"{month}: {shown}"
                reader.check_value(
                    shown, "accredited_employers", words.period_of(month), window="month"
                )

        elif headings[:2] == ("Member", "Status"):
            reader.said = str(rows)
            reader.expect("numbers: another member's status", rows, own_statuses(reader))
        elif headings[:2] == ("Employer", "Reported by"):
            reader.said = str(rows)
            reader.expect("numbers: other reports", rows, conflicts(reader))
        elif headings == ("Employer", "Relationship", "Renewal"):
            reader.said = str(rows)
            member = contributor(reader.moment.network).member_id or ""
            reader.expect("numbers: other renewals", rows, own_renewals(reader, member))

    def all_members(self, rows: list[list[str]]) -> None:
        reader = self.reader
        for name, *shown, _, sent, late, missing, _ in rows:
            member = reader.member_id(name)
            one_member = {"members": (member,)} if member else {}
            for indicator, value in zip(members.HEADLINES, shown, strict=True):
                reader.said = f"{name}: {value}"
                reader.check_value(value, indicator, **one_member)
            own = [
                one
                for one in year_board(reader)
                if member in (None, one[0]) and one[2] != "not_due"
            ]
            states = [one[2] for one in own]
            right = (
                f"{len(own) - states.count('missing')} of {len(own)}",
                str(sum(one[3] for one in own)),
                str(states.count("missing")),
            )
            reader.said = f"{name}: {sent} sent, {late} late, {missing} missing"
            reader.expect("numbers: another count of returns", (sent, late, missing), right)


# --- views ----------------------------------------------------------------------------------------


def read_pack(database: Database, reader: Reader, meeting: Meeting, now: datetime) -> None:
    deck = pack.make(database, meeting, "someone@sample.example.org", now)
    as_at = reader.moment.as_at
    opened = queries.month_seen(database, as_at) or date(2026, 1, 1)
    pages = Pages(database, reader, Filters(opened, as_at=as_at, sees_members=True))
    for slide in deck.slides:
        read_slide(pages, slide)


def deck_names(pages: Pages) -> set[str]:
    """The indicators of a pack: those that are declared for it, and those with a target."""
    held = {
        target.indicator
        for _, target in pages.reader.moment.network.targets
        if not target.member_id
    }
    return held | set(PACK)


def read_slide(pages: Pages, slide: Any) -> None:
    place = pages.place = replace(
        pages.place, name=f"pack, {slide.title}", indicator="", shown=None
    )
    title = re.sub(r" \(\d+ of \d+\)$", "", slide.title)
    kind = type(slide).__name__
    if kind == "ChartSlide":
        name = max((one for one in words.TITLES if title.startswith(f"{one}: ")), key=len)
        indicator = words.TITLES[name]
        place.indicator, place.shown = indicator, slide.value
        pages.reader.place, pages.reader.said = place, slide.title
        pages.reader.check_value(slide.value, indicator)
        pages.reader.check_status(slide.mark.word, indicator, slide.value)
        pages.text(slide.plot.alt)
        pages.text(slide.sentence)
        for what, text in slide.lines:
            if what in ("Change", "Its trend"):
                pages.text(text)
    elif kind == "TableSlide":
        if title == "Where we are in " + words.month(place.end):
            for row in slide.rows:
                figure, value, mark, against, _, covered = row
                pages.place.indicator = next(
                    n for n in words.PLAIN[figure] if n in deck_names(pages)
                )
                pages.reader.place = replace(pages.place, shown=value)
                pages.reader.said = f"{figure}: {value}, {mark.word}, {against}, {covered}"
                pages.reader.check_value(value, pages.place.indicator)
                pages.reader.check_status(mark.word, pages.place.indicator, value)
                if against:
                    pages.reader.read(replace(pages.place, shown=value), against)
            pages.place.indicator = ""
        if title.startswith(("How to read", "Figures not known", "No figures", "Actions closed")):
            return
        if title == "Open actions" or title.startswith("Figures revised"):
            return
        pages.text(slide.sentence)
        if title == "Since the last meeting":
            for _, sentence in slide.rows:
                pages.text(sentence)


def read_pictures(
    database: Database,
    reader: Reader,
    end: date,
    as_at: datetime,
    pick: Sequence[tuple[str, int, str]],
) -> None:
    """Shared pictures: (indicator, which of its charts, window)."""
    for indicator, which, window in pick:
        options = shared_chart.options(indicator)
        option = options[which % len(options)]
        period = CATALOGUE[indicator].last_period(end)
        asked = ChartRequest(indicator, option.chart, option.breakdown, period, window, as_at)
        if not shared_chart.may_be_drawn(asked):
            continue
        made = shared_chart.make(database, asked)
        place = Place(f"picture of {indicator}, {option.chart} {option.breakdown or ''}".strip(),
                      period, window, indicator=indicator, by_branch=option.breakdown == "nearest_ring")  # fmt: skip
        for text in (made.alt, made.sentence, made.coverage):
            reader.read(place, text)
        reader.place, reader.said = place, made.subtitle
        if option.chart in ("course", "target") and has_others(reader) != (
            chart_kinds.OTHERS in made.subtitle
        ):
            reader.wrong("judging: a picture compares other members", "not the same throughout")
        reader.read(replace(place, name=f"{place.name}, title"), made.title)


View = tuple[datetime, str, tuple[str, ...] | None, bool, int]


def views(network: Any, count: int) -> Iterator[View]:
    """(as at, window, members, whether their own people look, months back), the usual view first."""
    chance = random.Random(f"views {network.seed}")
    moments = [network.now, *(moment for _, moment in network.meetings if moment <= network.now)]
    yield network.now, "month", None, False, 0
    for _ in range(count - 1):
        members, exact = None, False
        if chance.random() < 0.3:
            members, exact = (chance.choice(network.members).member_id,), chance.random() < 0.5
        window = chance.choice(["month", "month", "quarter", "financial_year", "rolling_12"])
        yield chance.choice(moments), window, members, exact, chance.choice([0, 0, 1, 99])


def read_network(
    database: Database,
    network: Any,
    *,
    pages: Sequence[str] = PAGES,
    count: int = 1,
    with_pack: bool = True,
    pictures: int = 6,
) -> list[Fault]:
    """Everything that a network says, in so many views of it."""
    chance = random.Random(f"read {network.seed}")
    faults: list[Fault] = []
    for number, (as_at, window, ids, exact, back) in enumerate(views(network, count)):
        moment = Moment(network, as_at)
        reader = Reader(moment)
        if not moment.months:
            continue
        opened = queries.month_seen(database, as_at) or moment.months[-1]
        reader.place, reader.said = Place("as at a meeting", opened), words.month(opened)
        rights = reader.months_seen()
        if opened not in rights:
            kind = "judging: another month as at a meeting"
            reader.wrong(kind, " or ".join(map(words.month, sorted(rights))))
        whose = "The network"
        if ids:
            whose = moment.member(ids[0]).name
        past = [month for month in moment.months if month <= opened] or [opened]
        right = past[max(len(past) - 1 - back, 0)]
        filters = Filters(right, window, as_at, ids, whose, exact=exact, sees_members=True)
        view = Pages(database, reader, filters)
        for name in pages:
            try:
                view.read(name)
            except Exception as error:
                reader.place = view.place
                reader.said = f"{type(error).__name__}: {error}"

                reader.wrong("crash", traceback.format_exc()[-300:])
        faults += reader.faults
        if number == 0:
            held = meetings(database)
            if with_pack and held:
                reader = Reader(Moment(network, min(held[0].starts_at, network.now)))
                read_pack(database, reader, held[0], network.now)
                faults += reader.faults
            # Those of needs are of today, and their page says them.
            names = [
                name
                for name, one in CATALOGUE.items()
                if not one.beside and one.facts != ("needs",)
            ]
            pick = [
                (
                    chance.choice(names),
                    chance.randrange(12),
                    chance.choice(["month", "month", "rolling_12"]),
                )
                for _ in range(pictures)
            ]
            reader = Reader(moment)
            read_pictures(database, reader, right, as_at, pick)
            faults += reader.faults
    return faults


# --- framework, promises, needs, partners ---------------------------------------------------------

NEW_PAGES = (
    "commitments", "list of promises", "framework", "needs", "partners", "organisations", "evidence",
    "site", "returns board", "receipts", "meetings", "targets",
)  # fmt: skip


def onlookers(
    network: Any, chance: random.Random
) -> list[tuple[tuple[str, ...] | None, str, Eyes]]:
    """Who looks at promises, and at whose: the delivery group, a member at its own and at all."""
    member = chance.choice(network.members)
    whose = "The network"
    return [
        (None, whose, Eyes(sees_members=True)),
        (None, whose, Eyes()),
        ((member.member_id,), member.name, Eyes(own=frozenset({member.member_id}))),
        ((member.member_id,), member.name, Eyes(sees_members=True)),
    ]


def read_new(
    database: Database, network: Any, pages: Sequence[str] | None = None, *, count: int = 9
) -> tuple[list[Fault], int]:
    """What the pages of the framework, promises, needs, partners, returns and meetings say, to so many of those who
    look at them, now and at each meeting; and how many texts that were."""
    chance = random.Random(f"onlookers {network.seed}")
    moments = [network.now, *(moment for _, moment in network.meetings if moment <= network.now)]
    faults: list[Fault] = []
    texts = 0
    views_of = [(when, *who) for when in moments for who in onlookers(network, chance)]
    for as_at, ids, whose, eyes in views_of[:1] + chance.sample(
        views_of[1:], min(count - 1, len(views_of) - 1)
    ):
        moment = Moment(network, as_at)
        if not moment.months:
            continue
        exact = bool(eyes.own)
        month = chance.choice([moment.months[-1], *moment.months[-4:]])
        filters = Filters(
            month, "month", as_at, ids, whose, exact=exact, sees_members=eyes.sees_members
        )
        reader = Reader(moment)
        reader.place = Place("", month, "month", ids, whose, exact)
        view = GroupPages(database, reader, filters, eyes, plan_at(network, as_at), network.today)
        for name in pages or NEW_PAGES:
            reader.place = Place("", month, "month", ids, whose, exact)
            try:
                getattr(view, name.replace(" ", "_"))()
            except Exception as error:
                reader.said = f"{type(error).__name__}: {error}"
                reader.wrong("crash", traceback.format_exc()[-400:])
        faults += reader.faults
        texts += reader.read_texts
    return faults, texts
