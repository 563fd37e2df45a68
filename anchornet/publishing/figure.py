"""One figure to share: what was asked for, drawn, and said in words; never exact, whoever asks.

made = make(database, asked)            # as at then, and again the same at any later time
images.render(made, "post", "png")
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pandas as pd

from anchornet.indicators import cohorts
from anchornet.indicators.calculate import WINDOWS, calculate
from anchornet.indicators.catalogue import CATALOGUE, FACTS
from anchornet.indicators.targets import status
from anchornet.places.reference import authority_names
from anchornet.publishing import charts, courses, maps, parts, telling, words
from anchornet.publishing.charts import NOT_KNOWN, Chart
from anchornet.publishing.definitions import BREAKDOWNS
from anchornet.publishing.disclosure import HIDDEN, protect
from anchornet.publishing.maps import WardMap
from anchornet.returns.declaration import RETURNS
from anchornet.settings import Settings, add_months
from anchornet.store import network
from anchornet.store.database import Database, utc_now
from anchornet.store.figures import Asked, reference_of
from anchornet.store.network import NotPossible

MONTHS = 24  # that a course shows
MOST = 14  # bars
CHARTS = {
    "course": "Month by month",
    "target": "Month by month, with the target",
    "bars": "Bars",
    "rings": "Where the pounds go, month by month",
    "map": "Map of wards",
    "curves": "How long people stay, by pathway",
}
# What a figure can be shared by. Suppliers aren't among them: their names stay inside.
BARS = (
    "ring", "nearest_ring", "authority", "ward", "imd_decile", "category", "supplier_size",
    "supplier_type", "influenceable", "pathway", "age_band", "ethnicity", "out_of_work",
    "paid_real_living_wage", "home_area_group", "sector", "relationship", "status", "return_name",
    "member",
)  # fmt: skip
KINDS = {
    "council": "the councils",
    "nhs": "the NHS members",
    "university": "the universities",
    "college": "the colleges",
    "housing_association": "the housing associations",
    "police": "the police members",
    "fire": "the fire and rescue members",
    "private": "the private companies",
    "vcse": "the voluntary sector members",
}
YES_NO = {"yes": "Yes", "no": "No"}
INFLUENCEABLE = {"yes": "Somebody could choose", "no": "Nobody could choose"}


@dataclass(frozen=True)
class Option:
    """A way to draw an indicator: one of CHARTS, and what by."""

    chart: str
    breakdown: str | None
    title: str


@dataclass(frozen=True)
class Figure:
    """A figure as it may leave. `rows`: exactly what is drawn; either `chart` or `ward_map` is
    there; `legend`: (colour, words) of what the picture doesn't label itself."""

    asked: Asked
    reference: str
    title: str
    subtitle: str
    chart: Chart | None
    ward_map: WardMap | None
    rows: pd.DataFrame
    sentence: str
    source: str
    as_at: str
    coverage: str
    definition: str
    alt: str
    legend: tuple[tuple[str, str], ...]
    sample: bool
    settings: Settings


def options(indicator: str) -> list[Option]:
    """The charts and breakdowns that suit an indicator, the usual one first."""
    it = CATALOGUE[indicator]
    found = [Option(name, None, CHARTS[name]) for name in ("course", "target")]
    if indicator == "spend":
        found += [
            Option("rings", "ring", CHARTS["rings"]),
            Option("rings", "nearest_ring", f"{CHARTS['rings']}, by address or branch"),
        ]
    if indicator == "spend" or (it.people and it.unit == "people" and "ward" in it.breakdowns):
        found.append(Option("map", "ward", CHARTS["map"]))
    if indicator == "in_post_share":
        found.append(Option("curves", "pathway", CHARTS["curves"]))
    found += [
        Option("bars", name, f"By {BREAKDOWNS[name].partition(' (')[0]}")
        for name in BARS
        if name in it.breakdowns
    ]
    return found


