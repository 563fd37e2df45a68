"""Figures that are shared: the page's to the digit, never exact, and told when they are revised."""

import math
import re
from dataclasses import replace
from datetime import date, datetime
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from anchornet import formatting
from anchornet.charts.style import Chart
from anchornet.exports import picture_export, shared_chart
from anchornet.facts import build
from anchornet.facts.catalogue import BREAKDOWNS, CATALOGUE
from anchornet.indicators.figures import OWN, Request, figures
from anchornet.intake import submit as submit_return
from anchornet.returns.declaration import RETURNS
from anchornet.settings import Settings
from anchornet.store import publications
from anchornet.store.database import Database
from anchornet.store.network import NotPossible
from anchornet.store.publications import ChartRequest
from anchornet.ui import local_hires, queries, retention
from anchornet.ui.filters import Filters
from anchornet.ui.layout import Map

SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
SVG = "{http://www.w3.org/2000/svg}"
NOW = datetime(2026, 11, 22, 12)
HIRES = "home_area,pathway,starts,applications,offers"


def asked(
    indicator: str, chart: str = "course", by: str | None = None, **more: object
) -> ChartRequest:
    usual = {"period": SEPTEMBER, "window": "month", "as_at": NOW}
    return ChartRequest(indicator, chart, by, **{**usual, **more})  # type: ignore[arg-type]


def same(mine: pd.Series, pages: pd.Series) -> bool:
    # Sums of doubles may differ in their sixteenth digit from one run to the next.
    return np.allclose(mine, pages, rtol=1e-12, atol=0, equal_nan=True)


@pytest.mark.parametrize("window", ["month", "rolling_12"])
@pytest.mark.parametrize("indicator", ["local_start_share", "spend", "workers_covered"])
def test_a_course_has_the_figures_of_the_page(
    sample: Database, indicator: str, window: str
) -> None:
    made = shared_chart.make(sample, asked(indicator, "target", window=window))
    filters = Filters(SEPTEMBER, window, NOW, sees_members=True)
    page = queries.series(sample, filters, (indicator,)).tail(len(made.rows))
    assert len(made.rows) >= 12
    assert same(made.rows["value"], page["value"])
    assert same(made.rows["profile"], page["profile"])
    assert list(made.rows["shown"]) == list(page["shown"])
    assert made.chart is not None
    assert same(made.chart.data["value"], page["value"])


@pytest.mark.parametrize(
    ("indicator", "by"), [("spend", "category"), ("starts", "pathway"), ("starts", "age_band")]
)
def test_bars_have_the_figures_of_the_page(sample: Database, indicator: str, by: str) -> None:
    made = shared_chart.make(sample, asked(indicator, "bars", by))
    page = queries.cut(
        sample, Filters(SEPTEMBER, as_at=NOW, sees_members=True), (indicator,), (by,)
    )
    shown = dict(zip(page[by], page["shown"], strict=True))
    assert len(made.rows) > 2
    assert {row[by]: row["shown"] for _, row in made.rows.iterrows()} == {
        group: shown[group] for group in made.rows[by]
    }
    assert [bar.value for bar in made.bars if not math.isnan(bar.value)] == [
        *made.rows["value"].dropna()
    ]


def test_rings_maps_and_curves_have_the_figures_of_the_page(sample: Database) -> None:
    filters = Filters(SEPTEMBER, as_at=NOW, sees_members=True)
    rings = shared_chart.make(sample, asked("spend", "rings", "ring")).rows
    page = queries.by_ring(sample, filters, "address", count=24).dropna(subset=["ring"])
    assert same(rings["value"], page["value"])

    drawn = shared_chart.make(sample, asked("spend", "map", "ward"))
    spend_map = queries.spend_map(sample, filters)
    assert drawn.deck == spend_map.deck.to_json()
    assert math.isclose(drawn.rows["value"].sum(), spend_map.shown)
    people = shared_chart.make(sample, asked("starts", "map", "ward", window="rolling_12"))
    _, page_map = local_hires.on_the_map(sample, filters, "starts")
    assert isinstance(page_map, Map)
    assert people.deck == page_map.ward_map.deck.to_json()

    svg = picture_export.render(people, "post", "svg").decode()
    assert "© Crown copyright and database right 2025" in svg
    assert "Open Government Licence v3.0" in svg

    curves = shared_chart.make(sample, asked("in_post_share", "curves", "pathway")).rows
    blocks = {block.key: block for block in retention.page(sample, filters).blocks}
    chart, _ = blocks["pathways"].parts
    assert isinstance(chart, Chart)
    assert sorted(curves["value"].dropna()) == sorted(chart.data["value"].dropna())


