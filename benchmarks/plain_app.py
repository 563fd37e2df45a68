"""What Overview would be if it were written the plain way: the yardstick of page_runs.

Streamlit's own settings, its own tiles and tables, st.altair_chart, a map made at every run. The
queries are kept by st.cache_data, as anybody would.
"""

import json
import os
from datetime import date

import altair as alt
import pandas as pd
import pydeck as pdk
import streamlit as st

from anchornet import settings
from anchornet.facts import build
from anchornet.facts.catalogue import CATALOGUE
from anchornet.indicators.figures import NETWORK, Request, figures
from anchornet.indicators.targets import status
from anchornet.periods import add_months
from anchornet.store.database import Database
from anchornet.store.returns_status import returns_board

INDICATORS = (
    "accredited_employers", "workers_uplifted", "workers_covered", "starts", "local_start_share",
    "retention_26_weeks", "spend", "local_spend_share", "returns_received",
)  # fmt: skip
CHARTS = ("retention_26_weeks", "local_spend_share", "returns_received", "workers_uplifted")
LAST = date(2026, 9, 1)
MONTHS = [add_months(LAST, -back) for back in reversed(range(24))]


@st.cache_resource
def network() -> Database:
    return build.open_network(settings.load())


@st.cache_data
def series(last: date) -> pd.DataFrame:
    months = [month for month in MONTHS if month <= last]
    return status(network(), figures(network(), Request(INDICATORS, months), NETWORK))


@st.cache_data
def board(last: date) -> pd.DataFrame:
    return returns_board(network(), last)


@st.cache_data
def wards(last: date) -> pd.DataFrame:
    return figures(network(), Request(["spend"], [last], by=["ward"]), NETWORK)


@st.cache_data
def shapes(name: str) -> dict:
    return json.loads((network().settings.reference / name).read_text())


st.set_page_config(layout="wide")
columns = st.columns(6)
last = columns[0].selectbox("Month", MONTHS[::-1], format_func=lambda month: f"{month:%B %Y}")
columns[1].selectbox("Over", ["Month", "Quarter", "Year"])
columns[2].selectbox("As at", ["Now"])
columns[3].selectbox("Members", ["The network"])
columns[4].selectbox("Area", ["Everywhere"])
with columns[5]:
    st.segmented_control("View", ["status", "variation"], default="status", key="filter_view")
frame = series(last)
now = frame[frame["period"] == last]
st.title(f"In {last:%B %Y}, {(now['status'] == 'on_track').sum()} are on track")
for number, name in enumerate(INDICATORS):
    rows = frame[frame["indicator"] == name]
    with st.columns(5)[number % 5]:
        row = rows.iloc[-1]
        st.metric(CATALOGUE[name].title, row["shown"], row["gap"], chart_data=list(rows["value"]))
for pair in (CHARTS[:2], CHARTS[2:]):
    for column, name in zip(st.columns(2), pair, strict=True):
        rows = frame[frame["indicator"] == name]
        base = alt.Chart(rows.assign(period=pd.to_datetime(rows["period"]))).encode(x="period:T")
        line = base.mark_line(point=True).encode(
            y=alt.Y("value:Q", scale=alt.Scale(zero=False)), tooltip=["period:T", "shown:N"]
        )
        profile = base.mark_line(strokeDash=[4, 3], color="grey").encode(y="profile:Q")
        column.subheader(CATALOGUE[name].title)
        column.altair_chart(line + profile, key=name)
left, right = st.columns(2)


def ward_map(last: date) -> pdk.Deck:
    pounds = wards(last).set_index("ward")["value"].to_dict()
    features = []
    for shape in shapes("greater_manchester_wards.geojson")["features"]:
        ward = shape["properties"]
        value = pounds.get(ward["WDCD"], 0)
        shown = {
            "tip": f"{ward['WDNM']}: £{value:,.0f}",
            "colour": [0, 90, 156, min(255, int(value / 2000))],
        }
        features.append({**shape, "properties": shown})
    return pdk.Deck(
        map_style=None,
        layers=[
            pdk.Layer("GeoJsonLayer", features, pickable=True, get_fill_color="properties.colour")
        ],
        initial_view_state=pdk.ViewState(longitude=-2.3, latitude=53.5, zoom=9),
        tooltip={"text": "{tip}"},
    )


@st.cache_resource
def kept_map(last: date) -> pdk.Deck:
    deck = ward_map(last)
    text = deck.to_json()
    deck.to_json = lambda: text
    return deck


left.pydeck_chart(kept_map(last) if "PLAIN_MAP_KEPT" in os.environ else ward_map(last))
right.dataframe(board(last))