def make(database: Database, asked: Asked) -> Figure:
    """The figure as at its moment. Raises NotPossible where it can't be asked for so."""
    option = _option(asked)
    scope = _Scope.of(database, asked)
    drawn = _DRAW[asked.chart](database, asked, scope)
    now = drawn.now
    settings = database.settings
    it = CATALOGUE[asked.indicator]
    told = telling.tell(asked, now, drawn.rows, scope.whose, settings)
    row = now.iloc[-1]
    sample = network.is_sample(database)
    return_name = FACTS[it.facts[0]].return_name
    returns = f"{RETURNS[return_name].title} returns" if return_name else "Returns"
    alt = drawn.chart.alt if drawn.chart else f"Map of {words.inside(it.title)} by ward."
    return Figure(
        asked=asked,
        reference=reference_of(database, asked),
        title=told.title,
        subtitle=_subtitle(asked, option, scope),
        chart=drawn.chart,
        ward_map=drawn.ward_map,
        rows=drawn.rows,
        sentence=told.sentence,
        source=f"{settings.network_name}, {returns}",
        as_at=f"As at {words.day(asked.as_at)}",
        coverage=words.members(row),
        definition=it.definition,
        alt=f"{alt} {told.sentence}" + (" Sample data: every figure is invented." * sample),
        legend=drawn.legend,
        sample=sample,
        settings=settings,
    )


@dataclass(frozen=True)
class Revised:
    """What a figure said of its period, and what it says now, in words; with how many rows of it
    differ, of how many."""

    then: str
    now: str
    rows: int
    of: int


def revised(database: Database, asked: Asked, now: datetime | None = None) -> Revised | None:
    """How what was asked for differs if it is asked now; None where it is the same."""
    before = make(database, asked)
    after = make(database, replace(asked, as_at=now or utc_now()))
    keys = [name for name in before.rows.columns if name not in telling.FIGURES]
    then, later = (
        {tuple(row[name] for name in keys): row["shown"] for row in it.rows.to_dict("records")}
        for it in (before, after)
    )
    moved = [key for key in {**then, **later} if then.get(key) != later.get(key)]
    if not moved and before.coverage == after.coverage:
        return None
    was, says = (f"{it.sentence} ({it.coverage})" for it in (before, after))
    return Revised(was, says, rows=len(moved), of=len({**then, **later}))


@dataclass(frozen=True)
class _Scope:
    """Which members and which area a figure is limited to, and both in words."""

    members: tuple[str, ...] | None
    area: str | None
    whose: str

    @classmethod
    def of(cls, database: Database, asked: Asked) -> "_Scope":
        members, whose = None, ""
        if asked.kind is not None:
            if asked.kind not in KINDS:
                raise NotPossible(f"There is no kind {asked.kind}. There are: {', '.join(KINDS)}.")
            frame = network.members(database, asked.as_at)
            here = frame["ends_on"].isna() | (frame["ends_on"] >= asked.as_at.date())
            members = tuple(frame.loc[here & (frame["kind"] == asked.kind), "member_id"])
            if len(members) < 2:
                raise NotPossible(
                    f"There are fewer than two of {KINDS[asked.kind]}, so that the figures would "
                    "be those of one."
                )
            whose = KINDS[asked.kind]
        if asked.area is not None:
            names = authority_names(database, [asked.area])
            settings = database.settings
            if asked.area not in {*settings.area, *settings.wider_area} or not names:
                raise NotPossible(f"{asked.area} is none of the network's local authorities.")
            if "authority" not in CATALOGUE[asked.indicator].breakdowns:
                raise NotPossible("This figure isn't reported by local authority.")
            whose = f"{whose}, {names[asked.area]}" if whose else names[asked.area]
        return cls(members, asked.area, whose)

    @property
    def where(self) -> Mapping[str, list[str]] | None:
        return {"authority": [self.area]} if self.area else None


@dataclass(frozen=True)
class _Drawn:
    """`now`: the figure of the whole period, a row; `rows`: what is drawn."""

    rows: pd.DataFrame
    now: pd.DataFrame
    chart: Chart | None = None
    ward_map: WardMap | None = None
    legend: tuple[tuple[str, str], ...] = ()


def _option(asked: Asked) -> Option:
    if asked.indicator not in CATALOGUE:
        raise NotPossible(f"There is no indicator {asked.indicator}. Look at Definitions.")
    if asked.window not in WINDOWS:
        raise NotPossible(f"There is no window {asked.window}. There are: {', '.join(WINDOWS)}.")
    suits = options(asked.indicator)
    for option in suits:
        if (option.chart, option.breakdown) == (asked.chart, asked.breakdown):
            return option
    listed = ", ".join(" by ".join(filter(None, [it.chart, it.breakdown])) for it in suits)
    raise NotPossible(f"{asked.indicator} can't be drawn so. It can as: {listed}.")