@pytest.mark.parametrize("size", picture_export.SIZES)
def test_a_map_ends_at_its_frame_or_shows_every_borough_whole(sample: Database, size: str) -> None:
    for indicator, whose, is_whole in (
        ("workers_covered", "by employer's ward", True),  # in most boroughs
        ("starts", "by home ward", False),  # of Manchester alone
        ("spend", "by supplier's ward, outside Greater Manchester by local authority", False),
    ):
        made = shared_chart.make(sample, asked(indicator, "map", "ward", window="rolling_12"))
        assert f" · {whose} · " in made.subtitle
        text = picture_export.render(made, size, "svg").decode()
        svg = ElementTree.fromstring(text)
        ((frame, room, tall),) = (
            (inner, float(inner.attrib["width"]), float(inner.attrib["height"]))
            for inner in svg.iter(f"{SVG}svg")
            if inner is not svg
        )
        corners = [
            (float(x), float(y))
            for path in frame.iter(f"{SVG}path")
            for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", path.attrib["d"])
        ]
        inside = all(0 <= x <= room and 0 <= y <= tall for x, y in corners)
        framed = any(box.get("fill") == "none" for box in frame.iter(f"{SVG}rect"))
        assert (inside, framed) == (is_whole, not is_whole), indicator
        if is_whole:
            names = {"Bolton", "Bury", "Oldham", "Rochdale", "Stockport", "Tameside", "Wigan"}
            assert names <= {name.text for name in frame.iter(f"{SVG}text")}


def test_a_map_without_a_figure_is_no_map_of_nothing(sample: Database) -> None:
    wanted = replace(asked("starts", "map", "ward", window="rolling_12"), period=OCTOBER)
    made = shared_chart.make(sample, wanted)  # nobody has returned October
    assert (made.deck, made.legend) == ("", ())
    assert "There is nothing to show." in picture_export.render(made, "post", "svg").decode()


def test_every_option_of_every_indicator_can_be_made(sample: Database) -> None:
    # The first of each chart and breakdown there is: the others differ in their indicator only.
    seen: set[tuple[str, str | None]] = set()
    for name in CATALOGUE:
        for option in shared_chart.options(name):
            if (option.chart, option.breakdown) in seen:
                continue
            seen.add((option.chart, option.breakdown))
            wanted = asked(name, option.chart, option.breakdown)
            if not shared_chart.may_be_drawn(wanted):
                with pytest.raises(NotPossible, match="over twelve months"):
                    shared_chart.make(sample, wanted)
                wanted = replace(wanted, window="rolling_12")
            made = shared_chart.make(sample, wanted)
            assert made.title, option
            assert made.sentence.endswith("."), (option, made.sentence)
            assert made.alt.endswith(shared_chart.SAMPLE)
            assert made.sample
            assert "members" in made.coverage
    assert {chart for chart, _ in seen} == set(shared_chart.CHARTS)
    assert "supplier" not in {by for _, by in seen}


@pytest.mark.parametrize("window", ["month", "rolling_12"])
@pytest.mark.parametrize("sent", [(), tuple(RETURNS)])
def test_every_option_can_be_made_of_a_month_that_nobody_sent(
    network: Database, sent: tuple[str, ...], window: str
) -> None:
    for name in sent:
        period = date(2026, 6, 1) if RETURNS[name].every == "quarter" else date(2026, 7, 1)
        submit_return.send_nil(
            network, RETURNS[name], member_id="council", period=period, now=datetime(2026, 8, 5),
            by="a@sample.example.org",
        )  # fmt: skip
    options = {
        (option.chart, option.breakdown): (name, option)
        for name in CATALOGUE
        for option in shared_chart.options(name)
    }
    for name, option in options.values():
        wanted = asked(name, option.chart, option.breakdown, window=window)
        if shared_chart.refusal(network, wanted):
            continue
        made = shared_chart.make(network, wanted)
        assert made.rows["period"].notna().all(), (name, option)
        assert "September 2026 to September 2026" not in made.subtitle


