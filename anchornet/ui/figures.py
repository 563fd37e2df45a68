"""One indicator on a page: how it stands or how it varies, what it is, and what is done about it.

    panel(filters, "local_start_share")
    panel(filters, "local_start_share", together=FIGURES)   # worked out with the page's others

Both views show the same series: against target, or XmR; the filter bar says which.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd
import streamlit as st
from markupsafe import Markup

from anchornet import formatting
from anchornet.access import allowed
from anchornet.charts import trend, xmr
from anchornet.charts.style import Chart
from anchornet.facts.catalogue import CATALOGUE
from anchornet.indicators.contributions import contributions
from anchornet.indicators.judgement import judged_values
from anchornet.indicators.targets import project
from anchornet.indicators.xmr import assurance, of_months
from anchornet.narrative import status as narrative_status
from anchornet.narrative import variation as narrative_variation
from anchornet.narrative.explanation import Explanation, explanation, is_change, part_names
from anchornet.server.networks import network
from anchornet.store.cache import cached
from anchornet.store.database import Database
from anchornet.ui import layout, links, queries, stories
from anchornet.ui.components import html
from anchornet.ui.filters import Filters
from anchornet.ui.menu import TITLES
from anchornet.ui.session import present

MEETINGS = "../../pages/meetings.py"
NO_COURSE = "There is nothing to show month by month."
VARYING = "variation"
WHY = "What makes up the change"
LETTERS = {"passes": "P", "fails": "F", "hit_and_miss": "?"}


def figure_picked(usual: str, offered: Collection[str] = ()) -> str:
    """The figure that the address names: one of those offered, or of the usual one's return."""
    name = st.query_params.get("figure", usual)
    about = CATALOGUE.get(name)
    fits = about and not about.beside and about.return_name == CATALOGUE[usual].return_name
    return name if fits or name in offered else usual


@dataclass(frozen=True)
class Panel:
    """A panel as it is drawn: its head, and a chart or None below it.
    off_track: with no action open, so that one is asked for. before: the earlier period since
    which it has changed, None where nothing has."""

    head: Markup
    chart: Chart | None
    sentence: str
    status: str
    off_track: bool
    before: date | None = None


def panel(
    filters: Filters, indicator: str, together: tuple[str, ...] = (), *, whole: bool = True
) -> None:
    """The indicator as the filter bar has it. `together`: the page's indicators, worked out in one
    go with it. `whole`: whether it asks for an action where it is off track and has none, and shows
    at once what makes up its change, which is a click away otherwise."""
    database = network().database
    shown = panel_of(database, filters, indicator, together)
    charts = [shown.chart] if shown.chart else []
    key, title = f"{indicator}_{filters.view}", CATALOGUE[indicator].title
    with layout.opened(layout.Block(key, title, parts=charts, head=shown.head)):
        if shown.before:
            why = st.expander(WHY, expanded=whole, on_change="rerun", key=f"why_{indicator}")
            if why.open:
                about = explanation_of(database, filters.figures, indicator, shown.before)
                why.html(html("why", about.sentence, about.tables))
        if whole and shown.off_track:
            ask_for_action()
        stories.beside(database, indicator, filters)


def show(filters: Filters, page: layout.Page, *keys: str) -> None:
    """The page's blocks of these keys, as far as there are any, each with its bar that is open."""
    database = network().database
    owner, _, opens = st.query_params.get(layout.OPENED, "").partition("/")
    for block in (block for key in keys for block in page.blocks if block.key == key):
        with layout.opened(block):
            # An address can ask for no more than there are bars.
            bars = [part for part in block.parts if isinstance(part, layout.Bars)]
            if block.key != owner or not any(opens in part.opens.values() for part in bars):
                continue
            if part := part_of(database, filters.figures, opens):
                part.draw(part.top, *part.parts)


def show_ward(parts: Sequence[layout.Part], elsewhere: str) -> None:
    """The ward or local authority that was chosen on the map among the parts: what the map says of
    it, and the way to it on the map of the page `elsewhere`."""
    shown = next((part for part in parts if isinstance(part, layout.Map)), None)
    chosen = layout.ward_picked(shown.ward_map) if shown else None
    if shown is None or chosen is None:
        return
    code, name, words = chosen
    way = links.link(f"On the map of {TITLES[elsewhere]}", links.address(elsewhere, ward=code))
    sentence = f"{formatting.capital(words)} in {shown.opens}."
    st.html(html("part", name, sentence, f"?{layout.WARD}=", way))


