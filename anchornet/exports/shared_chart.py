"""One figure to share: what was asked for, drawn, and said in words; never exact, whoever asks.

made = make(database, asked)            # as at then, and again the same at any later time
picture_export.render(made, "post", "png")
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import pandas as pd

from anchornet import formatting
from anchornet.charts.style import Chart
from anchornet.exports.chart_kinds import Drawn, Scope, audience_of, draw
from anchornet.exports.picture_layout import Bar
from anchornet.facts.catalogue import BREAKDOWNS, CATALOGUE, UNITS
from anchornet.indicators.disclosure import HIDDEN, KEPT
from anchornet.indicators.few_members import FEWEST_TOGETHER, TOO_FEW_MEMBERS
from anchornet.indicators.figures import OWN, PUBLIC, Audience, is_offered
from anchornet.indicators.revisions import like_for_like
from anchornet.narrative import headlines
from anchornet.narrative.status import earlier
from anchornet.periods import WINDOWS
from anchornet.returns.declaration import RETURNS
from anchornet.settings import Settings
from anchornet.store import network
from anchornet.store.database import Database, utc_now
from anchornet.store.network import KINDS_TOGETHER, NotPossible
from anchornet.store.publications import ChartRequest, reference_of

CHARTS = {
    "course": "Month by month",
    "target": "Month by month, with the target",
    "bars": "Bars",
    "rings": "Where the pounds go, month by month",
    "map": "Map",
    "curves": "How long people stay, by pathway",
}
EACH = {
    "month": "by month",
    "quarter": "by quarter",
    "financial_year": "from April to each month",
    "rolling_12": "twelve months to each month",
}
SAMPLE = "Sample data: every figure is invented."


@dataclass(frozen=True)
class Option:
    """A way to draw an indicator: one of CHARTS, and what by."""

    chart: str
    breakdown: str | None
    title: str


@dataclass(frozen=True)
class Figure:
    """A figure as it may leave: all that its pictures and tables are made of. `rows`: exactly what
    is drawn; one of `chart`, `bars` and `deck` (a map's JSON) is there, or none where there is
    nothing to show; `legend`: (colour, words) of what the picture doesn't label itself; `control`:
    what disclosure control did, in words; `logo`: an address that carries it, or nothing;
    `revised`: whether the figures behind it were corrected since it was approved."""

    asked: ChartRequest
    reference: str
    title: str
    subtitle: str
    chart: Chart | None
    bars: tuple[Bar, ...]
    deck: str
    legend: tuple[tuple[str, str], ...]
    rows: pd.DataFrame
    sentence: str
    source: str
    as_at: str
    coverage: str
    control: str
    definition: str
    alt: str
    sample: bool
    network: str
    colour: str
    logo: str
    revised: bool = False


def options(indicator: str) -> list[Option]:
    """The charts and breakdowns that suit an indicator, the usual one first. What an indicator is
    already about isn't a part of it: local starts are not cut by place."""
    declared = CATALOGUE[indicator]
    own = [_option(chart, by, declared.charts) for chart, by in declared.charts]
    usual = [Option(name, None, CHARTS[name]) for name in ("course", "target")]
    if own and own[0].chart == "curves":  # cohorts of different ages are not alike
        return [*own, *usual]
    parts = [BREAKDOWNS[name] for name in declared.parts if BREAKDOWNS[name].shared]
    if declared.people and declared.unit == "people":
        wards = [part.name for part in parts if part.names == "wards"]
        own += [Option("map", ward, CHARTS["map"]) for ward in wards]
    return [*usual, *own, *(Option("bars", it.name, f"By {it.by}") for it in parts)]


def _option(chart: str, by: str, charts: Sequence[tuple[str, str]]) -> Option:
    """A declared chart; one that an indicator has in several ways says by what."""
    several = [name for name, _ in charts].count(chart) > 1
    return Option(
        chart, by, f"{CHARTS[chart]}, by {BREAKDOWNS[by].by}" if several else CHARTS[chart]
    )


def may_be_drawn(asked: ChartRequest) -> bool:
    """Whether the public may see people so: by that, over that long, and limited so."""
    of_a_kind = tuple(f"{number}" for number in range(FEWEST_TOGETHER))  # whichever they are
    scope = Scope(of_a_kind if asked.kind else None, asked.area, "")
    by = [asked.breakdown] if asked.breakdown else []
    return is_offered(scope.request(asked, by, [asked.period]), audience_of(asked.breakdown))


def refusal(database: Database, asked: ChartRequest) -> str | None:
    """Why the figure can't be asked for so, in a sentence; None where it can."""
    try:
        _check(asked)
        Scope.of(database, asked)
    except NotPossible as problem:
        return str(problem)
    return None


def make(database: Database, asked: ChartRequest) -> Figure:
    """The figure as at its moment. Raises NotPossible where it can't be asked for so."""
    return _make(database, asked)


def _make(database: Database, asked: ChartRequest, audience: Audience | None = None) -> Figure:
    _check(asked)
    scope, settings = Scope.of(database, asked, audience), database.settings
    drawn = draw(database, asked, scope)
    now = drawn.now.iloc[-1]
    whose = KINDS_TOGETHER.get(asked.kind or "", "")
    before, alike = None, None
    if asked.chart in ("course", "target") and drawn.drawn:
        before, alike = _alike(database, asked, scope, drawn.rows)
    limited = asked.area is not None
    caption = headlines.caption(
        headlines.Subject(asked, now, drawn.rows, whose, limited, settings, before, alike)
    )
    it = CATALOGUE[asked.indicator]
    return_name = it.return_name
    returns = f"{RETURNS[return_name].title} returns" if return_name else "the returns themselves"
    sample = network.is_sample(database)
    alt = drawn.chart.alt if drawn.chart else drawn.alt
    note = formatting.sentence(drawn.note) if drawn.note else ""
    return Figure(
        asked=asked,
        reference=reference_of(database, asked),
        title=caption.title,
        subtitle=_subtitle(asked, drawn, scope, plain=caption.plain),
        chart=drawn.chart if drawn.drawn else None,
        bars=drawn.bars,
        deck=drawn.ward_map.deck.to_json() if drawn.ward_map else "",
        legend=drawn.legend,
        rows=drawn.rows,
        sentence=caption.sentence,
        source=f"{settings.network_name}, {returns}",
        as_at=f"as at {formatting.day(asked.as_at)}",
        coverage=formatting.coverage(now),
        control=_control(asked, drawn.rows, settings),
        definition=it.definition,
        alt=" ".join(filter(None, [alt, note, caption.sentence, SAMPLE if sample else ""])),
        sample=sample,
        network=settings.network_name,
        colour=settings.colour,
        logo=settings.logo.address,
    )


def _alike(
    database: Database, asked: ChartRequest, scope: Scope, rows: pd.DataFrame
) -> tuple[date | None, "pd.Series[Any] | None"]:
    """The period that a course is compared with, and both by the members that sent both."""
    before = earlier(rows, asked.indicator, asked.window)
    if before is None:
        return None, None
    request = scope.request(asked, [], [before, asked.period])
    frame = like_for_like(
        database,
        [asked.indicator],
        asked.period,
        before,
        scope.audience or PUBLIC,
        as_at=asked.as_at,
        window=asked.window,
        members=request.members,
        where=request.where,
    )
    return before, frame.iloc[0]


@dataclass(frozen=True)
class Revised:
    """What a figure said of its period, and what it says now, in words; with how many rows of it
    differ, of how many."""

    then: str
    now: str
    rows: int
    of: int


def revised(
    database: Database,
    asked: ChartRequest,
    now: datetime | None = None,
    shown: Figure | None = None,
) -> Revised | None:
    """How what was asked for differs if it is asked now; None where nothing in it was corrected.
    `shown`: what it said, where that is kept. What is compared is what the public may see, and what
    it may no longer see (the network has become small) is compared as it is."""
    later = replace(asked, as_at=now or utc_now())
    before, after = _made_or_not(database, asked), _made_or_not(database, later)
    first = shown or before or make(database, asked)
    then, today = ({} if one is None else _by_key(one, "shown") for one in (before, after))
    exact_then: dict[Any, Any] = {}
    exact_today: dict[Any, Any] = {}
    unseen = {TOO_FEW_MEMBERS, KEPT} & {*then.values(), *today.values()}
    if before is None or after is None or unseen:
        exact_then, exact_today = (
            _by_key(_make(database, one, OWN), "value") for one in (asked, later)
        )
        seen = then.keys() | today.keys() if before and after else set()
        for key in exact_then.keys() | exact_today.keys():
            pair = {then.get(key), today.get(key)}
            if key not in seen or pair & {TOO_FEW_MEMBERS, KEPT}:
                values = exact_then.get(key, math.nan), exact_today.get(key, math.nan)
                then[key], today[key] = "", "" if _same(*values) else "other"
    moved = [key for key in {**then, **today} if then.get(key) != today.get(key)]
    if not moved and (before is None or after is None or before.coverage == after.coverage):
        return None
    says = "nothing that may be shown." if after is None else f"{after.sentence} ({after.coverage})"
    return Revised(
        f"{first.sentence} ({first.coverage})", says, rows=len(moved), of=len({**then, **today})
    )


def _made_or_not(database: Database, asked: ChartRequest) -> Figure | None:
    try:
        return make(database, asked)
    except NotPossible:
        return None


def _by_key(figure: Figure, column: str) -> dict[Any, Any]:
    """What each row of a figure says, by what it is of."""
    keys = [name for name in figure.rows.columns if name not in headlines.FIGURES]
    return {
        tuple(row[name] for name in keys): row[column] for row in figure.rows.to_dict("records")
    }


def _same(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-12) or (math.isnan(one) and math.isnan(other))


def _check(asked: ChartRequest) -> None:
    if asked.indicator not in CATALOGUE:
        raise NotPossible(f"There is no indicator {asked.indicator}. Look at Definitions.")
    if asked.window not in WINDOWS:
        raise NotPossible(f"There is no window {asked.window}. There are: {', '.join(WINDOWS)}.")
    return_ = RETURNS.get(CATALOGUE[asked.indicator].return_name or "")
    if return_ and not return_.is_period(asked.period):
        raise NotPossible(return_.no_period(asked.period))
    suits = options(asked.indicator)
    if (asked.chart, asked.breakdown) not in {(it.chart, it.breakdown) for it in suits}:
        listed = ", ".join(" by ".join(filter(None, [it.chart, it.breakdown])) for it in suits)
        raise NotPossible(f"{asked.indicator} can't be drawn so. It can as: {listed}.")
    if not may_be_drawn(asked):
        raise NotPossible(
            "People are shown by ward and by decile over twelve months and of the whole network, "
            "and by two things at once at most. Choose less."
        )


def _subtitle(asked: ChartRequest, drawn: Drawn, scope: Scope, *, plain: bool) -> str:
    """What is measured, in what, of whom and when; the measure only where the title doesn't."""
    it = CATALOGUE[asked.indicator]
    span = f"{'at ' if it.is_stock else ''}{it.span(asked.period, asked.window)}"
    first = min(drawn.rows["period"], default=asked.period)
    if asked.chart in ("course", "target", "rings") and first < asked.period:
        each = EACH["month"] if it.is_stock else EACH[asked.window]
        span = f"{each}, {formatting.month(first)} to {formatting.month(asked.period)}"
    if asked.chart == "curves":
        span = formatting.span(asked.period, "rolling_12")
    name = "" if plain else formatting.plain(it.title)
    unit = "Shares of all pounds" if asked.chart == "rings" else UNITS[it.unit]
    return " · ".join(filter(None, [name, unit, drawn.note, scope.whose, span]))


def _control(asked: ChartRequest, rows: pd.DataFrame, settings: Settings) -> str:
    """What disclosure control does to such figures, in a line."""
    if not CATALOGUE[asked.indicator].people:
        return ""
    said = formatting.rounding(settings)
    if rows["shown"].eq(HIDDEN).any():
        said += f" {formatting.star(CATALOGUE[asked.indicator].unit, settings)}"
    return said