def test_what_an_indicator_is_about_is_no_part_of_it() -> None:
    def ways(name: str) -> set[str | None]:
        return {it.breakdown for it in shared_chart.options(name)}

    assert {"ring", "authority", "ward", "pathway"} <= ways("starts")
    assert not {"ring", "authority", "ward"} & ways("local_start_share")
    assert "age_band" not in ways("under_25_starts")
    assert "imd_decile" not in ways("priority_neighbourhood_spend_share")
    assert shared_chart.options("in_post_share")[0].chart == "curves"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"indicator": "happiness"}, "no indicator happiness"),
        ({"chart": "bars", "breakdown": "supplier"}, "can't be drawn so. It can as: course"),
        ({"chart": "curves", "breakdown": "pathway"}, "can't be drawn so"),
        ({"window": "week"}, "no window week"),
        ({"kind": "circus"}, "no kind circus"),
        ({"kind": "police"}, "too few of the police members"),
        ({"area": "E06000001"}, "not one of the network's local authorities"),
        ({"indicator": "retention_26_weeks", "area": "E08000003"}, "by local authority"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_a_sentence(
    sample: Database, wrong: dict[str, str], why: str
) -> None:
    with pytest.raises(NotPossible, match=why):
        shared_chart.make(sample, replace(asked("spend"), **wrong))  # type: ignore[arg-type]


def send(database: Database, name: str, member_id: str, text: str, now: datetime) -> None:
    submit_return.submit(
        database,
        RETURNS[name],
        "\n".join(line.strip() for line in text.strip().splitlines()).encode(),
        f"{name}.csv",
        member_id=member_id,
        by="someone@example.org",
        period=SEPTEMBER,
        accept_warnings="It is a test.",
        now=now,
    )


@pytest.fixture
def network(settings: Settings, database: Database) -> Database:
    """Two hospitals and a council that sent spend and starts on 5 October, with few starts."""
    for member_id, kind in (("council", "council"), ("north", "nhs"), ("south", "nhs")):
        build.add_member(database, member_id, f"The {member_id}", kind, now=datetime(2020, 1, 1))
    spend = "supplier_name,supplier_postcode,paid_on,amount_gbp\nA Ltd,M2 5DB,2026-09-02,{}"
    for member_id, pounds in (("council", "1000"), ("north", "2000")):
        send(database, "spend", member_id, spend.format(pounds), datetime(2026, 10, 5))
    hires = f"{HIRES}\nE05011366,standard,43,90,50\nE05011366,apprenticeship,4,13,9"
    send(database, "local_hires", "council", hires, datetime(2026, 10, 5))
    return database


def test_a_revised_figure_is_told(network: Database) -> None:
    then = replace(asked("spend"), as_at=datetime(2026, 10, 20))
    reference = publications.keep(network, then, "ann@example.org")
    before = shared_chart.make(network, then)
    assert shared_chart.revised(network, then, now=datetime(2026, 11, 1)) is None
    again = "supplier_name,supplier_postcode,paid_on,amount_gbp\nA Ltd,M2 5DB,2026-09-02,4000"
    send(network, "spend", "council", again, datetime(2026, 11, 2))

    same_again = shared_chart.make(network, publications.request_of(network, reference))
    assert same_again.sentence == before.sentence
    assert picture_export.csv(same_again) == picture_export.csv(before)
    found = shared_chart.revised(network, then, now=datetime(2026, 11, 3))
    assert found is not None
    assert found.then.startswith("Members spent £3.00k with suppliers in September 2026")
    assert found.now.startswith("Members spent £6.00k with suppliers in September 2026")
    assert (found.rows, found.of) == (1, 1)


def test_an_approved_figure_is_the_same_to_the_byte_after_a_hundred_other_uploads(
    network: Database,
) -> None:
    for number in range(20):
        build.add_member(
            network, f"m{number}", f"The {number}", "college", now=datetime(2020, 1, 1)
        )
    kept = {
        publications.keep(network, replace(it, as_at=datetime(2026, 10, 20)), "ann@example.org"): it
        for it in (
            asked("starts", "bars", "pathway"),
            asked("starts"),
            asked("local_start_share", "bars", "pathway"),
            asked("starts", "map", "ward", window="rolling_12"),
        )
    }

    def drawn(reference: str) -> bytes:
        made = shared_chart.make(network, publications.request_of(network, reference))
        assert made.rows["shown"].ne("–").any() or made.asked.chart == "map"
        return (
            picture_export.csv(made)
            + picture_export.render(made, "post", "svg")
            + made.sentence.encode()
        )

    before = {reference: drawn(reference) for reference in kept}
    for number in range(20):
        for month in range(1, 6):
            rows = f"{HIRES}\nE05011366,standard,{3 + number},90,50\noutside,apprenticeship,2,3,2"
            submit_return.submit(
                network, RETURNS["local_hires"], rows.encode(), "local_hires.csv",
                member_id=f"m{number}", by="x", period=date(2026, month, 1),
                accept_warnings="It is a test.", now=datetime(2026, 11, 1, 9),
            )  # fmt: skip
    # And the council sends again what it had sent, with one group more.
    again = f"{HIRES}\nE05011366,standard,43,90,50\nE05011366,apprenticeship,4,13,9\n"
    send(network, "local_hires", "council", again + "outside,standard,1,2,1",
         datetime(2026, 11, 2))  # fmt: skip
    assert {reference: drawn(reference) for reference in kept} == before


def test_more_members_alone_are_a_revision_too(network: Database) -> None:
    then = replace(asked("spend"), as_at=datetime(2026, 10, 20))
    nil = {"period": SEPTEMBER, "by": "someone@example.org", "now": datetime(2026, 10, 25)}
    submit_return.send_nil(network, RETURNS["spend"], member_id="south", **nil)  # type: ignore[arg-type]
    found = shared_chart.revised(network, then, now=NOW)
    assert found is not None
    assert "2 of 3 members" in found.then
    assert "3 of 3 members" in found.now


def test_a_kinds_past_months_are_of_its_members_of_then_as_on_the_command_line(
    network: Database,
) -> None:
    build.add_member(
        network, "old", "The old one", "nhs", ends_on=date(2026, 9, 30), successor_id="north",
        now=datetime(2020, 1, 1),
    )  # fmt: skip
    for member_id in ("east", "west"):
        build.add_member(network, member_id, member_id, "council", now=datetime(2020, 1, 1))
    rows = "supplier_name,supplier_postcode,paid_on,amount_gbp\nA Ltd,M2 5DB,2026-09-02,500"
    for member_id in ("south", "old", "east", "west"):
        send(network, "spend", member_id, rows, datetime(2026, 10, 5))
    request = Request(["spend"], [SEPTEMBER], where={"kind": ["nhs"]})
    (row,) = figures(network, request, OWN).to_dict("records")
    assert (row["value"], row["members"], row["members_expected"]) == (3000, 3, 3)
    shared = shared_chart.make(network, asked("spend", kind="nhs"))
    assert shared.rows["value"].iloc[-1] == 3000
    assert shared.coverage == formatting.members(row)
    assert {*queries.kinds(network, sees_members=True)["nhs"]} == {"north", "south", "old"}


def test_a_kind_of_which_one_member_sent_gives_nothing_away(network: Database) -> None:
    with pytest.raises(NotPossible, match="too few of the NHS members to show"):
        shared_chart.make(network, asked("spend", kind="nhs"))
    for name, kind in (("east", "nhs"), ("borough", "council"), ("town", "council")):
        build.add_member(network, name, f"Sample {name}", kind, now=datetime(2020, 1, 1))
    made = shared_chart.make(network, asked("spend", kind="nhs"))
    assert list(made.rows["shown"]) == ["too few members"]
    assert made.chart is None
    assert "2,000" not in made.alt + made.sentence
    assert "2.00k" not in made.alt + made.sentence
    assert made.sentence == (
        "Only one of the NHS members sent it in September 2026, and figures of fewer than three "
        "members are not shown together."
    )


def test_what_is_hidden_is_nowhere_in_what_leaves(network: Database) -> None:
    made = shared_chart.make(network, asked("starts", "bars", "pathway"))
    other, few = made.rows["shown"]
    assert (other in ("40", "45"), few) == (True, "*")
    csv = picture_export.csv(made).decode("utf-8-sig")
    assert csv.count(",*,*,") == 1
    svg = picture_export.render(made, "post", "svg").decode()
    words = svg[svg.index("</style>") :] + svg[: svg.index("<style>")]
    for text in (csv, made.alt, made.sentence, words):
        for hidden in (">4<", ">43<", " 4 ", " 43 ", ",4,", ",43"):
            assert hidden not in text
    assert words.count("too few to show") == 2  # its label, and in what is described


def test_no_part_of_a_picture_is_called_by_its_code(sample):
    """Of each breakdown that pictures are cut by, one figure's bars."""
    codes = {code for breakdown in BREAKDOWNS.values() for code in breakdown.values}
    seen = set()
    for indicator in CATALOGUE.values():
        for option in shared_chart.options(indicator.name):
            request = asked(indicator.name, "bars", option.breakdown, window="rolling_12")
            new = option.chart == "bars" and option.breakdown not in seen
            if new and shared_chart.may_be_drawn(request):
                seen.add(option.breakdown)
                made = shared_chart.make(sample, request)
                names = {bar.name for bar in made.bars}
                assert not {name for name in names if "_" in name or name in codes}, request
                assert not re.search(r"\b[EW]0\d{7}\b", f"{names} {made.alt}"), request
    assert {"ward", "pathway", "authority", "category"} <= seen
