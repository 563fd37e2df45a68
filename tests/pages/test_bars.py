"""Bars and wards open what they are about, and no more than one may see."""

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from anchornet.access import Person
from anchornet.store.database import Database
from anchornet.ui import figures
from anchornet.ui.filters import Filters

Visit = Callable[..., AppTest]
Said = Callable[[AppTest], str]
COORDINATOR = Person("c@sample.invalid", "C", frozenset({"coordinator"}))
OWN = Person("m@sample.invalid", "M", frozenset({"member_contributor"}), "city-council")
OTHER = Person("o@sample.invalid", "O", frozenset({"member_contributor"}), "teaching-hospitals")
BARS = re.compile(r'<li><a class="an-link" href="(\?part=[^"]+)"[^>]*>([^<]+)</a> ([^<]+)</li>')


def open_at(app: AppTest, **query: str) -> AppTest:
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


@pytest.mark.parametrize(
    ("page", "counts"),
    [
        ("local_hires", {"funnel": 5, "homes": 3, "beside": 4}),
        ("living_wage", {"by_sector": 3, "by_relationship": 5}),
        (
            "spend",
            {
                "rings": 4,
                "leaks": 8,
                "kinds": 10,
                "imd_decile": 10,
                "supplier_size": 5,
                "supplier_type": 3,
                "standards": 4,
            },
        ),
    ],
)
def test_each_bar_is_a_link_too_that_opens_its_course(
    looked_at: Path, visit: Visit, said: Said, page: str, counts: dict[str, int]
) -> None:
    app = visit(page, COORDINATOR)
    parts = [
        parse_qs(urlsplit(address).query)["part"][0]
        for address, *_ in BARS.findall(unescape(said(app)))
    ]
    assert Counter(part.partition("/")[0] for part in parts) == counts
    assert "an-part" not in said(app)
    # The first of each block: the others are of the same kind.
    for part in {part.partition("/")[0]: part for part in reversed(parts)}.values():
        assert said(open_at(app, part=part)).count('<div class="an-part">') == 1, part


def test_a_bar_opens_the_figure_that_it_shows(looked_at: Path, visit: Visit, said: Said) -> None:
    app = visit("local_hires", COORDINATOR)
    part = "funnel/starts:pathway:apprenticeship"
    words = unescape(said(open_at(app, part=part)))
    bar = next(figure for _, name, figure in BARS.findall(words) if name == "Apprenticeship")
    starts = re.search(r"(\d+) starts", bar)
    assert starts is not None
    assert "<h3>Starts: Apprenticeship</h3>" in words
    assert f"{starts[1]} in September 2026" in words.split("Starts: Apprenticeship")[1]


def test_a_supplier_of_ones_own_opens_what_it_was_paid_and_of_others_nobody_does(
    looked_at: Path, visit: Visit, said: Said
) -> None:
    words = unescape(said(app := open_at(visit("spend", OWN), members="city-council")))
    bars = [bar for bar in BARS.findall(words) if bar[0].startswith("?part=largest")]
    assert len(bars) == 10
    address, name, figure = bars[0]
    part = parse_qs(urlsplit(address).query)["part"][0]
    opened = unescape(said(open_at(app, part=part))).split(
        f"<h3>Spend with suppliers: {name}</h3>"
    )[1]
    assert f"{figure.split(' · ')[0]} in September 2026" in opened
    for person in (COORDINATOR, OTHER):
        app = open_at(visit("spend", person), members="city-council", part=part)
        assert "an-part" not in said(app)


def test_an_address_opens_nothing_that_has_no_bar(
    looked_at: Path, visit: Visit, said: Said
) -> None:
    asked = {
        "spend": (
            "kinds/spend:supplier:Sample Joinery Ltd",
            "largest/spend:supplier:Sample Joinery Ltd",
            "rings/spend:member:city-council",
            "nowhere/at:all",
            "kinds",
        ),
        "local_hires": ("funnel/starts:home_area:E01033678", "funnel/starts:ward:E05011366"),
    }
    for page, parts in asked.items():
        app = visit(page, COORDINATOR)
        for part in parts:
            assert "an-part" not in said(open_at(app, part=part)), part


