"""One indicator on a page: how it stands or how it varies, what it is, and what is done about it.

    panel(filters, "local_start_share")
    panel(filters, "local_start_share", together=TILES)   # worked out with the page's other figures

Both views show the same series: against target, or XmR; the filter bar says which.
"""

from dataclasses import dataclass
from html import escape

import pandas as pd
import streamlit as st

from anchornet import formatting
from anchornet.access import allowed
from anchornet.charts import trend, xmr
from anchornet.charts.style import Chart
from anchornet.facts.catalogue import CATALOGUE
from anchornet.indicators.targets import project
from anchornet.indicators.xmr import assurance, of_months
from anchornet.narrative import status as narrative_status
from anchornet.narrative import variation as narrative_variation
from anchornet.store.database import Database, utc_now
from anchornet.ui import layout, queries, stories
from anchornet.ui.cache import kept
from anchornet.ui.filters import Filters
from anchornet.ui.session import network, signed_in
from anchornet.ui.tiles import chip

MEETINGS = "../../pages/meetings.py"
VARYING = "variation"


@dataclass(frozen=True)
class Panel:
    """A panel as it is drawn: escaped HTML, and a chart or None below it.
    off_track: with no action open, so that one is asked for."""

    html: str
    chart: Chart | None
    sentence: str
    status: str
    off_track: bool


def panel(
    filters: Filters, indicator: str, together: tuple[str, ...] = (), *, ask: bool = True
) -> None:
    """The indicator as the filter bar has it. `together`: the page's indicators, worked out in one
    go with it. `ask`: whether it asks for an action where it is off track and has none."""
    made = panel_of(network().database, filters, indicator, together)
    title = CATALOGUE[indicator].title
    with layout.block(f"{indicator}_{filters.view}", title, head=made.html) as block:
        if made.chart is not None:
            block.chart(made.chart)
        if ask and made.off_track:
            ask_for_action()
        stories.beside(network().database, indicator, filters)


def ask_for_action() -> None:
    """For who records them: the way to a corrective action, what, who and by when."""
    person = signed_in()
    if person is not None and allowed(person, "record_action"):
        st.page_link(
            MEETINGS,
            label="Off track with no action: record one",
            icon=":material/add_task:",
        )


@kept
def panel_of(
    database: Database, filters: Filters, indicator: str, together: tuple[str, ...] = ()
) -> Panel:
    """What `panel` draws."""
    names = together if indicator in together else (indicator,)
    rows = _rows(queries.series(database, filters, names), indicator)
    title = CATALOGUE[indicator].title
    if rows.empty:
        why = "This figure isn't reported by local authority: pick everywhere to see it."
        return Panel(_html(indicator, "Not by area", why), None, why, "", False)
    months = rows
    if filters.window != "month":
        months = _rows(queries.series(database, filters, names, "month"), indicator)
    row = rows.iloc[-1]
    said = narrative_status.sentence(row, filters.window)
    status = narrative_status.state(row)
    varies = of_months(months) if filters.view == VARYING else None
    icons = ""
    if varies is not None:
        target = None if formatting.is_gap(row["target"]) else float(months.iloc[-1]["target"])
        assured = assurance(varies, target, CATALOGUE[indicator].polarity)
        said = narrative_variation.variation(
            varies, indicator, list(months["period"]), target, assured
        )
        icons = _icons(varies.variation, assured)
        chart = xmr.xmr_chart(months, varies, target, said)
    else:
        if filters.view == VARYING:
            said += " A figure that adds up from month to month has no usual range."
        ahead = project(months) if filters.window == "month" else None
        profile = queries.profile_ahead(
            database, indicator, filters.member_id, filters.as_at, filters.period
        )
        chart = trend.trend_chart(rows, ahead, profile)
        if ahead:
            said += f" {narrative_variation.projection(ahead)}"
    actions = _actions(database, filters, indicator)
    return Panel(
        html=_html(indicator, status, said, icons, _under(database, filters, rows, actions)),
        chart=chart,
        sentence=f"{title}: {said}",
        status=status,
        off_track=status == "off_track" and actions.empty,
    )


def _rows(series: pd.DataFrame, indicator: str) -> pd.DataFrame:
    return series[series["indicator"] == indicator].reset_index(drop=True)


def _html(indicator: str, status: str, said: str, icons: str = "", under: str = "") -> str:
    it = CATALOGUE[indicator]
    return (
        '<div class="an-panel"><div class="an-panel-head">'
        f'<h2 class="an-h2">{escape(it.title)}</h2>{chip(status)}{icons}'
        f'<details class="an-about"><summary>What this is</summary><div>{escape(it.definition)}'
        f'</div></details></div><p class="an-note">{escape(said)}</p>{under}</div>'
    )


def _icons(variation: str | None, assured: str | None) -> str:
    """The two icons of an XmR chart: a shape or a letter, a colour and words for each."""
    found = ""
    if variation:
        said = narrative_variation.VARIATION[variation][0]
        found += f'<span class="an-icon an-var-{variation}"><i></i>{escape(said)}</span>'
    if assured:
        letter = {"passes": "P", "fails": "F", "hit_and_miss": "?"}[assured]
        said = narrative_variation.ASSURANCE[assured]
        found += f'<span class="an-icon an-is-{assured}"><i>{letter}</i>{escape(said)}</span>'
    return found


def _actions(database: Database, filters: Filters, indicator: str) -> pd.DataFrame:
    listed = queries.actions(database, filters.as_at)
    own = listed["member_id"].isna()
    if filters.members is not None:
        own = listed["member_id"].isin(filters.members)
    return listed[(listed["indicator"] == indicator) & (listed["state"] == "open") & own]


def _under(database: Database, filters: Filters, rows: pd.DataFrame, actions: pd.DataFrame) -> str:
    row = rows.iloc[-1]
    parts = [
        narrative_status.target(row, when=True),
        f"{formatting.members(row)}, as at {formatting.day(row['as_at'])}",
        _change(database, filters, rows),
    ]
    lines = "".join(f"<span>{escape(part)}</span>" for part in parts if part)
    today = (filters.as_at or utc_now()).date()
    doing = "".join(
        f"<li>{escape(it['what'])} <em>{escape(it['who'])}, "
        f"{escape(formatting.due(it['due_on'], today))}</em></li>"
        for it in actions.to_dict("records")
    )
    opened = f'<ul class="an-actions" aria-label="Open actions">{doing}</ul>' if doing else ""
    return f'<div class="an-under">{lines}</div>{opened}'


def _change(database: Database, filters: Filters, rows: pd.DataFrame) -> str:
    before = narrative_status.earlier(rows, filters.window)
    if before is None:
        return ""
    alike = queries.alike(database, filters, str(rows["indicator"].iloc[0]), before)
    return narrative_status.change(rows, before, None if alike.empty else alike.iloc[0])