def _subtitle(asked: Asked, option: Option, scope: _Scope) -> str:
    it = CATALOGUE[asked.indicator]
    span = words.span(asked.period, asked.window)
    by = ""
    if asked.chart == "bars":
        by = f" by {BREAKDOWNS[asked.breakdown or ''].partition(' (')[0]}"
    unit = {"share": "share", "gbp": "pounds"}.get(it.unit, "")
    name = words.plain(it.title) + by + (f", {unit}" if unit and unit not in it.title else "")
    return " · ".join(filter(None, [name, scope.whose, span]))


def _figures(
    database: Database,
    asked: Asked,
    scope: _Scope,
    by: Sequence[str] = (),
    count: int = 1,
    judged: bool = False,
) -> pd.DataFrame:
    step = 3 if asked.window == "quarter" else 1
    periods = [add_months(asked.period, -step * back) for back in reversed(range(count))]
    frame = calculate(
        database,
        [asked.indicator],
        periods,
        as_at=asked.as_at,
        by=by,
        members=scope.members,
        window=asked.window,
        where=scope.where,
    )
    if judged:
        whole = scope.members is None and scope.area is None
        frame = status(database, frame, window=asked.window, whole=whole)
    frame = protect(database, frame)
    if scope.members is not None and "member" not in by:
        # One member's figure is its own, though it was asked for of several.
        alone = frame["members"] == 1
        frame.loc[alone, ["value", "base"]] = float("nan")
        frame.loc[alone, "shown"] = HIDDEN
    return frame