def layers_of(app: AppTest) -> dict[str, Any]:
    (deck,) = app.get("deck_gl_json_chart")
    return {layer["id"]: layer["data"] for layer in json.loads(deck.proto.json)["layers"]}


def click_on_map(app: AppTest, code: str) -> dict[str, Any]:
    """Clicks a ward as a browser would say it; the map's layers before, by name."""
    (deck,) = app.get("deck_gl_json_chart")
    layers = layers_of(app)
    shapes = layers["wards"]["features"]
    at = next(i for i, shape in enumerate(shapes) if shape["properties"]["code"] == code)
    picked = {"indices": {"wards": [at]}, "objects": {"wards": [shapes[at]]}}
    states = app._tree.get_widget_states()
    states.widgets.add(id=deck.proto.id, string_value=json.dumps({"selection": picked}))
    app._run(states)
    assert not app.exception
    return layers


def test_a_ward_that_is_clicked_is_outlined_and_the_maps_colours_stay(
    looked_at: Path, visit: Visit, said: Said
) -> None:
    app = visit("local_hires", COORDINATOR)
    before = click_on_map(app, "E05011351")
    assert app.query_params["ward"] == "E05011351"
    assert app.selectbox(key="select_ward").value == "E05011351"
    assert 'href="/spend?ward=E05011351"' in unescape(said(app))
    # Streamlit fades what is not chosen: the map that is drawn next has nothing chosen.
    after = click_on_map(app, "E05011366")
    (chosen,) = after.pop("chosen")["features"]
    assert chosen["properties"]["code"] == "E05011351"
    assert after == before
    assert app.query_params["ward"] == "E05011366"


def test_a_ward_without_a_figure_that_is_clicked_closes_the_one_before(
    looked_at: Path, visit: Visit
) -> None:
    app = open_at(visit("spend", COORDINATOR), ward="E05011351")
    before = layers_of(app)
    bare = next(
        shape["properties"]["code"]
        for shape in before["wards"]["features"]
        if shape["properties"]["tip"].endswith(": none known")
    )
    click_on_map(app, bare)
    assert "ward" not in app.query_params
    before.pop("chosen")
    assert click_on_map(app, bare) == before


def test_a_ward_is_looked_up_below_the_map_and_leads_to_the_other_map(
    looked_at: Path, visit: Visit, said: Said
) -> None:
    app = visit("local_hires", COORDINATOR)
    app.selectbox(key="select_ward").select("E05011351").run()
    words = unescape(said(app))
    assert "<h3>Ardwick, Manchester</h3>" in words
    starts = r"(\d+ starts|Too few people to show) in the twelve months to September 2026\."
    assert re.search(starts, words)
    assert 'href="/spend?ward=E05011351"' in words
    spent = unescape(said(open_at(visit("spend", COORDINATOR), ward="E05011351")))
    assert re.search(r"<h3>Ardwick, Manchester</h3>.*£[\d.]+[km] in September 2026\.", spent)
    assert "an-part" not in said(open_at(visit("spend", COORDINATOR), ward="E05999999"))
    first = unescape(said(open_at(visit("overview", COORDINATOR), ward="E05011351")))
    assert re.search(r"<h3>Ardwick, Manchester</h3>.*£[\d.]+[km] in September 2026\.", first)
    assert 'href="/spend?ward=E05011351"' in first


@pytest.mark.usefixtures("begun")
def test_a_bar_of_nothing_says_so_where_it_is_opened(
    network: Database, spend: Callable[..., object]
) -> None:
    spend("council", "Sample Ltd,,M40 8QA,,1000,Food")  # in the most deprived tenth
    filters = Filters(date(2026, 9, 1), "month", None, None, "The network", sees_members=True)
    with_pounds, without = (
        figures.part_of(network, filters, f"spend:imd_decile:{decile}") for decile in (1, 9)
    )
    assert with_pounds is not None
    assert without is not None
    assert (len(with_pounds.parts), len(without.parts)) == (1, 0)
    assert figures.NO_COURSE in without.top
