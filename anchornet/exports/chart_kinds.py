"""What each kind of shared chart is drawn from, and which members and area it is limited to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from anchornet import formatting
from anchornet.charts import breakdowns, maps, trend
from anchornet.charts.maps import WardMap
from anchornet.charts.style import Chart
from anchornet.exports.part_names import part_names
from anchornet.exports.picture_layout import Bar
from anchornet.facts.catalogue import BREAKDOWNS, CATALOGUE
from anchornet.formatting import NOT_KNOWN
from anchornet.indicators import cohorts
from anchornet.indicators.disclosure import HIDDEN
from anchornet.indicators.few_members import kinds_offered
from anchornet.indicators.figures import (
    NETWORK,
    OWN,
    PUBLIC,
    Audience,
    Request,
    figures,
)
from anchornet.indicators.targets import status
from anchornet.narrative import people_sentences
from anchornet.periods import add_months, months_of
from anchornet.places.reference import authority_names
from anchornet.store import network
from anchornet.store.database import Database
from anchornet.store.network import KINDS_TOGETHER, NotPossible
from anchornet.store.publications import ChartRequest

MONTHS = 24  # that a course shows
MOST = 14  # bars
NO_FIGURE = "no figure"
OTHERS = "not of the same members throughout"
UNKNOWN = (NOT_KNOWN, "unknown")


@dataclass(frozen=True)
class Scope:
    """Which members and which area a figure is limited to, and both in words."""

    members: tuple[str, ...] | None
    area: str | None
    whose: str
    audience: Audience | None = None

    @classmethod
    def of(
        cls, database: Database, asked: ChartRequest, audience: Audience | None = None
    ) -> "Scope":
        members, whose = None, ""
        if asked.kind is not None:
            if asked.kind not in KINDS_TOGETHER:
                raise NotPossible(
                    f"There is no kind {asked.kind}. There are: {', '.join(KINDS_TOGETHER)}."
                )
            months = months_of(asked.period, asked.window)
            if audience is not OWN and asked.kind not in kinds_offered(database, months):
                raise NotPossible(
                    f"There are too few of {KINDS_TOGETHER[asked.kind]} to show their figures "
                    "together: they, or the rest of the network, would be one or two members."
                )
            frame = network.members(database, asked.as_at)
            # Those who have left are in the figures of their time.
            members = tuple(frame.loc[frame["kind"] == asked.kind, "member_id"])
            whose = KINDS_TOGETHER[asked.kind]
        if asked.area is not None:
            names = authority_names(database, [asked.area])
            settings = database.settings
            if asked.area not in {*settings.area, *settings.wider_area} or not names:
                raise NotPossible(f"{asked.area} is not one of the network's local authorities.")
            if "authority" not in CATALOGUE[asked.indicator].breakdowns:
                raise NotPossible("This figure isn't reported by local authority.")
            whose = f"{whose}, {names[asked.area]}" if whose else names[asked.area]
        return cls(members, asked.area, whose, audience)

    def request(self, asked: ChartRequest, by: Sequence[str], periods: Sequence[date]) -> Request:
        where = {"authority": [self.area]} if self.area else None
        return Request(
            [asked.indicator], periods, asked.window, asked.as_at, by, self.members, where
        )


def audience_of(*by: str | None) -> Audience:
    """A picture by member is made by those who see members, and public when it is approved."""
    return NETWORK if "member" in by else PUBLIC


@dataclass(frozen=True)
class Drawn:
    """`rows`: what is drawn; `now`: the figure of the whole period, a row; `drawn`: whether there
    is anything on the chart."""

    rows: pd.DataFrame
    now: pd.DataFrame
    chart: Chart | None = None
    bars: tuple[Bar, ...] = ()
    ward_map: WardMap | None = None
    legend: tuple[tuple[str, str], ...] = ()
    alt: str = ""
    note: str = ""

    @property
    def drawn(self) -> bool:
        return bool(self.rows["value"].notna().any())


def draw(database: Database, asked: ChartRequest, scope: Scope) -> Drawn:
    """What the chart that is asked for is made of."""
    return _DRAW[asked.chart](database, asked, scope)


def _figures(
    database: Database,
    asked: ChartRequest,
    scope: Scope,
    by: Sequence[str] = (),
    count: int = 1,
    judged: bool = False,
) -> pd.DataFrame:
    step = 3 if asked.window == "quarter" else 1
    periods = [add_months(asked.period, -step * back) for back in reversed(range(count))]
    audience = scope.audience or audience_of(*by)
    frame = figures(database, scope.request(asked, by, periods), audience)
    if judged:
        whole = scope.members is None and scope.area is None
        frame = status(database, frame, window=asked.window, whole=whole)
    return frame


def _course(database: Database, asked: ChartRequest, scope: Scope) -> Drawn:
    step = 3 if asked.window == "quarter" else 1
    frame = _figures(database, asked, scope, count=MONTHS // step, judged=True)
    frame = frame.assign(label=[formatting.shown(row) for _, row in frame.iterrows()])
    begun = frame["shown"].ne("–").cummax()
    rows = frame[begun | (frame["period"] == asked.period)].reset_index(drop=True)
    with_target = asked.chart == "target"
    chart = trend.trend_chart(rows if with_target else rows.drop(columns="profile"))
    columns = ["period", "value", "shown", "unknown", "unjudged"]
    columns += ["profile"] if with_target else []
    note = ""
    if CATALOGUE[asked.indicator].kind != "rate":
        senders = rows.loc[rows["shown"].ne("–"), "senders"]
        note = OTHERS if senders.nunique() > 1 else ""
    drawn = rows[[*columns, "members", "members_expected"]]
    return Drawn(drawn, rows.tail(1), chart, note=note)


def _bars(database: Database, asked: ChartRequest, scope: Scope) -> Drawn:
    by = asked.breakdown or ""
    frame = _figures(database, asked, scope, [by])
    names = part_names(database, by, asked.indicator, frame[by], asked.as_at)
    with_value = frame[frame[by].notna() & ~frame["value"].eq(0)]
    with_value = with_value.assign(name=[names.get(code, str(code)) for code in with_value[by]])
    if BREAKDOWNS[by].ordered:
        order = {code: number for number, code in enumerate(names)}
        with_value = with_value.assign(order=with_value[by].map(order)).sort_values("order")
    else:
        with_value = with_value.sort_values(
            "value", ascending=False, kind="stable", na_position="last"
        )
    unknown = with_value[by].isin(UNKNOWN)
    rows = pd.concat([with_value[~unknown].head(MOST), with_value[unknown]]).reset_index(drop=True)
    said = {HIDDEN: breakdowns.TOO_FEW, "–": NO_FIGURE}
    bars = tuple(
        Bar(row["name"], row["value"], said.get(row["shown"], row["shown"]), row[by] in UNKNOWN)
        for row in rows.to_dict("records")
    )
    count = int((~unknown).sum())
    note = f"the {MOST} largest of {count}" if count > MOST else ""
    listed = "; ".join(f"{bar.name} {bar.label}" for bar in bars)
    title = formatting.inside(CATALOGUE[asked.indicator].title)
    alt = f"Bars of {title} by {BREAKDOWNS[by].by}: {listed or NO_FIGURE}."
    columns = ["period", by, "name", "value", "shown", "unknown", "unjudged"]
    columns += ["members", "members_expected"]
    whole = _figures(database, asked, scope)
    return Drawn(rows[columns], whole, bars=bars, alt=alt, note=note)


def _rings(database: Database, asked: ChartRequest, scope: Scope) -> Drawn:
    by = asked.breakdown or ""
    names = formatting.ring_names(database.settings)
    frame = _figures(database, asked, scope, [by], count=MONTHS).rename(columns={by: "ring"})
    begun = frame.groupby("period")["value"].transform("count").gt(0).cummax()
    frame = frame[begun | (frame["period"] == asked.period)]
    chart = breakdowns.ring_shares(frame, names, CATALOGUE[asked.indicator].title)
    rows = frame[frame["ring"].notna()]
    rows = rows.assign(name=rows["ring"].map(names))
    columns = ["period", "ring", "name", "value", "shown", "members", "members_expected"]
    now = _figures(database, asked, scope)
    return Drawn(rows[columns].reset_index(drop=True), now, chart)


def _map(database: Database, asked: ChartRequest, scope: Scope) -> Drawn:
    settings = database.settings
    by_ward = _figures(database, asked, scope, ["ward"])
    names = maps.ward_names(settings, {*settings.area, *settings.wider_area})
    rows = by_ward[by_ward["ward"].isin(names)].rename(columns={"ward": "code"})
    if CATALOGUE[asked.indicator].people:
        _, _, which_ward = people_sentences.LOCATED[CATALOGUE[asked.indicator].located]
        note = f"by {which_ward}"
        noun = formatting.inside(CATALOGUE[asked.indicator].title)
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
        outline = settings.wider_area_name if settings.wider_area else settings.area_name
        note = f"by supplier's ward, outside {outline} by local authority"
        inside = {*settings.area, *settings.wider_area, NOT_KNOWN}
        beyond = by_authority[
            by_authority["authority"].notna() & ~by_authority["authority"].isin(inside)
        ].rename(columns={"authority": "code"})
        names |= authority_names(database, list(beyond["code"]))
        rows = pd.concat([rows, beyond[beyond["code"].isin(names)]])
    rows = rows.assign(name=rows["code"].map(names)).reset_index(drop=True)
    columns = ["period", "code", "name", "value", "shown", "members", "members_expected"]
    now = _figures(database, asked, scope)
    title = formatting.inside(CATALOGUE[asked.indicator].title)
    scale = formatting.listed([said for _, said in made.scale])
    alt = f"Map of {title} by ward, from pale to dark: {scale}."
    if not (rows["value"].notna() | rows["shown"].eq(HIDDEN)).any():
        return Drawn(rows[columns], now, alt=f"Map of {title} by ward: {NO_FIGURE}.", note=note)
    return Drawn(rows[columns], now, ward_map=made, legend=made.scale, alt=alt, note=note)


def _curves(database: Database, asked: ChartRequest, scope: Scope) -> Drawn:
    shown = cohorts.by_pathway(
        database,
        asked.period,
        scope.audience or PUBLIC,
        as_at=asked.as_at,
        members=scope.members,
    )
    titles = BREAKDOWNS["pathway"].values
    rows = shown.assign(name=shown["pathway"].map(titles)).reset_index(drop=True)
    chart = breakdowns.curves(rows)
    columns = ["period", "pathway", "name", "months", "value", "shown", "members"]
    now = _figures(database, asked, scope)
    return Drawn(rows[[*columns, "members_expected"]], now, chart)


_DRAW = {
    "course": _course,
    "target": _course,
    "bars": _bars,
    "rings": _rings,
    "map": _map,
    "curves": _curves,
}