@cached
def part_of(database: Database, filters: Filters, opens: str) -> layout.Block | None:
    """The course of a figure, or of one part of it, month by month: `starts`,
    `starts:pathway:apprenticeship`; without a chart where there is none. None where by month it
    isn't offered."""
    indicator, _, cut = opens.partition(":")
    by, _, value = cut.partition(":")
    about, title = CATALOGUE[indicator], ""
    if not by:
        rows = _rows(queries.series(database, filters, (indicator,), "month"), indicator)
    elif queries.may_cut(database, filters, indicator, by, "month"):
        rows = queries.part_series(database, filters, indicator, by, value)
        names = part_names(by, indicator, database.settings, queries.member_names(database))
        title = f": {names.get(value, value)}"
    else:
        return None
    title, sentence, charts = f"{about.title}{title}", NO_COURSE, []
    if rows["value"].notna().any():
        sentence = narrative_status.sentence(rows.iloc[-1])
        charts = [replace(trend.trend_chart(rows), sentence=sentence)]
    head = html("part", title, sentence, f"?{layout.OPENED}=")
    return layout.Block("part", title, parts=charts, head=head)


def ask_for_action() -> None:
    """For who records them: the way to a corrective action, what, who and by when."""
    person = present()
    if person is not None and allowed(person, "record_action"):
        st.page_link(
            MEETINGS,
            label="Off track with no action: record one",
            icon=":material/add_task:",
        )


@cached
def explanation_of(
    database: Database, filters: Filters, indicator: str, before: date
) -> Explanation:
    """What makes up the indicator's change since an earlier period."""
    alike = queries.alike(database, filters, indicator, before).iloc[0].to_dict()
    parts = contributions(
        database,
        alike,
        CATALOGUE[indicator].last_period(filters.period),
        before,
        filters.audience,
        as_at=filters.as_at,
        window=filters.window,
        where=queries.where(filters, [indicator]),
        without=() if filters.sees_members and filters.member_id is None else ("member",),
    )
    when = CATALOGUE[indicator].span(before, filters.window)
    return explanation(alike, parts, when, database.settings, queries.member_names(database))


@cached
def panel_of(
    database: Database, filters: Filters, indicator: str, together: tuple[str, ...] = ()
) -> Panel:
    """What `panel` draws."""
    about = CATALOGUE[indicator]
    names = together if indicator in together else (indicator,)
    rows = _rows(queries.series(database, filters, names), indicator)
    if rows.empty:
        state, why = "Nothing yet", "Nobody has been asked for this figure yet."
        if filters.area:
            state = "Not by area"
            why = "This figure isn't reported by local authority: pick everywhere to see it."
        return Panel(html("panel", about, state, why), None, why, "", False)
    row = rows.iloc[-1]
    months = rows
    if filters.window != "month":
        months = _rows(queries.series(database, filters, names, "month"), indicator)
    varies = of_months(months) if filters.view == VARYING else None
    icons: list[tuple[str, str, str]] = []
    if varies is not None:
        target = None if formatting.is_gap(row["target"]) else float(months.iloc[-1]["target"])
        assured = assurance(varies, list(judged_values(months)), target, indicator)
        sentence = narrative_variation.variation(
            varies, indicator, list(months["period"]), target, assured
        )
        icons = _icons(varies.variation, assured.verdict if assured else None)
        chart = xmr.xmr_chart(months, varies, target, sentence)
    else:
        sentence = narrative_status.sentence(row, filters.window)
        if filters.view == VARYING:
            sentence += " A figure that carries over from month to month has no usual range."
        ahead = project(months) if filters.window == "month" else None
        profile = queries.profile_ahead(
            database, indicator, filters.member_id, filters.as_at, filters.period
        )
        begun = rows["shown"].ne("–").cummax()
        drawn = trend.trend_chart(rows[begun] if begun.any() else rows, ahead, profile)
        if ahead:
            sentence += f" {narrative_variation.projection(ahead)}"
        chart = replace(drawn, sentence=sentence)
    status = narrative_status.state(row)
    before, alike = narrative_status.earlier(rows, indicator, filters.window), None
    if before:
        frame = queries.alike(database, filters.figures, indicator, before)
        alike = None if frame.empty else frame.iloc[0]
    lines = [
        narrative_status.target(row, when=True),
        f"{formatting.coverage(row)}, as at {formatting.day(row['as_at'])}",
        narrative_status.change(rows, before, alike) if before else "",
    ]
    actions = queries.open_actions(database, filters)
    actions = actions[actions["indicator"] == indicator]
    doing = [
        (action["what"], action["who"], formatting.due(action["due_on"], filters.today))
        for action in actions.to_dict("records")
    ]
    return Panel(
        html("panel", about, status, sentence, icons, [line for line in lines if line], doing),
        chart,
        f"{about.title}: {sentence}",
        status,
        off_track=status == "off_track" and not doing,
        before=before if alike is not None and is_change(alike.to_dict()) else None,
    )


def _rows(series: pd.DataFrame, indicator: str) -> pd.DataFrame:
    return series[series["indicator"] == indicator].reset_index(drop=True)


def _icons(variation: str | None, assured: str | None) -> list[tuple[str, str, str]]:
    """The icons of an XmR chart: a shape or a letter, a colour and words for each."""
    icons = []
    if variation:
        icons.append((f"var-{variation}", "", narrative_variation.VARIATION[variation][0]))
    if assured:
        words = narrative_variation.ASSURANCE[assured]
        icons.append((f"is-{assured}", LETTERS[assured], words))
    return icons