def _course(database: Database, asked: Asked, scope: _Scope) -> _Drawn:
    step = 3 if asked.window == "quarter" else 1
    frame = _figures(database, asked, scope, count=MONTHS // step, judged=True)
    frame = frame.assign(label=[words.shown(row) for _, row in frame.iterrows()])
    begun = frame["shown"].ne("–").cummax()
    rows = frame[begun | (frame["period"] == asked.period)].reset_index(drop=True)
    drawn = rows if asked.chart == "target" else rows.drop(columns="profile")
    chart = courses.course(drawn)
    columns = ["period", "value", "shown", *(["profile"] if asked.chart == "target" else [])]
    return _Drawn(rows[[*columns, "members", "members_expected"]], rows.tail(1), chart)


def _bars(database: Database, asked: Asked, scope: _Scope) -> _Drawn:
    by = asked.breakdown or ""
    frame = _figures(database, asked, scope, [by])
    whole = _figures(database, asked, scope)
    names = _names(database, asked, frame[by])
    known = frame[frame[by].notna()].copy()
    known["name"] = [names.get(code, str(code)) for code in known[by]]
    unknown = known[by].isin([NOT_KNOWN, "unknown"])
    if _in_order(asked.indicator, by):
        place = {code: number for number, code in enumerate(names)}
        known = known.assign(place=known[by].map(place)).sort_values("place")
    else:
        known = known.sort_values("value", ascending=False, kind="stable", na_position="last")
    unknown = unknown.reindex(known.index)
    rows = pd.concat([known[~unknown].head(MOST), known[unknown]])
    rows = rows[rows["value"].isna() | (rows["value"] != 0)].reset_index(drop=True)
    drawn = [
        (row["name"], row["value"], parts.TOO_FEW if row["shown"] == HIDDEN else row["shown"])
        for row in rows.to_dict("records")
    ]
    context = [names.get(code, code) for code in (NOT_KNOWN, "unknown")]
    chart = parts.ranks(drawn, words.inside(CATALOGUE[asked.indicator].title), context)
    columns = ["period", by, "name", "value", "shown", "members", "members_expected"]
    return _Drawn(rows[columns], whole, chart)


def _rings(database: Database, asked: Asked, scope: _Scope) -> _Drawn:
    by = asked.breakdown or ""
    names = charts.ring_names(database.settings)
    frame = _figures(database, asked, scope, [by], count=MONTHS).rename(columns={by: "ring"})
    begun = frame.groupby("period")["value"].transform("count").gt(0).cummax()
    frame = frame[begun | (frame["period"] == asked.period)]
    chart = charts.shares(frame, names, CATALOGUE[asked.indicator].title)
    rows = frame[frame["ring"].notna()].assign(name=frame["ring"].map(names))
    columns = ["period", "ring", "name", "value", "shown", "members", "members_expected"]
    now = _figures(database, asked, scope)
    return _Drawn(rows[columns].reset_index(drop=True), now, chart)


def _map(database: Database, asked: Asked, scope: _Scope) -> _Drawn:
    settings = database.settings
    by_ward = _figures(database, asked, scope, ["ward"])
    names = maps.ward_names(settings, {*settings.area, *settings.wider_area})
    rows = by_ward[by_ward["ward"].isin(names)].rename(columns={"ward": "code"})
    if CATALOGUE[asked.indicator].people:
        noun = words.inside(CATALOGUE[asked.indicator].title)
        made = maps.people_map(by_ward, settings, noun)
    else:
        by_authority = _figures(database, asked, scope, ["authority"])
        wards, authorities = (
            dict(zip(it[column], it["value"].astype(float), strict=True))
            for column, it in (
                ("ward", by_ward.dropna(subset=["ward", "value"])),
                ("authority", by_authority.dropna(subset=["authority", "value"])),
            )
        )
        made = maps.spend_map(wards, authorities, settings)
        inside = {*settings.area, *settings.wider_area, NOT_KNOWN, "outside"}
        beyond = by_authority[
            by_authority["authority"].notna() & ~by_authority["authority"].isin(inside)
        ].rename(columns={"authority": "code"})
        names |= authority_names(database, list(beyond["code"]))
        rows = pd.concat([rows, beyond[beyond["code"].isin(names)]])
    rows = rows.assign(name=rows["code"].map(names)).reset_index(drop=True)
    columns = ["period", "code", "name", "value", "shown", "members", "members_expected"]
    now = _figures(database, asked, scope)
    return _Drawn(rows[columns], now, ward_map=made, legend=made.scale)


def _curves(database: Database, asked: Asked, scope: _Scope) -> _Drawn:
    frame = cohorts.by_pathway(database, asked.period, as_at=asked.as_at, members=scope.members)
    # The pathways of one age are a table; ages aren't added up.
    ages = [protect(database, one) for _, one in frame.groupby("months")]
    shown = pd.concat(ages) if ages else protect(database, frame)
    titles = RETURNS["retention"].field("pathway").codes or {}
    rows = shown.assign(name=shown["pathway"].map(titles)).reset_index(drop=True)
    chart = parts.curves(rows)
    columns = ["period", "pathway", "name", "months", "value", "shown", "members"]
    now = _figures(database, asked, scope)
    return _Drawn(rows[[*columns, "members_expected"]], now, chart)


_DRAW = {
    "course": _course,
    "target": _course,
    "bars": _bars,
    "rings": _rings,
    "map": _map,
    "curves": _curves,
}


def _codes(indicator: str, breakdown: str) -> Mapping[str, str]:
    """The codes of a breakdown with their words, in order, where a return declares them."""
    for name in CATALOGUE[indicator].facts:
        facts = FACTS[name]
        if facts.return_name and breakdown in facts.breakdowns:
            declared = {field.name: field for field in RETURNS[facts.return_name].fields}
            if breakdown in declared:
                return declared[breakdown].codes or {}
    return {}


def _in_order(indicator: str, breakdown: str) -> bool:
    """Whether the parts have an order of their own."""
    fixed = ("imd_decile", "age_band", "supplier_size", "ring", "nearest_ring")
    return breakdown in fixed


def _names(database: Database, asked: Asked, codes: "pd.Series[str]") -> Mapping[str, str]:
    """Code -> words of the parts of a breakdown."""
    by, settings = asked.breakdown or "", database.settings
    unknown = {NOT_KNOWN: "Not known"}
    if by in ("ring", "nearest_ring"):
        rings = charts.ring_names(settings)
        return {code: name[:1].upper() + name[1:] for code, name in rings.items()}
    if by == "authority":
        found = [code for code in codes.dropna() if code != NOT_KNOWN]
        return authority_names(database, found) | {"outside": "Outside the area"} | unknown
    if by == "ward":
        return maps.ward_names(settings, {*settings.area, *settings.wider_area}) | unknown
    if by == "member":
        frame = network.members(database, asked.as_at)
        return dict(zip(frame["member_id"], frame["name"], strict=True))
    if by == "return_name":
        return {name: it.title for name, it in RETURNS.items()}
    if by == "imd_decile":
        deciles = {str(it): f"Decile {it}" for it in range(1, 11)}
        return deciles | {"1": "Most deprived tenth", "10": "Least deprived tenth"} | unknown
    if by == "influenceable":
        return INFLUENCEABLE | unknown
    return {**(_codes(asked.indicator, by) or YES_NO), **unknown}
